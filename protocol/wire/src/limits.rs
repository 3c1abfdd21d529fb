//! Every bound of the protocol, with its reason. Sizes are in bytes.

/// The protocol version that this code speaks.
pub const VERSION: u8 = 1;

/// The one suite there is so far: Ed25519, X-Wing, HKDF-SHA256, ChaCha20-Poly1305 and XChaCha20-Poly1305, SHA-256.
pub const SUITE: u8 = 1;

/// A sealed Entry as it stands in the log. Large enough for a pasted minute of many pages, small enough that a
/// phone on a bad line gets one through between two breaks.
pub const MAX_ENTRY: usize = 1024 * 1024;

/// What a sealed payload may unpack to; a small Entry must not become a gigabyte in a phone's memory.
pub const MAX_PAYLOAD: usize = 8 * 1024 * 1024;

/// One frame in either direction: a full Entry with room for what stands around it.
pub const MAX_FRAME: usize = 2 * 1024 * 1024;

/// What a device says in one request where WebSockets are blocked, unless one frame alone is larger: the rest follows in
/// the next, so that a line that breaks or crawls still gets on.
pub const REQUEST_TARGET: usize = 256 * 1024;

/// The slowest line that is waited for, in bytes a second: whoever sends or takes less than that counts as gone.
pub const SLOWEST_LINE: u64 = 1_000;

/// Records a server puts into one frame at most, so that a phone can show progress and keep memory small.
pub const MAX_RECORDS_PER_FRAME: usize = 1024;

/// Payload a server puts into one Records frame before it starts the next.
pub const RECORDS_FRAME_TARGET: usize = 256 * 1024;

/// Entries in one Append. With MAX_FRAME it bounds what a server must hold for one request.
pub const MAX_ENTRIES_PER_APPEND: usize = 256;

/// A RosterChange. Most are about 200 bytes; one that removes many or vouches for somebody carries more.
pub const MAX_ROSTER_CHANGE: usize = 16 * 1024;

/// RosterChanges of one Group. Every device keeps and verifies all of them.
pub const MAX_ROSTER: usize = 10_000;

/// Active devices and recovery keys of one Group. Whoever starts an epoch seals its key to each of them, in one frame.
pub const MAX_DEVICES: usize = 1_000;

/// Active devices of one member: phone, old phone, tablet, computer and a few browsers.
pub const MAX_DEVICES_PER_MEMBER: usize = 8;

/// Members that may be asked to vouch for a newcomer.
pub const MAX_VOUCHES: u8 = 5;

/// Members and devices that one Remove names, and Entries that one AcceptHeld names.
pub const MAX_NAMED: usize = 256;

/// The address of a server.
pub const MAX_URL: usize = 256;

/// Invitations of one Group that are open at once.
pub const MAX_OPEN_INVITATIONS: usize = 64;

/// People that one invitation may admit.
pub const MAX_INVITATION_USES: u32 = 1_000;

/// Groups on one connection: a volunteer in a few groups, a coalition's delegate in some dozens.
pub const MAX_GROUPS_PER_CONNECTION: usize = 256;

/// An X-Wing public key (RFC 9180 style key of ML-KEM-768 and X25519).
pub const SEALING_KEY: usize = 1216;

/// A key box: an HPKE encapsulation (1,120), the sealed 32-byte key and its tag.
pub const MAX_KEY_BOX: usize = 2 * 1024;

/// Key boxes and sealing keys that come along with one RosterChange: a box for each device and open invitation.
pub const MAX_ATTACHMENTS: usize = MAX_DEVICES + MAX_OPEN_INVITATIONS;

/// A challenge is good for this long: long enough for a phone that was just woken, short enough to be worthless later.
pub const CHALLENGE_MILLIS: u64 = 10 * 60 * 1000;

/// A founding token as it travels.
pub const MAX_TOKEN: usize = 256;

/// A human-readable detail in a refusal.
pub const MAX_DETAIL: usize = 300;

/// A server whose clock is further than this from its last Record refuses to append until its operator confirms.
pub const MAX_CLOCK_JUMP_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// Sealing keys in one answer; with 1,216 bytes each they fill a third of a frame.
pub const MAX_KEYS_PER_FRAME: usize = 512;

/// Newcomers who wait in one Group's lobby: a street's worth, and no room for a flood.
pub const MAX_LOBBY: usize = 64;

/// What a newcomer says of themselves, sealed.
pub const MAX_KNOCK_NOTE: usize = 4 * 1024;

/// Entries of removed devices that one Group holds, and their bytes together: they must fit into one frame.
pub const MAX_HELD: usize = 256;

/// See [`MAX_HELD`].
pub const MAX_HELD_BYTES: usize = 3 * 512 * 1024;

/// Work of removed devices, and the word that it was discarded, are kept for this long.
pub const HELD_MILLIS: u64 = 30 * 24 * 60 * 60 * 1000;

/// An invitation behind a typed code is kept for a day: a code is short, and meant to be told now.
pub const CODE_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// An invitation behind a typed code, sealed: a link, its padding and the seal.
pub const MAX_CODE: usize = 2 * 1024;

/// A list behind recovery words, sealed: some dozens of groups.
pub const MAX_LOOKUP: usize = 16 * 1024;

/// Codes of one Group that are good at once.
pub const MAX_CODES: usize = 64;

/// A bundle that is carried by hand: some weeks of a neighborhood's work, and what a phone can hold in memory at once.
pub const MAX_BUNDLE: usize = 32 * 1024 * 1024;

/// Entries in one bundle, and carried Entries that a device keeps for delivery.
pub const MAX_BUNDLE_ENTRIES: usize = 10_000;

/// An archive of a whole group, packed: years of notes and shifts, and what a phone can hold in memory at once.
pub const MAX_ARCHIVE: usize = 32 * 1024 * 1024;

/// Files in one archive: two for every Document, with room for what others add.
pub const MAX_ARCHIVE_FILES: usize = 40_000;

/// What one file of an archive may unpack to.
pub const MAX_ARCHIVE_FILE: usize = 16 * 1024 * 1024;

/// What an archive may unpack to; a small file must not become a gigabyte in a phone's memory.
pub const MAX_ARCHIVE_UNPACKED: usize = 128 * 1024 * 1024;

/// What one device does at the moment, sealed: names a Document and something in it, and no more.
pub const MAX_PRESENCE: usize = 512;

/// QR codes of one bundle: more than that nobody holds still for.
pub const MAX_QR_CODES: usize = 40;

/// Bytes of a bundle in one QR code: with base32 and its mark a code of version 20, which a cheap camera still reads.
pub const QR_CODE_BYTES: usize = 500;

/// A Part: a whole Document with its history, sealed. The largest that a phone can hold in memory twice.
pub const MAX_PART: u32 = 16 * 1024 * 1024;

/// Parts of one Snapshot: every Document of a group that keeps one for each note and decision of many years.
pub const MAX_PARTS: usize = 10_000;

/// A manifest: [`MAX_PARTS`] names and the heads of [`MAX_DEVICES`] devices fit.
pub const MAX_MANIFEST: usize = 1024 * 1024;

/// A piece of a Part in one frame, so that a line that breaks often still gets on.
pub const MAX_PIECE: usize = 256 * 1024;

/// A statement about a Snapshot; what is forgotten is sealed inside.
pub const MAX_STATEMENT: usize = 16 * 1024;

/// Earlier Cursors in one Open: ever further apart, they reach back to the first Record of any log.
pub const MAX_EARLIER: usize = 64;
