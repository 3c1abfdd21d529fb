//! The rules of time zones, given from outside: the browser fetches those it needs, a computer carries all of them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

/// The zones whose rules are at hand.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    given: BTreeMap<String, TimeZone>,
}

impl Zones {
    /// No zones but those that the program itself carries: all of them with the feature `zone-database`, else UTC.
    pub const fn new() -> Self {
        Self { given: BTreeMap::new() }
    }

    /// Adds the rules of a zone: `name` as IANA writes it ("America/Chicago"), `rules` a TZif file (RFC 9636).
    pub fn add(&mut self, name: &str, rules: &[u8]) -> Result<(), ZoneError> {
        let zone = TimeZone::tzif(name, rules).map_err(|_| ZoneError::Damaged(name.to_owned()))?;
        self.given.insert(name.to_owned(), zone);
        Ok(())
    }

    /// The zone with this name.
    pub fn get(&self, name: &str) -> Result<TimeZone, ZoneError> {
        if let Some(zone) = self.given.get(name) {
            return Ok(zone.clone());
        }
        if name == "UTC" {
            return Ok(TimeZone::UTC);
        }
        carried(name).ok_or_else(|| ZoneError::NotHere(name.to_owned()))
    }

    /// A zone by its name in whatever capitals, as it is written properly.
    pub fn proper(&self, name: &str) -> Option<String> {
        let given = self.given.keys().find(|given| given.eq_ignore_ascii_case(name)).cloned();
        given.or_else(|| name.eq_ignore_ascii_case("UTC").then(|| "UTC".to_owned())).or_else(|| proper(name))
    }

    /// Whether the zone is at hand.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_ok()
    }
}

#[cfg(feature = "zone-database")]
fn carried(name: &str) -> Option<TimeZone> {
    let zone = TimeZone::get(name).ok()?;
    // Names are matched without regard to case; the documents hold only the proper ones.
    (zone.iana_name() == Some(name)).then_some(zone)
}

#[cfg(feature = "zone-database")]
fn proper(name: &str) -> Option<String> {
    TimeZone::get(name).ok()?.iana_name().map(str::to_owned)
}

#[cfg(not(feature = "zone-database"))]
fn proper(_: &str) -> Option<String> {
    None
}

#[cfg(not(feature = "zone-database"))]
fn carried(_: &str) -> Option<TimeZone> {
    None
}

/// Why there are no rules for a zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// Not given yet, or there is no such zone: fetch it and ask again.
    #[error("the rules of the time zone {0} are not here")]
    NotHere(String),
    /// The bytes are no TZif file.
    #[error("the rules of the time zone {0} are damaged")]
    Damaged(String),
}
