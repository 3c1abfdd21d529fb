//! Takes back what a server lost: Records with their old places, proven by a head that the Group's server signed.
//!
//! The chain decides. Records that lead from a place on this log to a head which this server has signed were once in
//! this log, exactly so; they go back there. What was appended at those places since then moves behind them and begins
//! a new generation: so order and times of what was first do not change, and nothing is lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::frame::{About, Code, Refill, Refilled};
use porchlight_wire::record::{Cursor, Record, RecordKind};
use porchlight_wire::roster::{Roster, SignedChange};
use porchlight_wire::snapshot::VerifiedStatement;
use porchlight_wire::{DeviceId, Generation, GroupId, Hash, Position, Sequence, ServerKey, Timestamp};

use super::group::{GroupState, Stop};
use super::snapshot::{CheckedStatement, lies_on};
use super::{Batches, CheckedChange, CheckedEntry, Kept, Log, Outcome};
use crate::store::{GroupRow, NewRecord, ReadLimit, ReadStore, RecordIndex, Store, StoreError};

/// The number and id of the last Entry of each device.
type LastEntries = BTreeMap<DeviceId, (Sequence, Hash)>;

/// A Refill whose Records lead to its head and can be read; only [`CheckedRefill::check`] makes one.
#[derive(Debug)]
pub struct CheckedRefill {
    refill: Refill,
    records: Vec<Returned>,
}

/// A Record that comes back.
#[derive(Debug)]
struct Returned {
    /// The log's end once it is there.
    at: Cursor,
    record: Record,
    what: Returning,
}

#[derive(Debug)]
enum Returning {
    Entry { device: DeviceId, sequence: Sequence, previous: Hash, id: Hash },
    Change,
    Statement(VerifiedStatement),
    Other,
}

impl CheckedRefill {
    /// Checks what can be checked without the log; slow enough to be done outside the writer.
    pub fn check(mut refill: Refill) -> Result<Self, &'static str> {
        let mut at = refill.before;
        let mut records = Vec::with_capacity(refill.records.len());
        for record in std::mem::take(&mut refill.records) {
            at = at.after_in(refill.generation, &record);
            let what = Returning::read(&refill.group, &record).ok_or("a record cannot be read")?;
            records.push(Returned { at, record, what });
        }
        if refill.head.cursor != at {
            return Err("the records do not lead to the head");
        }
        Ok(Self { refill, records })
    }

    /// How a refusal names it.
    pub fn about(&self) -> About {
        About::Refill(self.refill.group, self.refill.head.cursor.chain)
    }

    /// About how many bytes it brings.
    pub fn size(&self) -> usize {
        let changes = self.refill.roster.iter().chain(self.refill.later.iter().flatten());
        changes.map(|change| change.change.len()).sum::<usize>()
            + self.records.iter().map(|one| one.record.body.len()).sum::<usize>()
    }
}

impl Returned {
    /// Whether it says something about a Snapshot, which is one of its place in the log.
    fn is_about_a_snapshot(&self) -> bool {
        matches!(&self.what, Returning::Statement(said) if said.statement().manifest().is_some())
    }
}

impl Returning {
    fn read(group: &GroupId, record: &Record) -> Option<Self> {
        Some(match record.kind {
            RecordKind::ENTRY => {
                let entry = VerifiedEntry::verify(group, &record.body).ok()?;
                let (sequence, previous) = (entry.header().sequence, entry.header().previous);
                Self::Entry { device: entry.device(), sequence, previous, id: entry.id() }
            }
            RecordKind::ROSTER_CHANGE => {
                minicbor::decode::<SignedChange>(&record.body).ok()?;
                Self::Change
            }
            RecordKind::STATEMENT => Self::Statement(VerifiedStatement::verify(group, &record.body).ok()?),
            _ => Self::Other,
        })
    }
}

impl<S: Store> Log<S> {
    pub(super) fn refill(
        &mut self,
        batches: &mut Batches,
        by: &DeviceId,
        checked: CheckedRefill,
        now: Timestamp,
    ) -> Result<Outcome, Stop> {
        let CheckedRefill { refill, records } = checked;
        let (group, own) = (refill.group, self.identity.public());
        let proof = refill.head.cursor.chain;
        let mut begins_anew = self.store.group(&group)?.is_none();
        let added = if begins_anew {
            self.take_in(by, &refill, records, own, now)?
        } else {
            let (state, store) = self.state(&group)?;
            // Whoever is not known may still be in what was lost; that this server has signed it is the least.
            if state.roster.device(by).is_some() {
                state.roster.active(by)?;
            }
            check_head(&refill, &state.roster, own)?;
            begins_anew = state.is_older_than(store, &refill, own)?;
            if begins_anew {
                state.lead_past(store, by, &refill, records)?
            } else {
                state.put_back(store, by, &refill, records)?
            }
        };
        if added > 0 || begins_anew {
            // What this commit has appended before has another place now; it is read from the log.
            batches.remove(&group);
            self.rewritten.insert(group);
        }
        let added = u32::try_from(added).unwrap_or(u32::MAX);
        Ok(Outcome::Refilled(Refilled { group, head: proof, added }))
    }

    /// Makes a Group that this server does not have (any more), from its Roster and the first Records that are left.
    fn take_in(
        &mut self,
        by: &DeviceId,
        refill: &Refill,
        records: Vec<Returned>,
        own: ServerKey,
        now: Timestamp,
    ) -> Result<usize, Stop> {
        let roster = roster_of(by, refill, &records)?;
        check_head(refill, &roster, own)?;
        // A head of our own shows that the Group was here; a Group that moves here needs what a new one needs.
        let ours = refill.head.verify(&refill.group, &own).is_ok();
        if !ours {
            let token = self.check_token(refill.token.clone().map(Into::into), now)?;
            if let Some(token) = token {
                self.store.put_token(&token)?;
            }
        }
        let mut state = GroupState::returning(&mut self.store, refill, &roster)?;
        let added = state.put_back(&mut self.store, by, refill, records)?;
        state.row.generation = refill.generation.max(state.row.head.generation).next();
        state.keep_keys(&mut self.store, &refill.keys)?;
        self.groups.insert(refill.group, Kept { state, used: self.commits });
        Ok(added + refill.roster.len())
    }
}

impl GroupState {
    /// A Group whose log begins after a Position of which only the RosterChanges are left.
    fn returning(store: &mut impl Store, refill: &Refill, roster: &Roster) -> Result<Self, StoreError> {
        let number = store.add_group(&refill.group, refill.generation)?;
        let mut row = GroupRow {
            id: refill.group,
            number,
            head: Cursor::START,
            generation: refill.generation,
            base: Cursor::START,
            time: Timestamp::default(),
            roster_head: Hash::ZERO,
            bytes: 0,
        };
        begin_after(store, &mut row, refill)?;
        Ok(Self::new(row, Arc::new(roster.clone())))
    }

    /// Puts Records where they were; what is there now moves behind them. Says how many were lacking. They must come
    /// from a device that is in the Group, or that is in it once they and what it shows to follow them are back.
    fn put_back(
        &mut self,
        store: &mut impl Store,
        by: &DeviceId,
        refill: &Refill,
        records: Vec<Returned>,
    ) -> Result<usize, Stop> {
        if !lies_on(store, &self.row, &refill.before)? {
            return Err(bad("the records do not follow this server's log"));
        }
        let (fork, records) = self.without_known(store, refill.before, records)?;
        let displaced = self.records_after(store, fork.position)?;
        let roster = self.roster_at(store, &displaced)?;
        let lacking = self.lacking(store, &roster, &records)?;
        // Of what is said about Snapshots little fits where it did not stand before. Two histories would take turns for
        // ever if each came back for what it lost in this way to the other.
        let for_nothing = lacking.iter().all(|one| one.is_about_a_snapshot())
            && displaced.iter().any(Returned::is_about_a_snapshot);
        if lacking.is_empty() || for_nothing {
            if self.roster.active(by).is_err() {
                check_bringer(by, changed_by(roster, &records)?, refill)?;
            }
            return Ok(0);
        }
        let lacking = lacking.len();
        let (after, heads) = self.check_all(store, roster.as_ref(), &displaced, &records)?;
        if self.roster.active(by).is_err() {
            check_bringer(by, after.clone(), refill)?;
        }
        self.check_quota(records.iter().map(|one| one.record.body.len()).sum())?;
        // From here on only the store can fail.
        store.cut(self.row.number, fork.position)?;
        self.row.head = fork;
        self.row.bytes -=
            displaced.iter().map(|one| one.record.body.len() as u64).sum::<u64>().min(self.row.bytes);
        let hash = roster.as_ref().map_or(Hash::ZERO, Roster::head);
        self.set_heads(store, heads)?;
        self.put_all_back(store, refill, records, hash)?;
        self.roster = Arc::new(after);
        self.row.roster_head = self.roster.head();
        self.move_behind(store, displaced)?;
        Ok(lacking)
    }

    /// Appends the Records of a Refill behind a Roster with that hash; what comes next is of a new generation.
    fn put_all_back(
        &mut self,
        store: &mut impl Store,
        refill: &Refill,
        records: Vec<Returned>,
        mut hash: Hash,
    ) -> Result<(), StoreError> {
        for one in records {
            self.put_one_back(store, refill.generation, one, &mut hash)?;
        }
        let newest = self.row.generation.max(refill.generation).max(refill.head.cursor.generation);
        self.row.generation = newest.next();
        Ok(())
    }

    /// Leaves out the Records that are where they belong.
    fn without_known(
        &self,
        store: &impl ReadStore,
        before: Cursor,
        records: Vec<Returned>,
    ) -> Result<(Cursor, Vec<Returned>), StoreError> {
        let mut fork = before;
        let mut rest = Vec::new();
        for one in records {
            if rest.is_empty() && store.chain(self.row.number, one.at.position)? == Some(one.at.chain) {
                fork = one.at;
            } else {
                rest.push(one);
            }
        }
        Ok((fork, rest))
    }

    fn records_after(&self, store: &impl ReadStore, position: Position) -> Result<Vec<Returned>, Stop> {
        let all = ReadLimit { records: usize::MAX >> 1, bytes: usize::MAX };
        let mut at = Cursor { position, ..self.row.head };
        let records = store.records(self.row.number, position, all)?;
        let read = |record: Record| {
            at.position = at.position.next();
            let what = Returning::read(&self.row.id, &record).ok_or(StoreError::Damaged("record"))?;
            Ok(Returned { at, record, what })
        };
        records.into_iter().map(read).collect::<Result<_, StoreError>>().map_err(Stop::from)
    }

    /// The Roster before the displaced Records; none if the founding itself is to come back.
    fn roster_at(&self, store: &impl ReadStore, displaced: &[Returned]) -> Result<Option<Roster>, Stop> {
        let later = displaced.iter().filter(|one| matches!(one.what, Returning::Change)).count();
        if self.row.head.position == Position::new(0) {
            return Ok(None);
        }
        if later == 0 {
            return Ok(Some(self.roster.as_ref().clone()));
        }
        let changes = store.roster(self.row.number)?;
        let left = changes.len().saturating_sub(later);
        if left == 0 {
            return Ok(None);
        }
        let (roster, _) =
            Roster::verify_all(changes.iter().take(left).map(|one| (&one.change[..], one.time)))?;
        Ok(Some(roster))
    }

    /// The Records that the log does not hold anywhere.
    fn lacking<'a>(
        &mut self,
        store: &impl Store,
        roster: &Option<Roster>,
        records: &'a [Returned],
    ) -> Result<Vec<&'a Returned>, Stop> {
        let mut hash = roster.as_ref().map_or(Hash::ZERO, Roster::head);
        let mut lacking = Vec::new();
        for one in records {
            let known = match &one.what {
                Returning::Entry { device, sequence, id, .. } => {
                    self.has_entry(store, device, *sequence, id)?
                }
                Returning::Change => {
                    hash = hash_after(&self.row.id, &hash, &one.record).unwrap_or(Hash::ZERO);
                    store.roster_change(self.row.number, &hash)?.is_some()
                }
                Returning::Statement(statement) => {
                    store.statement(self.row.number, &statement.hash())?.is_some()
                }
                Returning::Other => true,
            };
            if !known {
                lacking.push(one);
            }
        }
        Ok(lacking)
    }

    fn has_entry(
        &mut self,
        store: &impl Store,
        device: &DeviceId,
        sequence: Sequence,
        id: &Hash,
    ) -> Result<bool, Stop> {
        let Some(head) = self.device_head(store, device)?.filter(|head| sequence <= head.sequence) else {
            return Ok(false);
        };
        let Some((_, record)) = store.entry(head.number, sequence)? else { return Ok(true) };
        let known = VerifiedEntry::verify(&self.row.id, &record.body);
        Ok(known.is_ok_and(|known| known.id() == *id))
    }

    /// Checks that the Records fit, all of them, before the first is written: the Roster after them, and the last Entry
    /// of each device before them.
    fn check_all(
        &mut self,
        store: &impl Store,
        roster: Option<&Roster>,
        displaced: &[Returned],
        records: &[Returned],
    ) -> Result<(Roster, LastEntries), Stop> {
        let mut heads = BTreeMap::new();
        for one in displaced {
            if let Returning::Entry { device, sequence, previous, .. } = &one.what {
                let before = Sequence::new(sequence.get().saturating_sub(1));
                heads.entry(*device).or_insert((before, *previous));
            }
        }
        let before = heads.clone();
        check_authors(records, heads, |device| {
            let head = self.device_head(store, device)?;
            Ok(head.map_or((Sequence::new(0), Hash::ZERO), |head| (head.sequence, head.entry)))
        })?;
        Ok((changed_by(roster.cloned(), records)?, before))
    }

    fn set_heads(&mut self, store: &impl Store, heads: LastEntries) -> Result<(), StoreError> {
        for (device, (sequence, entry)) in heads {
            if let Some(mut head) = self.device_head(store, &device)? {
                (head.sequence, head.entry) = (sequence, entry);
                self.devices.insert(device, head);
                self.unwritten.insert(device);
            }
        }
        Ok(())
    }

    fn put_one_back(
        &mut self,
        store: &mut impl Store,
        generation: Generation,
        one: Returned,
        roster_hash: &mut Hash,
    ) -> Result<(), StoreError> {
        let index = match &one.what {
            Returning::Entry { device, sequence, id, .. } => {
                let mut head = match self.device_head(store, device)? {
                    Some(head) => head,
                    None => store.add_device(self.row.number, device)?,
                };
                (head.sequence, head.entry) = (*sequence, *id);
                self.devices.insert(*device, head);
                self.unwritten.insert(*device);
                RecordIndex::Entry(head.number, *sequence)
            }
            Returning::Change => {
                let hash = hash_after(&self.row.id, roster_hash, &one.record);
                *roster_hash = hash.ok_or(StoreError::Damaged("roster"))?;
                RecordIndex::RosterChange(*roster_hash)
            }
            Returning::Statement(statement) => RecordIndex::Statement(statement.hash()),
            Returning::Other => RecordIndex::Other,
        };
        self.write_as_it_is(store, generation, &one.record, index)?;
        if let Returning::Statement(statement) = &one.what {
            self.keep_statement(store, statement, &one.record)?;
        }
        Ok(())
    }

    /// Appends anew what had come since; what does not fit any more is its author's to send again.
    fn move_behind(&mut self, store: &mut impl Store, displaced: Vec<Returned>) -> Result<(), StoreError> {
        for one in displaced {
            let (body, time) = (Vec::from(one.record.body), one.record.time);
            let outcome = match one.what {
                Returning::Entry { .. } => match CheckedEntry::check(&self.row.id, body) {
                    Ok(entry) => self.append(store, entry, time).map(drop),
                    Err(_) => Ok(()),
                },
                Returning::Change => self.change_again(store, body, time),
                Returning::Statement(_) => match CheckedStatement::check(&self.row.id, body) {
                    Ok(statement) => self.state(store, statement, time).map(drop),
                    Err(_) => Ok(()),
                },
                Returning::Other => {
                    self.write(store, one.record.kind, body, RecordIndex::Other, time).map(drop)?;
                    Ok(())
                }
            };
            if let Err(Stop::Failed(error)) = outcome {
                return Err(error);
            }
        }
        Ok(())
    }

    fn change_again(&mut self, store: &mut impl Store, body: Vec<u8>, time: Timestamp) -> Result<(), Stop> {
        let time = time.max(self.row.time);
        let verified = self.roster.verify(&body, time)?;
        let change = CheckedChange::read(self.row.id, self.roster.head(), body);
        let change = change.ok_or_else(|| bad("a roster change cannot be read"))?;
        Arc::make_mut(&mut self.roster).apply(verified)?;
        self.append_change(store, change, time)?;
        Ok(())
    }
}

/// Begins an empty log after the place where the Records of a Refill follow: of what was before, the RosterChanges are
/// there and the last Entry of each device.
fn begin_after(store: &mut impl Store, row: &mut GroupRow, refill: &Refill) -> Result<(), StoreError> {
    let mut at = Cursor::START;
    let mut hash = Hash::ZERO;
    for change in &refill.roster {
        let record =
            Record { time: change.time, kind: RecordKind::ROSTER_CHANGE, body: change.change.clone() };
        hash = hash_after(&refill.group, &hash, &record).ok_or(StoreError::Damaged("roster"))?;
        at = at.after(&record);
        row.bytes += record.body.len() as u64;
        store
            .append(row.number, &NewRecord { at, record: &record, index: RecordIndex::RosterChange(hash) })?;
    }
    for author in &refill.authors {
        let head = store.device_head(row.number, &author.device)?;
        let mut head = head.map_or_else(|| store.add_device(row.number, &author.device), Ok)?;
        (head.sequence, head.entry) = (author.sequence, author.entry);
        store.put_device_head(&head)?;
    }
    (row.head, row.base, row.roster_head) = (refill.before, refill.before, hash);
    row.time = refill.roster.last().map(|change| change.time).unwrap_or_default();
    Ok(())
}

/// The Roster up to the Records, or the founding that is the first of them.
fn known_roster(refill: &Refill, records: &[Returned]) -> Result<Roster, Stop> {
    if refill.roster.is_empty() {
        let first = records.first().ok_or_else(|| bad("there is no roster"))?;
        return Ok(Roster::found(&first.record.body, first.record.time)?);
    }
    let changes = refill.roster.iter().map(|one| (&one.change[..], one.time));
    Ok(Roster::verify_all(changes)?.0)
}

/// The Roster before the Records, checked: that it is the Group's, that it fits, and that `by` is in it or comes into it.
fn roster_of(by: &DeviceId, refill: &Refill, records: &[Returned]) -> Result<Roster, Stop> {
    let roster = known_roster(refill, records)?;
    if roster.group() != refill.group {
        return Err(bad("the roster is of another group"));
    }
    check_bringer(by, roster_after(roster.clone(), refill, records)?, refill)?;
    let count = refill.roster.len() as u64;
    if refill.before.position.get() < count || (count == 0 && refill.before != Cursor::START) {
        return Err(bad("the roster does not fit before the records"));
    }
    Ok(roster)
}

/// The Roster once all of a Refill's Records are there.
fn roster_after(known: Roster, refill: &Refill, records: &[Returned]) -> Result<Roster, Stop> {
    changed_by(Some(known).filter(|_| !refill.roster.is_empty()), records)
}

/// The Roster once these Records are there; without one before them, the first of them founds it.
fn changed_by(mut roster: Option<Roster>, records: &[Returned]) -> Result<Roster, Stop> {
    for one in records.iter().filter(|one| matches!(one.what, Returning::Change)) {
        let (bytes, time) = (&one.record.body[..], one.record.time);
        roster = Some(match roster.take() {
            None => Roster::found(bytes, time)?,
            Some(roster) => next_roster(roster, bytes, time)?,
        });
    }
    roster.ok_or_else(|| bad("there is no roster"))
}

/// Checks that each Entry follows its author's last one; `last` gives what `heads` does not know.
fn check_authors(
    records: &[Returned],
    mut heads: LastEntries,
    mut last: impl FnMut(&DeviceId) -> Result<(Sequence, Hash), StoreError>,
) -> Result<(), Stop> {
    for one in records {
        let Returning::Entry { device, sequence, previous, id } = &one.what else { continue };
        let head = match heads.get(device) {
            Some(head) => *head,
            None => last(device)?,
        };
        if *sequence != head.0.next() || *previous != head.1 {
            return Err(bad("an entry does not follow its device's last one"));
        }
        heads.insert(*device, (*sequence, *id));
    }
    Ok(())
}

fn next_roster(mut roster: Roster, bytes: &[u8], time: Timestamp) -> Result<Roster, Stop> {
    let change = roster.verify(bytes, time)?;
    roster.apply(change)?;
    Ok(roster)
}

/// Whether a device may bring Records: it is in the Group with the last of them, or is let in by what it shows to have
/// followed them. That decides only who is heard: what goes back, and where, the server's signed head says alone.
fn check_bringer(by: &DeviceId, mut roster: Roster, refill: &Refill) -> Result<(), Stop> {
    for change in refill.later.iter().flatten() {
        roster = next_roster(roster, &change.change, change.time)?;
    }
    roster.active(by)?;
    Ok(())
}

/// The head must be signed by a server that this Group has or had.
fn check_head(refill: &Refill, roster: &Roster, own: ServerKey) -> Result<(), Stop> {
    let servers = roster.servers().iter().map(|server| server.key).chain([own]);
    if servers.into_iter().any(|server| refill.head.verify(&refill.group, &server).is_ok()) {
        return Ok(());
    }
    Err(bad("the head is not signed by a server of this group"))
}

fn hash_after(group: &GroupId, previous: &Hash, record: &Record) -> Option<Hash> {
    let signed: SignedChange = minicbor::decode(&record.body).ok()?;
    if *previous == Hash::ZERO {
        return Some(Hash::from_bytes(*signed.founded_group().as_bytes()));
    }
    Some(signed.hash(group, previous))
}

fn bad(detail: &str) -> Stop {
    Stop::Refused(Code::BAD_REFILL, detail.to_owned())
}

mod older;

#[cfg(test)]
mod tests;
