//! `series`: shifts that repeat. Before one is changed, the dates that already have people are told.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use porchlight_device::schedule::ScheduleChange;
use porchlight_documents::schedule::{Day, Schedule, SeriesId, Shift, minute, series};
use serde::Serialize;

use super::board::Board;
use super::fields::{Fields, Times, checked_day, moment, rule};
use super::{PeopleName, page};
use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::{count, plain};

#[derive(Debug, Subcommand)]
pub(crate) enum Series {
    /// Print all series
    List(On),
    /// Print a series and its dates that already have people
    Show(Show),
    /// Change what is said about a series from a day on; what is not named stays
    Edit(Edit),
    /// Continue a series at other times, from a day on
    Change(Change),
    /// End a series before a day
    End(End),
}

#[derive(Debug, Args)]
pub(crate) struct On {
    /// As of which day, such as 2026-05-02; today without it
    #[arg(long, value_name = "DAY")]
    on: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The id, its beginning, or the whole name
    series: String,
    /// From which day on; today without it
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The id, its beginning, or the whole name
    series: String,
    /// From which day on, such as 2026-05-02; today without it
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// What it is called
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The id, its beginning, or the whole name
    series: String,
    /// From when on, such as 2026-05-02
    #[arg(long, value_name = "DAY|TIME")]
    from: String,
    #[command(flatten)]
    times: Times,
    /// How it repeats from then on; as before without it
    #[arg(long, value_name = "RULE")]
    repeat: Option<String>,
    /// What becomes of dates that have people
    #[arg(long, value_enum)]
    people: Option<PeopleName>,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Debug, Args)]
pub(crate) struct End {
    /// The id, its beginning, or the whole name
    series: String,
    /// The first day, or time, on which there is none any more
    #[arg(long, value_name = "DAY|TIME")]
    from: String,
    /// What becomes of dates that have people
    #[arg(long, value_enum)]
    people: Option<PeopleName>,
}

/// Carries out what was typed after `shifts series`.
pub(super) fn run(desk: &Desk, board: &mut Board, wanted: Series) -> Result<(), Failure> {
    match wanted {
        Series::List(wanted) => {
            let on = day_or_today(board, "--on", wanted.on.as_deref())?;
            list(desk, board, on)
        }
        Series::Show(wanted) => {
            let from = day_or_today(board, "--from", wanted.from.as_deref())?;
            let series = board.pick_series(&wanted.series, from)?;
            show(desk, board, &series.id, from, "")
        }
        Series::Edit(wanted) => edit(desk, board, &wanted),
        Series::Change(wanted) => change(desk, board, &wanted),
        Series::End(wanted) => end(desk, board, &wanted),
    }
}

fn day_or_today(board: &mut Board, option: &str, typed: Option<&str>) -> Result<Day, Failure> {
    match typed {
        Some(typed) => checked_day(option, typed),
        None => board.today(),
    }
}

fn edit(desk: &Desk, board: &mut Board, wanted: &Edit) -> Result<(), Failure> {
    if wanted.title.is_none() && wanted.fields == Fields::default() {
        return Err(Failure::Usage("say what to change, such as --place TEXT; see --help".to_owned()));
    }
    let since = day_or_today(board, "--since", wanted.since.as_deref())?;
    let series = board.pick_series(&wanted.series, since)?;
    let mut after = series.details.clone();
    if let Some(title) = &wanted.title {
        after.title.clone_from(title);
    }
    wanted.fields.write(&mut after);
    board.change(ScheduleChange::EditSeries {
        series: series.id.clone(),
        since: since.to_string(),
        before: series.details,
        after,
    })?;
    show(desk, board, &series.id, since, "Changed")
}

fn change(desk: &Desk, board: &mut Board, wanted: &Change) -> Result<(), Failure> {
    let from = moment("--from", &wanted.from)?;
    let on = minute(&from)?.date();
    let series = board.pick_series(&wanted.series, on)?;
    let people = people(board, &series.id, &from, wanted.people)?;
    let mut details = series.details.clone();
    wanted.fields.write(&mut details);
    let when = wanted.times.when(board)?;
    let made = board.change(ScheduleChange::ChangeSeries {
        series: series.id,
        from,
        before: Some(series.details),
        details,
        when,
        rule: wanted.repeat.as_deref().map_or(series.rule, rule),
        people: people.into(),
    })?;
    show(desk, board, &SeriesId::new(&made.unwrap_or_default()), on, "Changed")
}

fn end(desk: &Desk, board: &mut Board, wanted: &End) -> Result<(), Failure> {
    let from = moment("--from", &wanted.from)?;
    let on = minute(&from)?.date();
    let series = board.pick_series(&wanted.series, on)?;
    let people = people(board, &series.id, &from, wanted.people)?;
    board.change(ScheduleChange::EndSeries { series: series.id.clone(), from, people: people.into() })?;
    show(desk, board, &series.id, on, "Ended")
}

/// What was chosen for dates with people; must be chosen where there are such.
fn people(
    board: &mut Board,
    series: &SeriesId,
    from: &str,
    chosen: Option<PeopleName>,
) -> Result<PeopleName, Failure> {
    if let Some(chosen) = chosen {
        return Ok(chosen);
    }
    let from = minute(from)?;
    let dates = with_people(board, series, from.date())?;
    let dates: Vec<String> = dates
        .iter()
        .filter(|shift| shift.when.start().at >= from)
        .map(|shift| shift.when.day().to_string())
        .collect();
    if dates.is_empty() {
        return Ok(PeopleName::Keep);
    }
    let shown: Vec<&str> = dates.iter().take(MOST_SHOWN).map(String::as_str).collect();
    let more = if dates.len() > MOST_SHOWN { ", …" } else { "" };
    Err(Failure::Usage(format!(
        "people are in {} of it ({}{more}): say --people keep, ask or cancel",
        count(dates.len() as u64, "date"),
        shown.join(", ")
    )))
}

fn with_people(board: &mut Board, series: &SeriesId, from: Day) -> Result<Vec<Shift>, Failure> {
    let months = Schedule::months_ahead(from);
    let schedule = board.look((from, from), &months)?;
    Ok(schedule.dates_with_people(series, minute(&format!("{from}T00:00"))?))
}

#[derive(Debug, Serialize)]
struct Listed {
    group: String,
    series: Vec<series::Series>,
}

/// Prints all series, as of a day.
pub(super) fn list(desk: &Desk, board: &mut Board, on: Day) -> Result<(), Failure> {
    let series = board.look((on, on), &[])?.all_series(on);
    desk.show(&Listed { group: board.group.to_string(), series })
}

impl Answer for Listed {
    fn text(&self) -> String {
        let lines: Vec<String> = self.series.iter().map(line).collect();
        if lines.is_empty() { "No series".to_owned() } else { lines.join("\n") }
    }
}

fn line(series: &series::Series) -> String {
    let place = &series.details.place;
    let place = if place.is_empty() { String::new() } else { format!(", {}", plain(place)) };
    let ends = series.ends.as_ref().map(|ends| format!("  (no more from {ends} on)")).unwrap_or_default();
    let title = plain(&series.details.title);
    format!("{}  {title}{place}  first {}  {}{ends}", series.id, series.when, plain(&series.rule))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    group: String,
    series: series::Series,
    dates_with_people: Vec<Shift>,
    people: BTreeMap<String, String>,
    #[serde(skip)]
    names: Vec<String>,
    #[serde(skip)]
    done: &'static str,
}

/// Prints one series, as of a day, and its dates from then on that have people.
pub(super) fn show(
    desk: &Desk,
    board: &mut Board,
    id: &SeriesId,
    from: Day,
    done: &'static str,
) -> Result<(), Failure> {
    let unknown = || Failure::WhichShift(format!("there is no series {id}"));
    let series = board.look((from, from), &[])?.series_of(id, from).ok_or_else(unknown)?;
    let dates = with_people(board, id, from)?;
    let who = |shift: &Shift| {
        let names: Vec<String> =
            shift.involved().map(|sign_up| plain(&board.name(&sign_up.person))).collect();
        names.join(", ")
    };
    let names = dates.iter().map(who).collect();
    desk.show(&Page {
        group: board.group.to_string(),
        people: board.names(),
        names,
        series,
        dates_with_people: dates,
        done,
    })
}

impl Answer for Page {
    fn text(&self) -> String {
        let head = line(&self.series);
        let mut lines = vec![if self.done.is_empty() { head } else { format!("{}: {head}", self.done) }];
        for (shift, names) in self.dates_with_people.iter().zip(&self.names) {
            lines.push(format!("  {}: {names}", page::weekday(shift.when.day())));
        }
        lines.join("\n")
    }
}

const MOST_SHOWN: usize = 5;
