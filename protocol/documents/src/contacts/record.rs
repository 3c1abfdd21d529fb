//! A contact as it is read: its details, the versions nobody chose between, and whether it was removed.

use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::iter::{DocItem, DocObjItem, MapRangeItem};
use automerge::transaction::Transaction;
use automerge::{
    ActorId, Automerge, ChangeHash, ObjId, ReadDoc, ScalarValue, ScalarValueRef, Value, ValueRef,
};
use minicbor::{Decode, Encode};
use porchlight_wire::{ActorPrefix, Hash, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::details::{Details, TextField};
use super::{ContactId, container, phone};
use crate::document::{Actor, Document, DocumentName, is_same_operation, timestamp};
use crate::editor::Editor;
use crate::field;
use crate::ledger::Ledger;

/// The mark of removal; its value is the reason.
pub(crate) const REMOVED: &str = "removed";
/// The id of the contact that this one was merged into.
pub(crate) const MERGED: &str = "merged";
/// Written by "keep", so that it counts as an edit.
pub(crate) const KEPT: &str = "kept";

/// One contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Which one.
    pub id: ContactId,
    /// What is said about it; where versions conflict, the one that all devices show first.
    pub details: Details,
    /// The fields that two people changed without knowing of each other, until somebody settles them.
    pub conflicts: Vec<Conflict>,
    /// Whether it was removed.
    pub presence: Presence,
}

/// One field with more than one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// Which field.
    pub field: TextField,
    /// The versions; the first is the one in [`Contact::details`].
    pub versions: Vec<Version>,
}

/// What one person wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// The text.
    #[n(0)]
    pub text: String,
    /// Who wrote it, and when.
    #[n(1)]
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// Who did something, and when by their clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "camelCase")]
pub struct Stamp {
    /// The device; the roster knows whose it is. Hex in JSON.
    #[n(0)]
    #[serde(serialize_with = "prefix_as_hex", deserialize_with = "prefix_from_hex")]
    pub who: ActorPrefix,
    /// When. Milliseconds since 1970 in JSON.
    #[n(1)]
    #[serde(serialize_with = "time_as_millis", deserialize_with = "time_from_millis")]
    pub time: Timestamp,
}

/// Whether a contact is in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Presence {
    /// It is.
    Here,
    /// Somebody removed it, knowing all that is said about it.
    Removed {
        /// Who, and when.
        by: Stamp,
        /// Why, if they said so.
        reason: String,
        /// The contact that it was merged into.
        into: Option<ContactId>,
    },
    /// Somebody removed it and somebody else changed it without knowing: keep it, or remove it for everyone?
    Asked {
        /// Who removed it, and when.
        by: Stamp,
        /// Why, if they said so.
        reason: String,
        /// The contact that it was merged into.
        into: Option<ContactId>,
        /// Who changed it meanwhile. Empty if all they did was take something away.
        changed: Vec<Stamp>,
    },
}

impl Contact {
    /// Whether it is shown in the list.
    pub fn is_listed(&self) -> bool {
        !matches!(self.presence, Presence::Removed { .. })
    }

    /// The contact that it was made one with, if it was and nobody kept it since.
    pub fn merged_into(&self) -> Option<&ContactId> {
        match &self.presence {
            Presence::Removed { into, .. } => into.as_ref(),
            Presence::Here | Presence::Asked { .. } => None,
        }
    }

    /// Whether every word of the query occurs somewhere. Digits are also looked for in numbers without their blanks.
    pub fn matches(&self, query: &str) -> bool {
        let versions =
            self.conflicts.iter().flat_map(|conflict| conflict.versions.iter().map(|v| v.text.clone()));
        let flat = self.details.to_flat();
        let shown = std::iter::once(self.details.shown_name(None));
        let numbers =
            self.details.phones.iter().map(|phone| format!("{} {}", phone.key(), phone.shown(None)));
        let texts =
            flat.into_iter().filter(|(key, _)| key != TextField::Revision.key() && !key.starts_with("uid/"));
        let all: Vec<_> = shown.chain(texts.map(|(_, text)| text)).chain(versions).chain(numbers).collect();
        let all = field::fold(&all.join("\n"));
        let digits = phone::digits(query);
        let is_number = digits.len() >= 3 && query.chars().all(|l| !l.is_alphabetic());
        (is_number && self.details.phones.iter().any(|phone| is_within(phone, &digits)))
            || field::fold(query).split(' ').all(|word| all.contains(word))
    }
}

fn is_within(phone: &phone::Phone, digits: &str) -> bool {
    let national = digits.trim_start_matches('0');
    phone::digits(&phone.number).contains(digits)
        || (!national.is_empty() && phone.e164.as_deref().is_some_and(|e164| e164.contains(national)))
}

impl Conflict {
    /// All versions in one text, for "keep both".
    pub fn both(&self) -> String {
        let texts: Vec<_> = self.versions.iter().map(|version| version.text.as_str()).collect();
        texts.join(if matches!(self.field, TextField::Note | TextField::Availability) { "\n" } else { " / " })
    }
}

pub(super) fn all(document: &Document) -> Vec<Contact> {
    let reader = document.automerge();
    gather_all(reader).into_iter().map(|(id, gathered)| read(reader, id, gathered)).collect()
}

/// A contact as an import looks at it: what it says by the keys of the document, and whether it is in the list.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) id: ContactId,
    pub(crate) flat: BTreeMap<String, String>,
    pub(crate) is_removed: bool,
    pub(crate) into: Option<ContactId>,
}

/// All contacts as an import looks at them.
pub(crate) fn known(reader: &impl Source) -> Vec<Known> {
    let known = gather_all(reader).into_iter().map(|(id, gathered)| {
        let (is_removed, into) = match gathered.presence(reader) {
            Presence::Removed { into, .. } => (true, into),
            Presence::Here | Presence::Asked { .. } => (false, None),
        };
        Known { id, flat: gathered.flat.into_iter().collect(), is_removed, into }
    });
    known.collect()
}

pub(super) fn get(document: &Document, id: &ContactId) -> Option<Contact> {
    let reader = document.automerge();
    let object = super::object(reader, id).ok()?;
    let mut gathered = Gathered::new(object.clone());
    reader.map_range(&object, ..).for_each(|item| gathered.add(&item));
    Some(read(reader, id.clone(), gathered))
}

/// Whether something that is said of a contact, or its being there, was written at such a time.
pub(super) fn is_written(reader: &impl Source, id: &ContactId, is_such: impl Fn(Timestamp) -> bool) -> bool {
    let Ok(object) = super::object(reader, id) else { return false };
    let at = |operation: &ObjId| stamp(reader, operation).is_some_and(|stamp| is_such(stamp.time));
    at(&object) || reader.map_range(&object, ..).any(|item| at(&item.id()))
}

pub(super) fn presence(editor: &Editor<'_>, object: &ObjId) -> Presence {
    let reader = editor.reader();
    match reader.get(object, REMOVED) {
        Ok(Some(_)) => removal(reader, object),
        _ => Presence::Here,
    }
}

/// What reading needs beyond [`ReadDoc`]: when an operation was made.
pub(crate) trait Source: ReadDoc {
    fn hash_of(&self, operation: &ObjId) -> Option<ChangeHash>;
    fn time_of(&self, hash: &ChangeHash) -> i64;
    /// Who made the changes that are not among these and what they build on, and when.
    fn since(&self, heads: &[ChangeHash]) -> Vec<(ActorId, i64)>;
}

impl Source for Automerge {
    fn hash_of(&self, operation: &ObjId) -> Option<ChangeHash> {
        self.hash_for_opid(operation)
    }

    fn time_of(&self, hash: &ChangeHash) -> i64 {
        self.get_change_meta_by_hash(hash).map_or(0, |change| change.timestamp)
    }

    fn since(&self, heads: &[ChangeHash]) -> Vec<(ActorId, i64)> {
        let changes = self.get_changes_meta(heads).into_iter();
        changes.map(|change| (change.actor.into_owned(), change.timestamp)).collect()
    }
}

impl Source for Transaction<'_> {
    fn hash_of(&self, operation: &ObjId) -> Option<ChangeHash> {
        self.hash_for_opid(operation)
    }

    fn time_of(&self, hash: &ChangeHash) -> i64 {
        self.get_change_by_hash(hash).map_or(0, |change| change.timestamp())
    }

    fn since(&self, _: &[ChangeHash]) -> Vec<(ActorId, i64)> {
        Vec::new()
    }
}

/// What one contact's map holds.
struct Gathered {
    object: ObjId,
    /// In the order of the keys.
    flat: Vec<(String, String)>,
    in_conflict: Vec<TextField>,
    is_marked: bool,
}

impl Gathered {
    fn new(object: ObjId) -> Self {
        Self { object, flat: Vec::new(), in_conflict: Vec::new(), is_marked: false }
    }

    fn add(&mut self, item: &MapRangeItem<'_>) {
        let ValueRef::Scalar(ScalarValueRef::Str(text)) = &item.value else { return };
        match item.key.as_ref() {
            REMOVED => self.is_marked = true,
            MERGED | KEPT => {}
            key => {
                if item.conflict {
                    self.in_conflict.extend(TextField::from_key(key));
                }
                self.flat.push((key.to_owned(), text.to_string()));
            }
        }
    }

    fn presence(&self, reader: &impl Source) -> Presence {
        if self.is_marked { removal(reader, &self.object) } else { Presence::Here }
    }
}

/// What the maps of all contacts hold, in one pass over the document.
fn gather_all(reader: &impl Source) -> Vec<(ContactId, Gathered)> {
    let Ok(list) = container(reader) else { return Vec::new() };
    let mut places = BTreeMap::new();
    let mut all: Vec<(ContactId, Gathered)> = Vec::new();
    let mut place = None;
    let mut inside = None;
    for DocObjItem { obj, item } in reader.iter_at(&list, None) {
        let DocItem::Map(item) = item else { continue };
        if *obj == list {
            if matches!(item.value, ValueRef::Object(_)) {
                places.insert(item.id(), all.len());
                all.push((ContactId(item.key.to_string()), Gathered::new(item.id())));
            }
            continue;
        }
        if inside.as_ref().is_none_or(|inside| !Arc::ptr_eq(inside, &obj)) {
            place = places.get(&*obj).copied();
            inside = Some(obj);
        }
        if let Some((_, gathered)) = place.and_then(|place| all.get_mut(place)) {
            gathered.add(&item);
        }
    }
    all
}

fn read(reader: &impl Source, id: ContactId, gathered: Gathered) -> Contact {
    let presence = gathered.presence(reader);
    let conflicts =
        gathered.in_conflict.iter().filter_map(|field| conflict(reader, &gathered.object, *field)).collect();
    Contact { id, details: Details::from_flat(gathered.flat), conflicts, presence }
}

fn conflict(reader: &impl Source, object: &ObjId, field: TextField) -> Option<Conflict> {
    let versions = versions(reader, object, field.key());
    (versions.len() > 1).then_some(Conflict { field, versions })
}

/// The different texts at a key; the first is the one that everybody shows.
pub(crate) fn versions(reader: &impl Source, object: &ObjId, key: &str) -> Vec<Version> {
    let mut versions: Vec<Version> = Vec::new();
    // Automerge gives the version that everybody shows last.
    for (text, operation) in strings(reader, object, key).into_iter().rev() {
        if !versions.iter().any(|version| version.text == text)
            && let Some(stamp) = stamp(reader, &operation)
        {
            versions.push(Version { text, stamp });
        }
    }
    versions
}

/// Who removed a contact, and whether they knew all that is said about it now.
fn removal(reader: &impl Source, object: &ObjId) -> Presence {
    let marks = strings(reader, object, REMOVED);
    let Some((reason, operation)) = marks.last().cloned() else { return Presence::Here };
    let into = strings(reader, object, MERGED).pop().map(|(id, _)| ContactId(id));
    // A mark set in the edit in progress has no change yet, but whoever sets it knows everything.
    let Some(by) = stamp(reader, &operation) else { return Presence::Here };
    let seen: Option<Vec<_>> =
        marks.iter().map(|(_, mark)| Some(Seen::at(reader, object, reader.hash_of(mark)?))).collect();
    let Some(seen) = seen else { return Presence::Removed { by, reason, into } };
    let mut changed = Vec::new();
    let mut now = Vec::new();
    for (key, operation) in operations(reader, object, None) {
        if !seen.iter().any(|seen| seen.holds(&key, &operation)) {
            changed.extend(stamp(reader, &operation));
        }
        now.push(key);
    }
    let is_taken_away = seen.iter().all(|seen| seen.operations.iter().any(|(key, _)| !now.contains(key)));
    changed.sort();
    changed.dedup_by_key(|stamp| stamp.who);
    if changed.is_empty() && !is_taken_away {
        Presence::Removed { by, reason, into }
    } else {
        Presence::Asked { by, reason, into, changed }
    }
}

/// Whether a contact is there for what the order of the log decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is none of this id, or not any more.
    Unknown,
    /// It is.
    Here,
    /// It was removed at a time of the log. Of what was removed before that was noted in the log, it is the time by
    /// the clock of whoever did it.
    Removed(Timestamp),
    /// It was made one with another at a time of the log; zero where that was not noted there.
    Merged(ContactId, Timestamp),
}

pub(super) fn standing(
    document: &Document,
    name: &DocumentName,
    ledger: &Ledger,
    id: &ContactId,
) -> Standing {
    let reader = document.automerge();
    let Ok(object) = super::object(reader, id) else { return Standing::Unknown };
    match removal(reader, &object) {
        Presence::Here | Presence::Asked { .. } => Standing::Here,
        Presence::Removed { by, into, .. } => {
            let marks = strings(reader, &object, REMOVED).into_iter();
            let hashes = marks.filter_map(|(_, mark)| reader.hash_of(&mark));
            let places = hashes.filter_map(|hash| ledger.get(name, Hash::from_bytes(hash.0)));
            let since = places.min().map(|place| place.time);
            match into {
                Some(into) => Standing::Merged(into, since.unwrap_or_default()),
                None => Standing::Removed(since.unwrap_or(by.time)),
            }
        }
    }
}

/// What somebody knew about a contact when they removed it.
struct Seen {
    operations: Vec<(String, ObjId)>,
}

impl Seen {
    fn at(reader: &impl Source, object: &ObjId, hash: ChangeHash) -> Self {
        Self { operations: operations(reader, object, Some(hash)) }
    }

    fn holds(&self, key: &str, operation: &ObjId) -> bool {
        self.operations.iter().any(|(other, seen)| other == key && is_same_operation(seen, operation))
    }
}

/// The operations behind all that is said about a contact, now or as of a change.
fn operations(reader: &impl Source, object: &ObjId, at: Option<ChangeHash>) -> Vec<(String, ObjId)> {
    let mut operations = Vec::new();
    let items = match at {
        Some(hash) => reader.map_range_at(object, .., &[hash]),
        None => reader.map_range(object, ..),
    };
    for item in items.filter(|item| item.key != REMOVED && item.key != MERGED) {
        if item.conflict {
            let all = match at {
                Some(hash) => reader.get_all_at(object, item.key.as_ref(), &[hash]),
                None => reader.get_all(object, item.key.as_ref()),
            };
            operations.extend(all.unwrap_or_default().into_iter().map(|(_, id)| (item.key.to_string(), id)));
        } else {
            operations.push((item.key.to_string(), item.id()));
        }
    }
    operations
}

pub(crate) fn strings(reader: &impl ReadDoc, object: &ObjId, key: &str) -> Vec<(String, ObjId)> {
    let values = reader.get_all(object, key).unwrap_or_default();
    values
        .into_iter()
        .filter_map(|(value, operation)| match value {
            Value::Scalar(value) => match value.as_ref() {
                ScalarValue::Str(text) => Some((text.to_string(), operation)),
                _ => None,
            },
            Value::Object(_) => None,
        })
        .collect()
}

pub(crate) fn stamp(reader: &impl Source, operation: &ObjId) -> Option<Stamp> {
    let who = Actor::of_operation(operation)?.prefix();
    let time = reader.hash_of(operation).map_or(0, |hash| reader.time_of(&hash));
    Some(Stamp { who, time: timestamp(time) })
}

fn prefix_as_hex<S: Serializer>(prefix: &ActorPrefix, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(prefix)
}

fn time_as_millis<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.millis())
}

fn prefix_from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ActorPrefix, D::Error> {
    let text = String::deserialize(deserializer)?;
    ActorPrefix::from_hex(&text).ok_or_else(|| serde::de::Error::custom("not the name of a device"))
}

fn time_from_millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    u64::deserialize(deserializer).map(Timestamp::from_millis)
}
