//! What of an event has no place here is kept in its note or named, and nothing is read as something else.

use super::*;

const EVENING: &str = "DTSTART;TZID=Europe/Berlin:20261006T180000\nDTEND;TZID=Europe/Berlin:20261006T190000";

fn soup(more: &str) -> String {
    file(&event("Soup", &format!("{EVENING}\n{more}")))
}

#[test]
fn of_two_ends_of_a_rule_the_earlier_counts() {
    for (rule, count) in [
        ("FREQ=WEEKLY;COUNT=5;UNTIL=20261020", 3),
        ("FREQ=WEEKLY;UNTIL=20261020;COUNT=5", 3),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20261231T170000Z", 2),
        ("FREQ=WEEKLY;UNTIL=20261231T170000Z;COUNT=2", 2),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20261020T180000", 3),
        // 18:00 in Berlin is 16:00 in UTC.
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20261020T155959Z", 2),
        ("FREQ=WEEKLY;COUNT=9;UNTIL=20200101", 1),
    ] {
        let mut desk = Desk::new("Europe/Berlin");
        let import = desk.import(&soup(&format!("RRULE:{rule}")));
        assert_eq!(desk.starts("Soup").len(), count, "{rule}");
        assert!(import.rows[0].notes.contains(&Note::BothEnds), "{rule}: {}", import.rows[0]);
        assert_eq!(outcomes(&desk.import(&soup(&format!("RRULE:{rule}")))), ["same"], "{rule}");
    }
    let mut desk = Desk::new("Europe/Berlin");
    let import = desk.import(&soup("RRULE:FREQ=WEEKLY;COUNT=5"));
    assert!(import.rows[0].notes.is_empty(), "{}", import.rows[0]);
}

#[test]
fn links_contacts_and_remarks_go_to_the_note_and_the_rest_is_named() {
    let more = "DESCRIPTION:Bring bowls. See https://elm.example/soup\nURL:https://elm.example/soup\n\
        CONTACT:Ana Ruiz\\, 202-555-0143\nCOMMENT:Ring twice\nATTACH:https://elm.example/map.pdf\n\
        ATTACH;FMTTYPE=image/png;ENCODING=BASE64;VALUE=BINARY:iVBORw0KGgo=\nATTACH:CID:one@elm.example\n\
        ATTENDEE;CN=Ben Li:mailto:ben@example.org\nATTENDEE;CN=Cleo:mailto:cleo@example.org\nCATEGORIES:Food";
    let mut desk = Desk::new("Europe/Berlin");
    let import = desk.import(&soup(more));
    let shift = desk.see().shifts(day("2026-10-06"), day("2026-10-07")).remove(0);
    assert_eq!(
        shift.details.note,
        "Bring bowls. See https://elm.example/soup\nAna Ruiz, 202-555-0143\nRing twice\nhttps://elm.example/map.pdf"
    );
    let what = ["ATTACH", "ATTENDEE", "CATEGORIES"].map(str::to_owned).to_vec();
    assert_eq!(import.rows[0].notes, [Note::NotKept { what }]);
    assert!(import.rows[0].to_string().contains("left out: ATTACH, ATTENDEE, CATEGORIES"));
    let again = desk.import(&soup(more));
    assert_eq!((outcomes(&again), again.steps().count()), (vec!["same"], 0));
}

#[test]
fn tasks_are_named_and_cost_no_event() {
    let task = "BEGIN:vtodo\nUID:lamps\nSUMMARY:Buy lamps\nDUE:20261006T180000Z\nBEGIN:VALARM\nTRIGGER:-PT1H\nEND:VALARM\nEND:vtodo\n";
    let mut desk = Desk::new("Europe/Berlin");
    let import = desk.import(&file(&(task.to_owned() + &event("Soup", EVENING))));
    assert_eq!(outcomes(&import), ["refused", "taken"]);
    assert_eq!(import.rows[0].to_string(), "1. (line 4) Buy lamps: not taken: it is a task, not an event");
    assert_eq!(desk.starts("Soup"), ["2026-10-06T16:00Z"]);
}

#[test]
fn texts_that_are_cut_are_named() {
    let (long, longest) = ("é".repeat(20_000), "é".repeat(1_000));
    for (lines, cut) in [
        (format!("DESCRIPTION:{long}"), &[][..]),
        (format!("DESCRIPTION:{long}x"), &["note"]),
        (format!("DESCRIPTION:{long}\nURL:https://elm.example/"), &["note"]),
        (format!("LOCATION:{longest}"), &[]),
        (format!("LOCATION:{longest}x"), &["place"]),
    ] {
        let mut desk = Desk::new("Europe/Berlin");
        let import = desk.import(&soup(&lines));
        let expected: Vec<_> =
            cut.iter().map(|field| Note::CutShort { field: (*field).to_owned() }).collect();
        assert_eq!(import.rows[0].notes, expected);
    }
    let title = format!("BEGIN:VEVENT\nUID:a\nSUMMARY:{longest}x\n{EVENING}\nEND:VEVENT\n");
    let import = Desk::new("Europe/Berlin").import(&file(&title));
    assert!(import.rows[0].to_string().contains("too long and cut: title"));
}

#[test]
fn times_in_no_zone_are_those_of_the_calendar_where_it_names_one() {
    let at = event("Soup", "DTSTART:20260710T180000\nDTEND:20260710T200000\nRRULE:FREQ=DAILY;COUNT=2");
    for (zone, expected, note) in [
        ("America/New_York", "2026-07-10T22:00Z", Note::CalendarZone { zone: "America/New_York".into() }),
        (
            "Eastern Standard Time",
            "2026-07-10T22:00Z",
            Note::CalendarZone { zone: "America/New_York".into() },
        ),
        ("Europe/Berlin", "2026-07-10T16:00Z", Note::NoZone),
        ("Nowhere/At_All", "2026-07-10T16:00Z", Note::NoZone),
        ("", "2026-07-10T16:00Z", Note::NoZone),
    ] {
        let mut desk = Desk::new("Europe/Berlin");
        let import = desk.import(&file(&format!("X-WR-TIMEZONE:{zone}\n{at}")));
        assert_eq!(desk.starts("Soup")[0], expected, "{zone}");
        assert_eq!(import.rows[0].notes, [note], "{zone}");
    }
    // A zone that a time has itself counts before that.
    let mut desk = Desk::new("Europe/Berlin");
    let import = desk.import(&soup("").replace("VERSION:2.0", "VERSION:2.0\nX-WR-TIMEZONE:America/New_York"));
    assert_eq!(desk.starts("Soup"), ["2026-10-06T16:00Z"]);
    assert!(import.rows[0].notes.is_empty());
}

#[test]
fn zones_with_colons_that_nobody_quoted_are_read() {
    let own = "BEGIN:VTIMEZONE\nTZID:tzone://Microsoft/Custom\nBEGIN:STANDARD\nDTSTART:16010101T000000\n\
        TZOFFSETFROM:-0500\nTZOFFSETTO:-0500\nEND:STANDARD\nEND:VTIMEZONE\n";
    for (zone, expected) in
        [("GMT-05:00", "17:00"), ("tzone://Microsoft/Utc", "12:00"), ("tzone://Microsoft/Custom", "17:00")]
    {
        let lines = format!("DTSTART;TZID={zone}:20260710T120000\nDTEND;TZID={zone}:20260710T130000");
        let mut desk = Desk::new("Europe/Berlin");
        let import = desk.import(&file(&(own.to_owned() + &event("Soup", &lines))));
        assert_eq!(outcomes(&import), ["taken"], "{zone}: {}", import.rows[0]);
        assert_eq!(desk.starts("Soup"), [format!("2026-07-10T{expected}Z")], "{zone}");
    }
}
