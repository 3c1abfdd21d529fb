//! What server and devices both know: ids, bytes, limits, roster rules, records and frames. It verifies and cannot open.

pub mod entry;
pub mod frame;
mod id;
pub mod limits;
pub mod record;
pub mod roster;
pub mod signing;
pub mod snapshot;
mod time;

pub use id::{
    ActorPrefix, Challenge, DeviceId, DocumentId, Epoch, Generation, GroupId, Hash, InvitationId,
    InvitationKey, MemberId, Position, Sequence, ServerKey, Signature, StoreId,
};
pub use time::Timestamp;
