//! What an import did: every row, totals that add up, and one sentence.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Change, Flag, Refusal};
use crate::contacts::ContactId;
use crate::encoding::Encoding;

/// What was done with one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "was", rename_all = "camelCase")]
pub enum Outcome {
    /// A new contact.
    Added {
        /// Which.
        contact: Option<ContactId>,
    },
    /// A newer card of a known person.
    Updated {
        /// Which contact.
        contact: Option<ContactId>,
        /// The earlier row that added it, if one did.
        row: Option<usize>,
        /// What it was called.
        name: String,
        /// What changed.
        changes: Vec<Change>,
    },
    /// Added to a known person.
    Merged {
        /// Which contact.
        contact: Option<ContactId>,
        /// The earlier row that added it, if one did.
        row: Option<usize>,
        /// What it was called.
        name: String,
        /// What changed.
        changes: Vec<Change>,
    },
    /// All of it was known.
    Unchanged {
        /// The contact that says it.
        contact: Option<ContactId>,
    },
    /// Left out, by choice or because the contact had been removed here.
    LeftOut {
        /// The contact that had been removed.
        contact: Option<ContactId>,
    },
    /// Not taken.
    Refused {
        /// Why.
        why: Refusal,
    },
}

/// One row of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RowReport {
    /// The number of the row or card, from 1.
    pub number: usize,
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// What it is called.
    pub name: String,
    /// What was done with it.
    pub outcome: Outcome,
    /// What a person should know about it.
    pub flags: Vec<Flag>,
}

/// How many rows had which outcome. The rest adds up to `rows`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Rows, or cards, in the file.
    pub rows: usize,
    /// New contacts.
    pub added: usize,
    /// Newer cards of known people.
    pub updated: usize,
    /// Added to known people.
    pub merged: usize,
    /// Known already.
    pub unchanged: usize,
    /// Left out.
    pub left_out: usize,
    /// Not taken.
    pub refused: usize,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Every row.
    pub rows: Vec<RowReport>,
    /// How many had which outcome.
    pub totals: Totals,
    /// How many rows have a flag of each code.
    pub flagged: BTreeMap<&'static str, usize>,
    /// How its letters were read, where that was guessed: names may be wrong.
    pub guessed: Option<Encoding>,
}

impl Report {
    pub(super) fn of(rows: Vec<RowReport>) -> Self {
        let mut totals = Totals { rows: rows.len(), ..Totals::default() };
        let mut flagged = BTreeMap::new();
        for row in &rows {
            let count = match row.outcome {
                Outcome::Added { .. } => &mut totals.added,
                Outcome::Updated { .. } => &mut totals.updated,
                Outcome::Merged { .. } => &mut totals.merged,
                Outcome::Unchanged { .. } => &mut totals.unchanged,
                Outcome::LeftOut { .. } => &mut totals.left_out,
                Outcome::Refused { .. } => &mut totals.refused,
            };
            *count = count.saturating_add(1);
            let mut codes: Vec<_> = row.flags.iter().map(Flag::code).collect();
            codes.sort_unstable();
            codes.dedup();
            for code in codes {
                let count: &mut usize = flagged.entry(code).or_default();
                *count = count.saturating_add(1);
            }
        }
        Self { rows, totals, flagged, guessed: None }
    }

    /// One sentence in English: "4 added, 3 had no full name - we made one".
    pub fn summary(&self) -> String {
        let totals = self.totals;
        let counts = [
            (totals.added, "added"),
            (totals.updated, "updated"),
            (totals.merged, "merged"),
            (totals.unchanged, "unchanged"),
            (totals.left_out, "left out"),
            (totals.refused, "not taken"),
        ];
        let counts =
            counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        let made =
            self.flagged.get("nameMade").map(|count| format!("{count} had no full name - we made one"));
        let other =
            self.rows.iter().filter(|row| row.flags.iter().any(|flag| *flag != Flag::NameMade)).count();
        let other = (other > 0).then(|| format!("{other} to look at"));
        let all: Vec<_> = counts.chain(made).chain(other).collect();
        if all.is_empty() { "nothing in the file".to_owned() } else { all.join(", ") }
    }
}

/// The whole report as a text to save: the summary, then each row about which there is something to say.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.summary())?;
        if let Some(encoding) = self.guessed {
            writeln!(f, "{}", Guessed(encoding))?;
        }
        for row in &self.rows {
            let did = match &row.outcome {
                Outcome::Added { .. } if row.flags.is_empty() => continue,
                Outcome::Unchanged { .. } if row.flags.is_empty() => continue,
                Outcome::Added { .. } => "added".to_owned(),
                Outcome::Unchanged { .. } => "unchanged".to_owned(),
                Outcome::Updated { name, changes, .. } => format!("updated {name} ({})", fields(changes)),
                Outcome::Merged { name, changes, .. } => format!("merged with {name} ({})", fields(changes)),
                Outcome::LeftOut { .. } => "left out".to_owned(),
                Outcome::Refused { why } => format!("not taken: {why}"),
            };
            let name = if row.name.is_empty() { "(no name)" } else { &row.name };
            write!(f, "{}. (line {}) {name}: {did}", row.number, row.line)?;
            for flag in &row.flags {
                write!(f, "; {flag}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// What is to be said of an encoding that was guessed.
#[derive(Clone, Copy, Debug)]
pub struct Guessed(pub Encoding);

impl fmt::Display for Guessed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the letters were guessed to be in {}; if names look wrong, choose another encoding",
            self.0
        )
    }
}

fn fields(changes: &[Change]) -> String {
    let mut fields: Vec<_> = changes.iter().map(|change| change.field.as_str()).collect();
    fields.dedup();
    if fields.is_empty() { "nothing new".to_owned() } else { fields.join(", ") }
}
