//! What is kept of everybody who writes in a Group.

use minicbor::{Decode, Encode};
use porchlight_wire::{Hash, Sequence, Timestamp};

/// The last Entry of a device that the log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct StoredAuthor {
    #[n(0)]
    pub(crate) sequence: Sequence,
    #[n(1)]
    pub(crate) id: Hash,
    /// When the server received it; not known of what a Snapshot stands for.
    #[n(2)]
    pub(crate) time: Option<Timestamp>,
}
