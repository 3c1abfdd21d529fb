//! What server and devices both know: ids, bytes, limits, roster rules, records and frames. It verifies and cannot open.

mod id;
mod time;

pub use id::{
    Challenge, DeviceId, DocumentId, Epoch, Generation, GroupId, Hash, InvitationId, MemberId, Position,
    Sequence, ServerKey, Signature, StoreId,
};
pub use time::Timestamp;
