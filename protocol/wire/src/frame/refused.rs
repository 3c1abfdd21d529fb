//! What a server says when it does not do something.

use minicbor::{Decode, Encode};

use super::Code;
use crate::{DeviceId, Epoch, GroupId, Hash, Sequence};

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum About {
    /// The connection as a whole; it is closed.
    #[n(0)]
    Connection,
    /// An Open, Found or GetRoster of this Group.
    #[n(1)]
    Group(#[n(0)] GroupId),
    /// An Entry; later Entries of the same device in the same Append are refused with it.
    #[n(2)]
    Entry(#[n(0)] GroupId, #[n(1)] DeviceId, #[n(2)] Sequence),
    /// A RosterChange, by its hash.
    #[n(3)]
    Change(#[n(0)] GroupId, #[n(1)] Hash),
    /// A key box, by the hash of its recipient's key.
    #[n(4)]
    Box(#[n(0)] GroupId, #[n(1)] Epoch, #[n(2)] Hash),
    /// Sealing keys, the lobby or held work of this Group.
    #[n(5)]
    Side(#[n(0)] GroupId),
    /// What is kept under this locator.
    #[n(6)]
    Lookup(#[n(0)] Hash),
    /// A statement, by its hash.
    #[n(7)]
    Statement(#[n(0)] GroupId, #[n(1)] Hash),
    /// A Part, by its hash.
    #[n(8)]
    Part(#[n(0)] GroupId, #[n(1)] Hash),
    /// A Refill, by the chain of its head.
    #[n(9)]
    Refill(#[n(0)] GroupId, #[n(1)] Hash),
}

/// Something was refused.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Refused {
    /// What.
    #[n(0)]
    pub about: About,
    /// Why, for programs.
    #[n(1)]
    pub code: Code,
    /// Why, for people; in English, at most [`crate::limits::MAX_DETAIL`] bytes.
    #[n(2)]
    pub detail: String,
}
