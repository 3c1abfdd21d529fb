//! Everything that can go wrong with a command, each in one line that says what to do.

use std::io;
use std::path::PathBuf;

use porchlight_device::schedule::{LookError, ScheduleChangeError};
use porchlight_device::{ActError, BundleError, EditError, ExportError, JoinFailure, TakeError, WordsError};
use porchlight_documents::contacts::ContactError;
use porchlight_documents::decisions::DecisionError;
use porchlight_documents::ics::NotACalendar;
use porchlight_documents::import::ImportError;
use porchlight_documents::notes::NoteError;
use porchlight_documents::schedule::ScheduleError;
use porchlight_documents::schedule::zone::ZoneError;
use porchlight_native::about::AboutError;
use porchlight_native::address::AddressError;
use porchlight_native::connection::TrustError;
use porchlight_native::home::HomeError;
use porchlight_native::run::RunError;
use porchlight_native::store::StoreError;
use thiserror::Error;

/// Why a command did not do what was asked.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// Something typed makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Something typed is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The folder cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// There is no home folder to put one into.
    #[error("this account has no home folder; say where with --home DIR")]
    NoHome,
    /// The file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The device cannot go on.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The system has no threads or signals left.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    /// The certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The server is not known well enough.
    #[error(transparent)]
    About(#[from] AboutError),
    /// The server does not take this group.
    #[error("{0}")]
    Founding(&'static str),
    /// The new server would not take the group, so nothing was signed.
    #[error("that server would not take the group: {0}. The group stays where it is")]
    NotTaken(&'static str),
    /// The device is in no group.
    #[error("this device is in no group yet; 'create-group' or 'join' changes that")]
    NoGroup,
    /// Several groups are meant.
    #[error("which group? say --group with a name or an id: {0}")]
    WhichGroup(String),
    /// None is meant.
    #[error("no group is called '{wanted}'; there is {all}")]
    NoSuchGroup {
        /// What was typed.
        wanted: String,
        /// What there is.
        all: String,
    },
    /// The device refuses.
    #[error(transparent)]
    Act(#[from] ActError),
    /// A bundle cannot be made or opened.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The contact list refuses.
    #[error(transparent)]
    Contact(#[from] ContactError),
    /// The note refuses.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The decision refuses.
    #[error(transparent)]
    Decision(#[from] DecisionError),
    /// The shifts cannot be shown.
    #[error(transparent)]
    Look(#[from] LookError),
    /// The shifts refuse.
    #[error(transparent)]
    Shifts(Box<ScheduleChangeError>),
    /// Something about shifts makes no sense.
    #[error(transparent)]
    Shift(Box<ScheduleError>),
    /// A time zone is not known.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// No shift or series is meant, or several are.
    #[error("{0}")]
    WhichShift(String),
    /// A file is no calendar.
    #[error("{}: {error}", path.display())]
    Calendar {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: NotACalendar,
    },
    /// No note or decision is meant, or several are.
    #[error("{0}")]
    WhichNote(String),
    /// No contact is meant, or several are.
    #[error("{0}")]
    WhichContact(String),
    /// A file is no contact list.
    #[error("{}: {error}", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: ImportError,
    },
    /// An archive cannot be written or brought in.
    #[error("{}: {error}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: Box<ArchiveFailure>,
    },
    /// A file cannot be read or written.
    #[error("cannot {verb} {}: {error}", path.display())]
    File {
        /// "read" or "write".
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The server did not say a word, or stopped speaking.
    #[error("the server {server} cannot be reached: {why}; {kept}")]
    NotReached {
        /// Which.
        server: String,
        /// Why.
        why: String,
        /// What is safe.
        kept: &'static str,
    },
    /// The server was there, but the time was not enough.
    #[error("'{group}' was not done in time; {kept}; --timeout gives it longer")]
    Late {
        /// Which group.
        group: String,
        /// What is safe.
        kept: &'static str,
    },
    /// The group cannot sync.
    #[error("'{group}': {what}")]
    Problem {
        /// Which group.
        group: String,
        /// What is wrong.
        what: String,
    },
    /// Nothing went wrong that is known, and yet there is no new snapshot.
    #[error("'{group}': no snapshot was made; everything is as it was, and it can be done again")]
    NoSnapshot {
        /// Which group.
        group: String,
    },
    /// The invitation was refused.
    #[error("{0}")]
    NotLetIn(JoinFailure),
    /// Something typed are not the words.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// Nothing is behind the words.
    #[error("{0}")]
    NoCode(&'static str),
    /// What is printed went nowhere.
    #[error("cannot print: {0}")]
    Unread(io::Error),
    /// An answer has no JSON form.
    #[error("cannot print: {0}")]
    Json(serde_json::Error),
}

impl From<ScheduleChangeError> for Failure {
    fn from(error: ScheduleChangeError) -> Self {
        Self::Shifts(Box::new(error))
    }
}

impl From<ScheduleError> for Failure {
    fn from(error: ScheduleError) -> Self {
        Self::Shift(Box::new(error))
    }
}

/// Why an archive cannot be written or brought in.
#[derive(Debug, Error)]
pub(crate) enum ArchiveFailure {
    /// It cannot be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// It cannot be brought in.
    #[error(transparent)]
    Take(#[from] TakeError),
}

impl Failure {
    /// 2 where the command was typed wrongly, else 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Address(_) => 2,
            _ => 1,
        }
    }
}

impl<E> From<EditError<E>> for Failure
where
    Failure: From<E>,
{
    fn from(error: EditError<E>) -> Self {
        match error {
            EditError::Act(error) => error.into(),
            EditError::Document(error) => error.into(),
        }
    }
}
