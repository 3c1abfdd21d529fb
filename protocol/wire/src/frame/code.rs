//! Why a server refuses: stable numbers, each with what a client should do.

use core::fmt;

use minicbor::{Decode, Encode};

/// A refusal's reason. Numbers never change their meaning; unknown ones are treated as [`Code::NOT_ALLOWED`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Code(#[n(0)] pub u16);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        impl Code {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// Every code with its name, in order: the table of the specification.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, stringify!($name))),*];
        }
    };
}

codes! {
    /// The bytes are not a frame, an Entry or a RosterChange. Do not repeat; this is a fault of the client.
    MALFORMED = 1;
    /// No common version. Tell the person to update.
    UNSUPPORTED_VERSION = 2;
    /// The proof in Open does not fit this connection's challenge, or the challenge ran out. Connect anew.
    BAD_PROOF = 3;
    /// No such Group on this server. Keep everything; the server may be new, or an old backup.
    UNKNOWN_GROUP = 4;
    /// The key is not (or no longer) of the Group. Keep everything. A device that the verified Roster has was let in by
    /// Records that the server lost: give them back. Otherwise tell the person.
    NOT_A_MEMBER = 5;
    /// The token that lets somebody make groups is wrong or used up. Ask the host for another.
    BAD_TOKEN = 6;
    /// This server takes no new groups.
    GROUPS_CLOSED = 7;
    /// Over a limit of the protocol. Do not repeat.
    TOO_LARGE = 8;
    /// Over a limit of this server. Keep it and try again later; tell the person.
    QUOTA = 9;
    /// An Entry came before one of the same device that the log lacks. Send from the one it names.
    OUT_OF_SEQUENCE = 10;
    /// Another Entry has this device and sequence: two phones write with one key. Go on as a fresh device.
    CLONE = 11;
    /// The signature does not fit.
    BAD_SIGNATURE = 12;
    /// The role does not allow it.
    NOT_ALLOWED = 13;
    /// The Roster went on meanwhile. Read it, see whether the change still makes sense, and sign it anew.
    STALE_ROSTER = 14;
    /// The change breaks a rule of the Roster. Do not repeat.
    RULE_BROKEN = 15;
    /// The invitation ran out. Ask for a new one.
    INVITATION_EXPIRED = 16;
    /// The invitation's places are taken. Ask for a new one.
    INVITATION_USED_UP = 17;
    /// The invitation was turned off, or the server does not know it (yet).
    INVITATION_CLOSED = 18;
    /// The Cursor is not on the server's log: it went back in time, or it is another one. Keep everything.
    OTHER_HISTORY = 19;
    /// The server's clock jumped; its operator must confirm it. Try again later.
    CLOCK_JUMPED = 20;
    /// An Entry names an epoch that its author never held. Do not repeat.
    UNKNOWN_EPOCH = 21;
    /// There is no such key box (yet).
    NO_BOX = 22;
    /// The server could not store it. Nothing is lost; try again later.
    STORAGE = 23;
    /// Too much at once from this connection. Wait and connect again.
    BUSY = 24;
    /// Open the Group on this connection first.
    NOT_OPEN = 25;
    /// The device was removed from the Group. Ask for the Roster: it shows by whom. Keep everything and tell the person.
    REMOVED = 26;
    /// An Entry of a removed device: an organizer is asked whether it still counts. Keep it; ask again another day.
    HELD = 27;
    /// An organizer decided that an Entry of a removed device does not count, or nobody decided in time. Keep it, and
    /// do not send it again.
    DISCARDED = 28;
    /// Nothing is appended to this Group any more.
    GROUP_CLOSED = 29;
    /// The change would leave the Group without an organizer. Name another one first.
    LAST_ORGANIZER = 30;
    /// The place to wait, or to look something up, is full. Try again later.
    FULL = 31;
    /// There is nothing under this locator: a mistyped code, or one that ran out.
    NOT_FOUND = 32;
    /// Too much was looked up from this address, or on this server, in the last minutes. Wait, then try again.
    TOO_OFTEN = 33;
    /// The server has no such Part, or not all of it (yet).
    NO_PART = 40;
    /// The Records do not lead to the signed head, or do not follow what the server has. Read its log anew.
    BAD_REFILL = 41;
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::ALL.iter().find(|(code, _)| code == self) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "CODE_{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_once_and_in_order() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
