//! Phone trees of made-up groups.

use porchlight_wire::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::contacts::{self, Details, Phone};
use crate::document::{Actor, Author, DocumentName, Incoming, Kind};
use crate::ledger::Ledger;

fn author(device: u8) -> Author {
    Author { actor: Actor::from_bytes([device; 16]), time: Timestamp::from_millis(0) }
}

fn list(people: &[(&str, &[&str])]) -> Document {
    let mut document = Document::new(Kind::Contacts);
    for (number, (name, speaks)) in people.iter().enumerate() {
        let phone = Phone::typed(&format!("+1202555{number:04}"), None);
        let details = Details {
            name: (*name).into(),
            phones: if *name == "No phone" { Vec::new() } else { vec![phone] },
            speaks: speaks.iter().map(|language| (*language).to_owned()).collect(),
            ..Details::default()
        };
        document.edit(author(1), |editor| contacts::add(editor, details, None)).unwrap();
    }
    document
}

fn drill() -> Round {
    Round::named("drill")
}

fn build(document: &Document) -> Vec<Branch> {
    tree(document, &contacts::list(document), None, &drill(), None)
}

#[test]
fn everybody_is_called_once_by_somebody_who_speaks_their_language() {
    let mut people: Vec<(&str, &[&str])> = vec![("Both", &["en", "vi"]), ("No phone", &["vi"])];
    people.extend([("English", &["en"] as &[&str]); 12]);
    people.extend([("Viet", &["vi"] as &[&str]); 6]);
    people.push(("Somali", &["so"]));
    let tree = build(&list(&people));
    assert_eq!(tree.len(), 21);
    assert_eq!(tree.iter().filter(|branch| branch.caller.is_none()).count(), 1);
    let mut called: Vec<_> = tree.iter().flat_map(|branch| &branch.calls).collect();
    called.sort();
    called.dedup();
    assert_eq!(called.len(), 20, "everybody but the first, once");
    for branch in &tree {
        assert!(branch.calls.len() <= FAN_OUT);
        let is_alone = branch.name == "Somali" || branch.caller.is_none();
        assert_eq!(branch.language.is_none(), is_alone, "{branch:?}");
        assert!(branch.name != "No phone" || branch.calls.is_empty());
        assert_eq!(branch.backup.is_some(), !branch.calls.is_empty());
        assert_ne!(branch.backup.as_ref(), Some(&branch.contact));
    }
    assert_eq!(tree[0].name, "Both");
}

#[test]
fn the_page_gives_the_calls_of_whoever_did_not_react_to_their_backup() {
    let mut people: Vec<(&str, &[&str])> = vec![("Ana", &["en", "es"]), ("No phone", &["es"])];
    people.extend([("Neighbor", &["en"] as &[&str]); 5]);
    let mut document = list(&people);
    let tree = build(&document);
    let caller = tree.iter().find(|branch| branch.caller.is_some() && !branch.calls.is_empty()).unwrap();
    let page = page(&tree);
    assert!(page.starts_with("Ana calls  (backup: Neighbor)\n"), "{page}");
    assert_eq!(page.matches("No phone  no number: visit").count(), 1, "{page}");
    assert_eq!(page.lines().filter(|line| line.starts_with("  [open] ")).count(), 6, "{page}");
    document.edit(author(2), |editor| mark(editor, &drill(), &caller.contact, Call::NoAnswer)).unwrap();
    let page = super::page(&build(&document));
    assert!(page.contains(" calls for Neighbor, who did not react\n"), "{page}");
}

#[test]
fn progress_that_two_mark_at_once_merges_to_what_is_further() {
    let mut one = list(&[("Ana", &["en"]), ("Ben", &["en"])]);
    let mut two = one.clone();
    let ben = build(&one)[1].contact.clone();
    let (_, a) = one.edit(author(2), |editor| mark(editor, &drill(), &ben, Call::Reached)).unwrap();
    let (_, b) = two.edit(author(3), |editor| mark(editor, &drill(), &ben, Call::NoAnswer)).unwrap();
    one.apply(Incoming::parse(b.unwrap().as_bytes()).unwrap()).unwrap();
    two.apply(Incoming::parse(a.unwrap().as_bytes()).unwrap()).unwrap();
    assert_eq!(build(&one), build(&two));
    assert_eq!(build(&one)[1].state, Call::Reached);
    assert_eq!(rounds(&one, &DocumentName::contacts(), &Ledger::new()), [drill()]);
    let other = tree(&one, &contacts::list(&one), Some(&ben), &Round::named("another"), None);
    assert_eq!((&other[0].contact, other[0].state), (&ben, Call::Open));
    let nobody = ContactId::new("nobody");
    assert!(one.edit(author(2), |editor| mark(editor, &drill(), &nobody, Call::Tried)).is_err());
}

/// Somebody's languages as bits: what they speak, interpret and prefer; and whether they have a phone.
fn someone() -> impl Strategy<Value = (u8, u8, u8, bool)> {
    (
        0..16_u8,
        prop_oneof![4 => Just(0), 1 => 0..16_u8],
        prop_oneof![2 => Just(0), 1 => 0..16_u8],
        prop::bool::weighted(0.8),
    )
}

fn group(people: &[(u8, u8, u8, bool)]) -> Document {
    let words = |bits: u8| -> Vec<String> {
        let all = ["en", "es", "so", "vi"].iter().enumerate();
        all.filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, word)| (*word).to_owned()).collect()
    };
    let mut document = Document::new(Kind::Contacts);
    for (number, (speaks, interprets, prefers, has_phone)) in people.iter().enumerate() {
        let phone = Phone::typed(&format!("+1202555{number:04}"), None);
        let details = Details {
            name: format!("Person {number}"),
            phones: if *has_phone { vec![phone] } else { Vec::new() },
            speaks: words(*speaks),
            interprets: words(*interprets),
            prefers: words(*prefers),
            ..Details::default()
        };
        document.edit(author(1), |editor| contacts::add(editor, details, None)).unwrap();
    }
    document
}

#[test]
fn others_change_places_for_somebody_whom_only_few_can_call() {
    // Ana alone speaks Somali, and whoever comes first would take all her calls: Ben can make those as well.
    let mut people: Vec<(&str, &[&str])> = vec![("Ana", &["en", "es", "so"]), ("Ben", &["en", "es"])];
    people.extend([("English", &["en"] as &[&str]); 7]);
    people.push(("No phone", &["so"]));
    let tree = build(&list(&people));
    let somali = tree.iter().find(|branch| branch.name == "No phone").unwrap();
    assert_eq!(somali.language.as_deref(), Some("so"), "{tree:#?}");
    assert_eq!(somali.caller.as_ref(), Some(&tree[0].contact));
    assert_eq!(tree.iter().filter(|branch| branch.language.is_none()).count(), 1, "only the first");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nobody_lacks_a_caller_of_their_language_whom_one_exchange_would_give(
        people in prop::collection::vec(someone(), 1..40),
    ) {
        let document = group(&people);
        let all = contacts::list(&document);
        let tree = build(&document);
        let branch = |id: &ContactId| tree.iter().find(|branch| branch.contact == *id).unwrap();
        let contact = |id: &ContactId| all.iter().find(|contact| contact.id == *id).unwrap();
        let above = |id: &ContactId| -> Vec<ContactId> {
            std::iter::successors(Some(id.clone()), |id| branch(id).caller.clone()).take(50).collect()
        };
        let can = |caller: &Branch, called: &Branch| {
            !above(&caller.contact).contains(&called.contact)
                && is_callable(contact(&caller.contact))
                && common(contact(&caller.contact), contact(&called.contact)).is_some()
        };
        prop_assert_eq!(tree.len(), people.len());
        let mut called: Vec<_> = tree.iter().flat_map(|branch| &branch.calls).collect();
        called.sort();
        called.dedup();
        let firsts = tree.iter().filter(|branch| branch.caller.is_none()).count();
        prop_assert_eq!(called.len() + firsts, people.len(), "everybody once");
        let lacking = tree.iter().skip(1).filter(|branch| branch.language.is_none());
        for lacking in lacking {
            for caller in tree.iter().filter(|caller| can(caller, lacking)) {
                prop_assert!(caller.calls.len() == FAN_OUT, "{:?} could call {:?}", caller, lacking);
                for other in caller.calls.iter().map(branch) {
                    let elsewhere = tree.iter().find(|third| {
                        third.contact != caller.contact && third.calls.len() < FAN_OUT && can(third, other)
                            && !above(&third.contact).contains(&lacking.contact)
                    });
                    prop_assert!(elsewhere.is_none(), "{:?} could call {:?}", elsewhere, other);
                }
            }
        }
        for branch in &tree {
            prop_assert!(above(&branch.contact).len() <= people.len(), "a circle");
            prop_assert!(branch.calls.len() <= FAN_OUT);
            prop_assert!(branch.calls.is_empty() || branch.number.is_some());
            prop_assert!(branch.backup.as_ref() != Some(&branch.contact));
        }
    }
}
