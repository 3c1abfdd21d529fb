//! The archive of a Group: writes all that it keeps into one file, and brings such a file in, or says what that would do.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_documents::archive::report::{Report, Row};
use porchlight_documents::archive::{
    self, ArchiveError, CALENDAR, CARDS, File, MANIFEST, Manifest, README, SHEET, State, TREE, Writer,
};
use porchlight_documents::contacts::{self, tree};
use porchlight_documents::csv::{self, Delimiter};
use porchlight_documents::decisions::{self, Decision};
use porchlight_documents::encoding::NotText;
use porchlight_documents::ics::Wanted;
use porchlight_documents::schedule::{Day, Month};
use porchlight_documents::vcard::{self, Version};
use porchlight_documents::{DocumentName, Kind, index, markdown};
use porchlight_wire::{ActorPrefix, GroupId, Timestamp};
use thiserror::Error;

use crate::device::{ActError, Device};
use crate::schedule::LookError;

mod desk;
mod meeting;
mod taking;
#[cfg(test)]
mod tests;

use desk::Desk;

/// Whether an archive is brought in, or only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// Say what would be done, and do nothing.
    Look,
    /// Do it.
    Take,
}

impl Device {
    /// Writes all that a Group keeps into one archive. The same state gives the same bytes.
    pub fn export_archive(&mut self, group: GroupId, now: Timestamp) -> Result<Vec<u8>, ExportError> {
        let about = self.read(group, &DocumentName::index(), index::group)?;
        let country = about.country.as_deref();
        let file = |path: &str, bytes: Vec<u8>| File { path: path.to_owned(), bytes };
        let manifest = Manifest::new(group.to_string(), about.name.clone());
        let mut files = vec![
            file(README, archive::readme(&about.name).into_bytes()),
            file(MANIFEST, manifest.to_json().into_bytes()),
        ];
        let names = self.documents(group)?;
        if names.contains(&DocumentName::contacts()) {
            let (list, branches) = self.read(group, &DocumentName::contacts(), |document| {
                let list = contacts::list(document);
                let branches = tree::tree(document, &list, None, &tree::Round::named(""), country);
                (list, branches)
            })?;
            files.push(file(CARDS, vcard::write(&list, Version::V4).into_bytes()));
            files.push(file(SHEET, csv::write(&list, Delimiter::Comma)));
            files.push(file(TREE, tree::page(&branches).into_bytes()));
        }
        if names.iter().any(|name| name.kind == Kind::Schedule) {
            files.push(file(CALENDAR, self.whole_calendar(group, &names)?.into_bytes()));
        }
        let mut data = Vec::new();
        for name in &names {
            let Some(state) = self.told(group, name, now)? else { continue };
            files.extend(self.page(group, name, now)?);
            data.push(file(&archive::data_path(name), state.to_json().into_bytes()));
        }
        files.extend(data);
        Ok(archive::pack(&files)?)
    }

    /// Brings an archive in, or says what that would do: what is missing here comes, and nothing that is here goes.
    pub fn import_archive(
        &mut self,
        group: GroupId,
        bytes: &[u8],
        taking: Taking,
        now: Timestamp,
    ) -> Result<Report, TakeError> {
        let unpacked = if bytes.trim_ascii_start().starts_with(b"{") {
            // The JSON of one Document by itself.
            let file = File { path: archive::LONE.to_owned(), bytes: bytes.to_vec() };
            archive::Unpacked { files: vec![file], ..archive::Unpacked::default() }
        } else {
            archive::unpack(bytes)?
        };
        taking::take(Desk::new(self, group, taking, now), &unpacked)
    }

    /// Writes what one Document says as JSON; nothing if it was removed or says nothing.
    pub fn export_document(
        &mut self,
        group: GroupId,
        name: &DocumentName,
        now: Timestamp,
    ) -> Result<Option<String>, ActError> {
        Ok(self.told(group, name, now)?.map(|state| state.to_json()))
    }

    /// Makes a note of a Markdown file, unless it says what a note here says; tells which note, and what was done.
    /// `path` names the note where the text does not.
    pub fn import_note(
        &mut self,
        group: GroupId,
        bytes: &[u8],
        path: &str,
        taking: Taking,
        now: Timestamp,
    ) -> Result<(DocumentName, Row), TakeError> {
        Desk::new(self, group, taking, now).note(bytes, path)
    }

    /// All shifts as one calendar.
    fn whole_calendar(&mut self, group: GroupId, names: &[DocumentName]) -> Result<String, LookError> {
        let months: Vec<Month> = names.iter().filter_map(Month::of_document).collect();
        let usual = Month::of(Day::constant(1970, 1, 1));
        let first = months.iter().min().copied().unwrap_or(usual).plus(-1);
        let last = months.iter().max().copied().unwrap_or(usual).plus(3);
        self.export_calendar(group, (first.first_day(), last.first_day()), &Wanted::All, None)
    }

    /// What a Document says; of a decision also what it has come to, and who voted.
    fn told(
        &mut self,
        group: GroupId,
        name: &DocumentName,
        now: Timestamp,
    ) -> Result<Option<State>, ActError> {
        let state =
            self.read_with_ledger(group, name, |document, ledger| State::of(document, name, ledger))?;
        let Some(state) = state else { return Ok(None) };
        if name.kind != Kind::Decision {
            return Ok(Some(state));
        }
        let decision = self.decision(group, name, now)?;
        let people = self.voters(group)?;
        let writers = self.read(group, name, decisions::writers)?;
        let mut voters = BTreeMap::new();
        for (entry, who) in writers {
            let voter = people.voters.iter().find(|voter| voter.devices.contains(&who));
            voters.extend(voter.map(|voter| {
                let (member, name) = (voter.member.clone(), voter.name.clone());
                (entry, Writer { member, name, contact: voter.contact.clone() })
            }));
        }
        Ok(Some(state.with_outcome(&decision, voters)))
    }

    /// A note or a decision as Markdown.
    fn page(
        &mut self,
        group: GroupId,
        name: &DocumentName,
        now: Timestamp,
    ) -> Result<Option<File>, ActError> {
        let (path, text) = match name.kind {
            Kind::Note => {
                let note = self.note(group, name, now)?;
                let mut decisions = Vec::new();
                for key in &note.decisions {
                    decisions.push(self.decision(group, &DocumentName::decision(key), now)?);
                }
                let path = archive::text_path(name, &note.heading.date, &note.heading.title);
                (path, markdown::note(&note, &decisions))
            }
            Kind::Decision => {
                let decision = self.decision(group, name, now)?;
                let who = self.vote_writers(group, &decision);
                let text =
                    markdown::decision(&decision, |vote| who.get(&vote.by.who).cloned().unwrap_or_default());
                (archive::text_path(name, "", &decision.title), text)
            }
            _ => return Ok(None),
        };
        Ok(Some(File { path, bytes: text.into_bytes() }))
    }

    fn vote_writers(&mut self, group: GroupId, decision: &Decision) -> BTreeMap<ActorPrefix, String> {
        let prefixes: BTreeSet<ActorPrefix> = decision.votes.iter().map(|vote| vote.by.who).collect();
        let name = |prefix| Some((prefix, self.author_name(group, prefix)?));
        prefixes.into_iter().filter_map(name).collect()
    }
}

/// Why no archive was written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The Group or a Document cannot be read.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The shifts cannot be told.
    #[error(transparent)]
    Look(Box<LookError>),
    /// It would be too large.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

impl From<LookError> for ExportError {
    fn from(error: LookError) -> Self {
        Self::Look(Box::new(error))
    }
}

/// Why an archive was not brought in.
#[derive(Debug, Error)]
pub enum TakeError {
    /// The Group does not allow it, or a Document cannot be read. What was brought in before stays.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The shifts here cannot be read.
    #[error(transparent)]
    Look(Box<LookError>),
    /// A text in it is none.
    #[error(transparent)]
    NotText(#[from] NotText),
    /// The file is no archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A Document refuses.
    #[error("what the archive says could not be written")]
    Write,
}
