//! A device that is not in the Group any more: it is cut off, says what happened, keeps its documents readable, and can
//! still hand in what it had written, by the server or as a file.

use porchlight_wire::frame::{Accepted, Code, RosterList};
use porchlight_wire::roster::Roster;
use porchlight_wire::{GroupId, MemberId, Sequence, Timestamp};

use crate::device::Device;
use crate::group::{Group, Problem, Standing};
use crate::io::Event;
use crate::storage::{Phase, Slot};

/// How this device went out of a Group, for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartureView {
    /// Whether this device's member did it: left, or took the device out with another one.
    pub by_self: bool,
    /// Whether the member is still in, with another device.
    pub member_stays: bool,
    /// Whose device signed it.
    pub by: Option<MemberId>,
    /// When, by the server's clock.
    pub time: Timestamp,
    /// What became of what was written here and had not reached the others.
    pub work: LeftWork,
}

/// Work of a device that is not in the Group any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum LeftWork {
    /// Nothing was left over, or an organizer has let it in.
    #[default]
    #[n(0)]
    Nothing,
    /// It is only here: it can be written to a file, and is handed in at the next connection.
    #[n(1)]
    Here,
    /// The server holds it until an organizer decides.
    #[n(2)]
    Held,
    /// An organizer decided against it, or nobody did in time. It is kept here.
    #[n(3)]
    Discarded,
}

impl Device {
    /// The server says that this device was removed: only the Roster proves it.
    pub(crate) fn removal_claimed(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.standing = Standing::Away;
        if group.departure().is_none() {
            group.removal_claimed = true;
            self.ask_for_roster(id, now);
        } else {
            self.hand_in(id, now);
        }
    }

    /// The Roster that ends with this device's removal has come; says whether it was that.
    pub(crate) fn roster_of_removal(&mut self, list: &RosterList, now: Timestamp) -> bool {
        let id = list.group;
        let Some(group) = self.groups.get_mut(&id) else { return false };
        if !matches!(group.stored.phase, Phase::Active) || !std::mem::take(&mut group.removal_claimed) {
            return false;
        }
        let verified = Roster::verify_all(list.changes.iter().map(|one| (one.change.as_slice(), one.time)));
        let Ok((roster, hashes)) = verified else {
            self.problem(id, Problem::OtherHistory);
            return true;
        };
        let known = group.roster.as_ref().map(Roster::head);
        if roster.group() != id || known.is_none_or(|known| !hashes.contains(&known)) {
            self.problem(id, Problem::OtherHistory);
            return true;
        }
        if roster.device(&group.keys.id()).is_none_or(|device| device.gone.is_none()) {
            // The server said otherwise, and has nothing to show for it.
            self.problem(id, Problem::NotAMember);
            return true;
        }
        let read = group.replayed.as_ref().map_or(0, Roster::length);
        group.progress.replayed = Some(u64::try_from(read).unwrap_or(u64::MAX));
        let mut writes = vec![group.put_progress()];
        writes.extend((1..).zip(&list.changes).map(|(number, change)| Slot::Roster(number).put(&id, change)));
        group.roster_log.clone_from(&list.changes);
        group.changes.extend(hashes);
        group.roster = Some(roster);
        self.persist(writes);
        self.departed(id);
        self.hand_in(id, now);
        true
    }

    /// The Roster shows that this device is not in the Group any more.
    pub(crate) fn departed(&mut self, id: GroupId) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let mut writes = Vec::new();
        group.outbox.drop_requests(&id, &mut writes);
        group.outbox.forget_sent();
        group.caution.clear();
        group.caution.done(&id, &mut writes);
        group.due = None;
        // Sealed now, with the last key that it had: that is all it can ever do.
        let waits = group.outbox.has_edits() || group.outbox.entries().next().is_some();
        group.stored.left_work = if waits { LeftWork::Here } else { LeftWork::Nothing };
        group.stored.successor = None;
        writes.push(group.put_self());
        self.persist(writes);
        self.problem(id, Problem::Removed);
        self.event(Event::MembersChanged { group: id });
    }

    /// Hands in what was written before the removal, where it was not decided on yet. The server has closed the Group on
    /// this connection but for that.
    fn hand_in(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        if group.has_left_work() && self.welcome_of(&group.stored.url).is_some() {
            while self.seal_next(id, now) {}
            self.append_waiting(id, now);
        }
    }

    /// What the server says of work that was handed in.
    pub(crate) fn left_work(&mut self, id: GroupId, sequence: Sequence, code: Code) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let own_first = group.outbox.entries().next().map(|entry| entry.stored.sequence);
        let work = match code {
            Code::HELD => LeftWork::Held,
            Code::DISCARDED => LeftWork::Discarded,
            _ => return,
        };
        // The first that waits decides: what follows it builds on it.
        if own_first == Some(sequence) {
            group.stored.left_work = work;
            let write = group.put_self();
            self.persist(vec![write]);
            self.event(Event::StatusChanged { group: id });
        }
    }

    /// An organizer has let it in after all.
    pub(crate) fn left_work_accepted(&mut self, accepted: &Accepted) {
        let id = accepted.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        let own = group.keys.id();
        let mut writes = Vec::new();
        for entry in accepted.entries.iter().filter(|entry| entry.device == own) {
            group.outbox.accepted(&id, entry.sequence, &mut writes);
            group.progress.last_sent = Some(entry.time);
        }
        if group.outbox.entries().next().is_none() && !group.outbox.has_edits() {
            group.stored.left_work = LeftWork::Nothing;
        }
        writes.extend([group.put_self(), group.put_progress()]);
        self.persist(writes);
        self.event(Event::StatusChanged { group: id });
    }
}

impl Group {
    /// Whether something is left that the server may still take.
    pub(crate) fn has_left_work(&self) -> bool {
        self.departure().is_some() && matches!(self.stored.left_work, LeftWork::Here | LeftWork::Held)
    }

    /// What the screen says about it.
    pub(crate) fn departure_view(&self) -> Option<DepartureView> {
        let gone = self.departure()?;
        let roster = self.roster.as_ref()?;
        let member = |id: &_| roster.device(id).map(|device| device.member);
        let (own, by) = (member(&self.keys.id()), member(&gone.by));
        let member_stays = own.and_then(|id| roster.member(&id)).is_some_and(|member| member.active);
        Some(DepartureView {
            by_self: own == by,
            member_stays,
            by,
            time: gone.time,
            work: self.stored.left_work,
        })
    }
}
