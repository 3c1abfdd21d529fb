//! A device that went out of a Group comes in anew, through an invitation like anybody else: with fresh keys, since the
//! Roster takes no key twice. What it has of the Group stays, and it reads on where it stopped; if it is not let in, it
//! is what it was before.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use porchlight_wire::{GroupId, ServerKey, Timestamp};

use crate::departure::LeftWork;
use crate::device::{ActError, Device};
use crate::group::{Group, Problem, Standing};
use crate::invitation::Invitation;
use crate::io::{Event, Write};
use crate::keys::{DeviceKeys, Secret};
use crate::storage::{Phase, StoredInvitation, StoredKeys};

/// What a device that went out of a Group was in it, while it asks to come in anew.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredBefore {
    #[n(0)]
    keys: StoredKeys,
    #[n(1)]
    url: String,
    #[n(2)]
    server: ServerKey,
    #[n(3)]
    member_name: String,
}

impl Device {
    /// Asks to be let in again, through this invitation; a second tap on a link goes on with the same keys.
    pub(crate) fn come_anew(
        &mut self,
        invitation: Invitation,
        member_name: String,
        words: &str,
        now: Timestamp,
    ) -> Result<GroupId, ActError> {
        let id = invitation.group;
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        if group.stored.before.is_none() {
            // Documents here hold it, and what would be written on top of it nobody could read.
            if group.stored.left_work != LeftWork::Nothing {
                return Err(ActError::LeftWork);
            }
            let stored = &mut group.stored;
            let keys = StoredKeys { signing: stored.signing, sealing: stored.sealing };
            let (url, server) = (stored.url.clone(), stored.server);
            stored.before = Some(StoredBefore { keys, url, server, member_name: stored.member_name.clone() });
            group.parted = group.roster.clone().map(|roster| (roster, group.roster_log.clone()));
            group.take_keys(DeviceKeys::draw(&mut self.entropy));
        }
        let (asked, waits) = match &group.stored.phase {
            Phase::Joining(known) => (known.asked, known.waits),
            _ => (false, false),
        };
        group.stored.phase = Phase::Joining(StoredInvitation {
            secret: ByteArray::from(*invitation.secret.0.expose_secret_bytes()),
            head: invitation.head,
            asked,
            lobby: invitation.lobby,
            words: words.to_owned(),
            waits,
            recovery: false,
        });
        group.stored.url = invitation.url;
        group.stored.server = invitation.server;
        group.stored.member_name = member_name;
        group.standing = Standing::Away;
        group.problem = None;
        let write = group.put_self();
        self.persist(vec![write]);
        self.event(Event::StatusChanged { group: id });
        self.make_links(now);
        self.enter_open_link(id, now);
        self.schedule(now);
        Ok(id)
    }

    /// A device that was here before is not let in: everything is as it was. Says whether it was one.
    pub(crate) fn stay_away(&mut self, id: GroupId) -> bool {
        let Some(group) = self.groups.get_mut(&id) else { return false };
        let Some(before) = group.stored.before.take() else { return false };
        let secret = |bytes: &ByteArray<32>| Secret::from_slice(bytes.as_slice());
        if let (Some(signing), Some(sealing)) = (secret(&before.keys.signing), secret(&before.keys.sealing)) {
            group.take_keys(DeviceKeys::from_secrets(signing, sealing));
        }
        (group.stored.url, group.stored.server) = (before.url, before.server);
        group.stored.member_name = before.member_name;
        group.stored.phase = Phase::Active;
        if let Some((roster, log)) = group.parted.take() {
            (group.roster, group.roster_log) = (Some(roster), log);
        }
        group.progress.pinned = None;
        (group.standing, group.entering) = (Standing::Away, false);
        group.problem = Some(Problem::Removed);
        let writes = vec![group.put_self(), group.put_progress()];
        self.persist(writes);
        self.event(Event::StatusChanged { group: id });
        true
    }
}

impl Group {
    fn take_keys(&mut self, keys: DeviceKeys) {
        let (signing, sealing) = keys.secrets();
        self.stored.signing = ByteArray::from(*signing.expose_secret_bytes());
        self.stored.sealing = ByteArray::from(*sealing.expose_secret_bytes());
        self.keys = keys;
        self.shelf.forget_actors();
    }

    /// What is to be stored once this device is in, if it was here before: the Roster that shows it, by which it may
    /// write at once after a restart too.
    pub(crate) fn came_anew(&mut self) -> Vec<Write> {
        if self.stored.before.take().is_none() {
            return Vec::new();
        }
        self.parted = None;
        self.due = None;
        self.put_roster()
    }
}
