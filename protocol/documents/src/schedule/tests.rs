//! Schedules that several people edit without knowing of each other, and the log that decides.

mod again;
mod archived;
mod cases;
mod changes;
mod converge;
mod handovers;
mod meanwhile;
mod offers;
mod presence;
mod restored;
pub(crate) mod story;

use jiff::civil::DateTime;
use porchlight_wire::{Hash, MemberId, Timestamp};

use super::details::Details;
use super::sign_up::{State, Why};
use super::when::When;
use super::zone::Zones;
use super::*;
use crate::document::{Actor, Author, Document, Incoming, OwnChange};
use crate::ledger::{Ledger, Place};

/// A group's log and what each phone has of it.
pub(crate) struct Town {
    home: &'static str,
    phones: Vec<Phone>,
    log: Vec<(DocumentName, OwnChange, u64)>,
}

/// One person's phone: what it has, and what it has not sent yet.
struct Phone {
    documents: std::collections::BTreeMap<DocumentName, Document>,
    ledger: Ledger,
    read: usize,
    outbox: Vec<(DocumentName, OwnChange)>,
    number: u8,
}

impl Town {
    pub(crate) fn new(home: &'static str, phones: u8) -> Self {
        let phone = |number| Phone {
            documents: std::collections::BTreeMap::new(),
            ledger: Ledger::new(),
            read: 0,
            outbox: Vec::new(),
            number,
        };
        Self { home, phones: (0..phones).map(phone).collect(), log: Vec::new() }
    }

    pub(crate) fn home(&self) -> &'static str {
        self.home
    }

    pub(crate) fn edit<T>(
        &mut self,
        phone: usize,
        name: &DocumentName,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, ScheduleError>,
    ) -> T {
        let phone = &mut self.phones[phone];
        // Each document of a phone has an actor of its own, as on devices: keys are made from it.
        let hash =
            name.to_string().bytes().fold(7_u32, |h, byte| h.wrapping_mul(31).wrapping_add(byte.into()));
        let mut actor = [phone.number + 1; 16];
        actor[12..].copy_from_slice(&hash.to_be_bytes());
        let author = Author {
            actor: Actor::from_bytes(actor),
            // Clocks are as wrong as can be: none decides anything.
            time: Timestamp::from_millis(u64::from(100 - phone.number) * 1_000_000),
        };
        let document = phone.documents.entry(name.clone()).or_insert_with(|| Document::new(Kind::Schedule));
        let (value, change) = document.edit(author, f).unwrap();
        phone.outbox.extend(change.map(|change| (name.clone(), change)));
        value
    }

    /// The phone sends and gets everything, at this time of the server.
    fn sync_at(&mut self, phone: usize, time: u64) {
        let phone = &mut self.phones[phone];
        self.log.extend(phone.outbox.drain(..).map(|(name, change)| (name, change, time)));
        for (position, (name, change, time)) in self.log.iter().enumerate().skip(phone.read) {
            let document =
                phone.documents.entry(name.clone()).or_insert_with(|| Document::new(Kind::Schedule));
            document.apply(Incoming::parse(change.as_bytes()).unwrap()).unwrap();
            if change.claims() {
                let place = Place {
                    generation: 1,
                    position: position as u64 + 1,
                    index: 0,
                    time: Timestamp::from_millis(*time),
                };
                phone.ledger.insert(name, change.hash(), place);
            }
        }
        phone.read = self.log.len();
    }

    fn sync(&mut self, phone: usize) {
        self.sync_at(phone, 1);
    }

    fn sync_all(&mut self) {
        (0..self.phones.len()).for_each(|phone| self.sync(phone));
        (0..self.phones.len()).for_each(|phone| self.sync(phone));
    }

    pub(crate) fn see(&self, phone: usize) -> Schedule {
        let phone = &self.phones[phone];
        let plan = phone
            .documents
            .get(&plan())
            .map_or_else(PlanCells::default, |document| PlanCells::read(document, &phone.ledger).unwrap());
        let months = phone.documents.iter().filter_map(|(name, document)| {
            Month::of_document(name).map(|month| MonthCells::read(document, month, &phone.ledger).unwrap())
        });
        Schedule::new(self.home, Zones::new(), plan, months).unwrap()
    }

    fn shift(&self, phone: usize, id: &ShiftId) -> Shift {
        self.see(phone).shift(id).unwrap()
    }

    fn add(&mut self, phone: usize, title: &str, needs: u32, when: &str) -> ShiftId {
        let when: When = when.parse().unwrap();
        let details = Details { title: title.into(), needs, ..Details::default() };
        let month = Month::of(when.day());
        self.edit(phone, &month.document(), |editor| edit::add(editor, month, &details, &when, None))
    }

    fn sign_up(&mut self, phone: usize, id: &ShiftId, person: &Person) {
        let coming = self.shift(phone, id).coming(0, None);
        self.edit(phone, &id.document(), |editor| edit::sign_up(editor, id, person, &coming));
    }

    fn leave(&mut self, phone: usize, id: &ShiftId, person: &Person) {
        self.edit(phone, &id.document(), |editor| edit::leave(editor, id, person, ""));
    }
}

fn person(number: u8) -> Person {
    Person::Member(MemberId::from_bytes([number; 16]))
}

fn day(text: &str) -> Day {
    super::day(text).unwrap()
}

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

/// A state in one word.
fn word(shift: &Shift, person: &Person) -> String {
    match shift.sign_up(person).map(|sign_up| &sign_up.state) {
        None => "none".to_owned(),
        Some(State::Waiting) => "waiting".to_owned(),
        Some(State::Confirmed) => "confirmed".to_owned(),
        Some(State::Standby { number, offered: false, .. }) => format!("standby {number}"),
        Some(State::Standby { number, offered: true, .. }) => format!("offered {number}"),
        Some(State::Asked { held: true, .. }) => "asked, held".to_owned(),
        Some(State::Asked { held: false, .. }) => "asked".to_owned(),
        Some(State::Withdrawn { .. }) => "withdrawn".to_owned(),
        Some(State::Late) => "late".to_owned(),
        Some(State::Departed) => "departed".to_owned(),
    }
}

/// `filled of needs, to confirm, standby`.
fn counts(shift: &Shift) -> (u32, u32, u32, u32) {
    (shift.counts.filled, shift.counts.needs, shift.counts.to_confirm, shift.counts.standby)
}

#[test]
fn ids_are_read_as_they_are_written() {
    let id: ShiftId = "2026-10.k3v@2026-10-14T19:00".parse().unwrap();
    assert_eq!(id.to_string(), "2026-10.k3v@2026-10-14T19:00");
    assert_eq!(id.document().to_string(), "schedule/2026-10");
    assert_eq!(id.in_series(), Some((SeriesId::new("k3v"), "2026-10-14T19:00".parse().unwrap())));
    for wrong in ["", "2026-10", "2026-13.k", "2026-1.k", "20260-1.k", "2026-10.", "2026-10.a/b"] {
        assert!(wrong.parse::<ShiftId>().is_err(), "{wrong}");
    }
    let ana = person(7);
    assert_eq!(ana.to_string().parse::<Person>().unwrap(), ana);
    assert!("m.12".parse::<Person>().is_err() && "c.a/b".parse::<Person>().is_err());
    assert_ne!(Hash::ZERO, Hash::from_bytes([1; 32]));
}

#[test]
fn places_and_settings_are_kept() {
    let mut town = Town::new("America/Chicago", 2);
    let hall = place::Place { name: " Church  hall".into(), ..place::Place::default() };
    let id = town.edit(0, &plan(), |editor| place::write(editor, &hall));
    town.edit(1, &plan(), |editor| place::set(editor, &place::Settings { reminders: vec![48] }));
    town.sync_all();
    let schedule = town.see(1);
    assert_eq!(schedule.places()[0].name, "Church hall");
    assert_eq!((town.see(0).settings().reminders, place::Settings::default().reminders.len()), (vec![48], 3));
    town.edit(1, &plan(), |editor| place::remove(editor, &id));
    town.sync_all();
    assert!(town.see(0).places().is_empty());
}
