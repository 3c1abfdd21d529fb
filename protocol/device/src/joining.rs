//! A newcomer's way in: knock with the invitation and read the Roster; then, in one breath, append the Join, fetch the key
//! box, open the Group and ask for a Snapshot. Each step starts from what is stored, so a break in between does no harm.

use porchlight_wire::frame::{Change, Changed, ClientFrame, Code, Credential, RosterList, TimedChange};
use porchlight_wire::roster::{Roster, RosterError};
use porchlight_wire::{GroupId, Hash, InvitationId, Timestamp};
use thiserror::Error;

use crate::device::Device;
use crate::group::Standing;
use crate::io::{Event, Write};
use crate::key_box;
use crate::membership::{holds, join_body, sign_change};
use crate::requests::act_of;
use crate::storage::{Phase, Slot, epoch_slot};

impl Device {
    /// The first words for a Group that this device wants to join.
    pub(crate) fn knock(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.coming_back().is_some() {
            return self.knock_with_words(id, now);
        }
        let Some(secret) = group.invitation() else { return };
        let Phase::Joining(stored) = &group.stored.phase else { return };
        let asked = stored.asked;
        if let Some(lobby) = stored.lobby.filter(|_| !asked) {
            return self.knock_at_lobby(id, lobby, now);
        }
        group.standing = Standing::Knocking;
        // If a Join went out before, the device may be in the Roster, and the invitation be used up by that very Join.
        let credential =
            if asked { Credential::Device(group.keys.id()) } else { Credential::Invitation(secret.key()) };
        self.send_open(id, credential, now);
        self.ask_for_roster(id, now);
    }

    /// The whole Roster has come: join, or go on if that was done.
    pub(crate) fn roster_listed(&mut self, list: &RosterList, now: Timestamp) {
        let id = list.group;
        if self.roster_for_loading(list, now) || self.roster_of_removal(list, now) {
            return;
        }
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Phase::Joining(invitation) = &group.stored.phase else { return };
        let (head, recovery) = (invitation.head, invitation.recovery);
        let changes = list.changes.iter().map(|change| (change.change.as_slice(), change.time));
        let verified = Roster::verify_all(changes);
        let Ok((roster, hashes)) = verified else {
            self.join_failed(id, JoinFailure::BadRoster);
            return;
        };
        let moved = roster.server() != group.stored.server;
        let named = roster.servers().iter().any(|server| server.key == group.stored.server);
        let follows = group.parted.as_ref().is_none_or(|(parted, _)| hashes.contains(&parted.head()));
        if roster.group() != id || !hashes.contains(&head) || !named || !follows {
            self.join_failed(id, JoinFailure::BadRoster);
            return;
        }
        if moved {
            // The link or the list is older than the move, which an organizer has signed.
            return self.follow_to_server_of(id, &roster, now);
        }
        group.roster_log.clone_from(&list.changes);
        let inside = holds(&roster, &group.keys.id());
        if inside {
            group.progress.pinned = Some(roster.head());
            group.roster = Some(roster);
            let writes = vec![group.put_progress()];
            self.persist(writes);
            if self.came_back(id, now).is_none() {
                self.ask_for_first_box(id, now);
            }
            return;
        }
        if recovery {
            return self.ask_to_come_back(id, roster, now);
        }
        let Some(secret) = group.invitation() else { return };
        let time = self.welcome_of(&self.url(id)).map_or(now, |welcome| welcome.time);
        if let Err(error) = roster.open_invitation(&InvitationId::of_key(&secret.key()), time) {
            self.join_failed(id, error.into());
            return;
        }
        if let Err(error) = self.ask_to_join(id, roster, time, now) {
            self.join_failed(id, error.into());
        }
    }

    fn ask_to_join(
        &mut self,
        id: GroupId,
        mut roster: Roster,
        time: Timestamp,
        now: Timestamp,
    ) -> Result<(), RosterError> {
        let Some(group) = self.groups.get_mut(&id) else { return Ok(()) };
        let Some(secret) = group.invitation() else { return Ok(()) };
        let previous = roster.head();
        let change =
            sign_change(&group.keys, &id, &previous, &join_body(&group.keys, &secret), Some(&secret));
        let verified = roster.verify(&change, time)?;
        group.progress.pinned = Some(verified.hash());
        roster.apply(verified)?;
        group.roster = Some(roster);
        group.roster_log.push(TimedChange { time, change: change.clone().into() });
        group.standing = Standing::Asking;
        if let Phase::Joining(invitation) = &mut group.stored.phase {
            invitation.asked = true;
        }
        let keys = vec![key_box::public_key(group.keys.sealing()).into()];
        let writes = vec![group.put_self(), group.put_progress()];
        let is_new = group.stored.before.is_none();
        self.persist(writes);
        let frame = Change { group: id, previous, change: change.into(), keys, boxes: Vec::new() };
        self.send(id, &ClientFrame::Change(frame), now);
        // Who was here before goes on reading where they were.
        if is_new {
            self.enter_with_join(id, now);
        }
        Ok(())
    }

    /// Says what follows once the Join is in the log, without waiting to hear that it is. If it is not, all of this is
    /// refused, and nothing is lost.
    fn enter_with_join(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.entering = true;
        let credential = Credential::Device(group.keys.id());
        self.ask_for_first_box(id, now);
        self.send_open(id, credential, now);
        self.ask_for_snapshots(id, now);
    }

    /// Others were quicker, so this device is not in the Roster: begin with the newer one. Everything that went out with
    /// the Join is refused, too.
    fn join_anew(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let entering = std::mem::take(&mut group.entering);
        if let Phase::Joining(invitation) = &mut group.stored.phase {
            invitation.asked = false;
        }
        let write = group.put_self();
        self.persist(vec![write]);
        if entering { self.knock(id, now) } else { self.ask_for_roster(id, now) }
    }

    /// A RosterChange of this device is in the log.
    pub(crate) fn roster_changed(&mut self, changed: &Changed, now: Timestamp) {
        let id = changed.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        match &group.stored.phase {
            Phase::Founding(_) if changed.hash.as_bytes() == id.as_bytes() => {
                group.stored.phase = Phase::Active;
                let writes = vec![group.put_self()];
                self.persist(writes);
                self.event(Event::StatusChanged { group: id });
            }
            Phase::Joining(_) if group.entering => {}
            Phase::Joining(_) => {
                if self.came_back(id, now).is_none() {
                    self.ask_for_first_box(id, now);
                }
            }
            _ => {
                let mut writes = Vec::new();
                group.outbox.drop_request(&id, &changed.hash, &mut writes);
                // It is done once this device has read it as the others do.
                if let Standing::Open { end } = &mut group.standing {
                    *end = changed.position.max(*end);
                }
                self.persist(writes);
                self.event(Event::StatusChanged { group: id });
            }
        }
    }

    /// A RosterChange was refused.
    pub(crate) fn change_refused(&mut self, id: GroupId, hash: &Hash, code: Code, now: Timestamp) {
        if self.cover_refused(id, hash, code, now) {
            return;
        }
        let Some(group) = self.groups.get_mut(&id) else { return };
        let joining = matches!(group.stored.phase, Phase::Joining(_));
        match code {
            // Others were quicker: read on and sign anew.
            Code::STALE_ROSTER if joining => self.join_anew(id, now),
            Code::STALE_ROSTER => self.send_requests(id, now),
            // Said of a Group that is about to be opened again: it is sent then.
            Code::NOT_OPEN if !joining => group.forget_said(),
            Code::STORAGE | Code::BUSY | Code::CLOCK_JUMPED | Code::QUOTA => self.server_busy(id, code, now),
            _ if joining => self.join_failed(id, JoinFailure::from_code(code)),
            _ => {
                let mut writes = Vec::new();
                let dropped = group.outbox.drop_request(&id, hash, &mut writes);
                group.rotation.refused |= dropped.as_ref().is_some_and(|request| request.own_accord);
                self.persist(writes);
                if let Some(request) = dropped.filter(|request| !request.own_accord) {
                    self.event(Event::RosterRefused { group: id, act: act_of(&request), code });
                }
                self.event(Event::StatusChanged { group: id });
                self.send_requests(id, now);
                self.flush_due(id, now);
            }
        }
    }

    /// The server did not let the newcomer in.
    pub(crate) fn knock_refused(&mut self, id: GroupId, code: Code, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Phase::Joining(invitation) = &mut group.stored.phase else { return };
        match code {
            Code::NOT_A_MEMBER if invitation.asked && invitation.waits && group.turned_off => {
                self.join_failed(id, JoinFailure::SentAway);
            }
            // Nobody has let this newcomer in yet, and the invitation is not open any more: ask again another time.
            Code::NOT_A_MEMBER if invitation.asked && invitation.waits => {
                invitation.asked = false;
                let write = group.put_self();
                group.standing = Standing::Away;
                self.persist(vec![write]);
            }
            Code::INVITATION_CLOSED | Code::INVITATION_EXPIRED | Code::INVITATION_USED_UP
                if invitation.waits && !invitation.asked =>
            {
                invitation.asked = true;
                group.turned_off = code == Code::INVITATION_CLOSED;
                let write = group.put_self();
                self.persist(vec![write]);
                self.knock(id, now);
            }
            Code::NOT_A_MEMBER | Code::REMOVED if invitation.recovery && !invitation.asked => {
                self.join_failed(id, JoinFailure::WordsReplaced);
            }
            Code::FULL => self.server_busy(id, code, now),
            Code::NOT_A_MEMBER if invitation.asked => {
                // The Join never arrived: start over with the invitation.
                invitation.asked = false;
                let writes = vec![group.put_self()];
                self.persist(writes);
                self.knock(id, now);
            }
            // What was asked for in the same breath.
            Code::NOT_OPEN => {}
            // Said of the Open that went out with a Join that came too late.
            Code::NOT_A_MEMBER if group.standing == Standing::Knocking && !invitation.recovery => {}
            Code::STORAGE | Code::BUSY | Code::QUOTA | Code::CLOCK_JUMPED | Code::BAD_PROOF => {
                self.server_busy(id, code, now);
            }
            code => self.join_failed(id, JoinFailure::from_code(code)),
        }
    }

    /// Gives a Join up and forgets the Group, of which this device has nothing yet; who was here before stays
    /// away, and keeps what it has.
    pub(crate) fn join_failed(&mut self, id: GroupId, reason: JoinFailure) {
        if self.stay_away(id) {
            return self.event(Event::JoinFailed { group: id, reason });
        }
        let Some(group) = self.groups.remove(&id) else { return };
        let mut writes: Vec<Write> = vec![Slot::Group.delete(&id), Slot::Progress.delete(&id)];
        writes.extend(group.epochs.keys().map(|epoch| epoch_slot(*epoch).delete(&id)));
        let sealing = group.rotation.known.keys().map(|hash| Slot::Sealing(hash.to_string()).delete(&id));
        writes.extend(sealing);
        self.persist(writes);
        if reason == JoinFailure::WordsReplaced {
            self.forget_cover(&id);
        }
        self.event(Event::JoinFailed { group: id, reason });
    }

    /// Asks for the box of the newest epoch that was made for this newcomer: under its invitation, unless the key has
    /// changed since, or an organizer let it in.
    fn ask_for_first_box(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        let Some(roster) = &group.roster else { return };
        let epoch = roster.epoch();
        let Some(secret) = group.invitation() else {
            let recipient = group.first_recipient();
            return self.ask_for_box(id, epoch, recipient, now);
        };
        let changed = roster.device(&group.keys.id()).is_some_and(|device| device.since < epoch);
        let invitation = roster.invitation(&InvitationId::of_key(&secret.key()));
        let approved = invitation.is_some_and(|invitation| invitation.vouches.is_some());
        let recipient = if changed || approved {
            group.sealing_hash()
        } else {
            key_box::key_hash(&key_box::public_key(&secret.sealing()))
        };
        self.ask_for_box(id, epoch, recipient, now);
    }

    fn url(&self, id: GroupId) -> String {
        self.groups.get(&id).map(|group| group.stored.url.clone()).unwrap_or_default()
    }
}

/// Why a Join came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JoinFailure {
    /// Turned off, or the one who made it has not been online since.
    #[error(
        "this invitation is turned off, or the person who made it has not been online since: ask them, then try again"
    )]
    InvitationClosed,
    /// Too late.
    #[error("this invitation has run out: ask for a new one")]
    InvitationExpired,
    /// Everybody it was for is in.
    #[error("this invitation has been used by as many people as it was for: ask for a new one")]
    InvitationUsedUp,
    /// The server does not have the Group (yet).
    #[error(
        "the server does not know this group, or not yet: ask the person who invited you to connect once"
    )]
    UnknownGroup,
    /// What the server shows is not the Group of the link.
    #[error(
        "the server showed another group than the one in the invitation: do not trust it, ask for a new link"
    )]
    BadRoster,
    /// Newer recovery words took the place of these, or the member was taken out.
    #[error("these words do not count any more: newer ones have taken their place, or you were taken out")]
    WordsReplaced,
    /// An organizer decided so.
    #[error("an organizer of the group did not let you in")]
    SentAway,
    /// Anything else, by its code.
    #[error("the server refused to let this device in ({0:?})")]
    Refused(Code),
}

impl JoinFailure {
    fn from_code(code: Code) -> Self {
        match code {
            Code::INVITATION_CLOSED => Self::InvitationClosed,
            Code::INVITATION_EXPIRED => Self::InvitationExpired,
            Code::INVITATION_USED_UP => Self::InvitationUsedUp,
            Code::UNKNOWN_GROUP => Self::UnknownGroup,
            other => Self::Refused(other),
        }
    }
}

impl From<RosterError> for JoinFailure {
    fn from(error: RosterError) -> Self {
        Self::from_code(error.code())
    }
}
