//! A device's whole behaviour, without I/O: keys, sealing, outbox, links, inbox, invitations.

mod device;
mod group;
mod inbox;
mod invitation;
mod io;
mod joining;
mod key_box;
mod keys;
mod link;
mod membership;
mod outbox;
mod payload;
#[cfg(test)]
mod scene;
mod seal;
mod shelf;
mod status;
mod storage;
pub mod vectors;

pub use device::{ActError, Device, EditError, MemberView, OpenError};
pub use group::{GroupError, Problem};
pub use inbox::{AsideReason, AsideView, ForkReason, ForkView};
pub use invitation::{Invitation, InvitationError};
pub use io::{Event, Input, LinkId, Output, Write};
pub use joining::JoinFailure;
pub use membership::{FoundGroup, InviteOptions, ServerAddress, Token, TokenError};
pub use status::{GroupStatus, Saving, Stage};
