//! Taking a calendar file into a schedule: what would be done is worked out first, event by event, then written.
//!
//! An event keeps its name: the key of what it becomes is made from its UID, so that two phones that take the same file
//! without knowing of each other make the same shifts, and a file that comes again makes nothing twice.

mod people;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use porchlight_wire::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Event;
use super::note::{Note, Refusal};
use super::read::{NotACalendar, Read, read, told_by_series};
use super::tell::{key_of, of_series, of_shift, own_dates};
use crate::document::DocumentName;
use crate::editor::Editor;
use crate::schedule::details::{NO, YES};
use crate::schedule::series::Series;
use crate::schedule::when::Local;
use crate::schedule::{
    Month, Person, Schedule, ScheduleError, SeriesId, Shift, ShiftId, edit, months_seen, plan,
};

/// What became of one event of the file, or would become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its place among the events of the file, from 1.
    pub number: usize,
    /// Where it begins in the file, counted from 1.
    pub line: u64,
    /// What it is called.
    pub title: String,
    /// When it is, or its first date.
    pub when: String,
    /// What becomes of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What had to be repaired or worked out.
    pub notes: Vec<Note>,
}

/// What becomes of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum Outcome {
    /// It is new here.
    Taken,
    /// It is here, and differs in these fields.
    Changed {
        /// "title", "when", "repeats", "cancelled" …
        fields: Vec<String>,
    },
    /// It is here just like that, or this very version of it was taken before.
    Same,
    /// It is here, and what is here is newer; or the file itself has a newer one of that name.
    Left,
    /// It was not taken.
    Refused {
        /// Why not.
        #[serde(flatten)]
        reason: Refusal,
    },
}

/// A file looked at, with what is to be written for it.
#[derive(Clone, Debug)]
pub struct Import {
    /// What becomes of each event.
    pub rows: Vec<Row>,
    writes: BTreeMap<DocumentName, Vec<Put>>,
}

#[derive(Clone, Debug)]
struct Put {
    container: &'static str,
    key: String,
    text: String,
}

/// So many values become one change: far below what an entry of the log may hold.
const AT_ONCE: usize = 400;
const VERSION: &str = "version";

/// Looks at a file. `schedule` should have all months open, so that what was moved is found. Dates that are over by
/// `now` keep their people whatever the file says.
pub fn look(schedule: &Schedule, bytes: &[u8], now: Timestamp) -> Result<Import, NotACalendar> {
    let mut reads = read(bytes, schedule.home(), schedule.zones())?;
    let mut work = Work {
        schedule,
        known: known(schedule),
        masters: BTreeMap::new(),
        names: BTreeSet::new(),
        writes: BTreeMap::new(),
        place: 0,
        touched: BTreeMap::new(),
        notes: Vec::new(),
    };
    let newest = newest(&reads);
    work.names = newest.keys().cloned().collect();
    // A series before its dates, wherever they stand in the file.
    let mut outcomes: Vec<Option<Outcome>> = vec![None; reads.len()];
    for is_date in [false, true] {
        for (place, (read, outcome)) in reads.iter().zip(&mut outcomes).enumerate() {
            work.place = place;
            match &read.event {
                Ok(event) if newest.get(&name(event)) != Some(&place) => {
                    let counts = newest.get(&name(event)).and_then(|place| reads.get(*place));
                    let is_same = counts.is_some_and(|counts| counts.event == read.event);
                    *outcome = Some(if is_same { Outcome::Same } else { Outcome::Left });
                }
                Ok(event) if event.recurrence.is_some() == is_date => *outcome = Some(work.take(event)),
                Err(reason) => *outcome = Some(Outcome::Refused { reason: reason.clone() }),
                Ok(_) => {}
            }
        }
    }
    let carried = people::carry(schedule, &work.writes, &work.touched, now);
    let Work { mut writes, notes, .. } = work;
    for (document, put) in carried.puts {
        writes.entry(document).or_default().push(put);
    }
    for (place, note) in notes.into_iter().chain(carried.notes) {
        if let Some(read) = reads.get_mut(place) {
            read.notes.push(note);
        }
    }
    let rows = reads
        .into_iter()
        .zip(outcomes)
        .zip(1..)
        .filter_map(|((read, outcome), number)| Some(row(read, outcome?, number)));
    Ok(Import { rows: rows.collect(), writes })
}

/// What names an event in its file: that of its series, and of its date there.
type Name = (String, Option<Local>);

fn name(event: &Event) -> Name {
    (event.uid.clone(), event.recurrence)
}

/// Where the events stand that count: of several with one name in a file, the newest, or else the last.
fn newest(reads: &[Read]) -> BTreeMap<Name, usize> {
    let mut newest = BTreeMap::new();
    for (place, event) in reads.iter().map(|read| read.event.as_ref().ok()).enumerate() {
        let Some(event) = event else { continue };
        let age = (event.sequence, event.modified, place);
        let best = newest.entry(name(event)).or_insert(age);
        *best = age.max(*best);
    }
    newest.into_iter().map(|(name, (_, _, place))| (name, place)).collect()
}

fn row(read: Read, outcome: Outcome, number: usize) -> Row {
    let when = read.event.as_ref().map(|event| event.when.to_string()).unwrap_or_default();
    Row { number, line: read.line, title: read.title, when, outcome, notes: read.notes }
}

impl Import {
    /// Says what people are called whom the notes are about.
    pub fn name(&mut self, names: &BTreeMap<Person, String>) {
        let notes = self.rows.iter_mut().flat_map(|row| &mut row.notes);
        for whom in notes.flat_map(Note::people_mut) {
            if let Some(name) = names.get(&whom.person) {
                whom.name.clone_from(name);
            }
        }
    }

    /// Whether notes are about people.
    pub fn is_about_people(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.notes).any(|note| !note.people().is_empty())
    }

    /// What is to be written, in steps that each become one change of one document.
    pub fn steps(&self) -> impl Iterator<Item = (&DocumentName, Step<'_>)> {
        self.writes.iter().flat_map(|(name, puts)| puts.chunks(AT_ONCE).map(move |puts| (name, Step(puts))))
    }
}

/// Part of an import.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a>(&'a [Put]);

impl Step<'_> {
    /// Writes it.
    pub fn write(&self, editor: &mut Editor<'_>) -> Result<(), ScheduleError> {
        editor.claim();
        self.0.iter().try_for_each(|put| edit::put(editor, put.container, &put.key, &put.text))
    }
}

enum Known {
    Series(Box<Series>),
    Shift(Box<Shift>),
}

/// Everything that has a name in calendars.
fn known(schedule: &Schedule) -> BTreeMap<String, Known> {
    let mut known = BTreeMap::new();
    for (month, cells) in &schedule.months {
        for key in cells.shifts.keys().filter(|key| !key.contains('@')) {
            let id = ShiftId { month: *month, key: key.clone() };
            let Some(shift) = schedule.shift(&id) else { continue };
            known.insert(of_shift(&shift).uid, Known::Shift(Box::new(shift)));
        }
    }
    for series in schedule.all_series(Date::MAX) {
        let uid = series.uid.clone().unwrap_or_else(|| super::tell::uid_of(&series.id.0));
        known.insert(uid, Known::Series(Box::new(series)));
    }
    known
}

struct Work<'a> {
    schedule: &'a Schedule,
    known: BTreeMap<String, Known>,
    /// The series that the file itself brings.
    masters: BTreeMap<String, Event>,
    /// The names of all events in the file.
    names: BTreeSet<Name>,
    writes: BTreeMap<DocumentName, Vec<Put>>,
    /// The place of the event that is being taken.
    place: usize,
    /// Which event wrote to which shift or series.
    touched: BTreeMap<String, usize>,
    /// What is to be said beside what was said when the events were read.
    notes: Vec<(usize, Note)>,
}

impl Work<'_> {
    fn take(&mut self, event: &Event) -> Outcome {
        if event.recurrence.is_some() {
            return self.take_date(event);
        }
        let repeats = event.rule.is_some() || !event.extras.is_empty();
        if repeats {
            self.masters.entry(event.uid.clone()).or_insert_with(|| event.clone());
        }
        match self.known.get(&event.uid) {
            Some(Known::Series(series)) => {
                let series = series.clone();
                self.take_known_series(event, &series)
            }
            Some(Known::Shift(shift)) if !repeats => {
                let shift = shift.clone();
                self.take_known_shift(event, &shift)
            }
            Some(Known::Shift(shift)) => {
                let id = shift.id.clone();
                self.put(id.document(), "shifts", format!("{}/removed", id.key), YES);
                self.take_new(event, Kind::Series)
            }
            None => self.take_new(event, if repeats { Kind::Series } else { Kind::Shift }),
        }
    }

    fn take_new(&mut self, event: &Event, kind: Kind) -> Outcome {
        let key = key(&event.uid);
        let (name, container) = match kind {
            Kind::Series => (plan(), "series"),
            Kind::Shift => (Month::of(event.when.day()).document(), "shifts"),
        };
        for (field, text) in event.details.to_flat() {
            self.put(name.clone(), container, format!("{key}/{field}"), &text);
        }
        self.put(name.clone(), container, format!("{key}/when"), &event.when.to_string());
        if key_of(&event.uid).is_none() {
            self.put(name.clone(), container, format!("{key}/uid"), &event.uid);
        }
        if event.sequence > 0 {
            self.put(name.clone(), container, format!("{key}/seq"), &event.sequence.to_string());
        }
        if event.is_cancelled {
            self.put(name.clone(), container, format!("{key}/cancelled"), YES);
        }
        self.put(name.clone(), container, format!("{key}/{VERSION}"), &version(event));
        if let Kind::Series = kind {
            if let Some(rule) = &event.rule {
                self.put(name.clone(), container, format!("{key}/rule"), &rule.to_string());
            }
            self.put_dates(&key, event, &[], &[]);
        } else {
            let id = ShiftId { month: Month::of(event.when.day()), key };
            self.point(&id, event);
        }
        Outcome::Taken
    }

    fn put_dates(&mut self, key: &str, event: &Event, skips: &[Local], extras: &[Local]) {
        for (word, before, after) in [("skip", skips, &event.skips), ("extra", extras, &event.extras)] {
            for date in after.iter().filter(|date| !before.contains(date)) {
                self.put(plan(), "series", format!("{key}/{word}/{date}"), YES);
            }
            for date in before.iter().filter(|date| !after.contains(date)) {
                self.put(plan(), "series", format!("{key}/{word}/{date}"), NO);
            }
        }
    }

    fn take_known_series(&mut self, event: &Event, series: &Series) -> Outcome {
        let Some(mut before) = of_series(self.schedule, series).into_iter().next() else {
            return Outcome::Left;
        };
        let cells = self.schedule.plan.series.get(&series.id.0);
        // Dates that stand in the series for what is said of them alone are none of its own.
        if let Some(cells) = cells {
            let (skips, extras) = (own_dates(cells, "skip/"), own_dates(cells, "extra/"));
            before.skips.retain(|date| skips.contains(date) || event.skips.contains(date));
            before.extras.retain(|date| {
                let is_told_alone = self.names.contains(&(event.uid.clone(), Some(*date)));
                event.extras.contains(date) || (extras.contains(date) && !is_told_alone)
            });
        }
        let fields = difference(&before, event);
        if fields.is_empty() {
            return Outcome::Same;
        }
        let stored = cells.and_then(|cells| cells.get(VERSION)).map(|cell| cell.text.clone());
        if !is_newer(event, &before, stored.as_deref()) {
            return self.not_newer(event, stored.as_deref(), fields);
        }
        let key = &series.id.0;
        for (field, text) in before.details.difference(&event.details) {
            // Where a text changed from a date on, it is the newest version that changes.
            let newest = cells.and_then(|cells| {
                cells.keys().rfind(|key| key.split_once('@').is_some_and(|(name, _)| name == field)).cloned()
            });
            self.put(plan(), "series", format!("{key}/{}", newest.unwrap_or(field)), &text);
        }
        if before.when != event.when {
            self.put(plan(), "series", format!("{key}/when"), &event.when.to_string());
        }
        if before.rule != event.rule {
            let rule = event.rule.as_ref().map(ToString::to_string).unwrap_or_default();
            self.put(plan(), "series", format!("{key}/rule"), &rule);
            for field in ["ends", "over"] {
                if cells.is_some_and(|cells| cells.contains_key(field)) {
                    self.put(plan(), "series", format!("{key}/{field}"), "");
                }
            }
        }
        self.put_dates(key, event, &before.skips, &before.extras);
        self.put_rest(plan(), "series", key, event, &before);
        Outcome::Changed { fields }
    }

    fn take_known_shift(&mut self, event: &Event, shift: &Shift) -> Outcome {
        let before = of_shift(shift);
        let stored = self.stored_version(&shift.id);
        self.take_known_date(event, &before, &shift.id, stored.as_deref())
    }

    fn stored_version(&self, id: &ShiftId) -> Option<String> {
        let cells = self.schedule.months.get(&id.month)?.shifts.get(&id.key)?;
        cells.get(VERSION).map(|cell| cell.text.clone())
    }

    fn take_known_date(
        &mut self,
        event: &Event,
        before: &Event,
        id: &ShiftId,
        stored: Option<&str>,
    ) -> Outcome {
        let fields = difference(before, event);
        if fields.is_empty() {
            return Outcome::Same;
        }
        if !is_newer(event, before, stored) {
            return self.not_newer(event, stored, fields);
        }
        let name = id.document();
        for (field, text) in before.details.difference(&event.details) {
            self.put(name.clone(), "shifts", format!("{}/{field}", id.key), &text);
        }
        if before.when != event.when {
            self.put(name.clone(), "shifts", format!("{}/when", id.key), &event.when.to_string());
            self.point(id, event);
        }
        self.put_rest(name, "shifts", &id.key, event, before);
        Outcome::Changed { fields }
    }

    /// What is here differs from a file that is not newer: it was changed here after that very version was taken, or
    /// a later version is here.
    fn not_newer(&mut self, event: &Event, stored: Option<&str>, fields: Vec<String>) -> Outcome {
        if stored != Some(version(event).as_str()) {
            return Outcome::Left;
        }
        self.notes.push((self.place, Note::OtherHere { fields }));
        Outcome::Same
    }

    /// What a series and a shift have alike.
    fn put_rest(
        &mut self,
        name: DocumentName,
        container: &'static str,
        key: &str,
        event: &Event,
        before: &Event,
    ) {
        if before.is_cancelled != event.is_cancelled {
            let text = if event.is_cancelled { YES } else { NO };
            self.put(name.clone(), container, format!("{key}/cancelled"), text);
            if !event.is_cancelled {
                self.put(name.clone(), container, format!("{key}/removed"), NO);
            }
        }
        if event.sequence > before.sequence {
            self.put(name.clone(), container, format!("{key}/seq"), &event.sequence.to_string());
        }
        self.put(name, container, format!("{key}/{VERSION}"), &version(event));
    }

    fn take_date(&mut self, event: &Event) -> Outcome {
        let Some(mut original) = event.recurrence else { return Outcome::Left };
        let known = match self.known.get(&event.uid) {
            Some(Known::Series(series)) => Some(series.clone()),
            _ => None,
        };
        let master = self.masters.get(&event.uid).cloned();
        let here = known.as_ref().and_then(|series| of_series(self.schedule, series).into_iter().next());
        if let (None, Some(series)) = (&master, here) {
            original = told_by_series(original, &event.when, &series.when, self.schedule.zones());
        }
        let (key, base) = match (&known, &master) {
            (Some(series), _) => (series.id.0.clone(), None),
            (None, Some(master)) => (key(&event.uid), Some(master)),
            // Its series is nowhere: it stands alone, under a name that only this date has.
            (None, None) => {
                let alone =
                    Event { uid: format!("{}#{original}", event.uid), recurrence: None, ..event.clone() };
                return self.take(&alone);
            }
        };
        let id = ShiftId::of_series(&SeriesId(key.clone()), original);
        let here = self.schedule.shift(&id).filter(|_| known.is_some());
        let (before, is_given) = match (&here, base) {
            (Some(shift), _) => {
                let is_given = !shift.removed;
                (Event { uid: event.uid.clone(), ..of_shift(shift) }, is_given)
            }
            (None, Some(master)) => {
                let when = master.when.starting(original.at);
                let next = original.at.saturating_add(jiff::SignedDuration::from_secs(1));
                let given = master
                    .rule
                    .as_ref()
                    .is_none_or(|rule| !rule.dates(master.when.start().at, original.at, next).is_empty());
                let is_given = given || master.extras.contains(&original);
                (Event { when, recurrence: Some(original), is_cancelled: false, ..master.clone() }, is_given)
            }
            (None, None) => return Outcome::Left,
        };
        let stored = self.stored_version(&id);
        let is_known = here.as_ref().is_some_and(|shift| shift.is_exception);
        let before = if is_known { before } else { Event { modified: 0, sequence: 0, ..before } };
        let outcome = self.take_known_date(event, &before, &id, stored.as_deref());
        if !is_given && !event.is_cancelled && matches!(outcome, Outcome::Changed { .. }) {
            self.put(plan(), "series", format!("{key}/extra/{original}"), YES);
        }
        match outcome {
            Outcome::Changed { .. } if here.is_none() => Outcome::Taken,
            outcome => outcome,
        }
    }

    fn point(&mut self, id: &ShiftId, event: &Event) {
        if let Some((first, last)) = months_seen(id, &event.when) {
            self.put(plan(), "away", id.to_string(), &format!("{first},{last}"));
        }
    }

    fn put(&mut self, name: DocumentName, container: &'static str, key: String, text: &str) {
        if let Some((item, _)) = key.split_once('/').filter(|_| container != "away") {
            self.touched.entry(item.to_owned()).or_insert(self.place);
        }
        self.writes.entry(name).or_default().push(Put { container, key, text: text.to_owned() });
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Series,
    Shift,
}

/// The key of what an event becomes: its own if this app gave the name, else made from it.
fn key(uid: &str) -> String {
    if let Some(key) = key_of(uid) {
        return key.to_owned();
    }
    letters_of(&Sha256::digest(format!("porchlight/uid/{uid}").as_bytes()))
}

fn letters_of(digest: &[u8]) -> String {
    let letters = b"0123456789abcdefghjkmnpqrstvwxyz";
    digest
        .iter()
        .take(16)
        .map(|byte| char::from(*letters.get(usize::from(byte & 31)).unwrap_or(&b'0')))
        .collect()
}

fn version(event: &Event) -> String {
    format!("{} {}", event.sequence, event.modified)
}

/// Whether what a file says is newer than what is here: than the version of it that was taken before, or than this
/// app's own. One that does not tell its age is.
fn is_newer(event: &Event, before: &Event, stored: Option<&str>) -> bool {
    let stored = stored.and_then(|text| text.split_once(' '));
    let known = match stored.and_then(|(sequence, time)| Some((sequence.parse().ok()?, time.parse().ok()?))) {
        Some(version) => version,
        None => (before.sequence, before.modified),
    };
    if event.modified == 0 || known.1 == 0 {
        event.sequence >= known.0
    } else {
        (event.sequence, event.modified) > known
    }
}

/// The fields in which two events differ.
fn difference(before: &Event, after: &Event) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for field in before.details.difference(&after.details).into_keys() {
        let field = field.split('/').next().unwrap_or_default().to_owned();
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    let others = [
        ("when", before.when != after.when),
        (
            "repeats",
            before.rule != after.rule || before.skips != after.skips || before.extras != after.extras,
        ),
        ("cancelled", before.is_cancelled != after.is_cancelled),
    ];
    fields.extend(others.iter().filter(|(_, differs)| *differs).map(|(field, _)| (*field).to_owned()));
    fields
}

/// One line for people.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. (line {}) {}: ", self.number, self.line, self.title)?;
        match &self.outcome {
            Outcome::Taken => f.write_str("taken")?,
            Outcome::Changed { fields } => write!(f, "changed {}", fields.join(", "))?,
            Outcome::Same => f.write_str("nothing new")?,
            Outcome::Left => f.write_str("left, a newer one is here or in the file")?,
            Outcome::Refused { reason } => write!(f, "not taken: {reason}")?,
        }
        for note in &self.notes {
            write!(f, "; {note}")?;
        }
        Ok(())
    }
}
