//! W6: somebody joins a group in which one note's list took a hundred thousand changes.

use std::time::Instant;

use anyhow::{Context, Result};
use porchlight_tests::phone::Phone;
use porchlight_tests::town::{Town, arrival, numbered, write_one};
use porchlight_wire::Hash;

use crate::report::Report;
use crate::usage::{Usage, folder_bytes};

const CHANGES: usize = 100_000;
const WRITERS: usize = 5;
/// So many changes a writer makes before it is another's turn.
const TURN: usize = 100;
const REPEATS: usize = 3;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let town = Town::start()?;
    let circle = town.circle(WRITERS).await?;
    let note = numbered(0);
    let before = folder_bytes(town.server.data())?;
    let started = Instant::now();
    let mut newest = Hash::ZERO;
    for turn in 0..CHANGES / TURN {
        let writer = circle.phones.get(turn % WRITERS).context("a writer")?;
        if turn > 0 {
            arrival(writer, circle.group, &note, newest).await?;
        }
        for number in 0..TURN {
            newest = write_one(writer, circle.group, &note, turn * TURN + number)?;
        }
    }
    for phone in &circle.phones {
        arrival(phone, circle.group, &note, newest).await?;
        circle.settle(phone).await?;
    }
    report.note_time("W6 large", "100,000 changes by 5 writers in turns", started.elapsed());
    let stored = folder_bytes(town.server.data())?.saturating_sub(before) as f64;
    report.note("W6 large", "server store per change", "bytes", stored / CHANGES as f64);
    circle.snapshot().await?;
    let link = circle.invitation().await?;
    for number in 0..REPEATS {
        let phone = Phone::new()?;
        let before = Usage::of(town.server.process())?;
        let started = Instant::now();
        phone.go_online()?;
        phone.act(|device, now| device.join(&link, &format!("Newcomer {number}"), now))??;
        arrival(&phone, circle.group, &note, newest).await?;
        report.note_time("W6 large", "joining", started.elapsed());
        report.note("W6 large", "joining: received", "kB", phone.traffic().down() as f64 / 1000.0);
        let after = Usage::of(town.server.process())?;
        report.note_time("W6 large", "joining: server processor", after.processor_since(&before));
        phone.go_offline()?;
    }
    Ok(())
}
