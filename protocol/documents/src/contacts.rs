//! A group's contact list: adding, finding, editing and removing people so that nobody's addition is ever lost.

pub mod confirming;
pub mod details;
pub mod duplicates;
mod flat;
pub mod history;
pub(crate) mod item;
pub mod json;
pub mod language;
pub mod late;
pub mod open;
pub mod phone;
pub mod record;
#[cfg(test)]
mod tests;
pub mod tree;

use std::collections::BTreeMap;
use std::fmt;

use automerge::{AutomergeError, ObjId, ROOT, ReadDoc, Value};
use serde::{Deserialize, Serialize};

pub use self::details::{Address, Details, Labelled, Messenger, TextField};
pub use self::phone::Phone;
pub use self::record::{Conflict, Contact, Presence, Stamp, Standing, Version};
use crate::document::{Document, DocumentName};
use crate::editor::Editor;
use crate::field;
use crate::ledger::Ledger;

/// Names one contact in a list: 16 letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContactId(String);

impl ContactId {
    /// Takes a key of the document, or what a person typed for one.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_ascii_lowercase())
    }

    /// Whether it is one that this app makes.
    pub(crate) fn is_well_formed(&self) -> bool {
        self.0.len() == 16 && self.0.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    }

    /// The key in the document.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// All contacts, sorted by the name shown; those that were removed are among them, marked.
pub fn all(document: &Document) -> Vec<Contact> {
    let mut contacts = record::all(document);
    contacts
        .sort_by_cached_key(|contact| (field::fold(&contact.details.shown_name(None)), contact.id.clone()));
    contacts
}

/// The contacts that nobody removed, and those about whose removal there is a question; sorted by the name shown.
pub fn list(document: &Document) -> Vec<Contact> {
    let mut contacts = all(document);
    contacts.retain(Contact::is_listed);
    contacts
}

/// A contact and all that were merged into it, which are about the same person.
pub fn with_merged(all: &[Contact], id: &ContactId) -> Vec<ContactId> {
    let mut ids = vec![id.clone()];
    let mut next = 0;
    while let Some(id) = ids.get(next).cloned() {
        let merged = all.iter().filter(|contact| contact.merged_into() == Some(&id));
        let new: Vec<ContactId> =
            merged.map(|contact| contact.id.clone()).filter(|id| !ids.contains(id)).collect();
        ids.extend(new);
        next = next.saturating_add(1);
    }
    ids
}

/// Whether a contact is there, and if not, since when and as whom they are known now.
pub fn standing(document: &Document, name: &DocumentName, ledger: &Ledger, id: &ContactId) -> Standing {
    record::standing(document, name, ledger, id)
}

/// One contact, removed or not.
pub fn get(document: &Document, id: &ContactId) -> Option<Contact> {
    record::get(document, id)
}

/// The listed contacts in which every word of `query` occurs: in a name, a text, a tag, a language, a number.
pub fn search(document: &Document, query: &str) -> Vec<Contact> {
    let mut contacts = list(document);
    contacts.retain(|contact| contact.matches(query));
    contacts
}

/// Adds a contact. Numbers are read with the group's default country.
pub fn add(
    editor: &mut Editor<'_>,
    details: Details,
    country: Option<&str>,
) -> Result<ContactId, ContactError> {
    let details = details.tidy(country);
    if details.is_empty() {
        return Err(ContactError::Empty);
    }
    add_flat(editor, &details.to_flat(), None)
}

/// Adds what a contact says by the keys of the document, under the id that it had elsewhere, if nobody has it here.
pub(crate) fn add_flat(
    editor: &mut Editor<'_>,
    flat: &BTreeMap<String, String>,
    id: Option<&ContactId>,
) -> Result<ContactId, ContactError> {
    let list = container(editor.reader())?;
    let free = id.filter(|id| id.is_well_formed() && object(editor.reader(), id).is_err());
    let id = free.cloned().unwrap_or_else(|| ContactId(editor.fresh_key()));
    editor.put_texts(&list, id.as_str(), flat)?;
    Ok(id)
}

/// Writes what differs between `before`, as it was shown to the person who edits, and `after`; everything else keeps
/// what others wrote meanwhile.
pub fn update(
    editor: &mut Editor<'_>,
    id: &ContactId,
    before: &Details,
    after: Details,
    country: Option<&str>,
) -> Result<(), ContactError> {
    let object = present(editor, id)?;
    let before = before.to_flat();
    let after = after.tidy_beside(&before, country);
    if after.is_empty() {
        return Err(ContactError::Empty);
    }
    write_difference(editor, &object, &before, &after.to_flat())
}

/// Settles a conflict: this is what the field says from now on. An empty text clears it.
pub fn settle(
    editor: &mut Editor<'_>,
    id: &ContactId,
    text: TextField,
    value: &str,
) -> Result<(), ContactError> {
    let object = present(editor, id)?;
    let value = text.clean(value);
    if value.is_empty() {
        editor.delete(&object, text.key())?;
    } else {
        editor.put(&object, text.key(), value)?;
    }
    Ok(())
}

/// Marks a contact as removed, with the reason if one is given. All it says stays in the document until it is
/// forgotten for good, and an edit that had not seen the mark turns it into a question. Said again, it is the answer
/// "remove for everyone".
pub fn remove(editor: &mut Editor<'_>, id: &ContactId, reason: &str) -> Result<(), ContactError> {
    let object = object(editor.reader(), id)?;
    // Where it stands in the log decides from when on they do not count.
    editor.claim();
    let reason: String = field::clean_line(reason).chars().take(field::LINE_LIMIT).collect();
    editor.put_again(&object, record::REMOVED, &reason)?;
    Ok(())
}

/// Takes the mark of removal away: the answer "keep" to the question, and the way back from a mistake.
pub fn keep(editor: &mut Editor<'_>, id: &ContactId) -> Result<(), ContactError> {
    let object = object(editor.reader(), id)?;
    if editor.reader().get(&object, record::REMOVED)?.is_none() {
        return Ok(());
    }
    editor.delete(&object, record::REMOVED)?;
    editor.delete(&object, record::MERGED)?;
    // Somebody else may say "remove" at the same time; this makes sure that theirs has not seen all there is.
    editor.put_again(&object, record::KEPT, "yes")?;
    Ok(())
}

fn present(editor: &Editor<'_>, id: &ContactId) -> Result<ObjId, ContactError> {
    let object = object(editor.reader(), id)?;
    match record::presence(editor, &object) {
        Presence::Removed { .. } => Err(ContactError::Removed(id.clone())),
        Presence::Here | Presence::Asked { .. } => Ok(object),
    }
}

pub(crate) fn write_difference(
    editor: &mut Editor<'_>,
    object: &ObjId,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Result<(), ContactError> {
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        editor.delete(object, key)?;
    }
    for (key, value) in after.iter().filter(|(key, value)| before.get(*key) != Some(value)) {
        editor.put(object, key, value.as_str())?;
    }
    Ok(())
}

pub(crate) fn container(reader: &impl ReadDoc) -> Result<ObjId, ContactError> {
    match reader.get(ROOT, "contacts")? {
        Some((Value::Object(_), object)) => Ok(object),
        _ => Err(ContactError::NotContacts),
    }
}

pub(crate) fn object(reader: &impl ReadDoc, id: &ContactId) -> Result<ObjId, ContactError> {
    match reader.get(container(reader)?, id.as_str())? {
        Some((Value::Object(_), object)) => Ok(object),
        _ => Err(ContactError::Unknown(id.clone())),
    }
}

/// Why the contact list was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ContactError {
    /// Nothing was said by which anybody could be recognized.
    #[error("a contact needs a name, a number or something else to know it by")]
    Empty,
    /// There is none of this id.
    #[error("there is no contact {0}")]
    Unknown(ContactId),
    /// It was removed; keep it first.
    #[error("the contact {0} was removed; it can be kept, then edited")]
    Removed(ContactId),
    /// The document has no contact list in it: the caller opened another kind.
    #[error("this document is not a contact list")]
    NotContacts,
    /// Automerge refused.
    #[error("the contact list could not be written")]
    Write(#[from] AutomergeError),
}
