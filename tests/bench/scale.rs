//! Whether cost stays flat: appending and catching up at 1,000 to 1,000,000 Records, spread over groups and in one group,
//! and the memory of a server with all that beside an empty one. `PORCHLIGHT_SCALE=10000000` goes on to ten million.

use std::env;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use porchlight_tests::scribe::Scribe;
use porchlight_tests::town::Town;
use porchlight_wire::record::Cursor;

use crate::report::Report;
use crate::usage::{Usage, folder_bytes};

/// How far it goes if nobody says otherwise, and where it looks on the way.
const MOST: usize = 1_000_000;
const LEVELS: [usize; 6] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Records of a group where they are spread over groups; of one group there are as many as one is made for.
const SPREAD: usize = 1_000;
const MOST_IN_ONE: usize = 1_000_000;

/// Records in one Append, and what a device that comes back lacks.
const BATCH: usize = 100;

/// A usual Entry: an edited phone number and its padding.
const CONTENT: usize = 512;

/// Groups in which is measured: the first and the last ones.
const KEPT: usize = 40;

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let most = env::var("PORCHLIGHT_SCALE").ok().map(|most| most.parse()).transpose()?.unwrap_or(MOST);
    let mut empty = Store::start("an empty store", SPREAD)?;
    empty.fill(KEPT * BATCH)?;
    let bare = empty.memory_after_a_start(report)?;
    for (what, each, most) in
        [("groups of 1,000", SPREAD, most), ("one group", usize::MAX, most.min(MOST_IN_ONE))]
    {
        let mut store = Store::start(what, each)?;
        let mut costs = Vec::new();
        for level in LEVELS.into_iter().filter(|level| *level <= most) {
            store.fill(level)?;
            costs.push(store.costs(report, level)?);
        }
        let (first, last) = costs.first().zip(costs.last()).context("at least one level")?;
        report.note("scale", &format!("{what}: appending, last to first"), "times", last.0 / first.0);
        report.note("scale", &format!("{what}: catching up, last to first"), "times", last.1 / first.1);
        let stored = folder_bytes(store.town.server.data())? as f64;
        report.note("scale", &format!("{what}: store"), "MB", stored / 1e6);
        let full = store.memory_after_a_start(report)?;
        report.note("scale", &format!("{what}: memory beyond an empty store's"), "MB", (full - bare) / 1e6);
    }
    Ok(())
}

/// A server, and those who write to it.
struct Store {
    what: &'static str,
    town: Town,
    /// Writers, and where their logs ended before their last batch.
    scribes: Vec<(Scribe, Cursor)>,
    /// Records of a group, and of all groups so far.
    each: usize,
    records: usize,
}

impl Store {
    fn start(what: &'static str, each: usize) -> Result<Self> {
        Ok(Self { what, town: Town::start()?, scribes: Vec::new(), each, records: 0 })
    }

    /// Writes until there are so many Records, group after group.
    fn fill(&mut self, level: usize) -> Result<()> {
        while self.records < level {
            if self.scribes.is_empty() || self.records.is_multiple_of(self.each) {
                let scribe = Scribe::found(self.town.server.address(), None)?;
                let start = scribe.cursor();
                self.scribes.push((scribe, start));
            }
            if self.scribes.len() > KEPT {
                self.scribes.remove(KEPT / 2);
            }
            self.write(self.scribes.len() - 1)?;
            self.records += BATCH;
        }
        Ok(())
    }

    fn write(&mut self, number: usize) -> Result<()> {
        let (scribe, before) = self.scribes.get_mut(number).context("a writer")?;
        *before = scribe.cursor();
        let entries = (0..BATCH).map(|_| scribe.entry(CONTENT)).collect::<Result<_>>()?;
        scribe.append(entries)
    }

    /// Microseconds of the server's processor for a Record that is appended, and milliseconds for a device that lacks
    /// a hundred.
    fn costs(&mut self, report: &mut Report, level: usize) -> Result<(f64, f64)> {
        // Who has said nothing for minutes was let go.
        let address = self.town.server.address();
        self.scribes.iter_mut().try_for_each(|(scribe, _)| scribe.connect_again(address))?;
        let (before, started) = (Usage::of(self.town.server.process())?, Instant::now());
        for number in 0..KEPT {
            self.write(number % self.scribes.len())?;
        }
        let (time, written) = (started.elapsed(), (KEPT * BATCH) as f64);
        let processor = Usage::of(self.town.server.process())?.processor_since(&before);
        let mut times = Vec::new();
        for number in 0..KEPT {
            let (scribe, cursor) = self.scribes.get(number % self.scribes.len()).context("a writer")?;
            let started = Instant::now();
            let lacked = scribe.catch_up(address, *cursor)?;
            times.push(started.elapsed());
            ensure!(lacked == BATCH as u64, "{lacked} records were lacking");
        }
        times.sort();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / written;
        let at = format!("{}, at {level}", self.what);
        report.note("scale", &format!("{at}: append, with its writer"), "µs", micros(time));
        report.note("scale", &format!("{at}: append, server processor"), "µs", micros(processor));
        report.note_time("scale", &format!("{at}: coming back to 100"), median);
        Ok((micros(processor), median.as_secs_f64() * 1e3))
    }

    /// Bytes of memory of a server that was started with this store, once forty devices have come back and written.
    fn memory_after_a_start(&mut self, report: &mut Report) -> Result<f64> {
        self.town.server.stop()?;
        self.town.server = self.town.server.start_again()?;
        let address = self.town.server.address();
        for number in 0..KEPT {
            let number = number % self.scribes.len();
            let (scribe, cursor) = self.scribes.get_mut(number).context("a writer")?;
            scribe.catch_up(address, *cursor)?;
            scribe.connect_again(address)?;
            self.write(number)?;
        }
        let resident = Usage::of(self.town.server.process())?.resident as f64;
        report.note("scale", &format!("{}: server memory", self.what), "MB", resident / 1e6);
        Ok(resident)
    }
}
