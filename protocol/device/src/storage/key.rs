//! What the keys of all that is stored of one Group begin with.

use porchlight_wire::GroupId;

use super::Slot;

impl Slot {
    /// The key of a Group whose rest is known.
    pub(crate) fn join(group: &GroupId, rest: &[u8]) -> Vec<u8> {
        let mut key = format!("g/{group}/").into_bytes();
        key.extend_from_slice(rest);
        key
    }

    /// The Group that a key is of, and the rest of the key.
    pub(crate) fn split(key: &[u8]) -> Option<(GroupId, &[u8])> {
        let (group, rest) = key.strip_prefix(b"g/")?.split_at_checked(GROUP_DIGITS)?;
        let group = GroupId::from_hex(core::str::from_utf8(group).ok()?)?;
        Some((group, rest.strip_prefix(b"/")?))
    }
}

/// How many digits a Group's id has in a key.
const GROUP_DIGITS: usize = 64;
