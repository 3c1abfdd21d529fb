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
