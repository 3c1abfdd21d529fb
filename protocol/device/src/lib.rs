//! A device's whole behaviour, without I/O: keys, sealing, outbox, links, inbox, invitations.

mod archive;
mod bundle;
mod carrying;
mod codes;
mod device;
mod forgetting;
mod group;
mod inbox;
mod invitation;
mod io;
mod joining;
mod kept;
mod key_box;
mod keys;
mod link;
mod membership;
mod moving;
mod outbox;
mod payload;
mod presence;
pub mod probe;
mod profile;
mod refill;
#[cfg(test)]
mod scene;
pub mod schedule;
mod seal;
mod shelf;
mod snapshot;
mod status;
mod storage;
mod succession;
pub mod vectors;
#[cfg(test)]
mod versions;
mod voters;

pub use archive::{ExportError, TakeError, Taking};
pub use bundle::BundleError;
pub use carrying::{BundleReport, Meeting};
pub use codes::{Scanned, to_codes};
pub use device::{ActError, Device, EditError, MemberView, OpenError};
pub use forgetting::{ForgetError, ForgetReceipt, LateEdit};
pub use group::{GroupError, Problem};
pub use inbox::{AsideReason, AsideView, ForkReason, ForkView};
pub use invitation::{Invitation, InvitationError};
pub use io::{Event, Input, LinkId, Output, Write};
pub use joining::JoinFailure;
pub use membership::{FoundGroup, InviteOptions, ServerAddress, Token, TokenError};
pub use moving::MoveError;
pub use presence::{Doing, PresentView};
pub use snapshot::{Line, SnapshotStatus};
pub use status::{GroupStatus, Saving, Stage};
