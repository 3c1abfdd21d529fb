//! Calendars of other programs, and our own back again.

mod generated;
mod losses;
mod people;
mod reported;
mod siblings;

use jiff::civil::Date;
use porchlight_wire::{MemberId, Timestamp};

use super::import::{Import, Outcome, look};
use super::note::{Note, Refusal};
use super::*;
use crate::document::{Actor, Author, Document, DocumentName, Kind};
use crate::ledger::Ledger;
use crate::schedule::zone::Zones;
use crate::schedule::{Month, MonthCells, Person, PlanCells, Schedule, ShiftId, edit, plan, series};

/// One phone's schedule.
struct Desk {
    home: &'static str,
    documents: std::collections::BTreeMap<DocumentName, Document>,
    actors: std::collections::BTreeMap<DocumentName, u8>,
    time: u64,
}

impl Desk {
    fn new(home: &'static str) -> Self {
        Self {
            home,
            documents: std::collections::BTreeMap::new(),
            actors: std::collections::BTreeMap::new(),
            time: 1_790_000_000_000,
        }
    }

    fn edit<T>(
        &mut self,
        name: &DocumentName,
        f: impl FnOnce(&mut crate::Editor<'_>) -> Result<T, crate::schedule::ScheduleError>,
    ) -> T {
        self.time += 1_000;
        // As devices do, another actor in each document: keys are made from it.
        let next = u8::try_from(self.actors.len() + 1).unwrap();
        let actor = *self.actors.entry(name.clone()).or_insert(next);
        let author =
            Author { actor: Actor::from_bytes([actor; 16]), time: Timestamp::from_millis(self.time) };
        let document = self.documents.entry(name.clone()).or_insert_with(|| Document::new(Kind::Schedule));
        document.edit(author, f).unwrap().0
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.time)
    }

    fn see(&self) -> Schedule {
        let ledger = Ledger::new();
        let cells = self
            .documents
            .get(&plan())
            .map_or_else(PlanCells::default, |document| PlanCells::read(document, &ledger).unwrap());
        let months = self.documents.iter().filter_map(|(name, document)| {
            Month::of_document(name).map(|month| MonthCells::read(document, month, &ledger).unwrap())
        });
        Schedule::new(self.home, Zones::new(), cells, months).unwrap()
    }

    fn import(&mut self, file: &str) -> Import {
        let import = look(&self.see(), file.as_bytes(), self.now()).unwrap();
        for (name, step) in import.steps() {
            self.edit(name, |editor| step.write(editor));
        }
        import
    }

    fn export(&self) -> String {
        let schedule = self.see();
        let all = events(&schedule, day("2020-01-01"), day("2035-01-01"), &Wanted::All);
        write(&all, &Zones::new(), None).unwrap()
    }

    /// The starts of all shifts of a name, in UTC, with a mark for those that are off.
    fn starts(&self, title: &str) -> Vec<String> {
        let shifts = self.see().shifts(day("2026-01-01"), day("2028-01-01"));
        let named = shifts.iter().filter(|shift| shift.details.title == title);
        named
            .map(|shift| {
                let start = crate::schedule::when::to_jiff(shift.span.start).strftime("%Y-%m-%dT%H:%MZ");
                format!("{start}{}", if shift.is_on() { "" } else { " off" })
            })
            .collect()
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn file(events: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Somewhere//EN\n{events}END:VCALENDAR\n")
}

/// One event, with these lines beside its name.
fn event(title: &str, lines: &str) -> String {
    format!(
        "BEGIN:VEVENT\nUID:{title}@elm.example\nDTSTAMP:20260801T080000Z\nSUMMARY:{title}\n{lines}\nEND:VEVENT\n"
    )
}

fn outcomes(import: &Import) -> Vec<&'static str> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Taken => "taken",
        Outcome::Changed { .. } => "changed",
        Outcome::Same => "same",
        Outcome::Left => "left",
        Outcome::Refused { .. } => "refused",
    };
    import.rows.iter().map(|row| word(&row.outcome)).collect()
}

#[test]
fn a_named_zone_needs_no_definition_and_other_names_are_read() {
    for (zone, expected) in [
        ("America/Toronto", "2026-10-15T23:00Z"),
        ("/example.net/20250801_1/America/Toronto", "2026-10-15T23:00Z"),
        ("Eastern Standard Time", "2026-10-15T23:00Z"),
        ("W. Europe Standard Time", "2026-10-15T17:00Z"),
    ] {
        let mut desk = Desk::new("Asia/Tokyo");
        let lines = format!("DTSTART;TZID=\"{zone}\":20261015T190000\nDTEND;TZID=\"{zone}\":20261015T220000");
        let import = desk.import(&file(&event("Soup", &lines)));
        assert_eq!(outcomes(&import), ["taken"]);
        assert_eq!(desk.starts("Soup"), [expected], "{zone}");
        let written = desk.export();
        assert_eq!(written.matches("BEGIN:VTIMEZONE").count(), 1);
        let events = written.split_once("BEGIN:VEVENT").unwrap().1;
        assert!(!events.contains("DTSTART:2026"), "no floating times");
    }
    let mut desk = Desk::new("Asia/Tokyo");
    let nowhere = "DTSTART;TZID=Mars/Base:20261015T190000\nDTEND;TZID=Mars/Base:20261015T220000";
    let import = desk.import(&file(
        &(event("Gone", nowhere) + &event("Here", "DTSTART:20261015T100000Z\nDURATION:PT90M")),
    ));
    assert_eq!(outcomes(&import), ["refused", "taken"]);
    assert_eq!(desk.starts("Here"), ["2026-10-15T10:00Z"]);
}

#[test]
fn a_weekly_shift_keeps_its_hour_when_clocks_change() {
    let mut desk = Desk::new("UTC");
    let lines = "DTSTART;TZID=Europe/Madrid:20261014T190000\nDTEND;TZID=Europe/Madrid:20261014T210000\n\
                 RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=4";
    desk.import(&file(&event("Phones", lines)));
    assert_eq!(
        desk.starts("Phones"),
        ["2026-10-14T17:00Z", "2026-10-21T17:00Z", "2026-10-28T18:00Z", "2026-11-04T18:00Z"]
    );
    let written = desk.export();
    assert!(written.contains("DTSTART;TZID=Europe/Madrid:20261014T190000"));
    assert!(written.contains("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"));
}

#[test]
fn every_spelling_of_the_end_and_one_that_is_none() {
    let mut desk = Desk::new("America/Chicago");
    let series = |title: &str, until: &str| {
        event(
            title,
            &format!(
                "DTSTART;TZID=America/Bogota:20260901T140000\nDTEND;TZID=America/Bogota:20260901T150000\n\
            RRULE:FREQ=WEEKLY;UNTIL={until};BYDAY=TU;WKST=SU"
            ),
        )
    };
    let import = desk.import(&file(
        &[
            series("day", "20260922"),
            series("local", "20260922T140000"),
            series("utc", "20260922T190000Z"),
            series("broken", "NaNNaNT00Z"),
        ]
        .concat(),
    ));
    assert_eq!(outcomes(&import), ["taken"; 4]);
    assert_eq!(["day", "local", "utc", "broken"].map(|title| desk.starts(title).len()), [4, 4, 4, 1]);
    let notes: Vec<_> = import.rows.iter().map(|row| row.notes.first()).collect();
    assert_eq!(notes[..3], [Some(&Note::UntilRepaired), Some(&Note::UntilRepaired), None]);
    assert!(matches!(notes[3], Some(Note::RuleUnread { .. })));
    assert!(import.rows[3].to_string().contains("could not be read"));
    assert_eq!(desk.export().matches("UNTIL=20260922T190000Z").count(), 2, "{}", desk.export());
    assert!(desk.export().contains("UNTIL=20260923T045959Z"));
}

#[test]
fn whole_days_end_the_day_before_their_end() {
    let lines = [
        ("one", "DTSTART;VALUE=DATE:20260714\nDTEND;VALUE=DATE:20260715", 1),
        ("no end", "DTSTART;VALUE=DATE:20260720", 1),
        ("same", "DTSTART;VALUE=DATE:20260722\nDTEND;VALUE=DATE:20260722", 1),
        ("three", "DTSTART;VALUE=DATE:20260801\nDTEND;VALUE=DATE:20260804", 3),
    ];
    for home in ["UTC", "America/Los_Angeles", "Pacific/Auckland"] {
        let mut desk = Desk::new(home);
        desk.import(&file(&lines.map(|(title, lines, _)| event(title, lines)).concat()));
        for (title, text, count) in lines {
            let first: Date =
                format!("{}-{}-{}", &text[19..23], &text[23..25], &text[25..27]).parse().unwrap();
            let mut days = 0;
            let mut at = first.yesterday().unwrap();
            for _ in 0..6 {
                let next = at.tomorrow().unwrap();
                days +=
                    desk.see().shifts(at, next).iter().filter(|shift| shift.details.title == title).count();
                at = next;
            }
            assert_eq!(days, count, "{title} in {home}");
        }
        assert!(desk.export().contains("DTSTART;VALUE=DATE:20260722\r\nDTEND;VALUE=DATE:20260723"));
    }
}

#[test]
fn a_cancelled_event_stays_struck_through_and_comes_but_once() {
    let mut desk = Desk::new("America/Chicago");
    let times = "DTSTART;TZID=America/Chicago:20260912T080000\nDTEND;TZID=America/Chicago:20260912T110000";
    let first = file(&event("Run", times));
    desk.import(&first);
    let shifts = desk.see().shifts(day("2026-09-12"), day("2026-09-13"));
    let (id, coming) = (shifts[0].id.clone(), shifts[0].coming(0, None));
    let ana = Person::Member(MemberId::from_bytes([1; 16]));
    desk.edit(&id.document(), |editor| edit::sign_up(editor, &id, &ana, &coming));
    let cancelled = file(&event("Run", &format!("{times}\nSEQUENCE:2\nSTATUS:CANCELLED")));
    assert_eq!(outcomes(&desk.import(&cancelled)), ["changed"]);
    assert_eq!(outcomes(&desk.import(&cancelled)), ["same"]);
    assert_eq!(outcomes(&desk.import(&first)), ["left"]);
    assert_eq!(desk.starts("Run"), ["2026-09-12T13:00Z off"]);
    assert!(desk.see().shift(&id).unwrap().sign_up(&ana).is_some());
    let written = desk.export();
    assert!(written.contains("STATUS:CANCELLED") && written.contains("SEQUENCE:2"));
    assert!(written.contains("UID:Run@elm.example"));
}

#[test]
fn dates_left_out_moved_and_added_are_told_in_any_zone() {
    let mut desk = Desk::new("America/New_York");
    let lines = "DTSTART;TZID=America/New_York:20261006T170000\nDTEND;TZID=America/New_York:20261006T190000\n\
        RRULE:FREQ=WEEKLY;COUNT=5\nEXDATE:20261013T210000Z\nEXDATE;VALUE=DATE:20261027\nRDATE;TZID=America/New_York:20261009T170000";
    let moved = "BEGIN:VEVENT\nUID:Gate@elm.example\nDTSTAMP:20260801T080000Z\nRECURRENCE-ID:20261020T210000Z\nSUMMARY:Gate\n\
        DTSTART;TZID=America/New_York:20261021T090000\nDTEND;TZID=America/New_York:20261021T110000\nEND:VEVENT\n";
    // The date stands before its series.
    let import = desk.import(&file(&(moved.to_owned() + &event("Gate", lines))));
    assert_eq!(outcomes(&import), ["taken", "taken"]);
    assert_eq!(
        desk.starts("Gate"),
        ["2026-10-06T21:00Z", "2026-10-09T21:00Z", "2026-10-21T13:00Z", "2026-11-03T22:00Z"]
    );
    assert_eq!(outcomes(&desk.import(&file(&(event("Gate", lines) + moved)))), ["same", "same"]);
}

#[test]
fn our_own_file_comes_back_without_a_change_and_makes_the_same_elsewhere() {
    let mut desk = Desk::new("America/Denver");
    let details = crate::schedule::details::Details {
        title: "Đêm; night, watch\\".into(),
        place: "Elm & 5th".into(),
        note: "Line one\nline two, and more".into(),
        bring: "a lamp".into(),
        needs: 3,
        line: "watch".into(),
        role: "dispatch".into(),
        languages: vec!["vi".into(), "es".into()],
        skills: vec!["first aid".into()],
    }
    .tidy();
    let when: When = "2026-10-04T20:00/2026-10-05T08:00[America/Denver]".parse().unwrap();
    let rule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU".parse().unwrap();
    let pattern = series::Pattern { when, rule };
    let night = desk.edit(&plan(), |editor| series::add(editor, &details, &pattern, None));
    for text in ["2026-10-09/2026-10-11", "2026-11-01T01:30~/2026-11-01T03:00[America/Denver]"] {
        let when: When = text.parse().unwrap();
        let month = Month::of(when.day());
        desk.edit(&month.document(), |editor| edit::add(editor, month, &details, &when, None));
    }
    let date = |text: &str| ShiftId::of_series(&night, text.parse().unwrap());
    let (moved, cancelled, gone) =
        (date("2026-10-18T20:00"), date("2026-11-01T20:00"), date("2026-11-15T20:00"));
    let later = "2026-10-19T20:00/2026-10-20T08:00[America/Denver]".parse().unwrap();
    desk.edit(&moved.document(), |editor| edit::reschedule(editor, &moved, &later));
    desk.edit(&cancelled.document(), |editor| edit::cancel(editor, &cancelled, "snow"));
    desk.edit(&gone.document(), |editor| edit::remove(editor, &gone));
    // "This and following", and what is shown is what the file says.
    let before = desk.see();
    let from = "2027-01-01T00:00".parse().unwrap();
    let mondays = series::Pattern {
        when: "2027-01-04T18:00/2027-01-04T20:00[America/Denver]".parse().unwrap(),
        rule: "FREQ=WEEKLY;BYDAY=MO".parse().unwrap(),
    };
    desk.edit(&plan(), |editor| series::split(editor, &before, &night, from, &details, &mondays));

    let written = desk.export();
    assert!(written.split("\r\n").all(|line| line.len() <= 75));
    let import = desk.import(&written);
    assert!(import.rows.iter().all(|row| row.outcome == Outcome::Same), "{:#?}", import.rows);
    assert_eq!(import.steps().count(), 0);
    let mut other = Desk::new("America/Denver");
    assert!(other.import(&written).rows.iter().all(|row| row.outcome == Outcome::Taken));
    let title = details.title.as_str();
    assert_eq!(other.starts(title), desk.starts(title));
    assert!(other.starts(title).len() > 30);
    assert!(other.see().all_series(Date::MAX).iter().all(|series| series.details == details));
    // Once more from there: the same events.
    let again = other.import(&other.export());
    assert!(again.rows.iter().all(|row| row.outcome == Outcome::Same), "{:#?}", again.rows);
}

#[test]
fn a_persons_dates_are_written_one_by_one_with_an_alarm() {
    let mut desk = Desk::new("America/New_York");
    let times = "DTSTART;TZID=America/New_York:20260710T180000\nDTEND;TZID=America/New_York:20260710T193000\nRRULE:FREQ=DAILY;COUNT=3";
    desk.import(&file(&event("Meeting", times)));
    let ana = Person::Member(MemberId::from_bytes([1; 16]));
    let shift = desk.see().shifts(day("2026-07-11"), day("2026-07-12")).remove(0);
    desk.edit(&shift.id.document(), |editor| edit::sign_up(editor, &shift.id, &ana, &shift.coming(0, None)));
    let mine = events(&desk.see(), day("2026-07-01"), day("2026-08-01"), &Wanted::Of(ana));
    let written = write(&mine, &Zones::new(), Some(60)).unwrap();
    assert_eq!(written.matches("BEGIN:VEVENT").count(), 1);
    assert!(
        written.contains("DTSTART;TZID=America/New_York:20260711T180000")
            && written.contains("TRIGGER:-PT60M")
    );
    assert!(!written.contains("RRULE:FREQ=DAILY"));
}

#[test]
fn a_date_that_a_person_gave_back_is_cancelled_in_their_calendar_and_comes_back_when_they_do() {
    let mut desk = Desk::new("America/New_York");
    let times = "DTSTART;TZID=America/New_York:20260710T180000\nDTEND;TZID=America/New_York:20260710T193000";
    desk.import(&file(&event("Meeting", times)));
    let ana = Person::Member(MemberId::from_bytes([1; 16]));
    let of_ana =
        |desk: &Desk| events(&desk.see(), day("2026-07-01"), day("2026-08-01"), &Wanted::Of(ana.clone()));
    assert!(of_ana(&desk).is_empty());
    let shift = desk.see().shifts(day("2026-07-10"), day("2026-07-11")).remove(0);
    let coming = shift.coming(0, None);
    let (id, month) = (shift.id.clone(), shift.id.document());
    desk.edit(&month, |editor| edit::sign_up(editor, &id, &ana, &coming));
    let first = of_ana(&desk).remove(0);
    desk.edit(&month, |editor| edit::leave(editor, &id, &ana, ""));
    // Also where the shift itself was removed afterwards, and nobody else is in it.
    let before = of_ana(&desk).remove(0);
    desk.edit(&month, |editor| edit::remove(editor, &id));
    let gone = of_ana(&desk).remove(0);
    assert_eq!((first.is_cancelled, before.is_cancelled, gone.is_cancelled), (false, true, true));
    assert!(first.uid == gone.uid && first.sequence < before.sequence && before.sequence < gone.sequence);
    let written = write(std::slice::from_ref(&gone), &Zones::new(), Some(60)).unwrap();
    assert!(written.contains("STATUS:CANCELLED") && !written.contains("BEGIN:VALARM"), "{written}");
    desk.edit(&month, |editor| edit::restore(editor, &id));
    desk.edit(&month, |editor| edit::sign_up(editor, &id, &ana, &coming));
    let again = of_ana(&desk).remove(0);
    assert!(!again.is_cancelled && again.sequence > gone.sequence);
}

#[test]
fn what_is_no_calendar_is_refused_and_half_an_event_is_told() {
    let desk = Desk::new("UTC");
    assert!(matches!(look(&desk.see(), b"BEGIN:VCARD\nEND:VCARD\n", desk.now()), Err(NotACalendar::Other)));
    assert!(matches!(look(&desk.see(), b"", desk.now()), Err(NotACalendar::Other)));
    let half = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Half\nDTSTART:20260101T100000Z\n";
    let import = look(&desk.see(), half.as_bytes(), desk.now()).unwrap();
    assert!(
        matches!(&import.rows[0].outcome, Outcome::Refused { reason } if reason.to_string().contains("cut"))
    );
}
