//! What a device makes of what a server answers.

use std::collections::BTreeSet;

use porchlight_documents::DocumentName;
use porchlight_wire::frame::{About, Code, Opened, Records, Refused, ServerFrame};
use porchlight_wire::{GroupId, Timestamp};

use crate::apart::apart;
use crate::device::Device;
use crate::group::{Problem, Standing};
use crate::inbox::{self, InboxError};
use crate::io::Event;
use crate::refill;
use crate::storage::Phase;

/// After a server said that it cannot store anything, what waits is sent again this much later.
pub(crate) const BUSY_MILLIS: u64 = 30_000;

impl Device {
    pub(super) fn answered(&mut self, url: &str, frame: ServerFrame, now: Timestamp) {
        // A server speaks for the Groups that it keeps, and for no other's.
        let about = frame.group();
        if about.is_some_and(|id| self.groups.get(&id).is_none_or(|group| group.stored.url != url)) {
            return;
        }
        if let (Some(id), true) = (about, says_stored(&frame)) {
            self.stores_again(id);
        }
        match frame {
            ServerFrame::Welcome(_) => {}
            ServerFrame::Opened(opened) => self.opened(url, &opened, now),
            ServerFrame::Records(records) => self.records(records),
            ServerFrame::Accepted(accepted) => {
                let Some(group) = self.groups.get_mut(&accepted.group) else { return };
                group.note_trip(now);
                if group.departure().is_some() {
                    return apart(|| self.left_work_accepted(&accepted));
                }
                if let Some(head) = accepted.head {
                    let records = inbox::own_records(group, &accepted, head);
                    self.records(records);
                }
            }
            ServerFrame::Changed(changed) => self.roster_changed(&changed, now),
            ServerFrame::Roster(list) => apart(|| self.roster_listed(&list, now)),
            ServerFrame::Presence(presence) => apart(|| self.presence_arrived(&presence, now)),
            ServerFrame::Box(key_box) => apart(|| self.box_arrived(&key_box, now)),
            ServerFrame::Wanted(wanted) => apart(|| self.box_wanted(&wanted, now)),
            ServerFrame::Lacking(lacking) => apart(|| self.bring(&lacking, now)),
            ServerFrame::Keys(keys) => {
                if self.groups.get(&keys.group).is_some_and(crate::group::Group::is_in) {
                    self.keys_arrived(&keys, now);
                } else {
                    apart(|| self.lobby_key_arrived(keys.group, &keys, now));
                }
            }
            ServerFrame::Lobby(list) => apart(|| self.lobby_listed(&list)),
            ServerFrame::Knocked(answer) => apart(|| self.knocked(&answer, now)),
            ServerFrame::Held(list) => apart(|| self.held_listed(&list)),
            ServerFrame::Refused(refused) => apart(|| self.refused(url, &refused, now)),
            // Nothing here asks for these.
            ServerFrame::Lookup(_) => {}
            ServerFrame::Snapshots(list) => apart(|| self.snapshots_listed(&list, now)),
            ServerFrame::PartKept(kept) => apart(|| self.part_kept(&kept, now)),
            ServerFrame::Piece(piece) => apart(|| self.piece_arrived(&piece, now)),
            ServerFrame::Stated(stated) => apart(|| self.stated(&stated)),
            ServerFrame::Refilled(refilled) => apart(|| self.refilled(&refilled, now)),
        }
    }

    /// A server that could not store anything can again.
    fn stores_again(&mut self, id: GroupId) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if matches!(group.problem, Some(Problem::ServerBusy(_))) {
            group.problem = None;
            self.event(Event::StatusChanged { group: id });
        }
    }

    fn opened(&mut self, url: &str, opened: &Opened, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&opened.group) else { return };
        if opened.head.verify(&group.id, &group.stored.server).is_err() {
            self.drop_link(url, now);
            return;
        }
        let id = opened.group;
        if let Some(from) = &opened.from
            && self.rewind(id, from).is_err()
        {
            self.problem(id, Problem::OtherHistory);
            return;
        }
        let Some(group) = self.groups.get_mut(&id) else { return };
        let asked_already = group.is_in() && std::mem::take(&mut group.entering);
        if opened.base.is_some() {
            if !group.is_in() {
                // The key that it was to be read with has not come: the Group is opened once more when it has.
                return;
            }
            // No Records follow: first a Snapshot.
            group.awaits_snapshot = true;
            group.snapshots.unknown = None;
            group.problem = None;
            self.resume_snapshot(id, now);
            if !asked_already {
                self.ask_for_snapshots(id, now);
            }
            return;
        }
        if !inbox::continues(&group.progress.cursor, &opened.head) {
            self.problem(id, Problem::OtherHistory);
            return;
        }
        // A request may open the Group once more than the device asked for: nothing was lost on the way then.
        let asked = !matches!(group.standing, Standing::Open { .. });
        group.standing = Standing::Open { end: opened.head.cursor.position };
        group.problem = None;
        let mut writes = Vec::new();
        // The server that it moves from may open it once more, before or after it has taken the move in.
        let may_move = group.outbox.moves() || !group.is_current();
        if group.stored.moving_token.is_some() && group.has_arrived() && !may_move {
            group.stored.moving_token = None;
            writes.push(group.put_self());
        }
        refill::keep_head(group, opened, &mut writes);
        if group.note_opened(opened) {
            writes.push(group.put_progress());
        }
        self.persist(writes);
        self.event(Event::StatusChanged { group: id });
        self.check_pinned(id);
        self.send_successor(id, now);
        if asked {
            self.resume_snapshot(id, now);
        }
        self.seek_key(id, now);
        self.look_aside(id, now);
        self.after_records(id, now);
    }

    /// What may follow once Records were taken in, or there were none.
    fn after_records(&mut self, id: GroupId, now: Timestamp) {
        self.mend(id, now);
        self.send_requests(id, now);
        if let Some(group) = self.groups.get_mut(&id)
            && group.rotation.waiting
            && !group.outbox.starts_epoch()
        {
            group.rotation.waiting = false;
            group.due = Some(now);
        }
        if let Some(group) = self.groups.get_mut(&id)
            && group.due.is_none()
            && group.outbox.has_edits()
        {
            // It could not be sealed before: what is in the log now may have been lacking.
            group.due = Some(now);
        }
        self.pursue_wishes(id, now);
        self.flush_due(id, now);
        self.send_entries(id, now);
        self.send_statements(id, now);
        self.consider_snapshot(id, now);
    }

    /// Records wait for one more call of the Device, so that the mark for them is stored before they are applied.
    fn records(&mut self, records: Records) {
        let id = records.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        // Without the Group's key nothing can be opened; the log is asked for again once the key is here.
        if !group.is_in() || matches!(group.standing, Standing::Away) {
            return;
        }
        let mut writes = Vec::new();
        group.caution.queue(&id, records, &mut writes);
        self.keep(writes);
    }

    /// Carries over what was written into a Document that is forgotten now, and tells screens what Records have changed.
    pub(crate) fn tell_changed(&mut self, id: GroupId, changed: &BTreeSet<DocumentName>, now: Timestamp) {
        self.carry_unseen(id, now);
        let Some(group) = self.groups.get(&id) else { return };
        let originals: BTreeSet<_> = changed.iter().map(|name| group.original(name)).collect();
        for name in originals {
            self.event(Event::DocumentChanged { group: id, name });
        }
    }

    /// Whether Records follow on those that wait, and nothing but those waits.
    pub(crate) fn joins_waiting(&self, records: &Records) -> bool {
        let mut waiting = self.groups.values().filter(|group| group.caution.is_waiting());
        let first = waiting.next();
        waiting.next().is_none()
            && first.is_some_and(|group| group.id == records.group && group.caution.joins(records))
    }

    /// Takes in the Records that wait and are marked.
    pub(crate) fn take_waiting(&mut self, now: Timestamp) {
        let waiting = self.groups.values().filter(|group| group.caution.is_waiting());
        let waiting: Vec<GroupId> = waiting.map(|group| group.id).collect();
        for id in waiting {
            self.take_next(id, now);
        }
    }

    fn take_next(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(step) = group.caution.next() else { return };
        let url = group.stored.url.clone();
        // That a crash was not due to these Records must not be forgotten: they would be blamed for the next one too.
        let acquitted = group.caution.crashed_before();
        match inbox::take(group, &step) {
            Ok(mut taken) => {
                group.caution.done(&id, &mut taken.writes);
                if taken.members || taken.cloned || taken.moved || acquitted {
                    self.persist(taken.writes);
                } else {
                    self.keep(taken.writes);
                }
                self.tell_changed(id, &taken.changed, now);
                if taken.members {
                    self.try_refused_again(id);
                    self.event(Event::MembersChanged { group: id });
                }
                self.event(Event::StatusChanged { group: id });
                self.check_pinned(id);
                if taken.cloned {
                    self.go_on_afresh(id, now);
                }
                if taken.moved {
                    self.follow_roster_server(id, now);
                }
                if taken.members && self.groups.get(&id).is_some_and(|group| group.departure().is_some()) {
                    return self.departed(id);
                }
                self.unpark(id, now);
                self.seek_key(id, now);
                if taken.members {
                    self.look_aside(id, now);
                }
                self.send_successor(id, now);
                self.after_records(id, now);
            }
            Err(error) => {
                let mut writes = Vec::new();
                group.caution.clear();
                group.caution.done(&id, &mut writes);
                self.keep(writes);
                match error {
                    InboxError::OtherHistory | InboxError::NotTheServer => {
                        self.problem(id, Problem::OtherHistory)
                    }
                    InboxError::Gap { .. } => self.drop_link(&url, now),
                }
            }
        }
    }

    fn refused(&mut self, url: &str, refused: &Refused, now: Timestamp) {
        let code = refused.code;
        match refused.about {
            About::Connection => {
                // One that has too much to do is asked again later each time, as if it had not answered.
                if let Some(link) = self.links.get_mut(url).filter(|_| code == Code::BUSY) {
                    link.welcome = None;
                }
                self.drop_link(url, now);
            }
            About::Group(id) => self.group_refused(id, code, now),
            About::Entry(id, device, sequence) => {
                let Some(group) = self.groups.get_mut(&id) else { return };
                let own = group.keys.id();
                match code {
                    Code::CLONE if device == own => self.go_on_afresh(id, now),
                    Code::STORAGE | Code::BUSY | Code::QUOTA | Code::CLOCK_JUMPED => {
                        group.outbox.forget_sent();
                        group.due = Some(now.plus_millis(BUSY_MILLIS));
                        self.problem(id, Problem::ServerBusy(code));
                    }
                    Code::NOT_OPEN => group.forget_said(),
                    Code::HELD | Code::DISCARDED if device == own => self.left_work(id, sequence, code),
                    _ if group.departure().is_some() => {}
                    _ if device != own => self.carried_refused(id, device, sequence, code),
                    _ => self.problem(id, Problem::EntryRefused(code)),
                }
            }
            About::Change(id, hash) => self.change_refused(id, &hash, code, now),
            About::Box(id, _, recipient) => self.box_refused(id, &recipient, code, now),
            About::Side(id) if self.groups.get(&id).is_some_and(|group| !group.is_in()) => {
                self.knock_refused(id, code, now);
            }
            // What was asked aside is not so any more: look again.
            About::Side(id) if code == Code::NOT_FOUND => drop(self.ask_lobby(id, now)),
            About::Side(_) | About::Lookup(_) => {}
            About::Statement(id, hash) => self.statement_refused(id, &hash, code, now),
            About::Part(id, _) => self.snapshot_refused(id, code, now),
            About::Refill(id, _) => self.refill_refused(id, code, now),
        }
    }

    fn group_refused(&mut self, id: GroupId, code: Code, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        if matches!(group.stored.phase, Phase::Joining(_)) {
            self.knock_refused(id, code, now);
            return;
        }
        let founding = matches!(group.stored.phase, Phase::Founding(_));
        let problem = match code {
            Code::BAD_TOKEN | Code::GROUPS_CLOSED | Code::QUOTA if founding => Problem::FoundingRefused(code),
            // The Found before it was refused, and that was said already.
            Code::UNKNOWN_GROUP if founding => return,
            Code::UNKNOWN_GROUP => return self.give_group(id, now),
            Code::OTHER_HISTORY => return self.find_common(id, now),
            // The Open before it was refused too, and that was dealt with.
            Code::NOT_OPEN => return self.unsaid(id),
            Code::NOT_A_MEMBER => {
                self.show_admission(id, now);
                Problem::NotAMember
            }
            Code::REMOVED => return self.removal_claimed(id, now),
            // Said again of what is not in the Group any more.
            _ if group.departure().is_some() => return,
            Code::STORAGE | Code::BUSY | Code::CLOCK_JUMPED | Code::BAD_PROOF => {
                self.server_busy(id, code, now);
                return;
            }
            other => Problem::EntryRefused(other),
        };
        self.problem(id, problem);
    }

    fn unsaid(&mut self, id: GroupId) {
        if let Some(group) = self.groups.get_mut(&id) {
            group.forget_said();
        }
    }

    /// The server cannot serve a Group now: connect anew after the usual pause, and start over from what is stored.
    pub(crate) fn server_busy(&mut self, id: GroupId, code: Code, now: Timestamp) {
        self.problem(id, Problem::ServerBusy(code));
        if let Some(url) = self.groups.get(&id).map(|group| group.stored.url.clone()) {
            self.drop_link(&url, now);
        }
    }

    /// The server's word for something that has gone wrong with a Group; everything is kept.
    pub(crate) fn problem(&mut self, id: GroupId, problem: Problem) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.problem = Some(problem);
        let keeps_going = match problem {
            Problem::ServerBusy(_) | Problem::EntryRefused(_) | Problem::Clone => true,
            // The log goes on, and may bring the next key; a newcomer has nothing yet.
            Problem::BadKeyBox | Problem::NoKeyYet => group.is_in(),
            _ => false,
        };
        if !keeps_going {
            group.standing = Standing::Away;
        }
        self.event(Event::StatusChanged { group: id });
    }

    /// What a device may write goes by the Roster: once that says something else, what the server had refused is sent
    /// again.
    fn try_refused_again(&mut self, id: GroupId) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.problem.take_if(|problem| matches!(problem, Problem::EntryRefused(_))).is_some() {
            group.outbox.forget_sent_entries();
        }
    }

    /// Once current, the Roster must hold every RosterChange that this device has verified before.
    fn check_pinned(&mut self, id: GroupId) {
        let Some(group) = self.groups.get(&id) else { return };
        if group.is_current() && group.progress.pinned.is_some() {
            self.problem(id, Problem::OtherHistory);
        }
    }
}

/// Whether a server says by this that it has stored something for this device.
fn says_stored(frame: &ServerFrame) -> bool {
    matches!(
        frame,
        ServerFrame::Accepted(_)
            | ServerFrame::Changed(_)
            | ServerFrame::Stated(_)
            | ServerFrame::PartKept(_)
            | ServerFrame::Refilled(_)
    )
}
