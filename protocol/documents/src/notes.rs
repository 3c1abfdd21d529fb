//! Notes and the minutes of meetings: a text in Markdown that merges letter by letter, tasks in it, who was there, and
//! which decisions belong to it. Reading a note never writes.

pub(crate) mod body;
mod history;
mod kept;
pub(crate) mod line;
mod template;
mod update;

use automerge::{AutomergeError, ChangeHash, ObjId, ROOT, ReadDoc, ScalarValueRef, Value, ValueRef};
use minicbor::{Decode, Encode};
use porchlight_wire::Hash;
use serde::{Deserialize, Serialize};

use self::body::Stored;
use crate::contacts::Version;
use crate::contacts::item::Item;
use crate::contacts::record;
use crate::document::Document;
use crate::editor::Editor;
use crate::field;
use crate::removal::{self, Presence};

pub use self::history::{Compared, LineChange, Span, compare, history, whole_version};
pub use self::kept::{LAYOUT, from_kept, to_keep};
pub use self::line::Task;
pub use self::template::{Template, template};

/// What stands above a note. Empty strings mean "nothing said".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", default)]
pub struct Heading {
    /// What it is about.
    #[n(0)]
    pub title: String,
    /// The day of the meeting, `2026-01-31`.
    #[n(1)]
    pub date: String,
    /// Where it was.
    #[n(2)]
    pub place: String,
}

/// A note as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// What stands above it; where versions conflict, the one that all devices show first.
    #[serde(flatten)]
    #[n(0)]
    pub heading: Heading,
    /// Names this state of the note: give it back with an edit, or compare with it later.
    #[n(1)]
    pub version: String,
    /// Its text in Markdown.
    #[cbor(skip)]
    pub text: String,
    /// The same line by line.
    #[n(3)]
    pub lines: Vec<Line>,
    /// Who was there, by the key of the entry.
    #[n(4)]
    pub attendance: Vec<Attendee>,
    /// The keys of the decisions that belong to it.
    #[n(5)]
    pub decisions: Vec<String>,
    /// Fields of the heading that two people changed without knowing of each other.
    #[n(6)]
    pub conflicts: Vec<Conflict>,
    /// Whether it was removed.
    #[n(7)]
    pub presence: Presence,
}

/// One line of a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Names it for as long as the note is there.
    #[n(0)]
    pub id: String,
    /// As people write it, box and all.
    #[n(1)]
    pub text: String,
    /// What is to be done, without box, bullet, owner and day, if it is a task.
    #[n(2)]
    pub what: Option<String>,
    /// Its box, owner and day, if it is a task.
    #[n(3)]
    pub task: Option<Task>,
    /// Who removed it while who changed it; nothing if there is no question.
    #[n(4)]
    pub asked: Option<Presence>,
    /// What two people wrote as its owner or day without knowing of each other.
    #[n(5)]
    pub conflicts: Vec<Conflict>,
}

/// One field with more than one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// "title", "date", "place"; "owner" or "due" of a task; "box" says "open" and "done".
    #[n(0)]
    pub field: String,
    /// The versions; the first is the one that is shown.
    #[n(1)]
    pub versions: Vec<Version>,
}

/// Somebody in the list of who was there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase", default)]
pub struct Attendee {
    /// `contact/…` or `member/…` with an id, or anything else for people who are neither; made of the name if empty.
    #[n(0)]
    pub key: String,
    /// What they were called then.
    #[n(1)]
    pub name: String,
    /// "here", "late", "excused", "absent", or any other word.
    #[n(2)]
    pub state: String,
}

/// An answer to "somebody removed this, somebody else changed it meanwhile".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// Keep it.
    Keep,
    /// Remove it for everyone.
    Remove,
}

/// The note as it is.
pub fn note(document: &Document) -> Note {
    let reader = document.automerge();
    let stored = body::lines(reader, None);
    let lines: Vec<Line> =
        stored.iter().filter(|line| !line.is_removed()).map(|line| shown(document, line)).collect();
    let map = map(reader, "note").ok();
    let presence = map.as_ref().map_or(Presence::Here, |map| removal::of_document(reader, map));
    let conflicts = map.as_ref().map(|map| conflicts(reader, map, &FIELDS)).unwrap_or_default();
    Note {
        heading: heading(document),
        version: document.version(),
        text: whole_text(&lines),
        lines,
        attendance: attendance(document),
        decisions: decisions(document),
        conflicts,
        presence,
    }
}

/// What stands above a note.
pub fn heading(document: &Document) -> Heading {
    heading_at(document.automerge(), None)
}

fn whole_text(lines: &[Line]) -> String {
    lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
}

impl Note {
    /// Its tasks, in their order; none if it was removed.
    pub fn tasks(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| self.presence.is_shown() && line.task.is_some())
    }

    /// The tasks that are not done. An empty box, as the template of minutes ends with, is nobody's task yet.
    pub fn open_tasks(&self) -> impl Iterator<Item = &Line> {
        self.tasks().filter(|line| {
            let is_said = line.what.as_ref().is_some_and(|what| !what.is_empty());
            is_said && line.task.as_ref().is_some_and(|task| !task.done)
        })
    }

    /// Whether each of these words is in it: in its heading, in its text or among the names of who was there.
    pub fn has_words(&self, words: &str) -> bool {
        let Heading { title, date, place } = &self.heading;
        let lines = self.lines.iter().map(|line| &line.text);
        let names = self.attendance.iter().map(|attendee| &attendee.name);
        let all = [title, date, place].into_iter().chain(lines).chain(names);
        let text = field::fold(&all.map(String::as_str).collect::<Vec<_>>().join(" "));
        field::fold(words).split(' ').all(|word| text.contains(word))
    }
}

/// By what the open tasks of all notes are sorted: those with a day first, the earliest before the others.
pub fn urgency(line: &Line) -> (bool, String) {
    let due = line.task.as_ref().map(|task| task.due.clone()).unwrap_or_default();
    (due.is_empty(), due)
}

/// Writes what differs between a heading as it was shown and as it shall be.
pub fn set_heading(editor: &mut Editor<'_>, before: &Heading, after: &Heading) -> Result<(), NoteError> {
    let map = map(editor.reader(), "note")?;
    let (before, after) = (fields(before), fields(after));
    for ((key, before), (_, after)) in before.into_iter().zip(after) {
        let value: String = field::clean_line(after).chars().take(field::LINE_LIMIT).collect();
        if key == "date" && !value.is_empty() && !line::is_day(&value) {
            return Err(NoteError::NotADay(value));
        }
        if value != before {
            put_or_delete(editor, &map, key, &value)?;
        }
    }
    Ok(())
}

/// Settles a conflict of the heading: this is what it says from now on.
pub fn settle(editor: &mut Editor<'_>, key: &str, value: &str) -> Result<(), NoteError> {
    let map = map(editor.reader(), "note")?;
    let key = FIELDS.into_iter().find(|field| *field == key).ok_or(NoteError::NoField)?;
    let value: String = field::clean_line(value).chars().take(field::LINE_LIMIT).collect();
    put_or_delete(editor, &map, key, &value)
}

/// Makes the text what `after` says, as far as that differs from what it was at the version that was shown; what others
/// wrote since then stays. Without a version, what it is now was shown.
pub fn update(editor: &mut Editor<'_>, shown: Option<&str>, after: &str) -> Result<(), NoteError> {
    if after.chars().count() > MOST_LETTERS {
        return Err(NoteError::TooLong);
    }
    let list = body::list(editor.reader()).ok_or(NoteError::NotANote)?;
    let since = shown.map(|version| hashes(editor.reader(), version)).transpose()?;
    Ok(update::update(editor, &list, since.as_deref(), after)?)
}

/// Makes a line a task, changes one, or makes it running text again.
pub fn set_task(editor: &mut Editor<'_>, line: &str, task: Option<Task>) -> Result<(), NoteError> {
    let stored = find(editor.reader(), line)?;
    let task = task.map(|task| Task {
        done: task.done,
        owner: field::clean_line(&task.owner)
            .replace(['[', ']'], "")
            .chars()
            .take(field::LINE_LIMIT)
            .collect(),
        due: task.due,
    });
    if let Some(task) = &task
        && !task.due.is_empty()
        && !line::is_day(&task.due)
    {
        return Err(NoteError::NotADay(task.due.clone()));
    }
    let after = line::Parts { text: stored.parts.text.clone(), task };
    update::set(editor, &stored, &stored, &after)?;
    // Writing what is there already settles what two people wrote.
    for key in &stored.in_conflict {
        let value = editor
            .reader()
            .get(&stored.object, *key)?
            .and_then(|(value, _)| value.as_str().map(str::to_owned));
        if let Some(value) = value {
            editor.put(&stored.object, key, value)?;
        }
    }
    Ok(())
}

/// Answers the question about a line that one removed and another changed.
pub fn answer(editor: &mut Editor<'_>, line: &str, answer: Answer) -> Result<(), NoteError> {
    let stored = find(editor.reader(), line)?;
    match answer {
        Answer::Keep => body::keep(editor, &stored)?,
        Answer::Remove => body::remove(editor, &stored)?,
    }
    Ok(())
}

/// Makes the text and the heading what they were at a version. What was written since stays in the history.
pub fn restore(editor: &mut Editor<'_>, version: &str) -> Result<(), NoteError> {
    let heads = hashes(editor.reader(), version)?;
    let then = body::lines(editor.reader(), Some(&heads));
    for now in body::lines(editor.reader(), None) {
        let before = then.iter().find(|line| line.object == now.object && !line.is_removed());
        let Some(before) = before else {
            if !now.is_removed() {
                body::remove(editor, &now)?;
            }
            continue;
        };
        if now.is_marked() && !before.is_marked() {
            body::keep(editor, &now)?;
        }
        update::set(editor, &now, &now, &before.parts)?;
    }
    let (before, after) = (heading_at(editor.reader(), None), heading_at(editor.reader(), Some(&heads)));
    set_heading(editor, &before, &after)
}

/// Writes down that somebody was there, or was not.
pub fn set_attendance(editor: &mut Editor<'_>, attendee: &Attendee) -> Result<(), NoteError> {
    let map = map(editor.reader(), "attendance")?;
    let name: String = field::clean_line(&attendee.name).chars().take(field::LINE_LIMIT).collect();
    let key = match field::clean_line(&attendee.key) {
        key if key.is_empty() => format!("name/{}", field::fold(&name)),
        key => key,
    };
    if name.is_empty() {
        return Err(NoteError::NoName);
    }
    let state: String = field::clean_line(&attendee.state).chars().take(field::LINE_LIMIT).collect();
    Ok(editor.put(&map, &key, Item::new(&name).with("state", &state).write())?)
}

/// Takes somebody off the list of who was there.
pub fn drop_attendance(editor: &mut Editor<'_>, key: &str) -> Result<(), NoteError> {
    let map = map(editor.reader(), "attendance")?;
    Ok(editor.delete(&map, key)?)
}

/// Says that a decision belongs to this note.
pub fn link_decision(editor: &mut Editor<'_>, decision: &str) -> Result<(), NoteError> {
    let map = map(editor.reader(), "decisions")?;
    Ok(editor.put(&map, field::clean_line(decision).as_str(), "yes")?)
}

/// Says that a decision does not belong to this note.
pub fn unlink_decision(editor: &mut Editor<'_>, decision: &str) -> Result<(), NoteError> {
    let map = map(editor.reader(), "decisions")?;
    Ok(editor.delete(&map, decision)?)
}

/// Marks a note as removed. An edit that had not seen the mark turns it into a question; said again, it is the answer
/// "remove for everyone".
pub fn remove(editor: &mut Editor<'_>, reason: &str) -> Result<(), NoteError> {
    let map = map(editor.reader(), "note")?;
    Ok(removal::remove(editor, &map, reason)?)
}

/// Takes the mark of removal away.
pub fn keep(editor: &mut Editor<'_>) -> Result<(), NoteError> {
    let map = map(editor.reader(), "note")?;
    Ok(removal::keep(editor, &map)?)
}

fn shown(document: &Document, line: &Stored) -> Line {
    let reader = document.automerge();
    let versions = |key: &&'static str| Conflict {
        field: (*key).to_owned(),
        versions: record::versions(reader, &line.object, key),
    };
    let conflicts = line.in_conflict.iter().map(versions).filter(|conflict| conflict.versions.len() > 1);
    Line {
        id: line.object.to_string(),
        text: line.parts.write(),
        what: line.parts.task.as_ref().map(|_| line.parts.bare().to_owned()),
        task: line.parts.task.clone(),
        asked: line.is_marked().then(|| history::question(document, line)).flatten(),
        conflicts: conflicts.collect(),
    }
}

fn conflicts(reader: &automerge::Automerge, map: &ObjId, keys: &[&str]) -> Vec<Conflict> {
    let all = keys
        .iter()
        .map(|key| Conflict { field: (*key).to_owned(), versions: record::versions(reader, map, key) });
    all.filter(|conflict| conflict.versions.len() > 1).collect()
}

fn heading_at(reader: &impl ReadDoc, at: Option<&[ChangeHash]>) -> Heading {
    let text = |key: &str| {
        let map = map(reader, "note").ok()?;
        let value = match at {
            Some(heads) => reader.get_at(&map, key, heads),
            None => reader.get(&map, key),
        };
        value.ok()?.and_then(|(value, _)| value.as_str().map(str::to_owned))
    };
    let [title, date, place] = FIELDS.map(|key| text(key).unwrap_or_default());
    Heading { title, date, place }
}

fn attendance(document: &Document) -> Vec<Attendee> {
    let reader = document.automerge();
    let Ok(map) = map(reader, "attendance") else { return Vec::new() };
    let mut all: Vec<Attendee> = reader
        .map_range(&map, ..)
        .filter_map(|entry| {
            let ValueRef::Scalar(ScalarValueRef::Str(value)) = &entry.value else { return None };
            let item = Item::read(value);
            Some(Attendee { key: entry.key.to_string(), state: item.get("state"), name: item.text })
        })
        .collect();
    all.sort_by_cached_key(|attendee| (field::fold(&attendee.name), attendee.key.clone()));
    all
}

fn decisions(document: &Document) -> Vec<String> {
    let reader = document.automerge();
    map(reader, "decisions").map(|map| reader.keys(&map).collect()).unwrap_or_default()
}

fn fields(heading: &Heading) -> [(&'static str, &str); 3] {
    let [title, date, place] = FIELDS;
    [(title, &heading.title), (date, &heading.date), (place, &heading.place)]
}

fn find(reader: &impl ReadDoc, line: &str) -> Result<Stored, NoteError> {
    let mut lines = body::lines(reader, None).into_iter();
    lines.find(|stored| stored.object.to_string() == line).ok_or(NoteError::UnknownLine)
}

/// The changes that a version names, all of which must be here.
pub(crate) fn hashes(reader: &impl ReadDoc, version: &str) -> Result<Vec<ChangeHash>, NoteError> {
    let hashes = version.split('.').map(|hash| Some(ChangeHash(*Hash::from_hex(hash)?.as_bytes())));
    let hashes: Vec<ChangeHash> = hashes.collect::<Option<_>>().ok_or(NoteError::UnknownVersion)?;
    if reader.get_missing_deps(&hashes).is_empty() { Ok(hashes) } else { Err(NoteError::UnknownVersion) }
}

fn put_or_delete(editor: &mut Editor<'_>, map: &ObjId, key: &str, value: &str) -> Result<(), NoteError> {
    if value.is_empty() {
        editor.delete(map, key)?;
    } else {
        editor.put(map, key, value)?;
    }
    Ok(())
}

fn map(reader: &impl ReadDoc, name: &str) -> Result<ObjId, NoteError> {
    match reader.get(ROOT, name)? {
        Some((Value::Object(automerge::ObjType::Map), map)) => Ok(map),
        _ => Err(NoteError::NotANote),
    }
}

const FIELDS: [&str; 3] = ["title", "date", "place"];

/// More is no note, and too much for one change.
const MOST_LETTERS: usize = 1_000_000;

/// Why a note was not changed.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// The line is not in it.
    #[error("this note has no such line")]
    UnknownLine,
    /// The version is of another note, or is not here yet.
    #[error("this note has no such version")]
    UnknownVersion,
    /// Not a day as computers write it.
    #[error("“{0}” is not a day such as 2026-01-31")]
    NotADay(String),
    /// Somebody without a name was to be written down.
    #[error("a name is needed")]
    NoName,
    /// There is no such field.
    #[error("a note has a title, a date and a place")]
    NoField,
    /// Longer than anybody would read.
    #[error("the note is too long")]
    TooLong,
    /// The document has no note in it: the caller opened another kind.
    #[error("this document is not a note")]
    NotANote,
    /// Automerge refused.
    #[error("the note could not be written")]
    Write(#[from] AutomergeError),
}
