//! What a server lacks beside a Group's log, as it does after it took the log from phones: sealing keys, key boxes and
//! the lists behind recovery words. Whoever opens the Group hears what of it they can bring.

use porchlight_wire::frame::Lacking;
use porchlight_wire::roster::{Device, Invitation, Purpose, Role, Roster};
use porchlight_wire::{DeviceId, Hash, Timestamp};

use crate::log::owned_by;
use crate::store::{GroupRow, ReadStore, SideKind, StoreError};

/// What the member of a device can bring; nothing is said where nothing lacks.
pub(super) fn of_device(
    store: &impl ReadStore,
    row: &GroupRow,
    roster: &Roster,
    device: &DeviceId,
    now: Timestamp,
) -> Result<Option<Lacking>, StoreError> {
    let Ok((own, member)) = roster.entrant(device) else { return Ok(None) };
    let theirs = |one: &&Device| one.gone.is_none() && one.member == own;
    let devices: Vec<&Device> = roster.devices().map(|(_, one)| one).filter(theirs).collect();
    let has_words = devices.iter().any(|one| one.purpose == Purpose::Recovery);
    // Who made an invitation may be away when somebody comes by it.
    let brings = |one: &&Invitation| one.is_open(now) && (one.by == own || member.role == Role::Organizer);
    let invitations = roster.invitations().map(|(_, one)| one).filter(brings);
    let recipients = devices
        .iter()
        .map(|one| (one.sealing, one.purpose == Purpose::Recovery))
        .chain(invitations.map(|one| (one.sealing, one.holds_key(now))));
    let epoch = roster.epoch();
    let (mut keys, mut boxes): (Vec<Hash>, Vec<Hash>) = (Vec::new(), Vec::new());
    for (recipient, waits_for_a_box) in recipients {
        if store.sealing_key(row.number, &recipient)?.is_none() {
            keys.push(recipient);
        }
        // A device asks for its box by itself.
        if waits_for_a_box && store.key_box(row.number, epoch, &recipient)?.is_none() {
            boxes.push(recipient);
        }
    }
    let list = has_words && !store.owns_side(row.number, SideKind::Recovery, &owned_by(&own))?;
    let lacks = list || !keys.is_empty() || !boxes.is_empty();
    Ok(lacks.then_some(Lacking { group: row.id, keys, epoch, boxes, list: list.then_some(true) }))
}
