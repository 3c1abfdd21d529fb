//! What was said of single dates of a series, when another series continues it: it is said of the other's date on that day.
//!
//! A cancelled date that took place again because the series' hours were changed would bring people to a locked door.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};

use super::cell::{Fields, container};
use super::details::YES;
use super::edit;
use super::elsewhere::PASSED;
use super::when::{Local, When};
use super::{Schedule, ScheduleError, SeriesId, Shift, ShiftId};
use crate::editor::Editor;

/// What a date is called, or what belongs to the old series only.
pub(super) const NOT_CARRIED: [&str; 10] =
    ["seq", "uid", "kept", "instead", "when", "cancelled", "removed", "follows", edit::AGAIN, PASSED];

/// A date that differs from its series, as it is to be in the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carried {
    /// The next series' date.
    pub(super) to: ShiftId,
    /// Why it does not take place; nothing if it does.
    cancelled: Option<String>,
    is_removed: bool,
    /// When it is instead.
    moved: Option<When>,
    fields: BTreeMap<String, String>,
}

impl Carried {
    pub(super) fn takes_place(&self) -> bool {
        self.cancelled.is_none() && !self.is_removed
    }

    pub(super) fn write(&self, editor: &mut Editor<'_>) -> Result<(), ScheduleError> {
        let shifts = container(editor.reader(), "shifts")?;
        for (field, text) in &self.fields {
            editor.put(&shifts, &format!("{}/{field}", self.to.key), text.as_str())?;
        }
        if let Some(when) = &self.moved {
            edit::reschedule(editor, &self.to, when)?;
        }
        if let Some(reason) = &self.cancelled {
            edit::cancel(editor, &self.to, reason)?;
        }
        if self.is_removed {
            edit::remove(editor, &self.to)?;
        }
        Ok(())
    }
}

/// The dates of a series from `from` on that were made to differ, except those that are dealt with otherwise.
pub(super) struct Exceptions {
    /// Those that the next series has a date for.
    pub(super) carried: Vec<Carried>,
    /// Those that were moved or cancelled, and for which the next series has no date: they stay as they are.
    pub(super) left: Vec<ShiftId>,
}

impl Schedule {
    /// What is to become of single dates of `id` that differ, when `next` continues it in `after`.
    pub(super) fn exceptions(
        &self,
        after: &Self,
        id: &SeriesId,
        next: &SeriesId,
        from: DateTime,
        others: &[Shift],
    ) -> Exceptions {
        let mut found = Exceptions { carried: Vec::new(), left: Vec::new() };
        for (month, cells) in &self.months {
            for (key, own) in &cells.shifts {
                let shift_id = ShiftId { month: *month, key: key.clone() };
                let Some((_, original)) =
                    shift_id.in_series().filter(|(series, at)| series == id && at.at >= from)
                else {
                    continue;
                };
                // A date that the series lost before is another's, or nobody's.
                let is_its_own = self.has_date(id, original.at);
                if !is_its_own || others.iter().any(|other| other.id == shift_id) {
                    continue;
                }
                let text = |field: &str| own.get(field).map(|cell| cell.text.as_str());
                let cancelled = text("cancelled").and_then(|text| text.strip_prefix(YES));
                let is_removed = text("removed") == Some(YES);
                let moved = text("when").and_then(|text| text.parse::<When>().ok());
                // One that is not wanted because another with people stands for it: what becomes of that is what counts.
                let mut stand = others.iter().filter_map(|other| other.id.in_series());
                let is_stood_for = stand.any(|(_, at)| at.at.date() == original.at.date());
                if is_removed && cancelled.is_none() && is_stood_for {
                    continue;
                }
                match after.counterpart(id, original.at.date(), next) {
                    Some(to) => found.carried.push(Carried {
                        to,
                        cancelled: cancelled.map(|reason| reason.trim().to_owned()),
                        is_removed,
                        moved,
                        fields: carried(own),
                    }),
                    None if cancelled.is_some() || (moved.is_some() && !is_removed) => {
                        found.left.push(shift_id);
                    }
                    None => {}
                }
            }
        }
        found
    }

    /// The date that a series has on a day.
    pub(crate) fn date_on(&self, series: &SeriesId, day: Date) -> Option<ShiftId> {
        let next = day.tomorrow().ok()?;
        let midnight = jiff::civil::Time::midnight();
        let dates = self.dates(series, day.to_datetime(midnight), next.to_datetime(midnight));
        dates.first().map(|date| ShiftId::of_series(series, Local::from(*date)))
    }
}

fn carried(own: &Fields) -> BTreeMap<String, String> {
    let kept = own.iter().filter(|(field, _)| !NOT_CARRIED.contains(&field.as_str()));
    kept.map(|(field, cell)| (field.clone(), cell.text.clone())).collect()
}
