//! Rounds of real faults: the real programs are killed, stopped, given full disks and wrong clocks, and their line breaks,
//! while two people add to the list. After each round everything that somebody was told is there.
//!
//! `PORCHLIGHT_ROUNDS` says how many (10 if it does not), `PORCHLIGHT_SEED` which.

use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, ensure};
use porchlight_tests::device::Device;
use porchlight_tests::hardship::{self, Hardship};
use porchlight_tests::server::signal;
use porchlight_tests::tap::{Direction, Weather};
use porchlight_tests::wait;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use crate::neighbors::{self, Neighborhood, names, sync_all};

const ROUNDS: u64 = 10;
const SEED: u64 = 20_261_126;
/// So often each of the two goes on under the fault before it ends.
const PUSHES: usize = 3;

/// What goes wrong in a round.
#[derive(Clone, Copy, Debug)]
enum Fault {
    ServerKilled,
    ServerStopped,
    ServerDiskFull,
    ServerClock,
    LineBreaks,
    LineSilent,
    LineCrumbs,
    DeviceKilled,
    DeviceDiskFull,
    DeviceClock,
}

const FAULTS: [Fault; 10] = [
    Fault::ServerKilled,
    Fault::ServerStopped,
    Fault::ServerDiskFull,
    Fault::ServerClock,
    Fault::LineBreaks,
    Fault::LineSilent,
    Fault::LineCrumbs,
    Fault::DeviceKilled,
    Fault::DeviceDiskFull,
    Fault::DeviceClock,
];

/// What people were told so far.
#[derive(Debug, Default)]
struct Told {
    /// On this phone.
    saved: Vec<String>,
    /// And sent.
    sent: Vec<String>,
}

#[test]
fn nothing_that_was_told_is_lost_in_rounds_of_real_faults() -> Result<()> {
    let (rounds, seed) = (number("PORCHLIGHT_ROUNDS", ROUNDS)?, number("PORCHLIGHT_SEED", SEED)?);
    let mut chance = ChaCha20Rng::seed_from_u64(seed);
    let mut street = Neighborhood::found()?;
    let pushers = [street.neighbor("Ben")?, street.neighbor("Ana")?];
    let told = Mutex::default();
    for round in 0..rounds {
        let fault = fault_of(round);
        play(&mut street, &pushers, fault, &mut chance, &told)
            .and_then(|()| look(&street, &pushers, round, &told))
            .with_context(|| {
                format!("round {round}, {fault:?}: PORCHLIGHT_SEED={seed} PORCHLIGHT_ROUNDS={}", round + 1)
            })?;
    }
    Ok(())
}

/// Each in turn, so that ten rounds have all of them. Where programs cannot be given another clock they are killed.
fn fault_of(round: u64) -> Fault {
    let index = usize::try_from(round).unwrap_or_default() % FAULTS.len();
    match FAULTS[index] {
        Fault::ServerClock if !hardship::clocks_can_be_wrong() => Fault::ServerKilled,
        Fault::DeviceClock if !hardship::clocks_can_be_wrong() => Fault::DeviceKilled,
        fault => fault,
    }
}

/// Two people go on adding; in the middle of it the fault begins, and later it ends.
fn play(
    street: &mut Neighborhood,
    pushers: &[Device],
    fault: Fault,
    chance: &mut ChaCha20Rng,
    told: &Mutex<Told>,
) -> Result<()> {
    if matches!(fault, Fault::ServerDiskFull) {
        street.server.kill()?;
        street.server = street.server.start_again_under(Hardship::LittleRoom)?;
    }
    let push = Pushing { told, over: AtomicBool::new(false), draw: chance.next_u64() };
    thread::scope(|scope| {
        let threads: Vec<_> =
            pushers.iter().map(|pusher| scope.spawn(|| push.until_over(pusher, fault))).collect();
        let played = push.wait_for_more(1).and_then(|()| street.suffer(fault, chance, &push));
        push.over.store(true, Ordering::SeqCst);
        let pushed: Result<()> = threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a pusher panicked")))
        });
        played.and(pushed)
    })
}

impl Neighborhood {
    /// The fault, from its beginning to its end.
    fn suffer(&mut self, fault: Fault, chance: &mut ChaCha20Rng, push: &Pushing<'_>) -> Result<()> {
        match fault {
            Fault::ServerKilled => {
                self.server.kill()?;
                push.wait_for_more(PUSHES)?;
                self.server = self.server.start_again()?;
            }
            Fault::ServerStopped => {
                signal(self.server.process(), "STOP")?;
                push.wait_for_more(PUSHES)?;
                signal(self.server.process(), "CONT")?;
            }
            Fault::ServerDiskFull => {
                hardship::fill(self.server.process())?;
                push.wait_for_more(PUSHES)?;
                ensure!(
                    self.server.is_running()?,
                    "a full disk ended the server: {:?}",
                    self.server.printed()
                );
                ensure!(
                    self.server.printed().iter().any(|line| line.contains("nothing was stored")),
                    "the host is told"
                );
                hardship::make_room(self.server.process())?;
            }
            Fault::ServerClock => {
                // Some jumps are too large to be believed, some are not, in both directions.
                let hours = i64::try_from(chance.next_u64() % 96)? - 48;
                self.server.kill()?;
                self.server = self.server.start_again_under(Hardship::WrongClock(hours))?;
                push.wait_for_more(PUSHES)?;
                self.server.kill()?;
                self.server = self.server.start_again()?;
            }
            Fault::LineBreaks => {
                let direction =
                    if chance.next_u64().is_multiple_of(2) { Direction::Up } else { Direction::Down };
                let after = usize::try_from(chance.next_u64() % 2500)?;
                self.under(Weather::Breaking(direction, after), push)?;
            }
            Fault::LineSilent => self.under(Weather::Silent, push)?,
            Fault::LineCrumbs => {
                self.under(Weather::Crumbs(1 + usize::try_from(chance.next_u64() % 40)?), push)?
            }
            // These befall the devices: see `Pushing::once`.
            Fault::DeviceKilled | Fault::DeviceDiskFull | Fault::DeviceClock => {
                push.wait_for_more(2 * PUSHES)?
            }
        }
        Ok(())
    }

    fn under(&self, weather: Weather, push: &Pushing<'_>) -> Result<()> {
        self.tap.turn(weather);
        push.wait_for_more(PUSHES)?;
        self.tap.mend();
        Ok(())
    }
}

/// What those who push share.
struct Pushing<'a> {
    told: &'a Mutex<Told>,
    over: AtomicBool,
    /// From which the moments are taken at which devices are killed.
    draw: u64,
}

impl Pushing<'_> {
    fn until_over(&self, device: &Device, fault: Fault) -> Result<()> {
        for number in 0.. {
            if self.over.load(Ordering::SeqCst) {
                break;
            }
            self.once(device, fault, number)?;
        }
        Ok(())
    }

    /// Adds a contact, sends it, and notes what was said about it.
    fn once(&self, device: &Device, fault: Fault, number: u64) -> Result<()> {
        let name = format!("{} {}-{number}", device.name(), self.draw % 1_000_000);
        match fault {
            Fault::DeviceDiskFull if number % 2 == 1 => {
                device.under(Hardship::NoRoom).refused(&[
                    "contacts",
                    "add",
                    "--name",
                    &format!("No room for {name}"),
                ])?;
            }
            Fault::DeviceKilled => {
                let mut cut = device.start(&["contacts", "add", "--name", &format!("Cut {name}")])?;
                for _ in 0..self.draw.rotate_left(u32::try_from(number % 64)?) % 3_000_000 {
                    std::hint::spin_loop();
                }
                cut.kill()?;
            }
            _ => {}
        }
        let years = i64::try_from(self.draw % 20)? - 10;
        let device = match fault {
            Fault::DeviceClock => device.under(Hardship::WrongClock(years * 365 * 24 + 1)),
            _ => device.under(Hardship::None),
        };
        device.json(&["contacts", "add", "--name", &name])?;
        self.tell(|told| told.saved.push(name.clone()));
        if device.run(&["sync", "--json", "--timeout", "1"])?.status.success() {
            self.tell(|told| told.sent.push(name));
        }
        Ok(())
    }

    /// Until so many more contacts were added.
    fn wait_for_more(&self, count: usize) -> Result<()> {
        let wanted = self.tell(|told| told.saved.len()) + count;
        wait::until("more contacts", || Ok((self.tell(|told| told.saved.len()) >= wanted).then_some(())))
    }

    fn tell<T>(&self, f: impl FnOnce(&mut Told) -> T) -> T {
        f(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Somebody who comes in now sees all that was said to be sent; and once everybody has synced, all have all.
fn look(street: &Neighborhood, pushers: &[Device], round: u64, told: &Mutex<Told>) -> Result<()> {
    let told = told.lock().unwrap_or_else(PoisonError::into_inner);
    let witness = street.neighbor(&format!("Witness{round}"))?;
    missing(&told.sent, &witness)?;
    let everybody: Vec<&Device> = pushers.iter().chain([&street.rosa, &witness]).collect();
    sync_all(&everybody)?;
    neighbors::assert_same(&everybody)?;
    missing(&told.saved, &street.rosa)?;
    let printed = street.server.printed();
    ensure!(!printed.iter().any(|line| line.contains("panicked")), "{printed:?}");
    Ok(())
}

fn missing(wanted: &[String], device: &Device) -> Result<()> {
    let there = names(device)?;
    let lost: Vec<&String> = wanted.iter().filter(|name| there.binary_search(name).is_err()).collect();
    ensure!(lost.is_empty(), "{} does not have {lost:?}", device.name());
    Ok(())
}

fn number(variable: &str, otherwise: u64) -> Result<u64> {
    match env::var(variable) {
        Ok(text) => text.parse().with_context(|| format!("{variable}={text}")),
        Err(_) => Ok(otherwise),
    }
}
