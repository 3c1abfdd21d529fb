//! How rows of the tables are found and read.

use porchlight_wire::record::{Record, RecordKind};
use porchlight_wire::{Hash, Position, Timestamp};
use rusqlite::Row;

use crate::store::{Fact, GroupNumber, StoreError};

/// Positions per group number, see `schema.rs`.
pub(in crate::store) const PLACES: i64 = 1 << 40;

pub(in crate::store) fn fact_name(fact: Fact) -> &'static str {
    match fact {
        Fact::ClockSeen => "clock-seen",
        Fact::Address => "address",
    }
}

pub(in crate::store) fn first_place(group: GroupNumber) -> i64 {
    group.0.saturating_mul(PLACES)
}

pub(in crate::store) fn place(group: GroupNumber, position: Position) -> Option<i64> {
    let position = i64::try_from(position.get()).ok().filter(|position| *position < PLACES)?;
    first_place(group).checked_add(position)
}

pub(in crate::store) fn position(place: i64) -> Position {
    Position::new((place % PLACES).unsigned_abs())
}

pub(in crate::store) fn hash(row: &Row<'_>, column: usize) -> Result<Hash, StoreError> {
    let bytes = row.get_ref(column)?.as_blob().map_err(|_| StoreError::Damaged("hash"))?;
    Hash::from_slice(bytes).ok_or(StoreError::Damaged("hash"))
}

/// A Record from the columns time, kind, body.
pub(in crate::store) fn record(row: &Row<'_>) -> Result<Record, StoreError> {
    let body: Vec<u8> = row.get(2)?;
    Ok(Record { time: Timestamp::from_millis(row.get(0)?), kind: RecordKind(row.get(1)?), body: body.into() })
}
