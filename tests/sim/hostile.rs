//! A hostile member: has the keys of a phone, and writes in its name what no phone would.
//!
//! Every lie must be refused by the same rule on all honest phones, be counted, and hold up nothing that follows.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use minicbor::Decode;
use minicbor::bytes::ByteArray;
use porchlight_documents::contacts::{self, Details};
use porchlight_documents::{Actor, Author, Document, DocumentName, OwnChange};
use porchlight_server::store::{DeviceHead, GroupRow, ReadStore};
use porchlight_tests::forgery::{Changes, Forger, Packing, Payload, encoded, plaintext};
use porchlight_tests::scribe::{Place, forge};
use porchlight_wire::frame::{Append, ClientFrame};
use porchlight_wire::{ActorPrefix, DeviceId, Epoch, Hash, Sequence, limits};

use crate::line::Way;
use crate::world::{Outcome, Violation, World};

mod snapshots;
mod tests;

pub(crate) use snapshots::SnapshotLie;

/// What a hostile member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Writes an Entry.
    Entry(EntryLie),
    /// States something about a Snapshot.
    Snapshot(SnapshotLie),
}

/// What is wrong with an Entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryLie {
    /// Nobody can open it.
    Noise,
    /// It leaves out numbers.
    Jump,
    /// It is as long as nothing may be.
    Oversize,
    /// What is sealed in it is no payload.
    NoPayload,
    /// It says that it is packed, and is not.
    NotPacked,
    /// A few bytes that unpack to more than a payload may be.
    Bomb,
    /// What should be a Change is none.
    NoChange,
    /// A Change that somebody else is said to have made.
    OtherActor,
    /// A Change that builds on one that nobody has.
    LeftOut,
    /// Two Changes that are both the same actor's first.
    Twice,
    /// A Change that counts as an act in another's name: a Claim on what is not in the Entry.
    FalseClaim,
    /// It is about what only a later version of the app knows.
    Later,
    /// Nothing but that no phone has written it.
    Nothing,
}

impl EntryLie {
    pub(crate) const ALL: [Self; 13] = [
        Self::Noise,
        Self::Jump,
        Self::Oversize,
        Self::NoPayload,
        Self::NotPacked,
        Self::Bomb,
        Self::NoChange,
        Self::OtherActor,
        Self::LeftOut,
        Self::Twice,
        Self::FalseClaim,
        Self::Later,
        Self::Nothing,
    ];
}

impl Lie {
    /// One of those there are.
    pub(crate) fn of(number: u8) -> Self {
        let (entries, number) = (EntryLie::ALL.len(), usize::from(number));
        match number % (entries + SnapshotLie::ALL.len()) {
            entry if entry < entries => Self::Entry(EntryLie::ALL[entry]),
            snapshot => Self::Snapshot(SnapshotLie::ALL[snapshot - entries]),
        }
    }
}

/// What of a phone's storage is needed to write in its name.
#[derive(Decode)]
#[cbor(map)]
struct Stolen {
    #[n(4)]
    signing: ByteArray<32>,
}

impl World {
    /// Tells a lie on the phone's own line, if it has one.
    pub(crate) fn lie(&mut self, who: usize, lie: Lie) -> Outcome {
        let Some(line) = self.phones[who].links.values().next().copied() else { return Ok(()) };
        let (Some(forger), Some(row)) = (self.forger(who), self.row()) else { return Ok(()) };
        let frames = match lie {
            Lie::Entry(lie) => self.lying_entry(who, &forger, &row, lie).into_iter().collect(),
            Lie::Snapshot(lie) => self.lying_snapshot(who, &forger, &row, lie),
        };
        if frames.is_empty() {
            return Ok(());
        }
        self.counts.fault(match lie {
            Lie::Entry(_) => "hostile member wrote",
            Lie::Snapshot(_) => "hostile member lied about a snapshot",
        });
        self.model.hostile = true;
        frames.into_iter().try_for_each(|frame| self.put(line, Way::Up, frame.encode()))
    }

    /// The keys of a phone's owner.
    pub(crate) fn forger(&self, who: usize) -> Option<Forger> {
        let disk = &self.phones[who].disk;
        let (_, stored) = disk.iter().find(|(key, _)| key.ends_with(b"/group"))?;
        let stolen: Stolen = minicbor::decode(stored).ok()?;
        let epochs = disk.iter().filter_map(|(key, value)| {
            let number = std::str::from_utf8(key).ok()?.split_once("/epoch/")?.1;
            Some((u32::from_str_radix(number, 16).ok()?, <[u8; 32]>::try_from(value.as_slice()).ok()?))
        });
        let (epoch, secret) = epochs.max_by_key(|(epoch, _)| *epoch)?;
        let key = SigningKey::from_bytes(&stolen.signing);
        Some(Forger { key, group: self.group, epoch: Epoch::new(epoch), secret })
    }

    /// What the server says of the group.
    pub(crate) fn row(&self) -> Option<GroupRow> {
        self.hosts[self.model.host].log.as_ref()?.store().group(&self.group).ok()?
    }

    /// The last Entry of a device that the server has.
    fn last_of(&self, row: &GroupRow, device: &DeviceId) -> Option<DeviceHead> {
        let store = self.hosts[self.model.host].log.as_ref()?.store();
        store.device_head(row.number, device).ok()?
    }

    fn lying_entry(
        &mut self,
        who: usize,
        forger: &Forger,
        row: &GroupRow,
        lie: EntryLie,
    ) -> Option<ClientFrame> {
        let last = self.last_of(row, &forger.device());
        let (last, previous) = last.map_or((0, Hash::ZERO), |head| (head.sequence.get(), head.entry));
        let sequence = Sequence::new(last + if lie == EntryLie::Jump { 5 } else { 1 });
        let place = Place { group: self.group, sequence, previous, epoch: forger.epoch };
        let nonce = self.lying_nonce();
        let noise = |length| forge(&forger.key, &place, nonce, vec![nonce[0]; length]);
        let packed = |bytes: &[u8]| miniz_oxide::deflate::compress_to_vec_zlib(bytes, 9);
        let plaintext = match lie {
            EntryLie::Noise | EntryLie::Jump => return append(noise(300).ok()?.0, forger),
            EntryLie::Oversize => return append(noise(limits::MAX_ENTRY).ok()?.0, forger),
            EntryLie::NoPayload => plaintext(Packing::Stored, b"no payload at all"),
            EntryLie::NotPacked => plaintext(Packing::Zlib, b"no zlib at all"),
            EntryLie::Bomb => plaintext(Packing::Zlib, &packed(&vec![0; limits::MAX_PAYLOAD + 1])),
            _ => plaintext(Packing::Stored, &encoded(&self.lying_payload(who, forger, row, lie)?).ok()?),
        };
        append(forger.entry(&place, nonce, &plaintext.ok()?).ok()?.0, forger)
    }

    fn lying_payload(
        &mut self,
        who: usize,
        forger: &Forger,
        row: &GroupRow,
        lie: EntryLie,
    ) -> Option<Payload> {
        let other = (0..self.phones.len()).find(|other| *other != who).and_then(|other| self.forger(other));
        let device = if lie == EntryLie::OtherActor { other?.device() } else { forger.device() };
        let (mut list, actor) = (self.list(who)?, self.actor(&device));
        let mut twin = list.clone();
        let mut change =
            |list: &mut Document| self.forged(list, actor).map(|own| (own.as_bytes().to_vec(), own.hash()));
        let (first, _) = change(&mut list)?;
        let (second, hash) = change(if lie == EntryLie::Twice { &mut twin } else { &mut list })?;
        let changes = match lie {
            EntryLie::NoChange => vec![b"no change at all".to_vec()],
            EntryLie::LeftOut => vec![second],
            EntryLie::Twice => vec![first, second],
            _ => vec![first],
        };
        let claims = if lie == EntryLie::FalseClaim { vec![(0, hash), (9, hash)] } else { Vec::new() };
        let changes = changes.into_iter().map(Into::into).collect();
        let kind = if lie == EntryLie::Later { "what comes later" } else { "contacts" };
        let documents = vec![Changes { kind: kind.to_owned(), key: String::new(), changes }];
        Some(Payload { documents, claims, cursor: row.head, roster: row.roster_head, clock: self.now })
    }

    /// The phone's contact list.
    pub(crate) fn list(&mut self, who: usize) -> Option<Document> {
        let group = self.group;
        self.phones[who].device.as_mut()?.read(group, &DocumentName::contacts(), Document::clone).ok()
    }

    /// A name for what a device writes that was never used before.
    fn actor(&mut self, device: &DeviceId) -> Actor {
        let mut actor = [0; 16];
        actor[..8].copy_from_slice(ActorPrefix::of_device(device).as_bytes());
        actor[8..].copy_from_slice(&self.lying_nonce()[..8]);
        Actor::from_bytes(actor)
    }

    /// Adds a contact to a list that no phone shows.
    pub(crate) fn forged(&mut self, list: &mut Document, actor: Actor) -> Option<OwnChange> {
        let details = Details { name: self.model.text(), ..Details::default() };
        let author = Author { actor, time: self.now };
        list.edit(author, |editor| contacts::add(editor, details, None)).ok()?.1
    }
}

fn append(entry: Vec<u8>, forger: &Forger) -> Option<ClientFrame> {
    Some(ClientFrame::Append(Append { group: forger.group, entries: vec![entry.into()] }))
}

impl World {
    /// What no honest phone would have written was set aside, for the same reason on all of them.
    pub(crate) fn look_at_what_was_set_aside(&mut self) -> Outcome {
        // What a server that went back is given again stands at other places.
        if self.hosts.iter().any(|host| host.went_back) {
            return Ok(());
        }
        let inside: Vec<_> = (0..self.phones.len()).filter(|who| !self.is_out(*who)).collect();
        let from_the_start = self.phones_began_with_the_log();
        let mut first = None;
        for who in inside {
            self.counts.checks += 1;
            let Some(status) = self.status(who) else { continue };
            let aside = self.phones[who].device.as_ref().and_then(|device| device.set_aside(self.group).ok());
            let aside: BTreeMap<_, _> =
                aside.into_iter().flatten().map(|aside| (aside.position, aside.reason)).collect();
            let (skipped, reasons) = first.get_or_insert((status.skipped, aside.clone()));
            let same =
                aside.iter().all(|(position, reason)| reasons.get(position).is_none_or(|it| it == reason));
            let all = !from_the_start || usize::try_from(status.skipped) == Ok(aside.len());
            if *skipped != status.skipped || !same || !all {
                return Err(Violation(format!(
                    "phone {who} set aside {} ({aside:?}), another one {skipped} ({reasons:?})",
                    status.skipped
                )));
            }
        }
        Ok(())
    }

    /// Whether nobody can have started from a Snapshot, which only says how many Records were set aside.
    fn phones_began_with_the_log(&self) -> bool {
        let log = self.hosts[self.model.host].log.as_ref();
        let kept = log.zip(self.row()).and_then(|(log, row)| log.store().snapshots(row.number).ok());
        self.model.host == 0 && kept.is_some_and(|kept| kept.iter().all(|one| one.endorsed.is_none()))
    }

    /// Where somebody lied about Snapshots, a newcomer still gets what the others have.
    pub(crate) fn look_with_fresh_eyes(&mut self) -> Outcome {
        if self.model.lies.is_empty() {
            return Ok(());
        }
        self.invite()?;
        self.settle()
    }
}
