//! What somebody wrote into a list of contacts that has since been written anew without its history, because something
//! in it was forgotten: read out of their changes, and written into the new list.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{Key, ObjectId, OpId, OpType};
use automerge::{AutomergeError, ObjId, ObjType, ReadDoc, ScalarValue, Value};
use minicbor::{Decode, Encode};

use super::container;
use crate::document::{Actor, Document, Incoming, Kind};
use crate::editor::Editor;

/// Which maps of a list were which contacts. A change names a map by the operation that made it, and with the list goes
/// what that stood for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Places(#[n(0)] Vec<Made>);

/// The contacts that one actor made.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Made {
    #[cbor(n(0), with = "minicbor::bytes")]
    actor: [u8; 16],
    /// The numbers of the operations, and the keys of the contacts.
    #[n(1)]
    contacts: Vec<(u64, String)>,
}

impl Places {
    /// Those of the contacts that are also in the list which takes the place of this one: of others nothing is kept.
    pub fn of(list: &Document, new: &Document) -> Self {
        let reader = list.automerge();
        let (Ok(here), Ok(there)) = (container(reader), container(new.automerge())) else {
            return Self::default();
        };
        let mut made: BTreeMap<[u8; 16], Vec<(u64, String)>> = BTreeMap::new();
        for key in new.automerge().keys(&there) {
            for (_, object) in reader.get_all(&here, key.as_str()).unwrap_or_default() {
                if let ObjId::Id(number, actor, _) = &object
                    && let Some(actor) = Actor::from_automerge(actor)
                {
                    made.entry(*actor.as_bytes()).or_default().push((*number, key.clone()));
                }
            }
        }
        Self(made.into_iter().map(|(actor, contacts)| Made { actor, contacts }).collect())
    }

    fn by_operation(&self) -> BTreeMap<OpId, &str> {
        let made = self.0.iter().flat_map(|Made { actor, contacts }| {
            contacts.iter().map(|(number, key)| (OpId(*number, actor.as_slice().into()), key.as_str()))
        });
        made.collect()
    }
}

/// Writes what some changes say of contacts into the list that stands in the place of theirs. What they say of a contact
/// that is not there any more is passed over, and so is all that is no word about a contact.
pub fn retell(editor: &mut Editor<'_>, changes: &[Vec<u8>], places: &Places) -> Result<(), AutomergeError> {
    let Ok(list) = container(editor.reader()) else { return Ok(()) };
    let genesis = Document::new(Kind::Contacts);
    let Ok(ObjId::Id(number, actor, _)) = container(genesis.automerge()) else { return Ok(()) };
    let root = ObjectId::Id(OpId(number, actor));
    let known = places.by_operation();
    let mut contacts: BTreeMap<OpId, String> =
        known.into_iter().map(|(operation, key)| (operation, key.to_owned())).collect();
    let mut new = BTreeSet::new();
    for change in changes.iter().filter_map(|bytes| Incoming::parse(bytes).ok()) {
        let change = change.unfold();
        for (number, operation) in (change.start_op.get()..).zip(change.operations) {
            let Key::Map(key) = &operation.key else { continue };
            if operation.obj == root {
                if operation.action == OpType::Make(ObjType::Map) {
                    contacts.insert(OpId(number, change.actor_id.clone()), key.to_string());
                    new.insert(key.to_string());
                }
                continue;
            }
            let ObjectId::Id(id) = &operation.obj else { continue };
            let Some(contact) = contacts.get(id) else { continue };
            let there = match editor.reader().get(&list, contact.as_str())? {
                Some((Value::Object(_), there)) => there,
                _ if new.contains(contact) => editor.container(&list, contact, ObjType::Map)?,
                _ => continue,
            };
            match &operation.action {
                OpType::Put(ScalarValue::Str(text)) => editor.put(&there, key, text.as_str())?,
                OpType::Delete => editor.delete(&there, key)?,
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use porchlight_wire::{ActorPrefix, DeviceId, Timestamp};

    use super::*;
    use crate::contacts::{self, ContactId, Details};
    use crate::document::Author;

    fn author(device: u8) -> Author {
        let mut actor = [9; 16];
        let prefix = ActorPrefix::of_device(&DeviceId::from_bytes([device; 32]));
        actor[..8].copy_from_slice(prefix.as_bytes());
        Author { actor: Actor::from_bytes(actor), time: Timestamp::from_millis(1_790_000_000_000) }
    }

    fn add(list: &mut Document, device: u8, name: &str) -> (ContactId, Vec<u8>) {
        let details = Details { name: name.to_owned(), ..Details::default() };
        let (id, change) = list.edit(author(device), |editor| contacts::add(editor, details, None)).unwrap();
        (id, change.unwrap().as_bytes().to_vec())
    }

    fn set_area(list: &mut Document, device: u8, id: &ContactId, area: &str) -> Vec<u8> {
        let before = contacts::get(list, id).unwrap().details;
        let after = Details { area: area.to_owned(), ..before.clone() };
        let write = |editor: &mut Editor<'_>| contacts::update(editor, id, &before, after, None);
        list.edit(author(device), write).unwrap().1.unwrap().as_bytes().to_vec()
    }

    #[test]
    fn late_words_about_contacts_find_their_places_and_what_was_forgotten_stays_so() {
        let mut old = Document::new(Kind::Contacts);
        let (ana, _) = add(&mut old, 1, "Ana");
        let (tran, _) = add(&mut old, 3, "Mrs. Tran");
        let mut new = Document::new(Kind::Contacts);
        let is_tran = |path: &[&str]| matches!(path, ["contacts", one] if *one == tran.as_str());
        new.edit(author(1), |editor| old.rewrite_into(editor, is_tran)).unwrap();
        let places = Places::of(&old, &new);
        let places: Places = minicbor::decode(&minicbor::to_vec(&places).unwrap()).unwrap();
        assert!(!format!("{places:?}").contains(tran.as_str()), "nothing is kept of her");

        let mut changes =
            vec![set_area(&mut old, 2, &ana, "5th and Elm"), set_area(&mut old, 2, &tran, "Lane")];
        let (olga, made) = add(&mut old, 2, "Olga");
        changes.extend([made, set_area(&mut old, 2, &olga, "Back door")]);
        changes.push(b"no change at all".to_vec());
        for _ in 0..2 {
            new.edit(author(1), |editor| retell(editor, &changes, &places)).unwrap();
            let told: Vec<_> =
                contacts::all(&new).into_iter().map(|one| (one.id, one.details.area)).collect();
            assert_eq!(
                told,
                [(ana.clone(), "5th and Elm".to_owned()), (olga.clone(), "Back door".to_owned())]
            );
        }
    }
}
