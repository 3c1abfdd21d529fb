//! Who wrote what in a note, what it said before, and what two states differ in.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::ObjectId;
use automerge::{ChangeHash, ObjId};
use porchlight_wire::{ActorPrefix, Timestamp};
use serde::Serialize;

use super::body::{self, Stored};
use super::{Heading, NoteError, hashes, heading_at};
use crate::contacts::Stamp;
use crate::contacts::record::{self, REMOVED, Source};
use crate::document::{Actor, Document, timestamp};
use crate::removal::Presence;

/// What one person wrote in one go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// The state of the note for that person when they had written it.
    pub version: String,
    /// What they had before them: compared with `version`, this is what they wrote.
    pub before: String,
    /// Who, and when they ended.
    #[serde(flatten)]
    pub stamp: Stamp,
    /// How many edits it was.
    pub edits: usize,
}

/// What two states of a note differ in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// The heading in the first.
    pub before: Heading,
    /// The heading in the second.
    pub after: Heading,
    /// The lines that differ, in their order.
    pub lines: Vec<LineChange>,
    /// The text of the first.
    pub before_text: String,
    /// The text of the second.
    pub after_text: String,
}

/// A line in which two states of a note differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineChange {
    /// Which line.
    pub id: String,
    /// What it said in the first; nothing if it was not there.
    pub before: Option<String>,
    /// What it says in the second; nothing if it is not there.
    pub after: Option<String>,
    /// Who changed it between the two, and when last.
    pub by: Vec<Stamp>,
}

/// Edits of one person that are not further apart belong together.
const ONE_GO_MILLIS: u64 = 10 * 60 * 1000;

/// All that was ever written, newest first.
pub fn history(document: &Document) -> Vec<Span> {
    let mut spans: Vec<(ChangeHash, Span)> = Vec::new();
    for change in document.automerge().get_changes_meta(&[]) {
        // The genesis was written by nobody.
        let Some(actor) = Actor::from_automerge(&change.actor).filter(|_| !change.deps.is_empty()) else {
            continue;
        };
        let stamp = Stamp { who: actor.prefix(), time: timestamp(change.timestamp) };
        match spans.last_mut() {
            Some((last, span)) if change.deps == [*last] && is_one_go(span, stamp) => {
                *last = change.hash;
                span.stamp.time = stamp.time;
                span.edits = span.edits.saturating_add(1);
            }
            _ => {
                let before = change.deps.iter().map(ChangeHash::to_string).collect::<Vec<_>>().join(".");
                spans.push((change.hash, Span { version: String::new(), before, stamp, edits: 1 }));
            }
        }
    }
    let spans = spans.into_iter().rev();
    spans.map(|(last, span)| Span { version: last.to_string(), ..span }).collect()
}

fn is_one_go(span: &Span, stamp: Stamp) -> bool {
    let apart = stamp.time.millis().saturating_sub(span.stamp.time.millis());
    span.stamp.who == stamp.who && apart <= ONE_GO_MILLIS
}

/// The version whose name begins so, also one in the middle of what somebody wrote in one go: what a history showed last
/// stays a version when its author writes on.
pub fn whole_version(document: &Document, beginning: &str) -> Result<String, NoteError> {
    let changes = document.automerge().get_changes_meta(&[]);
    let names = changes.iter().map(|change| change.hash.to_string());
    let mut fits = names.filter(|name| name.starts_with(beginning));
    match (fits.next(), fits.next()) {
        (Some(name), None) => Ok(name),
        _ => Err(NoteError::UnknownVersion),
    }
}

/// What differs between two versions of a note; without a second, between the first and what it is now. Lines that
/// others changed since a version was shown are found so as well.
pub fn compare(document: &Document, from: &str, to: Option<&str>) -> Result<Compared, NoteError> {
    let reader = document.automerge();
    let from = hashes(reader, from)?;
    let to = match to {
        Some(to) => hashes(reader, to)?,
        None => reader.get_heads(),
    };
    let before = body::lines(reader, Some(&from));
    let after = body::lines(reader, Some(&to));
    let text = |line: &Stored| (!line.is_removed()).then(|| line.parts.write());
    let old: BTreeMap<&ObjId, &Stored> = before.iter().map(|line| (&line.object, line)).collect();
    let authors = authors(document, &from, &to, &after);
    let mut lines = Vec::new();
    // Lines never leave the list, so that the newer of two states of a note has all of them; of two that went apart,
    // the first may have lines of its own.
    let new: BTreeSet<&ObjId> = after.iter().map(|line| &line.object).collect();
    let lost = before.iter().filter(|line| !new.contains(&line.object)).map(|line| (text(line), None, line));
    let all = after.iter().map(|line| (old.get(&line.object).and_then(|old| text(old)), text(line), line));
    for (before, after, line) in all.chain(lost) {
        if before != after {
            let by = authors.get(&line.object).cloned().unwrap_or_default();
            lines.push(LineChange { id: line.object.to_string(), before, after, by });
        }
    }
    let join = |lines: &[Stored]| lines.iter().filter_map(text).collect::<Vec<_>>().join("\n");
    Ok(Compared {
        before: heading_at(reader, Some(&from)),
        after: heading_at(reader, Some(&to)),
        lines,
        before_text: join(&before),
        after_text: join(&after),
    })
}

/// Who changed which line in the changes that are in `to` and not in `from`.
fn authors(
    document: &Document,
    from: &[ChangeHash],
    to: &[ChangeHash],
    lines: &[Stored],
) -> BTreeMap<ObjId, Vec<Stamp>> {
    let reader = document.automerge();
    let later: BTreeSet<ChangeHash> =
        reader.get_changes_meta(to).into_iter().map(|change| change.hash).collect();
    let mut objects: BTreeMap<(u64, Vec<u8>), &ObjId> = BTreeMap::new();
    for line in lines {
        for object in [Some(&line.object), line.text_object.as_ref()].into_iter().flatten() {
            if let ObjId::Id(counter, actor, _) = object {
                objects.insert((*counter, actor.to_bytes().to_vec()), &line.object);
            }
        }
    }
    let mut authors = BTreeMap::<ObjId, BTreeMap<ActorPrefix, Timestamp>>::new();
    for change in reader.get_changes(from) {
        let Some(who) = Actor::from_automerge(change.actor_id()).map(|actor| actor.prefix()) else {
            continue;
        };
        if later.contains(&change.hash()) {
            continue;
        }
        for operation in change.decode().operations {
            let ObjectId::Id(id) = &operation.obj else { continue };
            if let Some(line) = objects.get(&(id.0, id.1.to_bytes().to_vec())) {
                let time = timestamp(change.timestamp());
                let last = authors.entry((*line).clone()).or_default().entry(who).or_insert(time);
                *last = time.max(*last);
            }
        }
    }
    let stamps = |times: BTreeMap<ActorPrefix, Timestamp>| {
        times.into_iter().map(|(who, time)| Stamp { who, time }).collect::<Vec<_>>()
    };
    authors.into_iter().map(|(line, times)| (line, stamps(times))).collect()
}

/// Who removed a line and who changed it without knowing.
pub(super) fn question(document: &Document, line: &Stored) -> Option<Presence> {
    let reader = document.automerge();
    let marks = record::strings(reader, &line.object, REMOVED);
    let (_, last) = marks.last()?;
    let by = record::stamp(reader, last)?;
    let heads: Vec<ChangeHash> = marks.iter().filter_map(|(_, mark)| reader.hash_of(mark)).collect();
    let authors = authors(document, &heads, &reader.get_heads(), std::slice::from_ref(line));
    let mut changed = authors.into_values().next().unwrap_or_default();
    changed.sort();
    Some(Presence::Asked { by, reason: String::new(), changed })
}
