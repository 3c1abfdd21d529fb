//! Opening a large note on a device: its Document was stored by an earlier run, and what was shown of it was kept.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use porchlight_device::{Device, FoundGroup, Output, ServerAddress, Write};
use porchlight_documents::notes::{self, Note};
use porchlight_documents::{DocumentName, Editor, Kind};
use porchlight_wire::{GroupId, ServerKey, Timestamp};

use crate::documents::{ROUNDS, TARGET, timed};
use crate::report::Report;

/// When all of this happens.
const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// What a device stores, in memory: what is measured is the device, without its disk.
type Disk = BTreeMap<Vec<u8>, Vec<u8>>;

/// Carries out what the device wants stored.
fn drain(device: &mut Device, disk: &mut Disk) {
    while let Some(output) = device.poll_output() {
        let (Output::Persist(writes) | Output::Keep(writes)) = output else { continue };
        for write in writes {
            match write {
                Write::Put { key, value } => drop(disk.insert(key, value)),
                Write::Delete { key } => drop(disk.remove(&key)),
            }
        }
    }
}

fn start(disk: &Disk, run: u8) -> Result<Device> {
    let stored = disk.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    Ok(Device::open(stored, [run; 32], NOW)?)
}

/// The device of somebody who founded a group, and whose disk holds a note with this Document.
fn disk_with(name: &DocumentName, document: &[u8]) -> Result<(Disk, GroupId)> {
    let mut disk = Disk::new();
    let mut device = start(&disk, 0)?;
    let server = ServerAddress { url: "http://localhost".to_owned(), key: ServerKey::from_bytes([1; 32]) };
    let (country, zone) = (Some("US".to_owned()), None);
    let (name_of_group, member_name) = ("Maple Street".to_owned(), "Rosa".to_owned());
    let found =
        FoundGroup { name: name_of_group, member_name, server, token: None, country, zone, locale: None };
    let group = device.found_group(found, NOW)?;
    drain(&mut device, &mut disk);
    disk.insert(format!("g/{group}/base/{}/{}", name.kind.word(), name.key).into_bytes(), document.to_vec());
    Ok((disk, group))
}

pub(crate) fn measure(report: &mut Report, what: &str, document: &[u8]) -> Result<()> {
    let name = DocumentName { kind: Kind::Note, key: "minutes".to_owned() };
    let (mut disk, group) = disk_with(&name, document)?;
    let mut first = Vec::new();
    let look = |device: &mut Device, times: &mut Vec<Duration>| -> Result<Note> {
        Ok(timed(times, || device.note(group, &name, NOW))?)
    };
    let mut device = start(&disk, 1)?;
    let note = look(&mut device, &mut first)?;
    drain(&mut device, &mut disk);
    report.note_times("documents", &format!("{what}: opening for the first time"), first);
    let (mut opening, mut edits) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut device = start(&disk, u8::try_from(round + 2)?)?;
        ensure!(look(&mut device, &mut opening)? == note, "it is shown as it was");
        let text = format!("{}x", note.text);
        let version = Some(note.version.as_str());
        timed(&mut edits, || {
            let write = |editor: &mut Editor<'_>| notes::update(editor, version, &text);
            device.edit_shown(group, &name, version, NOW, write).context("the first edit")
        })?;
    }
    report.note_times("documents", &format!("{what}: opening from what was shown last {TARGET}"), opening);
    report.note_times("documents", &format!("{what}: the first edit then, its Document opened"), edits);
    Ok(())
}
