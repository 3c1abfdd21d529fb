//! The Claims of a group that count: order-sensitive acts, such as taking a place in a shift, and where in the group's
//! log each stands. States of sign-ups and votes are derived from it, the same on all devices.

use std::collections::BTreeMap;

use porchlight_wire::{Hash, Timestamp};

use crate::document::DocumentName;

/// Where a Claim stands: the order of the log, never that of anybody's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The generation of the log that took it first.
    pub generation: u32,
    /// Its Position in that log.
    pub position: u64,
    /// The how many-th Claim of its Entry it is.
    pub index: u32,
    /// When the server received it. Last, so that it orders nothing that the rest does not.
    pub time: Timestamp,
}

/// All Claims of a group that were taken, by the document and the hash of the Change that made them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    places: BTreeMap<DocumentName, BTreeMap<Hash, Place>>,
}

impl Ledger {
    /// A ledger in which nothing stands.
    pub const fn new() -> Self {
        Self { places: BTreeMap::new() }
    }

    /// Notes where a Claim stands. One that stands already keeps its first Place: that is its order for ever.
    pub fn insert(&mut self, document: &DocumentName, change: Hash, place: Place) {
        if let Some(claims) = self.places.get_mut(document) {
            claims.entry(change).or_insert(place);
        } else {
            self.places.insert(document.clone(), BTreeMap::from([(change, place)]));
        }
    }

    /// Where the Claim of this Change stands; `None` while it waits to be taken.
    pub fn get(&self, document: &DocumentName, change: Hash) -> Option<Place> {
        self.places.get(document)?.get(&change).copied()
    }

    /// All Claims, document by document.
    pub fn iter(&self) -> impl Iterator<Item = (&DocumentName, Hash, Place)> {
        self.places
            .iter()
            .flat_map(|(document, claims)| claims.iter().map(move |(hash, place)| (document, *hash, *place)))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.values().map(BTreeMap::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_stays_and_the_log_orders() {
        let place = |generation, position, index, millis| Place {
            generation,
            position,
            index,
            time: Timestamp::from_millis(millis),
        };
        let (name, hash) = (DocumentName::contacts(), Hash::from_bytes([7; 32]));
        let mut ledger = Ledger::new();
        assert_eq!(ledger.get(&name, hash), None);
        ledger.insert(&name, hash, place(1, 9, 0, 50));
        ledger.insert(&name, hash, place(2, 1, 0, 1));
        assert_eq!(ledger.get(&name, hash), Some(place(1, 9, 0, 50)));
        assert_eq!(ledger.get(&DocumentName::index(), hash), None);
        assert_eq!((ledger.len(), ledger.iter().count()), (1, 1));
        assert!(place(1, 9, 1, 0) > place(1, 9, 0, 99) && place(2, 1, 0, 0) > place(1, 9, 0, 99));
    }
}
