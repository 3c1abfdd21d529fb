//! Why a RosterChange is refused.

use thiserror::Error;

use crate::frame::Code;
use crate::limits;

/// Why a RosterChange is refused. Each has a wire code, see [`RosterError::code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RosterError {
    /// Refused unread.
    #[error("the roster change has {0} bytes, more than the {max} allowed", max = limits::MAX_ROSTER_CHANGE)]
    TooLarge(usize),
    /// Not the form this version knows.
    #[error("the roster change cannot be read")]
    Malformed,
    /// Somebody changed it, it is of another Group, or it follows another change.
    #[error("the roster change's signature does not fit")]
    BadSignature,
    /// The first change must be Found.
    #[error("the roster does not begin with its founding")]
    NotFounded,
    /// Only the first change may be Found.
    #[error("the group was founded already")]
    FoundedTwice,
    /// Made with algorithms that this version does not know; update.
    #[error("the group uses suite {0}, which this version does not know")]
    UnknownSuite(u8),
    /// The author is not a device of the Group.
    #[error("the device is not in the group")]
    NotActive,
    /// The device was in the Group, and is not any more.
    #[error("the device was removed from the group")]
    Removed,
    /// The author's role does not allow it.
    #[error("the role does not allow to {0}")]
    NotAllowed(&'static str),
    /// No such invitation is open.
    #[error("the invitation was turned off or is not known")]
    InvitationClosed,
    /// Too late.
    #[error("the invitation has run out")]
    InvitationExpired,
    /// Everybody it was for is in.
    #[error("the invitation's places are taken")]
    InvitationUsedUp,
    /// Nothing more is appended to this Group.
    #[error("the group was closed")]
    Closed,
    /// Without them nobody could let anybody in or out.
    #[error("a group needs an organizer: name another one first")]
    LastOrganizer,
    /// The change names somebody or something that is not there.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// Something that must be unique is there already.
    #[error("there is such a {0} already")]
    Repeated(&'static str),
    /// A limit of the protocol.
    #[error("the group has no room for more {0}")]
    Full(&'static str),
    /// A number outside its bounds.
    #[error("the {0} are out of range")]
    OutOfRange(&'static str),
    /// Verified against an earlier state: read the newer list and verify again.
    #[error("the roster went on meanwhile")]
    Stale,
}

impl RosterError {
    /// The code with which a server refuses the change.
    pub fn code(self) -> Code {
        match self {
            Self::TooLarge(_) | Self::Full(_) => Code::TOO_LARGE,
            Self::Malformed => Code::MALFORMED,
            Self::BadSignature => Code::BAD_SIGNATURE,
            Self::UnknownSuite(_) => Code::UNSUPPORTED_VERSION,
            Self::NotActive => Code::NOT_A_MEMBER,
            Self::Removed => Code::REMOVED,
            Self::NotAllowed(_) => Code::NOT_ALLOWED,
            Self::InvitationClosed => Code::INVITATION_CLOSED,
            Self::InvitationExpired => Code::INVITATION_EXPIRED,
            Self::InvitationUsedUp => Code::INVITATION_USED_UP,
            Self::Closed => Code::GROUP_CLOSED,
            Self::LastOrganizer => Code::LAST_ORGANIZER,
            Self::NotFounded
            | Self::FoundedTwice
            | Self::Unknown(_)
            | Self::Repeated(_)
            | Self::OutOfRange(_) => Code::RULE_BROKEN,
            Self::Stale => Code::STALE_ROSTER,
        }
    }
}
