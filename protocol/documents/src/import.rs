//! Brings files into the contact list: what each row would do is shown first, then done, then reported row by row.

mod combine;
mod flag;
mod matching;
pub(crate) mod numbers;
mod plan;
mod report;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::archive::StateError;
use crate::contacts::{ContactError, ContactId, Details, json, record};
use crate::csv::{self, Mapping};
use crate::document::Document;
use crate::editor::Editor;
use crate::encoding::{self, Encoding, NotText};
use crate::vcard;

pub use self::combine::Change;
pub use self::flag::{Flag, Refusal};
pub use self::plan::Proposal;
pub use self::report::{Guessed, Outcome, Report, RowReport, Totals};

/// How to read a file. All of it can be left to guessing but the country.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// The group's default country, for numbers without one.
    pub country: Option<String>,
    /// How the letters of a sheet are written as bytes, or those of cards that do not tell.
    pub encoding: Option<Encoding>,
    /// What the columns of a sheet hold.
    pub mapping: Option<Mapping>,
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// vCard.
    Vcard,
    /// CSV.
    Csv,
    /// What this app wrote for itself.
    Json,
}

/// A file that was read, and what importing it would do.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// What kind of file it is.
    pub format: Format,
    /// How a sheet's letters were read, and those of cards that do not tell theirs.
    pub encoding: Option<Encoding>,
    /// Whether that was guessed, so that names may be wrong: somebody should look, and can choose another.
    pub is_guessed: bool,
    /// What a sheet's columns were taken for.
    pub mapping: Option<Mapping>,
    /// Its rows, or its cards.
    pub rows: Vec<Row>,
    #[serde(skip)]
    country: Option<String>,
}

/// One row of a sheet, or one card.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its number, from 1; a heading does not count.
    pub number: usize,
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// What it would be called.
    pub name: String,
    /// What it says; nothing if it is refused.
    pub details: Option<Details>,
    /// What a person should know about it.
    pub flags: Vec<Flag>,
    /// What would be done with it.
    pub proposal: Proposal,
    /// The id that it has where it comes from, and what it says by the keys of the document: only in our own files.
    #[serde(skip)]
    pub(crate) own: Option<(ContactId, BTreeMap<String, String>)>,
}

impl Row {
    /// A contact of an archive.
    pub(crate) fn known(
        number: usize,
        name: String,
        details: Details,
        own: (ContactId, BTreeMap<String, String>),
    ) -> Self {
        let line = u64::try_from(number).unwrap_or(u64::MAX);
        let own = Some(own);
        Self { number, line, name, details: Some(details), flags: Vec::new(), proposal: Proposal::Add, own }
    }
}

impl Preview {
    /// Whether no row of a sheet has a number or an address: then it may be a file of another kind.
    pub fn reaches_nobody(&self) -> bool {
        let reaches = |row: &Row| {
            row.details
                .as_ref()
                .is_some_and(|details| !(details.phones.is_empty() && details.emails.is_empty()))
        };
        self.format == Format::Csv && !self.rows.is_empty() && !self.rows.iter().any(reaches)
    }

    /// Leaves out all that is about these contacts, by the ids that our own files carry.
    pub fn without(&self, contacts: &BTreeSet<ContactId>) -> Choices {
        let is_one = |id: &str| contacts.contains(&ContactId::new(id));
        let is_about = |row: &Row| {
            let mut uids = row.details.iter().flat_map(|details| &details.uids);
            row.own.as_ref().is_some_and(|(id, _)| is_one(id.as_str()))
                || uids.any(|uid| uid.strip_prefix(vcard::OWN_UID).is_some_and(is_one))
        };
        self.rows.iter().filter(|row| is_about(row)).map(|row| (row.number, Choice::Skip)).collect()
    }

    /// Rows that were read elsewhere.
    pub(crate) fn of(format: Format, rows: Vec<Row>, country: Option<&str>) -> Self {
        Self {
            format,
            encoding: None,
            is_guessed: false,
            mapping: None,
            rows,
            country: country.map(str::to_owned),
        }
    }
}

/// What a person wants done with a row instead of what was proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub enum Choice {
    /// Leave it out.
    Skip,
    /// A person of its own.
    Add,
    /// The same person as this contact. A contact that was removed is kept again.
    Contact {
        /// Which.
        contact: ContactId,
        /// Whose texts stay where both say something.
        #[serde(default)]
        prefer: Prefer,
    },
    /// The same person as an earlier row.
    Row {
        /// Its number.
        row: usize,
        /// Whose texts stay where both say something.
        #[serde(default)]
        prefer: Prefer,
    },
}

/// Whose texts stay where both say something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Prefer {
    /// What is here already.
    #[default]
    Here,
    /// What the file says.
    There,
}

/// Choices by the numbers of their rows.
pub type Choices = BTreeMap<usize, Choice>;

/// A file may hold pictures; more than this is no contact list, and more than a phone can hold.
const LARGEST_FILE: usize = 256 * 1024 * 1024;

/// Reads a file and tells what importing it would do. Nothing is written.
pub fn preview(document: &Document, bytes: &[u8], options: &Options) -> Result<Preview, ImportError> {
    if bytes.len() > LARGEST_FILE {
        return Err(ImportError::TooLarge);
    }
    let country = options.country.as_deref();
    let preview = if vcard::is_vcard(bytes) {
        let (cards, encoding) = vcard::read(bytes, options.encoding, country);
        let cards = cards.into_iter().map(|card| (card.line, card.details, card.flags));
        Preview {
            format: Format::Vcard,
            encoding,
            is_guessed: encoding.is_some() && options.encoding.is_none(),
            mapping: None,
            rows: rows(cards, country),
            country: options.country.clone(),
        }
    } else {
        let (text, encoding) = encoding::decode(bytes, options.encoding)?;
        if vcard::is_vcard(text.as_bytes()) {
            // Cards in UTF-16, which no line of them can say.
            return self::preview(document, text.as_bytes(), options);
        }
        if text.trim_start().starts_with('{') {
            return Ok(planned(document, json_rows(&text, options)?));
        }
        if text.trim_start().starts_with(['<', '[']) {
            return Err(ImportError::OtherFormat);
        }
        let (mapping, lines) = csv::read(&text, options.mapping.as_ref(), country);
        let lines = lines.into_iter().map(|line| (line.line, line.details, line.flags));
        Preview {
            format: Format::Csv,
            encoding: Some(encoding),
            is_guessed: encoding.is_a_guess() && options.encoding.is_none(),
            mapping: Some(mapping),
            rows: rows(lines, country),
            country: options.country.clone(),
        }
    };
    Ok(planned(document, preview))
}

/// Adds what would be done with each row.
fn planned(document: &Document, mut preview: Preview) -> Preview {
    let known = record::known(document.automerge());
    let plans = plan::build(&preview, &known, &Choices::new());
    for (row, plan) in preview.rows.iter_mut().zip(plans) {
        row.flags = plan.all_flags(&row.flags);
        row.proposal = plan.proposal;
    }
    preview
}

/// The contacts of our own JSON, which carry the id that our cards carry too.
fn json_rows(text: &str, options: &Options) -> Result<Preview, ImportError> {
    let country = options.country.as_deref();
    let read = json::read(text).map_err(|error| match error {
        StateError::Other => ImportError::OtherFormat,
        error => ImportError::Json(error),
    })?;
    let read = read.into_iter().enumerate().map(|(place, (id, mut details))| {
        details.uids.push(format!("{}{id}", vcard::OWN_UID));
        let details = details.tidy(country);
        let flags = numbers::flags(&details, country);
        let is_empty = details.is_empty();
        let line = u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1);
        (line, if is_empty { Err(Refusal::Nothing) } else { Ok(details) }, flags)
    });
    Ok(Preview::of(Format::Json, rows(read, country), country))
}

/// Does what was proposed, or chosen instead, and reports every row. What others changed since the preview is seen.
pub fn apply(editor: &mut Editor<'_>, preview: &Preview, choices: &Choices) -> Result<Report, ContactError> {
    let mut import = Import::begin(editor, preview, choices);
    import.run(editor, usize::MAX)?;
    Ok(import.report())
}

/// An import that is done in several edits, so that none gets too large for one entry of the log.
#[derive(Debug)]
pub struct Import<'a> {
    preview: &'a Preview,
    plans: Vec<plan::Plan>,
    /// The contacts that rows were added as.
    made: BTreeMap<usize, ContactId>,
    done: usize,
}

impl<'a> Import<'a> {
    /// Plans the import on what the document says now.
    pub fn begin(editor: &Editor<'_>, preview: &'a Preview, choices: &Choices) -> Self {
        let known = record::known(editor.reader());
        let plans = plan::build(preview, &known, choices);
        Self { preview, plans, made: BTreeMap::new(), done: 0 }
    }

    /// Does the next rows; false if there are no more. An edit that fails may be tried again.
    pub fn run(&mut self, editor: &mut Editor<'_>, rows: usize) -> Result<bool, ContactError> {
        let mut made = self.made.clone();
        let end = self.done.saturating_add(rows).min(self.plans.len());
        for plan in self.plans.get(self.done..end).unwrap_or_default() {
            plan.write(editor, &mut made)?;
        }
        self.made = made;
        self.done = end;
        Ok(self.done < self.plans.len())
    }

    /// What was done with each row.
    pub fn report(self) -> Report {
        let rows = self.preview.rows.iter().zip(self.plans).map(|(row, plan)| {
            let outcome = plan.outcome(row, &self.made);
            let flags = plan.all_flags(&row.flags);
            RowReport { number: row.number, line: row.line, name: row.name.clone(), outcome, flags }
        });
        let guessed = self.preview.encoding.filter(|_| self.preview.is_guessed);
        Report { guessed, ..Report::of(rows.collect()) }
    }
}

fn rows(
    read: impl Iterator<Item = (u64, Result<Details, Refusal>, Vec<Flag>)>,
    country: Option<&str>,
) -> Vec<Row> {
    let rows = read.enumerate().map(|(place, (line, details, flags))| {
        let (details, proposal) = match details {
            Ok(details) => (Some(details), Proposal::Add),
            Err(why) => (None, Proposal::Refuse { why }),
        };
        let name = details.as_ref().map(|details| details.shown_name(country)).unwrap_or_default();
        Row { number: place.saturating_add(1), line, name, details, flags, proposal, own: None }
    });
    rows.collect()
}

/// Why a file is not read at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It is no text, or empty.
    #[error(transparent)]
    NotText(#[from] NotText),
    /// It is our own JSON, and damaged or newer.
    #[error(transparent)]
    Json(#[from] StateError),
    /// It is a web page, other JSON, or the like.
    #[error("the file holds neither contact cards (.vcf) nor a sheet (.csv)")]
    OtherFormat,
    /// It is larger than any contact list.
    #[error("the file is larger than 256 MB")]
    TooLarge,
}
