//! Finding entries that are about the same person, and making one of two.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ObjType, ROOT, ReadDoc, Value};
use serde::Serialize;

use super::details::{Details, TextField};
use super::record::{MERGED, REMOVED};
use super::{Contact, ContactError, ContactId, object, present, write_difference};
use crate::document::Document;
use crate::editor::Editor;

/// Contacts that share a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Duplicate {
    /// The number, in E.164 or as its digits where the country is unknown.
    pub number: String,
    /// Two or more contacts.
    pub contacts: Vec<ContactId>,
}

/// Two contacts made one, and where they differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    /// What one contact with all of it would say: the first one's texts where they differ, everything in the lists.
    pub details: Details,
    /// The texts in which they differ: the first one's, then the other's.
    pub differences: Vec<(TextField, String, String)>,
}

/// The listed contacts that share a number and of which nobody said that they are different people.
pub fn find(document: &Document, contacts: &[Contact], country: Option<&str>) -> Vec<Duplicate> {
    let apart = apart(document);
    let mut numbers = BTreeMap::<String, BTreeSet<&ContactId>>::new();
    for contact in contacts.iter().filter(|contact| contact.is_listed()) {
        for phone in &contact.details.phones {
            let mut phone = phone.clone();
            if phone.e164.is_none() {
                phone.read(country);
            }
            numbers.entry(phone.e164.clone().unwrap_or_else(|| phone.key())).or_default().insert(&contact.id);
        }
    }
    let mut found = Vec::new();
    for (number, ids) in numbers {
        let is_known =
            |id: &&&ContactId| ids.iter().all(|other| id == &other || apart.contains(&pair(id, other)));
        if ids.len() > 1 && !ids.iter().all(|id| is_known(&id)) {
            found.push(Duplicate { number, contacts: ids.into_iter().cloned().collect() });
        }
    }
    found
}

/// Says that two contacts are different people who share a number.
pub fn set_apart(editor: &mut Editor<'_>, one: &ContactId, other: &ContactId) -> Result<(), ContactError> {
    object(editor.reader(), one)?;
    object(editor.reader(), other)?;
    let Some((Value::Object(_), list)) = editor.reader().get(ROOT, "apart")? else {
        return Err(ContactError::NotContacts);
    };
    editor.put(&list, &pair(one, other), "yes")?;
    Ok(())
}

/// What two contacts would be as one.
pub fn propose(first: &Details, other: &Details) -> Proposal {
    let mut flat = other.to_flat();
    let mut differences = Vec::new();
    for (key, text) in first.to_flat() {
        if let Some(theirs) = flat.insert(key.clone(), text.clone())
            && let Some(field) = TextField::from_key(&key)
            && field != TextField::Revision
            && theirs != text
        {
            differences.push((field, text, theirs));
        }
    }
    Proposal { details: Details::from_flat(flat), differences }
}

/// Makes one of two: `into` says `details` from now on, `from` is marked as removed and merged.
pub fn merge(
    editor: &mut Editor<'_>,
    into: &Contact,
    from: &ContactId,
    details: Details,
    country: Option<&str>,
) -> Result<(), ContactError> {
    if into.id == *from {
        return Err(ContactError::Unknown(from.clone()));
    }
    let object = present(editor, &into.id)?;
    let gone = present(editor, from)?;
    let before = into.details.to_flat();
    write_difference(editor, &object, &before, &details.tidy_beside(&before, country).to_flat())?;
    editor.put(&gone, MERGED, into.id.as_str())?;
    editor.put_again(&gone, REMOVED, "")?;
    Ok(())
}

fn apart(document: &Document) -> BTreeSet<String> {
    match document.automerge().get(ROOT, "apart") {
        Ok(Some((Value::Object(ObjType::Map), list))) => document.automerge().keys(&list).collect(),
        _ => BTreeSet::new(),
    }
}

fn pair(one: &ContactId, other: &ContactId) -> String {
    if one < other { format!("{one}+{other}") } else { format!("{other}+{one}") }
}
