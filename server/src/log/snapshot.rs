//! What devices leave with the server for Snapshots, and what they state about them.

use porchlight_wire::frame::{About, Code, PartKept, PutPart, Stated};
use porchlight_wire::record::{Cursor, Record, RecordKind};
use porchlight_wire::roster::{Role, Roster};
use porchlight_wire::snapshot::{
    Manifest, PartName, Statement, StatementError, VerifiedStatement, part_hash,
};
use porchlight_wire::{DeviceId, GroupId, Hash, Position, Timestamp, limits as protocol};

use super::group::{GroupState, Step, Stop};
use super::{Batches, ConnectionId, Log, Outcome, note};
use crate::store::{GroupRow, PartRow, ReadStore, RecordIndex, SnapshotRow, Store, StoreError};

/// A statement whose form and signature were checked; only [`CheckedStatement::check`] makes one.
#[derive(Debug)]
pub struct CheckedStatement {
    pub(super) group: GroupId,
    pub(super) verified: VerifiedStatement,
    pub(super) body: Vec<u8>,
}

impl CheckedStatement {
    /// Checks the exact bytes of a statement of `group`; slow enough to be done outside the writer.
    pub fn check(group: &GroupId, body: Vec<u8>) -> Result<Self, StatementError> {
        let verified = VerifiedStatement::verify(group, &body)?;
        Ok(Self { group: *group, verified, body })
    }

    /// How a refusal names it.
    pub fn about(&self) -> About {
        About::Statement(self.group, self.verified.hash())
    }
}

impl<S: Store> Log<S> {
    pub(super) fn put_part(&mut self, by: &DeviceId, put: &PutPart, now: Timestamp) -> Result<Outcome, Stop> {
        let (state, store) = self.state(&put.group)?;
        state.roster.writer(by)?;
        let have = state.put_part(store, put, now)?;
        Ok(Outcome::PartKept(PartKept { group: put.group, part: put.part, have }))
    }

    pub(super) fn state_it(
        &mut self,
        batches: &mut Batches,
        connection: ConnectionId,
        statement: CheckedStatement,
        now: Timestamp,
    ) -> Result<Outcome, Stop> {
        let group = statement.group;
        let (state, store) = self.state(&group)?;
        let stated = match state.state(store, statement, now)? {
            Step::Repeated(stated) => stated,
            Step::New(stated, record) => {
                note(batches, group, stated.position, record, connection);
                stated
            }
        };
        Ok(Outcome::Stated(stated))
    }
}

impl GroupState {
    /// Keeps a piece if it continues what is here; says how much is here then.
    fn put_part(&mut self, store: &mut impl Store, put: &PutPart, now: Timestamp) -> Result<u32, Stop> {
        if put.size == 0 || put.size > protocol::MAX_PART || put.bytes.len() > protocol::MAX_PIECE {
            return Err(Stop::Refused(Code::TOO_LARGE, "the part is too large".into()));
        }
        let known = store.part(self.row.number, &put.part)?;
        let part = known.unwrap_or_else(|| PartRow::new(put.part, put.size));
        let piece: &[u8] = &put.bytes;
        let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        let fits = part.size == put.size && length <= part.size - part.have;
        if piece.is_empty() || put.offset != part.have || !fits {
            return Ok(part.have);
        }
        self.check_quota(piece.len())?;
        if part.have + length == part.size {
            let mut whole = store.piece(&part, 0, part.have)?;
            whole.extend_from_slice(piece);
            if part_hash(&whole) != part.hash {
                return Err(Stop::Refused(Code::MALFORMED, "the part is not the one it is called".into()));
            }
        }
        let part = store.put_piece(self.row.number, &part, piece, now)?;
        self.row.bytes += u64::from(length);
        Ok(part.have)
    }

    /// Appends a statement, or finds it there already.
    pub(super) fn state(
        &mut self,
        store: &mut impl Store,
        statement: CheckedStatement,
        now: Timestamp,
    ) -> Result<Step<Stated>, Stop> {
        let CheckedStatement { group, verified, body } = statement;
        let hash = verified.hash();
        if let Some((position, time)) = store.statement(self.row.number, &hash)? {
            return Ok(Step::Repeated(Stated { group, hash, position, time }));
        }
        let device = verified.device();
        self.roster.writer(&device)?;
        self.check_quota(body.len())?;
        let row = match verified.statement() {
            Statement::Offer { manifest, position } => {
                Some(self.offered(store, &device, manifest, *position)?)
            }
            Statement::Endorse { manifest } => Some(self.endorsed(store, &device, manifest, now)?),
            Statement::Object { manifest, .. } => {
                Some(SnapshotRow { objected: true, ..self.snapshot(store, manifest)? })
            }
            Statement::Forget { .. } => {
                if self.roster.active(&device)?.1.role != Role::Organizer {
                    return Err(Stop::Refused(Code::NOT_ALLOWED, "only organizers forget documents".into()));
                }
                None
            }
            Statement::Unknown(_) => None,
        };
        // From here on only the store can fail.
        let record = self.write(store, RecordKind::STATEMENT, body, RecordIndex::Statement(hash), now)?;
        self.keep_statement(store, &verified, &record)?;
        if let Some(row) = row {
            store.put_snapshot(self.row.number, &row)?;
        }
        Ok(Step::New(Stated { group, hash, position: self.row.head.position, time: record.time }, record))
    }

    /// Keeps the statement that was just written, beside the log.
    pub(super) fn keep_statement(
        &self,
        store: &mut impl Store,
        verified: &VerifiedStatement,
        record: &Record,
    ) -> Result<(), StoreError> {
        let hash = verified.hash();
        let about = verified.statement().manifest().unwrap_or(hash);
        let at = (self.row.head.position, record.time);
        store.put_statement(self.row.number, &hash, &about, at, &record.body)
    }

    fn offered(
        &self,
        store: &impl Store,
        device: &DeviceId,
        name: &PartName,
        position: Position,
    ) -> Result<SnapshotRow, Stop> {
        if name.size as usize > protocol::MAX_MANIFEST {
            return Err(Stop::Refused(Code::TOO_LARGE, "the manifest is too large".into()));
        }
        let bytes = self.whole_part(store, name)?;
        let manifest =
            Manifest::decode(&bytes).map_err(|error| Stop::Refused(error.code(), error.to_string()))?;
        if manifest.cursor.position != position {
            return Err(Stop::Refused(Code::MALFORMED, "the manifest is of another position".into()));
        }
        for part in &manifest.parts {
            let there = store.part(self.row.number, &part.hash)?.filter(|there| there.size == part.size);
            if !there.is_some_and(|there| there.is_whole()) {
                return Err(no_part());
            }
        }
        if !lies_on(store, &self.row, &manifest.cursor)? {
            return Err(Stop::Refused(Code::OTHER_HISTORY, "the snapshot is not of this log".into()));
        }
        Ok(SnapshotRow {
            manifest: name.hash,
            size: name.size,
            maker: *device,
            cursor: manifest.cursor,
            endorsed: None,
            objected: false,
        })
    }

    fn endorsed(
        &self,
        store: &impl Store,
        device: &DeviceId,
        manifest: &Hash,
        now: Timestamp,
    ) -> Result<SnapshotRow, Stop> {
        let row = self.snapshot(store, manifest)?;
        if !may_endorse(&self.roster, device, &row.maker) {
            let detail = "an organizer's other device has to look at the snapshot";
            return Err(Stop::Refused(Code::NOT_ALLOWED, detail.into()));
        }
        Ok(SnapshotRow { endorsed: row.endorsed.or(Some(now.max(self.row.time))), ..row })
    }

    fn snapshot(&self, store: &impl Store, manifest: &Hash) -> Result<SnapshotRow, Stop> {
        let found = store.snapshots(self.row.number)?.into_iter().find(|row| row.manifest == *manifest);
        found.ok_or_else(no_part)
    }

    fn whole_part(&self, store: &impl Store, name: &PartName) -> Result<Vec<u8>, Stop> {
        let part = store.part(self.row.number, &name.hash)?.filter(|part| part.size == name.size);
        let part = part.filter(PartRow::is_whole).ok_or_else(no_part)?;
        Ok(store.piece(&part, 0, part.size)?)
    }
}

/// A device of an organizer that did not make it; in a group of one member any device, the maker's after it has loaded
/// the Snapshot again.
fn may_endorse(roster: &Roster, device: &DeviceId, maker: &DeviceId) -> bool {
    let Ok((_, member)) = roster.active(device) else { return false };
    roster.members().count() == 1 || (member.role == Role::Organizer && device != maker)
}

/// Whether a Cursor is on a Group's log, as far as the log still goes back.
pub(crate) fn lies_on(store: &impl ReadStore, row: &GroupRow, cursor: &Cursor) -> Result<bool, StoreError> {
    if cursor.position == row.base.position {
        let same = cursor.generation == row.base.generation || cursor.position == Position::new(0);
        return Ok(same && cursor.chain == row.base.chain);
    }
    if cursor.position < row.base.position || store.chain(row.number, cursor.position)? != Some(cursor.chain)
    {
        return Ok(false);
    }
    let generations = store.generations(row.number)?;
    let there = generations.iter().rev().find(|(_, first)| *first <= cursor.position);
    Ok(there.is_some_and(|(generation, _)| *generation == cursor.generation))
}

fn no_part() -> Stop {
    Stop::Refused(Code::NO_PART, "not all of the snapshot is here".into())
}
