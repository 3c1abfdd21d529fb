//! What a document says now, as JSON that loses nothing: the form is written down in protocol/README.md, "Archives".
//!
//! Maps are objects and texts are strings. Whatever else a later version may put there is an array that begins with the
//! word for it: `["text", …]` merges letter by letter, `["versions", shown, …]` is what several people wrote without
//! knowing of each other. What was removed is not in it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value as Stored};
use base64ct::{Base64, Encoding};
use porchlight_wire::Hash;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::contacts::record::{self, KEPT, MERGED, REMOVED};
use crate::decisions::Decision;
use crate::document::{Document, DocumentName, Kind};
use crate::ledger::Ledger;
use crate::notes::body;
use crate::removal::{self, Presence};
use crate::schedule::act;

/// What one document says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// `porchlight/document`.
    pub format: String,
    /// The version of the form: 1.
    pub version: u32,
    /// What the document is for.
    pub kind: Kind,
    /// Which one of that kind; empty where a group has just one.
    #[serde(default)]
    pub key: String,
    /// What it says, by its root maps and lists.
    pub content: Map<String, Value>,
    /// The keys of those maps in which the order of the group's log counts, in that order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub order: BTreeMap<String, Vec<String>>,
    /// Of a decision: who cast each vote, by the key of the vote.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub voters: BTreeMap<String, Writer>,
    /// Of a decision: what it had come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Value>,
}

/// Who wrote something, for a group that does not know them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Writer {
    /// The member's id in hex.
    pub member: String,
    /// What they were called.
    pub name: String,
    /// The contact that is about them.
    pub contact: Option<String>,
}

impl State {
    /// What a document says; nothing if it was removed or says nothing.
    pub fn of(document: &Document, name: &DocumentName, ledger: &Ledger) -> Option<Self> {
        let reader = document.automerge();
        let mark = match name.kind {
            Kind::Note => Some("note"),
            Kind::Decision => Some("decision"),
            _ => None,
        };
        let marked = mark.and_then(|mark| map_at(reader, mark));
        let presence = marked.as_ref().map_or(Presence::Here, |map| removal::of_document(reader, map));
        if !presence.is_shown() {
            return None;
        }
        let removed = removed(document);
        let mut content = map(reader, &ROOT, &|object| removed.contains(object));
        clean(&mut content, name.kind);
        if content.values().all(is_nothing) {
            return None;
        }
        Some(Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            kind: name.kind,
            key: name.key.clone(),
            order: order(reader, name, ledger),
            content,
            voters: BTreeMap::new(),
            outcome: None,
        })
    }

    /// Adds what a decision had come to, and who voted.
    pub fn with_outcome(mut self, decision: &Decision, voters: BTreeMap<String, Writer>) -> Self {
        self.outcome = serde_json::to_value(decision).ok();
        self.voters = voters;
        self
    }

    /// The document's name.
    pub fn name(&self) -> DocumentName {
        DocumentName { kind: self.kind, key: self.key.clone() }
    }

    /// The JSON, indented; the same state gives the same bytes.
    pub fn to_json(&self) -> String {
        // Nothing here fails to be written: all keys are text, and no value refuses.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, StateError> {
        let value: Value = parse(bytes)?;
        if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err(StateError::Other);
        }
        if value.get("version").and_then(Value::as_u64).is_none_or(|version| version > VERSION.into()) {
            return Err(StateError::Newer);
        }
        if value.get("kind").and_then(Value::as_str).is_none_or(|kind| Kind::from_word(kind).is_none()) {
            return Err(StateError::Newer);
        }
        serde_json::from_value(value).map_err(|error| StateError::Shape(error.to_string()))
    }

    /// The ids of the contacts in it, in the order in which they are brought in.
    pub fn contact_ids(&self) -> Vec<String> {
        self.map("contacts").into_iter().map(|(id, _)| id).collect()
    }

    /// What a group's index calls its members.
    pub fn member_names(&self) -> BTreeMap<String, String> {
        let names = self.map("members").into_iter().filter_map(|(key, value)| {
            let member = key.strip_suffix("/name")?;
            Some((member.to_owned(), text(&value)?.to_owned()))
        });
        names.collect()
    }

    /// The members that a group's index tells of, and the contact that is about each.
    pub fn member_contacts(&self) -> BTreeMap<String, Option<String>> {
        let mut members = BTreeMap::new();
        for (key, value) in self.map("members") {
            let Some((member, part)) = key.split_once('/') else { continue };
            let contact: &mut Option<String> = members.entry(member.to_owned()).or_default();
            if part == "contact" {
                *contact = text(&value).map(str::to_owned);
            }
        }
        members
    }

    /// One of its root maps.
    pub(crate) fn map(&self, name: &str) -> Map<String, Value> {
        self.content.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// The entries of one of its root maps, in the order of the log where it has one.
    pub(crate) fn entries(&self, name: &str) -> Vec<(String, Value)> {
        let mut map = self.map(name);
        let order = self.order.get(name).cloned().unwrap_or_default();
        let mut entries: Vec<(String, Value)> =
            order.into_iter().filter_map(|key| Some((key.clone(), map.remove(&key)?))).collect();
        entries.extend(map);
        entries
    }
}

/// Parses JSON, and says where it is wrong.
pub(crate) fn parse<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, StateError> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    serde_json::from_slice(bytes)
        .map_err(|error| StateError::Damaged { line: error.line(), column: error.column() })
}

/// The text that is shown of a value: of several versions the first.
pub(crate) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(parts) => match parts.as_slice() {
            [word, first, ..] if word == VERSIONS || word == TEXT => text(first),
            _ => None,
        },
        _ => None,
    }
}

fn map(reader: &Automerge, object: &ObjId, is_left_out: &impl Fn(&ObjId) -> bool) -> Map<String, Value> {
    let mut content = Map::new();
    for item in reader.map_range(object, ..) {
        let key = item.key.to_string();
        let all =
            if item.conflict { reader.get_all(object, key.as_str()).unwrap_or_default() } else { Vec::new() };
        let shown = match reader.get(object, key.as_str()) {
            Ok(Some((_, id))) if is_left_out(&id) => None,
            Ok(Some((shown, id))) => value(reader, &shown, &id, is_left_out),
            _ => None,
        };
        let Some(shown) = shown else { continue };
        let mut versions = vec![shown];
        // Automerge gives the version that everybody shows last.
        for (other, id) in all.into_iter().rev().filter(|(other, _)| other.is_scalar()) {
            let other = value(reader, &other, &id, is_left_out);
            versions.extend(other.filter(|other| !versions.contains(other)));
        }
        let shown = if versions.len() > 1 {
            versions.insert(0, VERSIONS.into());
            Value::Array(versions)
        } else {
            versions.remove(0)
        };
        content.insert(key, shown);
    }
    content
}

fn value(
    reader: &Automerge,
    value: &Stored<'_>,
    id: &ObjId,
    is_left_out: &impl Fn(&ObjId) -> bool,
) -> Option<Value> {
    Some(match value {
        Stored::Object(ObjType::Map | ObjType::Table) => Value::Object(map(reader, id, is_left_out)),
        Stored::Object(ObjType::Text) => json!([TEXT, reader.text(id).ok()?]),
        Stored::Object(ObjType::List) => {
            let mut list = Vec::new();
            for item in reader.list_range(id, ..) {
                if !is_left_out(&item.id())
                    && let Ok(Some((item, id))) = reader.get(id, item.index)
                {
                    list.extend(self::value(reader, &item, &id, is_left_out));
                }
            }
            Value::Array(list)
        }
        Stored::Scalar(scalar) => match scalar.as_ref() {
            ScalarValue::Str(text) => text.as_str().into(),
            ScalarValue::Int(number) => json!(["int", number]),
            ScalarValue::Uint(number) => json!(["uint", number]),
            ScalarValue::F64(number) => json!(["number", number]),
            ScalarValue::Boolean(flag) => json!(["flag", flag]),
            ScalarValue::Timestamp(time) => json!(["time", time]),
            ScalarValue::Counter(counter) => json!(["counter", i64::from(counter)]),
            ScalarValue::Bytes(bytes) => json!(["bytes", Base64::encode_string(bytes)]),
            ScalarValue::Null => json!(["null"]),
            ScalarValue::Unknown { .. } => return None,
        },
    })
}

/// The objects that stand for what was removed.
fn removed(document: &Document) -> BTreeSet<ObjId> {
    let reader = document.automerge();
    match document.kind() {
        Kind::Contacts => {
            let known = record::known(reader).into_iter().filter(|known| known.is_removed);
            known.filter_map(|known| crate::contacts::object(reader, &known.id).ok()).collect()
        }
        Kind::Note => body::lines(reader, None)
            .into_iter()
            .filter(body::Stored::is_removed)
            .map(|line| line.object)
            .collect(),
        _ => BTreeSet::new(),
    }
}

/// Takes out the marks of removals that somebody's edit overruled, and what only they need.
fn clean(content: &mut Map<String, Value>, kind: Kind) {
    let marks = |value: &mut Value| {
        if let Some(map) = value.as_object_mut() {
            map.retain(|key, _| !matches!(key.as_str(), REMOVED | MERGED | KEPT));
        }
    };
    match kind {
        Kind::Contacts => {
            let all = content.get_mut("contacts").and_then(Value::as_object_mut);
            all.into_iter().flat_map(Map::values_mut).for_each(marks);
        }
        Kind::Note => {
            content.get_mut("note").into_iter().for_each(marks);
            let lines = content.get_mut("lines").and_then(Value::as_array_mut);
            lines.into_iter().flatten().for_each(marks);
        }
        Kind::Decision => content.get_mut("decision").into_iter().for_each(marks),
        // Somebody may have noted down from an archive what others had said: that is what they said.
        Kind::Schedule => {
            let acts = content.get_mut("acts").and_then(Value::as_object_mut);
            for value in acts.into_iter().flat_map(Map::values_mut) {
                if let Value::String(text) = value {
                    *text = act::first_hand(text);
                }
            }
        }
        Kind::Index => {}
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// The keys of the maps whose entries are Claims, in the order of the log; what waits comes last, as it was made.
fn order(reader: &Automerge, name: &DocumentName, ledger: &Ledger) -> BTreeMap<String, Vec<String>> {
    let maps: &[&str] = match name.kind {
        Kind::Schedule => &["acts"],
        Kind::Decision => &["options", "votes", "rulings"],
        _ => &[],
    };
    let mut order = BTreeMap::new();
    for map in maps {
        let Some(object) = map_at(reader, map) else { continue };
        let mut keys: Vec<_> = reader
            .map_range(&object, ..)
            .map(|item| {
                let id = item.id();
                let place =
                    reader.hash_for_opid(&id).and_then(|hash| ledger.get(name, Hash::from_bytes(hash.0)));
                let made = match id {
                    ObjId::Id(number, actor, _) => (number, actor.to_bytes().to_vec()),
                    ObjId::Root => (0, Vec::new()),
                };
                ((place.is_none(), place, made), item.key.to_string())
            })
            .collect();
        keys.sort();
        if !keys.is_empty() {
            order.insert((*map).to_owned(), keys.into_iter().map(|(_, key)| key).collect());
        }
    }
    order
}

pub(crate) fn map_at(reader: &impl ReadDoc, name: &str) -> Option<ObjId> {
    match reader.get(ROOT, name) {
        Ok(Some((Stored::Object(ObjType::Map), object))) => Some(object),
        _ => None,
    }
}

pub(crate) const FORMAT: &str = "porchlight/document";
const VERSION: u32 = 1;
const VERSIONS: &str = "versions";
pub(crate) const TEXT: &str = "text";

/// Why the JSON of a document is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// It is not JSON.
    #[error("not readable from line {line}, letter {column}")]
    Damaged {
        /// The line, from 1.
        line: usize,
        /// The letter in it, from 1.
        column: usize,
    },
    /// It is JSON of something else.
    #[error("not a document of this app")]
    Other,
    /// A newer version wrote it.
    #[error("a newer version of the app wrote it: update to read it")]
    Newer,
    /// Something is missing, or is of another form.
    #[error("not as a document should be: {0}")]
    Shape(String),
}
