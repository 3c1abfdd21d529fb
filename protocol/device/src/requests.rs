//! RosterChanges of this device on their way: each is signed for the newest Roster, and when others were quicker it is
//! looked at again, signed anew if it still makes sense, or given up with a word to the person.

use porchlight_wire::frame::{Change, ClientFrame, Code, GetKeys, SealedKey};
use porchlight_wire::roster::{AcceptHeld, ChangeBody, ChangeKind, Roster, RosterError, SignedChange};
use porchlight_wire::{GroupId, Hash, Timestamp};

use crate::device::Device;
use crate::group::{Group, Standing};
use crate::io::{Event, Write};
use crate::key_box;
use crate::membership::{box_context, sign_change};
use crate::rotation::{Recipients, placeholder, with_epoch};
use crate::storage::StoredRequest;

/// What a person wanted to change in the Roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RosterAct {
    /// Make an invitation.
    Invite,
    /// Turn an invitation off.
    CloseInvite,
    /// Let somebody in.
    Admit,
    /// Take somebody out.
    Remove,
    /// Leave.
    Leave,
    /// Give somebody another role.
    SetRole,
    /// Change the Group's key.
    Rotate,
    /// Let work of a removed device in.
    AcceptHeld,
    /// Anything else.
    Other,
}

/// What becomes of a change that was made for an older Roster.
enum Rebased {
    /// It still makes sense, perhaps for less than before.
    Sign(ChangeBody),
    /// Somebody else has done the same.
    Done,
    /// It breaks a rule now.
    Refused(RosterError),
}

impl Device {
    /// Signs the oldest waiting RosterChange for the newest Roster and sends it, unless that was done already.
    pub(crate) fn send_requests(&mut self, id: GroupId, now: Timestamp) {
        // One at a time: the next must name the hash of the one before.
        while self.can_send(id) && self.send_request(id, now) {}
        self.send_cover(id, now);
    }

    /// Says whether the one after it may be looked at.
    fn send_request(&mut self, id: GroupId, now: Timestamp) -> bool {
        let time = self.server_time(id, now);
        let Some(group) = self.groups.get_mut(&id) else { return false };
        let Some(head) = group.roster.as_ref().map(Roster::head) else { return false };
        let Some((number, request)) = group.outbox.requests().next() else { return false };
        if request.sent_for == Some(head) {
            return false;
        }
        let stored = request.stored.clone();
        let Ok(body) = minicbor::decode::<ChangeBody>(&stored.body) else {
            return self.give_up_request(id, number, None);
        };
        let act = body.act();
        match group.rebase(body, &stored, time) {
            Rebased::Sign(body) => self.sign_request(id, number, body, &stored, (time, now)),
            Rebased::Done => self.give_up_request(id, number, None),
            Rebased::Refused(error) => self.give_up_request(id, number, Some((act, error.code()))),
        }
    }

    fn sign_request(
        &mut self,
        id: GroupId,
        number: u64,
        body: ChangeBody,
        stored: &StoredRequest,
        (time, now): (Timestamp, Timestamp),
    ) -> bool {
        let Some(group) = self.groups.get_mut(&id) else { return false };
        let mut writes = Vec::new();
        let (body, boxes) = if body.kind.new_epoch().is_some() {
            if !group.is_current() || !matches!(group.standing, Standing::Open { .. }) {
                return false;
            }
            let removed = if let ChangeKind::Remove(remove) = &body.kind { Some(remove) } else { None };
            match group.recipients(removed, time) {
                Recipients::Ask(portions) => {
                    for hashes in portions {
                        self.send(id, &ClientFrame::GetKeys(GetKeys { group: id, hashes }), now);
                    }
                    return false;
                }
                Recipients::Wait => return false,
                Recipients::Ready(recipients) => {
                    match group.start_epoch(body, &recipients, &mut self.entropy, &mut writes) {
                        Some(made) => made,
                        None => return false,
                    }
                }
            }
        } else {
            match group.box_for(&body, stored, &mut self.entropy) {
                Some(boxes) => (body, boxes),
                None => return false,
            }
        };
        let Some(previous) = group.roster.as_ref().map(Roster::head) else { return false };
        let change = sign_change(&group.keys, &id, &previous, &body.encode(), None);
        if let Some((_, request)) = group.outbox.requests().find(|(other, _)| *other == number) {
            request.sent_for = Some(previous);
            request.hash = change_hash(&id, &previous, &change);
        }
        let keys = stored.key.iter().cloned().collect();
        self.persist(writes);
        let frame = Change { group: id, previous, change: change.into(), keys, boxes };
        self.send(id, &ClientFrame::Change(frame), now);
        false
    }

    /// Takes a request out of the row; with a reason the person is told.
    fn give_up_request(&mut self, id: GroupId, number: u64, why: Option<(RosterAct, Code)>) -> bool {
        let Some(group) = self.groups.get_mut(&id) else { return false };
        let mut writes = Vec::new();
        group.outbox.drop_request_numbered(&id, number, &mut writes);
        self.persist(writes);
        if let Some((act, code)) = why {
            self.event(Event::RosterRefused { group: id, act, code });
        }
        self.event(Event::StatusChanged { group: id });
        true
    }

    /// Puts a RosterChange in the row, after the rules were asked whether it is one.
    pub(crate) fn request(
        &mut self,
        id: GroupId,
        kind: ChangeKind,
        key: Option<Vec<u8>>,
        now: Timestamp,
    ) -> Result<(), crate::ActError> {
        // The server would refuse it by the same rules: say so now instead of later.
        let body = self.check_request(id, kind, now)?;
        let group = self.groups.get_mut(&id).ok_or(crate::ActError::UnknownGroup)?;
        let stored = StoredRequest { body: body.into(), key: key.map(Into::into), own_accord: false };
        let mut writes = Vec::new();
        group.outbox.add_request(&id, stored, &mut writes);
        self.persist(writes);
        self.event(Event::StatusChanged { group: id });
        self.send_requests(id, now);
        self.schedule(now);
        Ok(())
    }

    /// Asks the rules whether a RosterChange is one, and gives its body.
    pub(crate) fn check_request(
        &self,
        id: GroupId,
        kind: ChangeKind,
        now: Timestamp,
    ) -> Result<Vec<u8>, crate::ActError> {
        let time = self.server_time(id, now);
        let group = self.groups.get(&id).ok_or(crate::ActError::UnknownGroup)?;
        let roster = group.roster.as_ref().ok_or(crate::ActError::NotInYet)?;
        let body = ChangeBody { author: group.keys.id(), kind }.encode();
        roster.verify(&sign_change(&group.keys, &id, &roster.head(), &body, None), time)?;
        Ok(body)
    }

    /// Whether a new epoch must come before this device writes; asks for one if none is under way.
    pub(crate) fn rotates_first(&mut self, id: GroupId, now: Timestamp) -> bool {
        let time = self.server_time(id, now);
        let Some(group) = self.groups.get_mut(&id) else { return false };
        if !group.must_rotate(time) || !group.outbox.has_edits() {
            return false;
        }
        if !group.outbox.starts_epoch() {
            let kind = ChangeKind::Rotate(porchlight_wire::roster::Rotate { epoch: placeholder() });
            let body = ChangeBody { author: group.keys.id(), kind }.encode();
            let stored = StoredRequest { body: body.into(), key: None, own_accord: true };
            let mut writes = Vec::new();
            group.outbox.add_request(&id, stored, &mut writes);
            self.persist(writes);
        }
        self.send_requests(id, now);
        // Unless it turned out not to be needed.
        self.groups.get(&id).is_some_and(|group| group.must_rotate(time) && group.outbox.starts_epoch())
    }
}

impl Group {
    /// Looks at a change anew: for the Roster as it is now.
    fn rebase(&self, body: ChangeBody, stored: &StoredRequest, time: Timestamp) -> Rebased {
        let Some(roster) = &self.roster else { return Rebased::Refused(RosterError::NotActive) };
        let Some(body) = self.still_to_do(roster, body, stored, time) else { return Rebased::Done };
        let probe = sign_change(&self.keys, &self.id, &roster.head(), &body.encode(), None);
        match roster.verify(&probe, time) {
            Ok(_) => Rebased::Sign(body),
            Err(error) => Rebased::Refused(error),
        }
    }

    /// What of a change is not so already; `None` if all of it is.
    fn still_to_do(
        &self,
        roster: &Roster,
        body: ChangeBody,
        stored: &StoredRequest,
        time: Timestamp,
    ) -> Option<ChangeBody> {
        let ChangeBody { author, kind } = body;
        let kind = match kind {
            ChangeKind::Remove(mut remove) => {
                let was = |id: &_| roster.member(id).is_some_and(|member| !member.active);
                remove.members.retain(|id| !was(id));
                let gone = |id: &_| roster.device(id).is_some_and(|device| device.gone.is_some());
                remove.devices.retain(|id| !gone(id));
                if remove.members.is_empty() && remove.devices.is_empty() {
                    return None;
                }
                ChangeKind::Remove(remove)
            }
            ChangeKind::CloseInvite(close)
                if roster.invitation(&close.invitation).is_some_and(|one| one.closed) =>
            {
                return None;
            }
            ChangeKind::SetRole(set) if roster.member(&set.member).is_some_and(|it| it.role == set.role) => {
                return None;
            }
            ChangeKind::Admit(admit) if roster.entrant(&admit.device).is_ok() => return None,
            ChangeKind::Rotate(_) if stored.own_accord && !roster.rotation_due(time) => return None,
            ChangeKind::AcceptHeld(AcceptHeld { mut entries }) => {
                entries.retain(|entry| !roster.accepts_held(entry));
                if entries.is_empty() {
                    return None;
                }
                ChangeKind::AcceptHeld(AcceptHeld { entries })
            }
            other => other,
        };
        Some(ChangeBody { author, kind })
    }

    /// The box that goes along with a change that starts no epoch: for a new invitation, or for one who is admitted.
    /// `None` if the newest key is not here yet.
    fn box_for(
        &self,
        body: &ChangeBody,
        stored: &StoredRequest,
        entropy: &mut impl rand_core::CryptoRng,
    ) -> Option<Vec<SealedKey>> {
        let recipient = match &body.kind {
            ChangeKind::Invite(invite) if invite.vouches.is_none() => invite.sealing,
            ChangeKind::Admit(admit) => admit.sealing,
            _ => return Some(Vec::new()),
        };
        let roster = self.roster.as_ref()?;
        let (epoch, key) = self.newest_key()?;
        let context = box_context(self.id, roster, epoch)?;
        let sealed = key_box::seal(key, &context, stored.key.as_ref()?, entropy).ok()?;
        Some(vec![SealedKey { epoch, recipient, sealed: sealed.into() }])
    }

    /// Drops the request that a RosterChange of the log fulfills.
    pub(crate) fn request_fulfilled(&mut self, signed: &SignedChange, writes: &mut Vec<Write>) {
        let Ok(body) = minicbor::decode::<ChangeBody>(&signed.body) else { return };
        if body.author == self.keys.id() {
            let intent = with_epoch(body, placeholder()).encode();
            self.outbox.drop_request_with_body(&self.id, &intent, writes);
        }
    }
}

trait Acts {
    fn act(&self) -> RosterAct;
}

impl Acts for ChangeBody {
    fn act(&self) -> RosterAct {
        match self.kind {
            ChangeKind::Invite(_) => RosterAct::Invite,
            ChangeKind::CloseInvite(_) => RosterAct::CloseInvite,
            ChangeKind::Admit(_) => RosterAct::Admit,
            ChangeKind::Remove(_) => RosterAct::Remove,
            ChangeKind::Leave(_) => RosterAct::Leave,
            ChangeKind::SetRole(_) => RosterAct::SetRole,
            ChangeKind::Rotate(_) => RosterAct::Rotate,
            ChangeKind::AcceptHeld(_) => RosterAct::AcceptHeld,
            _ => RosterAct::Other,
        }
    }
}

/// What a waiting request wants.
pub(crate) fn act_of(stored: &StoredRequest) -> RosterAct {
    minicbor::decode::<ChangeBody>(&stored.body).map_or(RosterAct::Other, |body| body.act())
}

/// The hash by which a server names a RosterChange that was signed to follow `previous`.
pub(crate) fn change_hash(group: &GroupId, previous: &Hash, change: &[u8]) -> Option<Hash> {
    let signed: SignedChange = minicbor::decode(change).ok()?;
    Some(signed.hash(group, previous))
}
