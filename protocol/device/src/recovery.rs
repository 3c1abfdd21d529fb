//! Recovery words: twelve words on paper that bring a member back when all their phones are gone.
//!
//! ```text
//! root        = the words, made slow with the salt "porchlight/recovery-words/1"
//! group words = HKDF-SHA256(root, info "porchlight/recovery-group/1" group (32))
//! signing     = HKDF-SHA256(group words, info "porchlight/recovery-signing/1"), sealing the same with "…-sealing/1"
//! finder      = HKDF-SHA256(root, info "porchlight/recovery-finder/1")
//! locator     = HKDF-SHA256(finder, info "porchlight/recovery-locator/1" server key (32))
//! list key    = HKDF-SHA256(root, info "porchlight/recovery-list/1"): an X-Wing key pair is made of it
//! ```
//! In each Group the words are a recovery key of the member in the Roster, so every new EpochKey is sealed to it. Where
//! the Groups are stands in a list, sealed to the public list key, that each server keeps for the member. A phone stores
//! the finder and the public list key, and can therefore keep the list fresh; it does not store the words, nor what opens
//! the list or speaks for the member. While the words are being put into Rosters their keys are in memory only.

use std::collections::BTreeMap;

use minicbor::bytes::ByteArray;
use porchlight_wire::frame::{Change, ClientFrame, Code, Lookup, LookupKind, SealedKey};
use porchlight_wire::roster::{
    AddDevice, CHANGE_LABEL, ChangeBody, ChangeKind, JOIN_LABEL, Purpose, Roster, SignedChange,
};
use porchlight_wire::{ActorPrefix, GroupId, Hash, ServerKey, Timestamp, signing};

use crate::device::{ActError, Device};
use crate::group::Group;
use crate::io::{Event, Write};
use crate::key_box;
use crate::keys::{DeviceKeys, Secret};
use crate::membership::box_context;
use crate::requests::change_hash;
use crate::search::Keeping;
use crate::storage::{RECOVERY, encoded};
use crate::words::{self, WordsError};

pub(crate) mod list;
pub(crate) mod stored;

use list::Listed;
use stored::{StoredCover, StoredRecovery};

/// Whether recovery words bring this member back into a Group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryState {
    /// They do: they are in the Roster, and the server keeps the list that finds the Group.
    Ready,
    /// They are on their way to the server: the words must not be relied on yet.
    Waiting,
    /// There are none of this device for it, newer ones have taken their place, or the server has lost what belongs to
    /// them and this device cannot bring it: make new ones.
    Lacking,
}

/// What words make.
pub(crate) struct RecoveryRoot(Secret);

/// Words that are being put into Rosters, in memory only.
#[derive(Debug, Default)]
pub(crate) struct Covering {
    /// The recovery key of each Group whose Roster does not hold it yet, and for which head and as which change it was
    /// sent on this connection.
    groups: BTreeMap<GroupId, (DeviceKeys, Option<(Hash, Hash)>)>,
}

impl Covering {
    /// A connection is gone: what was sent on it is sent anew.
    pub(crate) fn forget_sent(&mut self, id: &GroupId) {
        if let Some((_, sent)) = self.groups.get_mut(id) {
            *sent = None;
        }
    }

    fn was_sent(&self, id: &GroupId, change: &Hash) -> bool {
        self.groups.get(id).and_then(|(_, sent)| *sent).is_some_and(|(_, hash)| hash == *change)
    }
}

impl Device {
    /// Draws twelve recovery words for all Groups of this device, in place of earlier ones. Show them once, to be
    /// written on paper; they are not stored. They work for a Group once [`Device::recovery`] says so. Slow on purpose.
    pub fn make_recovery_words(&mut self, now: Timestamp) -> Result<String, ActError> {
        let words = words::draw_recovery(&mut self.entropy).ok_or(ActError::CannotSeal)?;
        self.cover(&RecoveryRoot::of(&words)?, now);
        Ok(words.to_string())
    }

    /// Makes words that were written down before count for Groups that were joined since.
    pub fn add_recovery_words(&mut self, typed: &str, now: Timestamp) -> Result<(), ActError> {
        let words = words::read_recovery(typed)?;
        self.cover(&RecoveryRoot::of(&words)?, now);
        Ok(())
    }

    /// Where recovery words stand, for each Group that this device is in.
    pub fn recovery(&self) -> Vec<(GroupId, RecoveryState)> {
        let inside = self.groups.values().filter(|group| group.is_in() && group.departure().is_none());
        inside.map(|group| (group.id, self.recovery_state(group))).collect()
    }

    fn recovery_state(&self, group: &Group) -> RecoveryState {
        if self.covering.groups.contains_key(&group.id) {
            return RecoveryState::Waiting;
        }
        let Some(cover) = self.recovery.as_ref().and_then(|stored| stored.cover(&group.id)) else {
            return RecoveryState::Lacking;
        };
        match group.roster.as_ref().map(|roster| roster.entrant(&cover.device).is_ok()) {
            Some(true) if cover.stuck => RecoveryState::Lacking,
            Some(true) if cover.kept.is_some() => RecoveryState::Ready,
            Some(true) => RecoveryState::Waiting,
            _ => RecoveryState::Lacking,
        }
    }

    fn cover(&mut self, root: &RecoveryRoot, now: Timestamp) {
        let fresh = root.stored();
        let known = self.recovery.take().filter(|known| known.finder == fresh.finder);
        self.recovery = Some(known.unwrap_or(fresh));
        self.covering = Covering::default();
        let inside = self.groups.values().filter(|group| group.is_in() && group.departure().is_none());
        let inside: Vec<GroupId> = inside.map(|group| group.id).collect();
        let mut writes = Vec::new();
        for id in &inside {
            let keys = root.keys(id);
            if let Some(group) = self.groups.get_mut(id) {
                group.note_sealing_key(&key_box::public_key(keys.sealing()), &mut writes);
            }
            self.covering.groups.insert(*id, (keys, None));
        }
        writes.push(self.put_recovery());
        self.persist(writes);
        for id in inside {
            self.send_cover(id, now);
            self.event(Event::StatusChanged { group: id });
        }
        self.schedule(now);
    }

    /// Puts the words into the newest Roster, unless that was asked for already; once they are there, leaves the list.
    pub(crate) fn send_cover(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        let Some((keys, sent)) = self.covering.groups.get(&id) else { return self.keep_lists(now) };
        let Some(roster) = &group.roster else { return };
        if roster.device(&keys.id()).is_some() {
            self.covered(id, now);
            return self.keep_lists(now);
        }
        let previous = roster.head();
        if sent.is_some_and(|(head, _)| head == previous) || !self.can_send(id) || !group.is_current() {
            return;
        }
        let Some((change, boxed)) = cover_change(group, roster, keys, &mut self.entropy) else { return };
        let Some(hash) = change_hash(&id, &previous, &change) else { return };
        let public = key_box::public_key(keys.sealing());
        if let Some((_, sent)) = self.covering.groups.get_mut(&id) {
            *sent = Some((previous, hash));
        }
        let (keys, boxes) = (vec![public.into()], vec![boxed]);
        let frame = Change { group: id, previous, change: change.into(), keys, boxes };
        self.send(id, &ClientFrame::Change(frame), now);
    }

    /// A Roster holds the words.
    fn covered(&mut self, id: GroupId, now: Timestamp) {
        let Some((keys, _)) = self.covering.groups.remove(&id) else { return };
        self.event(Event::StatusChanged { group: id });
        let (Some(group), Some(stored)) = (self.groups.get(&id), &mut self.recovery) else { return };
        let Some(roster) = &group.roster else { return };
        // Words that were replaced once stay out; those that were here already need nothing more.
        let known = stored.cover(&id).is_some_and(|cover| cover.device == keys.id());
        if known || roster.entrant(&keys.id()).is_err() {
            return;
        }
        let head = roster.head();
        stored.covers.retain(|cover| cover.group != id);
        let (url, server, name) = (group.stored.url.clone(), group.stored.server, group.stored.name.clone());
        stored.covers.push(StoredCover::new(Listed { group: id, server, url, head, name }, keys.id()));
        stored.time = now;
        let write = self.put_recovery();
        self.persist(vec![write]);
    }

    /// The words do not count in a Group any more.
    pub(crate) fn forget_cover(&mut self, id: &GroupId) {
        if let Some(stored) = &mut self.recovery {
            stored.covers.retain(|cover| cover.group != *id);
            let write = self.put_recovery();
            self.persist(vec![write]);
        }
    }

    /// The server did not take the words' key; says whether that is what it refused.
    pub(crate) fn cover_refused(&mut self, id: GroupId, hash: &Hash, code: Code, now: Timestamp) -> bool {
        if !self.covering.was_sent(&id, hash) {
            return false;
        }
        match code {
            // Others were quicker: their change is on its way, and with it the next try.
            Code::STALE_ROSTER => self.send_cover(id, now),
            Code::NOT_OPEN => self.covering.forget_sent(&id),
            Code::STORAGE | Code::BUSY | Code::CLOCK_JUMPED | Code::QUOTA => self.server_busy(id, code, now),
            _ => {
                self.covering.groups.remove(&id);
                self.event(Event::StatusChanged { group: id });
            }
        }
        true
    }

    /// Leaves the list with every server that does not have it as it is now.
    pub(crate) fn keep_lists(&mut self, now: Timestamp) {
        let Some(mut stored) = self.recovery.take() else { return };
        self.freshen(&mut stored);
        let content = stored.listed();
        let reached: Vec<(GroupId, ServerKey, Hash)> = stored
            .covers
            .iter()
            .filter(|cover| self.can_send(cover.group) && self.speaks_for(cover))
            .filter_map(|cover| {
                let group = self.groups.get(&cover.group)?;
                let welcome = self.welcome_of(&group.stored.url)?;
                // A server that went back in time may have lost it.
                let generation = group.progress.cursor.generation;
                let digest = content.digest(&welcome.store, generation, &cover.group);
                (cover.kept != Some(digest)).then_some((cover.group, welcome.server, digest))
            })
            .collect();
        for (group, server, digest) in reached {
            let locator = stored.locator(&server);
            let under_way = self.keeping.iter().any(|one| one.group == group && one.digest == Some(digest));
            if under_way {
                continue;
            }
            let Some(sealed) = content.seal(&locator, stored.list_key.as_slice(), &mut self.entropy) else {
                continue;
            };
            self.keeping.retain(|one| one.group != group || one.kind != LookupKind::Recovery);
            let lookup = Lookup { locator, sealed: sealed.into() };
            let kind = LookupKind::Recovery;
            self.keep_at_server(Keeping { group, kind, lookup, digest: Some(digest) }, now);
        }
        self.recovery = Some(stored);
    }

    /// The server has the list.
    pub(crate) fn list_kept(&mut self, id: GroupId, digest: Option<Hash>) {
        let Some(stored) = &mut self.recovery else { return };
        if let Some(cover) = stored.covers.iter_mut().find(|cover| cover.group == id) {
            cover.kept = digest;
        }
        let write = self.put_recovery();
        self.persist(vec![write]);
        self.event(Event::StatusChanged { group: id });
    }

    /// The server has no list any more, or is another one.
    pub(crate) fn list_lost(&mut self, id: GroupId) {
        let Some(stored) = &mut self.recovery else { return };
        let Some(cover) = stored.covers.iter_mut().find(|cover| cover.group == id) else { return };
        if cover.kept.take().is_some() {
            let write = self.put_recovery();
            self.persist(vec![write]);
        }
    }

    /// The server lacks the sealing keys or boxes of these: if the words are among them, can this device bring theirs?
    pub(crate) fn check_cover(&mut self, id: GroupId, lacking: &[Hash]) {
        let (Some(group), Some(stored)) = (self.groups.get(&id), &mut self.recovery) else { return };
        let Some(cover) = stored.covers.iter_mut().find(|cover| cover.group == id) else { return };
        let words = group.roster.as_ref().and_then(|roster| roster.device(&cover.device));
        let Some(words) = words.filter(|words| lacking.contains(&words.sealing)) else { return };
        let stuck = !group.rotation.known.contains_key(&words.sealing);
        if std::mem::replace(&mut cover.stuck, stuck) != stuck {
            let write = self.put_recovery();
            self.persist(vec![write]);
        }
    }

    /// Brings into the list where Groups are now, and takes out those that this member is not in any more.
    fn freshen(&self, stored: &mut StoredRecovery) {
        stored.covers.retain(|cover| {
            let gone = |group: &Group| group.departure().is_some_and(|_| !self.speaks_for(cover));
            !self.groups.get(&cover.group).is_some_and(gone)
        });
        for cover in &mut stored.covers {
            if let Some(group) = self.groups.get(&cover.group).filter(|group| group.is_in()) {
                cover.url.clone_from(&group.stored.url);
                cover.server = group.stored.server;
            }
        }
    }

    /// Whether these words are still the member's in that Group: others must not be overwritten.
    fn speaks_for(&self, cover: &StoredCover) -> bool {
        let roster = self.groups.get(&cover.group).and_then(|group| group.roster.as_ref());
        roster.is_some_and(|roster| roster.entrant(&cover.device).is_ok())
    }

    pub(crate) fn put_recovery(&self) -> Write {
        let value = self.recovery.as_ref().map(encoded).unwrap_or_default();
        Write::Put { key: RECOVERY.to_vec(), value }
    }
}

/// The AddDevice that brings the words in, and the box with the newest key for them.
fn cover_change(
    group: &Group,
    roster: &Roster,
    keys: &DeviceKeys,
    entropy: &mut impl rand_core::CryptoRng,
) -> Option<(Vec<u8>, SealedKey)> {
    let (epoch, epoch_key) = group.newest_key()?;
    let public = key_box::public_key(keys.sealing());
    let context = box_context(group.id, roster, epoch)?;
    let sealed = key_box::seal(epoch_key, &context, &public, entropy).ok()?;
    let recipient = key_box::key_hash(&public);
    let change = added(&group.id, &roster.head(), (keys, Purpose::Recovery), &group.keys);
    Some((change, SealedKey { epoch, recipient, sealed: sealed.into() }))
}

/// An AddDevice by which `new` comes in, for which another key of the same member stands.
pub(crate) fn added(
    group: &GroupId,
    previous: &Hash,
    (new, purpose): (&DeviceKeys, Purpose),
    sponsor: &DeviceKeys,
) -> Vec<u8> {
    let kind = ChangeKind::AddDevice(AddDevice {
        sponsor: ActorPrefix::of_device(&sponsor.id()),
        sealing: key_box::key_hash(&key_box::public_key(new.sealing())),
        purpose,
        predecessor: None,
    });
    let body = ChangeBody { author: new.id(), kind }.encode();
    let parts: [&[u8]; 3] = [group.as_bytes(), previous.as_bytes(), &body];
    let signature = new.sign(&signing::signed_message(CHANGE_LABEL, &parts));
    let second = Some(sponsor.sign(&signing::signed_message(JOIN_LABEL, &parts)));
    encoded(&SignedChange { body: body.into(), signature, second })
}

impl RecoveryRoot {
    /// Slow on purpose.
    pub(crate) fn of(words: &str) -> Result<Self, WordsError> {
        words::stretch(words, b"porchlight/recovery-words/1").map(Self)
    }

    /// What the words are in one Group, to be kept while a device comes back.
    pub(crate) fn group_words(&self, group: &GroupId) -> Secret {
        self.0.derive("porchlight/recovery-group/1", &[group.as_bytes()])
    }

    pub(crate) fn keys(&self, group: &GroupId) -> DeviceKeys {
        keys_of(&self.group_words(group))
    }

    /// What opens the list.
    pub(crate) fn list_secret(&self) -> Secret {
        self.0.derive("porchlight/recovery-list/1", &[])
    }

    /// What a phone may keep of them.
    pub(crate) fn stored(&self) -> StoredRecovery {
        let finder = self.0.derive("porchlight/recovery-finder/1", &[]);
        StoredRecovery {
            finder: ByteArray::from(*finder.expose_secret_bytes()),
            list_key: key_box::public_key(&self.list_secret()).into(),
            covers: Vec::new(),
            time: Timestamp::default(),
        }
    }
}

impl core::fmt::Debug for RecoveryRoot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RecoveryRoot(…)")
    }
}

/// The keys by which the words speak in one Group.
pub(crate) fn keys_of(group_words: &Secret) -> DeviceKeys {
    let signing = group_words.derive("porchlight/recovery-signing/1", &[]);
    DeviceKeys::from_secrets(signing, group_words.derive("porchlight/recovery-sealing/1", &[]))
}

impl StoredRecovery {
    /// Where the list is kept on a server.
    pub(crate) fn locator(&self, server: &ServerKey) -> Hash {
        let finder = Secret::from_slice(self.finder.as_slice());
        let locator = finder.map(|it| it.derive("porchlight/recovery-locator/1", &[server.as_bytes()]));
        locator.map_or(Hash::ZERO, |locator| Hash::from_bytes(*locator.expose_secret_bytes()))
    }

    fn cover(&self, group: &GroupId) -> Option<&StoredCover> {
        self.covers.iter().find(|cover| cover.group == *group)
    }

    fn listed(&self) -> list::List {
        let listed = |cover: &StoredCover| Listed {
            group: cover.group,
            server: cover.server,
            url: cover.url.clone(),
            head: cover.head,
            name: cover.name.clone(),
        };
        list::List { groups: self.covers.iter().map(listed).collect(), time: self.time }
    }
}
