//! One device without any network: a group is founded, a person is added, and both outlive the device.
//!
//! `porchlight-device` does no input or output of its own. This program lends it a clock, randomness and a disk, which
//! here is a map in memory, and leaves out the network: what would be sent waits.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow};
use porchlight_device::{Device, FoundGroup, Output, ServerAddress, Write};
use porchlight_documents::contacts::{self, Details};
use porchlight_documents::{Document, DocumentName};
use porchlight_wire::{ServerKey, Timestamp};

type Disk = BTreeMap<Vec<u8>, Vec<u8>>;

fn main() -> Result<()> {
    let mut disk = Disk::new();
    let mut device = wake(&disk)?;

    // A real key comes with the token that a server prints, or from its `/about`.
    let server =
        ServerAddress { url: "https://porch.example.org".into(), key: ServerKey::from_bytes([1; 32]) };
    let found = FoundGroup {
        name: "Maple Street".into(),
        member_name: "Rosa".into(),
        server,
        token: None,
        country: Some("US".into()),
        zone: Some("America/Chicago".into()),
        locale: None,
    };
    let group = device.found_group(found, now()?)?;
    carry_out(&mut device, &mut disk);

    let person = Details { name: "Mrs. Tran".into(), speaks: vec!["vi".into()], ..Details::default() };
    let list = DocumentName::contacts();
    device.edit(group, &list, now()?, |editor| contacts::add(editor, person, Some("US")))?;
    carry_out(&mut device, &mut disk);

    // The phone is switched off and on again: only what was on the disk is left.
    drop(device);
    let mut device = wake(&disk)?;
    let names =
        |list: &Document| contacts::list(list).into_iter().map(|it| it.details.name).collect::<Vec<_>>();
    println!("on the list: {}", device.read(group, &list, names)?.join(", "));
    for status in device.groups() {
        println!("{}: {} changes wait until the server can be reached", status.name, status.waiting);
    }
    Ok(())
}

/// A device out of what the disk holds; an empty disk makes a new one.
fn wake(disk: &Disk) -> Result<Device> {
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy).map_err(|error| anyhow!("no random numbers: {error}"))?;
    let stored = disk.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    Ok(Device::open(stored, entropy, now()?)?)
}

/// After every call: everything that the device wants done, in order, until there is no more.
fn carry_out(device: &mut Device, disk: &mut Disk) {
    while let Some(output) = device.poll_output() {
        match output {
            Output::Persist(writes) | Output::Keep(writes) => {
                writes.into_iter().for_each(|write| match write {
                    Write::Put { key, value } => drop(disk.insert(key, value)),
                    Write::Delete { key } => drop(disk.remove(&key)),
                })
            }
            Output::Event(event) => println!("  {event:?}"),
            // There is no network and nobody waits: nothing of this is ever lost by not doing it.
            Output::Connect { .. } | Output::Send { .. } | Output::Close { .. } | Output::WakeAt(_) => {}
        }
    }
}

fn now() -> Result<Timestamp> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_millis(u64::try_from(since.as_millis())?))
}
