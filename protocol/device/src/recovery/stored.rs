//! What a phone keeps of recovery words, under one key of its store.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use porchlight_wire::{DeviceId, GroupId, Hash, ServerKey, Timestamp};

use super::list::Listed;

/// What a phone keeps of recovery words: enough to keep the list fresh, and nothing that opens or signs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredRecovery {
    #[n(0)]
    pub(crate) finder: ByteArray<32>,
    #[n(1)]
    pub(crate) list_key: ByteVec,
    #[n(2)]
    pub(crate) covers: Vec<StoredCover>,
    /// When the list was last another one.
    #[n(3)]
    pub(crate) time: Timestamp,
}

/// A Group that recovery words bring somebody back into.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredCover {
    #[n(0)]
    pub(crate) group: GroupId,
    /// The words' public key there.
    #[n(1)]
    pub(crate) device: DeviceId,
    /// A RosterChange that the Roster must hold.
    #[n(2)]
    pub(crate) head: Hash,
    #[n(3)]
    pub(crate) url: String,
    #[n(4)]
    pub(crate) server: ServerKey,
    #[n(5)]
    pub(crate) name: String,
    /// Which list the server has.
    #[n(6)]
    pub(crate) kept: Option<Hash>,
    /// Whether the server lacks the words' sealing key or box, and this device cannot bring them.
    #[n(8)]
    #[cbor(default)]
    pub(crate) stuck: bool,
}

impl StoredCover {
    /// One of which no server has a list yet.
    pub(crate) fn new(listed: Listed, device: DeviceId) -> Self {
        let Listed { group, server, url, head, name } = listed;
        Self { group, device, head, url, server, name, kept: None, stuck: false }
    }
}
