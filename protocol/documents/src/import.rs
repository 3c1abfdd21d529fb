//! Brings files into the contact list: what each row would do is shown first, then done, then reported row by row.

mod flag;
pub(crate) mod numbers;

pub use flag::{Flag, Refusal};
