//! The Groups that are open on one connection, and how far each has been sent.

use porchlight_wire::frame::Credential;
use porchlight_wire::{DeviceId, GroupId, Position};

use crate::reader::{Ahead, Flow, Request, What};

/// One Group on one connection.
#[derive(Debug)]
pub(super) struct OpenGroup {
    id: GroupId,
    credential: Credential,
    /// Whether the server has let it in.
    pub(super) admitted: bool,
    /// Whether a Join of this connection was accepted, so that an invitation's box may be handed out.
    pub(super) joined: bool,
    /// Whether its device was removed: it may see the Roster up to that, and hand in its work.
    pub(super) removed: bool,
    /// Who asked to be let in on this connection.
    pub(super) knocked: Option<DeviceId>,
    /// Whether it is sent Records.
    pub(super) flow: Flow,
    /// What of a Snapshot is sent unasked.
    pub(super) ahead: Option<Box<Ahead>>,
    /// Up to here everything was sent.
    sent: Position,
    /// Up to here there is something to send.
    end: Position,
}

impl OpenGroup {
    /// A Group that is to be admitted, of which the peer has everything up to `sent`.
    pub(super) fn new(id: GroupId, credential: Credential, sent: Position) -> Self {
        Self {
            id,
            credential,
            admitted: false,
            joined: false,
            removed: false,
            knocked: None,
            flow: Flow::Records,
            ahead: None,
            sent,
            end: sent,
        }
    }

    /// With which key it was opened.
    pub(super) fn credential(&self) -> Credential {
        self.credential
    }

    /// The device that opened it; none for an invitation.
    pub(super) fn device(&self) -> Option<DeviceId> {
        match self.credential {
            Credential::Device(device) => Some(device),
            Credential::Invitation(_) => None,
        }
    }

    /// The log goes on up to here. What came in with an invitation is sent no Records.
    pub(super) fn reaches(&mut self, end: Position) {
        if self.device().is_some() && self.flow == Flow::Records {
            self.end = self.end.max(end);
        }
    }

    /// Counts Records as sent if they directly follow what was sent before, and nothing is missing in between.
    pub(super) fn follow(&mut self, first: Position, last: Position) -> bool {
        let follows = self.flow == Flow::Records && self.sent >= self.end && self.sent.next() == first;
        if follows {
            self.sent = last;
            self.end = last;
        }
        follows
    }

    /// Whether everything up to a Position was sent.
    pub(super) fn has(&self, position: Position) -> bool {
        position <= self.sent
    }

    /// What was read from the log was sent, up to `last`.
    pub(super) fn caught_up_to(&mut self, last: Position) {
        self.sent = last;
    }

    /// Stops asking for what cannot be had now.
    pub(super) fn give_up(&mut self) {
        self.end = self.sent;
    }

    fn is_behind(&self) -> bool {
        self.admitted && (self.sent < self.end || self.ahead.is_some())
    }

    /// What is to be read next: Records, or else what is sent unasked.
    fn next_read(&mut self) -> What {
        match self.ahead.as_mut().filter(|_| self.sent >= self.end) {
            Some(ahead) => {
                let pieces = ahead.next(self.id);
                if ahead.is_done() {
                    self.ahead = None;
                }
                What::Pieces(pieces)
            }
            None => What::Records(self.sent),
        }
    }
}

/// All of them; few, so a list is searched.
#[derive(Debug, Default)]
pub(super) struct OpenGroups {
    groups: Vec<OpenGroup>,
    /// Whose turn it is to catch up.
    turn: usize,
}

impl OpenGroups {
    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    pub(super) fn add(&mut self, open: OpenGroup) {
        self.groups.push(open);
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, group: &GroupId) -> bool {
        let before = self.groups.len();
        self.groups.retain(|open| open.id != *group);
        self.groups.len() < before
    }

    pub(super) fn get(&mut self, group: &GroupId) -> Option<&mut OpenGroup> {
        self.groups.iter_mut().find(|open| open.id == *group)
    }

    pub(super) fn admitted(&self, group: &GroupId) -> Option<&OpenGroup> {
        self.groups.iter().find(|open| open.id == *group && open.admitted)
    }

    /// The removed device of a Group that was shut on this connection.
    pub(super) fn removed(&self, group: &GroupId) -> Option<DeviceId> {
        self.groups.iter().find(|open| open.id == *group && open.removed).and_then(OpenGroup::device)
    }

    /// With which key the Roster of a Group may be asked for.
    pub(super) fn may_read_roster(&self, group: &GroupId) -> Option<Credential> {
        let open = self.groups.iter().find(|open| open.id == *group && (open.admitted || open.removed));
        open.map(OpenGroup::credential)
    }

    pub(super) fn any_admitted(&self) -> bool {
        self.groups.iter().any(|open| open.admitted || open.removed)
    }

    pub(super) fn any_behind(&self) -> bool {
        self.groups.iter().any(OpenGroup::is_behind)
    }

    /// What is to be read next; each Group in turn, so that a long one does not hold up the others.
    pub(super) fn next_read(&mut self) -> Option<Request> {
        let (before, after) = self.groups.split_at(self.turn.min(self.groups.len()));
        let found = after.iter().position(OpenGroup::is_behind).map(|index| index + before.len());
        let index = found.or_else(|| before.iter().position(OpenGroup::is_behind))?;
        self.turn = index + 1;
        let open = self.groups.get_mut(index)?;
        Some(Request { group: open.id, credential: open.credential, what: open.next_read() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(number: u8, end: u64) -> OpenGroup {
        let device = Credential::Device(DeviceId::from_bytes([9; 32]));
        let mut open = OpenGroup::new(GroupId::from_bytes([number; 32]), device, Position::new(0));
        open.admitted = true;
        open.reaches(Position::new(end));
        open
    }

    #[test]
    fn groups_catch_up_in_turn() {
        let mut groups = OpenGroups::default();
        for (number, end) in [(1, 5), (2, 0), (3, 5)] {
            groups.add(open(number, end));
        }
        let mut turns = || groups.next_read().unwrap().group.as_bytes()[0];
        assert_eq!([turns(), turns(), turns()], [1, 3, 1]);
    }

    #[test]
    fn only_what_follows_directly_counts_as_sent() {
        let mut open = open(1, 0);
        let at = Position::new;
        assert!(open.follow(at(1), at(2)));
        assert!(!open.follow(at(4), at(4)), "3 is missing");
        open.reaches(at(4));
        assert!(!open.follow(at(3), at(3)), "it catches up already");
        open.caught_up_to(at(4));
        assert!(open.follow(at(5), at(5)));
    }
}
