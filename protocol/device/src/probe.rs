//! What the fuzz targets feed: each decoder with any bytes, and a Device with any frames. Nothing else uses it.

use porchlight_wire::frame::{ServerFrame, Versions, Welcome};
use porchlight_wire::{Challenge, ServerKey, StoreId, Timestamp};

use crate::Device;
use crate::bundle::Bundle;
use crate::codes::Scanned;
use crate::invitation::Invitation;
use crate::io::{Input, LinkId, Output};
use crate::membership::{FoundGroup, ServerAddress, Token};
use crate::payload::Payload;

/// A payload, unpacked; it never takes more room than the limit.
pub fn payload(bytes: &[u8]) {
    if let Ok(payload) = Payload::from_plaintext(bytes)
        && let Ok(again) = payload.to_plaintext()
    {
        assert_eq!(Payload::from_plaintext(&again).as_ref(), Ok(&payload));
    }
}

/// The file of a bundle, and the text of one of its codes.
pub fn bundle(bytes: &[u8]) {
    let _ = Bundle::read(bytes);
    let mut marked = b"porchlight bundle\x01".to_vec();
    marked.extend_from_slice(bytes);
    let _ = Bundle::read(&marked);
    let text = String::from_utf8_lossy(bytes);
    let mut scanned = Scanned::default();
    let _ = scanned.add(&text);
    let _ = scanned.add(&format!("PORCH/{text}"));
}

/// An invitation link, and a token.
pub fn link(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(invitation) = Invitation::parse(&text) {
        assert_eq!(Invitation::parse(&invitation.link()).as_ref(), Ok(&invitation));
    }
    let _ = Token::parse(&text);
}

/// A Device in a Group of its own that is told anything: the bytes are frames, each after its length in one byte, or in
/// three if that is 255. It takes them or hangs up, and can always be opened again from what it stored.
pub fn device(mut bytes: &[u8]) {
    let now = Timestamp::from_millis(1_790_000_000_000);
    let Ok(mut device) = Device::open(Vec::new(), [1; 32], now) else { return };
    let key = ServerKey::from_bytes([1; 32]);
    let server = ServerAddress { url: "https://porch.example.org".to_owned(), key };
    let found = FoundGroup {
        name: "Maple Street".to_owned(),
        member_name: "Rosa".to_owned(),
        server,
        token: None,
        country: None,
        zone: None,
    };
    let _ = device.found_group(found, now);
    let mut disk = std::collections::BTreeMap::new();
    let mut link = drain(&mut device, &mut disk).unwrap_or(LinkId(1));
    device.handle(Input::Opened { link }, now);
    let welcome = ServerFrame::Welcome(Welcome {
        versions: Versions::OURS,
        server: key,
        store: StoreId::from_bytes([1; 16]),
        challenge: Challenge::from_bytes([2; 32]),
        time: now,
    });
    device.handle(Input::Received { link, frame: welcome.encode() }, now);
    while let Some((&short, rest)) = bytes.split_first() {
        let (length, rest) = match (short, rest) {
            (255, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            _ => (usize::from(short), rest),
        };
        let (frame, rest) = rest.split_at(length.min(rest.len()));
        device.handle(Input::Received { link, frame: frame.to_vec() }, now);
        link = drain(&mut device, &mut disk).unwrap_or(link);
        device.handle(Input::Tick, now);
        link = drain(&mut device, &mut disk).unwrap_or(link);
        bytes = rest;
    }
    let stored = disk.into_iter().collect();
    assert!(Device::open(stored, [3; 32], now).is_ok(), "what was stored cannot be opened");
}

fn drain(device: &mut Device, disk: &mut std::collections::BTreeMap<Vec<u8>, Vec<u8>>) -> Option<LinkId> {
    let mut link = None;
    while let Some(output) = device.poll_output() {
        match output {
            Output::Persist(writes) => writes.into_iter().for_each(|write| match write {
                crate::Write::Put { key, value } => drop(disk.insert(key, value)),
                crate::Write::Delete { key } => drop(disk.remove(&key)),
            }),
            Output::Connect { link: new, .. } => link = Some(new),
            _ => {}
        }
    }
    link
}
