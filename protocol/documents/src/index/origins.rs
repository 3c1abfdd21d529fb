//! As whom the devices of a circle are known in the group around it: keys are fresh in every group, so that nothing else
//! shows that two members are one person.
//!
//! ```text
//! members: { ? "<member>/of/<device>": "<device in the group around it>", … }
//! ```
//!
//! Each device says it of itself, and anybody who writes there could say otherwise: people are asked before it counts.
//! Both devices stand there by their first eight bytes, as in an actor's id.

use std::collections::BTreeMap;

use automerge::{ReadDoc, ScalarValueRef, ValueRef};
use porchlight_wire::{ActorPrefix, MemberId};

use super::{IndexError, container, set};
use crate::document::Document;
use crate::editor::Editor;

/// By member and device of this group, the device that it is in the group around it.
pub fn origins(document: &Document) -> BTreeMap<(MemberId, ActorPrefix), ActorPrefix> {
    let reader = document.automerge();
    let Some(object) = container(reader, "members") else { return BTreeMap::new() };
    let items = reader.map_range(&object, ..);
    let one = |key: &str, value: &str| {
        let (member, device) = key.split_once("/of/")?;
        let device = ActorPrefix::from_hex(device)?;
        Some(((MemberId::from_hex(member)?, device), ActorPrefix::from_hex(value)?))
    };
    let read = items.filter_map(|item| match &item.value {
        ValueRef::Scalar(ScalarValueRef::Str(value)) => one(&item.key, value),
        _ => None,
    });
    read.collect()
}

/// Says which device of the group around it a device of this group is.
pub fn set_origin(
    editor: &mut Editor<'_>,
    member: &MemberId,
    device: &ActorPrefix,
    origin: &ActorPrefix,
) -> Result<(), IndexError> {
    let object = container(editor.reader(), "members").ok_or(IndexError::NotAnIndex)?;
    set(editor, &object, &format!("{member}/of/{device}"), Some(&origin.to_string()))
}

#[cfg(test)]
mod tests {
    use porchlight_wire::Timestamp;

    use super::*;
    use crate::document::{Actor, Author, Kind};
    use crate::index::{Profile, profile, profiles, set_profile};

    #[test]
    fn a_device_says_as_whom_it_is_known_and_names_stay_as_they_are() {
        let mut document = Document::new(Kind::Index);
        let author = || Author { actor: Actor::from_bytes([1; 16]), time: Timestamp::from_millis(0) };
        let (ana, [here, there]) =
            (MemberId::from_bytes([1; 16]), [2, 3].map(|n| ActorPrefix::from_bytes([n; 8])));
        let named = Profile { name: "Ana".into(), contact: None };
        document.edit(author(), |editor| set_profile(editor, &ana, &named)).unwrap();
        document.edit(author(), |editor| set_origin(editor, &ana, &here, &there)).unwrap();
        assert_eq!(origins(&document), BTreeMap::from([((ana, here), there)]));
        assert_eq!((profile(&document, &ana), profiles(&document).len()), (named, 1));
    }
}
