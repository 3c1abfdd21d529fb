//! Durable appends per second: writers that send an Entry and wait until the server says that it is on the disk.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use porchlight_tests::scribe::Scribe;
use porchlight_tests::town::Town;

use crate::report::Report;
use crate::usage::{Usage, folder_bytes};

/// A usual Entry: an edited phone number and its padding.
const CONTENT: usize = 512;
const LENGTH: Duration = Duration::from_secs(5);

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    for (writers, batch) in [(1, 1), (64, 1), (16, 64)] {
        let mut town = Town::start()?;
        let scribes: Vec<Scribe> =
            (0..writers).map(|_| Scribe::found(town.server.address(), None)).collect::<Result<_>>()?;
        let stored_before = folder_bytes(town.server.data())?;
        let before = Usage::of(town.server.process())?;
        let started = Instant::now();
        let threads: Vec<_> = scribes
            .into_iter()
            .map(|scribe| thread::spawn(move || write(scribe, batch, started + LENGTH)))
            .collect();
        let mut appended = 0;
        for thread in threads {
            appended += thread.join().map_err(|_| anyhow!("a writer broke"))??;
        }
        let seconds = started.elapsed().as_secs_f64();
        let after = Usage::of(town.server.process())?;
        let what = format!("{writers} writers, {batch} at a time");
        report.note("appends", &format!("{what}: durable appends"), "per s", appended as f64 / seconds);
        let each = after.processor_since(&before).as_secs_f64() * 1e6 / appended as f64;
        report.note("appends", &format!("{what}: server processor per append"), "µs", each);
        town.server.stop()?;
        let stored = folder_bytes(town.server.data())?.saturating_sub(stored_before);
        let overhead = stored as f64 / appended as f64 - CONTENT as f64;
        report.note("appends", &format!("{what}: store beyond the content"), "bytes", overhead);
    }
    Ok(())
}

fn write(mut scribe: Scribe, batch: usize, end: Instant) -> Result<usize> {
    let mut appended = 0;
    while Instant::now() < end {
        let entries = (0..batch).map(|_| scribe.entry(CONTENT)).collect::<Result<_>>()?;
        scribe.append(entries)?;
        appended += batch;
    }
    Ok(appended)
}
