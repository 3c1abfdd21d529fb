//! The phone tree: who calls whom, worked out from the list the same on all devices, and how far the calling is.
//!
//! Nothing of the tree is stored but the rounds that were begun and the calls that were made:
//! `tree: { "<round>/": when, "<round>/<contact>": state }`.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ObjType, ROOT, ReadDoc, Value};
use serde::{Deserialize, Serialize};

use self::seats::Seats;
use super::record::{Contact, strings};
use super::{ContactError, ContactId, object};
use crate::document::Document;
use crate::editor::Editor;
use crate::field;

mod rounds;
mod seats;

pub use self::rounds::{Round, TOGETHER, begin, round, rounds, settle, without_clock};

/// Nobody calls more people than this.
pub const FAN_OUT: usize = 4;

/// One person in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    /// Who.
    pub contact: ContactId,
    /// What they are called.
    pub name: String,
    /// Their number as people write it; nothing for those who must be visited.
    pub number: Option<String>,
    /// Who calls them; nothing for the first.
    pub caller: Option<ContactId>,
    /// Who takes over their calls if they do not react; nothing if they make none.
    pub backup: Option<ContactId>,
    /// A language that both speak, the one they prefer first; nothing if the two have none in common.
    pub language: Option<String>,
    /// Whom they call, at most [`FAN_OUT`].
    pub calls: Vec<ContactId>,
    /// How far it is with them.
    pub state: Call,
}

/// How far a call is. Where two people say different things, what is further holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Call {
    /// Nobody tried.
    #[default]
    Open,
    /// Somebody tried and will try again.
    Tried,
    /// They did not react: their backup makes their calls.
    NoAnswer,
    /// They know.
    Reached,
}

impl Call {
    /// The word for it in the document.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Tried => "tried",
            Self::NoAnswer => "no-answer",
            Self::Reached => "reached",
        }
    }

    /// The state with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Open, Self::Tried, Self::NoAnswer, Self::Reached]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// Works the tree out from the listed contacts, and adds how far a round of calls is. `first` begins; without it,
/// whoever speaks most languages. Each is called by somebody who speaks a language of theirs, where there is one who can.
pub fn tree(
    document: &Document,
    contacts: &[Contact],
    first: Option<&ContactId>,
    round: &Round,
    country: Option<&str>,
) -> Vec<Branch> {
    let states = states(document, round);
    let mut people: Vec<&Contact> = contacts.iter().filter(|contact| contact.is_listed()).collect();
    // Whoever speaks more comes earlier, so that there is somebody to call the others.
    people.sort_by_key(|contact| {
        (Some(&contact.id) != first, !is_callable(contact), usize::MAX - spoken(contact).len(), &contact.id)
    });
    let seats = Seats::of(people);
    let id = |place: usize| seats.person(place).map(|contact| contact.id.clone());
    let branch = |place: usize| {
        let contact = seats.person(place)?;
        let caller = seats.caller(place);
        Some(Branch {
            contact: contact.id.clone(),
            name: contact.details.shown_name(country),
            number: contact.details.phones.first().map(|phone| phone.shown(country)),
            caller: caller.and_then(id),
            backup: None,
            language: caller.and_then(|caller| seats.language(caller, place)).map(str::to_owned),
            calls: seats.calls(place).iter().copied().filter_map(id).collect(),
            state: states.get(contact.id.as_str()).copied().unwrap_or_default(),
        })
    };
    let mut branches: Vec<Branch> = seats.order().into_iter().filter_map(branch).collect();
    add_backups(&mut branches);
    branches
}

/// Says how far it is with somebody in a round of calls.
pub fn mark(
    editor: &mut Editor<'_>,
    round: &Round,
    contact: &ContactId,
    state: Call,
) -> Result<(), ContactError> {
    object(editor.reader(), contact)?;
    let Some((Value::Object(ObjType::Map), map)) = editor.reader().get(ROOT, "tree")? else {
        return Err(ContactError::NotContacts);
    };
    for (place, name) in round.names.iter().enumerate() {
        let key = key(name, contact.as_str());
        // What is said of a round under another of its names would go on holding.
        if place == 0 || editor.reader().get(&map, &key)?.is_some() {
            editor.put(&map, &key, state.word())?;
        }
    }
    Ok(())
}

/// The tree as a page to print or to read aloud: every caller with their backup, and below whom they call.
pub fn page(branches: &[Branch]) -> String {
    let name = |id: &ContactId| {
        let branch = branches.iter().find(|branch| branch.contact == *id);
        branch.map(|branch| branch.name.as_str()).unwrap_or_default()
    };
    let mut page = String::new();
    for caller in branches.iter().filter(|branch| !branch.calls.is_empty()) {
        page.push_str(&match &caller.backup {
            Some(backup) if caller.state == Call::NoAnswer => {
                format!("{} calls for {}, who did not react\n", name(backup), caller.name)
            }
            Some(backup) => format!("{} calls  (backup: {})\n", caller.name, name(backup)),
            None => format!("{} calls\n", caller.name),
        });
        for called in branches.iter().filter(|branch| branch.caller.as_ref() == Some(&caller.contact)) {
            let number = called.number.as_deref().unwrap_or("no number: visit");
            let language = called.language.as_deref().unwrap_or("no language in common");
            page.push_str(&format!("  [{}] {}  {number}  {language}\n", called.state.word(), called.name));
        }
    }
    page
}

fn key(round: &str, contact: &str) -> String {
    format!("{}/{contact}", field::fold(round).replace('/', " "))
}

/// The states of a round; of two that did not know of each other, the further one.
fn states(document: &Document, round: &Round) -> BTreeMap<String, Call> {
    let reader = document.automerge();
    let mut states: BTreeMap<String, Call> = BTreeMap::new();
    let Ok(Some((Value::Object(ObjType::Map), map))) = reader.get(ROOT, "tree") else { return states };
    let prefixes: Vec<String> = round.names.iter().map(|name| key(name, "")).collect();
    for key in reader.keys(&map) {
        let Some(contact) = prefixes.iter().find_map(|prefix| key.strip_prefix(prefix)) else { continue };
        let words = strings(reader, &map, &key);
        let state = words.iter().filter_map(|(word, _)| Call::from_word(word)).max();
        let furthest = states.entry(contact.to_owned()).or_default();
        *furthest = state.unwrap_or_default().max(*furthest);
    }
    states
}

/// Whoever has no number can be visited, but calls nobody.
fn is_callable(contact: &Contact) -> bool {
    !contact.details.phones.is_empty()
}

/// The languages that somebody can make a call in.
fn spoken(contact: &Contact) -> BTreeSet<&str> {
    let details = &contact.details;
    details.speaks.iter().chain(&details.interprets).map(String::as_str).collect()
}

/// A language that both speak, the one preferred by whoever is called first.
fn common<'a>(caller: &Contact, called: &'a Contact) -> Option<&'a str> {
    let (from, to) = (&caller.details, &called.details);
    let speaks = |language: &&String| from.speaks.contains(language) || from.interprets.contains(language);
    to.prefers.iter().chain(&to.speaks).find(speaks).map(String::as_str)
}

/// The next one that the same person calls and who has a number takes over; else whoever called.
fn add_backups(branches: &mut [Branch]) {
    let has_number: BTreeSet<ContactId> = branches
        .iter()
        .filter(|branch| branch.number.is_some())
        .map(|branch| branch.contact.clone())
        .collect();
    let siblings: BTreeMap<ContactId, Vec<ContactId>> =
        branches.iter().map(|branch| (branch.contact.clone(), branch.calls.clone())).collect();
    for branch in branches.iter_mut().filter(|branch| !branch.calls.is_empty()) {
        let Some(caller) = branch.caller.clone() else {
            branch.backup = branch.calls.iter().find(|called| has_number.contains(*called)).cloned();
            continue;
        };
        let beside = siblings.get(&caller).map(Vec::as_slice).unwrap_or_default();
        let own = beside.iter().position(|id| *id == branch.contact).unwrap_or(0);
        let (before, after) = beside.split_at_checked(own).unwrap_or_default();
        let next = after.iter().skip(1).chain(before).find(|id| has_number.contains(*id));
        branch.backup = Some(next.cloned().unwrap_or(caller));
    }
}

#[cfg(test)]
mod tests;
