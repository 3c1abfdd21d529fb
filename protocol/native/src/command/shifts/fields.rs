//! What can be said about a shift on the command line: its times, and what it is about.

use clap::Args;
use porchlight_documents::schedule::details::Details;
use porchlight_documents::schedule::when::{Local, When};
use porchlight_documents::schedule::{day, minute};

use super::board::Board;
use crate::command::Failure;
use crate::command::words::plain;

/// When something is.
#[derive(Debug, Args)]
pub(crate) struct Times {
    /// When it begins: 2026-05-02T18:00, or only the day for a job without a fixed hour
    #[arg(long, value_name = "TIME")]
    pub(super) start: String,
    /// When it ends: 2026-05-02T20:00 or 20:00, which is the next day if it is before the start; of days the last
    #[arg(long, value_name = "TIME")]
    end: Option<String>,
    /// The time zone in which both are told, such as America/Chicago; the group's without it
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
}

impl Times {
    pub(super) fn when(&self, board: &mut Board) -> Result<When, Failure> {
        let typed = self.start.trim();
        if !typed.contains('T') {
            let first = day(typed).map_err(|_| unreadable("--start", typed))?;
            let last = match &self.end {
                Some(end) => day(end.trim()).map_err(|_| unreadable("--end", end))?,
                None => first,
            };
            let when = When::Days { first, end: last.tomorrow().unwrap_or(last) };
            when.check().map_err(|error| Failure::Usage(format!("--end: {error}")))?;
            return Ok(when);
        }
        let zone = self.zone.clone().unwrap_or_else(|| board.zone.clone());
        let is_known = board.runner.act(|device, _| device.zones().has(&zone))?;
        if !is_known {
            return Err(Failure::Usage(format!("there is no time zone '{}'", plain(&zone))));
        }
        let start: Local = typed.parse().map_err(|_| unreadable("--start", typed))?;
        let Some(end) = &self.end else {
            return Err(Failure::Usage("say when it ends, with --end".to_owned()));
        };
        let end = ending("--end", end, start)?;
        let when = When::Hours { start, end, zone };
        when.check().map_err(|error| Failure::Usage(format!("--end: {error}")))?;
        Ok(when)
    }
}

/// A part of a shift, told by the clock of the shift.
pub(super) fn part(of: &When, start: &str, end: &str) -> Result<When, Failure> {
    let When::Hours { start: first, zone, .. } = of else {
        return Err(Failure::Usage("a job without a fixed hour has no parts".to_owned()));
    };
    let start = ending("--part-start", start, *first)?;
    let end = ending("--part-end", end, start)?;
    let when = When::Hours { start, end, zone: zone.clone() };
    when.check().map_err(|error| Failure::Usage(format!("--part-end: {error}")))?;
    Ok(when)
}

/// A whole time, or an hour of the same day, or of the next if that is before `from`.
fn ending(option: &str, typed: &str, from: Local) -> Result<Local, Failure> {
    let typed = typed.trim();
    if typed.contains('T') {
        return typed.parse().map_err(|_| unreadable(option, typed));
    }
    let on = |day: porchlight_documents::schedule::Day| format!("{day}T{typed}").parse::<Local>();
    let there = on(from.at.date()).map_err(|_| unreadable(option, typed))?;
    if there.at >= from.at {
        return Ok(there);
    }
    let next = from.at.date().tomorrow().map_err(|_| unreadable(option, typed))?;
    on(next).map_err(|_| unreadable(option, typed))
}

/// A minute, or the first one of a day, as requests say it.
pub(super) fn moment(option: &str, typed: &str) -> Result<String, Failure> {
    let typed = typed.trim();
    let full = if typed.contains('T') { typed.to_owned() } else { format!("{typed}T00:00") };
    minute(&full).map_err(|_| unreadable(option, typed))?;
    Ok(full)
}

/// A day, checked, as requests say it.
pub(super) fn checked_day(option: &str, typed: &str) -> Result<porchlight_documents::schedule::Day, Failure> {
    day(typed.trim()).map_err(|_| unreadable(option, typed))
}

/// A rule, or a word for a simple one.
pub(super) fn rule(typed: &str) -> String {
    let typed = typed.trim();
    match typed.to_lowercase().as_str() {
        word @ ("daily" | "weekly" | "monthly" | "yearly") => format!("FREQ={}", word.to_uppercase()),
        _ => typed.to_owned(),
    }
}

fn unreadable(option: &str, typed: &str) -> Failure {
    let shown: String = plain(typed).chars().take(40).collect();
    Failure::Usage(format!(
        "{option} '{shown}' is no time: a time is written like 2026-10-20T18:00, a day like 2026-10-20"
    ))
}

/// What is said about a shift or a series.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct Fields {
    /// Where it is
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
    /// How many people are needed, who are also the most that get a place; 0 for as many as like
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    needs: Option<u32>,
    /// Anything to know
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// What to bring
    #[arg(long, value_name = "TEXT")]
    bring: Option<String>,
    /// What people do there, such as driver
    #[arg(long, value_name = "TEXT")]
    role: Option<String>,
    /// The line of shifts that should cover all hours together, such as "night watch"
    #[arg(long, value_name = "TEXT")]
    line: Option<String>,
    /// Languages that somebody there should speak, all of them, such as vi,es
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    languages: Option<Vec<String>>,
    /// Skills that somebody there should have, all of them, such as "first aid"
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    skills: Option<Vec<String>>,
}

impl Fields {
    /// Writes what was named and nothing else.
    pub(super) fn write(&self, details: &mut Details) {
        let texts = [
            (&self.place, &mut details.place),
            (&self.note, &mut details.note),
            (&self.bring, &mut details.bring),
            (&self.role, &mut details.role),
            (&self.line, &mut details.line),
        ];
        for (typed, text) in texts {
            if let Some(typed) = typed {
                text.clone_from(typed);
            }
        }
        for (typed, list) in [(&self.languages, &mut details.languages), (&self.skills, &mut details.skills)]
        {
            if let Some(typed) = typed {
                list.clone_from(typed);
            }
        }
        if let Some(needs) = self.needs {
            details.needs = needs;
        }
    }

    pub(super) fn details(&self, title: &str) -> Details {
        let mut details = Details { title: title.to_owned(), ..Details::default() };
        self.write(&mut details);
        details
    }
}
