//! W2: a new device fetches 200 documents of 50 changes each; then it comes back after 20 of them changed.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use porchlight_tests::phone::Phone;
use porchlight_tests::town::{Circle, Town, arrival, numbered, write_one};
use porchlight_wire::Hash;

use crate::report::Report;
use crate::usage::{Usage, folder_bytes};

const DOCUMENTS: usize = 200;
const CHANGES: usize = 50;
const WRITERS: usize = 5;
const BEHIND: usize = 20;
const REPEATS: usize = 5;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let town = Town::start()?;
    let mut circle = town.circle(WRITERS).await?;
    let store_before = folder_bytes(town.server.data())?;
    let mut heads = fill(&circle).await?;
    let stored = folder_bytes(town.server.data())?.saturating_sub(store_before);
    let changes = (DOCUMENTS * CHANGES) as f64;
    report.note("W2 store", "server store per change, live writing", "bytes", stored as f64 / changes);

    let link = circle.invitation().await?;
    joining(report, &town, &mut circle, &heads, &link, "from the records").await?;
    circle.snapshot().await?;
    joining(report, &town, &mut circle, &heads, &link, "from a snapshot").await?;

    let mut known = circle.phones.pop().context("a newcomer")?;
    let mut rounds = Rounds::default();
    for number in 0..REPEATS {
        for document in 0..BEHIND {
            let writer = circle.phones.get(document % WRITERS).context("a writer")?;
            let head = heads.get_mut(document).context("a document")?;
            *head = write_one(writer, circle.group, &numbered(document), CHANGES + number)?;
        }
        for writer in circle.phones.iter().take(WRITERS) {
            circle.settle(writer).await?;
        }
        // What it came back to before is on its disk: each time there are 20 changes, and not those of all rounds.
        known = known.restarted()?;
        let before = Usage::of(town.server.process())?;
        let started = Instant::now();
        known.go_online()?;
        expect_all(&circle, &known, heads.get(..BEHIND).context("enough documents")?).await?;
        rounds.note(&known, started.elapsed(), &before, &Usage::of(town.server.process())?);
        circle.settle(&known).await?;
        known.go_offline()?;
    }
    rounds.tell(report, "W2 reconnect", "20 of 200 documents changed");
    Ok(())
}

/// New devices join, one after the other, and stay in the circle.
async fn joining(
    report: &mut Report,
    town: &Town,
    circle: &mut Circle,
    heads: &[Hash],
    link: &str,
    how: &str,
) -> Result<()> {
    let mut rounds = Rounds::default();
    for number in 0..REPEATS {
        let phone = Phone::new()?;
        let before = Usage::of(town.server.process())?;
        let started = Instant::now();
        phone.go_online()?;
        phone.act(|device, now| device.join(link, &format!("Newcomer {number}"), now))??;
        expect_all(circle, &phone, heads).await?;
        rounds.note(&phone, started.elapsed(), &before, &Usage::of(town.server.process())?);
        circle.settle(&phone).await?;
        phone.go_offline()?;
        circle.phones.push(phone);
    }
    rounds.tell(report, "W2 catch-up", &format!("200 documents of 50 changes, {how}"));
    Ok(())
}

/// Five writers, each with its own 40 documents, make one change in each of them, fifty times.
async fn fill(circle: &Circle) -> Result<Vec<Hash>> {
    let mut heads = vec![Hash::ZERO; DOCUMENTS];
    for change in 0..CHANGES {
        for (document, head) in heads.iter_mut().enumerate() {
            let writer = circle.phones.get(document % WRITERS).context("a writer")?;
            *head = write_one(writer, circle.group, &numbered(document), change)?;
        }
        for writer in &circle.phones {
            circle.settle(writer).await?;
        }
    }
    Ok(heads)
}

async fn expect_all(circle: &Circle, phone: &Phone, heads: &[Hash]) -> Result<()> {
    for (document, head) in heads.iter().enumerate() {
        arrival(phone, circle.group, &numbered(document), *head).await?;
    }
    Ok(())
}

/// The same thing done several times.
#[derive(Default)]
struct Rounds {
    times: Vec<Duration>,
    up: Vec<u64>,
    down: Vec<u64>,
    trips: Vec<u64>,
    processor: Vec<Duration>,
}

impl Rounds {
    fn note(&mut self, phone: &Phone, time: Duration, before: &Usage, after: &Usage) {
        self.times.push(time);
        self.up.push(phone.traffic().up());
        self.down.push(phone.traffic().down());
        self.trips.push(phone.round_trips());
        self.processor.push(after.processor_since(before));
    }

    fn tell(mut self, report: &mut Report, workload: &str, what: &str) {
        report.note_time(workload, &format!("{what}: time, median"), median(&mut self.times));
        report.note(workload, &format!("{what}: sent"), "kB", median(&mut self.up) as f64 / 1000.0);
        report.note(workload, &format!("{what}: received"), "kB", median(&mut self.down) as f64 / 1000.0);
        report.note(workload, &format!("{what}: round trips"), "trips", median(&mut self.trips) as f64);
        report.note_time(workload, &format!("{what}: server processor"), median(&mut self.processor));
    }
}

fn median<T: Copy + Ord + Default>(values: &mut [T]) -> T {
    values.sort();
    values.get(values.len() / 2).copied().unwrap_or_default()
}
