//! Starts an epoch: draws its key, seals it to everybody who is to hold it, and puts that into the RosterChange.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteArray;
use porchlight_wire::frame::SealedKey;
use porchlight_wire::roster::{ChangeBody, ChangeKind, NewEpoch, Remove, Role, boxes_root};
use porchlight_wire::{Epoch, Hash, Timestamp, limits};
use rand_core::CryptoRng;

use crate::group::Group;
use crate::io::Write;
use crate::key_box::{self, BoxContext, earlier};
use crate::keys::{EpochKey, Secret};
use crate::storage::Slot;

/// What a device needs to start an epoch.
#[derive(Debug, Default)]
pub(crate) struct Rotation {
    /// Sealing keys of others, by their hash.
    pub(crate) known: BTreeMap<Hash, Vec<u8>>,
    /// Keys that this device drew for changes that are under way, by their commitment.
    pub(crate) pending: BTreeMap<Hash, EpochKey>,
    /// Hashes that were asked for on this connection: those that did not come the server does not have.
    asked: BTreeSet<Hash>,
    /// How many answers are still to come.
    unanswered: usize,
    /// The server refused a rotation on this connection, so nothing waits for one.
    pub(crate) refused: bool,
    /// Changes wait to be sealed until the new key is there.
    pub(crate) waiting: bool,
}

impl Rotation {
    /// Keys were asked for.
    pub(crate) fn asking(&mut self) {
        self.unanswered = self.unanswered.saturating_add(1);
    }

    /// An answer with keys has come.
    pub(crate) fn answered(&mut self) {
        self.unanswered = self.unanswered.saturating_sub(1);
    }

    /// Nothing that was asked on the last connection counts on the next.
    pub(crate) fn forget_asked(&mut self) {
        self.asked.clear();
        self.unanswered = 0;
        self.refused = false;
    }
}

/// What comes before an epoch can be started.
pub(crate) enum Recipients {
    /// Sealing keys must be asked for, in these portions.
    Ask(Vec<Vec<Hash>>),
    /// They were, and the answer is still to come.
    Wait,
    /// Everybody's keys that there are.
    Ready(Vec<(Hash, Vec<u8>)>),
}

impl Group {
    /// Keeps somebody's sealing key.
    pub(crate) fn note_sealing_key(&mut self, key: &[u8], writes: &mut Vec<Write>) {
        if key.len() != limits::SEALING_KEY {
            return;
        }
        let hash = key_box::key_hash(key);
        if !self.rotation.known.contains_key(&hash) {
            writes.push(Slot::Sealing(hash.to_string()).put_bytes(&self.id, key.to_vec()));
            self.rotation.known.insert(hash, key.to_vec());
        }
    }

    /// Whether an epoch should be started before this device writes again, and it may do so.
    pub(crate) fn must_rotate(&self, time: Timestamp) -> bool {
        let Some(roster) = &self.roster else { return false };
        let organizer =
            roster.active(&self.keys.id()).is_ok_and(|(_, member)| member.role == Role::Organizer);
        organizer && !self.rotation.refused && roster.rotation_due(time)
    }

    /// To whom the key of an epoch is sealed that takes `removed` out.
    pub(crate) fn recipients(&mut self, removed: Option<&Remove>, time: Timestamp) -> Recipients {
        let Some(roster) = &self.roster else { return Recipients::Wait };
        let all = roster.recipients(removed, time);
        let own = key_box::public_key(self.keys.sealing());
        self.rotation.known.entry(key_box::key_hash(&own)).or_insert(own);
        let lacking: Vec<Hash> = all
            .iter()
            .filter(|hash| !self.rotation.known.contains_key(hash) && !self.rotation.asked.contains(hash))
            .copied()
            .collect();
        if !lacking.is_empty() {
            self.rotation.asked.extend(&lacking);
            let portions: Vec<Vec<Hash>> =
                lacking.chunks(limits::MAX_KEYS_PER_FRAME).map(<[Hash]>::to_vec).collect();
            self.rotation.unanswered = self.rotation.unanswered.saturating_add(portions.len());
            return Recipients::Ask(portions);
        }
        if self.rotation.unanswered > 0 {
            return Recipients::Wait;
        }
        let key = |hash: Hash| self.rotation.known.get(&hash).map(|key| (hash, key.clone()));
        Recipients::Ready(all.into_iter().filter_map(key).collect())
    }

    /// Draws the key of the next epoch and puts it into a change; gives the body to sign and the boxes to send along.
    /// `None` if no key of this Group is here.
    pub(crate) fn start_epoch(
        &mut self,
        body: ChangeBody,
        recipients: &[(Hash, Vec<u8>)],
        entropy: &mut impl CryptoRng,
        writes: &mut Vec<Write>,
    ) -> Option<(ChangeBody, Vec<SealedKey>)> {
        let roster = self.roster.as_ref()?;
        let (before, epoch) = (roster.epoch(), roster.epoch().next());
        // A bad epoch is passed over: the last good one is the newest whose key is here.
        let (from, last) = self.epochs.range(..=before).next_back()?;
        let key = EpochKey(Secret::draw(entropy));
        let sealed = earlier::seal(&key, &self.id, (epoch, *from), last)?;
        let context = BoxContext { group: self.id, epoch, previous: roster.head() };
        let mut boxes = Vec::new();
        for (recipient, public) in recipients {
            let sealed = key_box::seal(&key, &context, public, entropy).ok()?;
            boxes.push(SealedKey { epoch, recipient: *recipient, sealed: sealed.into() });
        }
        let root = boxes_root(boxes.iter().map(|one| (one.recipient, one.sealed.as_slice())));
        let started = NewEpoch {
            commitment: key.commitment(epoch),
            boxes: root,
            sealed: ByteArray::from(sealed),
            from: (*from != before).then_some(*from),
        };
        let commitment = started.commitment;
        writes.push(
            Slot::Pending(commitment.to_string()).put_bytes(&self.id, key.0.expose_secret_bytes().to_vec()),
        );
        self.rotation.pending.insert(commitment, key);
        Some((with_epoch(body, started), boxes))
    }

    /// The Roster names a new epoch: if this device drew its key, that is known at once.
    pub(crate) fn epoch_started(&mut self, epoch: Epoch, commitment: &Hash, writes: &mut Vec<Write>) {
        let own = self.rotation.pending.remove(commitment);
        for other in std::mem::take(&mut self.rotation.pending).into_keys() {
            writes.push(Slot::Pending(other.to_string()).delete(&self.id));
        }
        if let Some(key) = own {
            writes.push(Slot::Pending(commitment.to_string()).delete(&self.id));
            self.adopt(epoch, key, writes);
        }
    }
}

/// What is said where the epoch is not known yet.
pub(crate) fn placeholder() -> NewEpoch {
    NewEpoch { commitment: Hash::ZERO, boxes: Hash::ZERO, sealed: ByteArray::from([0; 48]), from: None }
}

/// The same change with another epoch, if it starts one.
pub(crate) fn with_epoch(body: ChangeBody, epoch: NewEpoch) -> ChangeBody {
    let ChangeBody { author, kind } = body;
    let kind = match kind {
        ChangeKind::Remove(remove) if remove.epoch.is_some() => {
            ChangeKind::Remove(Remove { epoch: Some(epoch), ..remove })
        }
        ChangeKind::Rotate(mut rotate) => {
            rotate.epoch = epoch;
            ChangeKind::Rotate(rotate)
        }
        other => other,
    };
    ChangeBody { author, kind }
}
