//! The circles inside a group: Groups of their own, with their own members and keys, of which the others see the name.
//!
//! ```text
//! circles: { "<group>/name": …, ? "<group>/purpose": …, ? "<group>/listed": "yes" }
//! ```
//!
//! A circle is in the list while it is `listed`. Whatever is said about it anew lists it anew, so that an edit wins over
//! taking it off without knowing of that edit.

use std::collections::BTreeMap;

use automerge::{ObjId, ReadDoc, ScalarValueRef, ValueRef};
use porchlight_wire::GroupId;
use serde::{Deserialize, Serialize};

use super::{IndexError, container, named, set, text};
use crate::document::Document;
use crate::editor::Editor;
use crate::field;

/// What the list says about a circle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circle {
    /// What it is called.
    pub name: String,
    /// What it is for, in one line; may be empty.
    #[serde(default)]
    pub purpose: String,
}

impl Circle {
    /// As it would be written.
    pub fn checked(&self) -> Result<Self, IndexError> {
        let purpose = field::clean_line(&self.purpose);
        if purpose.chars().count() > field::LINE_LIMIT {
            return Err(IndexError::LongName);
        }
        Ok(Self { name: named(&self.name)?, purpose })
    }
}

/// All circles in the list, by their Group's id. Who is in them is in their own Rosters.
pub fn circles(document: &Document) -> BTreeMap<GroupId, Circle> {
    let reader = document.automerge();
    let Some(object) = container(reader, MAP) else { return BTreeMap::new() };
    let items = reader.map_range(&object, ..).collect::<Vec<_>>();
    listed(items.iter().filter_map(|item| match &item.value {
        ValueRef::Scalar(ScalarValueRef::Str(value)) => Some((&*item.key, &**value)),
        _ => None,
    }))
}

/// The circles that such a map lists, by its keys and texts.
pub(crate) fn listed<'a>(items: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<GroupId, Circle> {
    let mut circles = BTreeMap::<_, Circle>::new();
    let mut listed = Vec::new();
    for (key, value) in items {
        let Some((group, part)) = key.split_once('/') else { continue };
        let Some(group) = GroupId::from_hex(group) else { continue };
        match part {
            "name" => circles.entry(group).or_default().name = value.to_owned(),
            "purpose" => circles.entry(group).or_default().purpose = value.to_owned(),
            LISTED => listed.push(group),
            _ => {}
        }
    }
    circles.retain(|group, _| listed.contains(group));
    circles
}

/// The circles that were taken off the list, as it spoke of them last.
pub fn taken_off(document: &Document) -> BTreeMap<GroupId, Circle> {
    let reader = document.automerge();
    let Some(object) = container(reader, MAP) else { return BTreeMap::new() };
    let (mut circles, there) = (BTreeMap::new(), circles(document));
    for item in reader.map_range(&object, ..) {
        let Some(group) = item.key.strip_suffix("/name").and_then(GroupId::from_hex) else { continue };
        if !there.contains_key(&group) {
            let part = |part| text(reader, &object, &key(&group, part)).unwrap_or_default();
            circles.insert(group, Circle { name: part("name"), purpose: part("purpose") });
        }
    }
    circles
}

/// Whether a circle was in the list once, and was taken off it.
pub(crate) fn is_taken_off(document: &Document, group: &GroupId) -> bool {
    let reader = document.automerge();
    let Some(object) = container(reader, MAP) else { return false };
    let has = |part| text(reader, &object, &key(group, part)).is_some();
    has("name") && !has(LISTED)
}

/// What the list says about one circle; nothing if it is not in it.
pub fn circle(document: &Document, group: &GroupId) -> Option<Circle> {
    let reader = document.automerge();
    read(reader, &container(reader, MAP)?, group)
}

/// Puts a circle into the list, or changes what the list says about it, as far as it differs.
pub fn set_circle(editor: &mut Editor<'_>, group: &GroupId, circle: &Circle) -> Result<(), IndexError> {
    let object = container(editor.reader(), MAP).ok_or(IndexError::NotAnIndex)?;
    let wanted = circle.checked()?;
    if read(editor.reader(), &object, group).as_ref() == Some(&wanted) {
        return Ok(());
    }
    set(editor, &object, &key(group, "name"), Some(&wanted.name))?;
    set(editor, &object, &key(group, "purpose"), Some(&wanted.purpose))?;
    editor.put_again(&object, &key(group, LISTED), "yes")?;
    Ok(())
}

/// Takes a circle off the list. The Group itself stays as it is; it can be listed again.
pub fn drop_circle(editor: &mut Editor<'_>, group: &GroupId) -> Result<(), IndexError> {
    let object = container(editor.reader(), MAP).ok_or(IndexError::NotAnIndex)?;
    Ok(editor.delete(&object, &key(group, LISTED))?)
}

fn read(reader: &impl ReadDoc, object: &ObjId, group: &GroupId) -> Option<Circle> {
    text(reader, object, &key(group, LISTED))?;
    let part = |part| text(reader, object, &key(group, part)).unwrap_or_default();
    Some(Circle { name: part("name"), purpose: part("purpose") })
}

fn key(group: &GroupId, part: &str) -> String {
    format!("{group}/{part}")
}

pub(crate) const MAP: &str = "circles";

const LISTED: &str = "listed";

#[cfg(test)]
mod tests {
    use porchlight_wire::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::document::{Actor, Author, Incoming, Kind, OwnChange};

    fn author(device: u8) -> Author {
        Author { actor: Actor::from_bytes([device; 16]), time: Timestamp::from_millis(0) }
    }

    fn group(number: u8) -> GroupId {
        GroupId::from_bytes([number; 32])
    }

    fn called(name: &str, purpose: &str) -> Circle {
        Circle { name: name.into(), purpose: purpose.into() }
    }

    fn put(document: &mut Document, device: u8, number: u8, circle: &Circle) -> Option<OwnChange> {
        document.edit(author(device), |editor| set_circle(editor, &group(number), circle)).unwrap().1
    }

    fn drop_from(document: &mut Document, device: u8, number: u8) -> Option<OwnChange> {
        document.edit(author(device), |editor| drop_circle(editor, &group(number))).unwrap().1
    }

    fn take(document: &mut Document, change: Option<&OwnChange>) {
        let Some(change) = change else { return };
        document.apply(Incoming::parse(change.as_bytes()).unwrap()).unwrap();
    }

    /// Two devices with the circle 1, "Coordinators".
    fn two() -> (Document, Document) {
        let (mut one, mut two) = (Document::new(Kind::Index), Document::new(Kind::Index));
        let change = put(&mut one, 1, 1, &called("Coordinators", ""));
        take(&mut two, change.as_ref());
        (one, two)
    }

    #[test]
    fn what_is_listed_is_read_renamed_and_taken_off() {
        let mut document = Document::new(Kind::Index);
        assert!(circles(&document).is_empty());
        put(&mut document, 1, 1, &called(" Coordinators\n", "Who calls whom"));
        put(&mut document, 1, 2, &called("Drivers", ""));
        let expected =
            [(group(1), called("Coordinators", "Who calls whom")), (group(2), called("Drivers", ""))];
        assert_eq!(circles(&document), BTreeMap::from(expected));
        assert_eq!(put(&mut document, 1, 2, &called("Drivers", "")), None, "listing can be repeated");
        put(&mut document, 1, 1, &called("Core team", ""));
        assert_eq!(circle(&document, &group(1)), Some(called("Core team", "")));
        drop_from(&mut document, 1, 1);
        assert_eq!(circle(&document, &group(1)), None);
        assert_eq!(circles(&document).len(), 1);
        assert_eq!(taken_off(&document), BTreeMap::from([(group(1), called("Core team", ""))]));
        assert_eq!(drop_from(&mut document, 1, 1), None);
        put(&mut document, 1, 1, &called("Core team", "again"));
        assert_eq!(circle(&document, &group(1)), Some(called("Core team", "again")));
        assert!(taken_off(&document).is_empty());
    }

    #[test]
    fn circles_that_two_list_offline_both_stay() {
        let (mut one, mut two) = two();
        let a = put(&mut one, 1, 2, &called("Drivers", ""));
        let b = put(&mut two, 2, 3, &called("Cooks", ""));
        take(&mut one, b.as_ref());
        take(&mut two, a.as_ref());
        assert_eq!(circles(&one), circles(&two));
        assert_eq!(circles(&one).len(), 3);
    }

    #[test]
    fn an_edit_wins_over_taking_off_that_did_not_know_of_it() {
        let (mut one, mut two) = two();
        let a = put(&mut one, 1, 1, &called("Coordinators", "Who calls whom"));
        let b = drop_from(&mut two, 2, 1);
        take(&mut one, b.as_ref());
        take(&mut two, a.as_ref());
        assert_eq!(circle(&one, &group(1)), Some(called("Coordinators", "Who calls whom")));
        assert_eq!(circles(&one), circles(&two));
    }

    #[test]
    fn names_are_checked() {
        let mut document = Document::new(Kind::Index);
        let mut refused = |circle: &Circle| {
            document.edit(author(1), |editor| set_circle(editor, &group(1), circle)).unwrap_err()
        };
        assert!(matches!(refused(&called(" ", "")), IndexError::NoName));
        assert!(matches!(refused(&called(&"x".repeat(1_001), "")), IndexError::LongName));
        assert!(matches!(refused(&called("Drivers", &"x".repeat(1_001))), IndexError::LongName));
        let mut contacts = Document::new(Kind::Contacts);
        let refused =
            contacts.edit(author(1), |editor| set_circle(editor, &group(1), &called("Drivers", "")));
        assert!(matches!(refused, Err(IndexError::NotAnIndex)));
    }

    proptest! {
        /// Whatever two devices do offline, both end with the same list; what only one of them touched is as that one
        /// left it, and what one listed or changed and the other took off is there.
        #[test]
        fn two_devices_offline_end_alike(
            acts in prop::collection::vec((0_u8..2, 0_u8..4, prop::option::of("[a-c]")), 0..20)
        ) {
            let (mut one, mut two) = two();
            let (mut ones, mut twos) = (Vec::new(), Vec::new());
            let mut touched = BTreeMap::<u8, BTreeMap<u8, bool>>::new();
            for (device, number, name) in &acts {
                let (document, changes) =
                    if *device == 0 { (&mut one, &mut ones) } else { (&mut two, &mut twos) };
                let change = match name {
                    Some(name) => put(document, device + 1, *number, &called(name, "")),
                    None => drop_from(document, device + 1, *number),
                };
                if change.is_some() {
                    touched.entry(*number).or_default().insert(*device, name.is_some());
                }
                changes.extend(change);
            }
            let before = (circles(&one), circles(&two));
            twos.iter().for_each(|change| take(&mut one, Some(change)));
            ones.iter().for_each(|change| take(&mut two, Some(change)));
            let after = circles(&one);
            prop_assert_eq!(&after, &circles(&two));
            for (number, by) in touched {
                let id = group(number);
                match (by.get(&0), by.get(&1)) {
                    (Some(_), None) => prop_assert_eq!(after.get(&id), before.0.get(&id)),
                    (None, Some(_)) => prop_assert_eq!(after.get(&id), before.1.get(&id)),
                    (one, two) => {
                        prop_assert_eq!(after.contains_key(&id), one == Some(&true) || two == Some(&true));
                    }
                }
            }
        }
    }
}
