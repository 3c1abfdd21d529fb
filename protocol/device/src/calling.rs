//! The rounds of calls in a Group's phone tree, in the order that the Group's log gives them.

use porchlight_documents::DocumentName;
use porchlight_documents::contacts::ContactError;
use porchlight_documents::contacts::tree::{self, Round};
use porchlight_wire::{GroupId, Timestamp};

use crate::device::{ActError, Device, EditError};

impl Device {
    /// The rounds of calls, the earliest first.
    pub fn call_rounds(&mut self, group: GroupId) -> Result<Vec<Round>, ActError> {
        let list = self.list_of(group)?;
        self.read_with_ledger(group, &list, |document, ledger| tree::rounds(document, &list, ledger))
    }

    /// The round of calls that goes by a name.
    pub fn call_round(&mut self, group: GroupId, name: &str) -> Result<Round, ActError> {
        let list = self.list_of(group)?;
        self.read_with_ledger(group, &list, |document, ledger| tree::round(document, &list, ledger, name))
    }

    /// Begins a round of calls, and gives its name.
    pub fn begin_calls(&mut self, group: GroupId, now: Timestamp) -> Result<String, EditError<ContactError>> {
        let heard = self.groups.get(&group).ok_or(ActError::UnknownGroup)?.progress.time;
        self.edit(group, &DocumentName::contacts(), now, |editor| tree::begin(editor, heard))
    }

    /// What the list is called in the Ledger: it goes by another name once it was written anew.
    fn list_of(&self, group: GroupId) -> Result<DocumentName, ActError> {
        let group = self.groups.get(&group).ok_or(ActError::UnknownGroup)?;
        Ok(group.current(&DocumentName::contacts()))
    }
}
