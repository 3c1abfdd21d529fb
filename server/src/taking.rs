//! Whether this server would take a Group that moves here, said before an organizer signs that: from then on every phone
//! goes where the MoveTo leads, and one that leads to a server which refuses the Group strands all of them.
//!
//! ```text
//! question = "token=" base64url(server key, secret) "&group=" hex(group id), either of them or both
//! ```
//!
//! Nothing is used up by asking. What is asked comes in the body, so that it stands in nobody's log of addresses.

use std::str;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use porchlight_wire::{GroupId, ServerKey, Timestamp};

use crate::log::{self, Founding, NotFounding};
use crate::node::Node;
use crate::store::{Fact, ReadStore, StoreError};
use crate::{clock, limits};

/// What an organizer has and would move.
#[derive(Debug, Default)]
pub(crate) struct Question {
    /// The server that gave the token, and its secret.
    token: Option<(ServerKey, Vec<u8>)>,
    group: Option<GroupId>,
}

/// What becomes of a Group that would move here now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taking {
    /// It is taken.
    Yes,
    /// It is not: it was not here before, and may not be made here.
    Not(NotFounding),
    /// The token is of another server.
    OtherServer,
    /// It is here, and has used up its room.
    GroupFull,
    /// The disk is full.
    DiskFull,
    /// The clock is in doubt: nothing is taken in at present.
    Clock,
}

/// What this server is like at the moment.
#[derive(Clone, Copy, Debug)]
struct Here {
    key: ServerKey,
    founding: Founding,
    /// Bytes that are free on the disk, where that can be known.
    free: Option<u64>,
    now: Timestamp,
}

impl Question {
    /// Reads the body of a question; what a later version adds is passed over.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let mut question = Self::default();
        for field in str::from_utf8(body).ok()?.split('&').filter(|field| !field.is_empty()) {
            let (name, value) = field.split_once('=')?;
            match name {
                "token" => {
                    let bytes = BASE64URL_NOPAD.decode(value.as_bytes()).ok()?;
                    let (key, secret) = bytes.split_at_checked(ServerKey::LENGTH)?;
                    question.token = Some((ServerKey::from_slice(key)?, secret.to_vec()));
                }
                "group" => question.group = Some(GroupId::from_hex(value)?),
                _ => {}
            }
        }
        Some(question)
    }
}

impl Taking {
    /// How the answer says it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Not(NotFounding::Closed) => "closed",
            Self::Not(NotFounding::NoToken) => "token_needed",
            Self::Not(NotFounding::Unknown) => "token_unknown",
            Self::Not(NotFounding::RanOut) => "token_run_out",
            Self::Not(NotFounding::UsedUp) => "token_used_up",
            Self::OtherServer => "token_other_server",
            Self::GroupFull => "group_full",
            Self::DiskFull => "disk_full",
            Self::Clock => "clock",
        }
    }
}

/// Answers a question on a thread that may wait for the disk; none if the store cannot be read.
pub(crate) async fn answer(node: &Arc<Node>, question: Question) -> Option<Taking> {
    let node = Arc::clone(node);
    let look = move || {
        let disk = rustix::fs::statvfs(&node.data).ok();
        let here = Here {
            key: node.identity.public(),
            founding: node.founding,
            free: disk.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
            now: clock::now(),
        };
        node.readers.look(|store| decide(store, &here, &question))
    };
    match tokio::task::spawn_blocking(look).await.ok()? {
        Ok(taking) => Some(taking),
        Err(failure) => {
            eprintln!("porchlight: cannot say whether a group would be taken: {failure}");
            None
        }
    }
}

fn decide(store: &impl ReadStore, here: &Here, question: &Question) -> Result<Taking, StoreError> {
    let known = question.group.map(|group| store.group(&group)).transpose()?.flatten();
    // A Group that is here comes back without a token.
    if known.is_none() {
        if question.token.as_ref().is_some_and(|(key, _)| *key != here.key) {
            return Ok(Taking::OtherServer);
        }
        let secret = question.token.as_ref().map(|(_, secret)| secret.as_slice());
        if let Err(why) = log::check_founding(store, here.founding, secret, here.now)? {
            return Ok(Taking::Not(why));
        }
    }
    Ok(if log::clock_jumped(store.fact(Fact::ClockSeen)?, here.now)? {
        Taking::Clock
    } else if known.is_some_and(|row| row.bytes >= limits::GROUP_BYTES) {
        Taking::GroupFull
    } else if here.free.is_some_and(|free| free < limits::ROOM_FOR_A_GROUP) {
        Taking::DiskFull
    } else {
        Taking::Yes
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{SqliteStore, Store, Token};

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn here() -> Here {
        Here { key: ServerKey::from_bytes([7; 32]), founding: Founding::Token, free: None, now: NOW }
    }

    fn token(server: u8, secret: u8) -> Option<(ServerKey, Vec<u8>)> {
        Some((ServerKey::from_bytes([server; 32]), vec![secret; 16]))
    }

    fn store() -> SqliteStore {
        let mut store = SqliteStore::in_memory().unwrap();
        store.begin().unwrap();
        for (secret, expires, uses_left) in [(1, 1_000, 1), (2, 1_000, 0)] {
            let hash = Token::hash_of(&[secret; 16]);
            store.put_token(&Token { hash, expires: NOW.plus_millis(expires), uses_left }).unwrap();
        }
        store.commit().unwrap();
        store
    }

    #[test]
    fn a_token_is_looked_at_and_stays_as_it_is() {
        let store = store();
        let ask = |here: &Here, token| decide(&store, here, &Question { token, group: None }).unwrap().word();
        let later = Here { now: NOW.plus_millis(1_001), ..here() };
        assert_eq!(ask(&here(), token(7, 1)), "yes");
        assert_eq!(ask(&here(), token(7, 1)), "yes", "asking uses nothing up");
        assert_eq!(ask(&here(), token(7, 2)), "token_used_up");
        assert_eq!(ask(&later, token(7, 1)), "token_run_out");
        assert_eq!(ask(&here(), token(7, 3)), "token_unknown");
        assert_eq!(ask(&here(), token(6, 1)), "token_other_server");
        assert_eq!(ask(&here(), None), "token_needed");
        assert_eq!(ask(&Here { founding: Founding::Open, ..here() }, None), "yes");
        assert_eq!(ask(&Here { founding: Founding::Closed, ..here() }, token(7, 1)), "closed");
    }

    #[test]
    fn whatever_else_would_stop_it_is_said() {
        let mut store = store();
        let group = GroupId::from_bytes([4; 32]);
        let back = Question { token: None, group: Some(group) };
        let full = Here { free: Some(limits::ROOM_FOR_A_GROUP - 1), ..here() };
        assert_eq!(decide(&store, &here(), &back).unwrap().word(), "token_needed");
        store.begin().unwrap();
        let number = store.add_group(&group, porchlight_wire::Generation::new(1)).unwrap();
        store.commit().unwrap();
        assert_eq!(decide(&store, &here(), &back).unwrap(), Taking::Yes, "one that was here comes back");
        assert_eq!(decide(&store, &full, &back).unwrap().word(), "disk_full");
        let mut row = store.group(&group).unwrap().unwrap();
        assert_eq!(row.number, number);
        row.bytes = limits::GROUP_BYTES;
        store.begin().unwrap();
        store.put_group(&row).unwrap();
        store.commit().unwrap();
        assert_eq!(decide(&store, &here(), &back).unwrap().word(), "group_full");
        log::confirm(&mut store, NOW.plus_millis(3 * limits::DAY_MILLIS)).unwrap();
        assert_eq!(decide(&store, &here(), &back).unwrap().word(), "clock");
    }

    #[test]
    fn a_question_is_read_and_what_is_none_is_refused() {
        let text = format!("token={}&group={}&new=1", BASE64URL_NOPAD.encode(&[7; 48]), "04".repeat(32));
        let question = Question::read(text.as_bytes()).unwrap();
        assert_eq!(question.token, token(7, 7));
        assert_eq!(question.group, Some(GroupId::from_bytes([4; 32])));
        assert!(Question::read(b"").unwrap().token.is_none());
        for bad in [&b"token"[..], b"token=AAAA", b"token=*", b"group=04", b"\xff"] {
            assert!(Question::read(bad).is_none(), "{bad:?}");
        }
    }
}
