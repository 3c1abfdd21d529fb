//! What a device says on a connection: it enters its Groups, and sends what waits in their Outboxes.

use porchlight_wire::frame::{Append, ClientFrame, Credential, Found, GetBox, GetRoster, Open, Welcome};
use porchlight_wire::roster::Roster;
use porchlight_wire::{Epoch, GroupId, Hash, Timestamp};

use crate::device::Device;
use crate::group::{GATHER_MILLIS, Problem, Standing};
use crate::key_box;
use crate::payload::{Claim, DocumentChanges, Payload};
use crate::seal::{self, Place};
use crate::storage::{Phase, StoredEntry};

/// Entries in flight at once.
const IN_FLIGHT: usize = 64;

impl Device {
    /// Seals and sends what waits, if it is due and there is a connection.
    pub(crate) fn flush_due(&mut self, id: GroupId, now: Timestamp) {
        if self.can_send(id) && self.groups.get(&id).and_then(|group| group.due).is_some_and(|due| due <= now)
        {
            self.flush(id, now);
            self.send_statements(id, now);
        }
    }

    /// Says everything there is to say for a Group, without waiting for answers in between.
    pub(super) fn enter(&mut self, id: GroupId, welcome: &Welcome, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.stored.server != welcome.server {
            self.problem(id, Problem::OtherServer);
            return;
        }
        match &group.stored.phase {
            Phase::Joining(_) => self.knock(id, now),
            Phase::Founding(token) => {
                let token = token.clone();
                let Some(change) = group.founding.clone() else { return };
                let keys = vec![key_box::public_key(group.keys.sealing()).into()];
                self.send(id, &ClientFrame::Found(Found { change: change.into(), token, keys }), now);
                self.open_group(id, now);
            }
            // Out of the Group: what was left over is handed in, and nothing else.
            Phase::Active if group.departure().is_some() => {
                if group.has_left_work() {
                    let credential = Credential::Device(group.keys.id());
                    self.send_open(id, credential, now);
                }
            }
            Phase::Active => self.open_group(id, now),
        }
    }

    /// Opens the Group as one of its Devices, and sends what waits.
    pub(crate) fn open_group(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let credential = Credential::Device(group.keys.id());
        self.send_open(id, credential, now);
        self.opening(id, now);
    }

    /// Open went out: what waits may follow.
    pub(crate) fn opening(&mut self, id: GroupId, now: Timestamp) {
        if let Some(group) = self.groups.get_mut(&id) {
            group.standing = Standing::Opening;
        }
        self.go_on(id, now);
    }

    /// Sends what waits, unless it must wait for the server's log to be mended.
    pub(crate) fn go_on(&mut self, id: GroupId, now: Timestamp) {
        if self.can_send(id) && self.groups.get(&id).is_some_and(crate::group::Group::is_in) {
            self.flush(id, now);
            self.send_requests(id, now);
            self.send_statements(id, now);
            self.keep_again(id, now);
        }
    }

    pub(crate) fn send_open(&mut self, id: GroupId, credential: Credential, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        let Some(welcome) = self.welcome_of(&group.stored.url) else { return };
        let message = Open::proof_message(&welcome.server, &welcome.challenge, &id, credential.key());
        let proof = match credential {
            Credential::Device(device) => match group.coming_back().filter(|words| words.id() == device) {
                Some(words) => words.sign(&message),
                None => group.keys.sign(&message),
            },
            Credential::Invitation(_) => match group.invitation() {
                Some(secret) => secret.sign(&message),
                None => return,
            },
        };
        let cursor = group.progress.cursor;
        let earlier = self.earlier_cursors(id);
        let quiet = |group: &crate::group::Group| {
            group.starts_quietly() || group.entering || group.coming_back().is_some()
        };
        let quiet = self.groups.get(&id).is_some_and(quiet).then_some(true);
        self.send(id, &ClientFrame::Open(Open { group: id, credential, proof, cursor, earlier, quiet }), now);
    }

    /// Seals what waits and sends it; the Group's key is changed first if that is due.
    pub(crate) fn flush(&mut self, id: GroupId, now: Timestamp) {
        if self.rotates_first(id, now) {
            if let Some(group) = self.groups.get_mut(&id) {
                group.rotation.waiting = true;
                group.due = Some(now.plus_millis(GATHER_MILLIS));
            }
            return self.send_entries(id, now);
        }
        while self.seal_next(id, now) {}
        if let Some(group) = self.groups.get_mut(&id) {
            group.due = None;
        }
        self.send_entries(id, now);
    }

    /// Seals one Entry out of the Changes that wait; says whether there was one.
    pub(crate) fn seal_next(&mut self, id: GroupId, now: Timestamp) -> bool {
        let Some(group) = self.groups.get_mut(&id) else { return false };
        let Some((epoch, key)) = group.newest_key() else { return false };
        let key = key.clone();
        let Some(roster) = group.roster.as_ref().map(Roster::head) else {
            return false;
        };
        let gathered = group.outbox.gather();
        if gathered.is_empty() {
            return false;
        }
        let numbers: Vec<u64> = gathered.iter().map(|(number, _)| *number).collect();
        let hashes: Vec<Hash> = gathered.iter().map(|(_, edit)| edit.hash).collect();
        let mut documents: Vec<DocumentChanges> = Vec::new();
        let mut claims = Vec::new();
        for (_, edit) in gathered {
            match documents.last_mut().filter(|last| last.kind == edit.kind && last.key == edit.key) {
                Some(last) => last.changes.push(edit.change.clone()),
                None => documents.push(DocumentChanges {
                    kind: edit.kind.clone(),
                    key: edit.key.clone(),
                    changes: vec![edit.change.clone()],
                }),
            }
            if edit.claim {
                let document = u32::try_from(documents.len().saturating_sub(1)).unwrap_or(u32::MAX);
                claims.push(Claim { document, change: edit.hash });
            }
        }
        let (last, previous) = group.own_last();
        let place = Place { group: id, sequence: last.next(), previous, epoch };
        let payload = Payload { documents, claims, cursor: group.progress.cursor, roster, clock: now };
        let Ok(sealed) = seal::seal(&payload, &place, &group.keys, &key, &mut self.entropy) else {
            return false;
        };
        let stored = StoredEntry {
            sequence: place.sequence,
            id: sealed.id,
            bytes: sealed.bytes.into(),
            changes: hashes,
            order: 0,
            logged: None,
        };
        let mut writes = Vec::new();
        group.outbox.sealed(&id, &numbers, stored, &mut writes);
        group.sealed_at = Some(now);
        self.persist(writes);
        true
    }

    pub(crate) fn send_entries(&mut self, id: GroupId, now: Timestamp) {
        if self.can_send(id) {
            self.append_waiting(id, now);
        }
    }

    pub(crate) fn append_waiting(&mut self, id: GroupId, now: Timestamp) {
        loop {
            let Some(group) = self.groups.get_mut(&id) else { return };
            let entries = group.outbox.take_unsent(IN_FLIGHT.saturating_sub(group.outbox.in_flight()));
            if entries.is_empty() {
                return;
            }
            let entries = entries.into_iter().map(Into::into).collect();
            self.send(id, &ClientFrame::Append(Append { group: id, entries }), now);
        }
    }

    pub(crate) fn ask_for_box(&mut self, id: GroupId, epoch: Epoch, recipient: Hash, now: Timestamp) {
        self.send(id, &ClientFrame::GetBox(GetBox { group: id, epoch, recipient }), now);
    }

    pub(crate) fn ask_for_roster(&mut self, id: GroupId, now: Timestamp) {
        self.send(id, &ClientFrame::GetRoster(GetRoster { group: id }), now);
    }
}
