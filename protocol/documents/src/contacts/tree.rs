//! The phone tree: who calls whom, worked out from the list the same on all devices, and how far the calling is.
//!
//! Nothing of the tree is stored but the calls that were made: `tree: { "<round>/<contact>": state }`.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ObjType, ROOT, ReadDoc, Value};
use serde::{Deserialize, Serialize};

use super::record::{Contact, strings};
use super::{ContactError, ContactId, object};
use crate::document::Document;
use crate::editor::Editor;
use crate::field;

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
/// whoever speaks most languages. Each is called by somebody who speaks a language that they prefer, where there is one.
pub fn tree(
    document: &Document,
    contacts: &[Contact],
    first: Option<&ContactId>,
    round: &str,
    country: Option<&str>,
) -> Vec<Branch> {
    let states = states(document, round);
    let mut people: Vec<&Contact> = contacts.iter().filter(|contact| contact.is_listed()).collect();
    // Whoever speaks more comes earlier, so that there is somebody to call the others.
    people.sort_by_key(|contact| {
        (Some(&contact.id) != first, !is_callable(contact), usize::MAX - spoken(contact).len(), &contact.id)
    });
    let mut branches: Vec<Branch> = Vec::new();
    let by_id: BTreeMap<&ContactId, &Contact> =
        people.iter().map(|contact| (&contact.id, *contact)).collect();
    for contact in people {
        let calls_as =
            |branch: &&Branch| by_id.get(&branch.contact).copied().filter(|caller| is_callable(caller));
        let open = |branch: &&Branch| branch.calls.len() < FAN_OUT && calls_as(branch).is_some();
        let common = |branch: &&Branch| calls_as(branch).and_then(|caller| common(caller, contact));
        let speaks = branches.iter().position(|branch| open(&branch) && common(&branch).is_some());
        let place = speaks.or_else(|| branches.iter().position(|branch| open(&branch)));
        let language = place.and_then(|place| branches.get(place)).and_then(|branch| common(&branch));
        let caller = place.and_then(|place| branches.get_mut(place)).map(|branch| {
            branch.calls.push(contact.id.clone());
            branch.contact.clone()
        });
        branches.push(Branch {
            contact: contact.id.clone(),
            name: contact.details.shown_name(country),
            number: contact.details.phones.first().map(|phone| phone.shown(country)),
            caller,
            backup: None,
            language,
            calls: Vec::new(),
            state: states.get(contact.id.as_str()).copied().unwrap_or_default(),
        });
    }
    add_backups(&mut branches);
    branches
}

/// Says how far it is with somebody in a round of calls ("2026-05-02 drill").
pub fn mark(
    editor: &mut Editor<'_>,
    round: &str,
    contact: &ContactId,
    state: Call,
) -> Result<(), ContactError> {
    object(editor.reader(), contact)?;
    let Some((Value::Object(ObjType::Map), map)) = editor.reader().get(ROOT, "tree")? else {
        return Err(ContactError::NotContacts);
    };
    Ok(editor.put(&map, &key(round, contact.as_str()), state.word())?)
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

/// The rounds of calls that were made, in the order of their names.
pub fn rounds(document: &Document) -> Vec<String> {
    let reader = document.automerge();
    let Ok(Some((Value::Object(ObjType::Map), map))) = reader.get(ROOT, "tree") else { return Vec::new() };
    let rounds: BTreeSet<String> =
        reader.keys(&map).filter_map(|key| key.rsplit_once('/').map(|(round, _)| round.to_owned())).collect();
    rounds.into_iter().collect()
}

fn key(round: &str, contact: &str) -> String {
    format!("{}/{contact}", field::fold(round).replace('/', " "))
}

/// The states of a round; of two that did not know of each other, the further one.
fn states(document: &Document, round: &str) -> BTreeMap<String, Call> {
    let reader = document.automerge();
    let Ok(Some((Value::Object(ObjType::Map), map))) = reader.get(ROOT, "tree") else {
        return BTreeMap::new();
    };
    let prefix = key(round, "");
    let mut states = BTreeMap::new();
    for key in reader.keys(&map) {
        let Some(contact) = key.strip_prefix(&prefix) else { continue };
        let words = strings(reader, &map, &key);
        let state = words.iter().filter_map(|(word, _)| Call::from_word(word)).max();
        states.insert(contact.to_owned(), state.unwrap_or_default());
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
fn common(caller: &Contact, called: &Contact) -> Option<String> {
    let spoken = spoken(caller);
    let details = &called.details;
    let wanted = if details.prefers.is_empty() { &details.speaks } else { &details.prefers };
    wanted.iter().chain(&details.speaks).find(|language| spoken.contains(language.as_str())).cloned()
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
mod tests {
    use porchlight_wire::Timestamp;

    use super::*;
    use crate::contacts::{self, Details, Phone};
    use crate::document::{Actor, Author, Incoming, Kind};

    fn author(device: u8) -> Author {
        Author { actor: Actor::from_bytes([device; 16]), time: Timestamp::from_millis(0) }
    }

    fn list(people: &[(&str, &[&str])]) -> Document {
        let mut document = Document::new(Kind::Contacts);
        for (number, (name, speaks)) in people.iter().enumerate() {
            let phone = Phone::typed(&format!("+1202555{number:04}"), None);
            let details = Details {
                name: (*name).into(),
                phones: if *name == "No phone" { Vec::new() } else { vec![phone] },
                speaks: speaks.iter().map(|language| (*language).to_owned()).collect(),
                ..Details::default()
            };
            document.edit(author(1), |editor| contacts::add(editor, details, None)).unwrap();
        }
        document
    }

    fn build(document: &Document) -> Vec<Branch> {
        tree(document, &contacts::list(document), None, "drill", None)
    }

    #[test]
    fn everybody_is_called_once_by_somebody_who_speaks_their_language() {
        let mut people: Vec<(&str, &[&str])> = vec![("Both", &["en", "vi"]), ("No phone", &["vi"])];
        people.extend([("English", &["en"] as &[&str]); 12]);
        people.extend([("Viet", &["vi"] as &[&str]); 6]);
        people.push(("Somali", &["so"]));
        let tree = build(&list(&people));
        assert_eq!(tree.len(), 21);
        assert_eq!(tree.iter().filter(|branch| branch.caller.is_none()).count(), 1);
        let mut called: Vec<_> = tree.iter().flat_map(|branch| &branch.calls).collect();
        called.sort();
        called.dedup();
        assert_eq!(called.len(), 20, "everybody but the first, once");
        for branch in &tree {
            assert!(branch.calls.len() <= FAN_OUT);
            let is_alone = branch.name == "Somali" || branch.caller.is_none();
            assert_eq!(branch.language.is_none(), is_alone, "{branch:?}");
            assert!(branch.name != "No phone" || branch.calls.is_empty());
            assert_eq!(branch.backup.is_some(), !branch.calls.is_empty());
            assert_ne!(branch.backup.as_ref(), Some(&branch.contact));
        }
        assert_eq!(tree[0].name, "Both");
    }

    #[test]
    fn the_page_gives_the_calls_of_whoever_did_not_react_to_their_backup() {
        let mut people: Vec<(&str, &[&str])> = vec![("Ana", &["en", "es"]), ("No phone", &["es"])];
        people.extend([("Neighbor", &["en"] as &[&str]); 5]);
        let mut document = list(&people);
        let tree = build(&document);
        let caller = tree.iter().find(|branch| branch.caller.is_some() && !branch.calls.is_empty()).unwrap();
        let page = page(&tree);
        assert!(page.starts_with("Ana calls  (backup: Neighbor)\n"), "{page}");
        assert_eq!(page.matches("No phone  no number: visit").count(), 1, "{page}");
        assert_eq!(page.lines().filter(|line| line.starts_with("  [open] ")).count(), 6, "{page}");
        document.edit(author(2), |editor| mark(editor, "drill", &caller.contact, Call::NoAnswer)).unwrap();
        let page = super::page(&build(&document));
        assert!(page.contains(" calls for Neighbor, who did not react\n"), "{page}");
    }

    #[test]
    fn progress_that_two_mark_at_once_merges_to_what_is_further() {
        let mut one = list(&[("Ana", &["en"]), ("Ben", &["en"])]);
        let mut two = one.clone();
        let ben = build(&one)[1].contact.clone();
        let (_, a) = one.edit(author(2), |editor| mark(editor, "drill", &ben, Call::Reached)).unwrap();
        let (_, b) = two.edit(author(3), |editor| mark(editor, "drill", &ben, Call::NoAnswer)).unwrap();
        one.apply(Incoming::parse(b.unwrap().as_bytes()).unwrap()).unwrap();
        two.apply(Incoming::parse(a.unwrap().as_bytes()).unwrap()).unwrap();
        assert_eq!(build(&one), build(&two));
        assert_eq!(build(&one)[1].state, Call::Reached);
        assert_eq!(rounds(&one), ["drill"]);
        assert_eq!(rounds(&one), ["drill"]);
        let other = tree(&one, &contacts::list(&one), Some(&ben), "another", None);
        assert_eq!((&other[0].contact, other[0].state), (&ben, Call::Open));
        let nobody = ContactId::new("nobody");
        assert!(one.edit(author(2), |editor| mark(editor, "drill", &nobody, Call::Tried)).is_err());
    }
}
