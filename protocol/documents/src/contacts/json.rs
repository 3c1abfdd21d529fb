//! A contact list as JSON, out and in: for programs, and for whoever wants to look at all of it.

use serde::{Deserialize, Serialize};

use super::{Contact, ContactId, Details};
use crate::archive::StateError;
use crate::archive::state;

#[derive(Serialize, Deserialize)]
struct Book {
    format: String,
    version: u32,
    contacts: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    id: ContactId,
    details: Details,
}

/// Writes contacts, indented; the same contacts give the same bytes.
pub fn write(contacts: &[Contact]) -> String {
    let entry = |contact: &Contact| Entry { id: contact.id.clone(), details: contact.details.clone() };
    let contacts = contacts.iter().map(entry).collect();
    let book = Book { format: FORMAT.to_owned(), version: VERSION, contacts };
    format!("{}\n", serde_json::to_string_pretty(&book).unwrap_or_default())
}

/// Reads them: each with the id by which the list knows it.
pub(crate) fn read(text: &str) -> Result<Vec<(ContactId, Details)>, StateError> {
    let value: serde_json::Value = state::parse(text.as_bytes())?;
    if value.get("format").and_then(serde_json::Value::as_str) != Some(FORMAT) {
        return Err(StateError::Other);
    }
    if value.get("version").and_then(serde_json::Value::as_u64).is_none_or(|version| version > VERSION.into())
    {
        return Err(StateError::Newer);
    }
    let book: Book = serde_json::from_value(value).map_err(|error| StateError::Shape(error.to_string()))?;
    Ok(book.contacts.into_iter().map(|entry| (entry.id, entry.details)).collect())
}

const FORMAT: &str = "porchlight/contacts";
const VERSION: u32 = 1;
