//! Whether a change from elsewhere fits a document. Automerge trusts what it is given; a member's broken or hostile
//! device must not be able to stop everybody else's.

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Automerge, Change, ChangeHash, ExpandedChange, ObjId, ObjType, ReadDoc};

/// Checks a run of changes of one actor, each built on just the one before it, the first on what is in the document;
/// gives how many are sound, and what is wrong with the one after those. A run can be applied in one go, which is many
/// times quicker than one by one.
///
/// All kinds of documents so far are maps of maps of plain values. A version that needs lists or running text in one
/// of them must put those into another document, since this one refuses them.
pub(crate) fn check_run(automerge: &Automerge, run: &[&Change]) -> (usize, Option<Unsound>) {
    let Some(first) = run.first() else { return (0, None) };
    let mut checker = Checker {
        automerge,
        deps: first.deps(),
        start: first.start_op().get(),
        made: BTreeMap::new(),
        said: BTreeMap::new(),
    };
    let mut before: Option<&Change> = None;
    for (sound, change) in run.iter().enumerate() {
        let newest = match before {
            Some(before) => Some(before.max_op()),
            None => newest_operation(automerge, change),
        };
        if let Err(unsound) = check_form(change, newest).and_then(|expanded| checker.check(&expanded)) {
            return (sound, Some(unsound));
        }
        before = Some(change);
    }
    (run.len(), None)
}

fn newest_operation(automerge: &Automerge, change: &Change) -> Option<u64> {
    let deps = change.deps().iter();
    deps.filter_map(|hash| automerge.get_change_meta_by_hash(hash)).map(|meta| meta.max_op).max()
}

fn check_form(change: &Change, newest: Option<u64>) -> Result<ExpandedChange, Unsound> {
    let deps = change.deps();
    if !deps.is_sorted_by(|one, other| one < other) {
        return Err(Unsound::Dependencies);
    }
    if Some(change.start_op().get()) != newest.unwrap_or(0).checked_add(1) {
        return Err(Unsound::Numbering);
    }
    if change.is_empty() {
        return Err(Unsound::Nothing);
    }
    let expanded = change.decode();
    // A saved document holds operations, not bytes: opening it makes each change anew. One that was written in an
    // unusual way would then have another hash, and the document could never be opened again.
    if Change::from(expanded.clone()).raw_bytes() != change.raw_bytes() {
        return Err(Unsound::Unusual);
    }
    Ok(expanded)
}

struct Checker<'a> {
    automerge: &'a Automerge,
    /// What the run is built on.
    deps: &'a [ChangeHash],
    /// The number of the run's first operation.
    start: u64,
    /// The maps that the run itself makes.
    made: BTreeMap<u64, ()>,
    /// What the run itself wrote: object and key to the numbers of the operations.
    said: BTreeMap<Place, Vec<u64>>,
}

impl Checker<'_> {
    fn check(&mut self, change: &ExpandedChange) -> Result<(), Unsound> {
        for (number, operation) in (change.start_op.get()..).zip(&change.operations) {
            self.operation(&change.actor_id, number, operation)?;
        }
        Ok(())
    }

    fn operation(&mut self, actor: &ActorId, number: u64, operation: &Op) -> Result<(), Unsound> {
        let Key::Map(key) = &operation.key else { return Err(Unsound::Kind) };
        if operation.insert {
            return Err(Unsound::Kind);
        }
        match &operation.action {
            OpType::Make(ObjType::Map) => {
                self.made.insert(number, ());
            }
            OpType::Put(_) => {}
            OpType::Delete if operation.pred.is_empty() => return Err(Unsound::Predecessor),
            OpType::Delete => {}
            _ => return Err(Unsound::Kind),
        }
        let (object, is_new) = self.object(actor, number, &operation.obj)?;
        let place = match &operation.obj {
            ObjectId::Root => None,
            ObjectId::Id(id) => Some((id.0, id.1.to_bytes().to_vec())),
        };
        let place = (place, key.to_string());
        if !operation.pred.is_empty() {
            let before = if is_new {
                Vec::new()
            } else {
                self.automerge.get_all_at(&object, key.as_str(), self.deps).map_err(|_| Unsound::Object)?
            };
            let own = self.said.get(&place).map(Vec::as_slice).unwrap_or_default();
            let mut previous: Option<&OpId> = None;
            for pred in operation.pred.iter() {
                let is_own = pred.1 == *actor && own.contains(&pred.0);
                let is_known = is_own || before.iter().any(|(_, id)| is_same(id, pred));
                if !is_known || previous == Some(pred) {
                    return Err(Unsound::Predecessor);
                }
                previous = Some(pred);
            }
        }
        if !matches!(operation.action, OpType::Delete) {
            self.said.entry(place).or_default().push(number);
        }
        Ok(())
    }

    /// The map that an operation is about, and whether the run itself makes it.
    fn object(&self, actor: &ActorId, number: u64, object: &ObjectId) -> Result<(ObjId, bool), Unsound> {
        let ObjectId::Id(id) = object else { return Ok((ObjId::Root, false)) };
        if id.0 == 0 {
            // Automerge takes this for the root as well, but writes the root in another way.
            return Err(Unsound::Object);
        }
        let object = ObjId::Id(id.0, id.1.clone(), 0);
        if id.1 == *actor && id.0 >= self.start {
            let is_made = id.0 < number && self.made.contains_key(&id.0);
            return if is_made { Ok((object, true)) } else { Err(Unsound::Object) };
        }
        match self.automerge.object_type(&object) {
            Ok(ObjType::Map) => Ok((object, false)),
            _ => Err(Unsound::Object),
        }
    }
}

/// An object, nothing for the root, and a key in it.
type Place = (Option<(u64, Vec<u8>)>, String);

fn is_same(id: &ObjId, other: &OpId) -> bool {
    matches!(id, ObjId::Id(counter, actor, _) if *counter == other.0 && *actor == other.1)
}

/// Why a change does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// Its dependencies are not in order.
    #[error("its dependencies are not sorted")]
    Dependencies,
    /// Its operations are not numbered after those it builds on.
    #[error("its operations are not numbered after those it builds on")]
    Numbering,
    /// It does nothing.
    #[error("it does nothing")]
    Nothing,
    /// It is not written as Automerge writes changes.
    #[error("it is not written as changes are")]
    Unusual,
    /// It does what this kind of document does not have.
    #[error("it does what this kind of document does not have")]
    Kind,
    /// It writes into something that is not there.
    #[error("it writes into something that is not there")]
    Object,
    /// It replaces something that is not there.
    #[error("it replaces something that is not there")]
    Predecessor,
}

#[cfg(test)]
mod tests {
    use automerge::legacy::SortedVec;
    use automerge::{ActorId, ScalarValue};
    use porchlight_wire::Timestamp;
    use proptest::prelude::*;
    use proptest::sample::Index;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::contacts::{self, Details};
    use crate::document::{Actor, Author, Document, Incoming, Kind, OwnChange, RawChange};

    fn author(device: u8) -> Author {
        Author { actor: Actor::from_bytes([device; 16]), time: Timestamp::from_millis(0) }
    }

    fn person(name: &str) -> Details {
        Details { name: name.into(), ..Details::default() }
    }

    /// A document with some history, and honest changes that come next from another device.
    fn scene() -> (Document, Vec<RawChange>) {
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
            (place(), 0..30_u64, 0..4_u8)
                .prop_map(|(place, counter, actor)| Harm::Object(place, counter, actor)),
            place().prop_map(Harm::Root),
            (place(), 0..30_u64, 0..4_u8)
                .prop_map(|(place, counter, actor)| Harm::Pred(place, counter, actor)),
            place().prop_map(Harm::NoPred),
            (place(), "[a-z]{0,3}").prop_map(|(place, key)| Harm::Key(place, key)),
            place().prop_map(Harm::SequenceKey),
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
        let (mut document, changes) = scene();
        for change in changes {
            assert!(apply(&mut document, Change::try_from(change.as_bytes()).unwrap()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

        #[test]
        fn no_change_stops_a_document(spoilt in prop::collection::vec((any::<Index>(), harm()), 1..4)) {
            let (mut document, changes) = scene();
            for (place, change) in changes.iter().enumerate() {
                let mut expanded = Change::try_from(change.as_bytes()).unwrap().decode();
                for (_, harm) in spoilt.iter().filter(|(which, _)| which.index(changes.len()) == place) {
                    spoil(&mut expanded, harm);
                }
                let before = (document.heads(), contacts::all(&document));
                if !apply(&mut document, Change::from(expanded)) {
                    prop_assert_eq!((document.heads(), contacts::all(&document)), before);
                }
            }
            // It can still be read, edited, stored and opened.
            document.edit(author(3), |editor| contacts::add(editor, person("Eva"), None)).unwrap();
            let loaded = Document::load(Kind::Contacts, &document.save()).unwrap();
            prop_assert_eq!(loaded.heads(), document.heads());
            prop_assert_eq!(contacts::all(&loaded), contacts::all(&document));
        }

        #[test]
        fn no_bytes_stop_a_document(
            which in any::<Index>(),
            spoilt in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6),
        ) {
            let (mut document, changes) = scene();
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
            document.edit(author(3), |editor| contacts::add(editor, person("Eva"), None)).unwrap();
            let loaded = Document::load(Kind::Contacts, &document.save()).unwrap();
            prop_assert_eq!(contacts::all(&loaded), contacts::all(&document));
        }
    }
}
