//! Schedules to begin with: a watch by day and night, and the way to school and back.

use jiff::civil::{Date, DateTime, Weekday};
use serde::{Deserialize, Serialize};

use super::details::Details;
use super::rule::Rule;
use super::series::Pattern;
use super::when::When;

/// A set of series to start with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Template {
    /// By day from 08:00 to 20:00 on weekdays and Saturdays, and every other Sunday through the night until 08:00.
    DayAndNightWatch,
    /// On school days: arrival from 07:30 to 08:30, dismissal from 14:30 to 15:30.
    School,
}

/// The words of a template, which the app gives in the group's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words<'a> {
    /// What the first series is called ("Day watch", "Arrival").
    pub first: &'a str,
    /// What the second series is called ("Night watch", "Dismissal").
    pub second: &'a str,
    /// Where they are.
    pub place: &'a str,
}

impl Template {
    /// Every template there is.
    pub const ALL: [Self; 2] = [Self::DayAndNightWatch, Self::School];

    /// The word by which commands and the app name it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::DayAndNightWatch => "dayAndNightWatch",
            Self::School => "school",
        }
    }

    /// The template with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.word() == word)
    }

    /// Words for it in English.
    pub const fn words(self) -> Words<'static> {
        match self {
            Self::DayAndNightWatch => Words { first: "Day watch", second: "Night watch", place: "" },
            Self::School => Words { first: "Arrival", second: "Dismissal", place: "" },
        }
    }

    /// Its series, from a day on: each begins on the first day that it falls on.
    pub fn series(self, words: &Words<'_>, from: Date, zone: &str) -> Vec<(Details, Pattern)> {
        let weekdays =
            [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
        let mut days = weekdays.to_vec();
        match self {
            Self::DayAndNightWatch => {
                days.push(Weekday::Saturday);
                vec![
                    series(words.first, words.place, 2, from, (8, 0), (20, 0), &days, 1, zone),
                    series(words.second, words.place, 1, from, (20, 0), (8, 0), &[Weekday::Sunday], 2, zone),
                ]
            }
            Self::School => vec![
                series(words.first, words.place, 2, from, (7, 30), (8, 30), &days, 1, zone),
                series(words.second, words.place, 2, from, (14, 30), (15, 30), &days, 1, zone),
            ],
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one line of a table")]
fn series(
    title: &str,
    place: &str,
    needs: u32,
    from: Date,
    start: (i8, i8),
    end: (i8, i8),
    days: &[Weekday],
    weeks: u32,
    zone: &str,
) -> (Details, Pattern) {
    let details = Details { title: title.to_owned(), place: place.to_owned(), needs, ..Details::default() };
    let mut day = from;
    while !days.contains(&day.weekday()) {
        day = day.tomorrow().unwrap_or(day);
        if day == Date::MAX {
            break;
        }
    }
    let at = |day: Date, (hour, minute): (i8, i8)| -> DateTime { day.at(hour, minute, 0, 0) };
    let last = if end <= start { day.tomorrow().unwrap_or(day) } else { day };
    let when = When::hours(at(day, start), at(last, end), zone);
    (details, Pattern { when, rule: Rule::weekly(weeks, days) })
}
