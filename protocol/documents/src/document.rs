//! One Automerge document of a group: how it starts, is edited, takes changes from elsewhere and is stored.

use std::collections::BTreeMap;
use std::fmt;

use automerge::transaction::CommitOptions;
use automerge::{ActorId, Automerge, AutomergeError, Change, ChangeHash, ExpandedChange, ObjId, ReadDoc};
use porchlight_wire::{ActorPrefix, Hash, Timestamp};
use serde::{Deserialize, Serialize};

use crate::columns;
use crate::editor::{self, Editor};
use crate::genesis;
use crate::soundness::Unsound;

mod earlier;
mod gathering;
mod rewriting;
mod unseen;
mod whole;

/// What a document is for. Each kind has its own root containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The group itself: its name, country and language, and what its members are called.
    Index,
    /// A contact list.
    Contacts,
    /// Shifts: with a month as key ("2026-10") what is said about the dates of that month, without one the plan behind
    /// them: series, places, settings.
    Schedule,
    /// The minutes of one meeting, or any other note.
    Note,
    /// One decision.
    Decision,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 5] = [Self::Index, Self::Contacts, Self::Schedule, Self::Note, Self::Decision];

    /// The stable short word for it, part of the names from which document ids are derived.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Contacts => "contacts",
            Self::Schedule => "schedule",
            Self::Note => "note",
            Self::Decision => "decision",
        }
    }

    /// The change that every document of this kind begins with.
    pub fn beginning(self) -> Hash {
        genesis::hash(self)
    }

    /// Whether it has running texts, which merge letter by letter.
    pub(crate) const fn has_texts(self) -> bool {
        matches!(self, Self::Note)
    }

    /// The kind with this word, if there is one.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Names a document of a group. Where a group has only one of it, all devices make the same one without asking each
/// other; where it has many, whoever makes one gives it a key that nobody else gives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocumentName {
    /// What it is for.
    pub kind: Kind,
    /// Which one of that kind; empty where a group has just one.
    pub key: String,
}

impl DocumentName {
    /// The group's index.
    pub const fn index() -> Self {
        Self { kind: Kind::Index, key: String::new() }
    }

    /// The group's contact list.
    pub const fn contacts() -> Self {
        Self { kind: Kind::Contacts, key: String::new() }
    }

    /// The note with this key.
    pub fn note(key: &str) -> Self {
        Self { kind: Kind::Note, key: key.trim().to_ascii_lowercase() }
    }

    /// The decision with this key.
    pub fn decision(key: &str) -> Self {
        Self { kind: Kind::Decision, key: key.trim().to_ascii_lowercase() }
    }

    /// A document of its own, from 10 random bytes.
    pub fn fresh(kind: Kind, random: [u8; 10]) -> Self {
        Self { kind, key: editor::key_of(random) }
    }
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.word())?;
        if self.key.is_empty() { Ok(()) } else { write!(f, "/{}", self.key) }
    }
}

/// One run of one device: 8 bytes that name the device, then 8 random ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor([u8; 16]);

impl Actor {
    /// Takes the bytes as they are. All zeros are the genesis changes' own.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The half that names the device; whoever has the roster turns it into a person's name.
    pub fn prefix(&self) -> ActorPrefix {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        ActorPrefix::from_bytes([a, b, c, d, e, f, g, h])
    }

    pub(crate) fn from_automerge(actor: &ActorId) -> Option<Self> {
        actor.to_bytes().try_into().ok().map(Self)
    }

    /// Whose operation this is; nobody's, if it is the root.
    pub(crate) fn of_operation(operation: &ObjId) -> Option<Self> {
        let ObjId::Id(_, actor, _) = operation else { return None };
        Self::from_automerge(actor)
    }
}

/// Whether two ids name one operation. They also hold the place of the actor in a list that moves; only counter and actor
/// count.
pub(crate) fn is_same_operation(one: &ObjId, other: &ObjId) -> bool {
    match (one, other) {
        (ObjId::Id(a, x, _), ObjId::Id(b, y, _)) => a == b && x == y,
        _ => false,
    }
}

/// Who makes an edit, and when by that device's clock. The time is for people to read; it decides nothing.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    /// The actor that signs the edit. Never reuse one after a restart.
    pub actor: Actor,
    /// Kept to the second.
    pub time: Timestamp,
}

/// The uncompressed bytes of one Automerge change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawChange(Vec<u8>);

impl RawChange {
    /// The bytes, to seal or to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to seal or to store.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A Change that was just made on this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnChange {
    raw: RawChange,
    hash: Hash,
    claims: bool,
}

impl OwnChange {
    /// The bytes, to seal or to store.
    pub fn as_bytes(&self) -> &[u8] {
        self.raw.as_bytes()
    }

    /// The change as others get it.
    pub fn raw(&self) -> &RawChange {
        &self.raw
    }

    /// The change as others get it.
    pub fn into_raw(self) -> RawChange {
        self.raw
    }

    /// Its hash, by which a Claim names it.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Whether its order among those of others decides something, so that its Entry must list it as a Claim.
    pub fn claims(&self) -> bool {
        self.claims
    }
}

/// A change from elsewhere that was parsed and looks sound, but is not applied yet.
#[derive(Clone, Debug)]
pub struct Incoming {
    change: Change,
    actor: Actor,
}

impl Incoming {
    /// Parses the uncompressed bytes of one change. Compressed ones are refused unread, so that a few bytes
    /// cannot grow into many.
    pub fn parse(bytes: &[u8]) -> Result<Self, IncomingError> {
        // Automerge chunk: 4 magic bytes, 4 of checksum, then the type: 1 is an uncompressed change.
        match bytes.get(8) {
            Some(1) => {}
            Some(_) => return Err(IncomingError::NotAChange),
            None => return Err(IncomingError::TooShort),
        }
        if !columns::are_plain(bytes) {
            return Err(IncomingError::Strange);
        }
        let change = Change::try_from(bytes).map_err(|error| IncomingError::Damaged(Box::new(error)))?;
        let actor = Actor::from_automerge(change.actor_id()).ok_or(IncomingError::BadActor)?;
        if change.author().is_some() {
            return Err(IncomingError::BadActor);
        }
        Ok(Self { change, actor })
    }

    /// Whose change it is.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// The how many-th change of that actor it is, from 1.
    pub fn sequence(&self) -> u64 {
        self.change.seq()
    }

    /// Its hash, by which later changes name it.
    pub fn hash(&self) -> Hash {
        Hash::from_bytes(self.change.hash().0)
    }

    /// The changes it was built on.
    pub fn deps(&self) -> Vec<Hash> {
        self.change.deps().iter().map(|hash| Hash::from_bytes(hash.0)).collect()
    }

    /// Its operations, one by one.
    pub(crate) fn unfold(&self) -> ExpandedChange {
        self.change.decode()
    }

    /// Whether it builds on just the other one, as the same actor's next change.
    fn follows(&self, other: &Self) -> bool {
        self.actor == other.actor
            && self.sequence() == other.sequence().saturating_add(1)
            && self.change.deps() == [other.change.hash()]
    }

    /// When it was made, by the clock of the device that made it, to the second.
    pub fn time(&self) -> Timestamp {
        timestamp(self.change.timestamp())
    }
}

/// What [`Document::apply`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// False if the document held the change already.
    pub new: bool,
}

/// One document in memory.
#[derive(Clone, Debug)]
pub struct Document {
    kind: Kind,
    automerge: Automerge,
    /// The last change that each actor has made here.
    last: BTreeMap<Actor, Last>,
}

/// An actor's last change. Later ones are larger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Last {
    /// The how many-th of that actor it is.
    sequence: u64,
    /// The number of its last operation.
    operation: u64,
}

impl Last {
    fn of(change: &Change) -> Self {
        Self { sequence: change.seq(), operation: change.max_op() }
    }
}

impl Document {
    /// The document as every device starts it.
    pub fn new(kind: Kind) -> Self {
        let automerge = genesis::document(kind);
        let genesis = automerge.get_change_by_hash(&ChangeHash(*genesis::hash(kind).as_bytes()));
        let last = genesis.iter().map(|change| (genesis::ACTOR, Last::of(change))).collect();
        Self { kind, automerge, last }
    }

    /// Opens what [`Document::save`] wrote. An error is an error: never take an empty document in its place.
    pub fn load(kind: Kind, bytes: &[u8]) -> Result<Self, LoadError> {
        if bytes.is_empty() {
            return Err(LoadError::Empty);
        }
        let automerge = Automerge::load(bytes)?;
        let mut lasts = BTreeMap::new();
        for change in automerge.get_changes_meta(&[]) {
            let actor = Actor::from_automerge(&change.actor).ok_or(LoadError::BadActor)?;
            let last: &mut Last = lasts.entry(actor).or_default();
            *last = (*last).max(Last { sequence: change.seq, operation: change.max_op });
        }
        let document = Self { kind, automerge, last: lasts };
        if document.contains(genesis::hash(kind)) { Ok(document) } else { Err(LoadError::OtherKind(kind)) }
    }

    /// The whole document with its history, compressed.
    pub fn save(&mut self) -> Vec<u8> {
        self.automerge.save()
    }

    /// What it is for.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The hashes of the newest changes, sorted. Two documents with equal heads are equal.
    pub fn heads(&self) -> Vec<Hash> {
        self.automerge.get_heads().into_iter().map(|hash| Hash::from_bytes(hash.0)).collect()
    }

    /// Whether this change is part of the document.
    pub fn contains(&self, hash: Hash) -> bool {
        self.automerge.get_missing_deps(&[ChangeHash(*hash.as_bytes())]).is_empty()
    }

    /// The bytes of one change that the document holds.
    pub fn change(&self, hash: Hash) -> Option<RawChange> {
        self.raw(&ChangeHash(*hash.as_bytes()))
    }

    /// Makes one change out of everything that `f` does, or none if it did nothing. If `f` fails, nothing remains.
    pub fn edit<T, E>(
        &mut self,
        author: Author,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
    ) -> Result<(T, Option<OwnChange>), E> {
        let sequence = self.next_sequence(&author.actor);
        // Automerge picks random actors for loaded and forked documents; ours is set each time.
        self.automerge.set_actor(ActorId::from(author.actor.as_bytes().as_slice()));
        let mut editor = Editor::new(self.automerge.transaction(), author, sequence);
        match f(&mut editor) {
            Ok(value) => {
                let seconds = i64::try_from(author.time.seconds()).unwrap_or(i64::MAX);
                let claims = editor.claims();
                let (hash, _) =
                    editor.into_transaction().commit_with(CommitOptions::default().with_time(seconds));
                let change = hash.and_then(|hash| self.automerge.get_change_by_hash(&hash));
                let change = change.map(|change| {
                    self.last.insert(author.actor, Last::of(&change));
                    let hash = Hash::from_bytes(change.hash().0);
                    OwnChange { raw: RawChange(change.raw_bytes().to_vec()), hash, claims }
                });
                Ok((value, change))
            }
            Err(error) => {
                editor.into_transaction().rollback();
                Err(error)
            }
        }
    }

    /// Adds a change from elsewhere. It is refused, not kept for later, when something it builds on is missing.
    pub fn apply(&mut self, incoming: Incoming) -> Result<Applied, ApplyError> {
        match self.apply_all(vec![incoming]) {
            (_, Some(error)) => Err(error),
            (applied, None) => Ok(applied.first().copied().unwrap_or(Applied { new: false })),
        }
    }

    /// Adds changes from elsewhere one after another, until one is refused; says what became of those before it, and
    /// why that one was refused. If it is Automerge that refused one, nothing is said to be added.
    pub fn apply_all(&mut self, incoming: Vec<Incoming>) -> (Vec<Applied>, Option<ApplyError>) {
        let mut gathered = Gathered::default();
        let (applied, outcome) = self.gather(&mut gathered, incoming);
        match self.settle(&mut gathered) {
            Ok(()) => (applied, outcome),
            Err(refused) => (Vec::new(), Some(refused)),
        }
    }

    /// Adds changes that this device stored since the last [`Document::save`], oldest first; those that are part of
    /// the save are passed over. Much quicker than one `apply` for each, since they were checked then.
    pub fn replay<'a>(&mut self, changes: impl IntoIterator<Item = &'a [u8]>) -> Result<(), ReplayError> {
        let mut gathered = Gathered::default();
        for bytes in changes {
            let incoming = Incoming::parse(bytes)?;
            if !self.holds(&gathered, &incoming) {
                self.check(&gathered, &incoming)?;
                gathered.push(incoming);
            }
        }
        Ok(self.settle(&mut gathered)?)
    }

    pub(crate) fn automerge(&self) -> &Automerge {
        &self.automerge
    }

    /// The number of an actor's next change.
    fn next_sequence(&self, actor: &Actor) -> u64 {
        self.last.get(actor).map_or(0, |last| last.sequence).saturating_add(1)
    }

    fn raw(&self, hash: &ChangeHash) -> Option<RawChange> {
        Some(RawChange(self.automerge.get_change_by_hash(hash)?.raw_bytes().to_vec()))
    }
}

pub(crate) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_millis(u64::try_from(seconds).unwrap_or(0).saturating_mul(1000))
}

/// Why bytes are not a change. The sender's fault: skip it, count it.
#[derive(Debug, thiserror::Error)]
pub enum IncomingError {
    /// Cut short.
    #[error("too short to be a change")]
    TooShort,
    /// Compressed, or a whole document.
    #[error("not an uncompressed change")]
    NotAChange,
    /// Its actor is not one of ours.
    #[error("the change's actor is not 16 bytes")]
    BadActor,
    /// It holds what no document here holds.
    #[error("the change holds something that no document here holds")]
    Strange,
    /// Does not parse, or the checksum is wrong.
    #[error("the change is damaged")]
    Damaged(#[source] Box<automerge::LoadChangeError>),
}

/// Why a change was not applied. The document is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// It builds on a change that is not here.
    #[error("builds on a change that is not here ({0})")]
    MissingDependency(Hash),
    /// That actor already made another change with this number.
    #[error("the actor already made another change number {sequence}")]
    Repeated {
        /// The number both have.
        sequence: u64,
    },
    /// That actor's change before this one is not here.
    #[error("the actor's change number {expected} is not here, but this is number {sequence}")]
    Skipped {
        /// The number that comes next.
        expected: u64,
        /// The number it has.
        sequence: u64,
    },
    /// Its operations make no sense on this document.
    #[error("the change does not fit the document: {0}")]
    Unsound(#[source] Unsound),
    /// Automerge refused it all the same. The document may be damaged: open it again from what is stored.
    #[error("the change does not fit the document")]
    Refused(#[from] AutomergeError),
}

/// Why stored changes could not be put back.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// One of them does not parse.
    #[error(transparent)]
    Incoming(#[from] IncomingError),
    /// One of them does not fit.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

/// Why a stored document could not be opened. Keep the bytes.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There are no bytes.
    #[error("the stored document is empty")]
    Empty,
    /// It was started as another kind of document.
    #[error("the stored document is not of the kind {}", .0.word())]
    OtherKind(Kind),
    /// It holds a change of an actor that is not 16 bytes.
    #[error("the stored document has a change of an unknown kind of actor")]
    BadActor,
    /// It does not parse.
    #[error("the stored document is damaged")]
    Damaged(#[from] AutomergeError),
}

mod redo;

pub use gathering::Gathered;
pub use redo::Moves;

#[cfg(test)]
mod tests;
