//! Writing a calendar file: times with a zone and its definition, never floating and never local with a Z.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use porchlight_wire::Timestamp;

use super::Event;
use super::line::{add, escape};
use super::zone::{basic, define};
use crate::schedule::rule::{Last, Rule};
use crate::schedule::when::{Local, When, to_jiff};
use crate::schedule::zone::{ZoneError, Zones};

/// When a phone rings before an event, in minutes.
pub type Alarm = Option<u32>;

/// A series without an end needs its zone defined for this long: ten years.
const AHEAD: u64 = 10 * 366 * 24 * 3600 * 1000;

/// Writes events. The same events always give the same bytes.
pub fn write(events: &[Event], zones: &Zones, alarm: Alarm) -> Result<String, ZoneError> {
    let mut file = String::new();
    for line in
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Porchlight//Porchlight//EN", "CALSCALE:GREGORIAN"]
    {
        add(&mut file, line);
    }
    let mut used = BTreeMap::<&str, (Timestamp, Timestamp)>::new();
    for event in events {
        if let When::Hours { zone, .. } = &event.when {
            let span = event.when.span(zone, zones)?;
            let end = if event.rule.is_some() { span.end.plus_millis(AHEAD) } else { span.end };
            let range = used.entry(zone).or_insert((span.start, end));
            *range = (range.0.min(span.start), range.1.max(end));
        }
    }
    for (zone, (first, last)) in &used {
        define(&mut file, zone, &zones.get(zone)?, *first, *last);
    }
    let repeats = |event: &&Event| event.recurrence.is_none();
    let series: BTreeMap<&str, &When> =
        events.iter().filter(repeats).map(|event| (event.uid.as_str(), &event.when)).collect();
    for event in events {
        write_event(&mut file, event, series.get(event.uid.as_str()).copied(), zones, alarm)?;
    }
    add(&mut file, "END:VCALENDAR");
    Ok(file)
}

fn write_event(
    file: &mut String,
    event: &Event,
    series: Option<&When>,
    zones: &Zones,
    alarm: Alarm,
) -> Result<(), ZoneError> {
    let mut text = |name: &str, text: &str| {
        if !text.is_empty() {
            add(file, &format!("{name}:{}", escape(text)));
        }
    };
    let details = &event.details;
    let stamp = utc(Timestamp::from_millis(event.modified.saturating_mul(1000)));
    text("BEGIN", "VEVENT");
    text("UID", &event.uid);
    text("DTSTAMP", &stamp);
    text("LAST-MODIFIED", &stamp);
    text("SEQUENCE", &event.sequence.to_string());
    text("STATUS", if event.is_cancelled { "CANCELLED" } else { "CONFIRMED" });
    text("SUMMARY", &details.title);
    text("LOCATION", &details.place);
    text("DESCRIPTION", &details.note);
    text("X-PORCHLIGHT-BRING", &details.bring);
    text("X-PORCHLIGHT-ROLE", &details.role);
    text("X-PORCHLIGHT-LINE", &details.line);
    text("X-PORCHLIGHT-NEEDS", &if details.needs == 0 { String::new() } else { details.needs.to_string() });
    text("X-PORCHLIGHT-LANGUAGES", &details.languages.join(","));
    text("X-PORCHLIGHT-SKILLS", &details.skills.join(","));
    write_times(file, event, series, zones)?;
    if let (Some(minutes), false) = (alarm, event.is_cancelled) {
        for line in ["BEGIN:VALARM", "ACTION:DISPLAY"] {
            add(file, line);
        }
        add(file, &format!("DESCRIPTION:{}", escape(&details.title)));
        add(file, &format!("TRIGGER:-PT{minutes}M"));
        add(file, "END:VALARM");
    }
    add(file, "END:VEVENT");
    Ok(())
}

fn write_times(
    file: &mut String,
    event: &Event,
    series: Option<&When>,
    zones: &Zones,
) -> Result<(), ZoneError> {
    match &event.when {
        When::Days { first, end } => {
            let day = |day: jiff::civil::Date| day.strftime("%Y%m%d").to_string();
            add(file, &format!("DTSTART;VALUE=DATE:{}", day(*first)));
            add(file, &format!("DTEND;VALUE=DATE:{}", day(*end)));
            for (name, dates) in [("EXDATE", &event.skips), ("RDATE", &event.extras)] {
                for date in dates {
                    add(file, &format!("{name};VALUE=DATE:{}", day(date.at.date())));
                }
            }
            if let Some(original) = event.recurrence {
                add(file, &format!("RECURRENCE-ID;VALUE=DATE:{}", day(original.at.date())));
            }
            if let Some(rule) = &event.rule {
                add(file, &format!("RRULE:{}", ended(rule, |until| day(until.at.date()))));
            }
        }
        When::Hours { start, end, zone } => {
            let rules = zones.get(zone)?;
            let mut time = |name: &str, local: &Local| add(file, &timed(name, local, zone, &rules));
            time("DTSTART", start);
            time("DTEND", end);
            event.skips.iter().for_each(|date| time("EXDATE", date));
            event.extras.iter().for_each(|date| time("RDATE", date));
            if let Some(original) = &event.recurrence {
                // It is told in the zone of its series.
                let of_series = match series {
                    Some(When::Hours { zone, .. }) => zone,
                    _ => zone,
                };
                add(file, &timed("RECURRENCE-ID", original, of_series, &zones.get(of_series)?));
            }
            if let Some(rule) = &event.rule {
                add(file, &format!("RRULE:{}", ended(rule, |until| utc(until.instant(&rules)))));
            }
        }
    }
    Ok(())
}

/// A line with a time. The second of two such hours can only be told in UTC.
fn timed(name: &str, local: &Local, zone: &str, rules: &TimeZone) -> String {
    if local.is_second {
        format!("{name}:{}", utc(local.instant(rules)))
    } else {
        format!("{name};TZID={zone}:{}", basic(local.at))
    }
}

/// The rule with its end as the standard wants it.
fn ended(rule: &Rule, until: impl Fn(Local) -> String) -> String {
    let Last::Until(last) = rule.last() else { return rule.to_string() };
    let text = rule.clone().ending(Last::Never).to_string();
    // Beside FREQ, before what calendars are less used to.
    match text.split_once(';') {
        Some((first, rest)) => format!("{first};UNTIL={};{rest}", until(last.into())),
        None => format!("{text};UNTIL={}", until(last.into())),
    }
}

fn utc(time: Timestamp) -> String {
    to_jiff(time).strftime("%Y%m%dT%H%M%SZ").to_string()
}
