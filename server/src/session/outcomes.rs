//! What a session makes of what the log has done: for its own orders, and for others'.

use porchlight_wire::frame::{About, Accepted, Code, LobbyState, ServerFrame};
use porchlight_wire::{GroupId, Position, Timestamp};

use super::{Action, Carrier, Session};
use crate::log::{Appended, Outcome, Published};

impl Session {
    pub(super) fn outcome(&mut self, outcome: Outcome, now: Timestamp) {
        self.unanswered.pop_front();
        match outcome {
            Outcome::Changed(changed) => {
                if let Some(open) = self.groups.get(&changed.group) {
                    // Through an invitation nothing but its own Join is accepted.
                    open.joined = true;
                    self.missed(&changed.group, changed.position);
                }
                self.send(&ServerFrame::Changed(changed));
            }
            Outcome::Appended(appended) => self.appended(appended),
            Outcome::Kept => {}
            Outcome::Side(frame, decided) => {
                // Somebody waits, is vouched for or sent away: the members who are here may want to know.
                let told = match &*frame {
                    ServerFrame::Knocked(answer) if answer.state == LobbyState::Waiting => {
                        Some(answer.clone())
                    }
                    _ => decided,
                };
                if let Some(told) = told {
                    let group = told.group;
                    self.actions.push_back(Action::Tell(group, ServerFrame::Knocked(told).encode().into()));
                }
                self.send(&frame);
            }
            Outcome::PartKept(kept) => self.send(&ServerFrame::PartKept(kept)),
            Outcome::Stated(stated) => {
                self.missed(&stated.group, stated.position);
                self.send(&ServerFrame::Stated(stated));
            }
            Outcome::Refilled(refilled) => {
                // What was sent has other places now: the peer opens the Group again.
                self.drop_group(&refilled.group);
                self.send(&ServerFrame::Refilled(refilled));
            }
            Outcome::Refused(refused) => {
                refused.into_iter().for_each(|one| self.send(&ServerFrame::Refused(one)))
            }
        }
        if self.unanswered.is_empty()
            && let Some(frame) = self.held.take()
        {
            self.take(*frame, now);
        }
    }

    fn appended(&mut self, appended: Appended) {
        let Appended { group, generation, accepted, refused, new, alone } = appended;
        let mut head = None;
        if let (Some((first, last)), Some(open)) = (new, self.groups.get(&group)) {
            if alone.is_some() && open.follow(first, last) {
                head = alone;
            } else {
                self.missed(&group, last);
            }
        }
        if !accepted.is_empty() {
            self.send(&ServerFrame::Accepted(Accepted { group, generation, entries: accepted, head }));
        }
        refused.into_iter().for_each(|one| self.send(&ServerFrame::Refused(one)));
    }

    /// A POST does not listen: it reads at its end what its own orders and others' brought.
    pub(super) fn missed(&mut self, group: &GroupId, position: Position) {
        if let (Carrier::Post(_), Some(open)) = (&self.terms.carrier, self.groups.get(group)) {
            open.reaches(position);
        }
    }

    pub(super) fn published(&mut self, published: &Published) {
        let group = published.group();
        let Some(open) = self.groups.get(&group).filter(|open| open.admitted) else { return };
        if let (Some(roster), Some(device)) = (published.roster(), open.device())
            && let Err(error) = roster.entrant(&device)
        {
            self.shut(&group, error.code());
            return self.refuse(About::Group(group), error.code(), &error.to_string());
        }
        if published.is_rewritten() {
            self.drop_group(&group);
            return self.refuse(
                About::Group(group),
                Code::OTHER_HISTORY,
                "the log was mended: open it again",
            );
        }
        if open.device().is_none() {
            let knocked = open.knocked;
            return self.tell_admitted(group, knocked, published);
        }
        let (first, last) = (published.first(), published.last());
        if open.has(last) {
            return;
        }
        match published.frame() {
            Some(frame) if open.follow(first, last) => self.actions.push_back(Action::Send(frame.clone())),
            _ => open.reaches(last),
        }
    }
}
