//! Keeps what is seldom done out of the functions that are always run.

/// Does something in a function of its own. The phone app loads at a first visit what such visits execute, function by
/// function: what the compiler puts into a function that is always run comes along, needed or not.
#[inline(never)]
pub fn apart<T>(f: impl FnOnce() -> T) -> T {
    f()
}
