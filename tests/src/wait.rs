//! Waiting for something that can be observed, with an end.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Long enough for a slow machine that builds something else at the same time.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How often a condition is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Looks until `look` finds something, which is returned. `what` is said when nothing came in time.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(found) = look()? {
            return Ok(found);
        }
        thread::sleep(BETWEEN_LOOKS);
    }
    bail!("waited {} s for {what}", PATIENCE.as_secs())
}
