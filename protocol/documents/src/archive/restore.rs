//! Brings what an archive says of a document into the document here: what is missing comes, what differs stays as it is
//! here and is told, and nothing that is here goes.

mod shifts;

use std::collections::{BTreeMap, BTreeSet};

use automerge::{AutomergeError, ObjId, ObjType, ReadDoc};
use porchlight_wire::GroupId;
use serde_json::{Map, Value};

use super::report::{Outcome, Part, Reason, Row};
use super::state::{self, State, TEXT};
use crate::contacts::item::Item;
use crate::contacts::{ContactId, Details, tree};
use crate::decisions::{Decision, PAST, SPAN};
use crate::document::{Document, DocumentName};
use crate::editor::Editor;
use crate::import::{Format, Preview, Row as Person};
use crate::index::Group;
use crate::index::circles::{self, Circle};
use crate::ledger::Ledger;

pub use self::shifts::{People, Titles, add_person, people_named, series_titles, shifts, titles_here};

/// What is to be written into a document, and what will have been done with each thing.
#[derive(Clone, Debug, Default)]
pub struct Restore {
    /// What becomes of each thing.
    pub rows: Vec<Row>,
    puts: Vec<Put>,
    done: usize,
}

#[derive(Clone, Debug)]
enum Put {
    /// A value in one of the root maps.
    Value { map: String, key: String, value: Value },
    /// A line at the end of a note.
    Line(Map<String, Value>),
}

impl Restore {
    /// Whether all of it was written.
    pub fn is_done(&self) -> bool {
        self.done >= self.puts.len()
    }

    /// Writes the next of it. An edit that fails may be tried again.
    pub fn run(&mut self, editor: &mut Editor<'_>, most: usize) -> Result<(), AutomergeError> {
        let end = self.done.saturating_add(most).min(self.puts.len());
        for put in self.puts.get(self.done..end).unwrap_or_default() {
            match put {
                Put::Value { map, key, value } => {
                    let Some(object) = state::map_at(editor.reader(), map) else { continue };
                    put_value(editor, &object, key, value)?;
                    if is_claim(map, key) {
                        editor.claim();
                    }
                }
                Put::Line(line) => put_line(editor, line)?,
            }
        }
        self.done = end;
        Ok(())
    }

    fn row(&mut self, name: impl Into<String>, outcome: Outcome) {
        self.rows.push(Row::new(name, outcome));
    }

    fn put(&mut self, map: &str, key: &str, value: Value) {
        self.puts.push(Put::Value { map: map.to_owned(), key: key.to_owned(), value });
    }
}

/// What an archive says of people, to be brought in like any list of people; each keeps the id it had.
pub fn contacts(state: &State, country: Option<&str>) -> Preview {
    let rows = state.map("contacts").into_iter().enumerate().map(|(place, (id, value))| {
        let flat: BTreeMap<String, String> = value
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), state::text(value)?.to_owned())))
            .collect();
        let details = Details::from_flat(flat.clone());
        let number = place.saturating_add(1);
        let id = ContactId::new(&id);
        Person::known(number, details.shown_name(country), details, (id, flat))
    });
    Preview::of(Format::Json, rows.collect(), country)
}

/// The calls that were made, and who are different people, once everybody is here under the ids of `people`.
pub fn beside_contacts(document: &Document, state: &State, people: &People) -> Restore {
    let mut restore = Restore::default();
    let here = here(document);
    let id = |id: &str| match people.get(&format!("c.{id}")) {
        Some(known) => known.as_ref().ok()?.strip_prefix("c.").map(str::to_owned),
        None => Some(id.to_owned()),
    };
    for (key, value) in state.map("apart") {
        if let Some((one, other)) = key.split_once('+')
            && let (Some(one), Some(other)) = (id(one), id(other))
        {
            let key = if one < other { format!("{one}+{other}") } else { format!("{other}+{one}") };
            if one != other && entry(&here, "apart", &key).is_none() {
                restore.put("apart", &key, value);
            }
        }
    }
    for (key, value) in state.map("tree") {
        if let Some((round, contact)) = key.rsplit_once('/')
            && let Some(contact) = id(contact)
        {
            let key = format!("{round}/{contact}");
            if entry(&here, "tree", &key).is_none() {
                let begun =
                    contact.is_empty().then(|| state::text(&value).map(tree::without_clock)).flatten();
                restore.put("tree", &key, begun.map_or(value, Value::from));
            }
        }
    }
    if !restore.puts.is_empty() {
        restore.rows.push(Row::new("", Outcome::Added).about(Part::PhoneTree));
    }
    restore
}

/// What a group says about itself: what is not said here yet.
pub fn index(here: &Group, state: &State) -> (Group, Vec<Row>) {
    let there = state.map("group");
    let mut group = here.clone();
    let (mut come, mut differ) = (Vec::new(), Vec::new());
    for (key, ours) in
        [("country", &mut group.country), ("locale", &mut group.locale), ("zone", &mut group.zone)]
    {
        match (there.get(key).and_then(state::text), ours.as_deref()) {
            (Some(theirs), None) => {
                *ours = Some(theirs.to_owned());
                come.push(key.to_owned());
            }
            (Some(theirs), Some(own)) if theirs != own => differ.push(key.to_owned()),
            _ => {}
        }
    }
    let name = there.get("name").and_then(state::text).unwrap_or_default().to_owned();
    if name != here.name {
        differ.push("name".to_owned());
    }
    let outcome = match () {
        () if !come.is_empty() => Outcome::Changed { with: String::new(), fields: come },
        () if !differ.is_empty() => Outcome::Kept { fields: differ },
        () => Outcome::Unchanged,
    };
    (group, vec![Row::new(name, outcome)])
}

/// Which circles are to be listed: those that were never in the list here. `group` is the one whose list it is.
pub fn circles(document: &Document, state: &State, group: GroupId) -> (Vec<(GroupId, Circle)>, Vec<Row>) {
    let there = state.map(circles::MAP);
    let texts = there.iter().filter_map(|(key, value)| Some((key.as_str(), state::text(value)?)));
    let here = circles::circles(document);
    let (mut come, mut rows) = (Vec::new(), Vec::new());
    for (id, circle) in circles::listed(texts) {
        let outcome = match (here.get(&id), circle.checked()) {
            (_, Err(error)) => Outcome::Refused { why: error.to_string() },
            (Some(ours), Ok(_)) => {
                let parts = [("name", ours.name != circle.name), ("purpose", ours.purpose != circle.purpose)];
                let differ = parts.into_iter().filter(|(_, differs)| *differs);
                let fields: Vec<String> = differ.map(|(part, _)| part.to_owned()).collect();
                if fields.is_empty() { Outcome::Unchanged } else { Outcome::Kept { fields } }
            }
            (None, Ok(_)) if id == group => Outcome::LeftOut { why: Reason::ThisGroup },
            (None, Ok(_)) if circles::is_taken_off(document, &id) => {
                Outcome::LeftOut { why: Reason::OffTheList }
            }
            (None, Ok(circle)) => {
                come.push((id, circle));
                Outcome::Added
            }
        };
        rows.push(Row::new(circle.name, outcome));
    }
    (come, rows)
}

/// A note.
pub fn note(document: &Document, state: &State) -> Restore {
    let title = state.map("note").get("title").and_then(state::text).unwrap_or_default().to_owned();
    let mut restore = Restore::default();
    let outcome = match State::of(document, &state.name(), &Ledger::new()) {
        Some(here) => compare(&here, state),
        None if is_new(document) => {
            for map in ["note", "attendance", "decisions"] {
                for (key, value) in state.map(map) {
                    restore.put(map, &key, shown(value));
                }
            }
            let lines = state.content.get("lines").and_then(Value::as_array);
            restore.puts.extend(
                lines.into_iter().flatten().filter_map(|line| Some(Put::Line(line.as_object()?.clone()))),
            );
            Outcome::Added
        }
        None => Outcome::LeftOut { why: Reason::RemovedHere },
    };
    restore.row(title, outcome);
    restore
}

/// A decision. `now` is what the one here has come to, if there is one. One that is closed comes as the record of what
/// was decided; in one that is open, the answers so far are written down on behalf of those who gave them.
pub fn decision(document: &Document, state: &State, now: Option<&Decision>) -> Restore {
    let outcome = state.outcome.clone().unwrap_or(Value::Null);
    let title = outcome.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut restore = Restore::default();
    let result = match State::of(document, &state.name(), &Ledger::new()) {
        Some(_) if now.is_some_and(|now| is_same_decision(now, &outcome)) => Outcome::Unchanged,
        Some(here) => compare(&here, state),
        None if !is_new(document) => Outcome::LeftOut { why: Reason::RemovedHere },
        None => {
            for (key, value) in state.map("decision") {
                restore.put("decision", &key, shown(value));
            }
            let is_record = state.map("decision").contains_key(PAST);
            let is_closed = outcome.get("stage").and_then(Value::as_str) == Some("closed");
            if is_closed && !is_record {
                restore.put("decision", PAST, Value::String(outcome.to_string()));
            } else if !is_record {
                restore.open_decision(state);
            }
            Outcome::Added
        }
    };
    restore.row(title, result);
    restore
}

impl Restore {
    fn open_decision(&mut self, state: &State) {
        for map in ["options", "rulings"] {
            for (key, value) in state.entries(map) {
                // What closed it had not come to the log of the other group, and is none of this one's.
                let is_close =
                    state::text(&value).is_some_and(|text| !Item::read(text).get("close").is_empty());
                if !is_close {
                    self.put(map, &key, without_span(shown(value)));
                }
            }
        }
        for (key, value) in state.entries("votes") {
            let Some(vote) = state::text(&value) else { continue };
            let mut vote = Item::read(vote);
            if vote.get("for").is_empty()
                && let Some(voter) = state.voters.get(&key)
            {
                let whom = voter.contact.clone().unwrap_or_else(|| format!("archive-{}", voter.member));
                vote = vote.with("for", &whom).with("name", &voter.name).with("how", "archive");
            }
            self.put("votes", &key, Value::String(vote.write()));
        }
    }
}

/// Whether two states of a decision came to the same, whoever brought them here.
fn is_same_decision(one: &Decision, other: &Value) -> bool {
    let one = serde_json::to_value(one).unwrap_or_default();
    let bare = |value: &Value| {
        let mut value = value.clone();
        if let Some(map) = value.as_object_mut() {
            map.retain(|key, _| !matches!(key.as_str(), "archived" | "presence"));
        }
        value
    };
    bare(&one) == bare(other)
}

fn compare(here: &State, there: &State) -> Outcome {
    let keys: BTreeSet<&String> = here.content.keys().chain(there.content.keys()).collect();
    let side = |state: &State, key: &str| shown(state.content.get(key).cloned().unwrap_or(Value::Null));
    let mut fields = Vec::new();
    for key in keys {
        if side(here, key) != side(there, key) {
            fields.push(key.clone());
        }
    }
    if fields.is_empty() { Outcome::Unchanged } else { Outcome::Kept { fields } }
}

/// A value without the versions that are not shown.
fn shown(value: Value) -> Value {
    match value {
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, shown(value))).collect(),
        Value::Array(list) if list.first().is_some_and(|word| word == "versions") => {
            list.into_iter().nth(1).map_or(Value::Null, shown)
        }
        Value::Array(list) => list.into_iter().map(shown).collect(),
        other => other,
    }
}

fn here(document: &Document) -> Map<String, Value> {
    let name = DocumentName { kind: document.kind(), key: String::new() };
    State::of(document, &name, &Ledger::new()).map(|state| state.content).unwrap_or_default()
}

fn entry<'a>(content: &'a Map<String, Value>, map: &str, key: &str) -> Option<&'a Value> {
    content.get(map)?.as_object()?.get(key)
}

/// What counts by its order in the log.
fn is_claim(map: &str, key: &str) -> bool {
    match map {
        "acts" | "options" | "votes" | "rulings" => true,
        "shifts" | "series" => ["/when", "/place", "/again"].iter().any(|field| key.ends_with(field)),
        _ => false,
    }
}

/// A time to answer runs from the log of the other group: it ends when it was to end there.
fn without_span(value: Value) -> Value {
    let Some(text) = state::text(&value) else { return value };
    let mut item = Item::read(text);
    if item.parts.remove(SPAN).is_some() { Value::String(item.write()) } else { value }
}

fn is_new(document: &Document) -> bool {
    document.heads() == Document::new(document.kind()).heads()
}

fn put_value(
    editor: &mut Editor<'_>,
    object: &ObjId,
    key: &str,
    value: &Value,
) -> Result<(), AutomergeError> {
    match value {
        Value::String(text) => editor.put(object, key, text.as_str()),
        Value::Object(map) => {
            let there = editor.container(object, key, ObjType::Map)?;
            map.iter().try_for_each(|(key, value)| put_value(editor, &there, key, value))
        }
        Value::Array(_) => match state::text(value) {
            Some(text) => editor.put(object, key, text),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn put_line(editor: &mut Editor<'_>, line: &Map<String, Value>) -> Result<(), AutomergeError> {
    let Some(list) = crate::notes::body::list(editor.reader()) else { return Ok(()) };
    let place = editor.reader().length(&list);
    let text = line.get(TEXT).and_then(state::text).unwrap_or_default();
    let object = editor.insert_text(&list, place, TEXT, text)?;
    let rest = line.iter().filter(|(key, _)| *key != TEXT);
    for (key, value) in rest {
        if let Some(text) = state::text(value) {
            editor.put(&object, key, text)?;
        }
    }
    Ok(())
}
