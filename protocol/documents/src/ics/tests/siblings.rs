//! What other calendars write, kind by kind: names of zones, ends of rules, folds, days, clock changes, exceptions.

use super::*;

fn timed(zone: &str, start: &str, end: &str, more: &str) -> String {
    format!("DTSTART;TZID={zone}:{start}\nDTEND;TZID={zone}:{end}\n{more}")
}

#[test]
fn zones_go_by_many_names() {
    let at = |zone: &str| timed(zone, "20260710T120000", "20260710T130000", "");
    for (zone, expected) in [
        ("Australia/Lord_Howe", "01:30"),
        ("Lord Howe Standard Time", "01:30"),
        ("Asia/Kathmandu", "06:15"),
        ("India Standard Time", "06:30"),
        ("Newfoundland Standard Time", "14:30"),
        ("Central America Standard Time", "18:00"),
        ("US Mountain Standard Time", "19:00"),
        ("GMT Standard Time", "11:00"),
        ("Greenwich Standard Time", "12:00"),
        ("E. Australia Standard Time", "02:00"),
        ("New Zealand Standard Time", "00:00"),
        ("eastern standard time", "16:00"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "16:00"),
        ("(GMT-08.00) Pacific Time (US & Canada)", "19:00"),
        ("Mountain Time (US & Canada)", "18:00"),
        ("/citadel.org/20210210_1/America/Argentina/Buenos_Aires", "15:00"),
        ("/freeassociation.sourceforge.net/Europe/Paris", "10:00"),
        ("US/Eastern", "16:00"),
        ("UTC", "12:00"),
        ("Etc/UTC", "12:00"),
    ] {
        let mut desk = Desk::new("Europe/Berlin");
        let quoted = format!("\"{zone}\"");
        let import = desk.import(&file(&event("Soup", &at(&quoted))));
        assert_eq!(outcomes(&import), ["taken"], "{zone}");
        assert!(
            desk.starts("Soup")[0].ends_with(&format!("T{expected}Z")),
            "{zone}: {:?}",
            desk.starts("Soup")
        );
        let is_told = import.rows[0].notes.iter().any(|note| matches!(note, Note::ZoneRead { .. }));
        assert_eq!(is_told, !Zones::new().has(zone), "{zone}");
    }
}

#[test]
fn a_zone_of_the_files_own_is_found_by_its_place_or_by_its_hours() {
    let zone = |name: &str, more: &str, offsets: [&str; 2]| {
        format!(
            "BEGIN:VTIMEZONE\nTZID:{name}\n{more}BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:{1}\nTZOFFSETTO:{0}\nEND:STANDARD\n\
            BEGIN:DAYLIGHT\nDTSTART:19700101T000000\nTZOFFSETFROM:{0}\nTZOFFSETTO:{1}\nEND:DAYLIGHT\nEND:VTIMEZONE\n",
            offsets[0], offsets[1]
        )
    };
    let at = |name: &str| event("Soup", &timed(name, "20260710T120000", "20260710T130000", ""));
    for (definition, name, expected) in [
        (zone("My zone", "X-LIC-LOCATION:Asia/Tokyo\n", ["+0900", "+0900"]), "My zone", Some("03:00")),
        (zone("Customized Time Zone", "", ["-0500", "-0400"]), "Customized Time Zone", Some("16:00")),
        (zone("Elsewhere", "", ["+0330", "+0430"]), "Elsewhere", None),
        // One that is known by its name needs no definition, and a wrong one changes nothing.
        (zone("Europe/Berlin", "", ["-0800", "-0700"]), "Europe/Berlin", Some("10:00")),
    ] {
        let mut desk = Desk::new("America/New_York");
        let import = desk.import(&file(&(definition + &at(name))));
        match expected {
            Some(expected) => assert!(desk.starts("Soup")[0].ends_with(&format!("T{expected}Z")), "{name}"),
            None => assert!(import.rows[0].to_string().contains("the time zone Elsewhere is not known")),
        }
    }
}

#[test]
fn the_end_of_a_rule_is_read_in_all_spellings() {
    let clock = |until: &str| {
        let rule = format!("RRULE:FREQ=WEEKLY;UNTIL={until}");
        timed("America/New_York", "20261007T200000", "20261007T210000", &rule)
    };
    let days = |until: &str| format!("DTSTART;VALUE=DATE:20261007\nRRULE:FREQ=WEEKLY;UNTIL={until}");
    for (lines, count) in [
        // 20:00 in New York on the 21st is midnight in UTC; on 4 November clocks have changed.
        (clock("20261021"), 3),
        (clock("20261021T200000"), 3),
        (clock("20261022T000000Z"), 3),
        (clock("20261021T235959Z"), 2),
        (clock("20261105T010000Z"), 5),
        (clock("2026-10-21"), 3),
        (clock("2026-10-21T20:00:00"), 3),
        (clock("2026-10-22T00:00:00.000Z"), 3),
        (clock("20261022T0000Z"), 3),
        (clock(" 20261021 "), 3),
        (clock("20261021;COUNT=2"), 2),
        (days("20261021"), 3),
        (days("20261021T000000Z"), 3),
        (days("20261021T000000"), 3),
        // The last moment of the 20th and of the 21st in New York.
        (days("20261021T035959Z"), 2),
        (days("20261022T035959Z"), 3),
    ] {
        let mut desk = Desk::new("America/New_York");
        assert_eq!(outcomes(&desk.import(&file(&event("Soup", &lines)))), ["taken"], "{lines}");
        assert_eq!(desk.starts("Soup").len(), count, "{lines}");
    }
    for until in ["", "20261301", "tomorrow", "20261021T250000", "NaNNaNNaNTNaNNaN00Z", "1e9"] {
        let mut desk = Desk::new("America/New_York");
        let import = desk.import(&file(&event("Soup", &clock(until))));
        assert_eq!(desk.starts("Soup").len(), 1, "never without end: {until}");
        assert!(matches!(import.rows[0].notes[0], Note::RuleUnread { .. }), "{until}");
    }
}

#[test]
fn lines_are_folded_in_every_way_and_cut_letters_are_whole() {
    let name = "Trực đêm ở nhà thờ, bữa ăn";
    let line = format!("SUMMARY:{}", line::escape(name));
    for fold in ["\r\n ", "\r\n\t", "\n ", "\n\t"] {
        for length in [7, 11, 20, 75] {
            let pieces: Vec<_> = line.as_bytes().chunks(length).collect();
            let folded = pieces.join(fold.as_bytes());
            let head = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260710T120000Z\r\n";
            let bytes = [&head[..], &folded, b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"].concat();
            let import = look(&Desk::new("UTC").see(), &bytes, Timestamp::default()).unwrap();
            assert_eq!((import.rows[0].title.as_str(), import.rows[0].line), (name, 2), "{fold:?} {length}");
        }
    }
}

#[test]
fn lengths_and_ends_are_read_in_all_spellings() {
    // In the night of 24 October clocks go back in Berlin.
    for (lines, hours) in [
        ("DURATION:PT90M", 1.5),
        ("DURATION:PT24H", 24.0),
        ("DURATION:P1D", 25.0),
        ("DURATION:P1DT1H", 26.0),
        ("DURATION:P1W", 169.0),
        ("DURATION:+PT1H30M15S", 1.504_166_7),
        ("DURATION:pt2h", 2.0),
        ("DURATION:-PT1H", 1.0),
        ("DURATION:soon", 1.0),
        ("", 1.0),
        ("DTEND;TZID=Europe/Berlin:20261025T080000", 13.0),
        ("DTEND:20261025T070000Z", 13.0),
        ("DTEND;TZID=Europe/Berlin:20261024T240000", 4.0),
        ("DTEND;TZID=Europe/Berlin:20261025T0800", 13.0),
        ("DTEND;TZID=Europe/Berlin:2026-10-25T08:00:00", 13.0),
        ("DTEND;TZID=America/New_York:20261025T030000", 13.0),
        ("DTEND;TZID=Europe/Berlin:20261024T200000", 1.0),
        ("DTEND;TZID=Europe/Berlin:20261024T100000", 1.0),
    ] {
        let mut desk = Desk::new("Europe/Berlin");
        let lines = format!("DTSTART;TZID=Europe/Berlin:20261024T200000\n{lines}");
        let import = desk.import(&file(&event("Soup", &lines)));
        let shift = desk.see().shifts(day("2026-10-24"), day("2026-10-25")).remove(0);
        let length = shift.span.length() as f64 / 3_600_000.0;
        assert!((length - hours).abs() < 0.001, "{lines}: {length}");
        let is_guess = import.rows[0].notes.contains(&Note::NoEnd);
        assert_eq!(is_guess, (hours - 1.0).abs() < 0.001, "{lines}");
    }
    for (lines, days) in [
        ("DTEND;VALUE=DATE:20260712", 2),
        ("DURATION:P3D", 3),
        ("DURATION:P1W", 7),
        ("DTEND;VALUE=DATE:20260709", 1),
        ("DTEND:20260711T000000Z", 1),
    ] {
        let mut desk = Desk::new("Pacific/Auckland");
        desk.import(&file(&event("Soup", &format!("DTSTART;VALUE=DATE:20260710\n{lines}"))));
        let shift = desk.see().shifts(day("2026-07-10"), day("2026-07-11")).remove(0);
        assert_eq!(shift.when.nominal().as_hours() / 24, days, "{lines}");
    }
}

#[test]
fn series_keep_their_hour_in_zones_of_all_kinds() {
    for (zone, start, rule, expected) in [
        // South of the equator, where clocks go on in October, by half an hour on Lord Howe; in April they go back.
        ("Australia/Sydney", "20261001T190000", "FREQ=WEEKLY;COUNT=2", "10-01 09:00 10-08 08:00"),
        ("Australia/Lord_Howe", "20261001T190000", "FREQ=WEEKLY;COUNT=2", "10-01 08:30 10-08 08:00"),
        ("America/Santiago", "20260401T190000", "FREQ=WEEKLY;COUNT=2", "04-01 22:00 04-08 23:00"),
        // No change of clocks at all.
        ("America/Phoenix", "20261030T190000", "FREQ=WEEKLY;COUNT=2", "10-31 02:00 11-07 02:00"),
        ("Asia/Kolkata", "20260327T190000", "FREQ=WEEKLY;COUNT=2", "03-27 13:30 04-03 13:30"),
        // Ramadan: clocks go back and forth in the middle of the winter.
        ("Africa/Casablanca", "20260213T190000", "FREQ=WEEKLY;COUNT=2", "02-13 18:00 02-20 19:00"),
        // The hour that does not exist is as much later as clocks jump.
        ("America/New_York", "20260307T023000", "FREQ=DAILY;COUNT=3", "03-07 07:30 03-08 07:30 03-09 06:30"),
        // The last Friday, the fifth one, the last workday, the day before the last, and a leap day.
        ("UTC", "20260130T080000", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "01-30 08:00 02-27 08:00 03-27 08:00"),
        ("UTC", "20260130T080000", "FREQ=MONTHLY;BYDAY=5FR;COUNT=2", "01-30 08:00 05-29 08:00"),
        (
            "UTC",
            "20260130T080000",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3",
            "01-30 08:00 02-27 08:00 03-31 08:00",
        ),
        (
            "UTC",
            "20260130T080000",
            "FREQ=MONTHLY;BYMONTHDAY=-2;COUNT=3",
            "01-30 08:00 02-27 08:00 03-30 08:00",
        ),
        ("UTC", "20260131T080000", "FREQ=MONTHLY;COUNT=3", "01-31 08:00 03-31 08:00 05-31 08:00"),
        ("UTC", "20260301T080000", "FREQ=YEARLY;BYYEARDAY=60;COUNT=2", "03-01 08:00 03-01 08:00"),
    ] {
        let (date, time) = start.split_once('T').unwrap();
        let lines = format!("DTSTART;TZID={zone}:{date}T{time}\nDURATION:PT1H\nRRULE:{rule}");
        let mut desk = Desk::new("UTC");
        desk.import(&file(&event("Soup", &lines)));
        let shown: Vec<String> = desk.starts("Soup").iter().map(|at| at[5..16].replace('T', " ")).collect();
        assert_eq!(shown.join(" "), expected, "{zone} {rule}");
        // What is written says the same.
        let mut other = Desk::new("Asia/Tokyo");
        other.import(&desk.export());
        assert_eq!(other.starts("Soup"), desk.starts("Soup"), "{zone} {rule}");
        assert_eq!(desk.export().matches("BEGIN:VTIMEZONE").count(), 1);
    }
}

#[test]
fn exceptions_are_told_in_any_zone_and_in_any_order() {
    let weekly = timed("America/New_York", "20261006T170000", "20261006T190000", "RRULE:FREQ=WEEKLY;COUNT=4");
    for (lines, count) in [
        ("EXDATE;TZID=America/New_York:20261013T170000", 3),
        ("EXDATE;TZID=Eastern Standard Time:20261013T170000", 3),
        ("EXDATE;TZID=Europe/Berlin:20261013T230000", 3),
        ("EXDATE:20261013T210000Z", 3),
        ("EXDATE;VALUE=DATE:20261013", 3),
        ("EXDATE:20261013", 3),
        ("EXDATE;TZID=America/New_York:20261013T170000,20261020T170000", 2),
        ("EXDATE;TZID=America/New_York:20261013T170000\nEXDATE;TZID=America/New_York:20261020T170000", 2),
        ("EXDATE;TZID=America/New_York:20261013T160000", 4),
        ("EXDATE:never", 4),
        ("EXDATE:", 4),
        ("RDATE;VALUE=PERIOD:20261007T210000Z/PT2H", 5),
        ("RDATE;VALUE=DATE:20261008", 5),
    ] {
        let mut desk = Desk::new("America/Chicago");
        let import = desk.import(&file(&event("Gate", &format!("{weekly}\n{lines}"))));
        assert_eq!((outcomes(&import)[0], desk.starts("Gate").len()), ("taken", count), "{lines}");
    }
    let moved = |recurrence: &str| {
        let lines = timed("America/New_York", "20261014T090000", "20261014T110000", recurrence);
        file(&(event("Gate", &lines) + &event("Gate", &weekly)))
    };
    for recurrence in [
        "RECURRENCE-ID;TZID=America/New_York:20261013T170000",
        "RECURRENCE-ID:20261013T210000Z",
        "RECURRENCE-ID;TZID=W. Europe Standard Time:20261013T230000",
    ] {
        let mut desk = Desk::new("America/Chicago");
        let import = desk.import(&moved(recurrence));
        assert_eq!(outcomes(&import), ["taken", "taken"], "{recurrence}");
        let expected = ["2026-10-06T21:00Z", "2026-10-14T13:00Z", "2026-10-20T21:00Z", "2026-10-27T21:00Z"];
        assert_eq!(desk.starts("Gate"), expected, "{recurrence}");
    }
    // "This and all that follow" is no single date: the series comes as it is, and the row says what was not taken.
    let mut desk = Desk::new("America/Chicago");
    let import = desk.import(&moved("RECURRENCE-ID;RANGE=ThisAndFuture:20261013T210000Z"));
    assert_eq!(outcomes(&import), ["refused", "taken"]);
    assert_eq!(import.rows[0].outcome, Outcome::Refused { reason: Refusal::Following });
    assert!(import.rows[0].to_string().contains("this date and all that follow"), "{}", import.rows[0]);
    let expected = ["2026-10-06T21:00Z", "2026-10-13T21:00Z", "2026-10-20T21:00Z", "2026-10-27T21:00Z"];
    assert_eq!(desk.starts("Gate"), expected);
    // A cancelled date stays, struck through, and does not come back with the series.
    let off = timed(
        "America/New_York",
        "20261013T170000",
        "20261013T190000",
        "RECURRENCE-ID;TZID=America/New_York:20261013T170000\nSTATUS:CANCELLED",
    );
    let mut desk = Desk::new("America/Chicago");
    let both = file(&(event("Gate", &weekly) + &event("Gate", &off)));
    desk.import(&both);
    desk.import(&both);
    assert_eq!(desk.starts("Gate")[1], "2026-10-13T21:00Z off");
    assert_eq!(desk.starts("Gate").len(), 4);
}

#[test]
fn times_without_a_zone_are_the_groups_and_the_report_says_so() {
    for (home, expected) in
        [("America/Chicago", "2026-07-10T23:00Z"), ("Pacific/Auckland", "2026-07-10T06:00Z")]
    {
        let mut desk = Desk::new(home);
        let import = desk.import(&file(&event("Soup", "DTSTART:20260710T180000\nDTEND:20260710T200000")));
        assert_eq!(desk.starts("Soup"), [expected]);
        assert_eq!(import.rows[0].notes, [Note::NoZone]);
        let written = desk.export();
        assert!(written.contains(&format!("DTSTART;TZID={home}:20260710T180000")), "{written}");
    }
}

#[test]
fn a_local_time_is_never_written_with_the_sign_of_utc() {
    let mut desk = Desk::new("America/Chicago");
    let when: When = "2026-07-10T18:00/2026-07-10T19:30[America/Chicago]".parse().unwrap();
    let details = Details { title: "Final meeting".into(), ..Details::default() };
    let month = Month::of(when.day());
    desk.edit(&month.document(), |editor| edit::add(editor, month, &details, &when, None));
    let written = desk.export();
    assert!(written.contains("DTSTART;TZID=America/Chicago:20260710T180000\r\n"), "{written}");
    assert_eq!(written.matches("TZID:America/Chicago\r\n").count(), 1);
    for elsewhere in ["America/Chicago", "Europe/Berlin", "UTC"] {
        let mut other = Desk::new(elsewhere);
        other.import(&written);
        assert_eq!(other.starts("Final meeting"), ["2026-07-10T23:00Z"], "{elsewhere}");
    }
}

#[test]
fn our_own_shift_keeps_its_name_and_counts_its_changes() {
    let mut desk = Desk::new("America/Chicago");
    let when: When = "2026-09-12T08:00/2026-09-12T11:00[America/Chicago]".parse().unwrap();
    let details = Details { title: "Run".into(), ..Details::default() };
    let month = Month::of(when.day());
    let id = desk.edit(&month.document(), |editor| edit::add(editor, month, &details, &when, None));
    let line = |desk: &Desk, name: &str| {
        let written = desk.export();
        written.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned()
    };
    let name = line(&desk, "UID:");
    let mut counts = vec![line(&desk, "SEQUENCE:")];
    let later: When = "2026-10-01T09:00/2026-10-01T11:00[America/Chicago]".parse().unwrap();
    desk.edit(&id.document(), |editor| edit::reschedule(editor, &id, &later));
    counts.push(line(&desk, "SEQUENCE:"));
    desk.edit(&id.document(), |editor| edit::cancel(editor, &id, "snow"));
    counts.push(line(&desk, "SEQUENCE:"));
    assert_eq!(counts, ["SEQUENCE:0", "SEQUENCE:1", "SEQUENCE:2"]);
    assert_eq!((line(&desk, "UID:"), line(&desk, "STATUS:")), (name, "STATUS:CANCELLED".to_owned()));
    assert!(!line(&desk, "LAST-MODIFIED:").is_empty());
}

#[test]
fn of_several_events_with_one_name_the_newest_counts() {
    let at = |start: &str, more: &str| timed("America/New_York", start, "20261006T230000", more);
    let (once, weekly) =
        (at("20261006T170000", "SEQUENCE:1"), at("20261006T180000", "SEQUENCE:2\nRRULE:FREQ=WEEKLY;COUNT=3"));
    for (events, outcome) in [([&once, &weekly], ["left", "taken"]), ([&weekly, &once], ["taken", "left"])] {
        let mut desk = Desk::new("America/Chicago");
        let both = file(&(event("Gate", events[0]) + &event("Gate", events[1])));
        assert_eq!(outcomes(&desk.import(&both)), outcome);
        assert_eq!(desk.starts("Gate"), ["2026-10-06T22:00Z", "2026-10-13T22:00Z", "2026-10-20T22:00Z"]);
    }
    // Two of the same age: the last in the file.
    let mut desk = Desk::new("America/Chicago");
    let both = file(&(event("Gate", &once) + &event("Gate", &at("20261006T190000", "SEQUENCE:1"))));
    assert_eq!(outcomes(&desk.import(&both)), ["left", "taken"]);
    assert_eq!(desk.starts("Gate"), ["2026-10-06T23:00Z"]);
}

#[test]
fn times_in_no_zone_of_their_own_are_told_where_the_event_begins() {
    let series = "DTSTART;TZID=America/New_York:20270105T190000\nDTEND:20270105T210000\n\
                  RRULE:FREQ=WEEKLY;COUNT=5\nEXDATE:20270112T190000\nRDATE:20270107T190000";
    let moved = "RECURRENCE-ID:20270119T190000\n\
                 DTSTART;TZID=America/New_York:20270120T180000\nDTEND:20270120T200000";
    let whole = "RECURRENCE-ID;TZID=America/New_York:20270126T190000\nDTSTART;VALUE=DATE:20270126";
    let mut desk = Desk::new("America/Chicago");
    let import = desk.import(&file(&[series, moved, whole].map(|lines| event("Talk", lines)).concat()));
    assert_eq!(outcomes(&import), ["taken"; 3]);
    assert!(import.rows.iter().all(|row| row.notes.is_empty()), "{:?}", import.rows);
    assert_eq!(
        desk.starts("Talk"),
        [
            "2027-01-06T00:00Z",
            "2027-01-08T00:00Z",
            "2027-01-20T23:00Z",
            "2027-01-26T06:00Z",
            "2027-02-03T00:00Z"
        ]
    );
    assert!(desk.export().contains("DTEND;TZID=America/New_York:20270105T210000\r\n"), "{}", desk.export());
}

#[test]
fn what_is_not_taken_of_an_event_is_named() {
    let more = "RRULE:FREQ=WEEKLY;COUNT=8\nRRULE:FREQ=MONTHLY\nEXRULE:FREQ=WEEKLY;INTERVAL=2\n\
        EXDATE;TZID=Europe/Berlin:20260717T120000,nonsense\n\
        RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260901T120000/PT3H,20260902T120000/PT1H,20260903T120000/20260903T130000\n\
        RDATE;VALUE=DATE:2026-13-01";
    let mut desk = Desk::new("Europe/Berlin");
    let import = desk
        .import(&file(&event("Soup", &timed("Europe/Berlin", "20260710T120000", "20260710T130000", more))));
    let text = |text: &str| text.to_owned();
    assert_eq!(
        import.rows[0].notes,
        [
            Note::OffRuleLeftOut { rule: text("FREQ=WEEKLY;INTERVAL=2") },
            Note::RuleLeftOut { rule: text("FREQ=MONTHLY") },
            Note::DateUnread { text: text("nonsense") },
            Note::LengthLeftOut { date: text("20260901T120000/PT3H") },
            Note::DateUnread { text: text("2026-13-01") },
        ]
    );
    assert_eq!(outcomes(&import), ["taken"]);
    for word in ["FREQ=MONTHLY", "should be off are on", "nonsense", "20260901T120000/PT3H"] {
        assert!(import.rows[0].to_string().contains(word), "{}", import.rows[0]);
    }
}

/// A zone of a file's own that changes its clocks by these rules.
fn own_zone(name: &str, hour: &str, [winter, summer]: [(&str, &str); 2]) -> String {
    let observance = |kind: &str, (offset, rule): (&str, &str), before: &str, start: &str| {
        let rule = if rule.is_empty() { String::new() } else { format!("RRULE:{rule}\n") };
        format!(
            "BEGIN:{kind}\nDTSTART:{start}\n{rule}TZOFFSETFROM:{before}\nTZOFFSETTO:{offset}\nEND:{kind}\n"
        )
    };
    format!(
        "BEGIN:VTIMEZONE\nTZID:{name}\n{}{}END:VTIMEZONE\n",
        observance("STANDARD", winter, summer.0, &format!("16010101T{hour}0000")),
        observance("DAYLIGHT", summer, winter.0, "16010101T020000"),
    )
}

#[test]
fn a_zone_of_the_files_own_is_known_by_its_rules() {
    let european =
        [("+0100", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"), ("+0200", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU")];
    let weekly = |zone: &str| {
        event("Soup", &timed(zone, "20261020T180000", "20261020T190000", "RRULE:FREQ=WEEKLY;COUNT=2"))
    };
    // By another name, in a group elsewhere: it changes its clocks with Europe.
    let mut desk = Desk::new("America/New_York");
    let import =
        desk.import(&file(&(own_zone("Unser Kalender", "03", european) + &weekly("Unser Kalender"))));
    assert!(matches!(&import.rows[0].notes[..], [Note::ZoneRead { .. }]), "{}", import.rows[0]);
    assert_eq!(desk.starts("Soup"), ["2026-10-20T16:00Z", "2026-10-27T17:00Z"]);
    // The same hours as the group's, and other days on which they change.
    let early =
        [("-0500", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"), ("-0400", "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU")];
    let mut desk = Desk::new("America/New_York");
    let once = event("Soup", &timed("Ours", "20261028T180000", "20261028T190000", ""));
    let import = desk.import(&file(&(own_zone("Ours", "02", early) + &once)));
    assert_eq!(desk.starts("Soup"), ["2026-10-28T23:00Z"], "{}", import.rows[0]);
    // Like none that is known: told in the group's zone, by its rules.
    let odd = [("+0330", "FREQ=YEARLY;BYMONTH=9;BYDAY=3FR"), ("+0415", "FREQ=YEARLY;BYMONTH=3;BYDAY=3FR")];
    let mut desk = Desk::new("Europe/Berlin");
    let summer = event("Soup", &timed("Odd", "20260710T120000", "20260710T130000", ""));
    let import = desk.import(&file(&(own_zone("Odd", "02", odd) + &summer)));
    assert_eq!(desk.starts("Soup"), ["2026-07-10T07:45Z"]);
    assert_eq!(import.rows[0].notes, [Note::ZoneTold { name: "Odd".into(), zone: "Europe/Berlin".into() }]);
}

#[test]
fn zones_are_known_in_any_capitals_and_by_how_far_they_are_from_utc() {
    for (zone, expected) in [
        ("europe/berlin", "10:00"),
        ("/example.org/AMERICA/NEW_YORK", "16:00"),
        ("GMT+2", "10:00"),
        ("UTC-05:00", "17:00"),
        ("utc+0530", "06:30"),
        ("GMT", "12:00"),
        ("tzone://Microsoft/Utc", "12:00"),
    ] {
        let mut desk = Desk::new("Europe/Berlin");
        let at = timed(&format!("\"{zone}\""), "20260710T120000", "20260710T130000", "");
        let import = desk.import(&file(&event("Soup", &at)));
        assert_eq!(outcomes(&import), ["taken"], "{zone}");
        assert_eq!(desk.starts("Soup"), [format!("2026-07-10T{expected}Z")], "{zone}");
    }
}

#[test]
fn a_date_of_a_series_that_names_no_zone_is_told_as_the_series_tells_it() {
    let series = event(
        "Soup",
        &timed("America/New_York", "20260706T180000", "20260706T190000", "RRULE:FREQ=WEEKLY;COUNT=3"),
    );
    let moved = event(
        "Soup",
        &timed("Europe/Berlin", "20260714T200000", "20260714T210000", "RECURRENCE-ID:20260713T180000"),
    );
    let expected = ["2026-07-06T22:00Z", "2026-07-14T18:00Z", "2026-07-20T22:00Z"];
    let mut desk = Desk::new("America/New_York");
    desk.import(&file(&(series.clone() + &moved)));
    assert_eq!(desk.starts("Soup"), expected);
    // And where the series came before.
    let mut desk = Desk::new("America/New_York");
    desk.import(&file(&series));
    desk.import(&file(&moved));
    assert_eq!(desk.starts("Soup"), expected);
}
