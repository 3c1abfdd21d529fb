//! Which shift, series or person is meant: by id, by the beginning of one, or by the whole name.

use porchlight_documents::schedule::series::Series;
use porchlight_documents::schedule::{Day, Month, Person, Shift, ShiftId};

use super::board::{Board, later};
use crate::command::Failure;
use crate::command::desk::SHORTEST_ID;
use crate::command::words::plain;

impl Board {
    /// The one shift that is meant. Where no month is named it is looked for from a month ago until a year from now.
    pub(super) fn pick(&mut self, wanted: &str) -> Result<Shift, Failure> {
        let typed = wanted.trim();
        if let Ok(id) = typed.parse::<ShiftId>() {
            let first = id.month().first_day();
            if let Some(shift) = self.look((first, first), &[id.month()])?.shift(&id) {
                return Ok(shift);
            }
        }
        let folded = typed.to_lowercase();
        let schedule = self.look_at_all()?;
        let (from, to) = match month_in(typed) {
            Some(month) => (month.first_day(), month.plus(1).first_day()),
            None => {
                let today = self.today()?;
                ((0..31).fold(today, |day, _| day.yesterday().unwrap_or(day)), later(today, 366))
            }
        };
        let mut meant: Vec<Shift> = schedule.shifts(from, to);
        meant.retain(|shift| is_meant(shift, typed, &folded));
        match (meant.pop(), meant.as_slice()) {
            (Some(shift), []) => Ok(shift),
            (None, _) => Err(Failure::WhichShift(format!(
                "there is no shift '{}'; 'shifts list' shows their ids",
                shortened(typed)
            ))),
            (Some(last), others) => {
                let ids: Vec<String> =
                    others.iter().chain([&last]).take(MOST_SHOWN).map(|shift| shift.id.to_string()).collect();
                Err(Failure::WhichShift(format!(
                    "several shifts fit '{}'; say which by its id or with the day: {}",
                    shortened(typed),
                    ids.join(", ")
                )))
            }
        }
    }

    /// The one series that is meant.
    pub(super) fn pick_series(&mut self, wanted: &str, on: Day) -> Result<Series, Failure> {
        let typed = wanted.trim().to_lowercase();
        let mut meant = self.look((on, on), &[])?.all_series(on);
        meant.retain(|series| {
            let id = series.id.to_string();
            (typed.len() >= SHORTEST_ID && id.starts_with(&typed))
                || series.details.title.to_lowercase() == typed
        });
        match (meant.pop(), meant.as_slice()) {
            (Some(series), []) => Ok(series),
            (None, _) => Err(Failure::WhichShift(format!(
                "there is no series '{}'; 'shifts series list' shows their ids",
                shortened(wanted)
            ))),
            (Some(last), others) => {
                let ids: Vec<String> =
                    others.iter().chain([&last]).map(|series| series.id.to_string()).collect();
                Err(Failure::WhichShift(format!(
                    "several series fit '{}'; say which by its id: {}",
                    shortened(wanted),
                    ids.join(", ")
                )))
            }
        }
    }

    /// The one person who is meant; nobody in particular where nothing was typed.
    pub(super) fn person(&self, wanted: Option<&str>) -> Result<Option<Person>, Failure> {
        let Some(wanted) = wanted else { return Ok(None) };
        let typed = wanted.trim().to_lowercase();
        if typed == "me" {
            return Ok(self.me.clone());
        }
        let fits = |(person, name): &(&Person, &String)| {
            let id = person.to_string();
            let bare = id.split_once('.').map_or(id.as_str(), |(_, bare)| bare);
            id == typed
                || (typed.len() >= SHORTEST_ID && bare.starts_with(&typed))
                || name.to_lowercase() == typed
        };
        let meant: Vec<_> = self.people.iter().filter(fits).collect();
        match meant.as_slice() {
            [(person, _)] => Ok(Some((*person).clone())),
            [] => Err(Failure::WhichContact(format!(
                "nobody is called '{}'; 'members list' and 'contacts list' show who there is",
                shortened(wanted)
            ))),
            _ => {
                let ids: Vec<String> = meant.iter().map(|(person, _)| person.to_string()).collect();
                Err(Failure::WhichContact(format!(
                    "several people are called '{}'; say which by the id: {}",
                    shortened(wanted),
                    ids.join(", ")
                )))
            }
        }
    }
}

/// The month of the day or the id that stands in what was typed.
fn month_in(typed: &str) -> Option<Month> {
    typed.split_whitespace().rev().find_map(|word| word.get(..7)?.parse().ok())
}

/// By name, by name and day, by name and minute, or by the beginning of the id, with the month or without.
fn is_meant(shift: &Shift, typed: &str, folded: &str) -> bool {
    let title = shift.details.title.to_lowercase();
    if let Some(when) = folded.strip_prefix(&title) {
        let when = when.trim().to_uppercase();
        let start = shift.when.start().to_string();
        if when.is_empty() || when == shift.when.day().to_string() || when == start {
            return true;
        }
    }
    let id = shift.id.to_string();
    let key = id.split_once('.').map_or("", |(_, key)| key);
    let starts = |id: &str, least: usize| typed.len() >= least && id.starts_with(typed);
    starts(key, SHORTEST_ID) || starts(&id, id.len().saturating_sub(key.len()).saturating_add(SHORTEST_ID))
}

fn shortened(text: &str) -> String {
    plain(text).chars().take(40).collect()
}

const MOST_SHOWN: usize = 5;
