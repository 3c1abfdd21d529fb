//! Step 12: appends what connections send to the Groups' logs, in one durable transaction for all that wait.
//! Next: `server/src/hub.rs`.
//!
//! Nothing here waits, reads a clock or touches the network: the writer thread and the simulator run the same code.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use porchlight_wire::frame::{About, Changed, Code, Credential, KeyBox, PutKeys, SealedKey};
use porchlight_wire::record::{Cursor, Record, SignedHead};
use porchlight_wire::roster::{ChangeBody, Roster, SignedChange};
use porchlight_wire::{GroupId, Hash, Position, Timestamp};

use crate::identity::Identity;
use crate::limits;
use crate::rosters::Rosters;
use crate::store::{Store, StoreError, Token};

mod clock;
mod founding;
mod group;
mod order;
mod prune;
mod refill;
mod side;
mod snapshot;
#[cfg(test)]
mod tests;

use clock::Clock;
pub use clock::{confirm, jumped as clock_jumped};
pub use founding::Founding;
pub(crate) use founding::{NotFounding, check as check_founding};
use group::{GroupState, Step, Stop};
pub use order::{Appended, BadEntry, CheckedChange, CheckedEntry, ConnectionId, Order, Outcome, Published};
pub(crate) use order::{about_box, refusal};
pub use refill::CheckedRefill;
use side::Lookups;
pub use side::SideOrder;
pub(crate) use side::{SideCall, owned_by};
pub use snapshot::CheckedStatement;
pub(crate) use snapshot::lies_on;

/// The log of every Group, and the only one who writes to the store.
#[derive(Debug)]
pub struct Log<S> {
    store: S,
    identity: Arc<Identity>,
    rosters: Arc<Rosters>,
    founding: Founding,
    clock: Clock,
    groups: HashMap<GroupId, Kept>,
    commits: u64,
    /// How long after a Snapshot was endorsed the Entries that it stands for are kept.
    keep_millis: u64,
    /// Groups whose Records have other places since this transaction.
    rewritten: BTreeSet<GroupId>,
    lookups: Lookups,
}

#[derive(Debug)]
struct Kept {
    state: GroupState,
    /// The last commit that used it.
    used: u64,
}

/// What one commit did.
#[derive(Debug, Default)]
pub struct Committed {
    /// One outcome for each order, in their order.
    pub outcomes: Vec<Outcome>,
    /// What is new, once for each Group.
    pub published: Vec<Arc<Published>>,
    /// Why nothing was done, if the store failed: for the operator.
    pub failure: Option<StoreError>,
}

/// The new Records of each Group in the transaction that runs.
type Batches = BTreeMap<GroupId, Batch>;

#[derive(Debug)]
struct Batch {
    first: Position,
    records: Vec<Record>,
    author: Author,
    roster_changed: bool,
}

/// Whose a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Author {
    One(ConnectionId),
    Several,
}

impl<S: Store> Log<S> {
    /// The log over a store.
    pub fn new(
        store: S,
        identity: Arc<Identity>,
        rosters: Arc<Rosters>,
        founding: Founding,
    ) -> Result<Self, StoreError> {
        let clock = Clock::load(&store)?;
        let groups = HashMap::new();
        let (keep_millis, rewritten) = (limits::KEEP_DAYS * limits::DAY_MILLIS, BTreeSet::new());
        let lookups = Lookups::default();
        Ok(Self {
            store,
            identity,
            rosters,
            founding,
            clock,
            groups,
            commits: 0,
            keep_millis,
            rewritten,
            lookups,
        })
    }

    /// Keeps Entries for so long after a Snapshot that stands for them was endorsed.
    pub fn keep_for(&mut self, millis: u64) {
        self.keep_millis = millis;
    }

    /// Carries out orders in one transaction. When this returns, what it reports as done survives a power cut; if the
    /// store fails, all orders are refused and nothing was done.
    pub fn commit(&mut self, orders: Vec<(ConnectionId, Order)>, now: Timestamp) -> Committed {
        let abouts: Vec<Vec<About>> = orders.iter().map(|(_, order)| order.abouts()).collect();
        match self.run(orders, now) {
            Ok(committed) => committed,
            Err(failure) => {
                self.store.roll_back();
                // What is in memory ran ahead of what is durable.
                self.groups.clear();
                self.clock.roll_back();
                self.rewritten.clear();
                let outcomes = refuse_all(abouts, Code::STORAGE, "the server could not store it");
                Committed { outcomes, published: Vec::new(), failure: Some(failure) }
            }
        }
    }

    /// Lets time be noticed while nobody writes, so that a pause is not taken for a jump.
    pub fn tick(&mut self, now: Timestamp) -> Result<(), StoreError> {
        if !self.clock.trusts(&self.store, now)? {
            return Ok(());
        }
        self.store.begin()?;
        let noted = self.clock.note(&mut self.store);
        // What was only to be kept for a while goes even if its Group sleeps.
        let noted = noted.and_then(|()| self.store.drop_all_expired(now)).and_then(|()| self.store.commit());
        if noted.is_err() {
            self.store.roll_back();
            self.clock.roll_back();
        }
        noted
    }

    /// The store, for reading what was committed.
    pub fn store(&self) -> &S {
        &self.store
    }

    fn run(&mut self, orders: Vec<(ConnectionId, Order)>, now: Timestamp) -> Result<Committed, StoreError> {
        if !self.clock.trusts(&self.store, now)? {
            let abouts = orders.iter().map(|(_, order)| order.abouts()).collect();
            let detail = "the server's clock jumped; its operator must confirm it";
            let outcomes = refuse_all(abouts, Code::CLOCK_JUMPED, detail);
            return Ok(Committed { outcomes, ..Committed::default() });
        }
        self.commits += 1;
        self.store.begin()?;
        let mut batches = Batches::new();
        let mut outcomes = Vec::with_capacity(orders.len());
        for (connection, order) in orders {
            outcomes.push(self.carry_out(&mut batches, connection, order, now)?);
        }
        for kept in self.groups.values_mut().filter(|kept| kept.used == self.commits) {
            kept.state.flush(&mut self.store)?;
        }
        self.clock.note(&mut self.store)?;
        self.store.commit()?;
        let published = self.publish(batches, &mut outcomes);
        self.make_room();
        Ok(Committed { outcomes, published, failure: None })
    }

    fn carry_out(
        &mut self,
        batches: &mut Batches,
        connection: ConnectionId,
        order: Order,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let abouts = order.abouts();
        let result = match order {
            Order::Append { group, entries } => self.append(batches, connection, group, entries, now),
            Order::Change { by, change, keys, boxes } => {
                self.change(batches, connection, &by, change, (&keys, &boxes), now)
            }
            Order::Found { change, token, keys } => {
                self.found(batches, connection, change, token, &keys, now)
            }
            Order::PutBox(put) => self.put_box(&put),
            Order::PutKeys(put) => self.put_keys(&put),
            Order::Side(order) => self.side(*order, now),
            Order::PutPart { by, put } => self.put_part(&by, &put, now),
            Order::State(statement) => self.state_it(batches, connection, statement, now),
            Order::Refill { by, refill } => self.refill(batches, &by, *refill, now),
        };
        match result {
            Ok(outcome) => Ok(outcome),
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::Refused(code, detail)) => {
                let refused = abouts.into_iter().map(|about| refusal(about, code, detail.as_str())).collect();
                Ok(Outcome::Refused(refused))
            }
        }
    }

    fn append(
        &mut self,
        batches: &mut Batches,
        connection: ConnectionId,
        group: GroupId,
        entries: Vec<CheckedEntry>,
        now: Timestamp,
    ) -> Result<Outcome, Stop> {
        let identity = Arc::clone(&self.identity);
        let (state, store) = self.state(&group)?;
        let mut appended = Appended::none(group, state.row.generation);
        let mut stopped = Vec::new();
        for entry in entries {
            let (device, about) = (entry.device, entry.about());
            if stopped.contains(&device) {
                continue;
            }
            match state.append(store, entry, now) {
                Ok(Step::Repeated(accepted)) => appended.accepted.push(accepted),
                Ok(Step::New(accepted, record)) => {
                    let first = appended.new.map_or(accepted.position, |(first, _)| first);
                    appended.new = Some((first, accepted.position));
                    appended.accepted.push(accepted);
                    note(batches, group, accepted.position, record, connection);
                }
                // Each Entry of a removed device waits for an organizer; the one after it does too.
                Err(Stop::Refused(code @ Code::HELD, detail)) => {
                    appended.refused.push(refusal(about, code, detail));
                }
                Err(Stop::Refused(code, detail)) => {
                    stopped.push(device);
                    appended.refused.push(refusal(about, code, detail));
                }
                Err(Stop::Failed(error)) => return Err(error.into()),
            }
        }
        // Whether nobody else follows in this commit is known only at its end; the head up to here is known now.
        let alone = batches.get(&group).is_some_and(|batch| batch.author == Author::One(connection));
        if appended.new.is_some() && alone {
            appended.alone = Some(identity.sign_head(&group, state.row.head, state.row.time));
        }
        Ok(Outcome::Appended(appended))
    }

    fn change(
        &mut self,
        batches: &mut Batches,
        connection: ConnectionId,
        by: &Credential,
        change: CheckedChange,
        attached: (&[Vec<u8>], &[SealedKey]),
        now: Timestamp,
    ) -> Result<Outcome, Stop> {
        let group = change.group;
        let (state, store) = self.state(&group)?;
        let changed = match state.change(store, by, change, attached, now)? {
            Step::Repeated(changed) => changed,
            Step::New((changed, held), record) => {
                note(batches, group, changed.position, record, connection);
                for entry in held {
                    // What does not fit any more stays out, as for everybody who would have sent it now.
                    match state.append(store, entry, now) {
                        Ok(Step::New(accepted, record)) => {
                            note(batches, group, accepted.position, record, connection);
                        }
                        Ok(Step::Repeated(_)) | Err(Stop::Refused(..)) => {}
                        Err(Stop::Failed(error)) => return Err(error.into()),
                    }
                }
                changed
            }
        };
        Ok(Outcome::Changed(changed))
    }

    fn found(
        &mut self,
        batches: &mut Batches,
        connection: ConnectionId,
        change: CheckedChange,
        token: Option<Vec<u8>>,
        keys: &[Vec<u8>],
        now: Timestamp,
    ) -> Result<Outcome, Stop> {
        let (group, hash) = (change.group, change.hash);
        if let Some(row) = self.store.group(&group)? {
            let found = self.store.roster_change(row.number, &hash)?;
            let (position, time) = found.ok_or(StoreError::Damaged("a group without its founding"))?;
            return Ok(Outcome::Changed(Changed { group, hash, position, time }));
        }
        // The token first: a stranger must not make the writer check signatures.
        let token = self.check_token(token, now)?;
        let roster = Roster::found(&change.bytes, now)?;
        if roster.server() != self.identity.public() {
            return Err(Stop::Refused(Code::RULE_BROKEN, "the group was made for another server".into()));
        }
        let keys = group::named_keys(&founding_body(&change)?.kind, keys)?;
        if let Some(token) = token {
            self.store.put_token(&token)?;
        }
        let (mut state, changed, record) = GroupState::found(&mut self.store, roster, change, now)?;
        state.put_keys(&mut self.store, &keys)?;
        note(batches, group, changed.position, record, connection);
        self.groups.insert(group, Kept { state, used: self.commits });
        Ok(Outcome::Changed(changed))
    }

    fn put_box(&mut self, put: &KeyBox) -> Result<Outcome, Stop> {
        let (state, store) = self.state(&put.group)?;
        state.put_box(store, &put.key)?;
        Ok(Outcome::Kept)
    }

    fn put_keys(&mut self, put: &PutKeys) -> Result<Outcome, Stop> {
        let (state, store) = self.state(&put.group)?;
        state.keep_keys(store, &put.keys)?;
        Ok(Outcome::Kept)
    }

    fn side(&mut self, order: SideOrder, now: Timestamp) -> Result<Outcome, Stop> {
        let decided = order.decided();
        let frame = match order.group() {
            Some(group) => {
                let (state, store) = self.state(&group)?;
                state.side(store, order, now)?
            }
            None => self.lookups.look_up(&self.store, &locator(&order), order.from, now)?,
        };
        Ok(Outcome::Side(Box::new(frame), decided))
    }

    /// The token with one use less, where one is asked for.
    fn check_token(&self, secret: Option<Vec<u8>>, now: Timestamp) -> Result<Option<Token>, Stop> {
        let token = founding::check(&self.store, self.founding, secret.as_deref(), now)?;
        token.map_err(|why| Stop::Refused(why.code(), why.to_string()))
    }

    fn state(&mut self, group: &GroupId) -> Result<(&mut GroupState, &mut S), Stop> {
        if !self.groups.contains_key(group) {
            let row = self.store.group(group)?.ok_or_else(unknown_group)?;
            let state = GroupState::load(&self.store, row, &self.rosters)?;
            self.groups.insert(*group, Kept { state, used: 0 });
        }
        let kept = self.groups.get_mut(group).ok_or_else(unknown_group)?;
        kept.used = self.commits;
        Ok((&mut kept.state, &mut self.store))
    }

    fn publish(&mut self, batches: Batches, outcomes: &mut [Outcome]) -> Vec<Arc<Published>> {
        for outcome in &mut *outcomes {
            let Outcome::Appended(appended) = outcome else { continue };
            let several = batches.get(&appended.group).is_none_or(|batch| batch.author == Author::Several);
            if several || self.rewritten.contains(&appended.group) {
                appended.alone = None;
            }
        }
        let mut published = Vec::with_capacity(batches.len());
        while let Some(group) = self.rewritten.pop_first() {
            let Some(Kept { state, .. }) = self.groups.get(&group) else { continue };
            self.rosters.put(Arc::clone(&state.roster));
            let head = self.identity.sign_head(&group, state.row.head, state.row.time);
            published.push(Arc::new(Published::rewritten(group, head, Arc::clone(&state.roster))));
        }
        for (group, batch) in batches {
            let Some(Kept { state, .. }) = self.groups.get(&group) else { continue };
            let roster = batch.roster_changed.then(|| Arc::clone(&state.roster));
            if let Some(roster) = &roster {
                self.rosters.put(Arc::clone(roster));
            }
            let head = signed(outcomes, &group, &state.row.head)
                .unwrap_or_else(|| self.identity.sign_head(&group, state.row.head, state.row.time));
            published.push(Arc::new(Published::new(group, batch.first, batch.records, head, roster)));
        }
        published
    }

    fn make_room(&mut self) {
        while self.groups.len() > limits::CACHED_GROUPS {
            let oldest = self.groups.iter().min_by_key(|(_, kept)| kept.used).map(|(group, _)| *group);
            let Some(oldest) = oldest else { return };
            self.groups.remove(&oldest);
        }
    }
}

/// Adds a new Record to its Group's batch.
fn note(batches: &mut Batches, group: GroupId, position: Position, record: Record, connection: ConnectionId) {
    let batch = batches.entry(group).or_insert_with(|| Batch {
        first: position,
        records: Vec::new(),
        author: Author::One(connection),
        roster_changed: false,
    });
    if batch.author != Author::One(connection) {
        batch.author = Author::Several;
    }
    batch.roster_changed |= record.kind == porchlight_wire::record::RecordKind::ROSTER_CHANGE;
    batch.records.push(record);
}

/// The head of a lone author is the head of the batch: no need to sign it twice.
fn signed(outcomes: &[Outcome], group: &GroupId, end: &Cursor) -> Option<SignedHead> {
    outcomes.iter().rev().find_map(|outcome| match outcome {
        Outcome::Appended(appended) if appended.group == *group => {
            appended.alone.filter(|head| head.cursor == *end)
        }
        _ => None,
    })
}

fn refuse_all(abouts: Vec<Vec<About>>, code: Code, detail: &str) -> Vec<Outcome> {
    let refuse = |abouts: Vec<About>| abouts.into_iter().map(|about| refusal(about, code, detail)).collect();
    abouts.into_iter().map(|abouts| Outcome::Refused(refuse(abouts))).collect()
}

fn locator(order: &SideOrder) -> Hash {
    match order.about() {
        About::Lookup(locator) => locator,
        _ => Hash::ZERO,
    }
}

fn founding_body(change: &CheckedChange) -> Result<ChangeBody, Stop> {
    let signed: Result<SignedChange, _> = minicbor::decode(&change.bytes);
    let body = signed.and_then(|signed| minicbor::decode(&signed.body));
    body.map_err(|_| Stop::Refused(Code::MALFORMED, "the founding cannot be read".into()))
}

fn unknown_group() -> Stop {
    Stop::Refused(Code::UNKNOWN_GROUP, "this server has no such group".into())
}

impl Token {
    /// The hash by which a secret is found; the secret itself is not kept.
    pub fn hash_of(secret: &[u8]) -> Hash {
        Hash::of("porchlight/founding-token/1", &[secret])
    }
}
