//! Everything a group keeps, on Automerge.
