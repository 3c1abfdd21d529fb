//! `import` and `export`: address books of phones and spreadsheets, in and out.

use std::path::PathBuf;

use porchlight_documents::contacts::{self, ContactError};
use porchlight_documents::csv::{self, Delimiter};
use porchlight_documents::encoding::Encoding;
use porchlight_documents::import::{self, Choices, Guessed, Options, Preview, Proposal, Report};
use porchlight_documents::vcard;
use serde::Serialize;

use super::columns::remap;
use super::{Book, CardVersion, Export, Format, Import};
use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::{count, plain};
use crate::command::{Failure, file};

/// Brings in a file, or says what that would do.
pub(super) fn import(desk: &Desk, book: &mut Book, wanted: &Import) -> Result<(), Failure> {
    let bytes = file::read(&wanted.what.file, LARGEST)?;
    let mut options = Options { country: book.country()?, encoding: wanted.encoding, ..Options::default() };
    let mut preview = look(book, wanted, &bytes, &options)?;
    if !wanted.map.is_empty() {
        let no_sheet = || Failure::Usage("--map is for sheets (.csv), and this file holds cards".to_owned());
        let mut mapping = preview.mapping.clone().ok_or_else(no_sheet)?;
        remap(&mut mapping, &wanted.map)?;
        options.mapping = Some(mapping);
        preview = look(book, wanted, &bytes, &options)?;
    }
    if wanted.what.preview {
        return desk.show(&Looked { preview });
    }
    if preview.reaches_nobody() && wanted.map.is_empty() {
        return Err(Failure::Usage(format!(
            "nothing was taken from {}: no row has a number or an address, so it may be no contact list; look at it with --preview, and to take it in say what its columns hold, as in --map 1=name",
            plain(&wanted.what.file.display().to_string())
        )));
    }
    let mut work =
        book.edit(|editor| Ok::<_, ContactError>(import::Import::begin(editor, &preview, &Choices::new())))?;
    // In several changes, each small enough for one entry of the log.
    while book.edit(|editor| work.run(editor, ROWS_AT_ONCE))? {}
    desk.show(&Imported { group: book.papers.group().to_string(), report: work.report() })
}

/// Writes the list to the terminal or to a file.
pub(super) fn export(desk: &Desk, book: &mut Book, wanted: &Export) -> Result<(), Failure> {
    let contacts = book.read(contacts::list)?;
    let bytes = match (wanted.format, wanted.version) {
        (Format::Json, _) => contacts::json::write(&contacts).into_bytes(),
        (Format::Csv, _) => csv::write(&contacts, Delimiter::Comma),
        (Format::Vcf, CardVersion::V3) => vcard::write(&contacts, vcard::Version::V3).into_bytes(),
        (Format::Vcf, CardVersion::V4) => vcard::write(&contacts, vcard::Version::V4).into_bytes(),
    };
    let Some(path) = &wanted.output else {
        return file::print(&bytes);
    };
    file::write(path, &bytes)?;
    desk.show(&Exported { file: path.clone(), contacts: contacts.len() })
}

fn look(book: &mut Book, wanted: &Import, bytes: &[u8], options: &Options) -> Result<Preview, Failure> {
    let preview = book.read(|document| import::preview(document, bytes, options))?;
    preview.map_err(|error| Failure::Import { path: wanted.what.file.clone(), error })
}

#[derive(Debug, Serialize)]
struct Looked {
    preview: Preview,
}

impl Answer for Looked {
    fn text(&self) -> String {
        let mut lines = vec![count(self.preview.rows.len() as u64, "row")];
        if let Some(mapping) = &self.preview.mapping {
            for (place, column) in mapping.columns.iter().enumerate() {
                let held = serde_json::to_string(&column.column).unwrap_or_default();
                let number = place.saturating_add(1);
                lines.push(format!("  column {number} '{}': {held}", plain(&column.heading)));
            }
        }
        if let Some(encoding) = self.preview.encoding.filter(|_| self.preview.is_guessed) {
            lines.push(guessed(encoding));
        }
        for row in &self.preview.rows {
            let what = match &row.proposal {
                Proposal::Add => "add".to_owned(),
                Proposal::Same { .. } => "nothing new".to_owned(),
                Proposal::Update { name, .. } => format!("update {}", plain(name)),
                Proposal::Merge { name, .. } => format!("merge with {}", plain(name)),
                Proposal::LeaveOut { .. } => "leave out, was removed here before".to_owned(),
                Proposal::Skip => "leave out".to_owned(),
                Proposal::Refuse { why } => format!("not taken: {why}"),
            };
            let flags: String =
                row.flags.iter().map(|flag| format!("; {}", plain(&flag.to_string()))).collect();
            lines.push(format!("{}. (line {}) {}: {what}{flags}", row.number, row.line, plain(&row.name)));
        }
        lines.push("Nothing was changed".to_owned());
        lines.join("\n")
    }
}

#[derive(Debug, Serialize)]
struct Imported {
    group: String,
    report: Report,
}

impl Answer for Imported {
    fn text(&self) -> String {
        let how = self.report.guessed.map(|encoding| (Guessed(encoding).to_string(), guessed(encoding)));
        let line = |line: &str| match &how {
            Some((what, how)) if line == what => how.clone(),
            _ => plain(line),
        };
        self.report.to_string().lines().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// That the encoding was guessed, and how to choose one here.
fn guessed(encoding: Encoding) -> String {
    format!("{} with --encoding", Guessed(encoding))
}

#[derive(Debug, Serialize)]
struct Exported {
    file: PathBuf,
    contacts: usize,
}

impl Answer for Exported {
    fn text(&self) -> String {
        format!(
            "{} written to {}",
            count(self.contacts as u64, "contact"),
            plain(&self.file.display().to_string())
        )
    }
}

/// More is refused when it is read; see `porchlight_documents::import`.
const LARGEST: u64 = 256 * 1024 * 1024;

const ROWS_AT_ONCE: usize = 50;
