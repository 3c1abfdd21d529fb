//! What a decision came to, as data and in one sentence.

use serde::{Deserialize, Serialize};

use super::count::{Choice, Decision, Stage, Standing};
use super::{Answer, Method};

/// What a decision came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Outcome {
    /// Votes still count.
    Open,
    /// Too few answered.
    NoQuorum,
    /// Somebody blocks it.
    Blocked {
        /// Who, and why.
        by: Vec<(String, String)>,
    },
    /// The proposal is agreed.
    Agreed,
    /// The proposal is not agreed.
    NotAgreed,
    /// One option has the most agreement.
    Chosen {
        /// Its key.
        option: String,
    },
    /// Several options have the most agreement.
    Tie {
        /// Their keys.
        options: Vec<String>,
    },
}

pub(super) fn of(decision: &Decision) -> Outcome {
    if decision.stage != Stage::Closed {
        return Outcome::Open;
    }
    if decision.answered < decision.needed {
        return Outcome::NoQuorum;
    }
    if let [only] = decision.choices.as_slice()
        && only.key.is_empty()
    {
        return match decision.method {
            Method::Consent if only.tally.block > 0 => Outcome::Blocked { by: blocks(decision, "") },
            Method::Consent if only.tally.agree > 0 => Outcome::Agreed,
            Method::Majority if only.tally.agree > against(only) => Outcome::Agreed,
            _ => Outcome::NotAgreed,
        };
    }
    let stands = |choice: &&Choice| match decision.method {
        Method::Consent => choice.tally.block == 0 && choice.tally.agree > 0,
        Method::Majority => choice.tally.agree > 0,
    };
    let most = decision.choices.iter().filter(stands).map(|choice| choice.tally.agree).max();
    let best: Vec<String> = decision
        .choices
        .iter()
        .filter(|choice| stands(choice) && Some(choice.tally.agree) == most)
        .map(|choice| choice.key.clone())
        .collect();
    match best.as_slice() {
        [] => Outcome::NotAgreed,
        [option] => Outcome::Chosen { option: option.clone() },
        _ => Outcome::Tie { options: best },
    }
}

fn against(choice: &Choice) -> usize {
    choice.tally.disagree.saturating_add(choice.tally.block)
}

/// Who blocks an option, and why.
fn blocks(decision: &Decision, option: &str) -> Vec<(String, String)> {
    let counted = decision.votes.iter().filter(|vote| vote.standing == Standing::Counted);
    let blocks = counted.filter(|vote| {
        vote.answers.get(option).is_some_and(|given| given.answer == Answer::Block && !given.asked)
    });
    blocks.map(|vote| (vote.name.clone(), vote.reason.clone())).collect()
}

/// The outcome in one sentence.
pub(super) fn sentence(decision: &Decision) -> String {
    let words = |key: &String| {
        let choice = decision.choices.iter().find(|choice| choice.key == *key);
        choice.map(|choice| shown(&choice.text, &choice.zone)).unwrap_or_default()
    };
    let quorum = quorum(decision);
    match &decision.outcome {
        Outcome::Open if decision.stage == Stage::Closing => format!("Closing: {quorum}."),
        Outcome::Open => format!("Open: {quorum}."),
        Outcome::NoQuorum => format!("Not decided, too few answered: {quorum}."),
        Outcome::Blocked { by } => {
            let by: Vec<String> = by.iter().map(|(name, reason)| format!("{name} (“{reason}”)")).collect();
            format!("Blocked by {}; {quorum}.", by.join(", "))
        }
        Outcome::Agreed => format!("Agreed by {}: {}; {quorum}.", method(decision.method), tally(decision)),
        Outcome::NotAgreed => format!("Not agreed: {}; {quorum}.", tally(decision)),
        Outcome::Chosen { option } => {
            let agree = decision
                .choices
                .iter()
                .find(|choice| choice.key == *option)
                .map_or(0, |choice| choice.tally.agree);
            format!("Chosen: {}, {agree} agree; {quorum}.", words(option))
        }
        Outcome::Tie { options } => {
            format!("A tie: {}; {quorum}.", options.iter().map(words).collect::<Vec<_>>().join(", "))
        }
    }
}

/// As in "6 of 6 current members answered (5 needed)".
fn quorum(decision: &Decision) -> String {
    let answered = format!("{} of {} current members answered", decision.answered, decision.eligible);
    if decision.needed == 0 { answered } else { format!("{answered} ({} needed)", decision.needed) }
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Consent => "consent",
        Method::Majority => "majority",
    }
}

/// As in "4 agree, 2 abstain".
fn tally(decision: &Decision) -> String {
    let Some(choice) = decision.choices.first().filter(|choice| choice.key.is_empty()) else {
        return "no option has enough agreement".to_owned();
    };
    let tally = choice.tally;
    let counts = [
        (tally.agree, "agree"),
        (tally.abstain, "abstain"),
        (tally.disagree, "disagree"),
        (tally.block, "block"),
        (tally.asked, "asked again"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if counts.is_empty() { "nobody answered".to_owned() } else { counts.join(", ") }
}

/// A time with its zone, as it was written; days and words as they are.
pub(super) fn shown(text: &str, zone: &str) -> String {
    if zone.is_empty() { text.to_owned() } else { format!("{} ({zone})", text.replacen('T', " ", 1)) }
}
