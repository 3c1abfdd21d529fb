//! Shifts without a network: added, filled, moved, handed over, repeated, and carried in and out as calendars.

use std::fs;

use serde_json::Value;

use crate::device::Device;

fn founded() -> Device {
    Device::founded_in("America/Denver")
}

fn ids(list: &Value) -> Vec<String> {
    let shifts = list["shifts"].as_array().unwrap();
    shifts.iter().map(|shift| shift["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_shift_is_added_filled_moved_and_handed_over_without_a_network() {
    let device = founded();
    let add = ["shifts", "add", "Soup run", "--start", "2031-10-25T19:00", "--end", "22:00", "--needs", "2"];
    let added = device.json(&[&add[..], &["--place", "Elm & 5th", "--languages", "vi"]].concat());
    let shift = &added["shift"];
    let id = shift["id"].as_str().unwrap().to_owned();
    assert_eq!((&shift["starts"], &shift["counts"]["needs"]), (&"2031-10-25T19:00".into(), &2.into()));
    assert_eq!(shift["when"]["zone"], "America/Denver");

    device.json(&["contacts", "add", "--name", "Mrs. Tran", "--speaks", "Vietnamese"]);
    let signed = device.json(&["shifts", "sign-up", &id[..14], "--with", "1"]);
    let person = &signed["shift"]["people"][0];
    assert_eq!((&person["state"], &person["companions"]), (&"waiting".into(), &1.into()));
    device.json(&["shifts", "ask", &id, "mrs. tran"]);
    let text = device.text(&["shifts", "show", &id]);
    assert!(text.contains("Sat 2031-10-25 19:00-22:00  Soup run, Elm & 5th  0 of 2"), "{text}");
    assert!(text.contains("Rosa with 1 other (waiting to be sent)"), "{text}");
    assert!(text.contains("Mrs. Tran (asked to come)") && text.contains("languages: vi"), "{text}");
    device.json(&["shifts", "answer", &id, "no", "--for", "Mrs. Tran"]);
    device.json(&["shifts", "stay", &id]);

    let moved = device.json(&["shifts", "move", &id, "--start", "2031-10-26T23:00", "--end", "01:00"]);
    assert_eq!(moved["shift"]["ends"], "2031-10-27T01:00");
    let edited = device.json(&["shifts", "edit", &id, "--title", "Soup", "--bring", "a lamp"]);
    assert_eq!(edited["shift"]["details"]["bring"], "a lamp");
    assert_eq!(edited["shift"]["details"]["place"], "Elm & 5th", "what is not named stays");
    device.json(&["shifts", "check-in", &id]);
    let out = device.json(&["shifts", "check-out", &id, "--for", "me"]);
    let me = out["shift"]["people"][0]["person"].as_str().unwrap();
    assert!(out["shift"]["checks"][me]["left"].is_u64(), "{out}");

    let pass = ["shifts", "hand-over", &id, "--note", "Pot 3 leaks", "--call", "Ben", "--task", "Buy bread"];
    device.json(&pass);
    let passed = device.json(&["shifts", "hand-over", &id, "--done", "1", "--have"]);
    assert_eq!(passed["handOver"]["tasks"][0]["isDone"], true);
    assert_eq!(passed["handOver"]["acknowledged"][0]["person"], me);
    assert_eq!(passed["handOver"]["call"], "Ben");

    let left = device.text(&["shifts", "leave", &id, "--reason", "sick"]);
    assert!(left.starts_with("Left: "), "{left}");
    device.json(&["shifts", "cancel", &id, "--reason", "snow"]);
    let listed = device.text(&["shifts", "list", "--from", "2031-10-26", "--to", "2031-10-26"]);
    assert!(listed.ends_with("[cancelled: snow]\n"), "{listed}");
    let (line, _) = device.refused(&["shifts", "sign-up", &id]);
    assert!(line.contains("was cancelled"), "{line}");
    device.json(&["shifts", "restore", &id]);
    device.json(&["shifts", "remove", &id]);
    assert!(ids(&device.json(&["shifts", "list", "--from", "2031-10-01", "--to", "2031-10-31"])).is_empty());
}

#[test]
fn a_range_a_copied_day_and_a_job_without_a_fixed_hour() {
    let device = founded();
    let range = ["shifts", "range", "Gate", "--start", "2031-05-05T07:30", "--end", "08:30"];
    let made = device
        .json(&[&range[..], &["--repeat", "FREQ=WEEKLY;BYDAY=MO,WE", "--until", "2031-05-14"]].concat());
    assert_eq!(ids(&made).len(), 4);
    device.json(&["shifts", "sign-up", "Gate 2031-05-05"]);
    let copied = device.json(&["shifts", "copy-day", "2031-05-05", "2031-05-24", "--people"]);
    assert_eq!((ids(&copied).len(), &copied["shifts"][0]["people"][0]["state"]), (1, &"asked".into()));
    let job = device.json(&["shifts", "add", "Print flyers", "--start", "2031-05-03", "--end", "2031-05-04"]);
    assert_eq!(
        job["shift"]["when"],
        serde_json::json!({"start": "2031-05-03", "end": "2031-05-05", "zone": ""})
    );
    for (from, count) in [("2031-05-03", 1), ("2031-05-04", 1), ("2031-05-05", 1), ("2031-05-06", 0)] {
        let listed = device.json(&["shifts", "list", "--from", from, "--to", from]);
        assert_eq!(ids(&listed).len(), count, "{from}");
    }
    let mine =
        device.json(&["shifts", "list", "--from", "2031-05-01", "--to", "2031-05-31", "--for", "rosa"]);
    assert_eq!(ids(&mine).len(), 2);
}

#[test]
fn templates_gaps_and_series_are_told_by_the_groups_clock() {
    let device = founded();
    let list = device.json(&["shifts", "template", "watch", "--from", "2031-10-05"]);
    let series = list["series"].as_array().unwrap();
    assert_eq!(series.len(), 2);
    device.json(&["shifts", "template", "school", "--from", "2031-09-01", "--first", "Arrivals"]);
    assert!(device.text(&["shifts", "series", "list"]).contains("Arrivals"));

    let text = device.text(&["shifts", "list", "--from", "2031-11-02", "--to", "2031-11-02"]);
    assert!(text.contains("Sun 2031-11-02 20:00 to Mon 2031-11-03 08:00  Night watch"), "{text}");
    let gaps = device.json(&["shifts", "gaps", "--from", "2031-11-02", "--to", "2031-11-02"]);
    assert_eq!(
        (&gaps["gaps"][0]["lack"], &gaps["gaps"][0]["starts"]),
        (&"nobody".into(), &"2031-11-02T20:00".into())
    );

    device.json(&["shifts", "sign-up", "Night watch 2031-11-02"]);
    let shown = device.json(&["shifts", "series", "show", "night watch", "--from", "2031-10-05"]);
    assert_eq!(shown["datesWithPeople"].as_array().unwrap().len(), 1);
    let (line, code) = device.refused(&["shifts", "series", "end", "Night watch", "--from", "2031-10-10"]);
    assert!(line.contains("people are in 1 date of it (2031-11-02): say --people") && code == 2, "{line}");
    let change =
        ["shifts", "series", "change", "Night watch", "--from", "2031-10-10", "--start", "2031-10-10T21:00"];
    let changed = device.json(&[&change[..], &["--end", "07:00", "--people", "ask"]].concat());
    let id = changed["series"]["id"].as_str().unwrap();
    assert_eq!(changed["datesWithPeople"][0]["people"][0]["state"], "asked");
    let edited =
        device.json(&["shifts", "series", "edit", id, "--since", "2031-10-10", "--place", "Church hall"]);
    assert_eq!(edited["series"]["details"]["place"], "Church hall");
    let ended = device.json(&["shifts", "series", "end", id, "--from", "2032-01-01", "--people", "cancel"]);
    assert_eq!(ended["series"]["ends"], "2032-01-01T00:00");
}

#[test]
fn a_calendar_comes_in_is_told_row_by_row_and_goes_out_unchanged() {
    let device = founded();
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:walk@elm.example\r\nDTSTAMP:20310101T000000Z\r\n\
        SUMMARY:Walk\r\nDTSTART;TZID=America/New_York:20311015T190000\r\nDTEND;TZID=America/New_York:20311015T200000\r\n\
        RRULE:FREQ=WEEKLY;COUNT=3\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:b\r\nSUMMARY:Lost\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let file = device.file("walk.ics", calendar.as_bytes());
    let looked = device.json(&["shifts", "import", &file, "--preview"]);
    assert_eq!((&looked["totals"]["taken"], &looked["totals"]["refused"]), (&1.into(), &1.into()));
    let range = ["shifts", "list", "--from", "2031-10-01", "--to", "2031-10-31"];
    assert!(ids(&device.json(&range)).is_empty(), "a preview writes nothing");
    let text = device.text(&["shifts", "import", &file]);
    assert!(
        text.contains("1. (line 3) Walk: taken") && text.contains("its start could not be read"),
        "{text}"
    );
    let listed = device.text(&range);
    assert!(listed.contains("Wed 2031-10-15 17:00-18:00  Walk"), "in the group's zone: {listed}");

    let out = device.path("out.ics");
    assert_eq!(device.json(&["shifts", "export", &out])["events"], 1);
    assert_eq!(device.json(&["shifts", "import", &out])["totals"]["same"], 1);
    let raw = device.text(&["shifts", "export"]);
    assert_eq!(raw, fs::read_to_string(&out).unwrap());
    device.json(&["shifts", "sign-up", "Walk 2031-10-22"]);
    let mine = device.json(&["shifts", "export", "--for", "me", "--alarm", "30"]);
    let calendar = mine["calendar"].as_str().unwrap();
    assert!(mine["events"] == 1 && calendar.contains("TRIGGER:-PT30M"), "{calendar}");
}

#[test]
fn a_newer_calendar_says_whose_dates_it_moves_or_takes_away() {
    let device = founded();
    let walk = |version: u32, start: &str, end: &str, rule: &str| {
        let calendar = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:walk@elm.example\r\nSEQUENCE:{version}\r\n\
             SUMMARY:Walk\r\nDTSTART;TZID=America/Denver:{start}\r\nDTEND;TZID=America/Denver:{end}\r\n\
             RRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        device.file("walk.ics", calendar.as_bytes())
    };
    let weekly = "FREQ=WEEKLY;COUNT=3";
    device.json(&["shifts", "import", &walk(0, "20311015T190000", "20311015T200000", weekly)]);
    device.json(&["shifts", "sign-up", "Walk 2031-10-22"]);
    let newer = walk(1, "20311016T180000", "20311016T190000", weekly);
    let expected = "asked whether they come at 2031-10-23T18:00, as 2031-10-22T19:00 was moved: Rosa";
    for more in [&["--preview"][..], &[]] {
        let text = device.text(&[&["shifts", "import", &newer][..], more].concat());
        assert!(text.contains(expected), "{text}");
    }
    let shown = device.json(&["shifts", "list", "--from", "2031-10-22", "--to", "2031-10-24"]);
    let shifts = shown["shifts"].as_array().unwrap();
    assert_eq!((shifts[0]["cancelled"].as_str(), &shifts[0]["instead"]), (Some(""), &shifts[1]["id"]));
    assert_eq!(shifts[1]["people"][0]["state"], "asked");

    device.json(&["shifts", "sign-up", "Walk 2031-10-30"]);
    let text = device.text(&[
        "shifts",
        "import",
        &walk(2, "20311016T180000", "20311016T190000", "FREQ=WEEKLY;COUNT=1"),
    ]);
    assert!(text.contains("signed up for 2031-10-30T18:00, which is off: Rosa"), "{text}");
}

#[test]
fn what_is_typed_wrongly_about_shifts_is_one_line_that_says_where() {
    let device = founded();
    let add = |rest: &[&'static str]| [&["shifts", "add", "Gate", "--start"][..], rest].concat();
    for (arguments, part, wanted) in [
        (add(&["tonight", "--end", "20:00"]), "--start 'tonight'", 2),
        (add(&["2031-05-02T18:00"]), "say when it ends", 2),
        (add(&["2031-05-02T18:00", "--end", "eight"]), "--end 'eight'", 2),
        (add(&["2031-05-02T18:00", "--end", "2031-05-02T17:00"]), "ends before it begins", 2),
        (add(&["2031-05-02", "--end", "2031-04-01"]), "--end: it ends before", 2),
        (add(&["2031-05-02T18:00", "--end", "20:00", "--zone", "Mars/Base"]), "no time zone 'Mars/Base'", 2),
        (add(&["2031-05-02T18:00", "--end", "20:00", "--repeat", "sometimes"]), "repeat", 1),
        (vec!["shifts", "add", " ", "--start", "2031-05-02"], "a shift needs a name", 1),
        (vec!["shifts", "show", "Gate"], "there is no shift 'Gate'", 1),
        (vec!["shifts", "show", "2031-05.0123456789abcdef"], "there is no shift '2031-05.", 1),
        (vec!["shifts", "series", "show", "Gate"], "there is no series 'Gate'", 1),
        (vec!["shifts", "list", "--from", "May"], "--from 'May'", 2),
        (vec!["shifts", "list", "--from", "2031-05-02", "--to", "2031-05-01"], "--to is before", 2),
        (vec!["shifts", "list", "--for", "nobody"], "nobody is called 'nobody'", 1),
        (vec!["shifts", "import", "/nowhere/a.ics"], "cannot read /nowhere/a.ics", 1),
        (vec!["shifts", "export", "/nowhere/a.ics"], "cannot write /nowhere/a.ics", 1),
        (vec!["shifts", "template", "bakery"], "watch", 2),
    ] {
        let (line, code) = device.refused(&arguments);
        assert!(line.contains(part), "{arguments:?}: {line}");
        assert_eq!(code, wanted, "{arguments:?}: {line}");
    }
    let cards = device.file("cards.ics", b"BEGIN:VCARD\nEND:VCARD\n");
    let (line, _) = device.refused(&["shifts", "import", &cards]);
    assert!(line.contains("cards.ics: "), "{line}");
    for start in ["2031-05-02", "2031-05-03"] {
        device.json(&["shifts", "add", "Gate", "--start", start]);
    }
    let (line, _) = device.refused(&["shifts", "show", "gate"]);
    assert!(!line.contains("several"), "none is within a year: {line}");
    let listed = ids(&device.json(&["shifts", "list", "--from", "2031-05-01", "--to", "2031-05-31"]));
    assert_eq!(device.json(&["shifts", "show", &listed[1]])["shift"]["starts"], "2031-05-03T00:00");
}
