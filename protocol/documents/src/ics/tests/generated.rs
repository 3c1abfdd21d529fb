//! Schedules that a machine made up come back from our own file as they were, here and in another group.

use proptest::prelude::*;

use super::*;
use crate::schedule::Shift;
use crate::schedule::tests::Town;
use crate::schedule::tests::story::{Story, deeds};

type Told = (Date, Option<crate::schedule::when::Span>, Details);

/// What a calendar can say of a shift. Where a series changed a text from a date on, calendars only hear the newest. One
/// that does not take place has a day and no hours: where a series went on at other hours, both dates of that day are
/// cancelled, and calendars hear of one.
fn told(shift: &Shift) -> Told {
    let note = if shift.series.is_some() { String::new() } else { shift.details.note.clone() };
    let details = Details { note, ..shift.details.clone() };
    let span = shift.is_on().then_some(shift.span);
    (shift.when.start().at.date(), span, details)
}

/// All shifts, in order, but for dates that a series lost while people were in them: they are no events any more.
fn all(schedule: &Schedule) -> Vec<Told> {
    // A list shows once what two dates of a day both say; a file has both.
    let is_wanted = |shift: &Shift| !shift.removed || shift.involved().next().is_some();
    let shifts = schedule.shifts_where(day("2026-08-01"), day("2027-01-15"), is_wanted);
    let is_event = |shift: &&Shift| shift.series.is_none() || !shift.removed || shift.cancelled.is_some();
    let mut told: Vec<_> = shifts.iter().filter(is_event).map(told).collect();
    told.sort_by_cached_key(|told| format!("{told:?}"));
    told.dedup_by(|(day, hours, details), other| {
        hours.is_none() && (&*day, &None, &*details) == (&other.0, &other.1, &other.2)
    });
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_schedule_comes_back_from_its_file_as_it_was(deeds in deeds(50)) {
        let mut story = Story::new(2);
        story.tell(&deeds);
        story.settle();
        let schedule = story.town.see(0);
        let events = events(&schedule, day("2020-01-01"), day("2035-01-01"), &Wanted::All);
        let written = write(&events, &Zones::new(), None).unwrap();
        if events.is_empty() {
            return Ok(());
        }
        let import = look(&schedule, written.as_bytes(), Timestamp::default()).unwrap();
        prop_assert!(import.rows.iter().all(|row| row.outcome == Outcome::Same), "{:#?}\n{}", import.rows, written);
        prop_assert_eq!(import.steps().count(), 0);

        let mut other = Town::new(story.town.home(), 1);
        let import = look(&other.see(0), written.as_bytes(), Timestamp::default()).unwrap();
        prop_assert!(import.rows.iter().all(|row| row.outcome == Outcome::Taken), "{:#?}\n{}", import.rows, written);
        for (name, step) in import.steps() {
            other.edit(0, name, |editor| step.write(editor));
        }
        prop_assert_eq!(&all(&other.see(0)), &all(&schedule), "{}", written);
        let again = look(&other.see(0), written.as_bytes(), Timestamp::default()).unwrap();
        prop_assert!(again.rows.iter().all(|row| row.outcome == Outcome::Same), "{:#?}\n{}", again.rows, written);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_and_take(&bytes);
    }

    #[test]
    fn any_lines_are_read_or_refused(text in "(BEGIN:VEVENT\n|END:VEVENT\n|UID:|DTSTART|DTEND|DURATION:|RRULE:|EXDATE|RDATE|RECURRENCE-ID|;TZID=|Europe/Berlin|;VALUE=DATE|:2026[01][0-9]{3}|T[0-2][0-9]{5}|Z|FREQ=|DAILY|WEEKLY|MONTHLY|YEARLY|;BYDAY=|-?[0-9]|MO|;BYSETPOS=|;UNTIL=|;COUNT=|;INTERVAL=|P[0-9]D|PT[0-9]H|\n|\n |\\\\|,|é|[A-Z]){0,60}") {
        read_and_take(format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:a\nDTSTART:20261001T100000\n{text}").as_bytes());
    }
}

/// What was read is taken, and comes back as it was.
fn read_and_take(bytes: &[u8]) {
    let mut desk = Desk::new("Europe/Berlin");
    let Ok(import) = look(&desk.see(), bytes, Timestamp::default()) else { return };
    for (name, step) in import.steps() {
        desk.edit(name, |editor| step.write(editor));
    }
    let written = desk.export();
    let Ok(again) = look(&desk.see(), written.as_bytes(), Timestamp::default()) else { return };
    assert!(again.rows.iter().all(|row| row.outcome == Outcome::Same), "{:#?}\n{written}", again.rows);
}
