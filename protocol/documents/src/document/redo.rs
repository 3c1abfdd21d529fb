//! Makes a Change anew on a Document that lacks what it was built on: what it says about things that are there is kept,
//! what it says about things that are not is left out.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Change};
use porchlight_wire::Hash;

use super::{Document, Incoming, RawChange};

/// Which operations of one Document got which numbers when their Changes were made anew: later ones name them.
#[derive(Debug, Default)]
pub struct Moves {
    moved: BTreeMap<(ActorId, u64), u64>,
}

impl Document {
    /// Applies a Change of this device anew, as its actor's next one; gives it and its hash. `None` if nothing of it
    /// makes sense here, and then the Document is as it was.
    pub fn redo(&mut self, raw: &[u8], moves: &mut Moves) -> Option<(RawChange, Hash)> {
        let incoming = Incoming::parse(raw).ok()?;
        let mut expanded = incoming.change.decode();
        let known = self.operations();
        let first = known.values().flatten().map(|(_, last)| *last).max().unwrap_or(0).saturating_add(1);
        let (actor, old) = (expanded.actor_id.clone(), expanded.start_op.get());
        let mut kept: Vec<Op> = Vec::new();
        for (op, number) in std::mem::take(&mut expanded.operations).into_iter().zip(old..) {
            let place = |id: &OpId| {
                if let Some(moved) = moves.moved.get(&(id.actor().clone(), id.counter())) {
                    return Some(OpId::new(*moved, id.actor()));
                }
                let ranges = known.get(id.actor())?;
                let is_here = |(start, last): &(u64, u64)| (*start..=*last).contains(&id.counter());
                ranges.iter().any(is_here).then(|| id.clone())
            };
            if let Some(op) = placed(op, place) {
                let count = u64::try_from(kept.len()).unwrap_or(u64::MAX);
                moves.moved.insert((actor.clone(), number), first.saturating_add(count));
                kept.push(op);
            }
        }
        if kept.is_empty() {
            return None;
        }
        expanded.operations = kept;
        expanded.seq = self.next_sequence(&incoming.actor());
        expanded.start_op = NonZeroU64::new(first)?;
        expanded.hash = None;
        expanded.deps = self.automerge.get_heads();
        let raw = RawChange(Change::from(expanded).raw_bytes().to_vec());
        let again = Incoming::parse(raw.as_bytes()).ok()?;
        let hash = again.hash();
        self.apply(again).ok()?;
        Some((raw, hash))
    }

    /// The numbers of all operations here: for each actor the first and the last of each of its Changes.
    fn operations(&self) -> BTreeMap<ActorId, Vec<(u64, u64)>> {
        let mut known: BTreeMap<ActorId, Vec<(u64, u64)>> = BTreeMap::new();
        for change in self.automerge.get_changes(&[]) {
            let range = (change.start_op().get(), change.max_op());
            known.entry(change.actor_id().clone()).or_default().push(range);
        }
        known
    }
}

/// An operation with everything that it names in its new place; `None` if what it is about is not there.
fn placed(op: Op, place: impl Fn(&OpId) -> Option<OpId>) -> Option<Op> {
    let Op { action, obj, key, pred, insert } = op;
    let obj = match obj {
        ObjectId::Root => ObjectId::Root,
        ObjectId::Id(id) => ObjectId::Id(place(&id)?),
    };
    let key = match key {
        Key::Seq(ElementId::Id(id)) => match place(&id) {
            Some(id) => Key::Seq(ElementId::Id(id)),
            // What stood before it is not there: it begins the list or the text.
            None if insert => Key::Seq(ElementId::Head),
            None => return None,
        },
        key => key,
    };
    let pred: Vec<OpId> = pred.into_iter().filter_map(|id| place(&id)).collect();
    if pred.is_empty() && matches!(action, OpType::Delete | OpType::Increment(_)) {
        return None;
    }
    Some(Op { action, obj, key, pred: pred.into(), insert })
}

#[cfg(test)]
mod tests {
    use porchlight_wire::Timestamp;

    use super::*;
    use crate::contacts::{self, ContactId, Details};
    use crate::{Actor, Author, Editor, Kind};

    fn author(who: u8) -> Author {
        Author { actor: Actor::from_bytes([who; 16]), time: Timestamp::from_millis(0) }
    }

    fn named(name: &str) -> Details {
        Details { name: name.to_owned(), ..Details::default() }
    }

    fn add(document: &mut Document, who: u8, name: &str) -> (ContactId, Vec<u8>) {
        let add = |editor: &mut Editor<'_>| contacts::add(editor, named(name), None);
        let (id, change) = document.edit(author(who), add).unwrap();
        (id, change.unwrap().as_bytes().to_vec())
    }

    fn names(document: &Document) -> Vec<String> {
        contacts::list(document).into_iter().map(|contact| contact.details.name).collect()
    }

    #[test]
    fn what_stands_by_itself_is_made_anew_and_converges() {
        let mut logged = Document::new(Kind::Contacts);
        let mut copy = logged.clone();
        let (anas, _) = add(&mut copy, 1, "Ana's, never in the log");
        let (bens, first) = add(&mut copy, 2, "Ben's");
        let rename = |editor: &mut Editor<'_>| {
            contacts::update(editor, &bens, &named("Ben's"), named("Ben's own"), None)
        };
        let second = copy.edit(author(2), rename).unwrap().1.unwrap();
        let touch = |editor: &mut Editor<'_>| {
            contacts::update(editor, &anas, &named("Ana's, never in the log"), named("Hers"), None)
        };
        let third = copy.edit(author(2), touch).unwrap().1.unwrap();
        // Meanwhile the log went on.
        add(&mut logged, 3, "Rosa's");
        let mut other = logged.clone();

        let mut moves = Moves::default();
        for raw in [first.as_slice(), second.as_bytes()] {
            let (change, hash) = logged.redo(raw, &mut moves).unwrap();
            let incoming = Incoming::parse(change.as_bytes()).unwrap();
            assert_eq!((incoming.hash(), incoming.actor()), (hash, author(2).actor));
            other.apply(incoming).unwrap();
        }
        assert_eq!(names(&logged), ["Ben's own", "Rosa's"]);
        assert_eq!(logged.heads(), other.heads());
        let before = logged.heads();
        if logged.redo(third.as_bytes(), &mut moves).is_none() {
            assert_eq!(logged.heads(), before, "nothing is left behind");
        }
        assert_eq!(names(&logged), ["Ben's own", "Rosa's"], "what is about Ana's contact is left out");
        let opened = Document::load(Kind::Contacts, &logged.save()).unwrap();
        assert_eq!(names(&opened), names(&logged));
    }
}
