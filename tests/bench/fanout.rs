//! W1: one device edits while fifty listen.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use porchlight_tests::phone::Phone;
use porchlight_tests::town::{Town, arrival, numbered, write_one};
use porchlight_wire::{GroupId, Hash};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::report::Report;
use crate::usage::Usage;

const LISTENERS: usize = 50;
const EDITS: usize = 200;
const BETWEEN_EDITS: Duration = Duration::from_millis(50);

/// The edits made so far, and when.
type Made = Vec<(Hash, Instant)>;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let town = Town::start()?;
    let circle = town.circle(LISTENERS + 1).await?;
    let (writer, listeners) = circle.phones.split_first().context("a circle has a founder")?;
    let made = Arc::new(watch::channel(Made::new()).0);
    let before = Usage::of(town.server.process())?;

    let arrivals: Vec<_> = listeners
        .iter()
        .map(|phone| tokio::spawn(listen(phone.clone(), circle.group, made.subscribe())))
        .collect();
    let mut clock = interval(BETWEEN_EDITS);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0..EDITS {
        clock.tick().await;
        let at = Instant::now();
        let change = write_one(writer, circle.group, &numbered(0), number)?;
        made.send_modify(|made| made.push((change, at)));
    }
    let mut each = Vec::new();
    let mut last = vec![Duration::ZERO; EDITS];
    for arrival in arrivals {
        for (slowest, delay) in last.iter_mut().zip(arrival.await??) {
            each.push(delay);
            *slowest = delay.max(*slowest);
        }
    }

    let after = Usage::of(town.server.process())?;
    report.note_times("W1 fan-out", "one edit to one of 50 live devices", each);
    report.note_times("W1 fan-out", "one edit to all of 50 live devices", last);
    let per_edit = after.processor_since(&before).as_secs_f64() * 1000.0 / EDITS as f64;
    report.note("W1 fan-out", "server processor time per edit", "ms", per_edit);
    report.note("W1 fan-out", "server resident memory", "MB", after.resident as f64 / 1e6);
    Ok(())
}

/// How long each edit took to be readable on this phone.
async fn listen(phone: Phone, group: GroupId, mut made: watch::Receiver<Made>) -> Result<Vec<Duration>> {
    let mut delays = Vec::new();
    while delays.len() < EDITS {
        let next = delays.len();
        let (change, at) =
            *made.wait_for(|made| made.len() > next).await?.get(next).context("an edit was made")?;
        arrival(&phone, group, &numbered(0), change).await?;
        delays.push(at.elapsed());
    }
    Ok(delays)
}
