//! What people say about coming to a shift. Acts are only ever added, each under a key of its own, and each is a
//! Claim: their order in the group's log decides who has a place.

use std::cmp::Ordering;
use std::fmt;

use super::Person;
use super::sign_up::Why;
use super::when::When;
use crate::document::Actor;
use crate::ledger::Place;

/// One act of one person, or of somebody on their behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) person: Person,
    pub(crate) says: Says,
    /// Whose device wrote it.
    pub(crate) actor: Actor,
    /// The number of the operation: orders what waits.
    pub(crate) number: u64,
    /// Where it stands in the log; nothing while it waits.
    pub(crate) place: Option<Place>,
}

/// What an act says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// "I come", or "I still come".
    Come(Coming),
    /// The same, said in time and noted down later from an archive: it is never too late.
    Noted(Coming),
    /// "I do not come", with a reason if one was given.
    Go(String),
    /// "Yes, I take the place that became free."
    Take,
    /// "No, but I stay on standby."
    Pass,
    /// "Would you come?", or "Would you still come?" to who came to what was moved here, asked by somebody else.
    Ask(Coming, Why),
}

/// What somebody who signs up has in front of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// When the shift is.
    pub when: When,
    /// Where it is.
    pub place: String,
    /// How many others they bring.
    pub companions: u32,
    /// If they are there for only a part of it, which.
    pub part: Option<When>,
}

/// The text of an act as somebody notes it down who brings it in from an archive.
pub(crate) fn noted(text: &str) -> String {
    swap_word(text, "come", NOTED)
}

/// The text of an act as whoever it is about had said it.
pub(crate) fn first_hand(text: &str) -> String {
    swap_word(text, NOTED, "come")
}

fn swap_word(text: &str, from: &str, to: &str) -> String {
    match text.split_once('\n') {
        Some((word, rest)) if word == from => format!("{to}\n{rest}"),
        _ => text.to_owned(),
    }
}

/// The word for what was said before and noted down later.
const NOTED: &str = "noted";
/// The line by which a question is to somebody who had said yes.
const STILL: &str = "still";
/// More others than this nobody brings.
const MOST_COMPANIONS: u32 = 50;

impl Act {
    /// Reads the text of an act; nothing if a newer version wrote it.
    pub(crate) fn read(
        text: &str,
        person: Person,
        actor: Actor,
        number: u64,
        place: Option<Place>,
    ) -> Option<Self> {
        let (word, rest) = text.split_once('\n').unwrap_or((text, ""));
        let says = match word {
            "come" => Says::Come(Coming::read(rest)?),
            NOTED => Says::Noted(Coming::read(rest)?),
            "ask" => {
                let why = if rest.lines().any(|line| line == STILL) { Why::Moved } else { Why::Invited };
                Says::Ask(Coming::read(rest)?, why)
            }
            "go" => Says::Go(rest.to_owned()),
            "take" => Says::Take,
            "pass" => Says::Pass,
            _ => return None,
        };
        Some(Self { person, says, actor, number, place })
    }

    /// The order in which acts count: that of the log, then those that wait, as they were made.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let rank = |act: &Self| (act.place.is_none(), act.place, act.number, act.actor);
        rank(self).cmp(&rank(other))
    }
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Come(coming) => write!(f, "come\n{coming}"),
            Self::Noted(coming) => write!(f, "{NOTED}\n{coming}"),
            Self::Ask(coming, Why::Invited) => write!(f, "ask\n{coming}"),
            Self::Ask(coming, Why::Moved | Why::Restored) => write!(f, "ask\n{coming}\n{STILL}"),
            Self::Go(reason) if reason.is_empty() => f.write_str("go"),
            Self::Go(reason) => write!(f, "go\n{reason}"),
            Self::Take => f.write_str("take"),
            Self::Pass => f.write_str("pass"),
        }
    }
}

impl Coming {
    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let when = lines.next()?.parse().ok()?;
        let mut coming = Self { when, place: String::new(), companions: 0, part: None };
        for line in lines {
            match line.split_once(' ') {
                Some(("at", place)) => coming.place = place.to_owned(),
                Some(("with", count)) => {
                    coming.companions = count.parse().unwrap_or(0).min(MOST_COMPANIONS);
                }
                Some(("part", part)) => coming.part = part.parse().ok(),
                _ => {}
            }
        }
        Some(coming)
    }
}

impl fmt::Display for Coming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.when)?;
        if !self.place.is_empty() {
            write!(f, "\nat {}", self.place)?;
        }
        if self.companions > 0 {
            write!(f, "\nwith {}", self.companions.min(MOST_COMPANIONS))?;
        }
        if let Some(part) = &self.part {
            write!(f, "\npart {part}")?;
        }
        Ok(())
    }
}
