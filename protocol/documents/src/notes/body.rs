//! The lines of a note as the document holds them: each is a map with a running text, so that letters merge within a
//! line, lines keep their order, and a line that is removed is only marked.
//!
//! ```text
//! lines: [ { text: Text, ? box: "open" | "done", ? owner, ? due, ? removed: fingerprint, ? kept } … ]
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::iter::{DocItem, DocObjItem};
use automerge::{AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValueRef, Value, ValueRef};
use sha2::{Digest, Sha256};

use super::line::{Parts, Task};
use crate::contacts::record::{KEPT, REMOVED};
use crate::editor::Editor;

pub(crate) const BOX: &str = "box";
pub(crate) const OWNER: &str = "owner";
pub(crate) const DUE: &str = "due";
const TEXT: &str = "text";
const DONE: &str = "done";
const OPEN: &str = "open";

/// One line as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) object: ObjId,
    /// Its running text; a line without one is none that this version made.
    pub(crate) text_object: Option<ObjId>,
    /// What stands in the running text.
    pub(crate) text: String,
    /// What stands beside it.
    pub(crate) task: Option<Task>,
    /// The two together.
    pub(crate) parts: Parts,
    /// What two people wrote without knowing of each other.
    pub(crate) in_conflict: Vec<&'static str>,
    kept: String,
    marks: Vec<String>,
}

impl Stored {
    fn new(object: ObjId) -> Self {
        Self {
            object,
            text_object: None,
            text: String::new(),
            task: None,
            parts: Parts::default(),
            in_conflict: Vec::new(),
            kept: String::new(),
            marks: Vec::new(),
        }
    }

    /// Whether somebody removed it.
    pub(crate) fn is_marked(&self) -> bool {
        !self.marks.is_empty()
    }

    /// Whether somebody removed it who knew what it says now.
    pub(crate) fn is_removed(&self) -> bool {
        self.is_marked() && self.marks.contains(&self.fingerprint())
    }

    /// What tells whether a line still says what it said when it was removed.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.parts.write());
        hasher.update([0]);
        hasher.update(&self.kept);
        let mut bytes = [0; 10];
        for (byte, hashed) in bytes.iter_mut().zip(hasher.finalize()) {
            *byte = hashed;
        }
        crate::editor::key_of(bytes)
    }

    fn take(&mut self, key: &str, value: &str) {
        match key {
            BOX => self.task.get_or_insert_default().done = value == DONE,
            OWNER => value.clone_into(&mut self.task.get_or_insert_default().owner),
            DUE => value.clone_into(&mut self.task.get_or_insert_default().due),
            KEPT => value.clone_into(&mut self.kept),
            _ => {}
        }
    }
}

/// All lines in their order, those that were removed among them; as they are, or as they were at some changes.
pub(crate) fn lines(reader: &impl ReadDoc, at: Option<&[ChangeHash]>) -> Vec<Stored> {
    let Some(list) = list(reader) else { return Vec::new() };
    let mut lines: Vec<Stored> = Vec::new();
    let mut maps = BTreeMap::new();
    let mut texts = BTreeMap::new();
    let mut inside: Option<(Arc<ObjId>, Option<usize>)> = None;
    for DocObjItem { obj, item } in reader.iter_at(&list, at) {
        if *obj == list {
            if let DocItem::List(item) = item
                && matches!(item.value, ValueRef::Object(ObjType::Map))
            {
                maps.insert(item.id(), lines.len());
                lines.push(Stored::new(item.id()));
            }
            continue;
        }
        let place = match &inside {
            Some((last, place)) if Arc::ptr_eq(last, &obj) => *place,
            _ => maps.get(&*obj).or_else(|| texts.get(&*obj)).copied(),
        };
        inside = Some((obj, place));
        let Some((place, line)) = place.and_then(|place| Some((place, lines.get_mut(place)?))) else {
            continue;
        };
        match item {
            DocItem::Text(span) => line.text.push_str(span.as_str()),
            DocItem::Map(item) => match &item.value {
                ValueRef::Object(ObjType::Text) if item.key == TEXT => {
                    texts.insert(item.id(), place);
                    line.text_object = Some(item.id());
                }
                ValueRef::Scalar(ScalarValueRef::Str(_)) if item.key == REMOVED => {
                    line.marks = marks(reader, &line.object, at);
                }
                ValueRef::Scalar(ScalarValueRef::Str(value)) => {
                    let known = [BOX, OWNER, DUE].into_iter().find(|key| item.key == *key);
                    if item.conflict {
                        line.in_conflict.extend(known);
                    }
                    line.take(&item.key, value);
                }
                _ => {}
            },
            DocItem::List(_) => {}
        }
    }
    for line in &mut lines {
        line.parts = Parts::stored(line.text.clone(), line.task.clone());
    }
    lines
}

fn marks(reader: &impl ReadDoc, object: &ObjId, at: Option<&[ChangeHash]>) -> Vec<String> {
    let all = match at {
        Some(heads) => reader.get_all_at(object, REMOVED, heads),
        None => reader.get_all(object, REMOVED),
    };
    let texts = all.unwrap_or_default().into_iter();
    texts.filter_map(|(value, _)| value.as_str().map(str::to_owned)).collect()
}

pub(crate) fn list(reader: &impl ReadDoc) -> Option<ObjId> {
    match reader.get(ROOT, "lines") {
        Ok(Some((Value::Object(ObjType::List), list))) => Some(list),
        _ => None,
    }
}

/// Puts a new line at a place of the list.
pub(crate) fn insert(
    editor: &mut Editor<'_>,
    list: &ObjId,
    place: usize,
    line: &str,
) -> Result<(), AutomergeError> {
    let parts = Parts::read(line);
    let object = editor.insert_text(list, place, TEXT, &parts.text)?;
    set_task(editor, &object, None, parts.task.as_ref())
}

/// Writes what differs between two states of what stands beside a line's text.
pub(crate) fn set_task(
    editor: &mut Editor<'_>,
    object: &ObjId,
    before: Option<&Task>,
    after: Option<&Task>,
) -> Result<(), AutomergeError> {
    if before == after {
        return Ok(());
    }
    let Some(after) = after else {
        return [BOX, OWNER, DUE].into_iter().try_for_each(|key| editor.delete(object, key));
    };
    if before.is_none_or(|before| before.done != after.done) {
        editor.put(object, BOX, if after.done { DONE } else { OPEN })?;
    }
    let none = Task::default();
    let before = before.unwrap_or(&none);
    for (key, old, new) in [(OWNER, &before.owner, &after.owner), (DUE, &before.due, &after.due)] {
        match () {
            () if old == new => {}
            () if new.is_empty() => editor.delete(object, key)?,
            () => editor.put(object, key, new.as_str())?,
        }
    }
    Ok(())
}

/// Marks a line as removed by somebody who sees it as it is.
pub(crate) fn remove(editor: &mut Editor<'_>, line: &Stored) -> Result<(), AutomergeError> {
    editor.put_again(&line.object, REMOVED, &line.fingerprint())
}

/// Takes the mark away, in a way that whoever says "remove" at the same time has not seen.
pub(crate) fn keep(editor: &mut Editor<'_>, line: &Stored) -> Result<(), AutomergeError> {
    if !line.is_marked() {
        return Ok(());
    }
    editor.delete(&line.object, REMOVED)?;
    let fresh = editor.fresh_key();
    editor.put_again(&line.object, KEPT, &fresh)
}
