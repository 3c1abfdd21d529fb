//! Rounds that phones with all kinds of clocks begin, with and without network.

use std::collections::BTreeSet;

use porchlight_wire::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::contacts::tree::{Call, mark, tree};
use crate::contacts::{self, ContactId, Details, Phone};
use crate::document::{Actor, Author, Incoming, Kind};
use crate::ledger::Place;

const HOUR: u64 = 60 * 60 * 1000;
const START: u64 = 500_000 * HOUR;

struct Telephone {
    document: Document,
    /// By how many hours its clock is wrong.
    wrong: i64,
    /// How far it has read, and the server's time of that.
    read: usize,
    heard: u64,
    /// What it wrote and has not sent.
    unsent: Vec<(Vec<u8>, Hash, bool)>,
}

/// A group's phones, and its log: changes in one order, with the times at which they came.
struct Street {
    phones: Vec<Telephone>,
    log: Vec<(usize, Vec<u8>, u64)>,
    ledger: Ledger,
    people: Vec<ContactId>,
    now: u64,
}

impl Street {
    fn new(wrong: &[i64]) -> Self {
        let mut document = Document::new(Kind::Contacts);
        let author = Author { actor: Actor::from_bytes([99; 16]), time: Timestamp::from_millis(START) };
        let mut people = Vec::new();
        for number in 0..5 {
            let phones = vec![Phone::typed(&format!("+1202555010{number}"), None)];
            let details = Details { name: format!("Person {number}"), phones, ..Details::default() };
            people.push(document.edit(author, |editor| contacts::add(editor, details, None)).unwrap().0);
        }
        let phone = |&wrong: &i64| Telephone {
            document: document.clone(),
            wrong,
            read: 0,
            heard: START,
            unsent: Vec::new(),
        };
        let phones = wrong.iter().map(phone).collect();
        Self { phones, log: Vec::new(), ledger: Ledger::new(), people, now: START }
    }

    fn edit<T>(
        &mut self,
        who: usize,
        f: impl FnOnce(&mut Editor<'_>, Timestamp) -> Result<T, ContactError>,
    ) -> T {
        let phone = &mut self.phones[who];
        let clock = self.now.saturating_add_signed(phone.wrong * HOUR as i64);
        let actor = Actor::from_bytes([u8::try_from(who + 1).unwrap(); 16]);
        let author = Author { actor, time: Timestamp::from_millis(clock) };
        let heard = Timestamp::from_millis(phone.heard);
        let (value, change) = phone.document.edit(author, |editor| f(editor, heard)).unwrap();
        if let Some(change) = change {
            phone.unsent.push((change.as_bytes().to_vec(), change.hash(), change.claims()));
        }
        value
    }

    fn begin(&mut self, who: usize) -> String {
        self.edit(who, begin)
    }

    fn rounds(&self, who: usize) -> Vec<Round> {
        // A phone knows the Places of what it has read.
        let mut ledger = Ledger::new();
        for (name, hash, place) in self.ledger.iter() {
            if place.position <= self.phones[who].read as u64 {
                ledger.insert(name, hash, place);
            }
        }
        rounds(&self.phones[who].document, &DocumentName::contacts(), &ledger)
    }

    fn mark(&mut self, who: usize, person: usize, state: Call) -> Option<String> {
        let round = self.rounds(who).pop()?;
        let person = self.people[person].clone();
        self.edit(who, |editor, _| mark(editor, &round, &person, state));
        Some(round.name().to_owned())
    }

    fn sync(&mut self, who: usize) {
        let phone = &mut self.phones[who];
        for (bytes, hash, claims) in phone.unsent.drain(..) {
            self.log.push((who, bytes, self.now));
            let position = self.log.len() as u64;
            let place = Place { generation: 1, position, index: 0, time: Timestamp::from_millis(self.now) };
            if claims {
                self.ledger.insert(&DocumentName::contacts(), hash, place);
            }
        }
        for (author, bytes, time) in &self.log[phone.read..] {
            phone.heard = *time;
            if *author != who {
                phone.document.apply(Incoming::parse(bytes).unwrap()).unwrap();
            }
        }
        phone.read = self.log.len();
    }

    fn sync_all(&mut self) {
        (0..2).for_each(|_| (0..self.phones.len()).for_each(|who| self.sync(who)));
    }

    fn reached(&self, who: usize, round: &Round) -> usize {
        let document = &self.phones[who].document;
        let branches = tree(document, &contacts::list(document), None, round, None);
        branches.iter().filter(|branch| branch.state == Call::Reached).count()
    }
}

#[test]
fn two_who_begin_without_network_make_one_round_with_the_calls_of_both() {
    let mut street = Street::new(&[0, 0]);
    street.begin(0);
    street.now += 60_000;
    street.begin(1);
    street.mark(0, 0, Call::Reached);
    street.mark(1, 1, Call::Reached);
    street.mark(1, 2, Call::Reached);
    street.sync_all();
    for who in 0..2 {
        let rounds = street.rounds(who);
        assert_eq!(rounds.len(), 1, "{rounds:?}");
        assert_eq!(street.reached(who, &rounds[0]), 3);
        assert_eq!(rounds[0].began, Some(Timestamp::from_millis(START)));
    }
    // What is put right later holds, under whichever of the names it was said first.
    street.mark(0, 1, Call::Open);
    street.mark(1, 0, Call::NoAnswer);
    street.sync_all();
    assert_eq!(street.reached(0, &street.rounds(0)[0]), 1);
}

#[test]
fn no_clock_that_is_ahead_owns_a_round_for_longer_than_until_the_log_has_it() {
    let mut street = Street::new(&[24 * 365, 0, -24 * 10]);
    let ahead = street.begin(0);
    street.mark(0, 0, Call::Reached);
    street.sync_all();
    street.now += 60_000;
    let new = street.begin(1);
    street.mark(1, 1, Call::Reached);
    street.sync_all();
    street.now += HOUR;
    let newest = street.begin(2);
    assert_eq!(street.reached(2, street.rounds(2).last().unwrap()), 0, "nobody is called yet");
    street.sync_all();
    for who in 0..3 {
        let rounds = street.rounds(who);
        let names: Vec<&str> = rounds.iter().map(Round::name).collect();
        assert_eq!(names, [ahead.as_str(), new.as_str(), newest.as_str()]);
        assert_eq!(street.reached(who, &rounds[1]), 1);
        assert_eq!(rounds[0].began, Some(Timestamp::from_millis(START)));
    }
}

#[test]
fn one_that_lay_in_a_drawer_is_a_round_of_its_own_and_an_earlier_one() {
    let mut street = Street::new(&[0, 0]);
    let drawer = street.begin(0);
    street.mark(0, 0, Call::Reached);
    street.now += 21 * 24 * HOUR;
    let new = street.begin(1);
    street.sync(1);
    street.now += HOUR;
    street.sync_all();
    let names =
        |who: usize| street.rounds(who).iter().map(|round| round.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(0), [drawer.clone(), new.clone()]);
    assert_eq!(names(1), names(0));
    assert_eq!(street.reached(1, &street.rounds(1)[1]), 0);
}

#[test]
fn rounds_that_have_a_name_only_stay_readable_and_come_first() {
    let mut street = Street::new(&[0]);
    let person = street.people[0].clone();
    let former = ["2031-01-01 08:00:00", "drill"].map(Round::named);
    for round in &former {
        street.edit(0, |editor, _| mark(editor, round, &person, Call::Reached));
    }
    assert_eq!(street.rounds(0), former);
    assert_eq!(street.reached(0, &former[1]), 1);
    street.begin(0);
    let rounds = street.rounds(0);
    assert_eq!((rounds.len(), &rounds[..2]), (3, &former[..]));
    assert_eq!(street.reached(0, &rounds[2]), 0);
}

#[test]
fn a_list_that_is_written_anew_keeps_the_order_and_what_is_one() {
    let mut street = Street::new(&[24 * 365, 0]);
    street.begin(0);
    street.begin(1);
    street.sync_all();
    street.now += HOUR;
    street.begin(1);
    street.sync_all();
    let old = &street.phones[0].document;
    let list = DocumentName::contacts();
    let mut new = Document::new(Kind::Contacts);
    let author =
        Author { actor: Actor::from_bytes([9; 16]), time: Timestamp::from_millis(START + 99 * HOUR) };
    new.edit(author, |editor| {
        old.rewrite_into(editor, |_| false)?;
        settle(editor, (old, &list), &street.ledger)
    })
    .unwrap();
    let rewritten = rounds(&new, &DocumentName { kind: Kind::Contacts, key: "anew".into() }, &Ledger::new());
    assert_eq!(rewritten, street.rounds(0));
    assert_eq!(rewritten.len(), 2);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Begin(usize),
    Mark(usize, usize),
    Sync(usize),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..4_usize).prop_map(Step::Begin),
        4 => (0..4_usize, 0..5_usize).prop_map(|(who, person)| Step::Mark(who, person)),
        4 => (0..4_usize).prop_map(Step::Sync),
        2 => (1..40_u64).prop_map(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn all_phones_come_to_the_same_rounds_and_no_mark_goes_to_another(
        wrong in prop::array::uniform4(prop_oneof![3 => Just(0_i64), 1 => -9_000..9_000_i64]),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut street = Street::new(&wrong);
        let (mut marks, mut begun) = (Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Begin(who) => {
                    let known: BTreeSet<String> =
                        street.rounds(who).into_iter().flat_map(|round| round.names).collect();
                    let heard = street.phones[who].heard;
                    begun.push((street.begin(who), known, heard, street.now));
                    let rounds = street.rounds(who);
                    prop_assert_eq!(&rounds.last().unwrap().names, &vec![begun.last().unwrap().0.clone()]);
                }
                Step::Mark(who, person) => marks.extend(street.mark(who, person, Call::Reached).map(|round| (round, person))),
                Step::Sync(who) => street.sync(who),
                Step::Pass(hours) => street.now += hours * HOUR / 4,
            }
        }
        street.sync_all();
        let rounds = street.rounds(0);
        for who in 1..4 {
            prop_assert_eq!(&street.rounds(who), &rounds);
        }
        let place = |name: &str| rounds.iter().position(|round| round.names.iter().any(|one| one == name)).unwrap();
        prop_assert_eq!(rounds.iter().map(|round| round.names.len()).sum::<usize>(), begun.len(), "each once");
        for (name, known, heard, at) in &begun {
            for one in known {
                prop_assert!(place(one) < place(name), "{} came before {}", one, name);
            }
            let began = rounds[place(name)].began.unwrap();
            // Each of several in one moment is a thousandth of a second later.
            prop_assert!(began.millis() <= street.now + begun.len() as u64, "no round is of the future");
            // Whoever began with network, and so knew of all, has the newest.
            if heard == at && begun.last().is_some_and(|(last, ..)| last == name) && known.len() + 1 == begun.len() {
                prop_assert_eq!(place(name), rounds.len() - 1);
            }
        }
        for (name, person) in marks {
            let round = &rounds[place(&name)];
            let person = street.people[person].clone();
            let branches = tree(&street.phones[3].document, &contacts::list(&street.phones[3].document), None, round, None);
            let state = branches.iter().find(|branch| branch.contact == person).map(|branch| branch.state);
            prop_assert_eq!(state, Some(Call::Reached));
        }
    }
}
