//! Requests about the list of contacts as a whole: the phone tree, who is in it twice, and who has to be asked again.

use std::collections::BTreeMap;

use porchlight_device::Device;
use porchlight_documents::contacts::duplicates::{self, Duplicate, Proposal};
use porchlight_documents::contacts::tree::{self, Branch, Call};
use porchlight_documents::contacts::{self, Contact, ContactError, ContactId, Details};
use porchlight_documents::{Document, DocumentName, Editor};
use porchlight_wire::{GroupId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::fault::Fault;
use crate::notes::About;
use crate::operation;

/// `{"together": {"group": …, "ask": {"duplicates": {}}}}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum TogetherRequest {
    Rounds {},
    Tree { round: String },
    Mark { round: String, contact: ContactId, state: Call },
    Duplicates {},
    Propose { into: ContactId, from: ContactId },
    Merge { into: ContactId, from: ContactId, details: Box<Details> },
    SetApart { one: ContactId, other: ContactId },
    Unconfirmed { since: String },
}

/// Carries out a request about the list as a whole.
pub(crate) fn perform(device: &mut Device, about: About<TogetherRequest>, now: Timestamp) -> Answer {
    let mut list = List { device, group: about.group.0, now };
    match about.ask {
        TogetherRequest::Rounds {} => {
            Answer::new(list.read(|document, _| Ok::<_, Fault>(tree::rounds(document))))
        }
        TogetherRequest::Tree { round } => Answer::new(list.tree(&round)),
        TogetherRequest::Mark { round, contact, state } => {
            Answer::new(list.edit(|editor, _| tree::mark(editor, &round, &contact, state)))
        }
        TogetherRequest::Duplicates {} => Answer::new(list.duplicates()),
        TogetherRequest::Propose { into, from } => Answer::new(list.propose(&into, &from)),
        TogetherRequest::Merge { into, from, details } => Answer::new(list.merge(&into, &from, *details)),
        TogetherRequest::SetApart { one, other } => {
            Answer::new(list.edit(|editor, _| duplicates::set_apart(editor, &one, &other)))
        }
        TogetherRequest::Unconfirmed { since } => Answer::new(list.unconfirmed(&since)),
    }
}

struct List<'a> {
    device: &'a mut Device,
    group: GroupId,
    now: Timestamp,
}

impl List<'_> {
    fn read<T>(&mut self, f: impl FnOnce(&Document, Option<&str>) -> Result<T, Fault>) -> Result<T, Fault> {
        let country = operation::country(self.device, self.group)?;
        self.device.read(self.group, &DocumentName::contacts(), |document| f(document, country.as_deref()))?
    }

    fn edit<T>(
        &mut self,
        f: impl FnOnce(&mut Editor<'_>, Option<&str>) -> Result<T, ContactError>,
    ) -> Result<T, Fault> {
        let country = operation::country(self.device, self.group)?;
        operation::edit(self.device, self.group, self.now, |editor| f(editor, country.as_deref()))
    }

    fn tree(&mut self, round: &str) -> Result<Vec<Branch>, Fault> {
        self.read(|document, country| {
            Ok(tree::tree(document, &contacts::list(document), None, round, country))
        })
    }

    fn duplicates(&mut self) -> Result<DuplicatesAnswer, Fault> {
        self.read(|document, country| {
            let list = contacts::list(document);
            let found = duplicates::find(document, &list, country);
            let ids = found.iter().flat_map(|found| &found.contacts);
            let name = |id: &ContactId| {
                let contact = list.iter().find(|contact| contact.id == *id)?;
                Some((id.clone(), contact.details.shown_name(country)))
            };
            let names = ids.filter_map(name).collect();
            Ok(DuplicatesAnswer { found, names })
        })
    }

    fn contact(&mut self, id: &ContactId) -> Result<Contact, Fault> {
        self.read(|document, _| {
            contacts::get(document, id).ok_or_else(|| ContactError::Unknown(id.clone()).into())
        })
    }

    fn propose(&mut self, into: &ContactId, from: &ContactId) -> Result<Proposal, Fault> {
        let (into, from) = (self.contact(into)?, self.contact(from)?);
        Ok(duplicates::propose(&into.details, &from.details))
    }

    fn merge(&mut self, into: &ContactId, from: &ContactId, details: Details) -> Result<(), Fault> {
        let into = self.contact(into)?;
        self.edit(|editor, country| duplicates::merge(editor, &into, from, details, country))
    }

    /// Whom nobody has asked since a day whether all is still right; those whom nobody ever asked come first.
    fn unconfirmed(&mut self, since: &str) -> Result<Vec<UnconfirmedLine>, Fault> {
        self.read(|document, country| {
            let old = contacts::list(document)
                .into_iter()
                .filter(|contact| contact.is_listed() && contact.details.confirmed.as_str() < since);
            let mut lines: Vec<UnconfirmedLine> = old
                .map(|contact| UnconfirmedLine {
                    name: contact.details.shown_name(country),
                    phone: contact.details.phones.first().map(|phone| phone.shown(country)),
                    confirmed: contact.details.confirmed,
                    id: contact.id,
                })
                .collect();
            lines.sort_by(|one, other| (&one.confirmed, &one.name).cmp(&(&other.confirmed, &other.name)));
            Ok(lines)
        })
    }
}

#[derive(Debug, Serialize)]
struct DuplicatesAnswer {
    found: Vec<Duplicate>,
    names: BTreeMap<ContactId, String>,
}

#[derive(Debug, Serialize)]
struct UnconfirmedLine {
    id: ContactId,
    name: String,
    phone: Option<String>,
    confirmed: String,
}
