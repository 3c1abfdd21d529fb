//! What a contact says once a row is added to it, and what changed by that.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Flag, Prefer};
use crate::contacts::TextField;
use crate::contacts::item;

/// What a contact says, by the keys of the document.
pub(super) type Flat = BTreeMap<String, String>;

/// How a row is added to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It is a newer card of the same person: what it says holds, and what came with the older card and is not in it
    /// goes. What people added here stays.
    Update,
    /// It is about the same person: what is new is added.
    Merge(Prefer),
}

/// One change of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The key of a text field ("note"), or the name of a list ("phone").
    pub field: String,
    /// What it said before, or the entry that goes.
    pub before: Option<String>,
    /// What it says now, or the entry that comes.
    pub after: Option<String>,
}

/// Adds a row to a contact. A card with an id of another address book marks what it brings. Gives what the contact says then, and what a person should know.
pub(super) fn combine(here: &Flat, there: &Flat, how: How, has_uid: bool) -> (Flat, Vec<Flag>) {
    if how == How::Update && is_older(here, there) {
        return (here.clone(), vec![Flag::Older]);
    }
    let mut combined = here.clone();
    let mut flags = Vec::new();
    if how == How::Update && has_uid {
        combined.retain(|key, item| !item::is_from_card(item) || there.contains_key(key));
    }
    for (key, theirs) in there {
        let ours = here.get(key);
        let value = match (TextField::from_key(key), ours) {
            (Some(TextField::Revision), _) => continue,
            (None, None) if has_uid => item::from_card(key, theirs),
            (_, None) => theirs.clone(),
            (Some(field), Some(ours)) => text(field, ours, theirs, how, &mut flags),
            (None, Some(ours)) => item::joined_item(key, ours, theirs, how == How::Update),
        };
        combined.insert(key.clone(), value);
    }
    if let Some(revision) = there.get(TextField::Revision.key())
        && !changes(here, &combined).is_empty()
    {
        combined.insert(TextField::Revision.key().to_owned(), revision.clone());
    }
    (combined, flags)
}

fn text(field: TextField, ours: &str, theirs: &str, how: How, flags: &mut Vec<Flag>) -> String {
    if ours == theirs {
        return ours.to_owned();
    }
    match how {
        How::Update | How::Merge(Prefer::There) => theirs.to_owned(),
        // Two notes are two things to know; one that holds the other is enough.
        How::Merge(Prefer::Here) if field == TextField::Note => match () {
            () if ours.contains(theirs) => ours.to_owned(),
            () if theirs.contains(ours) => theirs.to_owned(),
            () => format!("{ours}\n{theirs}"),
        },
        How::Merge(Prefer::Here) => {
            flags.push(Flag::Differs { field, here: ours.to_owned(), there: theirs.to_owned() });
            ours.to_owned()
        }
    }
}

fn is_older(here: &Flat, there: &Flat) -> bool {
    let key = TextField::Revision.key();
    match (here.get(key), there.get(key)) {
        (Some(here), Some(there)) => {
            let common = here.len().min(there.len());
            there.get(..common) < here.get(..common)
        }
        _ => false,
    }
}

/// What differs between two states, without the stamp of the card.
pub(super) fn changes(before: &Flat, after: &Flat) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut keys: Vec<_> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys.into_iter().filter(|key| *key != TextField::Revision.key()) {
        let (before, after) = (before.get(key), after.get(key));
        if before != after {
            let field = key.split_once('/').map_or(key.as_str(), |(list, _)| list).to_owned();
            let shown = |text: Option<&String>| text.map(|text| item::shown_item(key, text));
            changes.push(Change { field, before: shown(before), after: shown(after) });
        }
    }
    changes
}
