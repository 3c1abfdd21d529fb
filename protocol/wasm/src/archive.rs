//! Requests about the archive of a group, and notes from files.

use base64ct::{Base64, Encoding};
use porchlight_device::{Device, ExportError, TakeError, Taking};
use porchlight_documents::archive::ArchiveError;
use porchlight_documents::archive::report::{Report, Row};
use porchlight_wire::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::fault::Fault;
use crate::notes::About;

/// `{"archive": {"group": …, "ask": {"export": {}}}}`; what is imported comes as the file of the request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ArchiveRequest {
    /// The archive in Base64.
    Export {},
    /// What importing the file would do.
    Preview {},
    /// Imports the file, and says what became of everything in it.
    Import {},
    /// Makes a note of a Markdown file; `name` is the file's, which names the note where the text does not.
    ImportNote { name: String },
}

/// The note that a file became, or is already, and which of the two.
#[derive(Debug, Serialize)]
struct NoteAnswer {
    note: String,
    row: Row,
}

/// Carries out one request.
pub(crate) fn perform(
    device: &mut Device,
    about: About<ArchiveRequest>,
    file: &[u8],
    now: Timestamp,
) -> Answer {
    let group = about.group.0;
    let mut take = |taking| device.import_archive(group, file, taking, now);
    match about.ask {
        ArchiveRequest::Preview {} => Answer::new::<Report, _>(take(Taking::Look)),
        ArchiveRequest::Import {} => Answer::new::<Report, _>(take(Taking::Take)),
        ArchiveRequest::Export {} => {
            Answer::new(device.export_archive(group, now).map(|bytes| Base64::encode_string(&bytes)))
        }
        ArchiveRequest::ImportNote { name } => {
            let taken = device.import_note(group, file, &name, Taking::Take, now);
            Answer::new(taken.map(|(name, row)| NoteAnswer { note: name.key, row }))
        }
    }
}

fn archive_code(error: ArchiveError) -> &'static str {
    match error {
        ArchiveError::NotAnArchive => "archive_other",
        ArchiveError::TooLarge | ArchiveError::TooManyFiles => "archive_large",
    }
}

impl From<ExportError> for Fault {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Act(error) => error.into(),
            ExportError::Look(error) => (*error).into(),
            ExportError::Archive(error) => Self::of(archive_code(error), &error),
        }
    }
}

impl From<TakeError> for Fault {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::Act(error) => error.into(),
            TakeError::Look(error) => (*error).into(),
            TakeError::Archive(error) => Self::of(archive_code(error), &error),
            TakeError::NotText(_) => Self::of("file_other", &error),
            TakeError::Write => Self::of("document_unreadable", &error),
        }
    }
}
