//! Changing a series from a date on: it ends there, and a new one takes over its dates and those of all that already
//! continued it.
//!
//! "This and all after it" means all: a series that was split before at a later date is not left beside the new one,
//! which would call people twice a day, and one that was ended stays ended.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time};

use super::super::details::{Details, YES};
use super::super::edit::count;
use super::super::rule::{Last, Rule};
use super::super::succession::turn_of_day;
use super::super::when::Local;
use super::super::{Schedule, ScheduleError, SeriesId, cell::container};
use super::{Pattern, Series, add, put};
use crate::editor::Editor;

/// Ends a series before its date at `from` and continues it with another pattern, which takes the place of all series
/// that already continue it from then on. Where the pattern stops as the series says of itself, it has the dates that
/// were left: a number of dates is that of all, those before `from` count, and what was ended stays so. Another stop is
/// one that somebody chose; without one there must be dates left to change. It has no dates before those that there
/// were, but for a first one that was moved to an earlier day.
pub fn split(
    editor: &mut Editor<'_>,
    schedule: &Schedule,
    id: &SeriesId,
    from: DateTime,
    details: &Details,
    pattern: &Pattern,
) -> Result<SeriesId, ScheduleError> {
    let Some(series) = schedule.series_of(id, from.date()) else {
        return Err(ScheduleError::NoSuchSeries(id.to_string()));
    };
    let from = schedule.not_before_the_first(id, from);
    let going_on = schedule.going_on(id, from);
    let is_same_stop = is_same_stop(&series, pattern);
    if going_on.is_empty() && is_same_stop {
        return Err(ScheduleError::SeriesIsOver);
    }
    let last = schedule.last_of(&going_on, &series, from, pattern);
    let pattern = pattern.ending(last).snapped().not_twice(from);
    let first = pattern.when.start().at;
    let next = add(editor, details, &pattern, None)?;
    put(editor, &next, "follows", &going_on.last().unwrap_or(id).0)?;
    // A first date that was moved to an earlier day takes that day too.
    let from = if first.date() < from.date() { first.date().to_datetime(Time::midnight()) } else { from };
    let own: Option<Rule> = series.rule.parse().ok();
    let turn = turn_of_day(own.as_ref(), series.when.start().at.time(), from);
    put(editor, &next, "begins", &Local::from(turn).to_string())?;
    for (field, text) in schedule.later_texts(&going_on, &series, turn, details) {
        put(editor, &next, &field, &text)?;
    }
    for (field, date) in schedule.left_out_and_added(&going_on, from, &pattern) {
        put(editor, &next, &format!("{field}/{}", Local::from(date)), YES)?;
    }
    if !is_same_stop {
        reopen(editor, schedule, id)?;
    }
    close(editor, &going_on, from)?;
    Ok(next)
}

/// Takes back that a whole succession was ended: for a series that gets another end. All others keep theirs.
fn reopen(editor: &mut Editor<'_>, schedule: &Schedule, id: &SeriesId) -> Result<(), ScheduleError> {
    let first = schedule.first_series(id);
    let says = |series: &SeriesId, field| {
        schedule.plan.series.get(&series.0).is_some_and(|fields| fields.contains_key(field))
    };
    if !says(&first, "over") {
        return Ok(());
    }
    for series in schedule.succession(id).iter().filter(|series| !says(series, "ends")) {
        if let Some(end) = schedule.ends(series) {
            put(editor, series, "ends", &Local::from(end).to_string())?;
        }
    }
    put(editor, &first, "over", "")
}

/// Ends a series before its date at `from`, with all that continue it. Dates with people are dealt with by
/// [`Schedule::follow_up`].
pub fn end(
    editor: &mut Editor<'_>,
    schedule: &Schedule,
    id: &SeriesId,
    from: DateTime,
) -> Result<(), ScheduleError> {
    let Some(series) = schedule.series_of(id, from.date()) else {
        return Err(ScheduleError::NoSuchSeries(id.to_string()));
    };
    let going_on = schedule.going_on(id, from);
    if going_on.is_empty() {
        return Ok(());
    }
    close(editor, &going_on, from)?;
    // For those too that another phone continues it with meanwhile.
    let own: Option<Rule> = series.rule.parse().ok();
    let over = turn_of_day(own.as_ref(), series.when.start().at.time(), from);
    put(editor, &schedule.first_series(id), "over", &Local::from(over).to_string())
}

/// Writes that these have no more dates from `from` on.
fn close(editor: &mut Editor<'_>, going_on: &[SeriesId], from: DateTime) -> Result<(), ScheduleError> {
    for series in going_on {
        let object = container(editor.reader(), "series")?;
        count(editor, &object, &format!("{series}/seq"))?;
        put(editor, series, "ends", &Local::from(from).to_string())?;
    }
    Ok(())
}

/// Whether the pattern stops as the series says of itself. A form knows only the day.
fn is_same_stop(series: &Series, pattern: &Pattern) -> bool {
    let own = series.rule.parse::<Rule>().map_or(Last::Count(1), |own| own.last());
    match (own, pattern.rule.last()) {
        (Last::Until(own), Last::Until(last)) => own.date() == last.date(),
        (own, last) => own == last,
    }
}

impl Pattern {
    fn ending(&self, last: Last) -> Self {
        Self { when: self.when.clone(), rule: self.rule.clone().ending(last) }
    }

    /// The same without what repeats before `from`: a first date may be moved to an earlier day, but where it has others
    /// up to that of `from`, the series that ends there has those days.
    fn not_twice(self, from: DateTime) -> Self {
        let start = self.when.start().at;
        let day = from.date();
        let next = day.tomorrow().unwrap_or(day).to_datetime(Time::midnight());
        let endless = self.rule.clone().ending(Last::Never);
        if start.date() >= day || endless.dates(start, start, next).len() < 2 {
            return self;
        }
        let later = from.date().to_datetime(Time::midnight());
        let end = later.saturating_add(jiff::SignedDuration::from_hours(24 * 366 * 8));
        match endless.dates(start, later, end).first() {
            Some(first) => Self { when: self.when.starting(*first), rule: self.rule },
            None => self,
        }
    }
}

impl Schedule {
    /// `from`, or the first day of all that continue each other: there is nothing to change before that.
    fn not_before_the_first(&self, id: &SeriesId, from: DateTime) -> DateTime {
        let firsts = self.succession(id).iter().filter_map(|series| self.first_date(series));
        let first = firsts.min().map(|first| first.date().to_datetime(Time::midnight()));
        first.map_or(from, |first| from.max(first))
    }

    /// When the new series stops.
    fn last_of(&self, going_on: &[SeriesId], series: &Series, from: DateTime, pattern: &Pattern) -> Last {
        let newest = going_on.last().and_then(|id| self.series_of(id, Date::MAX));
        let (true, Some(newest)) = (is_same_stop(series, pattern), newest) else {
            return pattern.rule.last();
        };
        let Ok(rule) = newest.rule.parse::<Rule>() else { return pattern.rule.last() };
        match rule.last() {
            Last::Never => Last::Never,
            // The last day stays the last, whatever the hours.
            Last::Until(until) => {
                let (usual, hour) = (newest.when.start().at.time(), pattern.when.start().at.time());
                let is_last_day_on = usual <= until.time();
                if rule.has_several_hours() || is_last_day_on == (hour <= until.time()) {
                    return Last::Until(until);
                }
                let end_of_day = Time::constant(23, 59, 0, 0);
                let day = if is_last_day_on {
                    until.date()
                } else {
                    until.date().yesterday().unwrap_or(until.date())
                };
                Last::Until(day.to_datetime(end_of_day))
            }
            Last::Count(_) => {
                let left: usize = going_on.iter().map(|id| self.count_by_rule(id, from)).sum();
                Last::Count(u32::try_from(left).unwrap_or(u32::MAX).max(1))
            }
        }
    }

    /// How many dates its rule gives from `from` until it ends.
    fn count_by_rule(&self, id: &SeriesId, from: DateTime) -> usize {
        let Some(series) = self.series_of(id, from.date()) else { return 0 };
        let (Ok(rule), start) = (series.rule.parse::<Rule>(), series.when.start().at) else { return 0 };
        match (rule.last(), self.ends(id)) {
            (Last::Count(all), None) => {
                let before = rule.dates(start, start, from).len();
                usize::try_from(all).unwrap_or(usize::MAX).saturating_sub(before)
            }
            (_, end) => rule.dates(start, from, end.unwrap_or(DateTime::MAX)).len(),
        }
    }

    /// What the texts become on later days, where they were changed from those on: all but what is changed now.
    fn later_texts(
        &self,
        going_on: &[SeriesId],
        series: &Series,
        turn: DateTime,
        details: &Details,
    ) -> Vec<(String, String)> {
        let mut days = BTreeSet::new();
        for id in going_on {
            days.extend(self.begins(id).map(DateTime::date));
            let fields = self.plan.series.get(&id.0).into_iter().flatten();
            days.extend(fields.filter_map(|(key, _)| key.split_once('@')?.1.parse::<Date>().ok()));
        }
        let mut writes = Vec::new();
        let mut shown = details.tidy();
        for day in days.into_iter().filter(|day| *day > turn.date()) {
            let begun =
                going_on.iter().rfind(|id| self.begins(id).is_some_and(|begins| begins.date() <= day));
            let Some(then) = begun.and_then(|id| self.series_of(id, day)) else { continue };
            let becomes = then.details.changed(&series.details, details);
            let changes = shown.difference(&becomes).into_iter();
            writes.extend(changes.map(|(field, text)| (format!("{field}@{day}"), text)));
            shown = becomes;
        }
        writes
    }

    /// The dates that the plan itself takes out of these series or adds to them, from `from` on, as the new series
    /// names them.
    fn left_out_and_added(
        &self,
        going_on: &[SeriesId],
        from: DateTime,
        pattern: &Pattern,
    ) -> Vec<(&'static str, DateTime)> {
        let mut all = Vec::new();
        for id in going_on {
            let Some(usual) = self.first_date(id).map(DateTime::time) else { continue };
            let end = self.ends(id).unwrap_or(DateTime::MAX);
            for (key, _) in
                self.plan.series.get(&id.0).into_iter().flatten().filter(|(_, cell)| cell.text == YES)
            {
                let Some((field, date)) = key.split_once('/') else { continue };
                let field = ["skip", "extra"].into_iter().find(|known| *known == field);
                let (Some(field), Ok(date)) = (field, date.parse::<Local>()) else { continue };
                if date.at >= from && date.at < end {
                    // A file names them by the hour at which the series begins.
                    let is_usual = date.at.time() == usual;
                    let time = if is_usual { pattern.when.start().at.time() } else { date.at.time() };
                    all.push((field, date.at.date().to_datetime(time)));
                }
            }
        }
        all
    }
}
