//! Notices a clock that jumped, because times in the log are never taken back.

use porchlight_wire::{Timestamp, limits};

use crate::store::{Fact, Store, StoreError};

/// How far the clock may run before it is written down again.
const NOTE_EVERY_MILLIS: u64 = 10 * 60 * 1000;

/// The last time that was trusted, in memory and in the store.
#[derive(Debug)]
pub(super) struct Clock {
    seen: Option<Timestamp>,
    noted: Option<Timestamp>,
}

impl Clock {
    pub(super) fn load(store: &impl Store) -> Result<Self, StoreError> {
        let noted = noted(store)?;
        Ok(Self { seen: noted, noted })
    }

    /// Whether `now` can be believed: it is within a day of the last time that was. After a jump the operator's word,
    /// which [`confirm`] leaves in the store, counts.
    pub(super) fn trusts(&mut self, store: &impl Store, now: Timestamp) -> Result<bool, StoreError> {
        if self.seen.is_none_or(|seen| near(seen, now)) {
            // Never back: many small steps must not add up to a large one.
            self.seen = self.seen.max(Some(now));
            return Ok(true);
        }
        let confirmed = noted(store)?.filter(|confirmed| near(*confirmed, now));
        if confirmed.is_some() {
            self.noted = confirmed;
            self.seen = Some(now);
        }
        Ok(confirmed.is_some())
    }

    /// Writes the time down, if it is some minutes since that was done. Within a transaction.
    pub(super) fn note(&mut self, store: &mut impl Store) -> Result<(), StoreError> {
        let Some(seen) = self.seen else { return Ok(()) };
        if self.noted.is_none_or(|noted| seen.since(noted) >= NOTE_EVERY_MILLIS) {
            store.put_fact(Fact::ClockSeen, &seen.millis().to_be_bytes())?;
            self.noted = Some(seen);
        }
        Ok(())
    }

    /// Forgets what was not made durable.
    pub(super) fn roll_back(&mut self) {
        self.noted = None;
    }
}

/// Records the operator's word that the clock says the right time now.
pub fn confirm(store: &mut impl Store, now: Timestamp) -> Result<(), StoreError> {
    store.begin()?;
    store.put_fact(Fact::ClockSeen, &now.millis().to_be_bytes())?;
    store.commit()
}

/// Whether `now` is further from the time last written down, as [`Fact::ClockSeen`] has it, than can be believed.
pub fn jumped(seen: Option<Vec<u8>>, now: Timestamp) -> Result<bool, StoreError> {
    Ok(read(seen)?.is_some_and(|noted| !near(noted, now)))
}

fn noted(store: &impl Store) -> Result<Option<Timestamp>, StoreError> {
    read(store.fact(Fact::ClockSeen)?)
}

fn read(seen: Option<Vec<u8>>) -> Result<Option<Timestamp>, StoreError> {
    let Some(bytes) = seen else { return Ok(None) };
    let bytes = bytes.try_into().map_err(|_| StoreError::Damaged("clock"))?;
    Ok(Some(Timestamp::from_millis(u64::from_be_bytes(bytes))))
}

fn near(a: Timestamp, b: Timestamp) -> bool {
    a.since(b).max(b.since(a)) <= limits::MAX_CLOCK_JUMP_MILLIS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SqliteStore;

    const HOUR: u64 = 60 * 60 * 1000;

    fn hour(number: u64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000).plus_millis(number * HOUR)
    }

    #[test]
    fn a_day_is_believed_and_more_needs_the_operator() {
        let mut store = SqliteStore::in_memory().unwrap();
        let mut clock = Clock::load(&store).unwrap();
        assert!(clock.trusts(&store, hour(100)).unwrap());
        clock.note(&mut store).unwrap();
        assert!(clock.trusts(&store, hour(124)).unwrap());
        assert!(!clock.trusts(&store, hour(149)).unwrap());
        assert!(!clock.trusts(&store, hour(1)).unwrap());
        confirm(&mut store, hour(149)).unwrap();
        assert!(clock.trusts(&store, hour(150)).unwrap());
    }

    #[test]
    fn the_time_outlives_the_server() {
        let mut store = SqliteStore::in_memory().unwrap();
        let mut clock = Clock::load(&store).unwrap();
        clock.trusts(&store, hour(100)).unwrap();
        clock.note(&mut store).unwrap();
        let mut restarted = Clock::load(&store).unwrap();
        assert!(!restarted.trusts(&store, hour(1000)).unwrap());
        assert!(restarted.trusts(&store, hour(101)).unwrap());
    }

    #[test]
    fn small_steps_back_do_not_add_up() {
        let store = SqliteStore::in_memory().unwrap();
        let mut clock = Clock::load(&store).unwrap();
        assert!(clock.trusts(&store, hour(100)).unwrap());
        assert!(clock.trusts(&store, hour(80)).unwrap());
        assert!(!clock.trusts(&store, hour(60)).unwrap());
    }
}
