//! Brings an archive in, file by file: what the app wrote for itself first, then what only people's files say.

use std::collections::BTreeSet;

use porchlight_documents::archive::report::{Fate, Outcome, Reason, Report, Row};
use porchlight_documents::archive::restore::{self, People, Titles};
use porchlight_documents::archive::{
    self, CALENDAR, CARDS, File, MANIFEST, Manifest, README, SHEET, State, StateError, TREE, Unpacked,
};
use porchlight_documents::import::{self, Options, Outcome as PersonOutcome};
use porchlight_documents::{DocumentName, Kind, index};

use super::TakeError;
use super::desk::Desk;
use crate::device::ActError;
use crate::schedule::LookError;

/// Takes all that can be taken.
pub(super) fn take(desk: Desk<'_>, unpacked: &Unpacked) -> Result<Report, TakeError> {
    let mut report = Report { is_cut: unpacked.is_cut, ..Report::default() };
    for (path, damage) in &unpacked.damaged {
        report.damaged(path, *damage);
    }
    let mut is_same_group = false;
    if let Some(file) = unpacked.files.iter().find(|file| file.path == MANIFEST) {
        match Manifest::from_json(&file.bytes) {
            Ok(manifest) => {
                is_same_group = manifest.group == desk.group.to_string();
                report.group = Some(manifest.name);
                report.add(MANIFEST, Fate::Read, Vec::new());
            }
            Err(error) => {
                report.refuse(MANIFEST, &error);
                if error == StateError::Newer {
                    return Ok(report);
                }
            }
        }
    }
    let damaged_data = unpacked.damaged.iter().any(|(path, _)| path.starts_with("data/schedule"));
    report.is_of_another = !is_same_group && report.group.is_some();
    let taking = Work {
        desk,
        is_same_group,
        report,
        people: People::new(),
        titles: Titles::new(),
        met: Vec::new(),
        states: Vec::new(),
        is_calendar_needed: damaged_data || unpacked.is_cut,
        are_cards_taken: false,
    };
    taking.run(&unpacked.files)
}

pub(super) struct Work<'a> {
    pub(super) desk: Desk<'a>,
    pub(super) is_same_group: bool,
    report: Report,
    pub(super) people: People,
    titles: Titles,
    /// Those of whom only the name is known, who are told of with the first shifts.
    met: Vec<Row>,
    /// The Documents that could be read.
    pub(super) states: Vec<(String, State)>,
    /// Some of the shifts could not be read.
    is_calendar_needed: bool,
    are_cards_taken: bool,
}

impl Work<'_> {
    fn run(mut self, files: &[File]) -> Result<Report, TakeError> {
        for file in files.iter().filter(|file| is_data(&file.path)) {
            match State::from_json(&file.bytes) {
                Ok(state) => self.states.push((file.path.clone(), state)),
                Err(error) => {
                    self.is_calendar_needed |= file.path.starts_with("data/schedule");
                    self.report.refuse(&file.path, error);
                }
            }
        }
        self.states.sort_by_key(|(_, state)| (state.kind, state.key.clone()));
        self.add_members();
        let mut are_shifts_next = true;
        for (path, state) in self.states.clone() {
            if state.kind == Kind::Schedule && std::mem::take(&mut are_shifts_next) {
                self.titles = self.series_titles()?;
                self.met = self.meet_people()?;
            }
            match self.document(&path, &state) {
                Err(TakeError::Act(error @ ActError::TooMuchAtOnce)) => self.report.refuse(&path, error),
                other => other?,
            }
        }
        for file in files.iter().filter(|file| file.path != MANIFEST && !is_data(&file.path)) {
            self.other(file)?;
        }
        Ok(self.report)
    }

    /// Members of another group are not known here, unless a contact is about them.
    fn add_members(&mut self) {
        if self.is_same_group {
            return;
        }
        let Some((_, index)) = self.states.iter().find(|(_, state)| state.kind == Kind::Index) else {
            return;
        };
        let here = self.desk.device.members(self.desk.group).unwrap_or_default();
        let here: BTreeSet<String> = here.into_iter().map(|member| member.id.to_string()).collect();
        for (member, contact) in index.member_contacts() {
            if !here.contains(&member) {
                self.people
                    .extend(contact.map(|contact| (format!("m.{member}"), Ok(format!("c.{contact}")))));
            }
        }
    }

    fn document(&mut self, path: &str, state: &State) -> Result<(), TakeError> {
        let name = state.name();
        let rows = match state.kind {
            Kind::Index => {
                let here = self.desk.read(&name, index::group)?;
                let (group, rows) = restore::index(&here, state);
                if group != here {
                    self.desk.edit(&name, |editor| index::set_group(editor, &group))?;
                }
                rows.into_iter().chain(self.circles(&name, state)?).collect()
            }
            Kind::Contacts => self.contacts(state)?,
            Kind::Schedule => {
                let restore = self
                    .desk
                    .read(&name, |document| restore::shifts(document, state, &self.people, &self.titles))?;
                let mut rows = std::mem::take(&mut self.met);
                rows.extend(self.desk.write(&name, restore)?);
                rows
            }
            Kind::Note => {
                let restore = self.desk.read(&name, |document| restore::note(document, state))?;
                self.desk.write(&name, restore)?
            }
            Kind::Decision => {
                let here = self.desk.decision(&name)?;
                let restore =
                    self.desk.read(&name, |document| restore::decision(document, state, here.as_ref()))?;
                self.desk.write(&name, restore)?
            }
        };
        self.report.add(path, Fate::Read, rows);
        Ok(())
    }

    /// The list of circles, which organizers write. Each goes on by itself: what it keeps is in an archive of its own.
    fn circles(&mut self, name: &DocumentName, state: &State) -> Result<Vec<Row>, TakeError> {
        let group = self.desk.group;
        let (come, mut rows) = self.desk.read(name, |document| restore::circles(document, state, group))?;
        if come.is_empty() {
            return Ok(rows);
        }
        if self.desk.device.organizes(group, "change the list of circles").is_err() {
            for row in rows.iter_mut().filter(|row| row.outcome == Outcome::Added) {
                row.outcome = Outcome::LeftOut { why: Reason::OrganizersOnly };
            }
            return Ok(rows);
        }
        self.desk.edit(name, |editor| {
            come.iter().try_for_each(|(id, circle)| index::set_circle(editor, id, circle))
        })?;
        Ok(rows)
    }

    fn contacts(&mut self, state: &State) -> Result<Vec<Row>, TakeError> {
        let country = self.desk.country()?;
        let preview = restore::contacts(state, country.as_deref());
        let ids: Vec<String> = state.contact_ids();
        let (report, mut rows) = self.desk.import(&preview)?;
        for (id, row) in ids.iter().zip(&report.rows) {
            let here = match &row.outcome {
                PersonOutcome::Added { contact }
                | PersonOutcome::Updated { contact, .. }
                | PersonOutcome::Merged { contact, .. }
                | PersonOutcome::Unchanged { contact } => contact.as_ref(),
                PersonOutcome::LeftOut { .. } | PersonOutcome::Refused { .. } => None,
            };
            let here = here.map(|here| format!("c.{here}")).ok_or(Reason::PeopleRemoved);
            let id = format!("c.{id}");
            for person in self.people.values_mut().filter(|person| person.as_ref() == Ok(&id)) {
                person.clone_from(&here);
            }
            self.people.insert(id, here);
        }
        let name = state.name();
        let beside =
            self.desk.read(&name, |document| restore::beside_contacts(document, state, &self.people))?;
        rows.extend(self.desk.write(&name, beside)?);
        Ok(rows)
    }

    /// A file that is not written for the app alone.
    fn other(&mut self, file: &File) -> Result<(), TakeError> {
        let has = |kind| self.states.iter().any(|(_, state)| state.kind == kind);
        let ending = file.path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let (fate, rows) = match ending.as_str() {
            _ if matches!(file.path.as_str(), README | TREE) => (Fate::Copy, Vec::new()),
            "vcf" | "csv" | "tsv" => {
                let is_ours = matches!(file.path.as_str(), CARDS | SHEET);
                if is_ours && (has(Kind::Contacts) || self.are_cards_taken) {
                    (Fate::Copy, Vec::new())
                } else {
                    self.address_book(file)?
                }
            }
            "ics" if file.path == CALENDAR && !self.is_calendar_needed && has(Kind::Schedule) => {
                (Fate::Copy, Vec::new())
            }
            "ics" => self.calendar(file)?,
            "md" | "markdown" => {
                let known = |(_, state): &(String, State)| archive::is_text_of(&file.path, &state.name());
                if self.states.iter().any(known) { (Fate::Copy, Vec::new()) } else { self.text(file)? }
            }
            _ => (Fate::Foreign, Vec::new()),
        };
        self.report.add(&file.path, fate, rows);
        Ok(())
    }

    fn address_book(&mut self, file: &File) -> Result<(Fate, Vec<Row>), TakeError> {
        let options = Options { country: self.desk.country()?, ..Options::default() };
        let name = DocumentName::contacts();
        let preview = self.desk.read(&name, |document| import::preview(document, &file.bytes, &options))?;
        let preview = match preview {
            Ok(preview) => preview,
            Err(error) => return Ok((Fate::Refused { why: error.to_string() }, Vec::new())),
        };
        let (_, rows) = self.desk.import(&preview)?;
        self.are_cards_taken |= file.path == CARDS;
        Ok((Fate::Read, rows))
    }

    fn calendar(&mut self, file: &File) -> Result<(Fate, Vec<Row>), TakeError> {
        match self.desk.calendar(&file.bytes) {
            Ok(rows) => Ok((Fate::Read, rows)),
            Err(LookError::Calendar(error)) => Ok((Fate::Refused { why: error.to_string() }, Vec::new())),
            Err(error) => Err(TakeError::Look(Box::new(error))),
        }
    }

    fn text(&mut self, file: &File) -> Result<(Fate, Vec<Row>), TakeError> {
        if self.report.group.is_some() && file.path.starts_with("decisions/") {
            let why = "a decision is only read from its file in data/".to_owned();
            return Ok((Fate::Refused { why }, Vec::new()));
        }
        match self.desk.note(&file.bytes, &file.path) {
            Ok((_, row)) => Ok((Fate::Read, vec![row])),
            Err(TakeError::NotText(error)) => Ok((Fate::Refused { why: error.to_string() }, Vec::new())),
            Err(error) => Err(error),
        }
    }
}

fn is_data(path: &str) -> bool {
    path.starts_with("data/") && path.ends_with(".json")
}
