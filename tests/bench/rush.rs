//! W3: fifty devices were offline, made a hundred edits each to the same note, and come back at once.

use std::time::Instant;

use anyhow::Result;
use porchlight_tests::town::{Town, arrival, numbered, write_one};
use rusqlite::Connection;

use crate::report::Report;
use crate::usage::{Usage, folder_bytes};

const DEVICES: usize = 50;
const EDITS: usize = 100;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let town = Town::start()?;
    let circle = town.circle(DEVICES).await?;
    let note = numbered(0);
    let stored_before = folder_bytes(town.server.data())?;
    let mut newest = Vec::new();
    for (person, phone) in circle.phones.iter().enumerate() {
        phone.go_offline()?;
        for edit in 0..EDITS {
            let change = write_one(phone, circle.group, &note, person * EDITS + edit)?;
            if edit + 1 == EDITS {
                newest.push(change);
            }
        }
    }

    let before = Usage::of(town.server.process())?;
    let started = Instant::now();
    for phone in &circle.phones {
        phone.go_online()?;
    }
    for phone in &circle.phones {
        for change in &newest {
            arrival(phone, circle.group, &note, *change).await?;
        }
    }
    let took = started.elapsed();
    let after = Usage::of(town.server.process())?;
    let stored = folder_bytes(town.server.data())?.saturating_sub(stored_before);
    report.note_time("W3 rush", "50 devices, 100 offline edits each: all have all", took);
    report.note_time("W3 rush", "server processor", after.processor_since(&before));
    report.note("W3 rush", "server resident memory", "MB", after.resident as f64 / 1e6);
    report.note(
        "W3 rush",
        "server store per change, offline writing",
        "bytes",
        stored as f64 / (DEVICES * EDITS) as f64,
    );
    // Fourteen days later this is what is left of the Records.
    circle.snapshot().await?;
    let store = Connection::open(town.server.data().join("porchlight.sqlite"))?;
    let kept: i64 = store.query_row("SELECT sum(size) FROM parts", [], |row| row.get(0))?;
    report.note(
        "W3 rush",
        "the Snapshot that stands for it, per change",
        "bytes",
        kept as f64 / (DEVICES * EDITS) as f64,
    );
    Ok(())
}
