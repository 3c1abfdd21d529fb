//! The mark of removal on a whole document, and the question it becomes when somebody edits without having seen it.

use automerge::{AutomergeError, ObjId, ReadDoc};
use minicbor::{Decode, Encode};
use serde::Serialize;

use crate::contacts::Stamp;
use crate::contacts::record::{self, KEPT, REMOVED, Source};
use crate::document::{Actor, timestamp};
use crate::editor::Editor;
use crate::field;

/// Whether a note, a line of one, or a decision is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Encode, Decode)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Presence {
    /// It is.
    #[default]
    #[n(0)]
    Here,
    /// Somebody removed it, knowing all of it.
    #[n(1)]
    Removed {
        /// Who, and when.
        #[n(0)]
        by: Stamp,
        /// Why, if they said so.
        #[n(1)]
        reason: String,
    },
    /// Somebody removed it and somebody else changed it without knowing: keep it, or remove it for everyone?
    #[n(2)]
    Asked {
        /// Who removed it, and when.
        #[n(0)]
        by: Stamp,
        /// Why, if they said so.
        #[n(1)]
        reason: String,
        /// Who changed it meanwhile.
        #[n(2)]
        changed: Vec<Stamp>,
    },
}

impl Presence {
    /// Whether it is shown.
    pub fn is_shown(&self) -> bool {
        !matches!(self, Self::Removed { .. })
    }

    /// Everybody whose name a screen needs to show it.
    pub fn stamps(&self) -> Vec<Stamp> {
        match self {
            Self::Here => Vec::new(),
            Self::Removed { by, .. } => vec![*by],
            Self::Asked { by, changed, .. } => std::iter::once(*by).chain(changed.iter().copied()).collect(),
        }
    }
}

/// Sets the mark. Said again, it is the answer "remove for everyone".
pub(crate) fn remove(editor: &mut Editor<'_>, map: &ObjId, reason: &str) -> Result<(), AutomergeError> {
    let reason: String = field::clean_line(reason).chars().take(field::LINE_LIMIT).collect();
    editor.put_again(map, REMOVED, &reason)
}

/// Takes the mark away: the answer "keep", and the way back from a mistake.
pub(crate) fn keep(editor: &mut Editor<'_>, map: &ObjId) -> Result<(), AutomergeError> {
    if editor.reader().get(map, REMOVED)?.is_none() {
        return Ok(());
    }
    editor.delete(map, REMOVED)?;
    // Somebody else may say "remove" at the same time; this makes sure that theirs has not seen all there is.
    editor.put_again(map, KEPT, "yes")
}

/// Whether a document is there whose mark stands in this map. Every change that no mark had seen asks for it back.
pub(crate) fn of_document(reader: &impl Source, map: &ObjId) -> Presence {
    let marks = record::strings(reader, map, REMOVED);
    let Some((reason, last)) = marks.last().cloned() else { return Presence::Here };
    // A mark in the edit in progress has no change yet, and whoever sets it knows everything.
    let Some(by) = record::stamp(reader, &last) else { return Presence::Here };
    let hashes: Option<Vec<_>> = marks.iter().map(|(_, mark)| reader.hash_of(mark)).collect();
    let Some(hashes) = hashes else { return Presence::Removed { by, reason } };
    let mut changed: Vec<Stamp> = reader
        .since(&hashes)
        .into_iter()
        .filter_map(|(actor, time)| {
            let who = Actor::from_automerge(&actor)?.prefix();
            Some(Stamp { who, time: timestamp(time) })
        })
        .collect();
    changed.sort();
    changed.dedup_by_key(|stamp| stamp.who);
    if changed.is_empty() {
        Presence::Removed { by, reason }
    } else {
        Presence::Asked { by, reason, changed }
    }
}
