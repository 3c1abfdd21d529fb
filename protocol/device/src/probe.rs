//! What the fuzz targets feed: each decoder with any bytes, and a Device with any frames; and what somebody could open
//! with everything that a device has stored. Nothing else uses it.

use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::frame::{Presence, SealedKey, ServerFrame, Versions, Welcome};
use porchlight_wire::snapshot::SealedPart;
use porchlight_wire::{Challenge, Epoch, GroupId, Hash, ServerKey, StoreId, Timestamp};

use crate::Device;
use crate::bundle::Bundle;
use crate::codes::Scanned;
use crate::invitation::Invitation;
use crate::io::{Input, LinkId, Output};
use crate::key_box::{self, BoxContext, KeyBoxError};
use crate::keys::{EpochKey, InvitationSecret, Secret};
use crate::membership::{FoundGroup, ServerAddress, Token};
use crate::moving;
use crate::payload::Payload;
use crate::recovery::list::List;
use crate::seal;
use crate::snapshot::part::{self, Forgotten, Index, WholeDocument};
use crate::storage::{Phase, Slot, StoredGroup, encoded};
use crate::typed_code::CodeKeys;
use crate::words;

/// What a device has stored.
type Disk = std::collections::BTreeMap<Vec<u8>, Vec<u8>>;

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
    moving::look_at(&text);
}

/// A Part of a Snapshot as it is sent, and what was sealed in one: a Document, an index, what is forgotten.
pub fn part(bytes: &[u8]) {
    reads_back::<SealedPart>(bytes);
    reads_back::<WholeDocument>(bytes);
    reads_back::<Index>(bytes);
    reads_back::<Forgotten>(bytes);
    let group = GroupId::from_bytes([1; 32]);
    let Some(key) = Secret::from_slice(&[29; 32]).map(EpochKey) else { return };
    let _ = part::opens(bytes, &group, &key);
}

fn reads_back<T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()> + PartialEq>(bytes: &[u8]) {
    if let Ok(read) = minicbor::decode::<T>(bytes) {
        assert!(
            minicbor::decode::<T>(&encoded(&read)).is_ok_and(|again| again == read),
            "read back as another"
        );
    }
}

/// A device whose store holds other bytes than it had stored, under one of its keys: it starts or says that the store is
/// damaged. The first byte says under which.
pub fn stored(bytes: &[u8]) {
    let now = Timestamp::from_millis(1_790_000_000_000);
    let Some((which, value)) = bytes.split_first() else { return };
    let Some((_, mut disk)) = founded(now) else { return };
    let key = disk.keys().nth(usize::from(*which) % disk.len().max(1)).cloned();
    let Some(key) = key else { return };
    disk.insert(key, value.to_vec());
    let Ok(mut device) = Device::open(disk.into_iter().collect(), [3; 32], now) else { return };
    device.handle(Input::Tick, now);
    while device.poll_output().is_some() {}
    for status in device.groups() {
        let _ = device.documents(status.group);
        let _ = device.members(status.group);
    }
}

/// What somebody types for words, and what a server gives for them.
pub fn words(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(words) = words::read_code(&text) {
        assert_eq!(words::read_code(&words).as_ref(), Ok(&words));
    }
    if let Ok(words) = words::read_recovery(&text) {
        assert_eq!(words::read_recovery(&words).as_ref(), Ok(&words));
    }
    if let Some(list) = List::read(bytes) {
        let mut again = u32::try_from(encoded(&list).len()).unwrap_or(0).to_be_bytes().to_vec();
        again.extend_from_slice(&encoded(&list));
        assert_eq!(List::read(&again), Some(list));
    }
    let Some(key) = Secret::from_slice(&[29; 32]) else { return };
    let _ = CodeKeys { locator: Hash::ZERO, key }.open(bytes);
}

/// A Device in a Group of its own that is told anything: the bytes are frames, each after its length in one byte, or in
/// three if that is 255. It takes them or hangs up, and can always be opened again from what it stored.
pub fn device(mut bytes: &[u8]) {
    let now = Timestamp::from_millis(1_790_000_000_000);
    let Some((mut device, mut disk)) = founded(now) else { return };
    let (key, mut link) = (ServerKey::from_bytes([1; 32]), LinkId(1));
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

/// A Device in a Group of its own, and what it has stored.
fn founded(now: Timestamp) -> Option<(Device, Disk)> {
    let mut device = Device::open(Vec::new(), [1; 32], now).ok()?;
    let key = ServerKey::from_bytes([1; 32]);
    let found = FoundGroup {
        name: "Maple Street".to_owned(),
        member_name: "Rosa".to_owned(),
        server: ServerAddress { url: "https://porch.example.org".to_owned(), key },
        token: None,
        country: None,
        zone: None,
        locale: None,
    };
    device.found_group(found, now).ok()?;
    let mut disk = Disk::new();
    drain(&mut device, &mut disk);
    Some((device, disk))
}

fn drain(device: &mut Device, disk: &mut Disk) -> Option<LinkId> {
    let mut link = None;
    while let Some(output) = device.poll_output() {
        match output {
            Output::Persist(writes) | Output::Keep(writes) => {
                writes.into_iter().for_each(|write| match write {
                    crate::Write::Put { key, value } => drop(disk.insert(key, value)),
                    crate::Write::Delete { key } => drop(disk.remove(&key)),
                })
            }
            Output::Connect { link: new, .. } => link = Some(new),
            _ => {}
        }
    }
    link
}

/// Everything that could open something, taken from what a device has stored: what a thief of the phone, or somebody who
/// was removed, would try.
#[derive(Default)]
pub struct Thief {
    epochs: Vec<EpochKey>,
    boxes: Vec<Secret>,
}

impl core::fmt::Debug for Thief {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Thief").field("epochs", &self.epochs.len()).field("boxes", &self.boxes.len()).finish()
    }
}

impl Thief {
    /// Takes what is in a stored value; values that hold no secret add nothing.
    pub fn take(&mut self, key: &[u8], value: &[u8]) {
        match Slot::parse(key).map(|(_, slot)| slot) {
            Some(Slot::Epoch(_) | Slot::Pending(_)) => self.add(value),
            Some(Slot::Group) => {
                let Ok(group) = minicbor::decode::<StoredGroup>(value) else { return };
                self.add(group.signing.as_slice());
                self.add(group.sealing.as_slice());
                if let Some(keys) = &group.successor {
                    self.add(keys.signing.as_slice());
                    self.add(keys.sealing.as_slice());
                }
                if let Phase::Joining(invitation) = &group.phase {
                    self.add(invitation.secret.as_slice());
                    let secret = Secret::from_slice(invitation.secret.as_slice()).map(InvitationSecret);
                    self.boxes.extend(secret.as_ref().map(InvitationSecret::sealing));
                    let words = secret.map(|secret| crate::recovery::keys_of(&secret.0));
                    self.boxes.extend(words.map(|words| words.sealing().clone()));
                }
            }
            _ => {}
        }
    }

    /// Takes the secret of an invitation link.
    pub fn take_link(&mut self, link: &str) {
        if let Ok(invitation) = Invitation::parse(link) {
            self.add(invitation.secret.0.expose_secret_bytes());
            self.boxes.push(invitation.secret.sealing());
        }
    }

    /// How many secrets there are.
    pub fn count(&self) -> usize {
        self.epochs.len()
    }

    /// Whether an Entry opens, with any secret and as of any epoch.
    pub fn opens_entry(&self, group: &GroupId, entry: &[u8]) -> bool {
        let Ok(entry) = VerifiedEntry::verify(group, entry) else { return false };
        self.epochs.iter().any(|key| seal::open(group, &entry, key).is_ok())
    }

    /// Whether a Part of a Snapshot opens.
    pub fn opens_part(&self, group: &GroupId, part: &[u8]) -> bool {
        self.epochs.iter().any(|key| part::opens(part, group, key))
    }

    /// Whether what somebody does at the moment opens.
    pub fn opens_presence(&self, presence: &Presence) -> bool {
        self.epochs.iter().any(|key| crate::presence::opens(presence, key))
    }

    /// Whether a key box opens, of the epoch that this RosterChange follows; the commitment is not asked.
    pub fn opens_box(&self, group: GroupId, key: &SealedKey, previous: Hash) -> bool {
        let context = BoxContext { group, epoch: key.epoch, previous };
        let opens = |secret: &Secret| {
            let opened = key_box::open(&key.sealed, &context, secret, &Hash::ZERO);
            opened != Err(KeyBoxError::NotForUs) && opened != Err(KeyBoxError::Malformed)
        };
        self.boxes.iter().any(opens)
    }

    /// Whether the earlier key in a RosterChange opens: it may only be read by those who hold the new one.
    pub fn opens_earlier(&self, group: &GroupId, epochs: (Epoch, Epoch), sealed: &[u8]) -> bool {
        self.epochs.iter().any(|key| key_box::earlier::open(key, group, epochs, sealed).is_some())
    }

    fn add(&mut self, bytes: &[u8]) {
        if let Some(secret) = Secret::from_slice(bytes)
            && !self.boxes.contains(&secret)
        {
            self.epochs.push(EpochKey(secret.clone()));
            self.boxes.push(secret);
        }
    }
}
