//! What the screen says about a Group: one of three things, and what is wrong if something is.

use porchlight_documents::{DocumentName, index};
use porchlight_wire::roster::Role;
use porchlight_wire::{Generation, GroupId, MemberId, Position, Timestamp};

use crate::device::Device;
use crate::group::{Group, Problem};
use crate::link::{Link, LinkState};
use crate::storage::Phase;

/// Where what was typed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saving {
    /// On this phone; the server has not confirmed all of it yet.
    SavedHere,
    /// On this phone and, confirmed by its signature, on the server.
    SavedAndSent,
    /// On this phone; the server cannot be reached.
    CannotReach {
        /// Since when.
        since: Timestamp,
    },
}

/// How far a Group has come on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Founded here; the server has not confirmed it yet.
    Founding,
    /// On the way in.
    Joining,
    /// Asked to be let in; an organizer decides.
    Waiting,
    /// In.
    Active,
}

/// A Group as the screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupStatus {
    /// Which.
    pub group: GroupId,
    /// What it is called.
    pub name: String,
    /// The Group of this device in whose list of circles it stands.
    pub parent: Option<GroupId>,
    /// Its server's base address.
    pub url: String,
    /// How far it has come.
    pub stage: Stage,
    /// The member whose device this is, once it is in.
    pub member: Option<MemberId>,
    /// What that member may do.
    pub role: Option<Role>,
    /// Where what was typed is.
    pub saving: Saving,
    /// Whether everything that the server has is here.
    pub current: bool,
    /// Changes that the server has not confirmed yet.
    pub waiting: usize,
    /// Entries of others that came by hand and that the server has not confirmed yet.
    pub carried: usize,
    /// How far the log was read.
    pub position: Position,
    /// The server's time of the last Record read.
    pub time: Timestamp,
    /// By how many milliseconds the server's clock is ahead of this device's, as far as it said what time it is; more
    /// than the way to it takes if one of the two is wrong.
    pub ahead: i64,
    /// When something of this device last reached the log.
    pub last_sent: Option<Timestamp>,
    /// Records that were set aside because they do not fit; see [`Device::set_aside`].
    pub skipped: u32,
    /// Changes of Kinds that only a later version of the app knows: kept for it, passed on, and not shown.
    pub later: usize,
    /// How many say that they saw another history; see [`Device::forks`].
    pub forks: usize,
    /// How many Records the server had lost and took back from phones.
    pub put_back: u32,
    /// The newest generation of which the server had lost something that phones gave back, this one or others: the same
    /// as before as long as nothing more was lost.
    pub lost: Option<Generation>,
    /// What stands for the log's older part.
    pub snapshots: crate::SnapshotStatus,
    /// Entries that wait for a key of the Group.
    pub parked: usize,
    /// How this device went, if it is not in the Group any more.
    pub departure: Option<crate::DepartureView>,
    /// How many waited in the lobby when the server was last asked.
    pub newcomers: usize,
    /// Of how many removed devices the server held work when it was last asked.
    pub held: usize,
    /// What keeps it from syncing.
    pub problem: Option<Problem>,
}

impl Device {
    /// All Groups of this device.
    pub fn groups(&mut self) -> Vec<GroupStatus> {
        let parents = crate::circles::parents(&mut self.groups);
        let links = &self.links;
        let state = |url: &str| {
            let link = links.get(url);
            (link.map_or(LinkState::Resting, |link| link.state), link.and_then(Link::ahead).unwrap_or(0))
        };
        let parent = |group: &Group| parents.get(&group.id).copied();
        let groups = self.groups.values_mut();
        groups.map(|group| status(group, parent(group), state(&group.stored.url))).collect()
    }
}

fn status(group: &mut Group, parent: Option<GroupId>, (link, ahead): (LinkState, i64)) -> GroupStatus {
    let own = group.keys.id();
    let member = group.roster.as_ref().and_then(|roster| roster.active(&own).ok());
    let (member, role) = member.map_or((None, None), |(id, member)| (Some(id), Some(member.role)));
    let waiting = group.outbox.waiting().saturating_add(group.statements.len());
    // What came and cannot be opened yet is not here.
    let current = group.is_current() && group.may_send() && group.parked.is_empty();
    let in_log = matches!(group.stored.phase, Phase::Active);
    let saving = match link {
        LinkState::Failing { since } => Saving::CannotReach { since },
        // What waits leaves the Outbox only once the server's signed head covers it.
        _ if waiting == 0 && group.problem.is_none() && in_log => Saving::SavedAndSent,
        _ => Saving::SavedHere,
    };
    GroupStatus {
        group: group.id,
        name: name(group),
        parent,
        url: group.stored.url.clone(),
        stage: match group.stored.phase {
            Phase::Founding(_) => Stage::Founding,
            Phase::Joining(ref stored) if stored.waits => Stage::Waiting,
            Phase::Joining(_) => Stage::Joining,
            Phase::Active => Stage::Active,
        },
        member,
        role,
        saving,
        current,
        waiting,
        carried: group.outbox.carried().count(),
        position: group.progress.cursor.position,
        time: group.progress.time,
        ahead,
        last_sent: group.progress.last_sent,
        skipped: group.progress.skipped,
        forks: group.forks.len(),
        later: group.shelf.kept_for_later(),
        put_back: group.progress.put_back,
        lost: group.progress.lost,
        snapshots: group.snapshots.status(),
        parked: group.parked.len(),
        departure: group.departure_view(),
        newcomers: group.lobby.len(),
        held: group.held.len(),
        problem: group.problem,
    }
}

/// What the index calls the Group; before the index is here, what the link calls it.
fn name(group: &mut Group) -> String {
    let indexed = group.shelf.document(&DocumentName::index()).map(|document| index::group(document).name);
    indexed.ok().filter(|name| !name.is_empty()).unwrap_or_else(|| group.stored.name.clone())
}
