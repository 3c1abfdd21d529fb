//! What a device makes of what a server answers.

use porchlight_wire::frame::{About, Code, Opened, Records, Refused, ServerFrame};
use porchlight_wire::{GroupId, Timestamp};

use crate::device::Device;
use crate::group::{Problem, Standing};
use crate::inbox::{self, InboxError};
use crate::io::Event;
use crate::storage::Phase;

/// After a server said that it cannot store anything, what waits is sent again this much later.
const BUSY_MILLIS: u64 = 30_000;

impl Device {
    pub(super) fn answered(&mut self, url: &str, frame: ServerFrame, now: Timestamp) {
        // A server speaks for the Groups that it keeps, and for no other's.
        let about = frame.group();
        if about.is_some_and(|id| self.groups.get(&id).is_none_or(|group| group.stored.url != url)) {
            return;
        }
        match frame {
            ServerFrame::Welcome(_) => {}
            ServerFrame::Opened(opened) => self.opened(url, &opened, now),
            ServerFrame::Records(records) => self.records(records),
            ServerFrame::Accepted(accepted) => {
                if let Some(group) = self.groups.get_mut(&accepted.group) {
                    group.note_trip(now);
                }
                if accepted.head.is_none() {
                    return;
                }
                let records =
                    self.groups.get(&accepted.group).and_then(|group| inbox::own_records(group, &accepted));
                match records {
                    Some(records) => self.records(records),
                    None => self.drop_link(url, now),
                }
            }
            ServerFrame::Changed(changed) => self.roster_changed(&changed, now),
            ServerFrame::Roster(list) => self.roster_listed(&list, now),
            ServerFrame::Box(key_box) => self.box_arrived(&key_box, now),
            ServerFrame::Refused(refused) => self.refused(url, &refused, now),
        }
    }

    fn opened(&mut self, url: &str, opened: &Opened, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&opened.group) else { return };
        if opened.head.verify(&group.id, &group.stored.server).is_err() {
            self.drop_link(url, now);
            return;
        }
        if !inbox::continues(&group.progress.cursor, &opened.head) {
            self.problem(opened.group, Problem::OtherHistory);
            return;
        }
        group.standing = Standing::Open { end: opened.head.cursor };
        group.problem = None;
        self.event(Event::StatusChanged { group: opened.group });
        self.check_pinned(opened.group);
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
        self.persist(writes);
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
        match inbox::take(group, &step) {
            Ok(mut taken) => {
                group.caution.done(&id, &mut taken.writes);
                self.persist(taken.writes);
                for name in taken.changed {
                    self.event(Event::DocumentChanged { group: id, name });
                }
                if taken.members {
                    self.event(Event::MembersChanged { group: id });
                }
                self.event(Event::StatusChanged { group: id });
                self.check_pinned(id);
                self.send_requests(id, now);
                self.send_entries(id, now);
            }
            Err(error) => {
                let mut writes = Vec::new();
                group.caution.clear();
                group.caution.done(&id, &mut writes);
                self.persist(writes);
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
            About::Connection => self.drop_link(url, now),
            About::Group(id) => self.group_refused(id, code, now),
            About::Entry(id, device, _) => {
                let Some(group) = self.groups.get_mut(&id) else { return };
                if device != group.keys.id() {
                    return;
                }
                match code {
                    Code::CLONE => self.problem(id, Problem::Clone),
                    Code::STORAGE | Code::BUSY | Code::QUOTA | Code::CLOCK_JUMPED => {
                        group.outbox.forget_sent();
                        group.due = Some(now.plus_millis(BUSY_MILLIS));
                        self.problem(id, Problem::ServerBusy(code));
                    }
                    // The Group itself was refused, and that was said already.
                    Code::NOT_OPEN => {}
                    _ => self.problem(id, Problem::EntryRefused(code)),
                }
            }
            About::Change(id, hash) => self.change_refused(id, &hash, code, now),
            About::Box(id, ..) => self.box_refused(id, code),
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
            Code::UNKNOWN_GROUP => Problem::ServerLacksGroup,
            Code::OTHER_HISTORY => Problem::OtherHistory,
            Code::NOT_A_MEMBER => Problem::NotAMember,
            Code::STORAGE | Code::BUSY | Code::CLOCK_JUMPED | Code::BAD_PROOF => {
                self.server_busy(id, code, now);
                return;
            }
            other => Problem::EntryRefused(other),
        };
        self.problem(id, problem);
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
        let keeps_going =
            matches!(problem, Problem::ServerBusy(_) | Problem::EntryRefused(_) | Problem::Clone);
        if !keeps_going {
            group.standing = Standing::Away;
        }
        self.event(Event::StatusChanged { group: id });
    }

    /// Once current, the Roster must hold every RosterChange that this device has verified before.
    fn check_pinned(&mut self, id: GroupId) {
        let Some(group) = self.groups.get(&id) else { return };
        if group.is_current() && group.progress.pinned.is_some() {
            self.problem(id, Problem::OtherHistory);
        }
    }
}
