//! What the log needs from a database: one writer with durable transactions, and readers that see one moment each.

use porchlight_wire::frame::TimedChange;
use porchlight_wire::record::{Cursor, Record};
use porchlight_wire::{DeviceId, Epoch, Generation, GroupId, Hash, Position, Sequence, StoreId, Timestamp};
use thiserror::Error;

mod schema;
mod sqlite;
#[cfg(test)]
mod suite;

pub use sqlite::{SqliteCheckpointer, SqliteReader, SqliteStore};

/// A Group's short number within one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupNumber(pub i64);

/// A Device's short number within one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceNumber(pub i64);

/// What is kept about a Group beside its Records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// Its id.
    pub id: GroupId,
    /// Its short number.
    pub number: GroupNumber,
    /// The end of its log.
    pub head: Cursor,
    /// The time of its last Record.
    pub time: Timestamp,
    /// The hash of its last RosterChange.
    pub roster_head: Hash,
    /// What its Records, keys and boxes take.
    pub bytes: u64,
}

/// The last Entry of a Device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceHead {
    /// The Device's short number.
    pub number: DeviceNumber,
    /// The Entry's number.
    pub sequence: Sequence,
    /// The Entry's id.
    pub entry: Hash,
}

/// A Record that is to be written, with what finds it again.
#[derive(Clone, Debug)]
pub struct NewRecord<'a> {
    /// Where it goes: the end of the log once it is there.
    pub at: Cursor,
    /// What it holds.
    pub record: &'a Record,
    /// What it is found by.
    pub index: RecordIndex,
}

/// What a Record is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordIndex {
    /// An Entry: its author and number.
    Entry(DeviceNumber, Sequence),
    /// A RosterChange: its hash.
    RosterChange(Hash),
}

/// How much to read at once.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimit {
    /// Records at most.
    pub records: usize,
    /// No further Record once this many bytes are there.
    pub bytes: usize,
}

/// A permission to make groups, as it is kept: the hash of its secret only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The hash of the secret.
    pub hash: Hash,
    /// Until when.
    pub expires: Timestamp,
    /// How many groups it may still make.
    pub uses_left: u32,
}

/// Facts about the whole store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The last time at which the clock was known to be right, as 8 big-endian bytes of milliseconds.
    ClockSeen,
    /// The address that people reach this server by, as text.
    Address,
}

/// Reads. What one [`ReadStore::at_one_moment`] sees belongs together.
pub trait ReadStore {
    /// Runs `read` on one unchanging state of the store.
    fn at_one_moment<T, E: From<StoreError>>(&self, read: impl FnOnce(&Self) -> Result<T, E>)
    -> Result<T, E>;

    /// Which database this is.
    fn store_id(&self) -> StoreId;

    /// A fact, if it was written.
    fn fact(&self, fact: Fact) -> Result<Option<Vec<u8>>, StoreError>;

    /// A Group, if it is here.
    fn group(&self, id: &GroupId) -> Result<Option<GroupRow>, StoreError>;

    /// All RosterChanges of a Group, oldest first.
    fn roster(&self, group: GroupNumber) -> Result<Vec<TimedChange>, StoreError>;

    /// Where a RosterChange stands and when it came, by its hash.
    fn roster_change(
        &self,
        group: GroupNumber,
        hash: &Hash,
    ) -> Result<Option<(Position, Timestamp)>, StoreError>;

    /// The chain up to a Position, if a Record is there.
    fn chain(&self, group: GroupNumber, position: Position) -> Result<Option<Hash>, StoreError>;

    /// The Records after a Position, in order and without a gap; at least one if there is one.
    fn records(
        &self,
        group: GroupNumber,
        after: Position,
        limit: ReadLimit,
    ) -> Result<Vec<Record>, StoreError>;

    /// The last Entry of a Device.
    fn device_head(&self, group: GroupNumber, device: &DeviceId) -> Result<Option<DeviceHead>, StoreError>;

    /// A certain Entry of a Device.
    fn entry(
        &self,
        device: DeviceNumber,
        sequence: Sequence,
    ) -> Result<Option<(Position, Record)>, StoreError>;

    /// The key box for a recipient.
    fn key_box(
        &self,
        group: GroupNumber,
        epoch: Epoch,
        recipient: &Hash,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// A token by the hash of its secret, whether or not it is still good.
    fn token(&self, hash: &Hash) -> Result<Option<Token>, StoreError>;
}

/// Writes. All between [`Store::begin`] and [`Store::commit`] is there after a crash, or nothing of it.
pub trait Store: ReadStore {
    /// Starts a transaction.
    fn begin(&mut self) -> Result<(), StoreError>;

    /// Makes it durable: when this returns, pulling the plug loses nothing of it.
    fn commit(&mut self) -> Result<(), StoreError>;

    /// Undoes the transaction.
    fn roll_back(&mut self);

    /// Writes a fact.
    fn put_fact(&mut self, fact: Fact, value: &[u8]) -> Result<(), StoreError>;

    /// Adds a Group without Records.
    fn add_group(&mut self, id: &GroupId, generation: Generation) -> Result<GroupNumber, StoreError>;

    /// Writes what is kept about a Group.
    fn put_group(&mut self, row: &GroupRow) -> Result<(), StoreError>;

    /// Appends a Record.
    fn append(&mut self, group: GroupNumber, record: &NewRecord<'_>) -> Result<(), StoreError>;

    /// Gives a Device its short number.
    fn add_device(&mut self, group: GroupNumber, device: &DeviceId) -> Result<DeviceHead, StoreError>;

    /// Writes a Device's last Entry.
    fn put_device_head(&mut self, head: &DeviceHead) -> Result<(), StoreError>;

    /// Keeps a sealing key by its hash; returns the bytes by which the store grew.
    fn put_sealing_key(&mut self, group: GroupNumber, hash: &Hash, key: &[u8]) -> Result<u64, StoreError>;

    /// Keeps a key box, in place of an earlier one for the same recipient; returns the bytes by which the store grew.
    fn put_key_box(
        &mut self,
        group: GroupNumber,
        epoch: Epoch,
        recipient: &Hash,
        sealed: &[u8],
    ) -> Result<u64, StoreError>;

    /// Keeps a token, in place of the one with the same hash.
    fn put_token(&mut self, token: &Token) -> Result<(), StoreError>;

    /// Forgets all tokens.
    fn clear_tokens(&mut self) -> Result<(), StoreError>;
}

/// Why the store did not do it. Nothing was half done.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Update the server, or use the data directory it came from.
    #[error("the database was written by a newer porchlight (layout {found}; this one knows up to {known})")]
    Newer {
        /// What the database says.
        found: i64,
        /// What this code knows.
        known: i64,
    },
    /// Put a backup back.
    #[error("the database is damaged: {0}")]
    Damaged(&'static str),
    /// Disk full, permissions, damage.
    #[error("the database cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The operating system gave no random bytes.
    #[error("no random bytes: {0}")]
    Entropy(#[from] getrandom::Error),
}
