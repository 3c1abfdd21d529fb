//! Expected failures: a code by which the app chooses its sentence, and the device's own words beside it.

use std::fmt::Display;

use porchlight_device::{
    ActError, BundleError, EditError, InvitationError, JoinFailure, Problem, TokenError, WordsError,
};
use porchlight_documents::contacts::ContactError;
use porchlight_documents::encoding::NotText;
use porchlight_documents::import::ImportError;
use porchlight_documents::index::IndexError;
use porchlight_wire::frame::Code;
use porchlight_wire::roster::RosterError;
use serde::Serialize;

/// Why a request was not carried out. Nothing changed.
#[derive(Debug, Serialize)]
pub(crate) struct Fault {
    code: String,
    detail: String,
}

impl Fault {
    pub(crate) fn new(code: impl Into<String>, detail: String) -> Self {
        Self { code: code.into(), detail }
    }

    pub(crate) fn of(code: impl Into<String>, error: &impl Display) -> Self {
        Self::new(code, error.to_string())
    }
}

impl From<ActError> for Fault {
    fn from(error: ActError) -> Self {
        let code = match &error {
            ActError::UnknownGroup => "unknown_group",
            ActError::NotInYet | ActError::NoKey => "not_in_yet",
            ActError::Roster(error) => return Self::of(roster_code(*error), error),
            ActError::Document(_) => "document_unreadable",
            ActError::TooMuchAtOnce => "too_much",
            ActError::NoName => "no_name",
            ActError::Invitation(error) => return (*error).into(),
            ActError::AlreadyIn => "already_in",
            ActError::ThereAlready => "move_same_server",
            ActError::LeftWork => "left_work",
            ActError::Token(TokenError::Damaged) => "token_damaged",
            ActError::Token(TokenError::OtherServer) => "token_other_server",
            ActError::CannotSeal => "cannot_seal",
            ActError::NotConnected => "not_connected",
            ActError::Words(error) => return error.clone().into(),
            ActError::StillIn => "still_in",
            ActError::NothingThere => "nothing_there",
            ActError::Index(IndexError::NoName) => "no_name",
            ActError::Index(IndexError::LongName) => "long_name",
            ActError::Index(IndexError::BadCountry(_)) => "bad_country",
            ActError::Index(_) => "document_unreadable",
        };
        Self::of(code, &error)
    }
}

impl From<WordsError> for Fault {
    fn from(error: WordsError) -> Self {
        let code = match &error {
            WordsError::Unknown { .. } => "words_unknown",
            WordsError::OtherCount { .. } => "words_count",
            WordsError::DoNotFit => "words_do_not_fit",
            WordsError::NoMemory => "no_memory",
        };
        Self::of(code, &error)
    }
}

impl From<BundleError> for Fault {
    fn from(error: BundleError) -> Self {
        let code = match error {
            BundleError::NotABundle => "not_a_bundle",
            BundleError::OtherVersion => "bundle_newer",
            BundleError::Damaged => "bundle_damaged",
            BundleError::TooLarge => "bundle_large",
            BundleError::TooLargeForCodes => "bundle_large_for_codes",
            BundleError::UnknownGroup => "unknown_group",
            BundleError::UnknownDevice => "bundle_unknown_device",
            BundleError::UnknownEpoch | BundleError::NoKey => "not_in_yet",
        };
        Self::of(code, &error)
    }
}

impl<E: Into<Self>> From<EditError<E>> for Fault {
    fn from(error: EditError<E>) -> Self {
        match error {
            EditError::Act(error) => error.into(),
            EditError::Document(error) => error.into(),
        }
    }
}

impl From<InvitationError> for Fault {
    fn from(error: InvitationError) -> Self {
        let code = match error {
            InvitationError::Damaged => "invitation_damaged",
            InvitationError::NotAnInvitation | InvitationError::TooLong => "not_an_invitation",
        };
        Self::of(code, &error)
    }
}

impl From<ContactError> for Fault {
    fn from(error: ContactError) -> Self {
        let code = match &error {
            ContactError::Empty => "contact_empty",
            ContactError::Unknown(_) => "contact_unknown",
            ContactError::Removed(_) => "contact_removed",
            _ => "document_unreadable",
        };
        Self::of(code, &error)
    }
}

impl From<ImportError> for Fault {
    fn from(error: ImportError) -> Self {
        let code = match &error {
            ImportError::NotText(NotText::Empty) => "file_empty",
            ImportError::NotText(NotText::Zip | NotText::OldOffice) => "file_office",
            ImportError::NotText(NotText::Binary) | ImportError::OtherFormat | ImportError::Json(_) => {
                "file_other"
            }
            ImportError::TooLarge => "file_large",
        };
        Self::of(code, &error)
    }
}

fn roster_code(error: RosterError) -> &'static str {
    match error {
        RosterError::NotAllowed(_) => "not_allowed",
        RosterError::NotActive => "not_a_member",
        RosterError::Full(_) => "group_full",
        RosterError::LastOrganizer => "last_organizer",
        RosterError::Removed => "removed",
        _ => "roster_refused",
    }
}

pub(crate) fn join_code(failure: JoinFailure) -> String {
    match failure {
        JoinFailure::InvitationClosed => "invitation_closed".to_owned(),
        JoinFailure::InvitationExpired => "invitation_expired".to_owned(),
        JoinFailure::InvitationUsedUp => "invitation_used_up".to_owned(),
        JoinFailure::UnknownGroup => "join_unknown_group".to_owned(),
        JoinFailure::BadRoster => "join_bad_roster".to_owned(),
        JoinFailure::WordsReplaced => "join_words_replaced".to_owned(),
        JoinFailure::SentAway => "join_sent_away".to_owned(),
        JoinFailure::Refused(code) => refused_code("join", code),
    }
}

pub(crate) fn problem_code(problem: Problem) -> String {
    match problem {
        Problem::ServerLacksGroup => "server_lacks_group".to_owned(),
        Problem::NotTaken(_) => "group_not_taken".to_owned(),
        Problem::OtherHistory => "other_history".to_owned(),
        Problem::OtherServer => "other_server".to_owned(),
        Problem::UnsupportedVersion => "unsupported_version".to_owned(),
        Problem::NotAMember => "not_a_member".to_owned(),
        Problem::FoundingRefused(code) => refused_code("founding", code),
        Problem::Clone => "clone".to_owned(),
        Problem::EntryRefused(code) => refused_code("entry", code),
        Problem::ServerBusy(_) => "server_busy".to_owned(),
        Problem::BadKeyBox => "bad_key_box".to_owned(),
        Problem::NoKeyYet => "no_key_yet".to_owned(),
        Problem::Removed => "removed".to_owned(),
        Problem::NoSnapshot => "no_snapshot".to_owned(),
    }
}

/// A code by its name in the specification, such as `not_found`.
pub(crate) fn code_name(code: Code) -> String {
    format!("{code:?}").to_lowercase()
}

/// `founding_bad_token`, after the code's name in the specification.
fn refused_code(what: &str, code: Code) -> String {
    format!("{what}_{code:?}").to_lowercase()
}
