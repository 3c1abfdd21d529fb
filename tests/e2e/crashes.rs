//! Power cuts: of the server while devices push, and of a device while somebody types.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Context, Result, ensure};
use porchlight_tests::device::Device;
use porchlight_tests::wait;

use crate::neighbors::{Neighborhood, names, sync_all};

/// Power cuts of the server in one story.
const ROUNDS: usize = 20;

#[test]
fn what_the_server_acknowledged_outlives_twenty_power_cuts() -> Result<()> {
    let mut street = Neighborhood::found()?;
    let pushers: Vec<Device> =
        ["Ben", "Ana"].iter().map(|name| street.neighbor(name)).collect::<Result<_>>()?;
    let acknowledged = Arc::new(Mutex::new(Vec::<String>::new()));
    for round in 0..ROUNDS {
        let stop = AtomicBool::new(false);
        let before = acknowledged.lock().map(|names| names.len()).unwrap_or(0);
        thread::scope(|scope| -> Result<()> {
            for pusher in &pushers {
                let (stop, acknowledged) = (&stop, Arc::clone(&acknowledged));
                scope.spawn(move || push(pusher, round, stop, &acknowledged));
            }
            // Cut in a different moment of the pushing each time.
            let wanted = before + 1 + round % 4;
            let reached = wait::until("acknowledged pushes", || {
                Ok(acknowledged.lock().is_ok_and(|names| names.len() >= wanted).then_some(()))
            });
            let killed = street.server.kill();
            stop.store(true, Ordering::SeqCst);
            reached.and(killed)
        })?;
        street.server = street.server.start_again()?;

        let witness = street.neighbor(&format!("Witness{round}"))?;
        let there = names(&witness)?;
        let promised = acknowledged.lock().map(|names| names.clone()).unwrap_or_default();
        let lost: Vec<&String> = promised.iter().filter(|name| !there.contains(name)).collect();
        ensure!(lost.is_empty(), "round {round}: acknowledged and lost: {lost:?}");
    }
    sync_all(&pushers.iter().collect::<Vec<_>>())?;
    crate::neighbors::assert_same(&pushers.iter().collect::<Vec<_>>())
}

/// Adds contacts and notes which of them the server acknowledged, until told to stop.
fn push(device: &Device, round: usize, stop: &AtomicBool, acknowledged: &Mutex<Vec<String>>) -> Result<()> {
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let name = format!("{} {round}-{number}", device.name());
        device.json(&["contacts", "add", "--name", &name])?;
        // A server that was cut off does not come back in this round: no use in waiting long for it.
        if device.run(&["sync", "--json", "--timeout", "1"])?.status.success()
            && let Ok(mut names) = acknowledged.lock()
        {
            names.push(name);
        }
    }
    Ok(())
}

#[test]
fn what_a_device_said_it_saved_outlives_power_cuts() -> Result<()> {
    let street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    let mut saved = Vec::new();
    for round in 0..ROUNDS {
        let name = format!("Saved {round}");
        ben.json(&["contacts", "add", "--name", &name])?;
        saved.push(name);
        // This one is cut somewhere on its way: it is there whole, or not at all.
        let mut cut = ben.start(&["contacts", "add", "--name", &format!("Cut {round}")])?;
        for _ in 0..round * 50_000 {
            std::hint::spin_loop();
        }
        cut.kill()?;
        let there = names(&ben)?;
        ensure!(
            saved.iter().all(|name| there.contains(name)),
            "round {round}: saved and lost; there is {there:?}"
        );
    }
    sync_all(&[&ben, &street.rosa])?;
    crate::neighbors::assert_same(&[&ben, &street.rosa])
}

#[test]
fn a_device_that_is_cut_while_it_syncs_goes_on_where_it_was() -> Result<()> {
    let street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    for round in 0..ROUNDS {
        ben.json(&["contacts", "add", "--name", &format!("Number {round}")])?;
        let mut cut = ben.start(&["sync"])?;
        for _ in 0..round * 100_000 {
            std::hint::spin_loop();
        }
        cut.kill()?;
    }
    ben.sync().context("the device recovered from all cuts")?;
    street.rosa.sync()?;
    ensure!(names(&street.rosa)?.len() == ROUNDS, "{:?}", names(&street.rosa)?);
    crate::neighbors::assert_same(&[&ben, &street.rosa])
}
