//! Golden vectors of Snapshots: what is in their Parts, manifest and statements, and the frames about them and about a
//! server that lost something.

use porchlight_wire::frame::{
    ClientFrame, GetPart, GetSnapshots, KeptSnapshot, PartKept, Piece, PutPart, Refill, Refilled,
    ServerFrame, Snapshots, State, Stated, TimedChange,
};
use porchlight_wire::record::Cursor;
use porchlight_wire::snapshot::{
    AuthorHead, Manifest, PartName, Reason, SignedStatement, Statement, part_hash, statement_hash,
};
use porchlight_wire::{Epoch, Generation, Hash, Position, Sequence, limits};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{Log, Story, TIME, Text};
use crate::key_box;
use crate::snapshot::part::{self, Forgotten, Index, Indexed, LedgerLine, WholeDocument};
use crate::storage::encoded;

/// Writes them: a Snapshot of the log that the other vectors make.
pub(super) fn write(text: &mut Text, story: &Story, log: &Log) -> Option<()> {
    text.section("snapshot");
    let document = WholeDocument {
        kind: "contacts".to_owned(),
        key: String::new(),
        saved: Some(vec![0x85, 0x6f, 0x4a, 0x83].into()),
        changes: Vec::new(),
    };
    text.encoded("whole document", &document);
    let document = sealed(text, story, "part of the document", &document, 31)?;
    let forgotten = Forgotten {
        kind: "contacts".to_owned(),
        key: String::new(),
        replacement: Some("0102".to_owned()),
        by: story.alice.id(),
        time: TIME,
        seen: Some(vec![Hash::from_bytes([32; 32])]),
        contacts: None,
    };
    text.encoded("forgotten", &forgotten);
    let line = LedgerLine {
        kind: "contacts".to_owned(),
        key: String::new(),
        change: Hash::from_bytes([15; 32]),
        generation: Generation::new(0),
        position: Position::new(4),
        index: 0,
        time: TIME,
    };
    let indexed = Indexed {
        kind: "contacts".to_owned(),
        key: String::new(),
        heads: vec![Hash::from_bytes([15; 32])],
        part: part_hash(&document),
    };
    let index = Index {
        documents: vec![indexed],
        ledger: vec![line],
        forgotten: vec![forgotten.clone()],
        skipped: 0,
    };
    text.encoded("index", &index);
    let index = sealed(text, story, "part of the index", &index, 33)?;
    let forget = sealed(text, story, "sealed in a forget", &forgotten, 34)?;
    let authors = vec![AuthorHead {
        device: story.alice.id(),
        sequence: Sequence::new(1),
        entry: Hash::from_bytes([35; 32]),
    }];
    let manifest = Manifest {
        version: limits::VERSION,
        cursor: log.head.cursor,
        time: TIME,
        roster: story.roster.head(),
        authors: authors.clone(),
        parts: [&index, &document].map(|bytes| name(bytes)).to_vec(),
    };
    let bytes = manifest.encode();
    text.value("manifest", &bytes);
    text.value("manifest hash", part_hash(&bytes).as_bytes());
    let hash = part_hash(&bytes);
    let statements = [
        ("offer", Statement::Offer { manifest: name(&bytes), position: manifest.cursor.position }),
        ("endorse", Statement::Endorse { manifest: hash }),
        ("object", Statement::Object { manifest: hash, reason: Reason::DOCUMENTS }),
        ("forget", Statement::Forget { sealed: forget.into() }),
    ];
    let signed: Vec<_> = statements.map(|(name, statement)| (name, signed(story, &statement))).to_vec();
    for (name, signed) in &signed {
        text.encoded(name, signed);
    }
    let (_, offer) = signed.first()?;
    text.value("offer hash", statement_hash(&story.group, offer).as_bytes());
    frames(text, story, log, (&index, offer), authors);
    Some(())
}

fn sealed<T: minicbor::Encode<()>>(
    text: &mut Text,
    story: &Story,
    name: &str,
    content: &T,
    seed: u8,
) -> Option<Vec<u8>> {
    let mut entropy = ChaCha20Rng::from_seed([seed; 32]);
    let epoch = Epoch::new(0);
    let bytes = part::seal(content, &story.group, (epoch, &story.epoch_key), &mut entropy).ok()?;
    text.value(name, &bytes);
    Some(bytes)
}

fn name(bytes: &[u8]) -> PartName {
    PartName { hash: part_hash(bytes), size: u32::try_from(bytes.len()).unwrap_or(u32::MAX) }
}

fn signed(story: &Story, statement: &Statement) -> SignedStatement {
    let (device, body) = (story.alice.id(), statement.encode());
    let signature = story.alice.sign(&SignedStatement::message(&story.group, &device, &body));
    SignedStatement { device, body: body.into(), signature }
}

fn frames(
    text: &mut Text,
    story: &Story,
    log: &Log,
    (index, offer): (&[u8], &SignedStatement),
    authors: Vec<AuthorHead>,
) {
    let group = story.group;
    let PartName { hash: part, size } = name(index);
    let hash = statement_hash(&group, offer);
    let bytes: Vec<u8> = index.iter().take(8).copied().collect();
    let roster = vec![TimedChange { time: TIME, change: story.found.clone().into() }];
    let refill = Refill {
        group,
        roster,
        token: Some(vec![12; 16].into()),
        before: Cursor::START,
        generation: Generation::new(0),
        records: log.records.clone(),
        head: log.head,
        keys: vec![key_box::public_key(story.alice.sealing()).into()],
        authors,
        later: None,
    };
    text.section("frames of a device about snapshots");
    let sent = [
        (
            "put part",
            ClientFrame::PutPart(PutPart { group, part, size, offset: 0, bytes: bytes.clone().into() }),
        ),
        ("get part", ClientFrame::GetPart(GetPart { group, part, offset: 8, length: size })),
        ("get snapshots", ClientFrame::GetSnapshots(GetSnapshots { group, pieces: None })),
        (
            "get snapshots and the newest",
            ClientFrame::GetSnapshots(GetSnapshots { group, pieces: Some(48 * 1024) }),
        ),
        ("state", ClientFrame::State(State { group, statement: encoded(offer).into() })),
        ("refill", ClientFrame::Refill(refill)),
    ];
    for (name, frame) in sent {
        text.value(name, &frame.encode());
    }
    text.section("frames of a server about snapshots");
    let kept = KeptSnapshot { manifest: part, size, statements: vec![encoded(offer).into()] };
    let list = Snapshots { group, base: Position::new(0), snapshots: vec![kept], follows: None };
    let followed = Snapshots { follows: Some(part), ..list.clone() };
    let answers = [
        ("snapshots", ServerFrame::Snapshots(list)),
        ("snapshots of which one follows", ServerFrame::Snapshots(followed)),
        ("part kept", ServerFrame::PartKept(PartKept { group, part, have: 8 })),
        ("piece", ServerFrame::Piece(Piece { group, part, size, offset: 0, bytes: bytes.into() })),
        ("stated", ServerFrame::Stated(Stated { group, hash, position: Position::new(5), time: TIME })),
        ("refilled", ServerFrame::Refilled(Refilled { group, head: log.head.cursor.chain, added: 1 })),
    ];
    for (name, frame) in answers {
        text.value(name, &frame.encode());
    }
}
