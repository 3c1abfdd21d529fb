//! Which column of labels belongs to which column of numbers, addresses or links.

use std::collections::BTreeMap;

use super::MappedColumn;
use super::column::{self, Column};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Phone,
    Email,
    Link,
    Messenger,
}

/// One column of a kind.
#[derive(Clone, Copy)]
struct Found {
    place: usize,
    /// The number in its heading.
    number: Option<u32>,
    /// Whether its heading already says what it is for.
    is_told: bool,
}

/// The places of the columns with labels, by those of the columns that they belong to: of one number, or else the next
/// one, or the one before where labels stand behind what they are for.
pub(super) fn pairs(columns: &[MappedColumn]) -> BTreeMap<usize, usize> {
    let mut pairs = BTreeMap::new();
    for kind in [Kind::Phone, Kind::Email, Kind::Link, Kind::Messenger] {
        let found = |wanted: fn(&Column) -> Option<(Kind, bool)>| -> Vec<Found> {
            let places = columns.iter().enumerate();
            let found = places.filter_map(|(place, mapped)| {
                let (of, is_told) = wanted(&mapped.column)?;
                (of == kind).then(|| Found { place, number: column::number(&mapped.heading), is_told })
            });
            found.collect()
        };
        let (values, labels) = (found(value), found(label));
        let bare = values.iter().find(|value| !value.is_told).map(|value| value.place);
        let is_behind = bare < labels.first().map(|label| label.place);
        for label in labels {
            let free = || values.iter().filter(|value| !pairs.contains_key(&value.place));
            let rank = |value: &&Found| {
                let is_other_way = (value.place < label.place) != is_behind;
                (value.is_told, is_other_way, value.place.abs_diff(label.place))
            };
            let same = free().filter(|value| value.number == label.number).min_by_key(rank);
            let next = || {
                let is_beside = |value: &&Found| value.place.abs_diff(label.place) == 1;
                free().filter(is_beside).min_by_key(rank)
            };
            if let Some(value) = same.or_else(next) {
                pairs.insert(value.place, label.place);
            }
        }
    }
    pairs
}

fn value(column: &Column) -> Option<(Kind, bool)> {
    match column {
        Column::Phone { label } => Some((Kind::Phone, !label.is_empty())),
        Column::Email { label } => Some((Kind::Email, !label.is_empty())),
        Column::Link => Some((Kind::Link, false)),
        Column::Messenger { service } => Some((Kind::Messenger, !service.is_empty())),
        _ => None,
    }
}

fn label(column: &Column) -> Option<(Kind, bool)> {
    match column {
        Column::PhoneLabel => Some((Kind::Phone, true)),
        Column::EmailLabel => Some((Kind::Email, true)),
        Column::LinkLabel => Some((Kind::Link, true)),
        Column::MessengerService => Some((Kind::Messenger, true)),
        _ => None,
    }
}
