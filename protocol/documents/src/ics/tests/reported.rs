//! Calendars over which other programs fell, by the reports of the people who had them.

use super::*;

#[test]
fn what_repeats_in_utc_keeps_its_days_and_its_dates_left_out() {
    // Thursday at one in UTC is Wednesday evening in Chicago, an hour earlier once clocks go back.
    let lines = "DTSTART:20261001T010000Z\nDTEND:20261001T030000Z\n\
                 RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=7\nEXDATE:20261105T010000Z";
    let moved = "RECURRENCE-ID:20261029T010000Z\n\
                 DTSTART;TZID=America/Chicago:20261029T190000\nDTEND;TZID=America/Chicago:20261029T210000";
    for events in [event("Call", lines) + &event("Call", moved), event("Call", moved) + &event("Call", lines)]
    {
        let mut desk = Desk::new("America/Chicago");
        let import = desk.import(&file(&events));
        assert_eq!(outcomes(&import), ["taken", "taken"]);
        assert!(import.rows.iter().any(|row| row.notes == [Note::InUtc]), "{:?}", import.rows);
        let expected = [
            "2026-10-01T01:00Z",
            "2026-10-08T01:00Z",
            "2026-10-15T01:00Z",
            "2026-10-22T01:00Z",
            "2026-10-30T00:00Z",
            "2026-11-12T01:00Z",
        ];
        assert_eq!(desk.starts("Call"), expected);
        // Out it goes with a zone that is defined, and comes back without a change.
        let written = desk.export();
        assert!(written.contains("DTSTART;TZID=UTC:20261001T010000\r\n"), "{written}");
        assert!(written.contains("RECURRENCE-ID;TZID=UTC:20261029T010000\r\n"), "{written}");
        assert_eq!(written.matches("\r\nTZID:UTC\r\n").count(), 1);
        assert!(outcomes(&desk.import(&written)).iter().all(|outcome| *outcome == "same"));
        let mut other = Desk::new("America/Chicago");
        other.import(&written);
        assert_eq!(other.starts("Call"), expected);
    }
}

#[test]
fn a_moved_date_is_found_whatever_zone_it_is_told_in() {
    let series = "DTSTART;TZID=Pacific/Auckland:20260408T110000\nDTEND;TZID=Pacific/Auckland:20260408T120000\n\
                  RRULE:FREQ=DAILY;COUNT=4;INTERVAL=2";
    let paris = "DTSTART;TZID=Europe/Paris:20260414T030000\nDTEND;TZID=Europe/Paris:20260414T040000";
    let expected = ["2026-04-07T23:00Z", "2026-04-09T23:00Z", "2026-04-11T23:00Z", "2026-04-14T01:00Z"];
    for recurrence in [
        "RECURRENCE-ID;TZID=Europe/Paris:20260414T010000",
        "RECURRENCE-ID;TZID=Pacific/Auckland:20260414T110000",
        "RECURRENCE-ID;TZID=New Zealand Standard Time:20260414T110000",
        "RECURRENCE-ID:20260413T230000Z",
        "RECURRENCE-ID;VALUE=DATE:20260414",
    ] {
        let moved = event("Yoga", &format!("{recurrence}\n{paris}"));
        let together = file(&(event("Yoga", series) + &moved));
        let mut desk = Desk::new("America/Chicago");
        desk.import(&together);
        assert_eq!(desk.starts("Yoga"), expected, "{recurrence}");
        let written = desk.export();
        assert!(written.contains("RECURRENCE-ID;TZID=Pacific/Auckland:20260414T110000\r\n"), "{written}");
        let mut other = Desk::new("Europe/Berlin");
        other.import(&written);
        assert_eq!(other.starts("Yoga"), expected, "{recurrence}");
        assert!(outcomes(&other.import(&written)).iter().all(|outcome| *outcome == "same"));
        // The moved date may also come later, alone.
        let mut desk = Desk::new("America/Chicago");
        desk.import(&file(&event("Yoga", series)));
        desk.import(&file(&moved));
        assert_eq!(desk.starts("Yoga"), expected, "{recurrence}, alone");
    }
}

#[test]
fn what_stands_beside_events_is_passed_over() {
    let soup = "DTSTART;TZID=America/Chicago:20260710T180000\nDURATION:PT2H\nX-ALT-DESC;FMTTYPE=text/html:<b>DTSTART:no</b>\n\
                BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT15M\nDESCRIPTION:Soup!\nDURATION:PT5M\nEND:VALARM";
    let others = "BEGIN:VJOURNAL\nUID:journal@elm.example\nSUMMARY:Soup last week\nDTSTART:20260709T180000Z\nEND:VJOURNAL\n\
                  BEGIN:VFREEBUSY\nDTSTART:20260709T180000Z\nEND:VFREEBUSY\n";
    let mut desk = Desk::new("America/Chicago");
    let import =
        desk.import(&file(&format!("METHOD:PUBLISH\nX-WR-CALNAME:Elm\n{others}{}", event("Soup", soup))));
    assert_eq!(outcomes(&import), ["taken"]);
    assert_eq!(desk.starts("Soup"), ["2026-07-10T23:00Z"]);
    assert!(desk.export().contains("DTEND;TZID=America/Chicago:20260710T200000\r\n"));
}
