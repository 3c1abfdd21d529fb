//! The whole system, devices and servers, in virtual time under faults that come from a seed. See `tests/README.md`.
//!
//! `PORCHLIGHT_SEED=7 cargo test -p porchlight-tests --test sim replay` runs one seed; `PORCHLIGHT_SEEDS=5000` makes
//! `seeds` run so many, from `PORCHLIGHT_FIRST=300` on; with `SOAK_MINUTES=10` it goes on with others for so long.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod chance;
mod host;
mod hostile;
mod liar;
mod line;
mod model;
mod people;
mod phone;
mod recovery;
mod roster;
mod run;
mod sabotage;
mod script;
mod serving;
mod world;

use std::env;
use std::str::FromStr;
use std::time::{Duration, Instant};

use run::{Report, run, shrink, tell};
use sabotage::Sabotage;
use script::Script;
use world::Counts;

/// Seeds that every test run plays.
const SEEDS: u64 = 300;

/// Seeds within which each deliberate fault is found.
const SEEDS_FOR_SABOTAGE: u64 = 200;

fn number<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok()?.parse().ok()
}

/// Plays one seed; a failure is made small and told.
fn play(seed: u64) -> Report {
    let script = Script::of(seed);
    run(&script, None).unwrap_or_else(|violation| {
        println!("seed {seed} fails; making it small: {}", violation.0);
        let (kept, violation) = shrink(&script, None);
        panic!("{}", tell(&script, &kept, &violation))
    })
}

#[test]
fn seeds() {
    let (mut counts, mut played) = (Counts::default(), 0);
    let start = Instant::now();
    let mut next = |seed| {
        counts.add(&play(seed).counts);
        played += 1;
    };
    let first = number("PORCHLIGHT_FIRST").unwrap_or(0);
    (first..first + number("PORCHLIGHT_SEEDS").unwrap_or(SEEDS)).for_each(&mut next);
    if let Some(minutes) = number::<u64>("SOAK_MINUTES") {
        let mut random = [0; 4];
        getrandom::fill(&mut random).unwrap();
        let mut seed = u64::from(u32::from_be_bytes(random)) << 16;
        while start.elapsed() < Duration::from_secs(minutes * 60) {
            next(seed);
            seed += 1;
        }
    }
    println!(
        "{played} seeds in {:.0?}: {} steps, {} frames, {} things happened, {} looks; faults: {:?}",
        start.elapsed(),
        counts.steps,
        counts.frames,
        counts.happenings,
        counts.checks,
        counts.faults
    );
}

#[test]
fn replay() {
    let seed = number("PORCHLIGHT_SEED").unwrap_or(5);
    let Ok(steps) = env::var("PORCHLIGHT_STEPS") else {
        let (once, again) = (play(seed), play(seed));
        return assert_eq!(once.trace, again.trace, "the same seed is the same run");
    };
    let kept: Vec<usize> = steps.split(',').filter_map(|number| number.parse().ok()).collect();
    let script = Script::of(seed);
    if let Err(violation) = run(&script.only(&kept), None) {
        panic!("{}", tell(&script, &kept, &violation));
    }
}

/// The first seed that finds a deliberate fault.
fn finds(sabotage: Sabotage) -> Option<u64> {
    (0..SEEDS_FOR_SABOTAGE).find(|seed| run(&Script::of(*seed), Some(sabotage)).is_err())
}

#[test]
fn every_deliberate_fault_is_found() {
    let found: Vec<_> = Sabotage::ALL.into_iter().map(|sabotage| (sabotage, finds(sabotage))).collect();
    let missed: Vec<_> = found.iter().filter(|(_, seed)| seed.is_none()).collect();
    println!("{found:?}");
    assert!(missed.is_empty(), "not found in {SEEDS_FOR_SABOTAGE} seeds: {missed:?}");
}

#[test]
fn a_failing_script_is_made_small() {
    let seed = finds(Sabotage::LosesEdits).unwrap();
    let script = Script::of(seed);
    let (kept, violation) = shrink(&script, Some(Sabotage::LosesEdits));
    assert!(kept.len() < script.steps.len() / 2, "{} of {} steps are left", kept.len(), script.steps.len());
    assert!(run(&script.only(&kept), Some(Sabotage::LosesEdits)).is_err());
    assert!(tell(&script, &kept, &violation).lines().last().unwrap().starts_with("PORCHLIGHT_SEED="));
}
