//! Requests about snapshots, forgetting and moving to another server.

use porchlight_device::{Device, ForgetError, LateView, MoveError};
use porchlight_wire::{GroupId, Timestamp};
use serde::Serialize;

use crate::fault::Fault;

/// Who may still hold what was forgotten.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ForgetAnswer {
    devices: usize,
    members: Vec<String>,
    position: u64,
}

/// Somebody edited what had been forgotten.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LateAnswer {
    kind: String,
    /// Who, by the member's id.
    member: Option<String>,
    time: u64,
    changes: u32,
}

impl LateAnswer {
    fn new(late: LateView) -> Self {
        let member = late.member.map(|id| id.to_string());
        Self { kind: late.kind, member, time: late.time.millis(), changes: late.changes }
    }
}

pub(crate) fn forget_contact(
    device: &mut Device,
    group: GroupId,
    contact: &porchlight_documents::contacts::ContactId,
    now: Timestamp,
) -> Result<ForgetAnswer, Fault> {
    let receipt = device.forget_contact(group, contact, now)?;
    let position = receipt.position.get();
    Ok(ForgetAnswer { devices: receipt.devices, members: receipt.members, position })
}

pub(crate) fn late_edits(device: &Device, group: GroupId) -> Vec<LateAnswer> {
    device.late_edits(group).into_iter().map(LateAnswer::new).collect()
}

impl From<ForgetError> for Fault {
    fn from(error: ForgetError) -> Self {
        let code = match error {
            ForgetError::Act(error) => return error.into(),
            ForgetError::NotAnOrganizer => "not_allowed",
            ForgetError::NotCurrent => "not_connected",
            ForgetError::NoSuchContact => "contact_unknown",
            ForgetError::Needed | ForgetError::CannotRewrite => "document_unreadable",
        };
        Self::of(code, &error)
    }
}

impl From<MoveError> for Fault {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::Act(error) => error.into(),
            MoveError::Damaged => Self::of("invitation_damaged", &error),
            MoveError::NotAMove | MoveError::NotAnOrganizers => Self::of("not_an_invitation", &error),
        }
    }
}
