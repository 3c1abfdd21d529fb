//! What a connection says about Snapshots, and what it brings back.

use porchlight_wire::frame::{About, Code, PutPart, Refill, State};
use porchlight_wire::limits as protocol;
use porchlight_wire::{DeviceId, GroupId};

use super::Session;
use super::open_groups::OpenGroup;
use crate::log::{CheckedRefill, CheckedStatement, Order};
use crate::reader::What;

impl Session {
    pub(super) fn put_part(&mut self, put: PutPart) {
        match self.groups.admitted(&put.group).and_then(OpenGroup::device) {
            Some(by) => self.order(Order::PutPart { by, put }),
            None => self.refuse_unopened(About::Part(put.group, put.part)),
        }
    }

    /// Reads something that only devices of the Group are shown.
    pub(super) fn read_for_device(&mut self, group: GroupId, about: About, what: What) {
        match self.groups.admitted(&group).map(OpenGroup::credential) {
            Some(credential @ porchlight_wire::frame::Credential::Device(_)) => {
                self.read(group, credential, what);
            }
            _ => self.refuse_unopened(about),
        }
    }

    /// Whoever asks for pieces by itself, or for another list, wants no more of what follows the last one.
    pub(super) fn send_nothing_ahead(&mut self, group: &GroupId) {
        if let Some(open) = self.groups.get(group) {
            open.ahead = None;
        }
    }

    pub(super) fn state(&mut self, state: State) {
        match CheckedStatement::check(&state.group, state.statement.into()) {
            Ok(statement) if self.device_of(&state.group).is_some() => {
                self.order(Order::State(statement));
            }
            Ok(statement) => self.refuse_unopened(statement.about()),
            Err(error) => self.fail(error.code(), "the statement cannot be used"),
        }
    }

    /// A server that lost the Group cannot let anybody into it: there, having shown the key is enough to be heard.
    pub(super) fn refill(&mut self, refill: Refill) {
        let about = About::Refill(refill.group, refill.head.cursor.chain);
        let proven = self.proven.iter().find(|(group, _)| *group == refill.group).map(|(_, device)| *device);
        let Some(by) = self.device_of(&refill.group).or(proven) else {
            return self.refuse_unopened(about);
        };
        let changes = refill.roster.len() + refill.later.as_ref().map_or(0, Vec::len);
        if changes > protocol::MAX_ROSTER || refill.authors.len() > protocol::MAX_DEVICES {
            return self.refuse(about, Code::TOO_LARGE, "the roster is too long");
        }
        match CheckedRefill::check(refill) {
            Ok(refill) => self.order(Order::Refill { by, refill: Box::new(refill) }),
            Err(detail) => self.refuse(about, Code::BAD_REFILL, detail),
        }
    }

    fn device_of(&self, group: &GroupId) -> Option<DeviceId> {
        self.groups.admitted(group).and_then(OpenGroup::device)
    }
}
