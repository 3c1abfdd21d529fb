//! The first change of each kind of document: constant, never sent, the same on all devices.

use std::sync::OnceLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjType, ROOT};
use porchlight_wire::Hash;

use crate::document::{Actor, Kind};

/// Who made the genesis changes: nobody.
pub(crate) const ACTOR: Actor = Actor::from_bytes([0; 16]);

/// The root maps of a kind. They can never be added to or renamed, since that would be another genesis.
const fn maps(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Index => &["group", "members", "documents", "circles"],
        Kind::Contacts => &["contacts", "apart", "tree"],
        Kind::Schedule => {
            &["shifts", "acts", "stays", "checks", "handovers", "series", "places", "settings", "away"]
        }
        Kind::Note => &["note", "attendance", "decisions"],
        Kind::Decision => &["decision", "options", "votes", "rulings"],
    }
}

/// The root lists of a kind, out of which nothing is ever taken.
const fn lists(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Index | Kind::Contacts | Kind::Schedule | Kind::Decision => &[],
        Kind::Note => &["lines"],
    }
}

/// A document that holds the genesis change of its kind and nothing else. It is made once in a run of the program: a copy
/// takes a tenth of the time, and whoever joins starts hundreds.
pub(crate) fn document(kind: Kind) -> Automerge {
    static MADE: [OnceLock<Automerge>; Kind::ALL.len()] = [const { OnceLock::new() }; Kind::ALL.len()];
    match MADE.get(kind as usize) {
        Some(made) => made.get_or_init(|| make(kind)).clone(),
        None => make(kind),
    }
}

fn make(kind: Kind) -> Automerge {
    let mut automerge = Automerge::new();
    automerge.set_actor(ActorId::from(ACTOR.as_bytes().as_slice()));
    let mut transaction = automerge.transaction();
    // A new container in an empty root cannot be refused; if it were, the hash below would not match and no document
    // would open.
    for name in maps(kind) {
        let _ = transaction.put_object(ROOT, *name, ObjType::Map);
    }
    for name in lists(kind) {
        let _ = transaction.put_object(ROOT, *name, ObjType::List);
    }
    transaction.commit_with(CommitOptions::default().with_message(kind.word()).with_time(0));
    automerge
}

/// The hash of the genesis change of a kind.
pub(crate) fn hash(kind: Kind) -> Hash {
    let hex = match kind {
        Kind::Index => "98557553c304862004dc1b774623a2738c58257d970967e90e19d592cd90ec2d",
        Kind::Schedule => "b1e886c374529df3fa5290e67029a44beacec81c9f09507674486c1f31128962",
        Kind::Contacts => "8278545e171edc0766dec3f8b03b0dd903ac767b578b850572cf09feb72b570d",
        Kind::Note => "07531df22169a633272592e67094a6f55d8ec9931acbd6bc61d0e0cf90ee141d",
        Kind::Decision => "b39f6c43742d9a7366061a7015644412996b7ceb8f8e26767f163ff170d169d0",
    };
    // A hash that is not hex would name no change, so that no document would open; a test reads each.
    Hash::from_hex(hex).unwrap_or(Hash::ZERO)
}

#[cfg(test)]
mod tests {
    use automerge::{ChangeHash, ReadDoc};

    use super::*;

    #[test]
    fn genesis_changes_never_change() {
        for kind in Kind::ALL {
            let document = document(kind);
            assert_eq!(document.get_heads(), [ChangeHash(*hash(kind).as_bytes())], "{kind:?}");
            for name in maps(kind).iter().chain(lists(kind)) {
                assert!(
                    matches!(document.get(ROOT, *name), Ok(Some((value, _))) if value.is_object()),
                    "{name}"
                );
            }
        }
    }
}
