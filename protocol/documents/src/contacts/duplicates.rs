//! Finding two entries that may be about the same person, and making one of them.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ObjType, ROOT, ReadDoc, Value};
use serde::Serialize;

use super::details::{Details, TextField};
use super::record::{self, MERGED, REMOVED};
use super::{Contact, ContactError, ContactId, object, present, write_difference};
use crate::document::Document;
use crate::editor::Editor;

/// Two contacts that share a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Duplicate {
    /// A number that both have, in E.164 or as its digits where the country is unknown.
    pub number: String,
    /// The two, in the order of their ids.
    pub contacts: [ContactId; 2],
    /// What each of them is called.
    pub names: [String; 2],
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

/// How many pairs are looked at in one go: of those who all share one number, each may be paired with each.
pub const MOST_PAIRS: usize = 200;

/// The pairs of listed contacts that share a number and of which nobody said that they are different people: each pair
/// once, by their number, at most [`MOST_PAIRS`].
pub fn find(document: &Document, contacts: &[Contact], country: Option<&str>) -> Vec<Duplicate> {
    let mut known = apart(document);
    let mut numbers = BTreeMap::<String, BTreeMap<&ContactId, &Contact>>::new();
    for contact in contacts.iter().filter(|contact| contact.is_listed()) {
        for phone in &contact.details.phones {
            let mut phone = phone.clone();
            if phone.e164.is_none() {
                phone.read(country);
            }
            let number = phone.e164.clone().unwrap_or_else(|| phone.key());
            numbers.entry(number).or_default().insert(&contact.id, contact);
        }
    }
    let mut found = Vec::new();
    for (number, people) in &numbers {
        let mut others = people.values();
        while let Some(one) = others.next() {
            for other in others.clone() {
                if found.len() == MOST_PAIRS {
                    return found;
                }
                if known.insert(pair(&one.id, &other.id)) {
                    let named = |contact: &Contact| contact.details.shown_name(country);
                    found.push(Duplicate {
                        number: number.clone(),
                        contacts: [one.id.clone(), other.id.clone()],
                        names: [named(one), named(other)],
                    });
                }
            }
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
    into: &ContactId,
    from: &ContactId,
    details: Details,
    country: Option<&str>,
) -> Result<(), ContactError> {
    if into == from {
        return Err(ContactError::Unknown(from.clone()));
    }
    let object = present(editor, into)?;
    let gone = present(editor, from)?;
    let mut known = record::known(editor.reader()).into_iter();
    let before = known.find(|contact| contact.id == *into).map(|contact| contact.flat).unwrap_or_default();
    write_difference(editor, &object, &before, &details.tidy_beside(&before, country).to_flat())?;
    // From there on in the log, whatever was said of the one is said of the other.
    editor.claim();
    editor.put(&gone, MERGED, into.as_str())?;
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
