//! A Device: several Groups, each edited with or without a network. Step 5 of a change's life; next: `shelf.rs`.
//!
//! After every call, drain [`Device::poll_output`] until it is empty and carry the outputs out in order. A
//! [`Output::Persist`] comes before the [`Output::Send`] that depends on it.

use std::collections::{BTreeMap, VecDeque};

use porchlight_documents::ledger::Ledger;
use porchlight_documents::schedule::zone::Zones;
use porchlight_documents::{Author, Document, DocumentName, Editor, Kind, index};
use porchlight_wire::roster::{Role, RosterError};
use porchlight_wire::{ActorPrefix, DeviceId, GroupId, MemberId, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use thiserror::Error;

use crate::coming::{AllComing, Coming};
use crate::group::{Group, GroupError, StoredParts};
use crate::io::{Event, Input, Output, Write};
use crate::link::Link;
use crate::payload::{DocumentChanges, Payload};
use crate::recovery::Covering;
use crate::recovery::stored::StoredRecovery;
use crate::search::{Keeping, Search};
use crate::shelf::ShelfError;
use crate::storage::{FORMAT, RECOVERY, Slot, StoredEdit, zone_of};
use crate::taking_off::StoredKeys;

/// A device's whole behaviour.
#[derive(Debug)]
pub struct Device {
    pub(crate) groups: BTreeMap<GroupId, Group>,
    pub(crate) links: BTreeMap<String, Link>,
    pub(crate) next_link: u64,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) entropy: ChaCha20Rng,
    pub(crate) line: crate::snapshot::Line,
    wake_at: Option<Timestamp>,
    /// What the device's own clock said when it was last looked at.
    pub(crate) seen: Timestamp,
    pub(crate) zones: Zones,
    pub(crate) search: Option<Search>,
    pub(crate) looks: Vec<crate::former::Look>,
    pub(crate) keeping: Vec<Keeping>,
    pub(crate) recovery: Option<StoredRecovery>,
    pub(crate) covering: Covering,
    /// The keys of all that is stored of Groups: what is taken off must leave nothing behind.
    pub(crate) stored: StoredKeys,
}

/// A member as the screen shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Who.
    pub id: MemberId,
    /// What the Group calls them; empty until their name has arrived.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When they came in, by the server's clock.
    pub since: Timestamp,
    /// Whether they are in the Group.
    pub active: bool,
    /// Whether this device is theirs.
    pub is_self: bool,
    /// Their devices; this one first, if it is theirs.
    pub devices: Vec<DeviceView>,
    /// What they were called before, in this Group.
    pub formerly: Vec<String>,
    /// What this device has asked for and the server has not heard yet.
    pub coming: Option<Coming>,
}

/// One device of a member, and what tells it from their others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceView {
    /// Which.
    pub id: DeviceId,
    /// When it came in, by the server's clock.
    pub since: Timestamp,
    /// When something of it last reached the log, by the server's clock, as far as that was read here.
    pub wrote: Option<Timestamp>,
    /// Whether it came in with its member's recovery words: whoever finds the paper can do that.
    pub recovered: bool,
    /// Whether it is taken out as soon as this device reaches the server.
    pub leaves: bool,
}

/// The state of a Document in which somebody writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On<'a> {
    /// As it is now.
    Newest,
    /// As the version that somebody had before them says, if others wrote since.
    Shown(&'a str),
    /// As a version says: beside all that was written since, by this device too.
    Beside(&'a str),
}

impl Device {
    /// A device from everything that was persisted, in any order; nothing yet makes a new one.
    ///
    /// `entropy` must be 32 fresh bytes of the operating system's randomness.
    pub fn open(
        stored: Vec<(Vec<u8>, Vec<u8>)>,
        entropy: [u8; 32],
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let mut parts: BTreeMap<GroupId, StoredParts> = BTreeMap::new();
        let fresh = stored.is_empty();
        let mut format = None;
        let mut zones = Zones::new();
        let mut recovery = None;
        let (pairs, mut stored) = (stored, StoredKeys::default());
        for (key, value) in pairs {
            if key == FORMAT.0 {
                format = Some(value);
                continue;
            }
            if key == RECOVERY {
                // Words that cannot be read are made again.
                recovery = minicbor::decode(&value).ok();
                continue;
            }
            if let Some(name) = zone_of(&key) {
                // Rules that cannot be read are asked for again when they are needed.
                let _ = zones.add(name, &value);
                continue;
            }
            stored.note(&key);
            let key_text = || String::from_utf8_lossy(&key).into_owned();
            let (group, slot) = Slot::parse(&key).ok_or_else(|| OpenError::UnknownKey(key_text()))?;
            parts.entry(group).or_default().take(slot, value).map_err(|e| OpenError::Group(key_text(), e))?;
        }
        if !fresh && format.as_deref() != Some(FORMAT.1) {
            return Err(OpenError::OtherFormat);
        }
        let mut device = Self {
            groups: BTreeMap::new(),
            links: BTreeMap::new(),
            next_link: 1,
            outputs: VecDeque::new(),
            entropy: ChaCha20Rng::from_seed(entropy),
            line: crate::snapshot::Line::default(),
            wake_at: None,
            seen: now,
            zones,
            search: None,
            looks: Vec::new(),
            keeping: Vec::new(),
            recovery,
            covering: Covering::default(),
            stored,
        };
        if fresh {
            device.persist(vec![Write::Put { key: FORMAT.0.to_vec(), value: FORMAT.1.to_vec() }]);
        }
        for (id, parts) in parts {
            let group = parts.build(id).map_err(|e| OpenError::Group(id.to_string(), e))?;
            device.groups.insert(id, group);
        }
        device.make_links(now);
        device.schedule(now);
        Ok(device)
    }

    /// Feeds what happened outside.
    pub fn handle(&mut self, input: Input, now: Timestamp) {
        self.look_at_clock(now);
        // What has just arrived may follow on what waits, and be taken in with it.
        if !matches!(input, Input::Received { .. }) {
            self.take_waiting(now);
        }
        match input {
            Input::Opened { link } => self.link_opened(link, now),
            Input::Received { link, frame } => self.link_received(link, &frame, now),
            Input::Closed { link, .. } => self.link_closed(link, now),
            Input::Tick => self.tick(now),
        }
        self.schedule(now);
    }

    /// What is to be done outside next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Changes a Document: `f` writes, and everything it writes becomes one Change, shown and stored at once and sent
    /// when there is a network. If `f` fails, nothing changes.
    pub fn edit<T, E>(
        &mut self,
        group: GroupId,
        name: &DocumentName,
        now: Timestamp,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
    ) -> Result<T, EditError<E>> {
        self.edit_shown(group, name, None, now, f)
    }

    /// Changes a Document as it was shown to the person who writes: `shown` is its [`Document::version`] then. What
    /// others wrote since is neither lost nor settled by what is written here.
    pub fn edit_shown<T, E>(
        &mut self,
        group: GroupId,
        name: &DocumentName,
        shown: Option<&str>,
        now: Timestamp,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
    ) -> Result<T, EditError<E>> {
        let value = self.edit_quietly(group, name, shown.map_or(On::Newest, On::Shown), now, f)?;
        self.flush_due(group, now);
        self.schedule(now);
        Ok(value)
    }

    /// Reads a Document.
    pub fn read<T>(
        &mut self,
        group: GroupId,
        name: &DocumentName,
        f: impl FnOnce(&Document) -> T,
    ) -> Result<T, ActError> {
        let group = self.groups.get_mut(&group).ok_or(ActError::UnknownGroup)?;
        let name = group.current(name);
        Ok(f(group.shelf.document(&name)?))
    }

    /// Reads a Document together with the Ledger: what order-sensitive acts came to.
    pub fn read_with_ledger<T>(
        &mut self,
        group: GroupId,
        name: &DocumentName,
        f: impl FnOnce(&Document, &Ledger) -> T,
    ) -> Result<T, ActError> {
        let group = self.groups.get_mut(&group).ok_or(ActError::UnknownGroup)?;
        let name = group.current(name);
        Ok(f(group.shelf.document(&name)?, &group.ledger))
    }

    /// The names of a Group's Documents that hold anything.
    pub fn documents(&self, group: GroupId) -> Result<Vec<DocumentName>, ActError> {
        let group = self.groups.get(&group).ok_or(ActError::UnknownGroup)?;
        let names = group.shelf.names().filter(|name| !group.is_forgotten(name.kind.word(), &name.key));
        let names: std::collections::BTreeSet<_> = names.map(|name| group.original(name)).collect();
        // A list that was written anew is one only once a Forget names it.
        let is_one = |name: &DocumentName| name.kind != Kind::Contacts || *name == DocumentName::contacts();
        Ok(names.into_iter().filter(is_one).collect())
    }

    /// The Group's members by name.
    pub fn members(&mut self, group: GroupId) -> Result<Vec<MemberView>, ActError> {
        let mut members = self.everyone(group)?;
        members.retain(|member| member.active);
        Ok(members)
    }

    /// What the member behind an actor's prefix is called; `None` if the Roster never had such a device.
    pub fn author_name(&mut self, group: GroupId, prefix: ActorPrefix) -> Option<String> {
        let roster = self.groups.get(&group)?.roster.as_ref()?;
        let author = roster.device(&roster.device_of(&prefix)?)?.member;
        let everyone = self.everyone(group).ok()?;
        everyone.into_iter().find(|member| member.id == author).map(|member| member.name)
    }

    /// What the Group calls a member, of now or earlier; `None` where the name is not here.
    pub fn member_name(&mut self, group: GroupId, member: &MemberId) -> Option<String> {
        let everyone = self.everyone(group).ok()?;
        let name = everyone.into_iter().find(|one| one.id == *member).map(|one| one.name);
        name.filter(|name| !name.is_empty())
    }

    /// All who are or were members, by name.
    pub(crate) fn everyone(&mut self, group: GroupId) -> Result<Vec<MemberView>, ActError> {
        let group = self.groups.get_mut(&group).ok_or(ActError::UnknownGroup)?;
        let document = group.shelf.document(&DocumentName::index())?;
        let (profiles, mut former) = (index::profiles(document), index::former_names(document));
        let Some(roster) = &group.roster else { return Ok(Vec::new()) };
        let own = roster.device(&group.keys.id()).map(|device| device.member);
        let this = group.keys.id();
        let coming = AllComing::of(&group.outbox, own);
        let devices = |id| {
            let theirs =
                roster.devices().filter(move |(_, device)| device.member == id && device.is_active());
            let view = |(id, device): (DeviceId, &porchlight_wire::roster::Device)| DeviceView {
                id,
                since: device.joined,
                wrote: group.authors.get(&id).and_then(|author| author.time),
                recovered: device.recovered,
                leaves: coming.devices.contains(&id),
            };
            let mut theirs: Vec<DeviceView> = theirs.map(view).collect();
            theirs.sort_by_key(|device| device.id != this);
            theirs
        };
        let mut members: Vec<_> = roster
            .members()
            .map(|(id, member)| MemberView {
                id,
                name: profiles.get(&id).map(|profile| profile.name.clone()).unwrap_or_default(),
                role: member.role,
                since: member.since,
                active: member.active,
                is_self: own == Some(id),
                devices: devices(id),
                formerly: former.remove(&id).unwrap_or_default(),
                coming: coming.members.get(&id).copied().filter(|it| *it != Coming::Role(member.role)),
            })
            .collect();
        members.sort_by(|a, b| a.since.cmp(&b.since).then(a.id.cmp(&b.id)));
        Ok(members)
    }

    pub(crate) fn edit_quietly<T, E>(
        &mut self,
        id: GroupId,
        name: &DocumentName,
        on: On<'_>,
        now: Timestamp,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
    ) -> Result<T, EditError<E>> {
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        if !group.is_in() {
            return Err(ActError::NotInYet.into());
        }
        group.may_write().map_err(ActError::Roster)?;
        let original = name;
        let name = &group.current(original);
        let prefix = ActorPrefix::of_device(&group.keys.id());
        let document = group.shelf.document(name).map_err(ActError::from)?;
        let earlier = match on {
            On::Newest => None,
            On::Shown(version) => document.earlier(version, prefix),
            On::Beside(version) => document.beside(version),
        };
        let mut actor = group.shelf.actor(name, prefix, &mut self.entropy);
        if earlier.as_ref().is_some_and(|earlier| earlier.lacks(&actor)) {
            group.shelf.forget_actor(name);
            actor = group.shelf.actor(name, prefix, &mut self.entropy);
        }
        let document = group.shelf.document(name).map_err(ActError::from)?;
        let author = Author { actor, time: now };
        let (value, change) = match earlier {
            Some(earlier) => earlier.edit(document, author, f),
            None => document.edit(author, f).map(|(value, change)| (value, Ok(change))),
        }
        .map_err(EditError::Document)?;
        let change = match change {
            Ok(Some(change)) => change,
            Ok(None) => return Ok(value),
            Err(error) => {
                group.shelf.reopen(name);
                return Err(ActError::from(ShelfError::DoesNotFit(error)).into());
            }
        };
        let edit = StoredEdit {
            kind: name.kind.word().to_owned(),
            key: name.key.clone(),
            change: change.as_bytes().to_vec().into(),
            hash: change.hash(),
            claim: change.claims(),
        };
        if !fits(&edit, now) {
            group.shelf.reopen(name);
            return Err(ActError::TooMuchAtOnce.into());
        }
        let mut writes = Vec::new();
        if group.shelf.has_apart(name) {
            let bytes = change.as_bytes().to_vec();
            group.shelf.hold_apart(&id, name, (change.hash(), bytes), &mut writes);
        } else {
            group.shelf.note(&id, name, change.raw(), &mut writes);
        }
        group.outbox.add_edit(&id, edit, &mut writes);
        group.shelf.compact(&id, &mut writes);
        group.note_edit(now);
        self.persist(writes);
        self.event(Event::DocumentChanged { group: id, name: original.clone() });
        self.event(Event::StatusChanged { group: id });
        Ok(value)
    }

    pub(crate) fn persist(&mut self, writes: Vec<Write>) {
        if writes.is_empty() {
            return;
        }
        self.stored.follow(&writes);
        // What is only to be kept and waits before it goes with it, at once.
        let mut all = match self.outputs.pop_back() {
            Some(Output::Persist(last) | Output::Keep(last)) => last,
            Some(other) => {
                self.outputs.push_back(other);
                Vec::new()
            }
            None => Vec::new(),
        };
        all.extend(writes);
        self.outputs.push_back(Output::Persist(all));
    }

    /// Stores what the server sends again to whoever has lost it: a phone that waits for its storage with everything that
    /// others write is slow, and wears out.
    pub(crate) fn keep(&mut self, writes: Vec<Write>) {
        if writes.is_empty() {
            return;
        }
        self.stored.follow(&writes);
        match self.outputs.back_mut() {
            Some(Output::Persist(last) | Output::Keep(last)) => last.extend(writes),
            _ => self.outputs.push_back(Output::Keep(writes)),
        }
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Asks to be woken when the next thing is due, if that time is new.
    pub(crate) fn schedule(&mut self, now: Timestamp) {
        self.look_at_clock(now);
        self.plan_views(now);
        self.plan_another_look(now);
        let next = self.next_due().map(|due| due.max(now));
        if next.is_some() && next != self.wake_at {
            self.wake_at = next;
            self.outputs.extend(next.map(Output::WakeAt));
        }
    }

    pub(crate) fn forget_wake(&mut self) {
        self.wake_at = None;
    }
}

/// Whether a Change alone fits into an Entry: small ones do, large ones are packed to see.
fn fits(edit: &StoredEdit, now: Timestamp) -> bool {
    use porchlight_wire::{Hash, limits, record::Cursor};
    // What stands around the content in an Entry is well below this.
    let room = limits::MAX_ENTRY - 4096;
    if edit.change.len() < room / 2 {
        return true;
    }
    let documents = vec![DocumentChanges {
        kind: edit.kind.clone(),
        key: edit.key.clone(),
        changes: vec![edit.change.clone()],
    }];
    let claims = Vec::new();
    let payload = Payload { documents, claims, cursor: Cursor::START, roster: Hash::ZERO, clock: now };
    payload.to_plaintext().is_ok_and(|plaintext| plaintext.len() <= room)
}

/// Why a device cannot be opened. Show it, and keep the store as it is: it is never an empty device.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The store was written by another version.
    #[error("the stored data is of another version of Porchlight; update to open it")]
    OtherFormat,
    /// The store holds something this version does not write.
    #[error("the stored data holds an unknown key: {0}")]
    UnknownKey(String),
    /// A Group's stored data is damaged; the text says which key or Group.
    #[error("the stored data at {0} cannot be read: {1}")]
    Group(String, #[source] GroupError),
}

/// Why an act on a Group is not possible.
#[derive(Debug, Error)]
pub enum ActError {
    /// This device is not in such a Group.
    #[error("this device is not in that group")]
    UnknownGroup,
    /// The Join has not come through yet.
    #[error("joining is not finished: connect once to the group's server")]
    NotInYet,
    /// The Roster does not allow it.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// The Document cannot be opened; its stored bytes are kept.
    #[error("{0}")]
    Document(String),
    /// Larger than one Entry may be.
    #[error("this is too much for one change: split it into smaller parts")]
    TooMuchAtOnce,
    /// The name is missing.
    #[error("a name is needed")]
    NoName,
    /// The link is not an invitation.
    #[error(transparent)]
    Invitation(#[from] crate::InvitationError),
    /// This device is in that Group already.
    #[error("this device is already in that group")]
    AlreadyIn,
    /// The Group is at that server, which has it.
    #[error("the group is on this server already, and everything of it is there")]
    ThereAlready,
    /// What was written here before this device went is nowhere else: the Group's organizers decide, or it is saved as a
    /// file, before it can come in anew.
    #[error("what was written here at the end has not reached the group: it must be decided on first")]
    LeftWork,
    /// The token is not one of this server.
    #[error(transparent)]
    Token(#[from] crate::TokenError),
    /// The Group's key is not here, so nothing can be shared with others yet.
    #[error("the group's key is not on this device yet")]
    NoKey,
    /// A key could not be sealed.
    #[error("the group's key could not be sealed for the invitation")]
    CannotSeal,
    /// That is only possible with a connection.
    #[error("the group's server must be reached for this")]
    NotConnected,
    /// Others are in the Group, and this member is, too: leaving comes first.
    #[error("this member is still in that group with others: leave it first")]
    StillIn,
    /// What was named is not there any more.
    #[error("that is not there any more")]
    NothingThere,
    /// What was typed are not the words.
    #[error(transparent)]
    Words(#[from] crate::WordsError),
    /// The index refused what was to be written.
    #[error(transparent)]
    Index(#[from] porchlight_documents::index::IndexError),
}

impl From<ShelfError> for ActError {
    fn from(error: ShelfError) -> Self {
        Self::Document(error.to_string())
    }
}

/// Why an edit did not happen. Nothing changed.
#[derive(Debug, Error)]
pub enum EditError<E> {
    /// The Group does not allow it.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The closure failed.
    #[error(transparent)]
    Document(E),
}
