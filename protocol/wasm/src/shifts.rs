//! Requests about shifts, and what they are answered with.

use std::collections::BTreeMap;

use porchlight_device::Device;
use porchlight_device::schedule::{Candidate, LookError, ScheduleChange, ScheduleChangeError};
use porchlight_documents::ics::{NotACalendar, Wanted};
use porchlight_documents::schedule::gaps::{Gap, StandIn};
use porchlight_documents::schedule::handover::HandOver;
use porchlight_documents::schedule::place::{Place, Settings};
use porchlight_documents::schedule::series::Series;
use porchlight_documents::schedule::zone::ZoneError;
use porchlight_documents::schedule::{
    self, Minute, Month, Person, Schedule, ScheduleError, SeriesId, Shift, ShiftId, day, minute,
};
use porchlight_documents::{Document, DocumentName, index};
use porchlight_wire::{GroupId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::fault::Fault;
use crate::operation;

/// What is asked about shifts: `{"shifts": {"group": …, "ask": {"list": …}}}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Ask {
    /// The shifts and gaps of some days.
    List { from: String, to: String },
    /// Everything about one.
    Shift { shift: ShiftId },
    /// All series, places and settings, as of a day.
    Plan { on: String },
    /// What to look at before a series is changed.
    DatesWithPeople { series: SeriesId, from: String },
    /// The dates without people, from a minute on, that were moved or cancelled.
    DatesThatDiffer { series: SeriesId, from: String },
    /// Does something.
    Change(Box<ScheduleChange>),
    /// Says what taking a calendar file would do.
    PreviewImport {},
    /// Takes a calendar file.
    ApplyImport {},
    /// The text of a calendar file: of everything, or of one person's dates, with an alarm so many minutes before.
    Export { from: String, to: String, person: Option<Person>, alarm: Option<u32> },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    zone: String,
    missing_zones: Vec<String>,
    me: Option<Person>,
    people: BTreeMap<String, Named>,
    shifts: Vec<Line>,
    gaps: Vec<Gap>,
    unanswered: Vec<HandOver>,
}

#[derive(Serialize)]
struct Named {
    name: String,
    /// Their number as people write it there.
    phone: Option<String>,
    /// What to give to a phone's dialer.
    dial: Option<String>,
    /// Of people of one name, what tells them apart.
    beside: String,
    /// Whether they are not there any more.
    #[serde(rename = "isFormer")]
    is_former: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(flatten)]
    shift: Shift,
    /// What else I am signed up for at that time.
    clashes: Vec<ShiftId>,
    /// Whom I am to ask to take a place that became free, since they have no device here.
    asks: Vec<Person>,
    /// Who took me off, as long as I did not say that I know.
    taken_off_by: Option<Person>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Whole {
    #[serde(flatten)]
    line: Line,
    hand_over: Option<HandOver>,
    before: Option<HandOver>,
    stand_ins: Vec<StandIn>,
    /// That of the document which holds what is said about this date.
    version: String,
    authors: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned {
    series: Vec<Series>,
    places: Vec<Place>,
    settings: Settings,
    version: String,
}

/// Carries out one request.
pub(crate) fn perform(
    device: &mut Device,
    group: GroupId,
    ask: Ask,
    shown: Option<&str>,
    file: &[u8],
    now: Timestamp,
) -> Answer {
    match ask {
        Ask::List { from, to } => Answer::new(list(device, group, &from, &to, now)),
        Ask::Shift { shift } => Answer::new(whole(device, group, &shift, now)),
        Ask::Plan { on } => Answer::new(plan(device, group, &on)),
        Ask::DatesWithPeople { series, from } => {
            Answer::new(dates(device, group, &from, |schedule, from| {
                schedule.dates_with_people(&series, from)
            }))
        }
        Ask::DatesThatDiffer { series, from } => {
            Answer::new(dates(device, group, &from, |schedule, from| {
                schedule.dates_that_differ(&series, from)
            }))
        }
        Ask::Change(change) => Answer::new(device.change_shown_schedule(group, *change, shown, now)),
        Ask::PreviewImport {} => {
            Answer::new(device.look_at_calendar(group, file, now).map(|import| import.rows))
        }
        Ask::ApplyImport {} => Answer::new(device.import_calendar(group, file, now)),
        Ask::Export { from, to, person, alarm } => {
            Answer::new(export(device, group, (&from, &to), person, alarm))
        }
    }
}

fn export(
    device: &mut Device,
    group: GroupId,
    days: (&str, &str),
    person: Option<Person>,
    alarm: Option<u32>,
) -> Result<String, Fault> {
    let wanted = person.map_or(Wanted::All, Wanted::Of);
    Ok(device.export_calendar(group, (day(days.0)?, day(days.1)?), &wanted, alarm)?)
}

fn list(device: &mut Device, group: GroupId, from: &str, to: &str, now: Timestamp) -> Result<Listed, Fault> {
    let days = (day(from)?, day(to)?);
    let schedule = device.shifts_now(group, days, &[], now)?;
    let (people, abilities) = device.people(group)?;
    let country = device.read(group, &DocumentName::index(), index::group)?.country;
    let me = device.own_member(group)?.map(Person::Member);
    let shifts = schedule.shifts(days.0, days.1);
    let former = device.former_people(group)?.into_iter().map(|(person, name)| {
        let (phone, dial, beside) = (None, None, String::new());
        (person.to_string(), Named { name, phone, dial, beside, is_former: true })
    });
    Ok(Listed {
        zone: schedule.home().to_owned(),
        missing_zones: schedule.missing_zones().into_iter().collect(),
        people: former.chain(people.into_iter().map(|one| named(one, country.as_deref()))).collect(),
        gaps: schedule.gaps(days.0, days.1, &abilities, now),
        unanswered: schedule.unanswered(&shifts, now),
        shifts: shifts.iter().map(|shift| line(device, group, &shifts, shift.clone(), me.as_ref())).collect(),
        me,
    })
}

fn named(one: Candidate, country: Option<&str>) -> (String, Named) {
    let dial = one.phone.as_ref().map(|phone| phone.e164.clone().unwrap_or_else(|| phone.number.clone()));
    let phone = one.phone.map(|phone| phone.shown(country));
    let (name, beside) = (one.name, one.beside);
    (one.person.to_string(), Named { name, phone, dial, beside, is_former: false })
}

fn line(device: &Device, group: GroupId, shifts: &[Shift], shift: Shift, me: Option<&Person>) -> Line {
    let clashes = me.map(|me| Schedule::clashes(shifts, me, &shift)).unwrap_or_default();
    Line {
        clashes: clashes.into_iter().map(|shift| shift.id.clone()).collect(),
        asks: device.asks_for(group, &shift),
        taken_off_by: device.taken_off_by(group, &shift),
        shift,
    }
}

fn whole(device: &mut Device, group: GroupId, id: &ShiftId, now: Timestamp) -> Result<Whole, Fault> {
    let month = id.month();
    let first = month.first_day();
    let unknown = || ScheduleError::NoSuchShift(id.to_string());
    let shift = device.shifts_now(group, (first, first), &[month], now)?.shift(id).ok_or_else(unknown)?;
    // Two weeks back for the hand-over, and past midnight on both sides for clashes.
    let from = Month::of(shift.when.day());
    let days = (from.plus(-1).first_day(), from.plus(2).first_day());
    let schedule = device.shifts_now(group, days, &[month], now)?;
    let shifts = schedule.shifts(days.0, days.1);
    let (_, abilities) = device.people(group)?;
    let me = device.own_member(group)?.map(Person::Member);
    let versions = shift.conflicts.iter().flat_map(|conflict| &conflict.versions);
    let stamps: Vec<_> = versions.map(|version| version.stamp).collect();
    Ok(Whole {
        authors: operation::authors(device, group, stamps),
        hand_over: schedule.hand_over(id),
        before: schedule.hand_over_to(&shift, &shifts),
        stand_ins: schedule.stand_ins(&shift, &shifts, &abilities),
        version: device.read(group, &id.document(), Document::version)?,
        line: line(device, group, &shifts, shift, me.as_ref()),
    })
}

fn plan(device: &mut Device, group: GroupId, on: &str) -> Result<Planned, Fault> {
    let on = day(on)?;
    let schedule = device.shifts(group, (on, on), &[])?;
    Ok(Planned {
        series: schedule.all_series(on),
        places: schedule.places(),
        settings: schedule.settings(),
        version: device.read(group, &schedule::plan(), Document::version)?,
    })
}

/// Dates of a series in the year from a minute on.
fn dates(
    device: &mut Device,
    group: GroupId,
    from: &str,
    pick: impl FnOnce(&Schedule, Minute) -> Vec<Shift>,
) -> Result<Vec<Shift>, Fault> {
    let from = minute(from)?;
    let months = Schedule::months_ahead(from.date());
    let schedule = device.shifts(group, (from.date(), from.date()), &months)?;
    Ok(pick(&schedule, from))
}

impl From<ScheduleError> for Fault {
    fn from(error: ScheduleError) -> Self {
        let code = match &error {
            ScheduleError::NoSuchShift(_) | ScheduleError::NoSuchSeries(_) => "no_such_shift",
            ScheduleError::SeriesIsOver => "series_over",
            ScheduleError::NoPerson | ScheduleError::NotThere => "no_person",
            ScheduleError::NoTitle => "no_name",
            ScheduleError::When(_) => "bad_time",
            ScheduleError::Rule(_) => "bad_rule",
            ScheduleError::Zone(_) => "zone_missing",
            ScheduleError::NotAsked | ScheduleError::NotSignedUp => "not_asked",
            ScheduleError::Cancelled => "cancelled",
            ScheduleError::NotASchedule | ScheduleError::Write(_) => "document_unreadable",
        };
        Self::new(code, error.to_string())
    }
}

impl From<ZoneError> for Fault {
    fn from(error: ZoneError) -> Self {
        let name = match error {
            ZoneError::NotHere(name) | ZoneError::Damaged(name) => name,
        };
        // Only the name, so that the app can fetch the rules and ask again.
        Self::new("zone_missing", name)
    }
}

impl From<LookError> for Fault {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Act(error) => error.into(),
            LookError::Schedule(error) => (*error).into(),
            LookError::Zone(error) => error.into(),
            LookError::Calendar(NotACalendar::Other) => Self::new("not_a_calendar", String::new()),
            LookError::Calendar(NotACalendar::TooLarge) => Self::new("too_much", String::new()),
        }
    }
}

impl From<ScheduleChangeError> for Fault {
    fn from(error: ScheduleChangeError) -> Self {
        match error {
            ScheduleChangeError::Look(error) => (*error).into(),
            ScheduleChangeError::Act(error) => (*error).into(),
            ScheduleChangeError::Schedule(error) => (*error).into(),
        }
    }
}
