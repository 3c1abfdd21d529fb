//! Made-up schedules of groups in all kinds of zones, written as calendars, and what must be seen in them.

use anyhow::Result;
use porchlight_documents::ics::{self, Wanted};
use porchlight_documents::ledger::Ledger;
use porchlight_documents::schedule::details::Details;
use porchlight_documents::schedule::series::{self, Pattern};
use porchlight_documents::schedule::when::{Local, When};
use porchlight_documents::schedule::zone::Zones;
use porchlight_documents::schedule::{
    Day, Month, MonthCells, PlanCells, Schedule, ScheduleError, Shift, day, edit, plan,
};
use porchlight_documents::{Actor, Author, Document, DocumentName, Editor, Kind};
use porchlight_wire::Timestamp;
use serde_json::{Value, json};

use crate::dice::Dice;

const ZONES: [&str; 12] = [
    "America/New_York",
    "America/Denver",
    "Europe/Berlin",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "America/Santiago",
    "Asia/Kathmandu",
    "America/Phoenix",
    "Africa/Casablanca",
    "America/St_Johns",
    "UTC",
];

const RULES: [&str; 14] = [
    "FREQ=DAILY;COUNT=9",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR;WKST=SU",
    "FREQ=WEEKLY;UNTIL=20270301T120000",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SA;COUNT=11",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=2TU,4TU",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "FREQ=YEARLY",
];

/// One device's documents.
struct Desk {
    home: &'static str,
    documents: Vec<(DocumentName, Document)>,
    time: u64,
}

impl Desk {
    fn edit<T>(
        &mut self,
        name: &DocumentName,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, ScheduleError>,
    ) -> Result<T> {
        self.time += 1_000;
        let place = match self.documents.iter().position(|(there, _)| there == name) {
            Some(place) => place,
            None => {
                self.documents.push((name.clone(), Document::new(Kind::Schedule)));
                self.documents.len() - 1
            }
        };
        // As devices do, another actor in each document: names are made from it.
        let actor = Actor::from_bytes([u8::try_from(place + 1)?; 16]);
        let author = Author { actor, time: Timestamp::from_millis(self.time) };
        Ok(self.documents[place].1.edit(author, f)?.0)
    }

    fn see(&self) -> Result<Schedule> {
        let ledger = Ledger::new();
        let (mut cells, mut months) = (PlanCells::default(), Vec::new());
        for (name, document) in &self.documents {
            match Month::of_document(name) {
                Some(month) => months.push(MonthCells::read(document, month, &ledger)?),
                None => cells = PlanCells::read(document, &ledger)?,
            }
        }
        Ok(Schedule::new(self.home, Zones::new(), cells, months)?)
    }
}

/// What begins from the first day until before the second is looked at, both in UTC.
const DAYS: [&str; 2] = ["2026-09-01", "2028-03-10"];

/// A calendar, and what it says.
pub(crate) fn make(dice: &mut Dice) -> Result<(String, Value)> {
    let mut desk = Desk { home: dice.pick(&ZONES), documents: Vec::new(), time: 1_790_000_000_000 };
    for _ in 0..=dice.below(5) {
        let (details, when) = (details(dice), when(dice)?);
        let month = Month::of(when.day());
        let id = desk.edit(&month.document(), |editor| edit::add(editor, month, &details, &when, None))?;
        if dice.below(4) == 0 {
            desk.edit(&month.document(), |editor| edit::cancel(editor, &id, ""))?;
        }
    }
    let mut rules = 0;
    for _ in 0..=dice.below(3) {
        let pattern = Pattern { when: when(dice)?, rule: dice.pick(&RULES).parse()? };
        let details = details(dice);
        let id = desk.edit(&plan(), |editor| series::add(editor, &details, &pattern, None))?;
        rules += 1;
        if dice.below(4) == 0 {
            let (from, next) = (pattern.when.day().saturating_add_days(40), when(dice)?);
            let before = desk.see()?;
            let pattern = Pattern { when: next.on(from), rule: "FREQ=WEEKLY;INTERVAL=3".parse()? };
            let at = from.at(0, 0, 0, 0);
            desk.edit(&plan(), |editor| series::split(editor, &before, &id, at, &details, &pattern))?;
            rules += 1;
        }
    }
    differ(dice, &mut desk)?;
    let schedule = desk.see()?;
    let all = ics::events(&schedule, day("2020-01-01")?, day("2035-01-01")?, &Wanted::All);
    let calendar = ics::write(&all, schedule.zones(), None)?;
    let shifts: Vec<Value> = schedule
        .shifts(day("2026-08-25")?, day("2028-03-15")?)
        .iter()
        .filter(|shift| !shift.removed && !is_skipped(&shift.when))
        .map(told)
        .filter(|told| told["start"].as_str().is_some_and(|start| (DAYS[0]..DAYS[1]).contains(&start)))
        .collect();
    Ok((calendar, json!({"days": DAYS, "rules": rules, "shifts": shifts})))
}

/// Some dates of series are moved, cancelled or left out.
fn differ(dice: &mut Dice, desk: &mut Desk) -> Result<()> {
    let dates: Vec<Shift> = desk.see()?.shifts(day("2026-10-01")?, day("2027-02-01")?);
    for shift in dates.iter().filter(|shift| shift.series.is_some()) {
        let (id, name) = (&shift.id, shift.id.document());
        match dice.below(12) {
            0 => {
                let later = shift.when.on(shift.when.day().saturating_add_days(1));
                desk.edit(&name, |editor| edit::reschedule(editor, id, &later))?;
            }
            1 => desk.edit(&name, |editor| edit::cancel(editor, id, "snow"))?,
            2 => desk.edit(&name, |editor| edit::remove(editor, id))?,
            _ => {}
        }
    }
    Ok(())
}

fn details(dice: &mut Dice) -> Details {
    let place = if dice.below(3) == 0 { String::new() } else { dice.words() };
    Details { title: dice.words(), place, note: dice.words(), needs: 2, ..Details::default() }
}

/// Hours of a day or past midnight, or whole days.
fn when(dice: &mut Dice) -> Result<When> {
    let first = day("2026-09-20")?.saturating_add_days(dice.below(60));
    if dice.below(5) == 0 {
        let end = first.saturating_add_days(1 + dice.below(3));
        return Ok(format!("{first}/{end}").parse()?);
    }
    let (start, length) = (dice.below(24), 1 + dice.below(12));
    let end = first.saturating_add_days((start + length) / 24);
    let zone = dice.pick(&ZONES);
    Ok(format!("{first}T{start:02}:30/{end}T{:02}:30[{zone}]", (start + length) % 24).parse()?)
}

/// Whether it begins or ends in an hour that clocks skip that night: programs differ in when that is.
fn is_skipped(when: &When) -> bool {
    let When::Hours { start, end, zone } = when else { return false };
    let rules = Zones::new().get(zone).unwrap();
    [start, end].iter().any(|local| Local::of(local.instant(&rules), &rules).at != local.at)
}

fn told(shift: &Shift) -> Value {
    let (start, end) = match &shift.when {
        When::Days { first, end } => (first.to_string(), end.to_string()),
        When::Hours { .. } => (utc(shift.span.start), utc(shift.span.end)),
    };
    json!({
        "title": shift.details.title,
        "place": shift.details.place,
        "start": start,
        "end": end,
        "cancelled": shift.cancelled.is_some(),
    })
}

/// As in "2026-10-14T19:00:00Z".
fn utc(time: Timestamp) -> String {
    let rules = Zones::new().get("UTC").unwrap();
    Local::of(time, &rules).at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

trait Later {
    fn saturating_add_days(self, days: u64) -> Day;
}

impl Later for Day {
    fn saturating_add_days(self, days: u64) -> Day {
        (0..days).fold(self, |day, _| day.tomorrow().unwrap_or(day))
    }
}
