//! Takes changes from elsewhere in together: Automerge is many times quicker with a thousand at once than with a thousand
//! one by one. They are checked one after another all the same, and what comes out does not depend on which came together.

use std::collections::{BTreeMap, BTreeSet};

use automerge::Change;
use porchlight_wire::Hash;

use super::{Actor, Applied, ApplyError, Document, Incoming, Last};
use crate::soundness::{Run, Unsound};

/// Changes that were checked, and that the document does not hold yet. They belong to one document: nothing else may be
/// done to it before they are settled.
#[derive(Debug, Default)]
pub struct Gathered {
    changes: Vec<Change>,
    hashes: BTreeSet<Hash>,
    last: BTreeMap<Actor, Last>,
    /// Of each actor the run that its next change may go on with, and the hash of the last change in it.
    runs: BTreeMap<Actor, (Hash, Run)>,
}

impl Gathered {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(super) fn push(&mut self, incoming: Incoming) {
        self.hashes.insert(incoming.hash());
        self.last.insert(incoming.actor, Last::of(&incoming.change));
        self.changes.push(incoming.change);
    }

    /// The run that this change goes on with.
    fn take_run(&mut self, next: &Incoming) -> Option<Run> {
        let (last, run) = self.runs.remove(&next.actor)?;
        (next.change.deps() == [automerge::ChangeHash(*last.as_bytes())]).then_some(run)
    }
}

impl Document {
    /// Checks changes from elsewhere, one after another, until one is refused; says what became of those before it, and
    /// why that one was refused. The new ones are to be settled before anything else is done to the document.
    pub fn gather(
        &mut self,
        gathered: &mut Gathered,
        incoming: Vec<Incoming>,
    ) -> (Vec<Applied>, Option<ApplyError>) {
        let mut applied = Vec::with_capacity(incoming.len());
        let mut run: Vec<Incoming> = Vec::new();
        for next in incoming {
            let follows = run.last().is_some_and(|last| next.follows(last));
            if !follows && let Err(error) = self.gather_run(gathered, &mut run, &mut applied) {
                return (applied, Some(error));
            }
            if self.holds(gathered, &next) {
                applied.push(Applied { new: false });
            } else {
                run.push(next);
            }
        }
        let outcome = self.gather_run(gathered, &mut run, &mut applied);
        (applied, outcome.err())
    }

    /// Gives all of them to Automerge.
    pub fn settle(&mut self, gathered: &mut Gathered) -> Result<(), ApplyError> {
        let Gathered { changes, last, .. } = std::mem::take(gathered);
        if changes.is_empty() {
            return Ok(());
        }
        self.automerge.apply_changes(changes)?;
        self.last.extend(last);
        Ok(())
    }

    pub(super) fn holds(&self, gathered: &Gathered, incoming: &Incoming) -> bool {
        gathered.hashes.contains(&incoming.hash()) || self.contains(incoming.hash())
    }

    /// Whether a change comes next: all that it builds on is here, and all that its actor made before.
    pub(super) fn check(&self, gathered: &Gathered, incoming: &Incoming) -> Result<(), ApplyError> {
        let lacks = |dep: &Hash| !gathered.hashes.contains(dep) && !self.contains(*dep);
        if let Some(missing) = incoming.deps().into_iter().find(lacks) {
            return Err(ApplyError::MissingDependency(missing));
        }
        let expected = self.last_of(gathered, &incoming.actor).sequence.saturating_add(1);
        if incoming.sequence() < expected {
            return Err(ApplyError::Repeated { sequence: incoming.sequence() });
        }
        if incoming.sequence() > expected {
            return Err(ApplyError::Skipped { expected, sequence: incoming.sequence() });
        }
        Ok(())
    }

    /// An actor's last change, gathered or here.
    fn last_of(&self, gathered: &Gathered, actor: &Actor) -> Last {
        gathered.last.get(actor).or_else(|| self.last.get(actor)).copied().unwrap_or_default()
    }

    /// Gathers a run of changes; those before the first unsound one are gathered all the same.
    fn gather_run(
        &mut self,
        gathered: &mut Gathered,
        run: &mut Vec<Incoming>,
        applied: &mut Vec<Applied>,
    ) -> Result<(), ApplyError> {
        let run = std::mem::take(run);
        let Some(first) = run.first() else { return Ok(()) };
        self.check(gathered, first)?;
        if first.change.start_op().get() <= self.last_of(gathered, &first.actor).operation {
            // It is not built on what its actor made before. Saved, its operations would be taken for those of that.
            return Err(ApplyError::Unsound(Unsound::Numbering));
        }
        let changes: Vec<&Change> = run.iter().map(|incoming| &incoming.change).collect();
        let mut checked = match gathered.take_run(first) {
            Some(goes_on) => goes_on,
            None => self.new_run(gathered, first)?,
        };
        let (mut sound, mut unsound) = checked.check(&self.automerge, self.kind, &changes);
        if unsound.is_some() && !gathered.is_empty() {
            // It may be about something that is gathered: only with all of it does the verdict count.
            self.settle(gathered)?;
            checked = Run::new(&self.automerge, &first.change);
            (sound, unsound) = checked.check(&self.automerge, self.kind, &changes);
        }
        let last = run.last().map(|last| (last.actor, last.hash()));
        applied.extend(std::iter::repeat_n(Applied { new: true }, sound));
        run.into_iter().take(sound).for_each(|incoming| gathered.push(incoming));
        match (unsound, last) {
            (Some(unsound), _) => Err(ApplyError::Unsound(unsound)),
            (None, Some((actor, hash))) => {
                gathered.runs.insert(actor, (hash, checked));
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    fn new_run(&mut self, gathered: &mut Gathered, first: &Incoming) -> Result<Run, ApplyError> {
        if first.deps().iter().any(|dep| gathered.hashes.contains(dep)) {
            self.settle(gathered)?;
        }
        Ok(Run::new(&self.automerge, &first.change))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Author, Kind};
    use super::*;
    use crate::contacts::{self, Details};
    use porchlight_wire::Timestamp;

    fn adds(document: &mut Document, actor: u8, name: &str) -> Incoming {
        let author = Author { actor: Actor::from_bytes([actor; 16]), time: Timestamp::from_millis(1000) };
        let details = Details { name: name.into(), ..Details::default() };
        let (_, change) = document.edit(author, |editor| contacts::add(editor, details, None)).unwrap();
        Incoming::parse(change.unwrap().as_bytes()).unwrap()
    }

    /// Two people write, the first again after the second, and the second after that.
    fn history() -> (Document, Vec<Incoming>) {
        let mut document = Document::new(Kind::Contacts);
        let names = [(1, "Ana"), (1, "Ben"), (2, "Chi"), (1, "Dov"), (1, "Eva"), (2, "Fay")];
        let changes = names.iter().map(|(actor, name)| adds(&mut document, *actor, name)).collect();
        (document, changes)
    }

    #[test]
    fn what_comes_out_does_not_depend_on_which_came_together() {
        let (whole, changes) = history();
        for settled_after in 0_usize..1 << changes.len() {
            let (mut document, mut gathered) = (Document::new(Kind::Contacts), Gathered::default());
            for (number, change) in changes.iter().enumerate() {
                let (applied, refused) = document.gather(&mut gathered, vec![change.clone()]);
                assert!(refused.is_none() && applied == [Applied { new: true }]);
                let (applied, _) = document.gather(&mut gathered, vec![change.clone()]);
                assert_eq!(applied, [Applied { new: false }]);
                if settled_after & (1 << number) != 0 {
                    document.settle(&mut gathered).unwrap();
                }
            }
            document.settle(&mut gathered).unwrap();
            assert_eq!(document.heads(), whole.heads());
            assert_eq!(contacts::list(&document), contacts::list(&whole));
        }
    }

    #[test]
    fn one_actor_s_changes_are_gathered_however_they_are_cut() {
        let mut written = Document::new(Kind::Contacts);
        let (mut document, mut gathered) = (Document::new(Kind::Contacts), Gathered::default());
        for name in ["Ana", "Ben", "Chi"] {
            let (_, refused) = document.gather(&mut gathered, vec![adds(&mut written, 1, name)]);
            assert!(refused.is_none());
        }
        assert_eq!(gathered.changes.len(), 3, "none was settled on the way");
        document.settle(&mut gathered).unwrap();
        assert_eq!(document.heads(), written.heads());
    }

    #[test]
    fn what_is_gathered_counts_as_here_and_what_is_missing_does_not() {
        let (_, changes) = history();
        let (mut document, mut gathered) = (Document::new(Kind::Contacts), Gathered::default());
        let one = |number: usize| vec![changes.get(number).unwrap().clone()];
        let (_, refused) = document.gather(&mut gathered, one(1));
        assert!(matches!(refused, Some(ApplyError::MissingDependency(_))));
        assert!(document.gather(&mut gathered, one(0)).1.is_none());
        assert!(document.gather(&mut gathered, one(1)).1.is_none());
        let mut other = Document::new(Kind::Contacts);
        let again = adds(&mut other, 1, "Zoe");
        let (_, refused) = document.gather(&mut gathered, vec![again]);
        assert!(matches!(refused, Some(ApplyError::Repeated { sequence: 1 })));
        assert!(document.gather(&mut gathered, one(2)).1.is_none(), "after one that was refused");
    }

    #[test]
    fn an_edit_of_what_is_only_gathered_is_sound() {
        let author =
            |actor| Author { actor: Actor::from_bytes([actor; 16]), time: Timestamp::from_millis(9) };
        let mut written = Document::new(Kind::Contacts);
        let first = adds(&mut written, 1, "Ana");
        let id = contacts::list(&written).first().unwrap().id.clone();
        let shown = contacts::get(&written, &id).unwrap().details;
        let after = Details { note: "has a ladder".into(), ..shown.clone() };
        let (_, second) =
            written.edit(author(2), |editor| contacts::update(editor, &id, &shown, after, None)).unwrap();
        let second = Incoming::parse(second.unwrap().as_bytes()).unwrap();
        let (mut document, mut gathered) = (Document::new(Kind::Contacts), Gathered::default());
        for change in [first, second] {
            assert!(document.gather(&mut gathered, vec![change]).1.is_none());
        }
        document.settle(&mut gathered).unwrap();
        assert_eq!(contacts::list(&document), contacts::list(&written));
    }

    #[test]
    fn a_change_beside_its_actor_s_own_last_one_is_refused() {
        let mut written = Document::new(Kind::Contacts);
        let first = adds(&mut written, 1, "Ana");
        let second = adds(&mut written, 1, "Ben");
        // As if it were the second change, and built on no more than the first.
        let mut beside = second.change.decode();
        (beside.deps, beside.start_op) = (first.change.deps().to_vec(), first.change.start_op());
        let beside = Incoming::parse(Change::from(beside).raw_bytes()).unwrap();
        let mut document = Document::new(Kind::Contacts);
        document.apply(first).unwrap();
        let refused = document.apply(beside);
        assert!(matches!(refused, Err(ApplyError::Unsound(Unsound::Numbering))));
        Document::load(Kind::Contacts, &document.save()).unwrap();
    }
}
