//! Counts what strangers may only do so often, from one address and from everywhere.

use std::collections::BTreeMap;
use std::net::IpAddr;

use porchlight_wire::Timestamp;

use crate::limits;

/// What was done in the stretch of time that runs.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    since: Timestamp,
    all: u32,
    by: BTreeMap<IpAddr, u32>,
}

impl Tally {
    /// Counts one. Those that are refused are not counted: who waits gets through.
    pub(crate) fn allows(&mut self, from: Option<IpAddr>, now: Timestamp) -> bool {
        // A clock that went back starts a new stretch too.
        if now.since(self.since) >= limits::LOOKUP_WINDOW_MILLIS || now < self.since {
            *self = Self { since: now, ..Self::default() };
        }
        if self.all >= limits::LOOKUPS {
            return false;
        }
        if let Some(address) = from {
            let count = self.by.entry(address).or_default();
            if *count >= limits::LOOKUPS_PER_ADDRESS {
                return false;
            }
            *count += 1;
        }
        self.all += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_use_up_what_is_everybodys() {
        let (here, there) = (Some(IpAddr::from([192, 0, 2, 1])), Some(IpAddr::from([192, 0, 2, 2])));
        let now = Timestamp::from_millis(1_000);
        let mut tally = Tally::default();
        let allowed = (0..limits::LOOKUPS).filter(|_| tally.allows(here, now)).count();
        assert_eq!(allowed, limits::LOOKUPS_PER_ADDRESS as usize);
        assert!(tally.allows(there, now));
        let rest = (0..limits::LOOKUPS).filter(|_| tally.allows(None, now)).count();
        assert_eq!(rest, (limits::LOOKUPS - limits::LOOKUPS_PER_ADDRESS - 1) as usize);
        assert!(tally.allows(here, now.plus_millis(limits::LOOKUP_WINDOW_MILLIS)), "it begins anew");
    }
}
