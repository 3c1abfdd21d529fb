//! Requests about the list as a whole: who may be in it twice, who is to be asked whether all is right, the phone tree.

use porchlight_device::{Device, EditError};
use porchlight_documents::contacts::confirming::{self, Due};
use porchlight_documents::contacts::duplicates::{self, Duplicate, Proposal};
use porchlight_documents::contacts::tree::{self, Branch, Call};
use porchlight_documents::contacts::{self, Contact, ContactError, ContactId, Details};
use porchlight_documents::schedule::{self, Day};
use porchlight_documents::{Document, DocumentName, Editor, index};
use porchlight_wire::{GroupId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::fault::Fault;
use crate::notes::About;

/// `{"people": {"group": …, "ask": {"due": {"today": "2026-05-02"}}}}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum PeopleRequest {
    /// Who did not say within a year that all is right: `Due[]`.
    Due { today: String },
    /// Notes that these said so today: `null`.
    Confirm { contacts: Vec<ContactId>, today: String },
    /// Pairs that share a number: `{number, contacts: [a, b], names: [a, b]}[]`.
    Duplicates {},
    /// Two who share a number are different people: `null`.
    SetApart { one: ContactId, other: ContactId },
    /// What one contact made of two would say, and where they differ: `{details, differences: [field, a, b][], version}`.
    ProposeMerge { into: ContactId, from: ContactId },
    /// Makes one of two, which says `details` from now on: `null`.
    Merge { into: ContactId, from: ContactId, details: Box<Details> },
    /// The rounds of calls, the earliest first: `{name, began}[]`; `began` is null for one that has a name only.
    Rounds {},
    /// Begins a round of calls, and gives its name.
    BeginCalls {},
    /// Who calls whom in a round of calls: `{branches, page}`; the page is text to print.
    Tree { first: Option<ContactId>, round: String },
    /// Says how far it is with somebody in a round of calls: `null`.
    MarkCall { round: String, contact: ContactId, state: Call },
}

#[derive(Debug, Serialize)]
struct ProposalAnswer {
    #[serde(flatten)]
    proposal: Proposal,
    version: String,
}

#[derive(Debug, Serialize)]
struct TreeAnswer {
    branches: Vec<Branch>,
    page: String,
}

#[derive(Debug, Serialize)]
struct RoundAnswer {
    name: String,
    began: Option<u64>,
}

/// Carries out one request.
pub(crate) fn perform(device: &mut Device, about: About<PeopleRequest>, now: Timestamp) -> Answer {
    let mut list = List { device, group: about.group.0, shown: about.shown, now };
    match about.ask {
        PeopleRequest::Due { today } => Answer::new(list.due(&today)),
        PeopleRequest::Confirm { contacts, today } => Answer::new(list.confirm(&contacts, &today)),
        PeopleRequest::Duplicates {} => Answer::new(list.duplicates()),
        PeopleRequest::SetApart { one, other } => {
            Answer::new(list.edit(|editor| duplicates::set_apart(editor, &one, &other)))
        }
        PeopleRequest::ProposeMerge { into, from } => Answer::new(list.propose(&into, &from)),
        PeopleRequest::Merge { into, from, details } => Answer::new(list.merge(&into, &from, *details)),
        PeopleRequest::Rounds {} => Answer::new(list.rounds()),
        PeopleRequest::BeginCalls {} => {
            let begun = list.device.begin_calls(list.group, now);
            Answer::new(begun.map_err(|error: EditError<ContactError>| Fault::from(error)))
        }
        PeopleRequest::Tree { first, round } => Answer::new(list.tree(first.as_ref(), &round)),
        PeopleRequest::MarkCall { round, contact, state } => Answer::new(list.mark(&round, &contact, state)),
    }
}

struct List<'a> {
    device: &'a mut Device,
    group: GroupId,
    shown: Option<String>,
    now: Timestamp,
}

impl List<'_> {
    fn read<T>(&mut self, f: impl FnOnce(&Document) -> T) -> Result<T, Fault> {
        Ok(self.device.read(self.group, &DocumentName::contacts(), f)?)
    }

    fn edit<T>(&mut self, f: impl FnOnce(&mut Editor<'_>) -> Result<T, ContactError>) -> Result<T, Fault> {
        let (list, shown) = (DocumentName::contacts(), self.shown.as_deref());
        let edited = self.device.edit_shown(self.group, &list, shown, self.now, f);
        edited.map_err(|error: EditError<ContactError>| error.into())
    }

    fn country(&mut self) -> Result<Option<String>, Fault> {
        let country = |document: &Document| index::group(document).country;
        Ok(self.device.read(self.group, &DocumentName::index(), country)?)
    }

    fn contact(&mut self, id: &ContactId) -> Result<Contact, Fault> {
        let contact = self.read(|document| contacts::get(document, id))?;
        contact.ok_or_else(|| ContactError::Unknown(id.clone()).into())
    }

    fn due(&mut self, today: &str) -> Result<Vec<Due>, Fault> {
        let (country, today) = (self.country()?, day(today)?);
        self.read(|document| confirming::due(document, today, country.as_deref()))
    }

    fn confirm(&mut self, contacts: &[ContactId], today: &str) -> Result<(), Fault> {
        let today = day(today)?;
        self.edit(|editor| confirming::confirm(editor, contacts, today))
    }

    fn duplicates(&mut self) -> Result<Vec<Duplicate>, Fault> {
        let country = self.country()?;
        self.read(|document| duplicates::find(document, &contacts::list(document), country.as_deref()))
    }

    fn propose(&mut self, into: &ContactId, from: &ContactId) -> Result<ProposalAnswer, Fault> {
        let (into, from) = (self.contact(into)?, self.contact(from)?);
        let version = self.read(Document::version)?;
        Ok(ProposalAnswer { proposal: duplicates::propose(&into.details, &from.details), version })
    }

    fn merge(&mut self, into: &ContactId, from: &ContactId, details: Details) -> Result<(), Fault> {
        let country = self.country()?;
        self.edit(|editor| duplicates::merge(editor, into, from, details, country.as_deref()))
    }

    fn rounds(&mut self) -> Result<Vec<RoundAnswer>, Fault> {
        let rounds = self.device.call_rounds(self.group)?.into_iter();
        let told = |round: tree::Round| RoundAnswer {
            name: round.name().to_owned(),
            began: round.began.map(Timestamp::millis),
        };
        Ok(rounds.map(told).collect())
    }

    fn mark(&mut self, round: &str, contact: &ContactId, state: Call) -> Result<(), Fault> {
        let round = self.device.call_round(self.group, round)?;
        self.edit(|editor| tree::mark(editor, &round, contact, state))
    }

    fn tree(&mut self, first: Option<&ContactId>, round: &str) -> Result<TreeAnswer, Fault> {
        let country = self.country()?;
        let round = self.device.call_round(self.group, round)?;
        let branches = self.read(|document| {
            tree::tree(document, &contacts::list(document), first, &round, country.as_deref())
        })?;
        Ok(TreeAnswer { page: tree::page(&branches), branches })
    }
}

fn day(text: &str) -> Result<Day, Fault> {
    schedule::day(text).map_err(|error| Fault::new("not_a_day", error.to_string()))
}
