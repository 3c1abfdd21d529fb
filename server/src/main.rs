//! The command `porchlight`.
fn main() {}
