//! What was said about a contact before: every change of every field, with who and when.

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, OpType};
use automerge::{ObjId, ScalarValue};
use serde::Serialize;

use super::item::shown_item;
use super::record::{KEPT, MERGED, REMOVED, Stamp};
use super::{ContactId, object};
use crate::document::{Actor, Document, timestamp};

/// One change of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Who, and when.
    #[serde(flatten)]
    pub stamp: Stamp,
    /// The key of a text field ("note"), the name of a list ("phone"), or "removed", "merged", "kept".
    pub field: String,
    /// What it said before; for a list, the entry that was taken away. Nothing if it was new.
    pub before: Option<String>,
    /// What it says since; for a list, the entry that was added. Nothing if it was cleared.
    pub after: Option<String>,
}

/// The history of a contact, newest first. Reads all changes of the document, so ask only for one contact at a time.
pub fn of(document: &Document, id: &ContactId) -> Vec<Step> {
    let automerge = document.automerge();
    let Ok(ObjId::Id(counter, actor, _)) = object(automerge, id) else { return Vec::new() };
    let created = automerge.hash_for_opid(&ObjId::Id(counter, actor.clone(), 0));
    let before = created.and_then(|hash| automerge.get_change_meta_by_hash(&hash)).map(|change| change.deps);
    let mut said = BTreeMap::<String, String>::new();
    let mut steps = Vec::new();
    for change in automerge.get_changes(&before.unwrap_or_default()) {
        let Some(who) = Actor::from_automerge(change.actor_id()).map(|actor| actor.prefix()) else {
            continue;
        };
        let stamp = Stamp { who, time: timestamp(change.timestamp()) };
        for operation in change.decode().operations {
            let ObjectId::Id(within) = &operation.obj else { continue };
            let Key::Map(key) = &operation.key else { continue };
            if within.0 != counter || within.1 != actor {
                continue;
            }
            let after = match operation.action {
                OpType::Put(ScalarValue::Str(text)) => Some(text.to_string()),
                OpType::Delete => None,
                _ => continue,
            };
            let field = key.split_once('/').map_or(key.as_str(), |(list, _)| list).to_owned();
            let before = match &after {
                Some(text) => said.insert(key.to_string(), text.clone()),
                None => said.remove(key.as_str()),
            };
            let shown = |text: Option<String>| text.map(|text| shown_item(key, &text));
            steps.push(Step {
                stamp,
                field: shown_field(&field),
                before: shown(before),
                after: shown(after),
            });
        }
    }
    steps.reverse();
    steps
}

fn shown_field(field: &str) -> String {
    match field {
        REMOVED => "removed",
        MERGED => "merged",
        KEPT => "kept",
        other => other,
    }
    .to_owned()
}
