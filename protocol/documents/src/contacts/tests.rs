//! Tests of a contact list that several people edit without knowing of each other.

use std::collections::BTreeSet;

use porchlight_wire::Timestamp;

use super::*;
use crate::document::{Actor, Author, Incoming, Kind, OwnChange, RawChange};

/// One person's device with its copy of the list.
struct Copy {
    document: Document,
    author: Author,
    made: Vec<RawChange>,
}

impl Copy {
    fn new(device: u8) -> Self {
        let author = Author {
            actor: Actor::from_bytes([device; 16]),
            time: Timestamp::from_millis(1_000_000 * u64::from(device)),
        };
        Self { document: Document::new(Kind::Contacts), author, made: Vec::new() }
    }

    fn edit<T>(&mut self, f: impl FnOnce(&mut Editor<'_>) -> Result<T, ContactError>) -> T {
        let (value, change) = self.document.edit(self.author, f).unwrap();
        self.made.extend(change.map(OwnChange::into_raw));
        value
    }

    fn change(&mut self, id: &ContactId, f: impl FnOnce(&mut Details)) {
        let before = get(&self.document, id).unwrap().details;
        let mut after = before.clone();
        f(&mut after);
        self.edit(|editor| update(editor, id, &before, after, Some("US")));
    }

    fn take(&mut self, other: &Self) {
        for change in &other.made {
            self.document.apply(Incoming::parse(change.as_bytes()).unwrap()).unwrap();
        }
    }

    fn get(&self, id: &ContactId) -> Contact {
        get(&self.document, id).unwrap()
    }
}

fn person(name: &str, number: &str) -> Details {
    let phones = if number.is_empty() { Vec::new() } else { vec![Phone::typed(number, Some("US"))] };
    Details { name: name.into(), phones, ..Details::default() }
}

/// A first device with one contact, and two others that have it.
fn three(details: Details) -> ([Copy; 3], ContactId) {
    let mut copies = [1, 2, 3].map(Copy::new);
    let id = copies[0].edit(|editor| add(editor, details, Some("US")));
    let [a, b, c] = &mut copies;
    b.take(a);
    c.take(a);
    (copies, id)
}

#[test]
fn what_is_added_is_listed_found_and_edited() {
    let mut copy = Copy::new(1);
    let zoe = copy.edit(|editor| add(editor, person("Zoë Adeyemi", "(202) 555-0143"), Some("US")));
    let ana = copy.edit(|editor| add(editor, person("Ana", ""), Some("US")));
    let names: Vec<_> = list(&copy.document).into_iter().map(|contact| contact.details.name).collect();
    assert_eq!(names, ["Ana", "Zoë Adeyemi"]);
    for query in ["zoë", "ADEYEMI z", "5550143", "202-555", "+1 202"] {
        let found = search(&copy.document, query);
        assert_eq!(found.iter().map(|contact| &contact.id).collect::<Vec<_>>(), [&zoe], "{query}");
    }
    assert_eq!(search(&copy.document, "nobody").len(), 0);
    copy.change(&ana, |details| details.speaks = vec!["es".into()]);
    assert_eq!(copy.get(&ana).details.speaks, ["es"]);
    let before = copy.made.len();
    copy.change(&ana, |_| {});
    assert_eq!(copy.made.len(), before, "nothing changed");
}

#[test]
fn an_edit_without_anything_to_know_a_person_by_is_refused() {
    let mut copy = Copy::new(1);
    let refused = copy.document.edit(copy.author, |editor| add(editor, Details::default(), None));
    assert!(matches!(refused, Err(ContactError::Empty)));
    let unknown = copy.document.edit(copy.author, |editor| remove(editor, &ContactId::new("nobody"), ""));
    assert!(matches!(unknown, Err(ContactError::Unknown(_))));
    assert!(copy.document.edit(copy.author, |editor| remove(editor, &ContactId::new(""), "")).is_err());
    let mut index = Document::new(Kind::Index);
    let refused = index.edit(copy.author, |editor| add(editor, person("Ana", ""), None));
    assert!(matches!(refused, Err(ContactError::NotContacts)));
}

#[test]
fn two_versions_of_a_text_stay_until_somebody_settles() {
    let ([mut a, mut b, _], id) = three(Details { note: "first floor".into(), ..person("Mr. Osei", "") });
    a.change(&id, |details| details.note = "first floor, ring twice".into());
    b.change(&id, |details| details.note = "moved upstairs".into());
    b.change(&id, |details| details.title = "baker".into());
    a.take(&b);
    b.take(&a);
    assert_eq!(a.get(&id), b.get(&id));
    let contact = a.get(&id);
    assert_eq!(contact.details.title, "baker");
    let [conflict] = contact.conflicts.as_slice() else { panic!("{contact:?}") };
    assert_eq!(conflict.field, TextField::Note);
    assert_eq!(conflict.versions[0].text, contact.details.note);
    let mut who: Vec<_> =
        conflict.versions.iter().map(|v| (v.text.as_str(), v.stamp.who, v.stamp.time.millis())).collect();
    who.sort();
    assert_eq!(
        who,
        [
            ("first floor, ring twice", a.author.actor.prefix(), 1_000_000),
            ("moved upstairs", b.author.actor.prefix(), 2_000_000)
        ]
    );
    // An edit of something else settles nothing; choosing the version on top does.
    a.change(&id, |details| details.area = "5th and Elm".into());
    assert_eq!(a.get(&id).conflicts.len(), 1);
    let top = conflict.versions[0].text.clone();
    a.edit(|editor| settle(editor, &id, TextField::Note, &top));
    assert_eq!((a.get(&id).conflicts.len(), a.get(&id).details.note), (0, top));
    let both = conflict.both();
    b.edit(|editor| settle(editor, &id, TextField::Note, &both));
    assert!(b.get(&id).details.note.contains("ring twice") && b.get(&id).details.note.contains("upstairs"));
}

#[test]
fn the_same_words_by_two_people_are_no_conflict() {
    let ([mut a, mut b, _], id) = three(person("Mr. Osei", ""));
    a.change(&id, |details| details.note = "ring twice".into());
    b.change(&id, |details| details.note = "ring twice".into());
    a.take(&b);
    assert_eq!(a.get(&id).conflicts, []);
}

#[test]
fn a_removal_that_knew_everything_stands() {
    let ([mut a, mut b, _], id) = three(person("Mr. Osei", ""));
    a.edit(|editor| remove(editor, &id, "moved to Ohio"));
    b.take(&a);
    let presence = b.get(&id).presence;
    let stamp = Stamp { who: a.author.actor.prefix(), time: Timestamp::from_millis(1_000_000) };
    assert_eq!(presence, Presence::Removed { by: stamp, reason: "moved to Ohio".into(), into: None });
    assert!(list(&b.document).is_empty());
    let refused = b
        .document
        .edit(b.author, |editor| update(editor, &id, &Details::default(), person("Other", ""), None));
    assert!(matches!(refused, Err(ContactError::Removed(_))));
    b.edit(|editor| keep(editor, &id));
    assert_eq!(b.get(&id).presence, Presence::Here);
    b.change(&id, |details| details.note = "came back".into());
    a.take(&b);
    assert_eq!(a.get(&id), b.get(&id));
}

#[test]
fn an_edit_that_had_not_seen_the_removal_becomes_a_question() {
    for answer in ["keep", "remove"] {
        let ([mut a, mut b, mut c], id) = three(person("Mr. Osei", ""));
        a.edit(|editor| remove(editor, &id, ""));
        b.change(&id, |details| details.note = "new number soon".into());
        c.take(&b);
        c.take(&a);
        let Presence::Asked { by, changed, .. } = c.get(&id).presence else { panic!("no question") };
        assert_eq!(by.who, a.author.actor.prefix());
        assert_eq!(changed.iter().map(|stamp| stamp.who).collect::<Vec<_>>(), [b.author.actor.prefix()]);
        assert_eq!(list(&c.document).len(), 1);
        c.edit(|editor| if answer == "keep" { keep(editor, &id) } else { remove(editor, &id, "") });
        a.take(&b);
        a.take(&c);
        assert_eq!(a.get(&id), c.get(&id));
        assert_eq!(a.get(&id).presence == Presence::Here, answer == "keep");
        assert_eq!(list(&a.document).len(), usize::from(answer == "keep"));
    }
}

#[test]
fn a_number_taken_away_meanwhile_is_a_question_too() {
    let ([mut a, mut b, _], id) = three(person("Mr. Osei", "2025550143"));
    a.edit(|editor| remove(editor, &id, ""));
    b.change(&id, |details| details.phones.clear());
    a.take(&b);
    assert!(matches!(a.get(&id).presence, Presence::Asked { changed, .. } if changed.is_empty()));
}

#[test]
fn keep_and_remove_at_the_same_time_ask_again() {
    let ([mut a, mut b, mut c], id) = three(person("Mr. Osei", ""));
    a.edit(|editor| remove(editor, &id, ""));
    b.change(&id, |details| details.note = "moved upstairs".into());
    for copy in [&mut b, &mut c] {
        copy.take(&a);
    }
    c.take(&b);
    b.edit(|editor| keep(editor, &id));
    c.edit(|editor| remove(editor, &id, "really"));
    b.take(&c);
    c.take(&b);
    assert_eq!(b.get(&id), c.get(&id));
    assert!(matches!(b.get(&id).presence, Presence::Asked { .. }));
    b.edit(|editor| remove(editor, &id, "yes"));
    c.take(&b);
    assert!(matches!(c.get(&id).presence, Presence::Removed { .. }));
}

#[test]
fn history_tells_what_was_there_before() {
    let ([mut a, mut b, _], id) = three(Details { note: "one".into(), ..person("Mr. Osei", "2025550143") });
    b.change(&id, |details| details.phones = vec![Phone::typed("202 555 0144", Some("US"))]);
    a.take(&b);
    a.change(&id, |details| details.note = "two".into());
    a.edit(|editor| remove(editor, &id, "gone"));
    let steps: Vec<_> = history::of(&a.document, &id)
        .into_iter()
        .map(|step| (step.stamp.who == b.author.actor.prefix(), step.field, step.before, step.after))
        .collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        steps,
        [
            (false, "removed".into(), None, text("gone")),
            (false, "note".into(), text("one"), text("two")),
            (true, "phone".into(), None, text("202 555 0144")),
            (true, "phone".into(), text("2025550143"), None),
            (false, "phone".into(), None, text("2025550143")),
            (false, "note".into(), None, text("one")),
            (false, "name".into(), None, text("Mr. Osei")),
        ]
    );
    assert!(history::of(&a.document, &ContactId::new("nobody")).is_empty());
}

#[test]
fn duplicates_share_a_number_however_it_is_written() {
    let mut copy = Copy::new(1);
    let spellings =
        [("Noor Haddad", "(202) 555-0161"), ("N. Haddad", "+1 202-555-0161"), ("Nora", "202 555 0162")];
    let ids =
        spellings.map(|(name, number)| copy.edit(|editor| add(editor, person(name, number), Some("US"))));
    let late = Details { phones: vec![Phone::typed("1.202.555.0161", None)], ..person("Noor", "") };
    let late = copy.edit(|editor| add(editor, late, None));
    let pairs = |copy: &Copy| {
        let found = duplicates::find(&copy.document, &list(&copy.document), Some("US"));
        assert!(found.iter().all(|pair| pair.number == "+12025550161" && pair.contacts.is_sorted()));
        found.into_iter().map(|pair| BTreeSet::from(pair.names)).collect::<BTreeSet<_>>()
    };
    let two = |one: &str, other: &str| BTreeSet::from([one.to_owned(), other.to_owned()]);
    let [first, second, third] =
        [two("Noor Haddad", "N. Haddad"), two("Noor Haddad", "Noor"), two("N. Haddad", "Noor")];
    assert_eq!(pairs(&copy), BTreeSet::from([first, second.clone(), third.clone()]));
    copy.edit(|editor| duplicates::set_apart(editor, &ids[1], &ids[0]));
    assert_eq!(pairs(&copy), BTreeSet::from([second, third.clone()]));
    copy.edit(|editor| remove(editor, &ids[0], ""));
    assert_eq!(pairs(&copy), BTreeSet::from([third]));
    copy.edit(|editor| duplicates::set_apart(editor, &late, &ids[1]));
    assert_eq!(pairs(&copy), BTreeSet::new());
}

#[test]
fn two_who_share_two_numbers_are_one_pair_and_a_number_of_many_makes_no_more_than_fit() {
    let mut copy = Copy::new(1);
    for name in ["Noor Haddad", "N. Haddad"] {
        let phones = ["(202) 555-0161", "(202) 555-0162"].map(|number| Phone::typed(number, None)).to_vec();
        copy.edit(|editor| add(editor, Details { phones, ..person(name, "") }, Some("US")));
    }
    let find = |copy: &Copy| duplicates::find(&copy.document, &list(&copy.document), Some("US"));
    assert_eq!(find(&copy).iter().map(|pair| pair.number.as_str()).collect::<Vec<_>>(), ["+12025550161"]);
    for number in 0..30 {
        copy.edit(|editor| add(editor, person(&format!("Pupil {number}"), "(202) 555-0163"), Some("US")));
    }
    assert_eq!(find(&copy).len(), duplicates::MOST_PAIRS);
}

#[test]
fn two_records_become_one_field_by_field() {
    let mut copy = Copy::new(1);
    let first = Details { area: "Elm".into(), ..person("Noor Haddad", "(202) 555-0161") };
    let other =
        Details { area: "Oak".into(), note: "nurse".into(), ..person("Noor Haddad", "+1 202-555-0162") };
    let into = copy.edit(|editor| add(editor, first, Some("US")));
    let from = copy.edit(|editor| add(editor, other, Some("US")));
    let (one, two) = (copy.get(&into), copy.get(&from));
    let proposal = duplicates::propose(&one.details, &two.details);
    assert_eq!(proposal.differences, [(TextField::Area, "Elm".into(), "Oak".into())]);
    let chosen = Details { area: "Oak".into(), ..proposal.details };
    copy.edit(|editor| duplicates::merge(editor, &into, &from, chosen, Some("US")));
    let merged = copy.get(&into).details;
    assert_eq!((merged.area.as_str(), merged.note.as_str(), merged.phones.len()), ("Oak", "nurse", 2));
    assert!(matches!(copy.get(&from).presence, Presence::Removed { into: Some(id), .. } if id == into));
    assert_eq!(list(&copy.document).len(), 1);
}
