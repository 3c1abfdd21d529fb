//! Runs scripts, makes failing ones small, and says in one line how to see them again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::sabotage::Sabotage;
use crate::script::Script;
use crate::world::{Counts, Violation, World};

/// What a run without a violation comes to.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) counts: Counts,
    /// A fingerprint of everything that happened.
    pub(crate) trace: u64,
}

/// Runs a script from beginning to end.
pub(crate) fn run(script: &Script, sabotage: Option<Sabotage>) -> Result<Report, Violation> {
    let played = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(script.seed, script.phones, sabotage)?;
        world.play(script)?;
        Ok(Report { counts: world.counts.clone(), trace: world.trace })
    }));
    played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Violation(format!("panicked: {}", text.unwrap_or_default())))
    })
}

/// The fewest steps that were found with which a script still fails, by their numbers.
pub(crate) fn shrink(script: &Script, sabotage: Option<Sabotage>) -> (Vec<usize>, Violation) {
    let mut kept: Vec<usize> = (0..script.steps.len()).collect();
    let Err(mut violation) = run(script, sabotage) else { panic!("this script does not fail") };
    let mut size = kept.len().div_ceil(2);
    let mut tries = MOST_TRIES;
    while size > 0 && tries > 0 {
        let mut start = 0;
        while start < kept.len() && tries > 0 {
            let end = (start + size).min(kept.len());
            let rest: Vec<usize> = kept[..start].iter().chain(&kept[end..]).copied().collect();
            tries -= 1;
            match run(&script.only(&rest), sabotage) {
                Err(found) => (kept, violation) = (rest, found),
                Ok(_) => start = end,
            }
        }
        size /= 2;
    }
    (kept, violation)
}

/// Everything about a failure that helps: the line that replays it, the steps that are left, and what is wrong.
pub(crate) fn tell(script: &Script, kept: &[usize], violation: &Violation) -> String {
    let numbers: Vec<String> = kept.iter().map(ToString::to_string).collect();
    let steps: Vec<String> = script.only(kept).steps.iter().map(|step| format!("  {step:?}\n")).collect();
    format!(
        "seed {} with {} phones: {}\n{}PORCHLIGHT_SEED={} PORCHLIGHT_STEPS={} cargo test -p porchlight-tests --test sim \
         replay",
        script.seed,
        script.phones,
        violation.0,
        steps.concat(),
        script.seed,
        numbers.join(",")
    )
}

/// Runs that making a script small may cost.
const MOST_TRIES: u32 = 150;
