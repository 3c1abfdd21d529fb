//! How shifts are printed: `list` and `show`.

use std::collections::BTreeMap;

use porchlight_documents::schedule::gaps::StandIn;
use porchlight_documents::schedule::handover::HandOver;
use porchlight_documents::schedule::sign_up::{SignUp, State, Why};
use porchlight_documents::schedule::when::{Local, When};
use porchlight_documents::schedule::{Day, Person, Schedule, Shift, ShiftId};
use serde::Serialize;

use super::List;
use super::board::{Board, NOBODY_KNOWN, later};
use super::fields::checked_day;
use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::{count, plain};

/// A shift as it is printed. `starts` and `ends` are told by the group's clock; other fields as the documents crate
/// names them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    #[serde(flatten)]
    pub(super) shift: Shift,
    starts: String,
    ends: String,
    /// What else I am signed up for at that time.
    clashes: Vec<ShiftId>,
    #[serde(skip)]
    clock: (Local, Local),
}

impl Line {
    fn of(board: &Board, schedule: &Schedule, shifts: &[Shift], shift: Shift) -> Result<Self, Failure> {
        let clock = board.clock(schedule, shift.span)?;
        let clashes = board.me.as_ref().map(|me| Schedule::clashes(shifts, me, &shift)).unwrap_or_default();
        let clashes = clashes.into_iter().map(|other| other.id.clone()).collect();
        Ok(Self { starts: clock.0.to_string(), ends: clock.1.to_string(), clashes, clock, shift })
    }

    /// As in "Sun 2026-10-04 20:00 to Mon 2026-10-05 08:00".
    fn hours(&self) -> String {
        let mut text = match &self.shift.when {
            When::Days { first, end } => {
                let last = end.yesterday().unwrap_or(*end);
                if last == *first {
                    format!("{} any time", weekday(*first))
                } else {
                    format!("{} to {} any time", weekday(*first), weekday(last))
                }
            }
            When::Hours { .. } => hours(self.clock),
        };
        let minutes = self.shift.extra_minutes;
        if minutes != 0 {
            let more = if minutes > 0 { "longer" } else { "shorter" };
            text.push_str(&format!(
                " ({} {more}, the clocks change)",
                count(minutes.unsigned_abs(), "minute")
            ));
        }
        text
    }

    fn fill(&self) -> String {
        let counts = self.shift.counts;
        match counts.needs {
            0 => count(u64::from(counts.filled), "person").replace("persons", "people"),
            needs => format!("{} of {needs}", counts.filled),
        }
    }

    fn marks(&self) -> String {
        let mut marks = String::new();
        match &self.shift.cancelled {
            Some(why) if why.is_empty() => marks.push_str("  [cancelled]"),
            Some(why) => marks.push_str(&format!("  [cancelled: {}]", plain(why))),
            None if self.shift.removed => marks.push_str("  [removed]"),
            None => {}
        }
        if !self.shift.conflicts.is_empty() {
            marks.push_str("  [two versions: see 'show']");
        }
        if !self.clashes.is_empty() {
            marks.push_str("  [you are elsewhere at that time]");
        }
        marks
    }

    fn text(&self, people: &BTreeMap<Person, String>) -> String {
        let details = &self.shift.details;
        let place =
            if details.place.is_empty() { String::new() } else { format!(", {}", plain(&details.place)) };
        let who: Vec<String> = self.shift.involved().map(|sign_up| standing(sign_up, people)).collect();
        let who = if who.is_empty() { String::new() } else { format!(": {}", who.join(", ")) };
        format!(
            "{}  {}  {}{place}  {}{who}{}",
            self.shift.id,
            self.hours(),
            plain(&details.title),
            self.fill(),
            self.marks()
        )
    }
}

/// From one hour to another, by the group's clock.
pub(super) fn hours((start, end): (Local, Local)) -> String {
    let minute = |local: Local| local.at.time().strftime("%H:%M").to_string();
    let (first, last) = (start.at.date(), end.at.date());
    if first == last {
        return format!("{} {}-{}", weekday(first), minute(start), minute(end));
    }
    format!("{} {} to {} {}", weekday(first), minute(start), weekday(last), minute(end))
}

/// As in "Sun 2026-10-04".
pub(super) fn weekday(day: Day) -> String {
    day.strftime("%a %Y-%m-%d").to_string()
}

/// Somebody at a shift, in words.
fn standing(sign_up: &SignUp, people: &BTreeMap<Person, String>) -> String {
    let name = |person: &Person| plain(people.get(person).map_or(NOBODY_KNOWN, String::as_str));
    let state = match &sign_up.state {
        State::Confirmed => String::new(),
        State::Waiting => " (waiting to be sent)".to_owned(),
        State::Standby { number, offered: false, .. } => format!(" (standby {number})"),
        State::Standby { number, offered: true, .. } => {
            format!(" (standby {number}, a place is free: asked to take it)")
        }
        State::Asked { why: Why::Moved, was, .. } => format!(" (asked again: was {was})"),
        State::Asked { why: Why::Restored, .. } => {
            " (asked again: it was cancelled, and takes place)".to_owned()
        }
        State::Asked { why: Why::Invited, .. } => " (asked to come)".to_owned(),
        State::Withdrawn { reason } if reason.is_empty() => " (does not come)".to_owned(),
        State::Withdrawn { reason } => format!(" (does not come: {})", plain(reason)),
        State::Late => " (signed up when it was over)".to_owned(),
        State::Departed => " (was to come)".to_owned(),
    };
    let with = if sign_up.companions == 0 {
        String::new()
    } else {
        format!(" with {}", count(u64::from(sign_up.companions), "other"))
    };
    let part = sign_up.part.as_ref().map(|part| format!(" for a part: {part}")).unwrap_or_default();
    format!("{}{with}{part}{state}", name(&sign_up.person))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    group: String,
    zone: String,
    me: Option<Person>,
    people: BTreeMap<String, String>,
    shifts: Vec<Line>,
    /// Hand-overs that nobody of the next shift has said to have.
    unanswered: Vec<HandOver>,
    #[serde(skip)]
    names: BTreeMap<Person, String>,
}

impl Answer for Listed {
    fn text(&self) -> String {
        let mut lines: Vec<String> = self.shifts.iter().map(|line| line.text(&self.names)).collect();
        if lines.is_empty() {
            lines.push("No shifts".to_owned());
        }
        for hand_over in &self.unanswered {
            lines.push(format!("Nobody has said to have the hand-over of {}", hand_over.shift));
        }
        lines.join("\n")
    }
}

/// The days that were typed: from today for two weeks where nothing was. The second is the one after the last.
pub(super) fn days(board: &mut Board, from: Option<&str>, to: Option<&str>) -> Result<(Day, Day), Failure> {
    let first = match from {
        Some(typed) => checked_day("--from", typed)?,
        None => board.today()?,
    };
    let end = match to {
        Some(typed) => later(checked_day("--to", typed)?, 1),
        None => later(first, 14),
    };
    if end <= first {
        return Err(Failure::Usage(format!("--to is before {first}")));
    }
    Ok((first, end))
}

/// Prints the shifts of some days.
pub(super) fn list(desk: &Desk, board: &mut Board, wanted: &List) -> Result<(), Failure> {
    let days = days(board, wanted.days.from.as_deref(), wanted.days.to.as_deref())?;
    let person = board.person(wanted.person.as_deref())?;
    list_where(desk, board, days, |shift| {
        person.as_ref().is_none_or(|person| shift.involved().any(|sign_up| sign_up.person == *person))
    })
}

/// Prints the shifts of one day.
pub(super) fn list_day(desk: &Desk, board: &mut Board, day: &str) -> Result<(), Failure> {
    let day = checked_day("the day", day)?;
    list_where(desk, board, (day, later(day, 1)), |_| true)
}

/// Prints those shifts of some days that are wanted.
pub(super) fn list_where(
    desk: &Desk,
    board: &mut Board,
    days: (Day, Day),
    is_wanted: impl Fn(&Shift) -> bool,
) -> Result<(), Failure> {
    let schedule = board.look(days, &[])?;
    let shifts = schedule.shifts(days.0, days.1);
    let unanswered = schedule.unanswered(&shifts, board.now);
    let wanted = shifts.iter().filter(|shift| is_wanted(shift)).cloned();
    let lines = wanted.map(|shift| Line::of(board, &schedule, &shifts, shift)).collect::<Result<_, _>>()?;
    desk.show(&Listed {
        group: board.group.to_string(),
        zone: board.zone.clone(),
        me: board.me.clone(),
        people: board.names(),
        shifts: lines,
        unanswered,
        names: board.all_names(),
    })
}

/// One shift, with all that is known, and what was just done to it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    group: String,
    zone: String,
    people: BTreeMap<String, String>,
    shift: Line,
    hand_over: Option<HandOver>,
    /// What the shift before passes on to it.
    before: Option<HandOver>,
    stand_ins: Vec<StandIn>,
    #[serde(skip)]
    names: BTreeMap<Person, String>,
    #[serde(skip)]
    phones: BTreeMap<Person, String>,
    #[serde(skip)]
    done: &'static str,
}

/// Prints one shift; after a change, only what was done and how it is then.
pub(super) fn show(desk: &Desk, board: &mut Board, id: &ShiftId, done: &'static str) -> Result<(), Failure> {
    let (schedule, shifts, shift) = board.look_around(id)?;
    desk.show(&Page {
        group: board.group.to_string(),
        zone: board.zone.clone(),
        people: board.names(),
        hand_over: schedule.hand_over(id),
        before: schedule.hand_over_to(&shift, &shifts),
        stand_ins: schedule.stand_ins(&shift, &shifts, &board.abilities),
        shift: Line::of(board, &schedule, &shifts, shift)?,
        names: board.all_names(),
        phones: board.phones.clone(),
        done,
    })
}

impl Answer for Page {
    fn text(&self) -> String {
        let head = self.shift.text(&self.names);
        if !self.done.is_empty() {
            return format!("{}: {head}", self.done);
        }
        let mut lines = vec![head];
        lines.extend(self.details());
        lines.extend(self.questions());
        let is_out = |state: &State| matches!(state, State::Withdrawn { .. } | State::Departed);
        let rest = self.shift.shift.people.iter().filter(|sign_up| is_out(&sign_up.state));
        lines.extend(rest.map(|sign_up| format!("  {}", standing(sign_up, &self.names))));
        for (person, presence) in &self.shift.shift.checks {
            let was = match (presence.arrived, presence.left) {
                (_, Some(_)) => "has left",
                _ => "is there",
            };
            lines.push(format!("  {} {was}", self.name(person)));
        }
        let stays = self.shift.shift.stays.iter().map(|person| self.name(person));
        lines.extend(stays.map(|name| format!("  {name} would stay if nobody comes")));
        if let Some(before) = &self.before {
            lines.push("  From the shift before:".to_owned());
            lines.extend(super::handover::lines(before, &self.names));
        }
        if let Some(hand_over) = &self.hand_over {
            lines.push("  For the next shift:".to_owned());
            lines.extend(super::handover::lines(hand_over, &self.names));
        }
        lines.extend(self.ask());
        lines.join("\n")
    }
}

impl Page {
    fn name(&self, person: &Person) -> String {
        plain(self.names.get(person).map_or(NOBODY_KNOWN, String::as_str))
    }

    fn details(&self) -> Vec<String> {
        let details = &self.shift.shift.details;
        let (languages, skills) = (details.languages.join(", "), details.skills.join(", "));
        let fields = [
            ("note", &details.note),
            ("bring", &details.bring),
            ("role", &details.role),
            ("line", &details.line),
            ("languages", &languages),
            ("skills", &skills),
        ];
        let said = fields.into_iter().filter(|(_, text)| !text.is_empty());
        let lines = |text: &str| text.lines().map(plain).collect::<Vec<_>>().join("\n    ");
        said.map(|(name, text)| format!("  {name}: {}", lines(text))).collect()
    }

    fn questions(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for conflict in &self.shift.shift.conflicts {
            lines.push(format!(
                "  Two versions of {}; the first counts until somebody edits it:",
                conflict.field
            ));
            for (place, version) in (1..).zip(&conflict.versions) {
                lines.push(format!("    {place}. {}", plain(&version.text)));
            }
        }
        lines
    }

    /// Whom to ask, if somebody is missing.
    fn ask(&self) -> Vec<String> {
        let counts = self.shift.shift.counts;
        let is_missing = counts.filled == 0 || counts.filled < counts.needs;
        if !self.shift.shift.is_on() || !is_missing || self.stand_ins.is_empty() {
            return Vec::new();
        }
        let mut lines = vec!["  Whom to ask:".to_owned()];
        for stand_in in self.stand_ins.iter().take(MOST_SHOWN) {
            let mut why = Vec::new();
            why.extend(stand_in.standby.map(|number| format!("standby {number}")));
            why.extend(stand_in.has_role.then(|| "can do it".to_owned()));
            why.extend(stand_in.languages.iter().map(|language| format!("speaks {language}")));
            why.extend(stand_in.stays.then(|| "offered to stay".to_owned()));
            why.extend((!stand_in.clashes.is_empty()).then(|| "is elsewhere at that time".to_owned()));
            let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join(", ")) };
            let phone =
                self.phones.get(&stand_in.person).map(|phone| format!("  {phone}")).unwrap_or_default();
            lines.push(format!("    {}{phone}{why}", self.name(&stand_in.person)));
        }
        lines
    }
}

const MOST_SHOWN: usize = 10;
