//! What the device answers and tells, as JSON: the same shapes as server/web/src/device/messages.ts.

use std::collections::BTreeMap;

use porchlight_device::{Coming, DeviceView, Event, GroupStatus, MemberView, Saving, Stage};
use porchlight_documents::contacts::history::Step;
use porchlight_documents::contacts::{Contact, ContactId, Presence};
use porchlight_wire::roster::Role;
use porchlight_wire::{Generation, Position, Timestamp};
use serde::Serialize;

use crate::fault::{self, Fault};
use crate::roster;

/// What a request came to, as JSON.
#[derive(Debug)]
pub(crate) struct Answer(String);

impl Answer {
    pub(crate) fn new<T: Serialize, E: Into<Fault>>(result: Result<T, E>) -> Self {
        match result {
            Ok(value) => Self(format!(r#"{{"ok":true,"value":{}}}"#, json(&value))),
            Err(fault) => Self(format!(r#"{{"ok":false,"fault":{}}}"#, json(&fault.into()))),
        }
    }

    /// The request was not one: the app is at fault.
    pub(crate) fn misused(detail: String) -> Self {
        Self::new::<(), _>(Err(Fault::new("misused", detail)))
    }

    pub(crate) fn into_json(self) -> String {
        self.0
    }
}

/// An event as screens hear it.
#[derive(Debug, Serialize)]
#[serde(tag = "news", rename_all = "camelCase")]
pub(crate) enum News {
    DocumentChanged {
        group: String,
        document: String,
    },
    StatusChanged {
        group: String,
    },
    MembersChanged {
        group: String,
    },
    Joined {
        group: String,
    },
    PutBack {
        group: String,
        records: u32,
    },
    JoinFailed {
        group: String,
        reason: String,
    },
    CarriedRefused {
        group: String,
        member: Option<String>,
        reason: String,
    },
    PresenceChanged {
        group: String,
    },
    /// Who waits in the lobby has come; ask `lobby`.
    LobbyChanged {
        group: String,
    },
    /// The server keeps the invitation: the six words work now.
    CodeKept {
        group: String,
    },
    /// It does not: those words will never work.
    CodeRefused {
        group: String,
        reason: String,
    },
    /// The invitation behind six words; go on with `readInvitation` and `join`.
    CodeFound {
        link: String,
    },
    /// The groups behind recovery words: `joined` or `joinFailed` follows for each.
    ListFound {
        groups: Vec<String>,
    },
    /// There is none (`not_found`), or it may not be looked for now (`too_often`).
    CodeNotFound {
        reason: String,
    },
    /// What is held of removed devices has come; ask `held`.
    HeldChanged {
        group: String,
    },
    /// A change of who is in was given up: `act` as in [`crate::roster::act`], `reason` the code's name.
    RosterRefused {
        group: String,
        act: &'static str,
        reason: String,
    },
}

impl News {
    pub(crate) fn into_json(self) -> String {
        json(&self)
    }
}

impl From<Event> for News {
    fn from(event: Event) -> Self {
        match event {
            Event::DocumentChanged { group, name } => {
                Self::DocumentChanged { group: group.to_string(), document: name.to_string() }
            }
            Event::StatusChanged { group } => Self::StatusChanged { group: group.to_string() },
            Event::MembersChanged { group } => Self::MembersChanged { group: group.to_string() },
            Event::PresenceChanged { group } => Self::PresenceChanged { group: group.to_string() },
            Event::CarriedRefused { group, member, code } => Self::CarriedRefused {
                group: group.to_string(),
                member: member.map(|id| id.to_string()),
                reason: fault::code_name(code),
            },
            Event::CodeKept { group } => Self::CodeKept { group: group.to_string() },
            Event::CodeRefused { group, code } => {
                Self::CodeRefused { group: group.to_string(), reason: fault::code_name(code) }
            }
            Event::CodeFound { invitation } => Self::CodeFound { link: invitation.link() },
            Event::ListFound { groups } => {
                Self::ListFound { groups: groups.iter().map(ToString::to_string).collect() }
            }
            Event::CodeNotFound { code } => Self::CodeNotFound { reason: fault::code_name(code) },
            Event::LobbyChanged { group } => Self::LobbyChanged { group: group.to_string() },
            Event::HeldChanged { group } => Self::HeldChanged { group: group.to_string() },
            Event::RosterRefused { group, act, code } => Self::RosterRefused {
                group: group.to_string(),
                act: roster::act(act),
                reason: fault::code_name(code),
            },
            Event::PutBack { group, records } => Self::PutBack { group: group.to_string(), records },
            Event::Joined { group } => Self::Joined { group: group.to_string() },
            Event::JoinFailed { group, reason } => {
                Self::JoinFailed { group: group.to_string(), reason: fault::join_code(reason) }
            }
        }
    }
}

/// A Group as the screen shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupAnswer {
    group: String,
    name: String,
    /// The group of this phone in whose list of circles it stands.
    parent: Option<String>,
    url: String,
    stage: &'static str,
    member: Option<String>,
    role: Option<&'static str>,
    saving: SavingAnswer,
    current: bool,
    waiting: usize,
    position: u64,
    time: u64,
    ahead: i64,
    last_sent: Option<u64>,
    skipped: u32,
    /// Changes that only a later version of the app can show.
    later: usize,
    put_back: u32,
    /// The newest generation of which the server had lost something.
    lost: Option<u32>,
    snapshot: SnapshotAnswer,
    forks: usize,
    carried: usize,
    /// Entries that wait for a key of the Group.
    parked: usize,
    /// How this device went, if it is not in the Group any more.
    departure: Option<roster::DepartureAnswer>,
    /// How many wait in the lobby, and of how many removed devices the server holds work, as last heard.
    newcomers: usize,
    held: usize,
    problem: Option<String>,
}

/// What stands for the log's older part, and how many Documents of it are still to come while this device starts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SnapshotAnswer {
    newest: Option<u64>,
    endorsed: Option<u64>,
    objected: bool,
    loading: Option<usize>,
    forgotten: usize,
}

#[derive(Debug, Serialize)]
#[serde(tag = "is", rename_all = "camelCase")]
enum SavingAnswer {
    SavedHere,
    SavedAndSent,
    CannotReach { since: u64 },
}

impl From<GroupStatus> for GroupAnswer {
    fn from(status: GroupStatus) -> Self {
        Self {
            group: status.group.to_string(),
            name: status.name,
            parent: status.parent.map(|parent| parent.to_string()),
            url: status.url,
            stage: match status.stage {
                Stage::Founding => "founding",
                Stage::Joining => "joining",
                Stage::Waiting => "waiting",
                Stage::Active => "active",
            },
            member: status.member.map(|member| member.to_string()),
            role: status.role.map(role),
            saving: match status.saving {
                Saving::SavedHere => SavingAnswer::SavedHere,
                Saving::SavedAndSent => SavingAnswer::SavedAndSent,
                Saving::CannotReach { since } => SavingAnswer::CannotReach { since: since.millis() },
            },
            current: status.current,
            waiting: status.waiting,
            position: status.position.get(),
            time: status.time.millis(),
            ahead: status.ahead,
            last_sent: status.last_sent.map(Timestamp::millis),
            skipped: status.skipped,
            later: status.later,
            put_back: status.put_back,
            lost: status.lost.map(Generation::get),
            snapshot: SnapshotAnswer {
                newest: status.snapshots.newest.map(Position::get),
                endorsed: status.snapshots.endorsed.map(Position::get),
                objected: status.snapshots.objected,
                loading: status.snapshots.loading,
                forgotten: status.snapshots.forgotten,
            },
            forks: status.forks,
            carried: status.carried,
            parked: status.parked,
            departure: status.departure.map(Into::into),
            newcomers: status.newcomers,
            held: status.held,
            problem: status.problem.map(fault::problem_code),
        }
    }
}

/// A member as the screen shows one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberAnswer {
    id: String,
    name: String,
    role: &'static str,
    since: u64,
    is_self: bool,
    devices: Vec<DeviceAnswer>,
    /// What they were called before.
    formerly: Vec<String>,
    /// What waits for the server: `removed`, `left` or a role.
    coming: Option<&'static str>,
}

/// A device of a member: since when, and when it last wrote, if that is known.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceAnswer {
    id: String,
    since: u64,
    wrote: Option<u64>,
    /// Whether it is taken out as soon as this device reaches the server.
    recovered: bool,
    leaves: bool,
}

impl From<MemberView> for MemberAnswer {
    fn from(member: MemberView) -> Self {
        Self {
            id: member.id.to_string(),
            name: member.name,
            role: role(member.role),
            since: member.since.millis(),
            is_self: member.is_self,
            devices: member.devices.into_iter().map(Into::into).collect(),
            formerly: member.formerly,
            coming: member.coming.map(|coming| match coming {
                Coming::Removed => "removed",
                Coming::Left => "left",
                Coming::Role(wanted) => role(wanted),
            }),
        }
    }
}

impl From<DeviceView> for DeviceAnswer {
    fn from(device: DeviceView) -> Self {
        Self {
            id: device.id.to_string(),
            since: device.since.millis(),
            wrote: device.wrote.map(Timestamp::millis),
            recovered: device.recovered,
            leaves: device.leaves,
        }
    }
}

/// What an invitation link says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationAnswer {
    pub(crate) group: String,
    pub(crate) url: String,
    pub(crate) name: String,
    pub(crate) is_in: bool,
    /// Whether an organizer decides about those who come by it.
    pub(crate) needs_approval: bool,
    /// The name of the member whose further phone it is for.
    pub(crate) whose: Option<String>,
    /// Whether those who join by it only read.
    pub(crate) reads: bool,
}

/// One line of a list of contacts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContactLine {
    id: ContactId,
    name: String,
    phone: Option<String>,
    area: String,
    speaks: Vec<String>,
    languages: Vec<String>,
    skills: Vec<String>,
    tags: Vec<String>,
    no_device: bool,
    confirmed: String,
    has_question: bool,
}

impl ContactLine {
    /// Whether there is something in it about which somebody has to decide.
    pub(crate) fn has_question(contact: &Contact) -> bool {
        !contact.conflicts.is_empty() || matches!(contact.presence, Presence::Asked { .. })
    }

    pub(crate) fn new(contact: Contact, country: Option<&str>) -> Self {
        let has_question = Self::has_question(&contact);
        let details = contact.details;
        let mut languages = [&details.speaks[..], &details.prefers, &details.interprets].concat();
        languages.sort_unstable();
        languages.dedup();
        Self {
            id: contact.id,
            name: details.shown_name(country),
            phone: details.phones.first().map(|phone| phone.shown(country)),
            area: details.area,
            speaks: details.speaks,
            languages,
            skills: details.skills,
            tags: details.tags,
            no_device: details.no_device,
            confirmed: details.confirmed,
            has_question,
        }
    }
}

/// A contact, what to call it, its numbers as people write them, and what those who changed it are called.
#[derive(Debug, Serialize)]
pub(crate) struct ContactAnswer {
    name: String,
    numbers: Vec<String>,
    contact: Contact,
    authors: BTreeMap<String, String>,
    version: String,
    /// It is to be forgotten for good, and the log does not say so yet.
    forgetting: bool,
}

impl ContactAnswer {
    pub(crate) fn new(
        contact: Contact,
        country: Option<&str>,
        authors: BTreeMap<String, String>,
        version: String,
        forgetting: bool,
    ) -> Self {
        let numbers = contact.details.phones.iter().map(|phone| phone.shown(country)).collect();
        Self { name: contact.details.shown_name(country), numbers, contact, authors, version, forgetting }
    }
}

/// Who changed what in a contact.
#[derive(Debug, Serialize)]
pub(crate) struct HistoryAnswer {
    pub(crate) steps: Vec<Step>,
    pub(crate) authors: BTreeMap<String, String>,
}

pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Organizer => "organizer",
        Role::Member => "member",
        Role::Reader => "reader",
    }
}

/// Nothing here fails to be written: all keys are text, and no value refuses.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
