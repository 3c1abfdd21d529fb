//! Reading a calendar file: forgiving, event by event, and telling what was repaired.

mod beside;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use porchlight_wire::Timestamp;

use self::beside::{lost, note_of};
use super::Event;
use super::line::{Line, lines, with_whole_letters};
use super::note::{Note, Refusal};
use super::tell::key_of;
use super::zone::{Definitions, Meaning};
use crate::encoding;
use crate::schedule::details::Details;
use crate::schedule::rule::{Ends, Rule, RuleError};
use crate::schedule::when::{Local, When, from_jiff, to_jiff};
use crate::schedule::zone::Zones;

/// Larger files are refused.
const LARGEST: usize = 16 * 1024 * 1024;
/// More events are refused.
const MOST_EVENTS: usize = 20_000;
/// More left-out or added dates than these of one event are passed over.
const MOST_DATES: usize = 5_000;

/// One event as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Where it begins in the file, counted from 1.
    pub line: u64,
    /// What it is called, to tell it by.
    pub title: String,
    /// The event, or why it is none.
    pub event: Result<Event, Refusal>,
    /// What had to be worked out or repaired.
    pub notes: Vec<Note>,
}

/// Reads all events of a file. `home` is the group's zone, in which UTC and zoneless times are told.
pub fn read(bytes: &[u8], home: &str, zones: &Zones) -> Result<Vec<Read>, NotACalendar> {
    if bytes.len() > LARGEST {
        return Err(NotACalendar::TooLarge);
    }
    let (text, encoding) =
        encoding::decode(&with_whole_letters(bytes), None).map_err(|_| NotACalendar::Other)?;
    let lines = lines(&text);
    if !lines.iter().any(|line| is(line, "BEGIN", "VCALENDAR") || is(line, "BEGIN", "VEVENT")) {
        return Err(NotACalendar::Other);
    }
    let (blocks, whole) = split(&lines)?;
    let reader = Reader { home, zones, whole };
    let mut reads: Vec<Read> = blocks.iter().map(|block| reader.event(block)).collect();
    reader.align(&mut reads);
    for read in reads.iter_mut().filter(|_| encoding.is_a_guess()) {
        let is_plain = read
            .event
            .as_ref()
            .is_ok_and(|event| event.details.to_flat().values().all(|text| text.is_ascii()));
        if !is_plain {
            read.notes.push(Note::LettersGuessed { encoding });
        }
    }
    Ok(reads)
}

struct Block<'a> {
    line: u64,
    lines: Vec<&'a Line>,
    is_closed: bool,
    /// Whether it is something to be done, and not to be come to.
    is_task: bool,
}

fn is(line: &Line, name: &str, value: &str) -> bool {
    line.name == name && line.value.trim().eq_ignore_ascii_case(value)
}

/// What a file says of all its events.
#[derive(Default)]
struct Whole {
    definitions: Definitions,
    is_cancelling: bool,
    /// The zone that the calendar names as its own.
    zone: Option<String>,
}

fn split(lines: &[Line]) -> Result<(Vec<Block<'_>>, Whole), NotACalendar> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut whole = Whole::default();
    let (mut open, mut inner, mut zone): (Option<Block<'_>>, u32, Option<String>) = (None, 0, None);
    for line in lines {
        let is_task = is(line, "BEGIN", "vtodo");
        if is_task || is(line, "BEGIN", "VEVENT") {
            blocks.extend(open.take());
            open = Some(Block { line: line.number, lines: Vec::new(), is_closed: false, is_task });
            inner = 0;
        } else if is(line, "END", "VEVENT") || is(line, "END", "vtodo") {
            blocks.extend(open.take().map(|block| Block { is_closed: true, ..block }));
        } else if let Some(block) = &mut open {
            // Alarms stand inside events, with lines of their own.
            match line.name.as_str() {
                "BEGIN" => inner += 1,
                "END" => inner = inner.saturating_sub(1),
                _ if inner == 0 => block.lines.push(line),
                _ => {}
            }
        } else if is(line, "BEGIN", "VTIMEZONE") {
            zone = Some(String::new());
        } else if is(line, "END", "VTIMEZONE") {
            zone = None;
        } else if let Some(zone) = &mut zone {
            if line.name == "TZID" {
                line.value.trim().clone_into(zone);
            } else {
                whole.definitions.take(zone, line);
            }
        } else if line.name == "METHOD" {
            whole.is_cancelling = line.value.trim().eq_ignore_ascii_case("CANCEL");
        } else if line.name == "X-WR-TIMEZONE" {
            whole.zone = Some(line.text().trim().to_owned()).filter(|zone| !zone.is_empty());
        }
        if blocks.len() > MOST_EVENTS {
            return Err(NotACalendar::TooLarge);
        }
    }
    blocks.extend(open);
    Ok((blocks, whole))
}

struct Reader<'a> {
    home: &'a str,
    zones: &'a Zones,
    whole: Whole,
}

/// A time as a line says it.
#[derive(Clone, Debug)]
enum Told {
    Day(Date),
    At(Local, String),
}

impl Reader<'_> {
    fn event(&self, block: &Block<'_>) -> Read {
        let find = |name: &str| block.lines.iter().find(|line| line.name == name).copied();
        let title = find("SUMMARY").map(Line::text).unwrap_or_default();
        let mut notes = Vec::new();
        let event = match block {
            Block { is_task: true, .. } => Err(Refusal::Task),
            Block { is_closed: false, .. } => Err(Refusal::CutShort),
            _ => self.read(block, &title, &mut notes),
        };
        Read { line: block.line, title: crate::field::clean_line(&title), event, notes }
    }

    fn read(&self, block: &Block<'_>, title: &str, notes: &mut Vec<Note>) -> Result<Event, Refusal> {
        let find = |name: &str| block.lines.iter().find(|line| line.name == name).copied();
        let text = |name: &str| find(name).map(Line::text).unwrap_or_default();
        let start =
            self.start(find("DTSTART").ok_or(Refusal::NoStart)?, find("RRULE"), &text("UID"), notes)?;
        let when = self.when(&start, find("DTEND"), find("DURATION"), notes)?;
        when.check().map_err(|_| Refusal::BadTime)?;
        let details = Details {
            title: title.to_owned(),
            place: text("LOCATION"),
            note: note_of(block),
            bring: text("X-PORCHLIGHT-BRING"),
            role: text("X-PORCHLIGHT-ROLE"),
            line: text("X-PORCHLIGHT-LINE"),
            needs: text("X-PORCHLIGHT-NEEDS").trim().parse().unwrap_or(0),
            languages: list(&text("X-PORCHLIGHT-LANGUAGES")),
            skills: list(&text("X-PORCHLIGHT-SKILLS")),
        };
        notes.extend(details.too_long().into_iter().map(|field| Note::CutShort { field: field.to_owned() }));
        let lost = lost(block);
        if !lost.is_empty() {
            notes.push(Note::NotKept { what: lost });
        }
        let mut details = details.tidy();
        if details.title.is_empty() {
            details.title = if details.place.is_empty() { "?".to_owned() } else { details.place.clone() };
        }
        let zone = match &start {
            Told::At(_, zone) => zone.clone(),
            Told::Day(_) => "UTC".to_owned(),
        };
        let rules = self.zones.get(&zone).map_err(|_| Refusal::Zone { zone: zone.clone() })?;
        let rule = match find("RRULE") {
            Some(line) => rule(&line.value, &rules, &self.home_rules()?, &start, notes),
            None => None,
        };
        for line in block.lines.iter().filter(|line| line.name == "EXRULE") {
            notes.push(Note::OffRuleLeftOut { rule: short(&line.value) });
        }
        for line in block.lines.iter().filter(|line| line.name == "RRULE").skip(1) {
            notes.push(Note::RuleLeftOut { rule: short(&line.value) });
        }
        let recurrence = match find("RECURRENCE-ID") {
            Some(line) => {
                if line.parameter("RANGE").is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE")) {
                    return Err(Refusal::Following);
                }
                let told = self.told(line, &zone, &mut Vec::new())?;
                Some(match (&start, &told) {
                    // What is a whole day now was one hour of a series, which tells it in its own zone.
                    (Told::Day(_), Told::At(at, _)) => *at,
                    _ => self.local(&told, &rules),
                })
            }
            None => None,
        };
        let status = text("STATUS");
        let mut event = Event {
            uid: text("UID").trim().to_owned(),
            recurrence,
            sequence: text("SEQUENCE").trim().parse().unwrap_or(0),
            modified: self.seconds(find("LAST-MODIFIED").or_else(|| find("DTSTAMP"))),
            is_cancelled: self.whole.is_cancelling || status.trim().eq_ignore_ascii_case("CANCELLED"),
            details,
            skips: self.dates(block, "EXDATE", &when, (&zone, &rules), notes),
            extras: self.dates(block, "RDATE", &when, (&zone, &rules), notes),
            when,
            rule,
        };
        if event.uid.is_empty() || event.uid.len() > 1_000 {
            notes.push(Note::NoUid);
            event.uid = format!("{}/{}", event.details.title, event.when);
        }
        Ok(event)
    }

    /// When an event begins. What repeats from a time in UTC repeats there (RFC 5545, section 3.8.5.3), days of the week
    /// and dates left out included; but we write that way what begins in the second of an hour that comes twice.
    fn start(
        &self,
        line: &Line,
        rule: Option<&Line>,
        uid: &str,
        notes: &mut Vec<Note>,
    ) -> Result<Told, Refusal> {
        let own = self.own_zone();
        let told = self.told(line, own.as_deref().unwrap_or(self.home), notes)?;
        let Told::At(at, zone) = &told else { return Ok(told) };
        let is_utc = line.value.trim().ends_with(['Z', 'z']);
        if !is_utc && line.parameter("TZID").is_none() {
            notes.push(own.map_or(Note::NoZone, |zone| Note::CalendarZone { zone }));
        }
        if !is_utc || rule.is_none() || key_of(uid.trim()).is_some() {
            return Ok(told);
        }
        let rules = self.zones.get(zone).map_err(|_| Refusal::Zone { zone: zone.clone() })?;
        if rules.following(to_jiff(Timestamp::default())).next().is_some() {
            notes.push(Note::InUtc);
        }
        Ok(Told::At(Local::of(at.instant(&rules), &TimeZone::UTC), "UTC".to_owned()))
    }

    /// What a line with a time or a day says. A time in no zone is one in `zone`: for an event's first line that is the
    /// calendar's own or else the group's, and for all its others the one in which the event begins.
    fn told(&self, line: &Line, zone: &str, notes: &mut Vec<Note>) -> Result<Told, Refusal> {
        self.told_value(line, line.value.split(',').next().unwrap_or_default(), zone, notes)
    }

    fn told_value(
        &self,
        line: &Line,
        value: &str,
        zone: &str,
        notes: &mut Vec<Note>,
    ) -> Result<Told, Refusal> {
        let value = value.trim();
        // A period of an RDATE begins with its start.
        let value = value.split('/').next().unwrap_or(value);
        let plain = value.replace(['-', ':'], "");
        let value = plain.as_str();
        let (value, is_utc) = value.strip_suffix(['Z', 'z']).map_or((value, false), |value| (value, true));
        let (day, time) = value.split_once(['T', 't']).map_or((value, None), |(day, time)| (day, Some(time)));
        let day = crate::schedule::rule::basic_date(day).ok_or(Refusal::NoStart)?;
        let Some(time) = time else { return Ok(Told::Day(day)) };
        // Some tell the end of a day by that day.
        let (day, time) = match time {
            "2400" | "240000" => (day.tomorrow().map_err(|_| Refusal::BadTime)?, "000000"),
            time => (day, time),
        };
        let at = day.to_datetime(crate::schedule::rule::basic_time(time).ok_or(Refusal::NoStart)?);
        if is_utc {
            let rules = self.home_rules()?;
            let instant = TimeZone::UTC.to_timestamp(at).map_err(|_| Refusal::BadTime)?;
            return Ok(Told::At(Local::of(from_jiff(instant), &rules), self.home.to_owned()));
        }
        let Some(name) = line.parameter("TZID") else {
            return Ok(Told::At(at.into(), zone.to_owned()));
        };
        let found = self.whole.definitions.resolve(name, at.date(), self.home, self.zones);
        let (told, note) = match found.ok_or_else(|| Refusal::Zone { zone: name.to_owned() })? {
            Meaning::Named(zone) => return Ok(Told::At(at.into(), zone)),
            Meaning::Other(zone) => {
                let note = Note::ZoneRead { name: name.to_owned(), zone: zone.clone() };
                (Told::At(at.into(), zone), note)
            }
            Meaning::Own(offset) => {
                let home = self.home_rules()?;
                let instant = offset.to_timestamp(at).map_err(|_| Refusal::BadTime)?;
                let note = Note::ZoneTold { name: name.to_owned(), zone: self.home.to_owned() };
                (Told::At(Local::of(from_jiff(instant), &home), self.home.to_owned()), note)
            }
        };
        if !notes.contains(&note) {
            notes.push(note);
        }
        Ok(told)
    }

    /// The zone in which the calendar says that its events are, if it is another than the group's.
    fn own_zone(&self) -> Option<String> {
        let name = self.whole.zone.as_deref()?;
        let today = Date::constant(2026, 1, 1);
        match self.whole.definitions.resolve(name, today, self.home, self.zones)? {
            Meaning::Named(zone) | Meaning::Other(zone) => Some(zone).filter(|zone| zone != self.home),
            Meaning::Own(_) => None,
        }
    }

    fn home_rules(&self) -> Result<TimeZone, Refusal> {
        self.zones.get(self.home).map_err(|_| Refusal::Zone { zone: self.home.to_owned() })
    }

    fn when(
        &self,
        start: &Told,
        end: Option<&Line>,
        duration: Option<&Line>,
        notes: &mut Vec<Note>,
    ) -> Result<When, Refusal> {
        let zone = match start {
            Told::At(_, zone) => zone.as_str(),
            Told::Day(_) => self.home,
        };
        let end = end.and_then(|line| self.told(line, zone, &mut Vec::new()).ok());
        let duration = duration.and_then(|line| self::duration(&line.value));
        match start {
            Told::Day(first) => {
                let next = first.tomorrow().map_err(|_| Refusal::BadTime)?;
                let end = match (end, duration) {
                    (Some(Told::Day(end)), _) => end,
                    (Some(Told::At(end, _)), _) => end.at.date(),
                    (None, Some(length)) => first.saturating_add(length.days).saturating_add(length.exact),
                    (None, None) => next,
                };
                Ok(When::Days { first: *first, end: end.max(next) })
            }
            Told::At(start, zone) => {
                let rules = self.zones.get(zone).map_err(|_| Refusal::Zone { zone: zone.clone() })?;
                let end = match (end, duration) {
                    (Some(end), _) => Some(self.local(&end, &rules)),
                    (None, Some(length)) => Some(length.after(*start, &rules)),
                    (None, None) => None,
                };
                let is_after = |end: &Local| end.instant(&rules) > start.instant(&rules);
                let end = end.filter(is_after).unwrap_or_else(|| {
                    notes.push(Note::NoEnd);
                    Local::of(start.instant(&rules).plus_millis(3_600_000), &rules)
                });
                Ok(When::Hours { start: *start, end, zone: zone.clone() })
            }
        }
    }

    /// A time in the zone of the event.
    fn local(&self, told: &Told, rules: &TimeZone) -> Local {
        match told {
            Told::Day(day) => day.to_datetime(Time::midnight()).into(),
            Told::At(at, zone) => match self.zones.get(zone) {
                Ok(own) if own != *rules => Local::of(at.instant(&own), rules),
                _ => *at,
            },
        }
    }

    /// Left-out or added dates: in any spelling, several in a line; a mere day means that day's.
    fn dates(
        &self,
        block: &Block<'_>,
        name: &str,
        when: &When,
        (zone, rules): (&str, &TimeZone),
        notes: &mut Vec<Note>,
    ) -> Vec<Local> {
        let mut dates = Vec::new();
        for line in block.lines.iter().filter(|line| line.name == name) {
            for value in line.value.split(',').filter(|value| !value.trim().is_empty()) {
                let Ok(told) = self.told_value(line, value, zone, notes) else {
                    notes.push(Note::DateUnread { text: short(value) });
                    continue;
                };
                let date = match &told {
                    Told::Day(day) => day.to_datetime(when.start().at.time()).into(),
                    Told::At(..) => self.local(&told, rules),
                };
                if let Some((_, end)) = value.split_once('/')
                    && !self.is_as_long(line, end, zone, (date, when, rules))
                {
                    notes.push(Note::LengthLeftOut { date: short(value) });
                }
                dates.push(date);
            }
        }
        dates.sort();
        dates.dedup();
        if let Some(count) = dates.len().checked_sub(MOST_DATES).filter(|count| *count > 0) {
            notes.push(Note::DatesLeftOut { count });
            dates.truncate(MOST_DATES);
        }
        dates
    }

    /// Whether a period of an RDATE, which goes on until a time or for some time, is as long as its event.
    fn is_as_long(
        &self,
        line: &Line,
        end: &str,
        zone: &str,
        (start, when, rules): (Local, &When, &TimeZone),
    ) -> bool {
        let When::Hours { start: first, end: last, .. } = when else { return true };
        let end = match duration(end) {
            Some(length) => length.after(start, rules),
            None => match self.told_value(line, end, zone, &mut Vec::new()) {
                Ok(told) => self.local(&told, rules),
                Err(_) => return false,
            },
        };
        let length = |from: Local, to: Local| to.at.duration_since(from.at);
        length(start, end) == length(*first, *last)
    }

    fn seconds(&self, line: Option<&Line>) -> u64 {
        let told = line.and_then(|line| self.told(line, self.home, &mut Vec::new()).ok());
        match told {
            Some(Told::At(at, zone)) => self.zones.get(&zone).map_or(0, |rules| at.instant(&rules).seconds()),
            _ => 0,
        }
    }

    /// Dates of a series find it in the same file.
    fn align(&self, reads: &mut [Read]) {
        let masters: BTreeMap<String, (When, bool)> = reads
            .iter()
            .filter_map(|read| read.event.as_ref().ok())
            .filter(|event| event.recurrence.is_none())
            .map(|event| {
                let repeats = event.rule.is_some() || !event.extras.is_empty();
                (event.uid.clone(), (event.when.clone(), repeats))
            })
            .collect();
        for read in reads {
            let Ok(event) = &mut read.event else { continue };
            let Some(original) = event.recurrence else { continue };
            // One date of a series has no rule of its own.
            event.rule = None;
            match masters.get(&event.uid) {
                // A date of something that does not repeat is that thing itself.
                Some((_, false)) => event.recurrence = None,
                Some((series, true)) => {
                    event.recurrence = Some(told_by_series(original, &event.when, series, self.zones));
                }
                None => {}
            }
        }
    }
}

/// The original start of a date, which its event tells in its own zone, as its series tells it: in the zone of the
/// series, and a mere day at the hour of the series. Where it names no zone it may be in either: it is the hour that the
/// series has.
pub(super) fn told_by_series(original: Local, when: &When, series: &When, zones: &Zones) -> Local {
    let When::Hours { start, zone, .. } = series else { return original };
    let own = match when {
        When::Hours { zone, .. } => zone,
        When::Days { .. } => zone,
    };
    let told = match (zones.get(own), zones.get(zone)) {
        (Ok(own), Ok(rules)) if own != rules => Local::of(original.instant(&own), &rules),
        _ => original,
    };
    let has_hour = |local: Local| local.at.time() == start.at.time();
    let told = if has_hour(original) && !has_hour(told) { original } else { told };
    let is_day = original.at.time() == Time::midnight() && told.at.time() != start.at.time();
    if is_day { original.at.date().to_datetime(start.at.time()).into() } else { told }
}

fn rule(value: &str, rules: &TimeZone, home: &TimeZone, start: &Told, notes: &mut Vec<Note>) -> Option<Rule> {
    let until = value.to_ascii_uppercase();
    let until = until.split("UNTIL=").nth(1).and_then(|rest| rest.split(';').next()).map(str::trim);
    // Whole days that end at a moment, as some calendars write it: the day that is then where the group is. Midnight in
    // UTC is how others write the day itself.
    let is_moment = until.is_some_and(|until| until.ends_with('Z') && !until.ends_with("T000000Z"));
    let rules = if is_moment && matches!(start, Told::Day(_)) { home } else { rules };
    let first = match start {
        Told::Day(day) => day.to_datetime(Time::midnight()),
        Told::At(at, _) => at.at,
    };
    match Rule::read_from(value, rules, first) {
        Ok((rule, ends)) => {
            if ends == Ends::Both {
                notes.push(Note::BothEnds);
            }
            let is_right = until.is_none_or(|until| match start {
                Told::Day(_) => !until.contains('T'),
                Told::At(..) => until.ends_with('Z'),
            });
            if !is_right {
                notes.push(Note::UntilRepaired);
            }
            Some(rule)
        }
        Err(error @ (RuleError::Unreadable(_) | RuleError::TooOften)) => {
            notes.push(Note::RuleUnread { why: error.to_string() });
            None
        }
    }
}

/// How long something is. Days and weeks are those of the calendar, which may have 23 or 25 hours; the rest is exact
/// (RFC 5545, section 3.3.6).
#[derive(Clone, Copy, Debug)]
struct Length {
    days: SignedDuration,
    exact: SignedDuration,
}

impl Length {
    fn after(self, start: Local, rules: &TimeZone) -> Local {
        let days = start.at.saturating_add(self.days);
        let first = if self.days.is_zero() { start } else { Local::from(days) };
        let millis = u64::try_from(self.exact.as_millis()).unwrap_or(0);
        if millis == 0 { first } else { Local::of(first.instant(rules).plus_millis(millis), rules) }
    }
}

/// `PT1H30M`, `P1D`, `P2W`
fn duration(text: &str) -> Option<Length> {
    let text = text.trim().trim_start_matches('+').to_ascii_uppercase();
    let (mut days, mut seconds, mut number, mut is_time) = (0_i64, 0_i64, String::new(), false);
    for letter in text.strip_prefix('P')?.chars() {
        match letter {
            'T' => is_time = true,
            '0'..='9' if number.len() < 7 => number.push(letter),
            _ => {
                let count = number.parse::<i64>().ok()?;
                match (letter, is_time) {
                    ('W', false) => days += 7 * count,
                    ('D', false) => days += count,
                    ('H', true) => seconds += 3600 * count,
                    ('M', true) => seconds += 60 * count,
                    ('S', true) => seconds += count,
                    _ => return None,
                }
                number.clear();
            }
        }
    }
    let length =
        Length { days: SignedDuration::from_hours(24 * days), exact: SignedDuration::from_secs(seconds) };
    (days + seconds > 0).then_some(length)
}

/// What a file says, short enough to be shown.
fn short(text: &str) -> String {
    crate::field::clean_line(text).chars().take(100).collect()
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Why a file is no calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACalendar {
    /// Something else.
    #[error("this is not a calendar file (.ics)")]
    Other,
    /// More than is taken at once.
    #[error("this calendar is too large; split it")]
    TooLarge,
}
