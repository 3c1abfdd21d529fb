//! The log for screens: what was set aside, who saw another history, and bundles that are carried by hand.

use base64ct::{Base64, Encoding};
use porchlight_device::{AsideReason, Device, ForkReason, Meeting, Scanned, to_codes};
use porchlight_wire::{GroupId, Timestamp};
use serde::Serialize;

use crate::fault::Fault;

/// A Record that was set aside, or somebody who saw another history. Times are milliseconds since 1970.
#[derive(Debug, Serialize)]
pub(crate) struct Remark {
    position: u64,
    time: u64,
    /// Whose it is, by the member's id.
    member: Option<String>,
    reason: &'static str,
}

/// A bundle to hand over.
#[derive(Debug, Serialize)]
pub(crate) struct Packed {
    /// The bytes of the file, in base64.
    file: String,
    /// The texts of its QR codes; none if it is too large for them.
    codes: Vec<String>,
}

/// What came of opening a bundle.
#[derive(Debug, Serialize)]
pub(crate) struct Unpacked {
    group: String,
    member: Option<String>,
    added: usize,
    known: usize,
    refused: usize,
    meeting: &'static str,
}

/// How far a bundle has been scanned.
#[derive(Debug, Serialize)]
pub(crate) struct Scan {
    /// How many codes are still missing.
    missing: usize,
    /// What came of it, once none is.
    opened: Option<Unpacked>,
}

pub(crate) fn set_aside(device: &Device, group: GroupId) -> Result<Vec<Remark>, Fault> {
    let remarks = device.set_aside(group)?.into_iter().map(|one| Remark {
        position: one.position.get(),
        time: one.time.millis(),
        member: one.member.map(|id| id.to_string()),
        reason: match one.reason {
            AsideReason::Roster => "roster",
            AsideReason::Author => "author",
            AsideReason::Sequence => "sequence",
            AsideReason::Unreadable => "unreadable",
            AsideReason::Change => "change",
            AsideReason::Dependency => "dependency",
            AsideReason::Authorship => "authorship",
            AsideReason::Quarantined => "quarantined",
        },
    });
    Ok(remarks.collect())
}

pub(crate) fn forks(device: &Device, group: GroupId) -> Result<Vec<Remark>, Fault> {
    let remarks = device.forks(group)?.into_iter().map(|one| Remark {
        position: one.position.get(),
        time: one.time.millis(),
        member: one.member.map(|id| id.to_string()),
        reason: match one.reason {
            ForkReason::Chain => "chain",
            ForkReason::Ahead => "ahead",
            ForkReason::Roster => "roster",
        },
    });
    Ok(remarks.collect())
}

pub(crate) fn export_bundle(device: &mut Device, group: GroupId, now: Timestamp) -> Result<Packed, Fault> {
    Ok(packed(&device.export_bundle(group, now)?))
}

pub(crate) fn greeting(device: &mut Device, group: GroupId, now: Timestamp) -> Result<Packed, Fault> {
    Ok(packed(&device.greeting(group, now)?))
}

pub(crate) fn open_bundle(device: &mut Device, file: &[u8], now: Timestamp) -> Result<Unpacked, Fault> {
    let report = device.open_bundle(file, now)?;
    Ok(Unpacked {
        group: report.group.to_string(),
        member: report.member.map(|id| id.to_string()),
        added: report.added,
        known: report.known,
        refused: report.refused,
        meeting: match report.meeting {
            Meeting::Same => "same",
            Meeting::Behind => "behind",
            Meeting::Ahead => "ahead",
            Meeting::Unknown => "unknown",
            Meeting::Fork(_) => "fork",
        },
    })
}

/// All codes that were scanned so far; the bundle is opened once none is missing.
pub(crate) fn open_codes(device: &mut Device, codes: &[String], now: Timestamp) -> Result<Scan, Fault> {
    let mut scanned = Scanned::default();
    for code in codes {
        if let Some(bundle) = scanned.add(code)? {
            return Ok(Scan { missing: 0, opened: Some(open_bundle(device, &bundle, now)?) });
        }
    }
    Ok(Scan { missing: scanned.missing(), opened: None })
}

fn packed(bundle: &[u8]) -> Packed {
    Packed { file: Base64::encode_string(bundle), codes: to_codes(bundle).unwrap_or_default() }
}

/// Somebody who is doing something at the moment.
#[derive(Debug, Serialize)]
pub(crate) struct Present {
    member: String,
    document: String,
    item: String,
}

pub(crate) fn presence(device: &Device, group: GroupId, now: Timestamp) -> Result<Vec<Present>, Fault> {
    let present = device.presence(group, now)?.into_iter().map(|one| Present {
        member: one.member.to_string(),
        document: one.doing.document,
        item: one.doing.item,
    });
    Ok(present.collect())
}
