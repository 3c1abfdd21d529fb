//! Tests of what is refused: whatever a broken or hostile device sends, a document stays usable.

use automerge::legacy::SortedVec;
use automerge::{ActorId, ScalarValue};
use porchlight_wire::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;
use sha2::{Digest, Sha256};

use super::*;
use crate::contacts::{self, Details};
use crate::document::{Actor, Author, Document, Incoming, Kind, OwnChange, RawChange};
use crate::editor::Editor;
use crate::notes;

fn author(device: u8) -> Author {
    Author { actor: Actor::from_bytes([device; 16]), time: Timestamp::from_millis(0) }
}

fn person(name: &str) -> Details {
    Details { name: name.into(), ..Details::default() }
}

/// A document with some history, and honest changes that come next from another device.
fn scene(kind: Kind) -> (Document, Vec<RawChange>) {
    if kind == Kind::Note { note_scene() } else { contact_scene() }
}

fn note_scene() -> (Document, Vec<RawChange>) {
    let mut document = Document::new(Kind::Note);
    document.edit(author(1), |editor| notes::update(editor, None, "one\ntwo\nthree")).unwrap();
    let mut other = document.clone();
    document.edit(author(1), |editor| notes::update(editor, None, "one\ntwo!")).unwrap();
    let mut changes = Vec::new();
    for text in ["one\ntwo more\nthree", "one and\nt more\n- [ ] four @Ana\nthree", "three\nfive"] {
        let edit = |editor: &mut Editor<'_>| notes::update(editor, None, text);
        changes.extend(other.edit(author(2), edit).unwrap().1.map(OwnChange::into_raw));
    }
    (document, changes)
}

fn contact_scene() -> (Document, Vec<RawChange>) {
    let mut document = Document::new(Kind::Contacts);
    let (id, _) = document.edit(author(1), |editor| contacts::add(editor, person("Ana"), None)).unwrap();
    let mut other = document.clone();
    document
        .edit(author(1), |editor| contacts::update(editor, &id, &person("Ana"), person("Anna"), None))
        .unwrap();
    let mut changes = Vec::new();
    for step in 0..3 {
        let after = Details { note: format!("step {step}"), ..person("Ane") };
        let before = contacts::get(&other, &id).unwrap().details;
        let (_, change) = other
            .edit(author(2), |editor| {
                contacts::add(editor, person("Ben"), None)?;
                contacts::update(editor, &id, &before, after, None)
            })
            .unwrap();
        changes.extend(change.map(OwnChange::into_raw));
    }
    let (_, removed) = other.edit(author(2), |editor| contacts::remove(editor, &id, "")).unwrap();
    changes.extend(removed.map(OwnChange::into_raw));
    (document, changes)
}

/// All that it says.
fn all(document: &Document) -> (Vec<contacts::Contact>, notes::Note) {
    (contacts::all(document), notes::note(document))
}

fn edit(document: &mut Document) {
    match document.kind() {
        Kind::Note => drop(document.edit(author(3), |editor| notes::update(editor, None, "mine")).unwrap()),
        _ => drop(document.edit(author(3), |editor| contacts::add(editor, person("Eva"), None)).unwrap()),
    }
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Contacts), Just(Kind::Note)]
}

fn apply(document: &mut Document, change: Change) -> bool {
    let incoming = Incoming::parse(change.raw_bytes());
    incoming.is_ok_and(|incoming| document.apply(incoming).is_ok())
}

/// One way in which a change can be wrong.
#[derive(Clone, Debug)]
enum Harm {
    StartOp(u64),
    DropOperation(Index),
    DoubleOperation(Index),
    Object(Index, u64, u8),
    Root(Index),
    Pred(Index, u64, u8),
    NoPred(Index),
    Key(Index, String),
    SequenceKey(Index),
    Element(Index, u64, u8),
    Insert(Index),
    Action(Index, u8),
    Actor(u8),
    Sequence(u64),
    Dependencies(u8),
}

fn harm() -> impl Strategy<Value = Harm> {
    let place = any::<Index>;
    prop_oneof![
        (0..30_u64).prop_map(Harm::StartOp),
        Just(Harm::StartOp(u64::MAX)),
        place().prop_map(Harm::DropOperation),
        place().prop_map(Harm::DoubleOperation),
        (place(), 0..30_u64, 0..4_u8).prop_map(|(place, counter, actor)| Harm::Object(place, counter, actor)),
        place().prop_map(Harm::Root),
        (place(), 0..30_u64, 0..4_u8).prop_map(|(place, counter, actor)| Harm::Pred(place, counter, actor)),
        place().prop_map(Harm::NoPred),
        (place(), "[a-z]{0,3}").prop_map(|(place, key)| Harm::Key(place, key)),
        place().prop_map(Harm::SequenceKey),
        (place(), 0..60_u64, 0..4_u8)
            .prop_map(|(place, counter, actor)| Harm::Element(place, counter, actor)),
        place().prop_map(Harm::Insert),
        (place(), 0..8_u8).prop_map(|(place, action)| Harm::Action(place, action)),
        (0..4_u8).prop_map(Harm::Actor),
        (0..6_u64).prop_map(Harm::Sequence),
        (0..3_u8).prop_map(Harm::Dependencies),
    ]
}

fn actor(number: u8) -> ActorId {
    ActorId::from([number; 16].as_slice())
}

fn spoil(change: &mut ExpandedChange, harm: &Harm) {
    let count = change.operations.len();
    let operation = |place: &Index| place.index(count.max(1));
    if count == 0 {
        return;
    }
    match harm {
        Harm::StartOp(number) => change.start_op = (*number).max(1).try_into().unwrap(),
        Harm::DropOperation(place) => drop(change.operations.remove(operation(place))),
        Harm::DoubleOperation(place) => {
            let double = change.operations[operation(place)].clone();
            change.operations.push(double);
        }
        Harm::Object(place, counter, by) => {
            change.operations[operation(place)].obj = ObjectId::Id(OpId(*counter, actor(*by)));
        }
        Harm::Root(place) => change.operations[operation(place)].obj = ObjectId::Root,
        Harm::Pred(place, counter, by) => {
            change.operations[operation(place)].pred = SortedVec::from(vec![OpId(*counter, actor(*by))]);
        }
        Harm::NoPred(place) => change.operations[operation(place)].pred = SortedVec::new(),
        Harm::Key(place, key) => change.operations[operation(place)].key = Key::Map(key.as_str().into()),
        Harm::SequenceKey(place) => change.operations[operation(place)].key = Key::head(),
        Harm::Element(place, counter, by) => {
            let element = ElementId::Id(OpId(*counter, actor(*by)));
            change.operations[operation(place)].key = Key::Seq(element);
        }
        Harm::Insert(place) => change.operations[operation(place)].insert = true,
        Harm::Action(place, action) => {
            change.operations[operation(place)].action = match action {
                0 => OpType::Make(ObjType::Map),
                1 => OpType::Make(ObjType::List),
                2 => OpType::Make(ObjType::Text),
                3 => OpType::Make(ObjType::Table),
                4 => OpType::Delete,
                5 => OpType::Increment(1),
                6 => OpType::Put(ScalarValue::counter(1)),
                _ => OpType::MarkEnd(true),
            }
        }
        Harm::Actor(number) => change.actor_id = actor(*number),
        Harm::Sequence(number) => change.seq = *number,
        Harm::Dependencies(0) => change.deps.clear(),
        Harm::Dependencies(1) => change.deps.extend(change.deps.clone()),
        Harm::Dependencies(_) => change.deps.push(ChangeHash([7; 32])),
    }
}

#[test]
fn honest_changes_fit() {
    for kind in [Kind::Contacts, Kind::Note] {
        let (mut document, changes) = scene(kind);
        for change in changes {
            assert!(apply(&mut document, Change::try_from(change.as_bytes()).unwrap()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_change_stops_a_document(kind in kind(), spoilt in prop::collection::vec((any::<Index>(), harm()), 1..4)) {
        let (mut document, changes) = scene(kind);
        for (place, change) in changes.iter().enumerate() {
            let mut expanded = Change::try_from(change.as_bytes()).unwrap().decode();
            for (_, harm) in spoilt.iter().filter(|(which, _)| which.index(changes.len()) == place) {
                spoil(&mut expanded, harm);
            }
            let before = (document.heads(), all(&document));
            if !apply(&mut document, Change::from(expanded)) {
                prop_assert_eq!((document.heads(), all(&document)), before);
            }
        }
        // It can still be read, edited, stored and opened.
        edit(&mut document);
        let loaded = Document::load(kind, &document.save()).unwrap();
        prop_assert_eq!(loaded.heads(), document.heads());
        prop_assert_eq!(all(&loaded), all(&document));
    }

    #[test]
    fn no_bytes_stop_a_document(
        kind in kind(),
        which in any::<Index>(),
        spoilt in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6),
    ) {
        let (mut document, changes) = scene(kind);
        let which = which.index(changes.len());
        for (place, change) in changes.iter().enumerate() {
            let mut bytes = change.as_bytes().to_vec();
            if place == which {
                for (place, byte) in &spoilt {
                    // The checksum in front is made right again, as whoever means harm would.
                    let place = 9 + place.index(bytes.len() - 9);
                    bytes[place] = *byte;
                }
                let digest = Sha256::digest(&bytes[8..]);
                bytes[4..8].copy_from_slice(&digest[..4]);
            }
            let before = document.heads();
            let applied = Incoming::parse(&bytes).is_ok_and(|incoming| document.apply(incoming).is_ok());
            prop_assert!(applied || document.heads() == before);
        }
        edit(&mut document);
        let loaded = Document::load(kind, &document.save()).unwrap();
        prop_assert_eq!(all(&loaded), all(&document));
    }
}
