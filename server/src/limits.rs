//! What one server gives to each connection, address and group; the protocol's own bounds are in `porchlight_wire::limits`.

use std::time::Duration;

use porchlight_wire::limits as protocol;

/// Connections from one address, so that one visitor cannot use up the server's sockets. Loopback is not counted:
/// a reverse proxy on the same machine speaks for everybody.
pub const CONNECTIONS_PER_ADDRESS: usize = 256;

/// Appended bytes that may wait for the disk on one connection before no more is read from it.
pub const UNFINISHED_BYTES_PER_CONNECTION: usize = 4 * 1024 * 1024;

/// Appended bytes that may wait for the disk on all connections together.
pub const UNFINISHED_BYTES: usize = 64 * 1024 * 1024;

/// Frames that a connection may send in one [`RATE_WINDOW`]; those that make the server work harder count for several.
/// A phone that comes back after weeks sends some hundred.
pub const FRAMES_PER_WINDOW: u32 = 200_000;

/// How long it is counted what is looked up by typed codes and recovery words.
pub const LOOKUP_WINDOW_MILLIS: u64 = 10 * 60 * 1000;

/// Lookups from one address in one such stretch: a few mistyped codes of everybody in a house, and no guessing.
/// Loopback is not counted, for the same reason as with connections.
pub const LOOKUPS_PER_ADDRESS: u32 = 30;

/// Lookups from everywhere in one such stretch. It also bounds how many addresses are remembered.
pub const LOOKUPS: u32 = 3_000;

/// Whoever asked too often is told to come back after this long.
pub const ASK_AGAIN_AFTER: Duration = Duration::from_millis(LOOKUP_WINDOW_MILLIS);

/// What a question whether a Group would be taken may be long: a token, a Group and their names.
pub const MAX_QUESTION: usize = 1024;

/// With less room than this on the disk no Group is asked to come: much of what it brings would be refused.
pub const ROOM_FOR_A_GROUP: u64 = 64 * 1024 * 1024;

/// Codes of all groups together that are good at once: what strangers with groups here can fill stays below 32 MiB.
pub const CODES: u64 = 10_000;

/// Bytes that a connection may send in one [`RATE_WINDOW`].
pub const BYTES_PER_WINDOW: usize = 256 * 1024 * 1024;

/// Pieces of a Snapshot that follow unasked are not shorter than this, whatever a peer wishes.
pub const MIN_PIECE_AHEAD: u32 = 4 * 1024;

/// So many bytes of a Snapshot that follows unasked are read at a time.
pub const READ_AHEAD: u32 = 64 * 1024;

/// How long a connection's use is added up.
pub const RATE_WINDOW: Duration = Duration::from_secs(60);

/// A frame of a connection that has not shown a key yet: enough to found a group or to open one.
pub const MAX_FRAME_BEFORE_OPEN: usize = 64 * 1024;

/// Frames in one POST, and their bytes together.
pub const MAX_FRAMES_PER_POST: usize = 1_000;

/// The body of one POST.
pub const MAX_POST: usize = 8 * 1024 * 1024;

/// What has begun to arrive from strangers and is not whole yet, in POSTs and WebSocket messages of all of them together.
pub const ARRIVING_FROM_STRANGERS: usize = 16 * 1024 * 1024;

/// The same of members of all Groups together.
pub const ARRIVING_FROM_MEMBERS: usize = 64 * 1024 * 1024;

/// Whoever there is no room for is told to come back after this long.
pub const COME_BACK_AFTER: Duration = Duration::from_secs(10);

/// The head of a request, and what is read of a body at a time.
pub const READ_BUFFER: usize = 32 * 1024;

/// Fan-out that waits for a slow listener; past it the listener reads from the log instead.
pub const FANOUT_QUEUE_BYTES: usize = 64 * 1024;

/// What one group may keep: years of a large neighborhood's work, and a bound on a stranger's mischief.
pub const GROUP_BYTES: u64 = 1024 * 1024 * 1024;

/// Groups whose Roster and heads are kept in memory; the others are loaded when they are used.
pub const CACHED_GROUPS: usize = 256;

/// RosterChanges that the Rosters in memory may have together.
pub const CACHED_ROSTER_CHANGES: usize = 50_000;

/// Appends that the writer takes into one transaction.
pub const COMMANDS_PER_COMMIT: usize = 1_024;

/// Bytes that the writer takes into one transaction.
pub const BYTES_PER_COMMIT: usize = 8 * 1024 * 1024;

/// How long after a commit the database file is brought up to date, for all commits since.
pub const CHECKPOINT_AFTER: Duration = Duration::from_secs(2);

/// Connections of the store that only read.
pub const READERS: usize = 2;

/// A peer that sends nothing for this long is asked whether it is there, so that dead phones are noticed.
pub const PING_AFTER: Duration = Duration::from_secs(240);

/// A visitor who connects gets this long to say what they want.
pub const FIRST_REQUEST_WITHIN: Duration = Duration::from_secs(20);

/// A peer that takes or finishes nothing for this long is dropped.
pub const STALLED_AFTER: Duration = Duration::from_secs(60);

/// How long this many bytes take on the slowest line that is waited for.
pub fn on_slowest_line(bytes: usize) -> Duration {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    Duration::from_millis(bytes.saturating_mul(1_000) / protocol::SLOWEST_LINE)
}

/// A peer that was told to go gets this long to read it.
pub const LINGER: Duration = Duration::from_secs(2);

/// Open requests get this long to finish when the server stops.
pub const STOP_WITHIN: Duration = Duration::from_secs(5);

/// How often the time is written down, so that a clock that jumped while the server was off is noticed.
pub const CLOCK_NOTE_EVERY: Duration = Duration::from_secs(600);

/// A day in milliseconds.
pub const DAY_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// For how many days Entries are kept after a Snapshot that stands for them was endorsed, so that a phone which was
/// away has them in order, and somebody who finds the Snapshot wrong can still object.
pub const KEEP_DAYS: u64 = 14;

/// Records or Parts that one transaction drops, so that nobody's Entry waits long for it.
pub const DROPPED_AT_ONCE: usize = 2_000;

/// A Part that no Snapshot names is dropped after this long: its maker gave up.
pub const PART_UNNAMED_MILLIS: u64 = DAY_MILLIS;

/// Snapshots of one group that are kept beside the one that stands for dropped Entries.
pub const SNAPSHOTS: usize = 2;

/// Such transactions in a row, at each [`CLOCK_NOTE_EVERY`].
pub const PRUNE_STEPS: usize = 50;
