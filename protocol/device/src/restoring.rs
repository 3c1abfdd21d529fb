//! The way back in by recovery words, step by step on the connection: open the Group as the words' key, read the Roster,
//! fetch the key box of the newest epoch, add this device, open the Group as it. Each step starts from what is stored;
//! the words' key in the Group is stored until this device is in, and then forgotten.

use minicbor::bytes::ByteArray;
use porchlight_wire::frame::{Change, ClientFrame, Credential, SealedKey};
use porchlight_wire::roster::{Purpose, Roster};
use porchlight_wire::{Epoch, GroupId, Hash, Timestamp};

use crate::device::Device;
use crate::group::{Group, Standing};
use crate::io::Event;
use crate::joining::JoinFailure;
use crate::key_box;
use crate::keys::{DeviceKeys, EpochKey, Secret};
use crate::membership::{box_context, holds, stored_group};
use crate::recovery::list::{List, Listed};
use crate::recovery::stored::StoredCover;
use crate::recovery::{RecoveryRoot, added, keys_of};
use crate::search::Wanted;
use crate::storage::{Phase, StoredInvitation};
use crate::words::{self, WordsError};

impl Device {
    /// Looks for the list behind recovery words on the server at this address, and goes back into each Group in it.
    /// [`Event::ListFound`] says which those are, then [`Event::Joined`] or [`Event::JoinFailed`] comes for each;
    /// [`Event::CodeNotFound`] says why there is no list. Slow on purpose.
    pub fn restore(&mut self, url: &str, typed: &str, now: Timestamp) -> Result<(), WordsError> {
        let words = words::read_recovery(typed)?;
        let root = RecoveryRoot::of(&words)?;
        self.start_search(url, Wanted::List(Box::new(root)), now);
        Ok(())
    }

    /// The list was found: start to go back into each Group that is not here.
    pub(crate) fn come_back(&mut self, root: &RecoveryRoot, list: List, now: Timestamp) {
        let fresh = root.stored();
        let ours = self.recovery.as_ref().is_none_or(|known| known.finder == fresh.finder);
        let mut stored = self.recovery.take().unwrap_or(fresh);
        let mut started = Vec::new();
        let mut writes = Vec::new();
        for listed in list.groups {
            let id = listed.group;
            let words = root.keys(&id);
            if ours && stored.covers.iter().all(|cover| cover.group != id) {
                stored.covers.push(StoredCover::new(listed.clone(), words.id()));
            }
            if !self.groups.contains_key(&id) {
                self.start_back(root, listed);
            }
            if let Some(group) = self.groups.get_mut(&id).filter(|_| ours) {
                group.note_sealing_key(&key_box::public_key(words.sealing()), &mut writes);
            }
            started.push(id);
        }
        stored.time = stored.time.max(list.time);
        self.recovery = Some(stored);
        writes.push(self.put_recovery());
        self.persist(writes);
        self.event(Event::ListFound { groups: started.clone() });
        self.make_links(now);
        started.into_iter().for_each(|id| self.enter_open_link(id, now));
    }

    fn start_back(&mut self, root: &RecoveryRoot, listed: Listed) {
        let id = listed.group;
        let keys = DeviceKeys::draw(&mut self.entropy);
        let phase = Phase::Joining(StoredInvitation {
            secret: ByteArray::from(*root.group_words(&id).expose_secret_bytes()),
            head: listed.head,
            asked: false,
            lobby: None,
            words: String::new(),
            waits: false,
            recovery: true,
        });
        let stored = stored_group(listed.url, listed.server, listed.name, String::new(), &keys, phase);
        let mut group = Group::new(id, stored, keys);
        group.progress.pinned = Some(listed.head);
        self.persist(vec![group.put_self(), group.put_progress()]);
        self.groups.insert(id, group);
    }

    /// Whether this device is on its way back into a Group.
    pub(crate) fn comes_back(&self, id: &GroupId) -> bool {
        self.groups.get(id).is_some_and(|group| group.coming_back().is_some())
    }

    /// The first words for a Group that this device comes back to.
    pub(crate) fn knock_with_words(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(words) = group.coming_back() else { return };
        group.standing = Standing::Knocking;
        // If the device was sent already, it may be in the Roster.
        let device = if group.has_asked() { group.keys.id() } else { words.id() };
        self.send_open(id, Credential::Device(device), now);
        self.ask_for_roster(id, now);
    }

    /// The verified Roster lacks this device: fetch the newest key with the words, then add it.
    pub(crate) fn ask_to_come_back(&mut self, id: GroupId, roster: Roster, now: Timestamp) {
        if let Err(failure) = self.try_to_come_back(id, roster, now) {
            self.join_failed(id, failure);
        }
    }

    fn try_to_come_back(
        &mut self,
        id: GroupId,
        mut roster: Roster,
        now: Timestamp,
    ) -> Result<(), JoinFailure> {
        let time = self.server_time(id, now);
        let Some(group) = self.groups.get_mut(&id) else { return Ok(()) };
        let Some(words) = group.coming_back() else { return Ok(()) };
        if !holds(&roster, &words.id()) {
            return Err(JoinFailure::WordsReplaced);
        }
        let epoch = roster.epoch();
        let Some(key) = group.epochs.get(&epoch).cloned() else {
            group.roster = Some(roster);
            let recipient = key_box::key_hash(&key_box::public_key(words.sealing()));
            self.ask_for_box(id, epoch, recipient, now);
            return Ok(());
        };
        let previous = roster.head();
        let change = added(&id, &previous, (&group.keys, Purpose::Device), &words);
        let public = key_box::public_key(group.keys.sealing());
        let context = box_context(id, &roster, epoch).ok_or(JoinFailure::BadRoster)?;
        let sealed = key_box::seal(&key, &context, &public, &mut self.entropy);
        let sealed = sealed.map_err(|_| JoinFailure::BadRoster)?;
        let recipient = key_box::key_hash(&public);
        let verified = roster.verify(&change, time)?;
        group.progress.pinned = Some(verified.hash());
        roster.apply(verified)?;
        group.roster = Some(roster);
        group.standing = Standing::Asking;
        if let Phase::Joining(stored) = &mut group.stored.phase {
            stored.asked = true;
        }
        let writes = vec![group.put_self(), group.put_progress()];
        self.persist(writes);
        let boxes = vec![SealedKey { epoch, recipient, sealed: sealed.into() }];
        let keys = vec![public.into()];
        self.send(
            id,
            &ClientFrame::Change(Change { group: id, previous, change: change.into(), keys, boxes }),
            now,
        );
        Ok(())
    }

    /// The words have opened the key of an epoch.
    pub(crate) fn key_for_words(&mut self, id: GroupId, epoch: Epoch, key: EpochKey, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let mut writes = Vec::new();
        group.adopt(epoch, key, &mut writes);
        group.seeking = crate::epochs::Seeking::default();
        let roster = group.roster.clone();
        self.persist(writes);
        if let Some(roster) = roster {
            self.ask_to_come_back(id, roster, now);
        }
    }

    /// This device is in the Roster again: go on as it, if the newest key is here.
    pub(crate) fn came_back(&mut self, id: GroupId, now: Timestamp) -> Option<()> {
        let group = self.groups.get(&id)?;
        group.coming_back()?;
        let (epoch, key) = group.newest_key()?;
        let key = key.clone();
        self.finish_join(id, key, epoch, now);
        self.open_group(id, now);
        Some(())
    }
}

impl Group {
    /// The words' keys, while this device comes back by them.
    pub(crate) fn coming_back(&self) -> Option<DeviceKeys> {
        match &self.stored.phase {
            Phase::Joining(stored) if stored.recovery => {
                Secret::from_slice(stored.secret.as_slice()).map(|secret| keys_of(&secret))
            }
            _ => None,
        }
    }

    fn has_asked(&self) -> bool {
        matches!(&self.stored.phase, Phase::Joining(stored) if stored.asked)
    }

    /// For which key a box is asked while this device comes in: the words' until it was sent itself.
    pub(crate) fn first_recipient(&self) -> Hash {
        match self.coming_back().filter(|_| !self.has_asked()) {
            Some(words) => key_box::key_hash(&key_box::public_key(words.sealing())),
            None => self.sealing_hash(),
        }
    }
}
