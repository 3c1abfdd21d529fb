//! What a hostile member says about Snapshots: none of it may be endorsed by an honest phone, leave a newcomer with
//! something else than the others have, or make a server drop anything.

use minicbor::Decode;
use porchlight_documents::{Author, Document, DocumentName, Kind, contacts, notes};
use porchlight_server::store::{GroupRow, ReadStore};
use porchlight_tests::forgery::{Forger, Forgotten, Index, Indexed, LedgerLine, WholeDocument};
use porchlight_wire::frame::{ClientFrame, PutPart, State};
use porchlight_wire::record::Cursor;
use porchlight_wire::roster::Roster;
use porchlight_wire::snapshot::{
    AuthorHead, Manifest, PartName, Reason, Statement, VerifiedStatement, part_hash,
};
use porchlight_wire::{Hash, Position, limits};

use crate::world::{Outcome, Violation, World};

/// What is wrong with a Snapshot, or with what is said about one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnapshotLie {
    /// Its index cannot be opened.
    Noise,
    /// A Part holds no Document.
    NoDocument,
    /// A Part holds other Changes than the log does.
    OtherDocument,
    /// A Part holds another Document than the index says.
    OtherHeads,
    /// The contact list is left out.
    LeftOut,
    /// A note that nobody wrote.
    Invented,
    /// The contact list is said to be forgotten.
    Forgotten,
    /// A Claim that nobody made.
    FalseClaim,
    /// It says that it stands for more than the log holds.
    Position,
    /// It is of another history.
    Chain,
    /// The log was read at another time.
    Time,
    /// It leaves out the last Entries of everybody.
    Authors,
    /// It is of another Roster.
    Roster,
    /// Its maker endorses it.
    Endorses,
    /// A good one is said to be bad.
    Objects,
    /// The contact list is forgotten by somebody who may not.
    Forgets,
}

impl SnapshotLie {
    pub(crate) const ALL: [Self; 16] = [
        Self::Noise,
        Self::NoDocument,
        Self::OtherDocument,
        Self::OtherHeads,
        Self::LeftOut,
        Self::Invented,
        Self::Forgotten,
        Self::FalseClaim,
        Self::Position,
        Self::Chain,
        Self::Time,
        Self::Authors,
        Self::Roster,
        Self::Endorses,
        Self::Objects,
        Self::Forgets,
    ];
}

/// Where a Claim stands, as a phone stores it.
#[derive(Decode)]
struct Stands(#[n(0)] u32, #[n(1)] u64, #[n(2)] u32, #[n(3)] u64);

/// A Document of a Snapshot: its name, its heads as the index tells them, and its Part.
type Told = (DocumentName, Vec<Hash>, Vec<u8>);

impl World {
    /// Randomness that only lies use, so that it is the same lie each time.
    pub(super) fn lying_nonce(&mut self) -> [u8; 24] {
        let text = self.model.text();
        let mut nonce = [0; 24];
        nonce.copy_from_slice(&Hash::of(&text, &[]).as_bytes()[..24]);
        nonce
    }

    pub(super) fn lying_snapshot(
        &mut self,
        who: usize,
        forger: &Forger,
        row: &GroupRow,
        lie: SnapshotLie,
    ) -> Vec<ClientFrame> {
        self.told(who, forger, row, lie).unwrap_or_default()
    }

    fn told(
        &mut self,
        who: usize,
        forger: &Forger,
        row: &GroupRow,
        lie: SnapshotLie,
    ) -> Option<Vec<ClientFrame>> {
        match lie {
            SnapshotLie::Objects => {
                let store = self.hosts[self.model.host].log.as_ref()?.store();
                let newest = store.snapshots(row.number).ok()?.pop()?;
                let statement = Statement::Object { manifest: newest.manifest, reason: Reason::DOCUMENTS };
                Some(vec![state(forger, &statement)?])
            }
            SnapshotLie::Forgets => {
                // An organizer may.
                let sealed = forger.part(&self.forgotten(forger), self.lying_nonce()).ok()?.into();
                (who != 0).then_some(vec![state(forger, &Statement::Forget { sealed })?])
            }
            _ => self.lying_offer(who, forger, row, lie),
        }
    }

    /// Parts, a manifest and the Offer of a Snapshot that is right but for the lie.
    fn lying_offer(
        &mut self,
        who: usize,
        forger: &Forger,
        row: &GroupRow,
        lie: SnapshotLie,
    ) -> Option<Vec<ClientFrame>> {
        let mut parts = self.lying_parts(who, forger, lie)?;
        let index = match lie {
            SnapshotLie::Noise => vec![7; 300],
            _ => forger.part(&self.lying_index(who, forger, &parts, lie)?, self.lying_nonce()).ok()?,
        };
        parts.insert(0, (DocumentName::index(), Vec::new(), index));
        let manifest = self.lying_manifest(row, &parts, lie)?;
        let position = manifest.cursor.position;
        let manifest = manifest.encode();
        let name = part_name(&manifest);
        self.model.lies.insert(name.hash);
        let bytes = parts.into_iter().map(|(.., bytes)| bytes).chain([manifest]);
        let mut frames: Vec<ClientFrame> = bytes.map(|bytes| put_part(forger, bytes)).collect();
        frames.push(state(forger, &Statement::Offer { manifest: name, position })?);
        if lie == SnapshotLie::Endorses {
            frames.push(state(forger, &Statement::Endorse { manifest: name.hash })?);
        }
        Some(frames)
    }

    fn lying_parts(&mut self, who: usize, forger: &Forger, lie: SnapshotLie) -> Option<Vec<Told>> {
        let group = self.group;
        let names = self.phones[who].device.as_mut()?.documents(group).ok()?;
        // Of a list that the log does not hold nothing can be said that is not so.
        let waits = self.status(who)?.waiting > 0;
        if waits || contacts::all(&self.list(who)?).is_empty() || !names.contains(&DocumentName::contacts()) {
            return None;
        }
        let mut parts = Vec::new();
        for name in names {
            let is_list = name == DocumentName::contacts();
            if is_list && lie == SnapshotLie::LeftOut {
                continue;
            }
            let device = self.phones[who].device.as_mut()?;
            let mut document = device.read(group, &name, Document::clone).ok()?;
            let told = document.heads();
            if is_list
                && matches!(lie, SnapshotLie::OtherDocument | SnapshotLie::OtherHeads | SnapshotLie::Endorses)
            {
                let actor = self.actor(&forger.device());
                self.forged(&mut document, actor)?;
            }
            let heads = if lie == SnapshotLie::OtherHeads { told } else { document.heads() };
            let saved = match lie {
                SnapshotLie::NoDocument if is_list => b"no document at all".to_vec(),
                _ => document.save(),
            };
            parts.push(self.part(forger, &name, heads, saved)?);
        }
        if lie == SnapshotLie::Invented {
            let mut note = Document::new(Kind::Note);
            let actor = self.actor(&forger.device());
            let (text, version) = (self.model.text(), notes::note(&note).version);
            let author = Author { actor, time: self.now };
            note.edit(author, |editor| notes::update(editor, Some(&version), &text)).ok()?;
            parts.push(self.part(forger, &DocumentName::note("invented"), note.heads(), note.save())?);
        }
        Some(parts)
    }

    fn part(
        &mut self,
        forger: &Forger,
        name: &DocumentName,
        heads: Vec<Hash>,
        saved: Vec<u8>,
    ) -> Option<Told> {
        let (kind, key) = (name.kind.word().to_owned(), name.key.clone());
        let whole = WholeDocument { kind, key, saved: Some(saved.into()), changes: Vec::new() };
        let bytes = forger.part(&whole, self.lying_nonce()).ok()?;
        Some((name.clone(), heads, bytes))
    }

    fn lying_index(&self, who: usize, forger: &Forger, parts: &[Told], lie: SnapshotLie) -> Option<Index> {
        let mut index = Index { ledger: self.ledger(who), ..Index::default() };
        for (name, heads, bytes) in parts {
            let (kind, key) = (name.kind.word().to_owned(), name.key.clone());
            index.documents.push(Indexed { kind, key, heads: heads.clone(), part: part_hash(bytes) });
        }
        let claim =
            ("contacts".to_owned(), String::new(), Hash::of("a claim", &[]), 0, 1, 0, self.now.millis());
        match lie {
            SnapshotLie::FalseClaim => index.ledger.push(claim),
            SnapshotLie::Forgotten => index.forgotten.push(self.forgotten(forger)),
            _ => {}
        }
        Some(index)
    }

    /// Where the phone knows Claims to stand.
    fn ledger(&self, who: usize) -> Vec<LedgerLine> {
        let lines = self.phones[who].disk.iter().filter_map(|(key, value)| {
            let mut parts = std::str::from_utf8(key).ok()?.split_once("/claim/")?.1.splitn(3, '/');
            let change = Hash::from_hex(parts.next()?)?;
            let (kind, key) = (parts.next()?.to_owned(), parts.next()?.to_owned());
            let Stands(generation, position, index, time) = minicbor::decode(value).ok()?;
            Some((kind, key, change, generation, position, index, time))
        });
        let mut lines: Vec<LedgerLine> = lines.collect();
        lines.sort();
        lines
    }

    fn forgotten(&self, forger: &Forger) -> Forgotten {
        Forgotten { kind: "contacts".to_owned(), key: String::new(), by: forger.device(), time: self.now }
    }

    fn lying_manifest(&self, row: &GroupRow, parts: &[Told], lie: SnapshotLie) -> Option<Manifest> {
        let store = self.hosts[self.model.host].log.as_ref()?.store();
        let changes = store.roster(row.number).ok()?;
        let (roster, _) = Roster::verify_all(changes.iter().map(|one| (&one.change[..], one.time))).ok()?;
        let mut authors = Vec::new();
        for (device, _) in roster.devices() {
            let head = store.device_head(row.number, &device).ok()?;
            let head = head.filter(|head| head.sequence.get() > 0 && lie != SnapshotLie::Authors);
            authors.extend(head.map(|head| AuthorHead {
                device,
                sequence: head.sequence,
                entry: head.entry,
            }));
        }
        authors.sort_by_key(|head| head.device);
        let cursor = match lie {
            SnapshotLie::Position => {
                Cursor { position: Position::new(row.head.position.get() + 1), ..row.head }
            }
            SnapshotLie::Chain => Cursor { chain: Hash::of("a chain", &[]), ..row.head },
            _ => row.head,
        };
        let time = if lie == SnapshotLie::Time { row.time.plus_millis(1_000_000_000) } else { row.time };
        let roster = if lie == SnapshotLie::Roster { Hash::of("a roster", &[]) } else { row.roster_head };
        let parts = parts.iter().map(|(.., bytes)| part_name(bytes)).collect();
        Some(Manifest { version: limits::VERSION, cursor, time, roster, authors, parts })
    }

    /// What goes up in the place of a frame that objects, from a phone that endorses whatever it is shown.
    pub(crate) fn endorsed_instead(&self, who: usize, frame: &[u8]) -> Option<Vec<u8>> {
        let Ok(Some(ClientFrame::State(stated))) = ClientFrame::decode(frame) else { return None };
        let verified = VerifiedStatement::verify(&self.group, &stated.statement).ok()?;
        let Statement::Object { manifest, .. } = *verified.statement() else { return None };
        let forger = self.forger(who).filter(|forger| forger.device() == verified.device())?;
        Some(state(&forger, &Statement::Endorse { manifest })?.encode())
    }

    /// No Snapshot that a hostile member made is endorsed.
    pub(crate) fn look_at_lies(&mut self) -> Outcome {
        if self.model.lies.is_empty() {
            return Ok(());
        }
        self.counts.checks += 1;
        for host in &self.hosts {
            let Some(store) = host.log.as_ref().map(|log| log.store()) else { continue };
            let Ok(Some(row)) = store.group(&self.group) else { continue };
            let snapshots = store.snapshots(row.number).unwrap_or_default();
            let believed = snapshots
                .iter()
                .find(|one| one.endorsed.is_some() && self.model.lies.contains(&one.manifest));
            if let Some(believed) = believed {
                return Err(Violation(format!("a snapshot of a hostile member is endorsed: {believed:?}")));
            }
        }
        Ok(())
    }
}

fn part_name(bytes: &[u8]) -> PartName {
    PartName { hash: part_hash(bytes), size: u32::try_from(bytes.len()).unwrap() }
}

fn put_part(forger: &Forger, bytes: Vec<u8>) -> ClientFrame {
    let PartName { hash: part, size } = part_name(&bytes);
    ClientFrame::PutPart(PutPart { group: forger.group, part, size, offset: 0, bytes: bytes.into() })
}

fn state(forger: &Forger, statement: &Statement) -> Option<ClientFrame> {
    let statement = forger.statement(statement).ok()?.into();
    Some(ClientFrame::State(State { group: forger.group, statement }))
}
