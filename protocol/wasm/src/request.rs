//! What screens ask of the device: the same shapes as server/web/src/device/messages.ts.

use porchlight_documents::contacts::{ContactId, Details, TextField};
use porchlight_documents::import::{Choices, Options};
use porchlight_wire::GroupId;
use porchlight_wire::roster::Role;
use serde::{Deserialize, Deserializer};

use crate::about::AboutRequest;
use crate::archive::ArchiveRequest;
use crate::notes::{About, DecisionRequest, NoteRequest};
use crate::people::PeopleRequest;
use crate::roster;
use crate::shifts;
use crate::words;

/// One request, as JSON `{"addContact": {…}}`: a tag outside costs less code than one among the fields.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Request {
    Groups {},
    Members {
        group: Group,
    },
    FoundGroup {
        name: String,
        member_name: String,
        url: String,
        token: Option<String>,
        server_key: Option<String>,
        country: Option<String>,
        zone: Option<String>,
        locale: Option<String>,
    },
    ReadInvitation {
        link: String,
    },
    Invite {
        group: Group,
        role: RoleName,
        uses: u32,
        days: u32,
        /// The id of the member whose further device, or way back in, it is for; then uses is 1.
        #[serde(default)]
        member: Option<String>,
        /// An organizer lets in those who ask, and so many members must vouch: 0 for none.
        #[serde(default)]
        vouches: Option<u8>,
    },
    /// Who is in, invitations, and what organizers do about them.
    Roster {
        group: Group,
        ask: roster::Ask,
    },
    /// Invitations as words that can be told, and recovery words.
    Words(words::Ask),
    Join {
        link: String,
        member_name: String,
        /// A few words to those who decide, where the invitation needs approval.
        #[serde(default)]
        words: String,
    },
    Contacts {
        group: Group,
        search: String,
        #[serde(default)]
        only: Which,
    },
    Contact {
        group: Group,
        contact: ContactId,
    },
    ContactHistory {
        group: Group,
        contact: ContactId,
    },
    AddContact {
        group: Group,
        details: Box<Details>,
    },
    EditContact {
        group: Group,
        contact: ContactId,
        before: Box<Details>,
        after: Box<Details>,
        /// The version of the list that the form was opened with, as in [`About`].
        #[serde(default)]
        shown: Option<String>,
    },
    SettleField {
        group: Group,
        contact: ContactId,
        field: TextField,
        text: String,
        #[serde(default)]
        shown: Option<String>,
    },
    RemoveContact {
        group: Group,
        contact: ContactId,
        reason: String,
    },
    KeepContact {
        group: Group,
        contact: ContactId,
    },
    /// Says which contact is about this member; none takes it back.
    ClaimContact {
        group: Group,
        contact: Option<ContactId>,
    },
    ClaimedContact {
        group: Group,
    },
    MakeSnapshot {
        group: Group,
    },
    ForgetContact {
        group: Group,
        contact: ContactId,
    },
    LateEdits {
        group: Group,
    },
    MoveTo {
        group: Group,
        url: String,
        token: Option<String>,
        server_key: Option<String>,
    },
    Follow {
        link: String,
    },
    PreviewImport {
        group: Group,
        options: Options,
    },
    ApplyImport {
        group: Group,
        options: Options,
        choices: Choices,
    },
    Export {
        group: Group,
        format: ExportFormat,
    },
    /// The group itself, and its circles.
    About(About<AboutRequest>),
    People(About<PeopleRequest>),
    Archive(About<ArchiveRequest>),
    Notes(About<NoteRequest>),
    Decisions(About<DecisionRequest>),
    SetAside {
        group: Group,
    },
    Forks {
        group: Group,
    },
    ExportBundle {
        group: Group,
    },
    Greeting {
        group: Group,
    },
    Present {
        group: Group,
        document: String,
        item: String,
    },
    Presence {
        group: Group,
    },
    OpenBundle {},
    OpenCodes {
        codes: Vec<String>,
    },
    /// Gives the rules of a time zone: the file is TZif.
    AddZone {
        name: String,
    },
    Shifts {
        group: Group,
        ask: shifts::Ask,
        #[serde(default)]
        shown: Option<String>,
    },
}

/// Which contacts to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Which {
    #[default]
    All,
    /// Those about which somebody has to decide.
    Asked,
}

/// A file format to export to.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ExportFormat {
    Vcard4,
    Vcard3,
    Csv,
    CsvSemicolon,
    Json,
}

/// A Group by its id in hex.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group(pub(crate) GroupId);

impl<'de> Deserialize<'de> for Group {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        GroupId::from_hex(&text).map(Self).ok_or_else(|| serde::de::Error::custom("not the id of a group"))
    }
}

/// What a member may do, by its name.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RoleName {
    Organizer,
    Member,
    Reader,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Organizer => Self::Organizer,
            RoleName::Member => Self::Member,
            RoleName::Reader => Self::Reader,
        }
    }
}
