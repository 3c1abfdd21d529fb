//! What became of an archive: every file in it, and every person, shift, note and decision, in codes and in English.

use std::fmt;

use serde::Serialize;

use super::zip::Damage;
use crate::ics::import as calendar;
use crate::import as people;

/// What one thing in a file came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// The day of a shift: `2026-11-29`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// Which part of it this is about; nothing if it is the thing itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// What was done with it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What is told of apart from the thing to which it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// Somebody of whom the group of the archive knew by name only, as a contact.
    Person,
    /// Who comes to a shift.
    SignUps,
    /// Who would stay if nobody came.
    Stays,
    /// Who was there.
    Checks,
    /// What a shift passes on to the next.
    HandOver,
    /// When phones remind of shifts.
    Settings,
    /// The calls of the phone tree, and who are different people.
    PhoneTree,
}

/// Why something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// Somebody removed it in this group.
    RemovedHere,
    /// Somebody took the circle off the list of this group.
    OffTheList,
    /// The circle is this group itself.
    ThisGroup,
    /// Whoever brings it in may not write it.
    OrganizersOnly,
    /// It is by people who were removed from the contacts of this group.
    PeopleRemoved,
    /// It is by people whose names the archive does not say.
    Nameless,
    /// It was forgotten for good in this group.
    Forgotten,
}

impl Row {
    /// A thing as a whole.
    pub fn new(name: impl Into<String>, outcome: Outcome) -> Self {
        Self { name: name.into(), day: None, part: None, outcome }
    }

    /// A part of something.
    #[must_use]
    pub fn about(mut self, part: Part) -> Self {
        self.part = Some(part);
        self
    }
}

/// What it is called, in English: "Desk (2026-11-27): hand-over".
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(day) = &self.day {
            write!(f, " ({day})")?;
        }
        let Some(part) = self.part else { return Ok(()) };
        let separator = if self.name.is_empty() { "" } else { ": " };
        f.write_str(separator)?;
        f.write_str(match part {
            Part::Person => "a contact, by name",
            Part::SignUps => "who comes",
            Part::Stays => "who would stay",
            Part::Checks => "who was there",
            Part::HandOver => "hand-over",
            Part::Settings => "reminders",
            Part::PhoneTree => "phone tree",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RemovedHere => "was removed here before",
            Self::OffTheList => "was taken off the list here before",
            Self::ThisGroup => "it is this group itself",
            Self::OrganizersOnly => "only organizers list circles",
            Self::PeopleRemoved => "of people who were removed from the contacts here",
            Self::Nameless => "of people whose names are not in the archive",
            Self::Forgotten => "was forgotten for good here",
        })
    }
}

/// What was done with one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "was", rename_all = "camelCase")]
pub enum Outcome {
    /// It is new here.
    Added,
    /// It was added to what is here.
    Changed {
        /// What it was added to, if that is called otherwise.
        with: String,
        /// What changed.
        fields: Vec<String>,
    },
    /// It is here just like that.
    Unchanged,
    /// What is here says something else, and stays.
    Kept {
        /// In what the two differ.
        fields: Vec<String>,
    },
    /// It was left out.
    LeftOut {
        /// Why.
        why: Reason,
    },
    /// It was not taken.
    Refused {
        /// Why, in English.
        why: String,
    },
}

/// What became of one file of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileReport {
    /// Its path in the archive.
    pub path: String,
    /// What was done with it.
    #[serde(flatten)]
    pub fate: Fate,
    /// What was done with each thing in it.
    pub rows: Vec<Row>,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum Fate {
    /// It was read.
    Read,
    /// It says for people what another file says for the app, and was passed over.
    Copy,
    /// It is none that this app takes.
    Foreign,
    /// It was not read.
    Refused {
        /// Why, in English; with the place where it is known.
        why: String,
    },
}

/// How many things came to what. The rest adds up to `rows`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Things in all files.
    pub rows: usize,
    /// New here.
    pub added: usize,
    /// Added to what is here.
    pub changed: usize,
    /// Here just like that.
    pub unchanged: usize,
    /// What is here differs and stays.
    pub kept: usize,
    /// Left out, but for those that follow.
    pub left_out: usize,
    /// Forgotten for good here, and left out.
    pub forgotten: usize,
    /// Not taken.
    pub refused: usize,
    /// Files that could not be read.
    pub bad_files: usize,
}

/// What became of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What the group is called whose archive it is; nothing if it is a folder of others.
    pub group: Option<String>,
    /// It is of another group: who comes to its shifts is noted by whoever brings it in.
    pub is_of_another: bool,
    /// The end of the archive is missing: there may have been more in it.
    pub is_cut: bool,
    /// Every file.
    pub files: Vec<FileReport>,
    /// How many things came to what.
    pub totals: Totals,
}

impl Report {
    /// Adds a file.
    pub fn add(&mut self, path: &str, fate: Fate, rows: Vec<Row>) {
        let totals = &mut self.totals;
        for row in &rows {
            let count = match row.outcome {
                Outcome::Added => &mut totals.added,
                Outcome::Changed { .. } => &mut totals.changed,
                Outcome::Unchanged => &mut totals.unchanged,
                Outcome::Kept { .. } => &mut totals.kept,
                Outcome::LeftOut { why: Reason::Forgotten } => &mut totals.forgotten,
                Outcome::LeftOut { .. } => &mut totals.left_out,
                Outcome::Refused { .. } => &mut totals.refused,
            };
            *count = count.saturating_add(1);
        }
        totals.rows = totals.rows.saturating_add(rows.len());
        totals.bad_files = totals.bad_files.saturating_add(usize::from(matches!(fate, Fate::Refused { .. })));
        self.files.push(FileReport { path: path.to_owned(), fate, rows });
    }

    /// Adds a file that could not be read.
    pub fn refuse(&mut self, path: &str, why: impl fmt::Display) {
        self.add(path, Fate::Refused { why: why.to_string() }, Vec::new());
    }

    /// Adds a file that is damaged in the archive.
    pub fn damaged(&mut self, path: &str, damage: Damage) {
        self.refuse(path, damage);
    }

    /// How many things are not here any more as they were, or are here now and were not.
    pub fn changes(&self) -> usize {
        self.totals.added.saturating_add(self.totals.changed)
    }

    /// One sentence in English: "4 added, 12 unchanged".
    pub fn summary(&self) -> String {
        let totals = self.totals;
        let counts = [
            (totals.added, "added"),
            (totals.changed, "changed"),
            (totals.unchanged, "unchanged"),
            (totals.kept, "differ, what is here stays"),
            (totals.left_out, "left out"),
            (totals.forgotten, "forgotten for good here and left out"),
            (totals.refused, "not taken"),
            (totals.bad_files, "files could not be read"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let mut all: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
        if self.is_cut {
            all.push("the end of the archive is missing".to_owned());
        }
        if all.is_empty() { "nothing in the archive".to_owned() } else { all.join(", ") }
    }
}

/// The whole report as a text: the summary, then everything about which there is something to say.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.summary())?;
        for file in &self.files {
            match &file.fate {
                Fate::Refused { why } => writeln!(f, "{}: {why}", file.path)?,
                Fate::Foreign => writeln!(f, "{}: not a file that this app takes", file.path)?,
                Fate::Read | Fate::Copy => {}
            }
            for row in &file.rows {
                let did = match &row.outcome {
                    Outcome::Added => "added".to_owned(),
                    Outcome::Unchanged => continue,
                    Outcome::Changed { with, fields } if with.is_empty() && fields.is_empty() => {
                        "completed".to_owned()
                    }
                    Outcome::Changed { with, fields } if with.is_empty() => {
                        format!("changed ({})", fields.join(", "))
                    }
                    Outcome::Changed { with, fields } => {
                        format!("merged with {with} ({})", fields.join(", "))
                    }
                    Outcome::Kept { fields } if fields.is_empty() => "differs, what is here stays".to_owned(),
                    Outcome::Kept { fields } => {
                        format!("differs ({}), what is here stays", fields.join(", "))
                    }
                    Outcome::LeftOut { why } => format!("left out: {why}"),
                    Outcome::Refused { why } => format!("not taken: {why}"),
                };
                writeln!(f, "{}: {row}: {did}", file.path)?;
            }
        }
        Ok(())
    }
}

impl From<&people::RowReport> for Row {
    fn from(row: &people::RowReport) -> Self {
        let fields = |changes: &[people::Change]| {
            let mut fields: Vec<String> = changes.iter().map(|change| change.field.clone()).collect();
            fields.dedup();
            fields
        };
        let differing: Vec<String> = row
            .flags
            .iter()
            .filter_map(|flag| match flag {
                people::Flag::Differs { field, .. } => Some(field.key().to_owned()),
                _ => None,
            })
            .collect();
        let outcome = match &row.outcome {
            people::Outcome::Added { .. } => Outcome::Added,
            people::Outcome::Updated { name, changes, .. }
            | people::Outcome::Merged { name, changes, .. }
                if !changes.is_empty() =>
            {
                let with = if *name == row.name { String::new() } else { name.clone() };
                Outcome::Changed { with, fields: fields(changes) }
            }
            people::Outcome::LeftOut { .. } => Outcome::LeftOut { why: Reason::RemovedHere },
            people::Outcome::Refused { why } => Outcome::Refused { why: why.to_string() },
            _ if !differing.is_empty() => Outcome::Kept { fields: differing },
            _ => Outcome::Unchanged,
        };
        let name = if row.name.is_empty() { format!("row {}", row.number) } else { row.name.clone() };
        Self::new(name, outcome)
    }
}

impl From<&calendar::Row> for Row {
    fn from(row: &calendar::Row) -> Self {
        let outcome = match &row.outcome {
            calendar::Outcome::Taken => Outcome::Added,
            calendar::Outcome::Changed { fields } => {
                Outcome::Changed { with: String::new(), fields: fields.clone() }
            }
            calendar::Outcome::Same => Outcome::Unchanged,
            calendar::Outcome::Left => Outcome::Kept { fields: Vec::new() },
            calendar::Outcome::Refused { reason } => Outcome::Refused { why: reason.to_string() },
        };
        Self::new(row.title.clone(), outcome)
    }
}
