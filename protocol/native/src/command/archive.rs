//! `archive`: all that a group keeps in one file, out and in, without a network.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use porchlight_device::Taking;
use porchlight_documents::archive::report::Report;
use porchlight_documents::{DocumentName, Kind};
use porchlight_native::Runner;
use porchlight_wire::{GroupId, limits};
use serde::Serialize;

use crate::command::desk::Desk;
pub(crate) use crate::command::failure::ArchiveFailure;
use crate::command::screen::Answer;
use crate::command::words::plain;
use crate::command::{Failure, file};

#[derive(Debug, Subcommand)]
pub(crate) enum Archive {
    /// Write contacts, shifts, notes and decisions into one file (.zip) that people and programs can read
    Export(Export),
    /// Bring such a file in, or the JSON of one document: what is missing comes, and nothing that is here goes
    Import(file::Incoming),
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file
    file: PathBuf,
    /// Only the JSON of this one, such as contacts, schedule/2026-05, note/ID or decision/ID
    #[arg(long, value_name = "KIND[/ID]")]
    document: Option<String>,
}

/// Carries out what was typed after `archive`.
pub(crate) fn run(desk: &Desk, wanted: &Archive) -> Result<(), Failure> {
    let mut runner = desk.offline()?;
    let group = desk.group(&mut runner)?.group;
    match wanted {
        Archive::Export(Export { file: path, document }) => {
            let bytes = match document {
                Some(document) => lone(&mut runner, group, document)?,
                None => {
                    let bytes = runner.act(|device, now| device.export_archive(group, now))?;
                    bytes.map_err(|error| Failure::Archive {
                        path: path.clone(),
                        error: Box::new(error.into()),
                    })?
                }
            };
            file::write(path, &bytes)?;
            desk.show(&Exported { file: path.clone(), bytes: bytes.len() })
        }
        Archive::Import(file::Incoming { file: path, preview }) => {
            let bytes = file::read(path, limits::MAX_ARCHIVE as u64)?;
            let taking = if *preview { Taking::Look } else { Taking::Take };
            let report = runner.act(|device, now| device.import_archive(group, &bytes, taking, now))?;
            let report = report
                .map_err(|error| Failure::Archive { path: path.clone(), error: Box::new(error.into()) })?;
            desk.show(&Imported {
                group: group.to_string(),
                changes: report.changes(),
                preview: *preview,
                report,
            })
        }
    }
}

/// The JSON of one document.
fn lone(runner: &mut Runner, group: GroupId, document: &str) -> Result<Vec<u8>, Failure> {
    let unknown = || Failure::Usage(format!("there is no document '{}'", plain(document)));
    let (kind, key) = document.split_once('/').unwrap_or((document, ""));
    let name = DocumentName { kind: Kind::from_word(kind).ok_or_else(unknown)?, key: key.to_owned() };
    let json = runner.act(|device, now| device.export_document(group, &name, now))??;
    json.map(String::into_bytes).ok_or_else(unknown)
}

#[derive(Debug, Serialize)]
struct Exported {
    file: PathBuf,
    bytes: usize,
}

impl Answer for Exported {
    fn text(&self) -> String {
        format!(
            "{} bytes written to {}. It holds names and numbers, and nothing in it is locked: keep it safe.",
            self.bytes,
            plain(&self.file.display().to_string())
        )
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Imported {
    group: String,
    /// How many things came or changed.
    changes: usize,
    preview: bool,
    report: Report,
}

impl Answer for Imported {
    fn text(&self) -> String {
        let mut lines: Vec<String> = self.report.to_string().lines().map(plain).collect();
        if self.preview {
            lines.push("Nothing was changed".to_owned());
        }
        lines.join("\n")
    }
}
