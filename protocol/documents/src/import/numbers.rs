//! What is said of the phone numbers of a row.

use super::Flag;
use crate::contacts::Details;
use crate::contacts::phone::{self, Reading};

/// A flag for each number that could not be read.
pub(crate) fn flags(details: &Details, country: Option<&str>) -> Vec<Flag> {
    let unread = details.phones.iter().filter(|phone| phone.e164.is_none());
    unread
        .map(|unread| {
            let text = unread.number.clone();
            match phone::read(&text, country) {
                Reading::Damaged => Flag::NumberDamaged { text },
                Reading::NoCountry => Flag::NumberWithoutCountry { text },
                Reading::NoArea => Flag::NumberWithoutArea { text },
                Reading::Number(..) | Reading::Unclear => Flag::NumberUnclear { text },
            }
        })
        .collect()
}
