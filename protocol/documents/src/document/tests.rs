//! Edits, changes from elsewhere, and what does not open.

use std::collections::BTreeSet;

use automerge::ROOT;

use super::*;

fn author(device: u8) -> Author {
    Author { actor: Actor::from_bytes([device; 16]), time: Timestamp::from_millis(1_700_000_000_999) }
}

fn put(document: &mut Document, device: u8, key: &str, value: &str) -> RawChange {
    let edit = document.edit(author(device), |editor| editor.put(&ROOT, key, value));
    edit.unwrap().1.unwrap().into_raw()
}

fn apply(document: &mut Document, change: &RawChange) -> Result<Applied, ApplyError> {
    document.apply(Incoming::parse(change.as_bytes()).unwrap())
}

#[test]
fn an_edit_is_exactly_one_change() {
    let mut document = Document::new(Kind::Contacts);
    let before = document.heads();
    let (number, change) = document
        .edit(author(1), |editor| {
            for number in 0..50 {
                editor.put(&ROOT, &format!("key {number}"), "value")?;
            }
            Ok::<_, AutomergeError>(7)
        })
        .unwrap();
    assert_eq!(number, 7);
    let incoming = Incoming::parse(change.unwrap().as_bytes()).unwrap();
    assert_eq!(document.heads(), [incoming.hash()]);
    assert_eq!(incoming.deps(), before);
    assert_eq!(incoming.sequence(), 1);
    assert_eq!(incoming.actor(), author(1).actor);
    assert_eq!(incoming.time(), Timestamp::from_millis(1_700_000_000_000));
}

#[test]
fn a_run_is_added_as_its_changes_one_by_one_are_and_ends_where_one_does_not_fit() {
    let (mut there, mut one_by_one) = (Document::new(Kind::Contacts), Document::new(Kind::Contacts));
    let mut changes: Vec<_> =
        (0..20).map(|n| put(&mut there, 2, &format!("key {}", n % 7), &n.to_string())).collect();
    changes.extend((0..9).map(|n| put(&mut there, 3, "key 1", &format!("{n}"))));
    changes.iter().for_each(|change| assert!(apply(&mut one_by_one, change).unwrap().new));
    let parsed = |changes: &[RawChange]| {
        changes.iter().map(|change| Incoming::parse(change.as_bytes()).unwrap()).collect::<Vec<_>>()
    };
    let mut at_once = Document::new(Kind::Contacts);
    let (applied, refused) = at_once.apply_all(parsed(&changes));
    assert!(refused.is_none() && applied.iter().all(|applied| applied.new));
    assert_eq!(at_once.save(), one_by_one.save());
    let (applied, refused) = at_once.apply_all(parsed(&changes));
    assert!(refused.is_none() && applied.iter().all(|applied| !applied.new));

    let mut gap = Document::new(Kind::Contacts);
    changes.remove(11);
    let (applied, refused) = gap.apply_all(parsed(&changes));
    assert_eq!(applied.len(), 11);
    assert!(matches!(refused, Some(ApplyError::MissingDependency(_))));
}

#[test]
fn an_edit_that_changes_nothing_is_no_change() {
    let mut document = Document::new(Kind::Contacts);
    put(&mut document, 1, "key", "value");
    let before = document.heads();
    let (_, none) = document.edit(author(2), |editor| editor.put(&ROOT, "key", "value")).unwrap();
    assert_eq!(none, None);
    let (_, none) = document.edit(author(2), |editor| editor.delete(&ROOT, "other")).unwrap();
    assert_eq!(none, None);
    assert_eq!(document.heads(), before);
    let change = put(&mut document, 2, "key", "another");
    assert_eq!(Incoming::parse(change.as_bytes()).unwrap().sequence(), 1);
}

#[test]
fn an_edit_says_whether_its_order_decides_something() {
    let mut document = Document::new(Kind::Contacts);
    let plain = document.edit(author(1), |editor| editor.put(&ROOT, "key", "1")).unwrap().1.unwrap();
    let claim = document.edit(author(1), |editor| {
        editor.claim();
        editor.put(&ROOT, "key", "2")
    });
    let claim = claim.unwrap().1.unwrap();
    assert_eq!((plain.claims(), claim.claims()), (false, true));
    assert_eq!(document.heads(), [claim.hash()]);
    assert_eq!(Incoming::parse(claim.as_bytes()).unwrap().hash(), claim.hash());
}

#[test]
fn nothing_remains_of_an_edit_that_failed() {
    let mut document = Document::new(Kind::Contacts);
    put(&mut document, 1, "key", "value");
    let (heads, saved) = (document.heads(), document.save());
    let failed = document.edit(author(1), |editor| {
        editor.put(&ROOT, "key", "other").unwrap();
        editor.put_texts(&ROOT, "map", &BTreeMap::new()).unwrap();
        Err::<(), _>("no")
    });
    assert_eq!(failed.unwrap_err(), "no");
    assert_eq!((document.heads(), document.save()), (heads, saved));
    let (value, _) = document.automerge().get(ROOT, "key").unwrap().unwrap();
    assert_eq!(value, "value".into());
}

#[test]
fn what_was_saved_opens_again_with_its_later_changes() {
    let mut document = Document::new(Kind::Index);
    put(&mut document, 1, "a", "1");
    let saved = document.save();
    let later: Vec<_> =
        (0..20).map(|number| put(&mut document, 1, "a", &format!("later {number}"))).collect();
    let mut opened = Document::load(Kind::Index, &saved).unwrap();
    opened.replay(later.iter().map(RawChange::as_bytes)).unwrap();
    assert_eq!(opened.heads(), document.heads());
    opened.replay(later.iter().map(RawChange::as_bytes)).unwrap();
    assert_eq!(opened.heads(), document.heads());
    let next = put(&mut opened, 1, "a", "after");
    assert_eq!(Incoming::parse(next.as_bytes()).unwrap().sequence(), 22);
    let gap =
        Document::load(Kind::Index, &saved).unwrap().replay(later.iter().skip(1).map(RawChange::as_bytes));
    assert!(matches!(gap, Err(ReplayError::Apply(ApplyError::MissingDependency(_)))));
}

#[test]
fn a_damaged_or_empty_or_other_document_does_not_open() {
    let mut saved = Document::new(Kind::Contacts).save();
    assert!(matches!(Document::load(Kind::Index, &saved), Err(LoadError::OtherKind(Kind::Index))));
    assert!(matches!(Document::load(Kind::Contacts, &[]), Err(LoadError::Empty)));
    let middle = saved.len() / 2;
    saved[middle] ^= 1;
    assert!(matches!(Document::load(Kind::Contacts, &saved), Err(LoadError::Damaged(_))));
}

#[test]
fn a_change_without_what_it_builds_on_is_refused() {
    let (mut here, mut there) = (Document::new(Kind::Contacts), Document::new(Kind::Contacts));
    let first = put(&mut there, 2, "a", "1");
    let second = put(&mut there, 2, "a", "2");
    assert!(matches!(apply(&mut here, &second), Err(ApplyError::MissingDependency(_))));
    assert_eq!(here.heads(), Document::new(Kind::Contacts).heads());
    assert_eq!(apply(&mut here, &first).unwrap(), Applied { new: true });
    assert_eq!(apply(&mut here, &second).unwrap(), Applied { new: true });
    assert_eq!(apply(&mut here, &second).unwrap(), Applied { new: false });
    assert_eq!(here.heads(), there.heads());
    assert_eq!(here.change(here.heads()[0]), Some(second));
}

#[test]
fn two_changes_with_one_number_are_not_both_taken() {
    let (mut one, mut two) = (Document::new(Kind::Contacts), Document::new(Kind::Contacts));
    let change = put(&mut one, 9, "a", "1");
    let clone = put(&mut two, 9, "a", "2");
    assert!(matches!(apply(&mut one, &clone), Err(ApplyError::Repeated { sequence: 1 })));
    assert_eq!(one.heads(), [Incoming::parse(change.as_bytes()).unwrap().hash()]);
}

#[test]
fn compressed_chunks_are_refused_unread() {
    let mut document = Document::new(Kind::Contacts);
    let text = "again and again and ".repeat(100);
    let raw = put(&mut document, 1, "a", &text);
    let mut change = Change::try_from(raw.as_bytes()).unwrap();
    let compressed = change.bytes().into_owned();
    assert!(compressed.len() < raw.as_bytes().len());
    assert!(matches!(Incoming::parse(&compressed), Err(IncomingError::NotAChange)));
    assert!(matches!(Incoming::parse(&document.save()), Err(IncomingError::NotAChange)));
    assert!(matches!(Incoming::parse(b"short"), Err(IncomingError::TooShort)));
    let mut damaged = raw.into_bytes();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(matches!(Incoming::parse(&damaged), Err(IncomingError::Damaged(_))));
}

#[test]
fn fresh_keys_differ_between_devices_and_edits() {
    let mut document = Document::new(Kind::Contacts);
    let mut keys = BTreeSet::new();
    for device in [1, 2, 2, 3] {
        let made = document.edit(author(device), |editor| {
            let made = [editor.fresh_key(), editor.fresh_key()];
            editor.put(&ROOT, &made[0], "").map(|()| made)
        });
        keys.extend(made.unwrap().0);
    }
    assert_eq!(keys.len(), 8);
    assert!(keys.iter().all(|key| key.len() == 16));
}
