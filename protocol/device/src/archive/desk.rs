//! What an import writes onto: the Group itself, or copies of its Documents where it is only looked at.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_documents::archive::report::{Outcome, Reason, Row};
use porchlight_documents::archive::restore::Restore;
use porchlight_documents::contacts::{self, ContactError, ContactId};
use porchlight_documents::decisions::Decision;
use porchlight_documents::import::{Import, Preview, Report, RowReport};
use porchlight_documents::removal::Presence;
use porchlight_documents::{
    Actor, Author, Document, DocumentName, Editor, Kind, encoding, index, markdown, notes,
};
use porchlight_wire::{GroupId, Timestamp};

use super::{TakeError, Taking};
use crate::device::{ActError, Device, EditError};
use crate::schedule::{LookError, ScheduleChangeError};

/// One import at work.
pub(super) struct Desk<'a> {
    pub(super) device: &'a mut Device,
    pub(super) group: GroupId,
    now: Timestamp,
    /// What holds anything here.
    here: BTreeSet<DocumentName>,
    copies: Option<BTreeMap<DocumentName, Document>>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(device: &'a mut Device, group: GroupId, taking: Taking, now: Timestamp) -> Self {
        let copies = match taking {
            Taking::Look => Some(BTreeMap::new()),
            Taking::Take => None,
        };
        let here = device.documents(group).unwrap_or_default().into_iter().collect();
        Self { device, group, now, here, copies }
    }

    pub(super) fn read<T>(
        &mut self,
        name: &DocumentName,
        f: impl FnOnce(&Document) -> T,
    ) -> Result<T, TakeError> {
        match self.copies.as_ref().and_then(|copies| copies.get(name)) {
            Some(copy) => Ok(f(copy)),
            None if self.here.contains(name) => Ok(self.device.read(self.group, name, f)?),
            // Reading one that is not here would open it.
            None => Ok(f(&Document::new(name.kind))),
        }
    }

    pub(super) fn edit<T, E>(
        &mut self,
        name: &DocumentName,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
    ) -> Result<T, TakeError> {
        let Some(copies) = &mut self.copies else {
            let edited = self.device.edit(self.group, name, self.now, f).map_err(|error| match error {
                EditError::Act(error) => error.into(),
                EditError::Document(_) => TakeError::Write,
            });
            self.here.insert(name.clone());
            return edited;
        };
        if !copies.contains_key(name) {
            let copy = if self.here.contains(name) {
                self.device.read(self.group, name, Document::clone)?
            } else {
                Document::new(name.kind)
            };
            copies.insert(name.clone(), copy);
        }
        let copy = copies.get_mut(name).ok_or(TakeError::Write)?;
        let author = Author { actor: Actor::from_bytes([0xff; 16]), time: self.now };
        copy.edit(author, f).map(|(value, _)| value).map_err(|_| TakeError::Write)
    }

    /// Writes what is missing, in several Changes, each small enough for one Entry.
    pub(super) fn write(&mut self, name: &DocumentName, mut restore: Restore) -> Result<Vec<Row>, TakeError> {
        while !restore.is_done() {
            self.edit(name, |editor| restore.run(editor, PUTS_AT_ONCE))?;
        }
        Ok(restore.rows)
    }

    /// The contacts that were forgotten for good.
    pub(super) fn forgotten(&mut self) -> Result<BTreeSet<ContactId>, TakeError> {
        let mut gone = self.device.forgotten_contacts(self.group);
        if !gone.is_empty() {
            // Whoever is here was brought in again by a device that did not know.
            let here = self.read(&DocumentName::contacts(), contacts::all)?;
            here.iter().for_each(|contact| {
                gone.remove(&contact.id);
            });
        }
        Ok(gone)
    }

    /// Brings people in, but for those who were forgotten for good here. Says what became of each as well.
    pub(super) fn import(&mut self, preview: &Preview) -> Result<(Report, Vec<Row>), TakeError> {
        let name = DocumentName::contacts();
        let choices = preview.without(&self.forgotten()?);
        let mut import =
            self.edit(&name, |editor| Ok::<_, ContactError>(Import::begin(editor, preview, &choices)))?;
        while self.edit(&name, |editor| import.run(editor, ROWS_AT_ONCE))? {}
        let report = import.report();
        let row = |row: &RowReport| match choices.get(&row.number) {
            Some(_) => Row::new(row.name.clone(), Outcome::LeftOut { why: Reason::Forgotten }),
            None => Row::from(row),
        };
        let rows = report.rows.iter().map(row).collect();
        Ok((report, rows))
    }

    /// Brings a calendar in.
    pub(super) fn calendar(&mut self, file: &[u8]) -> Result<Vec<Row>, LookError> {
        let rows = if self.copies.is_some() {
            self.device.look_at_calendar(self.group, file, self.now)?.rows
        } else {
            self.device.import_calendar(self.group, file, self.now).map_err(|error| match error {
                ScheduleChangeError::Look(error) => *error,
                ScheduleChangeError::Act(error) => LookError::Act(*error),
                ScheduleChangeError::Schedule(error) => LookError::Schedule(error),
            })?
        };
        Ok(rows.iter().map(Row::from).collect())
    }

    /// The Group's default country, by which numbers without one are read.
    pub(super) fn country(&mut self) -> Result<Option<String>, TakeError> {
        self.read(&DocumentName::index(), |document| index::group(document).country)
    }

    /// What a decision here has come to, as JSON; nothing if it is not here.
    pub(super) fn decision(&mut self, name: &DocumentName) -> Result<Option<Decision>, TakeError> {
        if self.here.contains(name) {
            Ok(Some(self.device.decision(self.group, name, self.now)?))
        } else {
            Ok(None)
        }
    }

    /// Makes a note of a Markdown file, unless one here says the same.
    pub(super) fn note(&mut self, bytes: &[u8], path: &str) -> Result<(DocumentName, Row), TakeError> {
        let (text, _) = encoding::decode(bytes, None)?;
        let page = markdown::read(&text);
        let names = self.here.clone();
        let mut decisions = Vec::new();
        for name in names.iter().filter(|name| name.kind == Kind::Decision) {
            let decision = self.device.decision(self.group, name, self.now)?;
            let begins = format!("{}: ", decision.title);
            let is_named = page.decisions.iter().any(|line| line.starts_with(&begins));
            if is_named && decision.presence.is_shown() {
                decisions.push(name.key.clone());
            }
        }
        let title = match page.heading.title.as_str() {
            "" => path.rsplit('/').next().unwrap_or(path).trim_end_matches(".md").to_owned(),
            title => title.to_owned(),
        };
        let heading = notes::Heading { title: title.clone(), ..page.heading.clone() };
        for name in names.into_iter().filter(|name| name.kind == Kind::Note) {
            let note = self.read(&name, notes::note)?;
            if note.presence == Presence::Here && self.is_page(&note, (&heading, &page), &text)? {
                return Ok((name, Row::new(title, Outcome::Unchanged)));
            }
        }
        let name = self.device.fresh_document(Kind::Note);
        self.edit(&name, |editor| {
            notes::set_heading(editor, &notes::Heading::default(), &heading)?;
            page.attendance.iter().try_for_each(|attendee| notes::set_attendance(editor, attendee))?;
            decisions.iter().try_for_each(|key| notes::link_decision(editor, key))?;
            notes::update(editor, None, &page.text)
        })?;
        Ok((name, Row::new(title, Outcome::Added)))
    }

    /// Whether a note would be written as this file, or says what is in it.
    fn is_page(
        &mut self,
        note: &notes::Note,
        (heading, page): (&notes::Heading, &markdown::Page),
        text: &str,
    ) -> Result<bool, ActError> {
        if note.heading == *heading && note.text.trim_matches('\n') == page.text && page.decisions.is_empty()
        {
            return Ok(true);
        }
        let mut linked = Vec::new();
        for key in &note.decisions {
            linked.push(self.device.decision(self.group, &DocumentName::decision(key), self.now)?);
        }
        Ok(markdown::note(note, &linked) == text.replace("\r\n", "\n"))
    }
}

/// Values of an import that become one Change: far below what an Entry of the log may hold.
const PUTS_AT_ONCE: usize = 1_000;

/// Contacts of an import that become one Change.
const ROWS_AT_ONCE: usize = 50;
