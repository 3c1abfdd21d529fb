//! Who may vote in decisions, and whose answers others write down.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_wire::{ActorPrefix, Timestamp};

/// Who may vote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Everybody who is or was a member.
    pub voters: Vec<Voter>,
    /// Contacts that were made one with another, with which, and when by the log.
    pub merged: BTreeMap<String, (String, Timestamp)>,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voter {
    /// The member's id in hex.
    pub member: String,
    /// What they are called.
    pub name: String,
    /// The contact that is about them.
    pub contact: Option<String>,
    /// The prefixes of all their devices.
    pub devices: Vec<ActorPrefix>,
    /// What they may do.
    pub part: Part,
    /// When they came in, by the server's clock.
    pub since: Timestamp,
    /// When they went, if they did.
    pub until: Option<Timestamp>,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Votes, writes down the votes of others, and rules.
    Organizer,
    /// Votes.
    Member,
    /// Reads.
    Reader,
}

impl People {
    /// The voter whose device has this prefix.
    pub(crate) fn of(&self, prefix: ActorPrefix) -> Option<&Voter> {
        self.voters.iter().find(|voter| voter.devices.contains(&prefix))
    }

    /// Whose answer it is that was written down for a contact. What is made one after closing changes nothing.
    pub(crate) fn contact(&self, contact: String, closing: Option<Timestamp>) -> String {
        let (mut who, mut seen) = (contact, BTreeSet::new());
        while let Some((into, since)) = self.merged.get(&who)
            && closing.is_none_or(|closing| *since <= closing)
            && seen.insert(who.clone())
        {
            who.clone_from(into);
        }
        who
    }

    /// Whether this is somebody who came in after a time.
    pub(crate) fn is_to_come(&self, person: &str, time: Timestamp) -> bool {
        let member = person.strip_prefix("member/");
        self.voters.iter().any(|voter| Some(voter.member.as_str()) == member && voter.since > time)
    }

    /// Those who could vote at a time.
    pub(crate) fn at(&self, time: Timestamp) -> impl Iterator<Item = &Voter> {
        self.voters.iter().filter(move |voter| {
            voter.part != Part::Reader && voter.since <= time && voter.until.is_none_or(|until| until > time)
        })
    }
}
