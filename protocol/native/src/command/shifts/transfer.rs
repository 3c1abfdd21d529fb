//! `import` and `export`: calendar files of other programs, in and out.

use std::path::{Path, PathBuf};

use porchlight_device::schedule::{LookError, ScheduleChangeError};
use porchlight_documents::ics::Wanted;
use porchlight_documents::ics::import::{Outcome, Row};
use porchlight_documents::schedule::{Day, Month};
use serde::Serialize;

use super::Export;
use super::board::{Board, later};
use super::fields::checked_day;
use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::{count, plain};
use crate::command::{Failure, file};

/// Brings in a file, or says what that would do.
pub(super) fn import(desk: &Desk, board: &mut Board, wanted: &file::Incoming) -> Result<(), Failure> {
    let bytes = file::read(&wanted.file, LARGEST)?;
    let group = board.group;
    let rows = if wanted.preview {
        let looked = board.runner.act(|device, now| device.look_at_calendar(group, &bytes, now))?;
        looked.map(|import| import.rows).map_err(|error| not_a_calendar(error, &wanted.file))?
    } else {
        let taken = board.runner.act(|device, now| device.import_calendar(group, &bytes, now))?;
        taken.map_err(|error| match error {
            ScheduleChangeError::Look(error) => not_a_calendar(*error, &wanted.file),
            error => error.into(),
        })?
    };
    desk.show(&Imported {
        group: group.to_string(),
        totals: Totals::of(&rows),
        rows,
        preview: wanted.preview,
    })
}

fn not_a_calendar(error: LookError, path: &Path) -> Failure {
    match error {
        LookError::Calendar(error) => Failure::Calendar { path: path.to_owned(), error },
        error => error.into(),
    }
}

/// Writes a calendar to the terminal or to a file.
pub(super) fn export(desk: &Desk, board: &mut Board, wanted: &Export) -> Result<(), Failure> {
    let kept = kept(board)?;
    let typed = |option: &str, typed: &Option<String>| {
        typed.as_deref().map(|typed| checked_day(option, typed)).transpose()
    };
    let first = typed("--from", &wanted.from)?.unwrap_or(kept.0);
    let end = typed("--to", &wanted.to)?.map_or(kept.1, |last| later(last, 1));
    let (group, alarm) = (board.group, wanted.alarm);
    let person = board.person(wanted.person.as_deref())?.map_or(Wanted::All, Wanted::Of);
    let calendar =
        board.runner.act(|device, _| device.export_calendar(group, (first, end), &person, alarm))??;
    let events = calendar.matches("BEGIN:VEVENT\r\n").count();
    let exported = Exported { group: group.to_string(), file: wanted.file.clone(), events, calendar };
    match &wanted.file {
        Some(path) => {
            file::write(path, exported.calendar.as_bytes())?;
            desk.show(&exported)
        }
        None if desk.options().json => desk.show(&exported),
        None => file::print(exported.calendar.as_bytes()),
    }
}

/// All days that have a document, and a year around today.
fn kept(board: &mut Board) -> Result<(Day, Day), Failure> {
    let group = board.group;
    let documents = board.runner.act(|device, _| device.documents(group))??;
    let today = Month::of(board.today()?);
    let months: Vec<Month> =
        documents.iter().filter_map(Month::of_document).chain([today.plus(-12), today.plus(12)]).collect();
    let first = months.iter().min().copied().unwrap_or(today);
    let last = months.iter().max().copied().unwrap_or(today);
    // What was moved is seen in a later month than that of its document.
    Ok((first.plus(-1).first_day(), last.plus(13).first_day()))
}

#[derive(Debug, Serialize)]
struct Imported {
    group: String,
    preview: bool,
    totals: Totals,
    rows: Vec<Row>,
}

#[derive(Debug, Default, Serialize)]
struct Totals {
    taken: usize,
    changed: usize,
    same: usize,
    left: usize,
    refused: usize,
}

impl Totals {
    fn of(rows: &[Row]) -> Self {
        let mut totals = Self::default();
        for row in rows {
            let number = match row.outcome {
                Outcome::Taken => &mut totals.taken,
                Outcome::Changed { .. } => &mut totals.changed,
                Outcome::Same => &mut totals.same,
                Outcome::Left => &mut totals.left,
                Outcome::Refused { .. } => &mut totals.refused,
            };
            *number = number.saturating_add(1);
        }
        totals
    }
}

impl Answer for Imported {
    fn text(&self) -> String {
        let totals = &self.totals;
        let mut lines: Vec<String> = self.rows.iter().map(|row| plain(&row.to_string())).collect();
        lines.push(format!(
            "{}: {} taken, {} changed, {} as they were, {} left, {} not taken",
            count(self.rows.len() as u64, "event"),
            totals.taken,
            totals.changed,
            totals.same,
            totals.left,
            totals.refused
        ));
        if self.preview {
            lines.push("Nothing was changed".to_owned());
        }
        lines.join("\n")
    }
}

#[derive(Debug, Serialize)]
struct Exported {
    group: String,
    file: Option<PathBuf>,
    events: usize,
    calendar: String,
}

impl Answer for Exported {
    fn text(&self) -> String {
        let file = self.file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
        format!("{} written to {}", count(self.events as u64, "event"), plain(&file))
    }
}

/// More is refused when it is read; see `porchlight_documents::ics`.
const LARGEST: u64 = 16 * 1024 * 1024;
