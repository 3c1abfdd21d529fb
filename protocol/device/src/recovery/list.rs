//! The list that recovery words find: where the Groups are.
//!
//! ```text
//! list   = { 0: [* listed ], 1: time }      listed = { 0: group, 1: server key, 2: address, 3: roster head, 4: name }
//! plain  = length (4) list, zeros up to a multiple of 512
//! sealed = HPKE as in key boxes to the list key, info "porchlight/recovery-list/1" locator (32)
//! ```
//! It has no authority: whoever reads it still believes only a Roster that was founded in the Group's id, holds the head,
//! and names the words' own key.

use minicbor::{Decode, Encode};
use porchlight_wire::{Generation, GroupId, Hash, ServerKey, StoreId, Timestamp, limits, signing};
use rand_core::CryptoRng;

use crate::key_box;
use crate::keys::Secret;
use crate::storage::encoded;

const LABEL: &str = "porchlight/recovery-list/1";

/// How many Groups there are should not show.
const STEP: usize = 512;

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct List {
    #[n(0)]
    pub(crate) groups: Vec<Listed>,
    /// When it was made; of two lists the newer counts.
    #[n(1)]
    pub(crate) time: Timestamp,
}

/// Where a Group is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Listed {
    #[n(0)]
    pub(crate) group: GroupId,
    #[n(1)]
    pub(crate) server: ServerKey,
    #[n(2)]
    pub(crate) url: String,
    /// A RosterChange that the Roster must hold.
    #[n(3)]
    pub(crate) head: Hash,
    #[n(4)]
    pub(crate) name: String,
}

impl List {
    /// What a server has if it keeps exactly this for a Group.
    pub(crate) fn digest(&self, store: &StoreId, generation: Generation, group: &GroupId) -> Hash {
        let generation = generation.get().to_be_bytes();
        let parts: [&[u8]; 4] = [store.as_bytes(), &generation, group.as_bytes(), &encoded(self)];
        Hash::of("porchlight/recovery-digest/1", &parts)
    }

    /// `None` if it is too long.
    pub(crate) fn seal(&self, locator: &Hash, key: &[u8], entropy: &mut impl CryptoRng) -> Option<Vec<u8>> {
        let content = encoded(self);
        let mut plain = u32::try_from(content.len()).ok()?.to_be_bytes().to_vec();
        plain.extend_from_slice(&content);
        plain.resize(plain.len().next_multiple_of(STEP), 0);
        let sealed = key_box::seal_note(&plain, &info(locator), key, entropy).ok()?;
        (sealed.len() <= limits::MAX_LOOKUP).then_some(sealed)
    }

    pub(crate) fn open(sealed: &[u8], locator: &Hash, secret: &Secret) -> Option<Self> {
        if sealed.len() > limits::MAX_LOOKUP {
            return None;
        }
        Self::read(&key_box::open_note(sealed, &info(locator), secret)?)
    }

    /// Reads what was sealed.
    pub(crate) fn read(plain: &[u8]) -> Option<Self> {
        let (length, rest) = plain.split_first_chunk::<4>()?;
        let content = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        let list: Self = minicbor::decode(content).ok()?;
        list.groups.iter().all(|listed| listed.url.len() <= limits::MAX_URL).then_some(list)
    }
}

fn info(locator: &Hash) -> Vec<u8> {
    signing::signed_message(LABEL, &[locator.as_bytes()])
}
