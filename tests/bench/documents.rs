//! What people wait for on their own device: opening a large list, month or note, one edit in it, and finding gaps.
//! Documents alone, without sealing, disk or network; then the app's core in WebAssembly, answers to screens included.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use automerge::transaction::Transactable;
use automerge::{AutoCommit, Automerge, ObjType, ROOT};
use porchlight_documents::contacts::{self, Details, Phone};
use porchlight_documents::ledger::{Ledger, Place};
use porchlight_documents::notes;
use porchlight_documents::schedule::act::Coming;
use porchlight_documents::schedule::details::Details as About;
use porchlight_documents::schedule::gaps::{Abilities, Ability};
use porchlight_documents::schedule::handover::Words;
use porchlight_documents::schedule::when::When;
use porchlight_documents::schedule::zone::Zones;
use porchlight_documents::schedule::{Month, MonthCells, Person, PlanCells, Schedule, edit, handover};
use porchlight_documents::{Actor, Author, Document, Editor, Kind, OwnChange};
use porchlight_tests::repository;
use porchlight_wire::{MemberId, Timestamp};

use crate::report::Report;
use crate::shown;

const LISTED: usize = 5_000;
const SHIFTS: usize = 600;
const PEOPLE: u8 = 20;
const NOTE_EDITS: usize = 10_000;
/// So many times each, of which the slowest and the middle are told.
pub(crate) const ROUNDS: usize = 15;
/// What opening, one edit and computing gaps may take natively.
pub(crate) const TARGET: &str = "(≤ 50 ms)";

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    list(report)?;
    month(report)?;
    note(report)?;
    app(report)
}

fn author(time: u64) -> Author {
    Author {
        actor: Actor::from_bytes([7; 16]),
        time: Timestamp::from_millis(1_790_000_000_000 + time * 1000),
    }
}

pub(crate) fn timed<T>(times: &mut Vec<Duration>, f: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let value = f();
    times.push(started.elapsed());
    value
}

/// One edit: the lengths of its changes in bytes are added up, to tell how a document grows.
fn write<T, E: std::error::Error + Send + Sync + 'static>(
    document: &mut Document,
    time: u64,
    bytes: &mut usize,
    f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
) -> Result<T> {
    let (value, change) = document.edit(author(time), f)?;
    *bytes += change.map_or(0, |change: OwnChange| change.as_bytes().len());
    Ok(value)
}

/// Opening from what is stored, and reading, [`ROUNDS`] times.
fn open<T>(
    report: &mut Report,
    (what, target): (&str, &str),
    kind: Kind,
    stored: &[u8],
    read: impl Fn(&Document) -> T,
) -> Result<()> {
    let (mut opening, mut reading) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let document = timed(&mut opening, || Document::load(kind, stored)).context("stored just now")?;
        timed(&mut reading, || read(&document));
    }
    report.note_times("documents", &format!("{what}: opening {target}"), opening);
    report.note_times("documents", &format!("{what}: reading all of it"), reading);
    report.note("documents", &format!("{what}: stored"), "kB", stored.len() as f64 / 1000.0);
    Ok(())
}

/// How much a small edit adds: to what travels, and to what is stored.
fn growth(report: &mut Report, what: &str, travels: usize, before: usize, after: usize) {
    let each = |bytes: usize| bytes as f64 / ROUNDS as f64;
    report.note("documents", &format!("{what}: one edit adds to what travels"), "bytes", each(travels));
    report.note(
        "documents",
        &format!("{what}: one edit adds to what is stored"),
        "bytes",
        each(after.saturating_sub(before)),
    );
}

fn list(report: &mut Report) -> Result<()> {
    let (mut document, mut bytes) = (Document::new(Kind::Contacts), 0);
    let mut ids = Vec::new();
    for batch in 0..LISTED / 50 {
        let added = write(&mut document, 0, &mut bytes, |editor| {
            let numbers = batch * 50..(batch + 1) * 50;
            numbers
                .map(|number| contacts::add(editor, neighbor(number), Some("US")))
                .collect::<Result<Vec<_>, _>>()
        })?;
        ids.extend(added);
    }
    let stored = document.save();
    open(report, ("5,000 contacts", TARGET), Kind::Contacts, &stored, contacts::list)?;
    let (mut edits, mut travels) = (Vec::new(), 0);
    for (round, id) in (1_u64..).zip(ids.iter().step_by(ids.len() / ROUNDS).take(ROUNDS)) {
        let shown = contacts::get(&document, id).context("just added")?.details;
        timed(&mut edits, || {
            let after = Details { note: "has a ladder".into(), ..shown.clone() };
            write(&mut document, round, &mut travels, |editor| {
                contacts::update(editor, id, &shown, after, Some("US"))
            })
        })?;
    }
    report.note_times("documents", &format!("5,000 contacts: one edit {TARGET}"), edits);
    growth(report, "5,000 contacts", travels, stored.len(), document.save().len());
    Ok(())
}

fn neighbor(number: usize) -> Details {
    Details {
        name: format!("Neighbor Number {number}"),
        phones: vec![Phone::typed(&format!("+1202555{:04}", number % 10_000), Some("US"))],
        speaks: vec!["en".into(), if number.is_multiple_of(3) { "es" } else { "vi" }.into()],
        area: format!("Block {}", number % 40),
        ..Details::default()
    }
}

/// A month and its ledger, with the numbers of changes so far.
struct Watch {
    document: Document,
    ledger: Ledger,
    month: Month,
    position: u64,
    travels: usize,
}

impl Watch {
    /// One edit, which the log takes at once.
    fn write<T, E: std::error::Error + Send + Sync + 'static>(
        &mut self,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
    ) -> Result<T> {
        self.position += 1;
        let (value, change) = self.document.edit(author(self.position), f)?;
        if let Some(change) = change {
            self.travels += change.as_bytes().len();
            let time = author(self.position).time;
            let place = Place { generation: 1, position: self.position, index: 0, time };
            self.ledger.insert(&self.month.document(), change.hash(), place);
        }
        Ok(value)
    }

    fn look(&self) -> Result<Schedule> {
        let cells = MonthCells::read(&self.document, self.month, &self.ledger)?;
        Ok(Schedule::new("America/Chicago", Zones::new(), PlanCells::default(), [cells])?)
    }
}

fn person(number: usize) -> Person {
    Person::Member(MemberId::from_bytes([u8::try_from(number % usize::from(PEOPLE)).unwrap_or(0); 16]))
}

fn month(report: &mut Report) -> Result<()> {
    let month: Month = "2027-01".parse()?;
    let (from, to) = (month.first_day(), month.plus(1).first_day());
    let document = Document::new(Kind::Schedule);
    let mut watch = Watch { document, ledger: Ledger::new(), month, position: 0, travels: 0 };
    let mut ids = Vec::new();
    for number in 0..SHIFTS {
        let (details, when) = shift(number)?;
        let id = watch.write(|editor| edit::add(editor, month, &details, &when, None))?;
        let coming = Coming { when, place: details.place, companions: 0, part: None };
        for who in [number, number + 7, number + 11] {
            watch.write(|editor| edit::sign_up(editor, &id, &person(who), &coming))?;
        }
        ids.push(id);
    }
    let stored = watch.document.save();
    let what = "600 shifts of 20 people";
    open(report, (what, TARGET), Kind::Schedule, &stored, |document| {
        let cells = MonthCells::read(document, month, &watch.ledger).ok()?;
        let schedule = Schedule::new("America/Chicago", Zones::new(), PlanCells::default(), [cells]).ok()?;
        Some(schedule.shifts(from, to))
    })?;
    let abilities: Abilities = (0..usize::from(PEOPLE))
        .map(|number| {
            (
                person(number),
                Ability {
                    languages: vec!["es".into()],
                    skills: vec!["first aid".into()],
                    ..Ability::default()
                },
            )
        })
        .collect();
    let (mut edits, mut gaps, mut found) = (Vec::new(), Vec::new(), 0);
    watch.travels = 0;
    for (round, id) in ids.iter().step_by(SHIFTS / ROUNDS).take(ROUNDS).enumerate() {
        timed(&mut edits, || match round % 2 {
            0 => watch.write(|editor| edit::leave(editor, id, &person(3), "")),
            _ => watch
                .write(|editor| handover::write(editor, id, &Words { note: Some("All quiet"), call: None })),
        })?;
        let schedule = watch.look()?;
        found = timed(&mut gaps, || schedule.gaps(from, to, &abilities, Timestamp::default())).len();
    }
    report.note_times("documents", &format!("{what}: one edit {TARGET}"), edits);
    report.note_times("documents", &format!("{what}: computing gaps {TARGET}"), gaps);
    report.note("documents", &format!("{what}: gaps found"), "gaps", found as f64);
    growth(report, what, watch.travels, stored.len(), watch.document.save().len());
    Ok(())
}

/// Twenty on each of thirty days, at three hours of the day.
fn shift(number: usize) -> Result<(About, When)> {
    let (day, hour) = (number / 20 % 30 + 1, 6 + number % 3 * 5);
    let when = format!("2027-01-{day:02}T{hour:02}:00/2027-01-{day:02}T{:02}:00[America/Chicago]", hour + 4);
    let details = About {
        title: format!("Gate {}", number % 20),
        place: format!("Corner {}", number % 20),
        needs: 3,
        line: format!("line {}", number % 20),
        languages: vec!["es".into(), "vi".into()],
        ..About::default()
    };
    Ok((details, when.parse()?))
}

fn note(report: &mut Report) -> Result<()> {
    let (mut document, mut bytes, mut text) = (Document::new(Kind::Note), 0, String::new());
    for number in 0..NOTE_EDITS {
        // Ten letters each, in lines as people write them.
        text.push_str(if number % 6 == 5 { " the gate\n" } else { " and so on" });
        let time = u64::try_from(number)?;
        write(&mut document, time, &mut bytes, |editor| notes::update(editor, None, &text))?;
    }
    let stored = document.save();
    let what = "note of 100 kB, 10,000 edits";
    open(report, (what, "its Document"), Kind::Note, &stored, notes::note)?;
    shown::measure(report, what, &stored)?;
    floor(report, text.len())?;
    let (mut edits, mut travels) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        let shown = document.version();
        let place = text.len() / ROUNDS * round;
        text.insert(place, 'x');
        timed(&mut edits, || {
            write(&mut document, u64::try_from(NOTE_EDITS + round)?, &mut travels, |editor| {
                notes::update(editor, Some(&shown), &text)
            })
        })?;
    }
    report.note_times("documents", &format!("{what}: one edit {TARGET}"), edits);
    growth(report, what, travels, stored.len(), document.save().len());
    Ok(())
}

/// What opening takes Automerge at least: as many letters in one text, written at once, without a history.
fn floor(report: &mut Report, letters: usize) -> Result<()> {
    let mut document = AutoCommit::new();
    let text = document.put_object(ROOT, "text", ObjType::Text)?;
    document.splice_text(&text, 0, 0, &"and so on ".repeat(letters / 10))?;
    let stored = document.save();
    let mut opening = Vec::new();
    for _ in 0..ROUNDS {
        timed(&mut opening, || Automerge::load(&stored))?;
    }
    report.note_times("documents", "limit: Automerge opens a text of 100 kB written at once", opening);
    Ok(())
}

/// The same in the app's core, which `make web` builds, as Node runs it.
fn app(report: &mut Report) -> Result<()> {
    let web = repository::root().join("server/web");
    let mut node = Command::new("node");
    node.arg("build/measure.mjs").current_dir(web).stderr(Stdio::inherit());
    let output = node.output().context("cannot run Node.js")?;
    ensure!(output.status.success(), "the core could not be measured; `make web` builds it");
    let measured: Vec<(String, Vec<f64>)> = serde_json::from_slice(&output.stdout)?;
    for (what, millis) in measured {
        let times = millis.into_iter().map(|millis| Duration::from_secs_f64(millis / 1000.0));
        report.note_times("documents, wasm", &what, times.collect());
    }
    Ok(())
}
