//! Makes own work anew that the log did not take, because it built on something that came by hand and never got there.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_documents::{DocumentName, Incoming, Kind, Moves};
use porchlight_wire::{Hash, Timestamp};

use super::Taken;
use crate::group::Group;
use crate::payload::Payload;
use crate::storage::{StoredCarried, StoredEdit};

/// An own Entry was set aside by everybody for what it builds on: its Changes wait again, those that built on what is
/// not there made anew without it. Not those that were applied before that was found: others may build on them already.
pub(super) fn after_refusal(
    group: &mut Group,
    payload: &Payload,
    in_log: &BTreeSet<Hash>,
    taken: &mut Taken,
) {
    let mut moves = BTreeMap::new();
    for document in &payload.documents {
        let Some(kind) = Kind::from_word(&document.kind) else { continue };
        let name = DocumentName { kind, key: document.key.clone() };
        for raw in &document.changes {
            let Ok(incoming) = Incoming::parse(raw) else { continue };
            let hash = incoming.hash();
            if in_log.contains(&hash) {
                continue;
            }
            let claim = payload.claims.iter().any(|claim| claim.change == hash);
            let edit = StoredEdit {
                kind: document.kind.clone(),
                key: document.key.clone(),
                change: raw.clone(),
                hash,
                claim,
            };
            again(group, &name, edit, moves.entry(name.clone()).or_default(), taken);
        }
    }
    group.outbox.put_in_order(&group.id, &mut taken.writes);
}

/// Carried Entries were refused for good: what they brought is not shown any more, and own Changes that built on it and
/// are not sealed yet are made anew without it.
pub(crate) fn after_drop(group: &mut Group, dropped: &[StoredCarried]) -> Taken {
    let mut taken = Taken::default();
    let gone: Vec<Hash> = dropped.iter().flat_map(|carried| carried.changes.iter().copied()).collect();
    let let_go = group.shelf.let_go(&group.id, |hash| gone.contains(hash), &mut taken.writes);
    taken.changed.extend(let_go.into_iter().map(|(name, _)| name));
    let apart = group.shelf.apart_hashes();
    let edits = group.outbox.withdraw(&group.id, |edit| apart.contains(&edit.hash), &mut taken.writes);
    let mut moves = BTreeMap::new();
    for edit in edits {
        let Some(kind) = Kind::from_word(&edit.kind) else { continue };
        let name = DocumentName { kind, key: edit.key.clone() };
        again(group, &name, edit, moves.entry(name.clone()).or_default(), &mut taken);
    }
    group.outbox.put_in_order(&group.id, &mut taken.writes);
    taken
}

/// Lets one own Change wait once more: as it was if the Document without what came by hand holds it or can take it, made
/// anew if it cannot.
fn again(group: &mut Group, name: &DocumentName, edit: StoredEdit, moves: &mut Moves, taken: &mut Taken) {
    let (id, hash) = (group.id, edit.hash);
    // At the next occasion.
    group.due.get_or_insert(Timestamp::default());
    group.shelf.let_go(&id, |other| *other == hash, &mut taken.writes);
    taken.changed.insert(name.clone());
    let Ok(document) = group.shelf.logged(name) else { return };
    if document.contains(hash) {
        group.outbox.add_edit(&id, edit, &mut taken.writes);
        return;
    }
    let Some((raw, hash)) = document.redo(&edit.change, moves) else { return };
    let edit = StoredEdit { change: raw.as_bytes().to_vec().into(), hash, ..edit };
    group.shelf.note(&id, name, &raw, &mut taken.writes);
    group.outbox.add_edit(&id, edit, &mut taken.writes);
}
