//! What one device wrote and somebody who wrote the document anew had not seen: found, and written into the new one.

use std::collections::BTreeSet;

use automerge::{AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, Value};
use porchlight_wire::{ActorPrefix, Hash};

use super::{Actor, Document, is_same_operation};
use crate::editor::Editor;

impl Document {
    /// The heads of what the document was without some changes and all that builds on them.
    pub fn heads_without(&self, left_out: impl Fn(&Hash) -> bool) -> Vec<Hash> {
        let mut gone = BTreeSet::new();
        let mut heads = BTreeSet::new();
        for change in self.automerge.get_changes_meta(&[]) {
            let hash = Hash::from_bytes(change.hash.0);
            let deps: Vec<Hash> = change.deps.iter().map(|dep| Hash::from_bytes(dep.0)).collect();
            if left_out(&hash) || deps.iter().any(|dep| gone.contains(dep)) {
                gone.insert(hash);
                continue;
            }
            for dep in &deps {
                heads.remove(dep);
            }
            heads.insert(hash);
        }
        heads.into_iter().collect()
    }

    /// Writes into another document what the device `by` wrote here beyond `seen`, the heads of what whoever made the
    /// other document had seen. What that other document left out stays out; nothing is done to what others wrote.
    ///
    /// For documents of maps and single values, as lists of contacts are: texts and lists that were there before stay as
    /// they are in the other document.
    pub fn carry_into(
        &self,
        editor: &mut Editor<'_>,
        seen: &[Hash],
        by: ActorPrefix,
    ) -> Result<(), AutomergeError> {
        let seen: Vec<ChangeHash> = seen.iter().map(|hash| ChangeHash(*hash.as_bytes())).collect();
        self.carry_map(editor, (&ROOT, &ROOT), &seen, by)
    }

    fn carry_map(
        &self,
        editor: &mut Editor<'_>,
        (from, to): (&ObjId, &ObjId),
        seen: &[ChangeHash],
        by: ActorPrefix,
    ) -> Result<(), AutomergeError> {
        for key in self.automerge.keys_at(from, seen) {
            if self.automerge.get(from, key.as_str())?.is_none() {
                editor.delete(to, &key)?;
            }
        }
        let is_by =
            |operation: &ObjId| Actor::of_operation(operation).map(|actor| actor.prefix()) == Some(by);
        let keys: Vec<String> = self.automerge.keys(from).collect();
        for key in &keys {
            let before: Vec<ObjId> =
                self.automerge.get_all_at(from, key.as_str(), seen)?.into_iter().map(|(_, id)| id).collect();
            for (value, id) in self.automerge.get_all(from, key.as_str())? {
                let is_new = !before.iter().any(|other| is_same_operation(&id, other));
                match value {
                    Value::Scalar(value) if is_new && is_by(&id) => {
                        editor.put(to, key, value.into_owned())?
                    }
                    Value::Object(kind @ (ObjType::Map | ObjType::Table)) if is_new && is_by(&id) => {
                        let there = editor.container(to, key, kind)?;
                        self.copy_map(editor, (&id, &there), &[], &|_| false)?;
                    }
                    Value::Object(ObjType::Map | ObjType::Table) if !is_new => {
                        if let Some((Value::Object(_), there)) = editor.reader().get(to, key.as_str())? {
                            self.carry_map(editor, (&id, &there), seen, by)?;
                        }
                    }
                    Value::Scalar(_) | Value::Object(_) => {}
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use porchlight_wire::{DeviceId, Timestamp};

    use super::*;
    use crate::contacts::{self, ContactId, Details};
    use crate::{Author, Incoming, Kind};

    fn author(device: u8) -> Author {
        let mut actor = [9; 16];
        let prefix = ActorPrefix::of_device(&DeviceId::from_bytes([device; 32]));
        actor[..8].copy_from_slice(prefix.as_bytes());
        Author { actor: Actor::from_bytes(actor), time: Timestamp::from_millis(1_790_000_000_000) }
    }

    fn named(name: &str) -> Details {
        Details { name: name.to_owned(), ..Details::default() }
    }

    fn add(list: &mut Document, device: u8, name: &str) -> (ContactId, Vec<u8>) {
        let (id, change) =
            list.edit(author(device), |editor| contacts::add(editor, named(name), None)).unwrap();
        (id, change.unwrap().as_bytes().to_vec())
    }

    fn names(list: &Document) -> Vec<String> {
        contacts::list(list).into_iter().map(|contact| contact.details.name).collect()
    }

    #[test]
    fn what_a_device_wrote_unseen_is_carried_and_what_was_left_out_stays_out() {
        let mut old = Document::new(Kind::Contacts);
        let (tran, _) = add(&mut old, 1, "Mrs. Tran");
        let (ana, _) = add(&mut old, 1, "Ana");
        let seen = old.heads();
        let mut new = Document::new(Kind::Contacts);
        let leaves_out = |path: &[&str]| matches!(path, ["contacts", one] if *one == tran.as_str());
        new.edit(author(1), |editor| old.rewrite_into(editor, leaves_out)).unwrap();

        // The second device goes on with the old list: somebody new, another area for Ana, a word about Mrs. Tran; and
        // has what a third one wrote.
        let (_, third) = add(&mut old, 3, "Carl");
        assert!(!third.is_empty());
        add(&mut old, 2, "Ben");
        for (id, area) in [(&ana, "5th and Elm"), (&tran, "6th and Elm")] {
            let before = contacts::get(&old, id).unwrap().details;
            let after = Details { area: area.to_owned(), ..before.clone() };
            old.edit(author(2), |editor| contacts::update(editor, id, &before, after, None)).unwrap();
        }
        let by = author(2).actor.prefix();
        for _ in 0..2 {
            new.edit(author(2), |editor| old.carry_into(editor, &seen, by)).unwrap();
            assert_eq!(names(&new), ["Ana", "Ben"]);
            assert_eq!(contacts::get(&new, &ana).unwrap().details.area, "5th and Elm");
        }
        let again = new.edit(author(2), |editor| old.carry_into(editor, &seen, by)).unwrap();
        assert!(again.1.is_none(), "the second time there is nothing to do");
    }

    #[test]
    fn heads_without_some_changes_are_those_before_them() {
        let mut list = Document::new(Kind::Contacts);
        add(&mut list, 1, "Ana");
        let before = list.heads();
        let (_, ben) = add(&mut list, 2, "Ben");
        let ben = Incoming::parse(&ben).unwrap().hash();
        add(&mut list, 1, "Carl");
        assert_eq!(list.heads_without(|hash| *hash == ben), before, "Carl's builds on Ben's");
        assert_eq!(list.heads_without(|_| false), list.heads());
    }
}
