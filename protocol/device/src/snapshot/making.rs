//! Makes a Snapshot: seals the Documents that changed, leaves Parts and manifest with the server, and offers it.

use std::collections::VecDeque;

use minicbor::bytes::ByteVec;
use porchlight_documents::DocumentName;
use porchlight_wire::frame::{ClientFrame, PartKept, PutPart};
use porchlight_wire::snapshot::{AuthorHead, Manifest, PartName, Statement, part_hash};
use porchlight_wire::{Generation, GroupId, Hash, Position, Timestamp, limits};
use rand_core::Rng;

use super::part::{self, Index, Indexed, LedgerLine, WholeDocument};
use super::{PIECE, StoredIndex, Work};
use crate::device::Device;
use crate::group::Group;
use crate::shelf::ShelfError;
use crate::storage::Slot;

/// A Snapshot on its way to the server.
#[derive(Debug)]
pub(crate) struct Making {
    /// What is still to be sent, the manifest last.
    uploads: VecDeque<(PartName, Vec<u8>)>,
    manifest: PartName,
    position: Position,
    index: StoredIndex,
}

impl Device {
    pub(super) fn start_making(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        (group.snapshots.asked_for, group.snapshots.needed) = (false, false);
        // A Document that cannot be opened, or is too large: better no Snapshot than one that lacks something.
        let Ok(making) = make(group, &mut self.entropy) else { return };
        group.snapshots.work = Some(Work::Making(Box::new(making)));
        self.upload_next(id, now);
    }

    /// Asks how much the server has of the next Part, with an empty piece.
    pub(super) fn upload_next(&mut self, id: GroupId, now: Timestamp) {
        let Some(Work::Making(making)) = self.groups.get(&id).and_then(|g| g.snapshots.work.as_ref()) else {
            return;
        };
        match making.uploads.front() {
            Some((name, _)) => {
                let (part, size) = (name.hash, name.size);
                let put = PutPart { group: id, part, size, offset: 0, bytes: Vec::new().into() };
                self.send(id, &ClientFrame::PutPart(put), now);
            }
            None => self.offer(id, now),
        }
    }

    /// Sends the piece that the server does not have yet.
    pub(super) fn uploaded(&mut self, kept: &PartKept, now: Timestamp) {
        let id = kept.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(Work::Making(making)) = group.snapshots.work.as_mut() else { return };
        let Some((name, bytes)) = making.uploads.front().filter(|(name, _)| name.hash == kept.part) else {
            return;
        };
        if kept.have >= name.size {
            making.uploads.pop_front();
            return self.upload_next(id, now);
        }
        let start = usize::try_from(kept.have).unwrap_or(usize::MAX);
        let end = start.saturating_add(PIECE).min(bytes.len());
        let piece = bytes.get(start..end).unwrap_or_default().to_vec();
        let (part, size, offset) = (name.hash, name.size, kept.have);
        let put = PutPart { group: id, part, size, offset, bytes: piece.into() };
        self.send(id, &ClientFrame::PutPart(put), now);
    }

    fn offer(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(Work::Making(making)) = group.snapshots.work.take() else { return };
        let writes = vec![Slot::Index.put(&id, &making.index)];
        group.snapshots.index = Some(making.index);
        self.persist(writes);
        let statement = Statement::Offer { manifest: making.manifest, position: making.position };
        self.state(id, &statement, now);
    }
}

/// Seals everything that has no Part yet. The Group must be idle: what is here is then exactly what the log says.
fn make(group: &mut Group, entropy: &mut impl Rng) -> Result<Making, CannotMake> {
    let (epoch, key) = group.newest_key().map(|(epoch, key)| (epoch, key.clone())).ok_or(CannotMake)?;
    let roster = group.replayed.as_ref().ok_or(CannotMake)?.head();
    let known = group.snapshots.index.clone();
    let id = group.id;
    let (mut sealed, mut documents, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for whole in wholes(group)? {
        let old = known.as_ref().and_then(|known| known.find(&whole.kind, &whole.key, &whole.heads));
        let part = match old {
            Some(part) => part,
            None => {
                let bytes = part::seal(&whole.content(group)?, &id, (epoch, &key), entropy)?;
                let name = part_name(&bytes);
                sealed.push((name, bytes));
                name
            }
        };
        let Whole { kind, key, heads, .. } = whole;
        documents.push(Indexed { kind, key, heads, part: part.hash });
        sizes.push(part.size);
    }
    let index = Index {
        documents: documents.clone(),
        ledger: ledger_lines(group, None),
        forgotten: group.snapshots.standing().cloned().collect(),
        skipped: group.progress.skipped,
    };
    let index_bytes = part::seal(&index, &id, (epoch, &key), entropy)?;
    let index_name = part_name(&index_bytes);
    sealed.push((index_name, index_bytes));
    let mut parts = vec![index_name];
    let all = documents.iter().zip(&sizes).map(|(one, size)| PartName { hash: one.part, size: *size });
    parts.extend(all);
    parts.dedup_by_key(|part| part.hash);
    let manifest = Manifest {
        version: limits::VERSION,
        cursor: group.progress.cursor,
        time: group.progress.time,
        roster,
        authors: group.author_heads(),
        parts,
    };
    let bytes = manifest.encode();
    let name = part_name(&bytes);
    if Manifest::decode(&bytes).is_err() {
        return Err(CannotMake);
    }
    sealed.push((name, bytes));
    let position = manifest.cursor.position;
    let index = StoredIndex { manifest: name.hash, position, documents, sizes };
    Ok(Making { uploads: sealed.into(), manifest: name, position, index })
}

/// One Document as a Snapshot names it, and how to get at its content.
struct Whole {
    kind: String,
    key: String,
    heads: Vec<Hash>,
    source: Source,
}

/// Where the content of a Document comes from.
enum Source {
    /// From the shelf, saved whole.
    Shelf(DocumentName),
    /// These are all its Changes: its Kind is for a later version.
    Changes(Vec<ByteVec>),
}

impl Whole {
    fn content(&self, group: &mut Group) -> Result<WholeDocument, CannotMake> {
        let (kind, key) = (self.kind.clone(), self.key.clone());
        Ok(match &self.source {
            Source::Shelf(name) => {
                let saved = group.shelf.document(name)?.save();
                WholeDocument { kind, key, saved: Some(saved.into()), changes: Vec::new() }
            }
            Source::Changes(changes) => WholeDocument { kind, key, saved: None, changes: changes.clone() },
        })
    }
}

/// All Documents, most used first; those of Kinds that only a later version knows last, as their Changes.
fn wholes(group: &mut Group) -> Result<Vec<Whole>, CannotMake> {
    let mut all = Vec::new();
    for name in group.shelf.by_use() {
        let heads = group.shelf.document(&name)?.heads();
        let (kind, key) = (name.kind.word().to_owned(), name.key.clone());
        all.push(Whole { kind, key, heads, source: Source::Shelf(name) });
    }
    for ((kind, key), changes) in group.shelf.later() {
        let heads = changes.iter().map(|change| part_hash(change)).collect();
        let changes = changes.iter().map(|change| change.to_vec().into()).collect();
        let (kind, key) = (kind.to_owned(), key.to_owned());
        all.push(Whole { kind, key, heads, source: Source::Changes(changes) });
    }
    Ok(all)
}

/// The ledger as an index says it: everything, or what stood up to a Position.
pub(super) fn ledger_lines(group: &Group, up_to: Option<Position>) -> Vec<LedgerLine> {
    let mut lines: Vec<LedgerLine> = group
        .ledger
        .iter()
        .filter(|(.., place)| up_to.is_none_or(|end| place.position <= end.get()))
        .map(|(document, change, place)| LedgerLine {
            kind: document.kind.word().to_owned(),
            key: document.key.clone(),
            change,
            generation: Generation::new(place.generation),
            position: Position::new(place.position),
            index: place.index,
            time: place.time,
        })
        .collect();
    lines.sort();
    lines
}

impl StoredIndex {
    /// The Part that holds exactly this state of a Document.
    pub(super) fn find(&self, kind: &str, key: &str, heads: &[Hash]) -> Option<PartName> {
        let same = |one: &Indexed| one.kind == kind && one.key == key && one.heads == heads;
        let (one, size) = self.documents.iter().zip(&self.sizes).find(|(one, _)| same(one))?;
        Some(PartName { hash: one.part, size: *size })
    }
}

impl Group {
    /// The last Entry of every device that has written.
    pub(super) fn author_heads(&self) -> Vec<AuthorHead> {
        let heads = self.authors.iter().filter(|(_, author)| author.sequence.get() > 0);
        heads
            .map(|(device, author)| AuthorHead {
                device: *device,
                sequence: author.sequence,
                entry: author.id,
            })
            .collect()
    }
}

fn part_name(bytes: &[u8]) -> PartName {
    PartName { hash: part_hash(bytes), size: u32::try_from(bytes.len()).unwrap_or(u32::MAX) }
}

/// A Document cannot be opened or does not fit into a Part: no Snapshot is made, and the log stays as it is.
#[derive(Debug)]
struct CannotMake;

impl From<ShelfError> for CannotMake {
    fn from(_: ShelfError) -> Self {
        Self
    }
}

impl From<part::PartError> for CannotMake {
    fn from(_: part::PartError) -> Self {
        Self
    }
}
