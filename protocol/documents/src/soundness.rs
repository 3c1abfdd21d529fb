//! Whether a change from elsewhere fits a document. Automerge trusts what it is given; a member's broken or hostile
//! device must not be able to stop everybody else's.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ScalarValue;
use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Automerge, Change, ChangeHash, Cursor, ExpandedChange, ObjId, ObjType, ReadDoc};

use crate::document::Kind;

/// A run of changes of one actor, each built on just the one before it, the first on what is in the document: a run can
/// be checked and applied in one go, which is many times quicker than one by one.
///
/// Documents are maps of maps of plain values. In kinds that have running texts there are those as well, and the
/// genesis may bring lists of maps; what stands in a list is never taken out. A version that needs more must put it
/// into another document, since this one refuses it.
#[derive(Debug)]
pub(crate) struct Run {
    /// What it is built on.
    deps: Vec<ChangeHash>,
    /// The number of its first operation.
    start: u64,
    /// The number of the newest operation that the next change is built on.
    newest: Option<u64>,
    /// The maps and texts that the run itself makes.
    made: BTreeMap<u64, ObjType>,
    /// What the run itself wrote: object and key to the numbers of the operations.
    said: BTreeMap<Place, Vec<u64>>,
    /// What the run itself put into lists and texts: object and number of the operation.
    inserted: BTreeSet<(OpId, u64)>,
}

impl Run {
    /// One that begins with this change, on a document that holds all that it is built on.
    pub(crate) fn new(automerge: &Automerge, first: &Change) -> Self {
        Self {
            deps: first.deps().to_vec(),
            start: first.start_op().get(),
            newest: newest_operation(automerge, first),
            made: BTreeMap::new(),
            said: BTreeMap::new(),
            inserted: BTreeSet::new(),
        }
    }

    /// Checks the changes that come next, on the document as it was before the run or with more; gives how many are
    /// sound, and what is wrong with the one after those. After that the run does not go on.
    pub(crate) fn check(
        &mut self,
        automerge: &Automerge,
        kind: Kind,
        changes: &[&Change],
    ) -> (usize, Option<Unsound>) {
        let mut checker = Checker { automerge, kind, run: self, lookups: 0 };
        for (sound, change) in changes.iter().enumerate() {
            let checked = check_form(change, checker.run.newest).and_then(|it| checker.check(&it));
            if let Err(unsound) = checked {
                return (sound, Some(unsound));
            }
            checker.run.newest = Some(change.max_op());
        }
        (changes.len(), None)
    }
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
    kind: Kind,
    run: &'a mut Run,
    /// How often the change in hand names a place in a list or text that was there before.
    lookups: usize,
}

/// No edit names more places of texts that were there before; looking each up takes time.
const MOST_LOOKUPS: usize = 20_000;

impl Checker<'_> {
    fn check(&mut self, change: &ExpandedChange) -> Result<(), Unsound> {
        self.lookups = 0;
        for (number, operation) in (change.start_op.get()..).zip(&change.operations) {
            match &operation.key {
                Key::Map(key) => self.in_map(&change.actor_id, number, operation, key)?,
                Key::Seq(place) => self.in_sequence(&change.actor_id, number, operation, place)?,
            }
        }
        Ok(())
    }

    fn in_map(&mut self, actor: &ActorId, number: u64, operation: &Op, key: &str) -> Result<(), Unsound> {
        if operation.insert {
            return Err(Unsound::Kind);
        }
        match &operation.action {
            OpType::Make(form @ ObjType::Map) => {
                self.run.made.insert(number, *form);
            }
            OpType::Make(form @ ObjType::Text) if self.kind.has_texts() => {
                self.run.made.insert(number, *form);
            }
            OpType::Put(_) => {}
            OpType::Delete if operation.pred.is_empty() => return Err(Unsound::Predecessor),
            OpType::Delete => {}
            _ => return Err(Unsound::Kind),
        }
        let object = self.object(actor, number, &operation.obj)?;
        if object.form != ObjType::Map {
            return Err(Unsound::Object);
        }
        let place = match &operation.obj {
            ObjectId::Root => None,
            ObjectId::Id(id) => Some((id.0, id.1.to_bytes().to_vec())),
        };
        let place = (place, key.to_owned());
        if !operation.pred.is_empty() {
            let before = if object.is_new {
                Vec::new()
            } else {
                self.automerge.get_all_at(&object.id, key, &self.run.deps).map_err(|_| Unsound::Object)?
            };
            let own = self.run.said.get(&place).map(Vec::as_slice).unwrap_or_default();
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
            self.run.said.entry(place).or_default().push(number);
        }
        Ok(())
    }

    /// In lists, maps are put; in texts, letters are put and taken out. Nothing is ever put in the place of another.
    fn in_sequence(
        &mut self,
        actor: &ActorId,
        number: u64,
        operation: &Op,
        place: &ElementId,
    ) -> Result<(), Unsound> {
        let object = self.object(actor, number, &operation.obj)?;
        let ObjectId::Id(id) = &operation.obj else { return Err(Unsound::Kind) };
        match place {
            ElementId::Head if operation.insert => {}
            ElementId::Head => return Err(Unsound::Kind),
            ElementId::Id(element) => self.element(actor, &object, id, element)?,
        }
        match (object.form, &operation.action, operation.insert) {
            (ObjType::List, OpType::Make(form @ ObjType::Map), true) => {
                self.run.made.insert(number, *form);
            }
            (ObjType::Text, OpType::Put(ScalarValue::Str(letters)), true) if !letters.is_empty() => {}
            (ObjType::Text, OpType::Delete, false) => {
                let is_all = operation.pred.len() == 1
                    && operation.pred.iter().all(|pred| place.as_opid() == Some(pred));
                return if is_all { Ok(()) } else { Err(Unsound::Predecessor) };
            }
            _ => return Err(Unsound::Kind),
        }
        if !operation.pred.is_empty() {
            return Err(Unsound::Predecessor);
        }
        self.run.inserted.insert((id.clone(), number));
        Ok(())
    }

    /// Whether an element is in a list or text, taken out or not.
    fn element(
        &mut self,
        actor: &ActorId,
        object: &Object,
        id: &OpId,
        element: &OpId,
    ) -> Result<(), Unsound> {
        if element.1 == *actor && element.0 >= self.run.start {
            let is_own = self.run.inserted.contains(&(id.clone(), element.0));
            return if is_own { Ok(()) } else { Err(Unsound::Element) };
        }
        self.lookups = self.lookups.saturating_add(1);
        if object.is_new || element.0 == 0 || self.lookups > MOST_LOOKUPS {
            return Err(Unsound::Element);
        }
        let cursor = format!("{}@{}", element.0, element.1);
        let cursor = Cursor::try_from(cursor).map_err(|_| Unsound::Element)?;
        let found = self.automerge.get_cursor_position(&object.id, &cursor, Some(&self.run.deps));
        found.map(|_| ()).map_err(|_| Unsound::Element)
    }

    /// What an operation is about.
    fn object(&self, actor: &ActorId, number: u64, object: &ObjectId) -> Result<Object, Unsound> {
        let ObjectId::Id(id) = object else {
            return Ok(Object { id: ObjId::Root, form: ObjType::Map, is_new: false });
        };
        if id.0 == 0 {
            // Automerge takes this for the root as well, but writes the root in another way.
            return Err(Unsound::Object);
        }
        let object = ObjId::Id(id.0, id.1.clone(), 0);
        if id.1 == *actor && id.0 >= self.run.start {
            let form = self.run.made.get(&id.0).filter(|_| id.0 < number);
            return match form {
                Some(form) => Ok(Object { id: object, form: *form, is_new: true }),
                None => Err(Unsound::Object),
            };
        }
        match self.automerge.object_type(&object) {
            Ok(form) => Ok(Object { id: object, form, is_new: false }),
            Err(_) => Err(Unsound::Object),
        }
    }
}

struct Object {
    id: ObjId,
    form: ObjType,
    /// Whether the run itself makes it.
    is_new: bool,
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
    /// It names a place in a list or text that is not there.
    #[error("it names a place that is not there")]
    Element,
    /// It replaces something that is not there.
    #[error("it replaces something that is not there")]
    Predecessor,
}

#[cfg(test)]
mod tests;
