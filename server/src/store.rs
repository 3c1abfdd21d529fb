//! What the log needs from a database: one writer with durable transactions, and readers that see one moment each.

use porchlight_wire::frame::TimedChange;
use porchlight_wire::record::{Cursor, Record};
use porchlight_wire::{DeviceId, Epoch, Generation, GroupId, Hash, Position, Sequence, StoreId, Timestamp};
use rusqlite::ErrorCode;
use thiserror::Error;

mod schema;
mod snapshots;
mod sqlite;
#[cfg(test)]
mod suite;

pub use snapshots::{PartRow, SnapshotRow, Unused};
pub use sqlite::{SqliteCare, SqliteCheckpointer, SqliteReader, SqliteStore};

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
    /// The history that the next Record is of: the head's, or a newer one that begins with it.
    pub generation: Generation,
    /// Up to here Entries were dropped, or never were here: a Snapshot stands for them.
    pub base: Cursor,
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
    /// A statement: its hash.
    Statement(Hash),
    /// A kind of a later version.
    Other,
}

/// How much to read at once.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimit {
    /// Records at most.
    pub records: usize,
    /// No further Record once this many bytes are there.
    pub bytes: usize,
}

/// A key box as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptBox {
    /// The HPKE encapsulation and ciphertext.
    pub sealed: Vec<u8>,
    /// The path to the epoch's root, encoded; empty for a box that was made later.
    pub path: Vec<u8>,
}

/// What is kept beside a Group's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideKind {
    /// Newcomers who wait, by Device.
    Lobby = 1,
    /// Entries of removed devices, by id.
    Held = 2,
    /// Ids of such Entries that do not count.
    Discarded = 3,
    /// Invitations behind typed codes, by locator.
    Code = 4,
    /// Lists behind recovery words, by locator.
    Recovery = 5,
}

/// One thing that is kept beside a Group's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideRow {
    /// What finds it.
    pub name: [u8; 32],
    /// Whose it is: a member or a device, or zeros.
    pub owner: [u8; 32],
    /// When it came.
    pub time: Timestamp,
    /// When it is forgotten.
    pub expires: Timestamp,
    /// What it is.
    pub body: Vec<u8>,
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

    /// The key box for a recipient, and the path that proves it.
    fn key_box(
        &self,
        group: GroupNumber,
        epoch: Epoch,
        recipient: &Hash,
    ) -> Result<Option<KeptBox>, StoreError>;

    /// A sealing key by its hash.
    fn sealing_key(&self, group: GroupNumber, hash: &Hash) -> Result<Option<Vec<u8>>, StoreError>;

    /// What a Group keeps beside its log of one kind, oldest first.
    fn side(&self, group: GroupNumber, kind: SideKind) -> Result<Vec<SideRow>, StoreError>;

    /// Whether anything of one kind is kept for an owner.
    fn owns_side(&self, group: GroupNumber, kind: SideKind, owner: &[u8; 32]) -> Result<bool, StoreError>;

    /// One of those.
    fn side_row(
        &self,
        group: GroupNumber,
        kind: SideKind,
        name: &[u8; 32],
    ) -> Result<Option<SideRow>, StoreError>;

    /// What a locator finds, in whatever Group, whether or not its time is over.
    fn lookup(&self, locator: &Hash) -> Result<Option<SideRow>, StoreError>;

    /// How many typed codes of all Groups are still good.
    fn codes(&self, now: Timestamp) -> Result<u64, StoreError>;

    /// Which history began at which Position, in order.
    fn generations(&self, group: GroupNumber) -> Result<Vec<(Generation, Position)>, StoreError>;

    /// Where a statement stands and when it came, by its hash.
    fn statement(&self, group: GroupNumber, hash: &Hash)
    -> Result<Option<(Position, Timestamp)>, StoreError>;

    /// What was stated about a Snapshot, the Offer first.
    fn statements(&self, group: GroupNumber, manifest: &Hash) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The Snapshots of a Group, oldest first.
    fn snapshots(&self, group: GroupNumber) -> Result<Vec<SnapshotRow>, StoreError>;

    /// The Groups in which something may have to be tidied up: those with Parts.
    fn groups_with_parts(&self) -> Result<Vec<GroupId>, StoreError>;

    /// Whether there are Records up to a Position that are not RosterChanges.
    fn has_entries(&self, group: GroupNumber, up_to: Position) -> Result<bool, StoreError>;

    /// Whether there are Parts that nothing needs.
    fn has_unused(&self, group: GroupNumber, unused: &Unused<'_>) -> Result<bool, StoreError>;

    /// How much of a Part is here.
    fn part(&self, group: GroupNumber, hash: &Hash) -> Result<Option<PartRow>, StoreError>;

    /// A piece of a Part: at most `length` bytes from `offset` on.
    fn piece(&self, part: &PartRow, offset: u32, length: u32) -> Result<Vec<u8>, StoreError>;

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
        kept: &KeptBox,
    ) -> Result<u64, StoreError>;

    /// Keeps something beside a Group's log, in place of what has the same name.
    fn put_side(&mut self, group: GroupNumber, kind: SideKind, row: &SideRow) -> Result<(), StoreError>;

    /// Forgets it.
    fn drop_side(&mut self, group: GroupNumber, kind: SideKind, name: &[u8; 32]) -> Result<(), StoreError>;

    /// Forgets all of a Group whose time is over.
    fn drop_expired(&mut self, group: GroupNumber, now: Timestamp) -> Result<(), StoreError>;

    /// The same of all Groups.
    fn drop_all_expired(&mut self, now: Timestamp) -> Result<(), StoreError>;

    /// Notes that a history begins at a Position.
    fn put_generation(
        &mut self,
        group: GroupNumber,
        generation: Generation,
        first: Position,
    ) -> Result<(), StoreError>;

    /// Takes the Records after a Position out of the log.
    fn cut(&mut self, group: GroupNumber, after: Position) -> Result<(), StoreError>;

    /// Drops at most `count` Records up to a Position that are not RosterChanges; how many, and their bytes.
    fn drop_records(
        &mut self,
        group: GroupNumber,
        up_to: Position,
        count: usize,
    ) -> Result<(usize, u64), StoreError>;

    /// Keeps what was stated, in place of the same before; `about` is a manifest.
    fn put_statement(
        &mut self,
        group: GroupNumber,
        hash: &Hash,
        about: &Hash,
        at: (Position, Timestamp),
        body: &[u8],
    ) -> Result<(), StoreError>;

    /// Keeps a Snapshot, in place of the one with the same manifest.
    fn put_snapshot(&mut self, group: GroupNumber, row: &SnapshotRow) -> Result<(), StoreError>;

    /// Drops a Snapshot and what was stated about it, but not its Parts.
    fn drop_snapshot(&mut self, group: GroupNumber, manifest: &Hash) -> Result<(), StoreError>;

    /// Adds a piece to the end of a Part, and the Part if it is not here yet.
    fn put_piece(
        &mut self,
        group: GroupNumber,
        part: &PartRow,
        piece: &[u8],
        now: Timestamp,
    ) -> Result<PartRow, StoreError>;

    /// Drops at most `count` Parts that nothing needs; how many, and their bytes.
    fn drop_parts(&mut self, group: GroupNumber, unused: &Unused<'_>) -> Result<(usize, u64), StoreError>;

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
    /// Put a backup back.
    #[error("damaged: {0}")]
    Unsound(String),
    /// Disk full, permissions, damage.
    #[error("the database cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The operating system gave no random bytes.
    #[error("no random bytes: {0}")]
    Entropy(#[from] getrandom::Error),
}

impl StoreError {
    /// Whether the database itself is damaged: a full disk, or one that may not be read, damages nothing.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) | Self::Unsound(_) => true,
            Self::Sqlite(error) => {
                matches!(
                    error.sqlite_error_code(),
                    Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
                )
            }
            Self::Newer { .. } | Self::Entropy(_) => false,
        }
    }
}
