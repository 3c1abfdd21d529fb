//! The examples of RFC 5545, section 3.8.5.3, and what calendars really write.

use jiff::tz::TimeZone;

use super::*;

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

/// The dates as `MM-DD`, with the year where it changes.
fn dates(rule: &str, start: &str, to: &str) -> String {
    let rule: Rule = rule.parse().unwrap();
    assert_eq!(rule.to_string().parse(), Ok(rule.clone()));
    let mut year = 0;
    let shown = rule.dates(at(start), at(start), at(to)).into_iter().map(|date| {
        let years = if date.year() == year { String::new() } else { format!("{}:", date.year()) };
        year = date.year();
        format!("{years}{:02}-{:02}", date.month(), date.day())
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_examples_of_the_standard() {
    let nine = "1997-09-02T09:00";
    for (rule, start, to, expected) in [
        ("FREQ=DAILY;INTERVAL=10;COUNT=5", nine, "2000-01-01T00:00", "1997:09-02 09-12 09-22 10-02 10-12"),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
            nine,
            "1999-01-01T00:00",
            "1997:09-02 09-04 09-16 09-18 09-30 10-02 10-14 10-16",
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
            "1997-09-05T09:00",
            "1999-01-01T00:00",
            "1997:09-05 10-03 11-07 12-05 1998:01-02 02-06 03-06 04-03 05-01 06-05",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            "1997-09-07T09:00",
            "1999-01-01T00:00",
            "1997:09-07 09-28 11-02 11-30 1998:01-04 01-25 03-01 03-29 05-03 05-31",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            "1997-09-28T09:00",
            "1998-03-01T00:00",
            "1997:09-28 10-29 11-28 12-29 1998:01-29 02-26",
        ),
        (
            "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
            "1997-01-01T09:00",
            "2010-01-01T00:00",
            "1997:01-01 04-10 07-19 2000:01-01 04-09 07-18 2003:01-01 04-10 07-19 2006:01-01",
        ),
        (
            "FREQ=YEARLY;BYDAY=20MO",
            "1997-05-19T09:00",
            "2000-01-01T00:00",
            "1997:05-19 1998:05-18 1999:05-17",
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
            "1997-05-12T09:00",
            "2000-01-01T00:00",
            "1997:05-12 1998:05-11 1999:05-17",
        ),
        (
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
            "1997-03-13T09:00",
            "1998-03-13T00:00",
            "1997:03-13 03-20 03-27 1998:03-05 03-12",
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "1998-02-13T09:00",
            "2000-11-01T00:00",
            "1998:02-13 03-13 11-13 1999:08-13 2000:10-13",
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1996-11-05T09:00",
            "2005-01-01T00:00",
            "1996:11-05 2000:11-07 2004:11-02",
        ),
        (
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            "1997-09-04T09:00",
            "1998-01-01T00:00",
            "1997:09-04 10-07 11-06",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "1997-09-29T09:00",
            "1998-02-01T00:00",
            "1997:09-29 10-30 11-27 12-30 1998:01-29",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "1997-08-05T09:00",
            "1998-01-01T00:00",
            "1997:08-05 08-10 08-19 08-24",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            "1997-08-05T09:00",
            "1998-01-01T00:00",
            "1997:08-05 08-17 08-19 08-31",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            "2007-01-15T09:00",
            "2008-01-01T00:00",
            "2007:01-15 01-30 02-15 03-15 03-30",
        ),
        ("FREQ=YEARLY", "2024-02-29T09:00", "2033-01-01T00:00", "2024:02-29 2028:02-29 2032:02-29"),
    ] {
        assert_eq!(dates(rule, start, to), expected, "{rule}");
    }
}

#[test]
fn several_hours_of_a_day() {
    let rule: Rule = "FREQ=DAILY;BYHOUR=7,15;BYMINUTE=30;COUNT=3".parse().unwrap();
    let start = at("2026-09-01T07:30");
    let dates = rule.dates(start, start, at("2027-01-01T00:00"));
    assert_eq!(dates, [start, at("2026-09-01T15:30"), at("2026-09-02T07:30")]);
}

#[test]
fn every_spelling_of_the_end_includes_the_last() {
    let zone = TimeZone::get("Europe/London").unwrap();
    for until in ["20260924", "20260924T160000", "20260924T150000Z"] {
        let rule = Rule::read(&format!("FREQ=WEEKLY;UNTIL={until};BYDAY=TH"), &zone).unwrap();
        let start = at("2026-09-03T16:00");
        assert_eq!(rule.dates(start, start, at("2030-01-01T00:00")).len(), 4, "{until}");
        assert_eq!(rule.to_string().parse(), Ok(rule));
    }
}

#[test]
fn a_window_gives_what_the_whole_gives_there() {
    let start = at("2020-01-31T22:00");
    for text in [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,SU",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR",
        "FREQ=YEARLY;BYMONTH=1,6;BYDAY=2FR",
        "FREQ=WEEKLY;COUNT=400",
    ] {
        let rule: Rule = text.parse().unwrap();
        let all = rule.dates(start, start, at("2027-01-01T00:00"));
        for from in ["2020-02-01T00:00", "2021-03-05T12:00", "2026-01-01T00:00"].map(at) {
            let window = rule.dates(start, from, at("2027-01-01T00:00"));
            let expected: Vec<_> = all.iter().copied().filter(|date| *date >= from).collect();
            assert_eq!(window, expected, "{text}");
        }
    }
}

#[test]
fn nonsense_is_refused_and_impossible_dates_end() {
    for text in [
        "FREQ=DAILY;UNTIL=NaNNaNNaNTNaNNaN00Z",
        "UNTIL=20260101",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;BYEASTER=1",
        "",
    ] {
        assert!(matches!(text.parse::<Rule>(), Err(RuleError::Unreadable(_))), "{text}");
    }
    assert_eq!("FREQ=HOURLY".parse::<Rule>(), Err(RuleError::TooOften));
    let never: Rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30".parse().unwrap();
    let start = at("2026-01-01T08:00");
    assert_eq!(never.dates(start, start, at("2199-01-01T00:00")), [start]);
}
