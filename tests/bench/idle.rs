//! W4: a thousand devices are connected and nobody writes.

use std::time::Duration;

use anyhow::Result;
use futures_util::future::try_join_all;
use porchlight_tests::socket::Socket;
use porchlight_tests::town::Town;
use tokio::time::sleep;

use crate::report::Report;
use crate::usage::Usage;

const CONNECTIONS: usize = 1000;
const CIRCLES: usize = 20;
const QUIET: Duration = Duration::from_secs(20);

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    bare(report)?;
    let town = Town::start()?;
    let before = Usage::of(town.server.process())?;
    let circles = try_join_all((0..CIRCLES).map(|_| town.circle(CONNECTIONS / CIRCLES))).await?;
    let traffic = || -> u64 {
        let phones = circles.iter().flat_map(|circle| &circle.phones);
        phones.map(|phone| phone.traffic().up() + phone.traffic().down()).sum()
    };
    let connected = Usage::of(town.server.process())?;
    let carried = traffic();
    // What is measured here is that time passes and nothing happens.
    sleep(QUIET).await;
    let after = Usage::of(town.server.process())?;
    let each = connected.resident.saturating_sub(before.resident) as f64 / CONNECTIONS as f64;
    report.note("W4 idle", "memory per device in a group of 50, connected", "kB", each / 1000.0);
    report.note(
        "W4 idle",
        "server resident memory, 1000 devices in 20 groups",
        "MB",
        after.resident as f64 / 1e6,
    );
    let share = after.processor_since(&connected).as_secs_f64() / QUIET.as_secs_f64();
    report.note("W4 idle", "server processor, 1000 devices", "% of a core", share * 100.0);
    let rate = (traffic() - carried) as f64 / QUIET.as_secs_f64();
    report.note("W4 idle", "on the wire, 1000 devices", "bytes per s", rate);
    Ok(())
}

/// Connections on which nothing was said yet.
fn bare(report: &mut Report) -> Result<()> {
    let town = Town::start()?;
    let before = Usage::of(town.server.process())?;
    let mut sockets = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut socket = Socket::open(town.server.address())?;
        socket.frame()?;
        sockets.push(socket);
    }
    let after = Usage::of(town.server.process())?;
    let each = after.resident.saturating_sub(before.resident) as f64 / sockets.len() as f64;
    report.note("W4 idle", "memory per bare connection", "kB", each / 1000.0);
    Ok(())
}
