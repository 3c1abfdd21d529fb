//! What a Group keeps beside its log, and who may see and change it: sealing keys, the lobby, work of removed devices,
//! and what typed codes and recovery words find.

use std::net::IpAddr;

use porchlight_wire::frame::{
    About, Code, Credential, GetKeys, HeldCall, HeldList, Keys, Knock, LobbyAct, LobbyAnswer, LobbyCall,
    LobbyList, LobbyState, Lookup, LookupCall, LookupKind, ServerFrame, Waiting,
};
use porchlight_wire::roster::{Admit, Role, Vouch};
use porchlight_wire::{DeviceId, GroupId, Hash, InvitationId, MemberId, Timestamp, limits, signing};

use super::group::{GroupState, Stop, key_hash};
use super::order::CheckedEntry;
use crate::limits as bounds;
use crate::store::{SideKind, SideRow, Store, StoreError};
use crate::tally::Tally;

/// Something about what is kept beside a log.
#[derive(Debug)]
pub struct SideOrder {
    /// Who asks: the key with which the Group was opened on the connection.
    pub(crate) by: Option<Credential>,
    /// From where, as far as that is counted.
    pub(crate) from: Option<IpAddr>,
    /// What.
    pub(crate) call: SideCall,
}

/// What is asked for.
#[derive(Debug)]
pub(crate) enum SideCall {
    Keys(GetKeys),
    Lobby(LobbyCall),
    Held(HeldCall),
    Lookup(LookupCall),
}

impl SideOrder {
    /// How a refusal names it.
    pub(crate) fn about(&self) -> About {
        match &self.call {
            SideCall::Lookup(LookupCall::Get(locator)) => About::Lookup(*locator),
            SideCall::Lookup(LookupCall::Put(_, _, lookup)) => About::Lookup(lookup.locator),
            SideCall::Keys(GetKeys { group, .. })
            | SideCall::Lobby(LobbyCall { group, .. })
            | SideCall::Held(HeldCall { group, .. }) => About::Side(*group),
        }
    }

    /// The Group that it is about; none for what anybody may look up.
    pub(super) fn group(&self) -> Option<GroupId> {
        match &self.call {
            SideCall::Lookup(LookupCall::Get(_)) => None,
            SideCall::Lookup(LookupCall::Put(group, ..))
            | SideCall::Keys(GetKeys { group, .. })
            | SideCall::Lobby(LobbyCall { group, .. })
            | SideCall::Held(HeldCall { group, .. }) => Some(*group),
        }
    }

    /// What becomes of a newcomer once it is done, for those who listen.
    pub(super) fn decided(&self) -> Option<LobbyAnswer> {
        let SideCall::Lobby(LobbyCall { group, act }) = &self.call else { return None };
        let (device, state) = match act {
            LobbyAct::Vouch(device, _) => (*device, LobbyState::Waiting),
            LobbyAct::Refuse(device) => (*device, LobbyState::Refused),
            LobbyAct::Knock(_) | LobbyAct::List => return None,
        };
        Some(LobbyAnswer { group: *group, device, state })
    }

    pub(super) fn size(&self) -> usize {
        match &self.call {
            SideCall::Lobby(LobbyCall { act: LobbyAct::Knock(knock), .. }) => {
                knock.key.len() + knock.note.len()
            }
            SideCall::Lookup(LookupCall::Put(_, _, lookup)) => lookup.sealed.len(),
            _ => 0,
        }
    }
}

/// What is looked up by anybody, counted so that nobody guesses words.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    tally: Tally,
}

impl Lookups {
    /// What a locator finds; the same answer whether it never was there or ran out.
    pub(super) fn look_up(
        &mut self,
        store: &impl Store,
        locator: &Hash,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<ServerFrame, Stop> {
        if !self.tally.allows(from, now) {
            return Err(Stop::Refused(Code::TOO_OFTEN, "too much was looked up; wait some minutes".into()));
        }
        let row = store.lookup(locator)?.filter(|row| now <= row.expires);
        let row =
            row.ok_or_else(|| Stop::Refused(Code::NOT_FOUND, "nothing is kept under these words".into()))?;
        Ok(ServerFrame::Lookup(Lookup { locator: *locator, sealed: row.body.into() }))
    }
}

impl GroupState {
    /// Carries out what is asked of a Group.
    pub(super) fn side(
        &mut self,
        store: &mut impl Store,
        order: SideOrder,
        now: Timestamp,
    ) -> Result<ServerFrame, Stop> {
        let now = now.max(self.row.time);
        match order.call {
            SideCall::Keys(wanted) => self.keys(store, order.by, &wanted),
            SideCall::Lobby(LobbyCall { act: LobbyAct::Knock(knock), .. }) => {
                self.knock(store, order.by, knock, now)
            }
            SideCall::Lobby(LobbyCall { act, .. }) => self.lobby(store, order.by, act, now),
            SideCall::Held(call) => self.held(store, order.by, &call, now),
            SideCall::Lookup(LookupCall::Put(_, kind, lookup)) => {
                self.put_lookup(store, order.by, kind, lookup, now)
            }
            // Of no Group: answered before.
            SideCall::Lookup(LookupCall::Get(_)) => Err(not_allowed()),
        }
    }

    /// Keeps an Entry of a removed device until an organizer decides; says with which code to answer its author.
    pub(super) fn hold(
        &mut self,
        store: &mut impl Store,
        entry: &CheckedEntry,
        now: Timestamp,
    ) -> Result<Code, Stop> {
        store.drop_expired(self.row.number, now)?;
        if store.side_row(self.row.number, SideKind::Discarded, entry.id.as_bytes())?.is_some() {
            return Ok(Code::DISCARDED);
        }
        if !self.roster.may_hold(&entry.device, entry.epoch) {
            return Ok(Code::UNKNOWN_EPOCH);
        }
        let held = store.side(self.row.number, SideKind::Held)?;
        if held.iter().any(|row| row.name == *entry.id.as_bytes()) {
            return Ok(Code::HELD);
        }
        let bytes: usize = held.iter().map(|row| row.body.len()).sum();
        if held.len() >= limits::MAX_HELD || bytes + entry.body.len() > limits::MAX_HELD_BYTES {
            return Ok(Code::FULL);
        }
        let row = SideRow {
            name: *entry.id.as_bytes(),
            owner: *entry.device.as_bytes(),
            time: now,
            expires: now.plus_millis(limits::HELD_MILLIS),
            body: entry.body.clone(),
        };
        store.put_side(self.row.number, SideKind::Held, &row)?;
        Ok(Code::HELD)
    }

    /// Takes Entries out of what is held, in the order in which their authors made them.
    pub(super) fn take_held(
        &mut self,
        store: &mut impl Store,
        entries: &[Hash],
    ) -> Result<Vec<CheckedEntry>, StoreError> {
        let mut taken = Vec::new();
        for id in entries {
            let row = store.side_row(self.row.number, SideKind::Held, id.as_bytes())?;
            store.drop_side(self.row.number, SideKind::Held, id.as_bytes())?;
            let entry = row.and_then(|row| CheckedEntry::check(&self.row.id, row.body).ok());
            taken.extend(entry);
        }
        taken.sort_by_key(|entry| (entry.device, entry.sequence));
        Ok(taken)
    }

    /// One who waited is in the Roster now.
    pub(super) fn leave_lobby(&self, store: &mut impl Store, device: &DeviceId) -> Result<(), StoreError> {
        store.drop_side(self.row.number, SideKind::Lobby, device.as_bytes())
    }

    fn member(&self, by: Option<Credential>) -> Result<(DeviceId, MemberId, Role), Stop> {
        let Some(Credential::Device(device)) = by else { return Err(not_allowed()) };
        let (id, member) = self.roster.entrant(&device)?;
        Ok((device, id, member.role))
    }

    fn organizer(&self, by: Option<Credential>) -> Result<(), Stop> {
        match self.member(by)? {
            (_, _, Role::Organizer) => Ok(()),
            _ => Err(not_allowed()),
        }
    }

    fn keys(
        &self,
        store: &impl Store,
        by: Option<Credential>,
        wanted: &GetKeys,
    ) -> Result<ServerFrame, Stop> {
        if wanted.hashes.len() > limits::MAX_KEYS_PER_FRAME {
            return Err(Stop::Refused(Code::TOO_LARGE, "too many keys at once".into()));
        }
        if let Some(Credential::Invitation(key)) = by {
            let invitation = self.roster.invitation(&InvitationId::of_key(&key));
            let own = invitation.map(|invitation| invitation.sealing);
            if wanted.hashes.iter().any(|hash| Some(*hash) != own) {
                return Err(not_allowed());
            }
        } else {
            self.member(by)?;
        }
        let mut keys = Vec::new();
        for hash in &wanted.hashes {
            keys.extend(store.sealing_key(self.row.number, hash)?.map(Into::into));
        }
        Ok(ServerFrame::Keys(Keys { group: self.row.id, keys }))
    }

    fn knock(
        &self,
        store: &mut impl Store,
        by: Option<Credential>,
        knock: Knock,
        now: Timestamp,
    ) -> Result<ServerFrame, Stop> {
        let (group, device) = (self.row.id, knock.device);
        let answer = |state| Ok(ServerFrame::Knocked(LobbyAnswer { group, device, state }));
        if self.roster.entrant(&device).is_ok() {
            return answer(LobbyState::Admitted);
        }
        match by {
            Some(Credential::Invitation(key)) if InvitationId::of_key(&key) == knock.invitation => {}
            _ => return Err(not_allowed()),
        }
        if let Some(waiting) = self.waiting(store, &device)? {
            let is_over = waiting.refused || !self.may_admit(&waiting);
            return answer(if is_over { LobbyState::Refused } else { LobbyState::Waiting });
        }
        let invitation = self.roster.open_invitation(&knock.invitation, now)?;
        if invitation.vouches.is_none() {
            return Err(Stop::Refused(Code::RULE_BROKEN, "this invitation needs no approval".into()));
        }
        if knock.note.len() > limits::MAX_KNOCK_NOTE || knock.key.len() != limits::SEALING_KEY {
            return Err(Stop::Refused(Code::TOO_LARGE, "the request is too large".into()));
        }
        let message = Admit::knock_message(&group, &knock.invitation, &device, &key_hash(&knock.key));
        signing::verify_message(device.as_bytes(), &message, &knock.signature)
            .map_err(|_| Stop::Refused(Code::BAD_SIGNATURE, "the request's signature does not fit".into()))?;
        store.drop_expired(self.row.number, now)?;
        if store.side(self.row.number, SideKind::Lobby)?.len() >= limits::MAX_LOBBY {
            return Err(Stop::Refused(Code::FULL, "too many people wait to be let in".into()));
        }
        let expires = invitation.expires.plus_millis(limits::HELD_MILLIS);
        let waiting = Waiting { time: now, knock, vouches: Vec::new(), refused: false };
        self.put_waiting(store, &waiting, expires)?;
        answer(LobbyState::Waiting)
    }

    /// Whether anybody could let them in: whoever is removed takes all invitations with them, and with those everybody who
    /// asked by one. They are told, and need another.
    fn may_admit(&self, waiting: &Waiting) -> bool {
        self.roster.invitation(&waiting.knock.invitation).is_some_and(|invitation| !invitation.closed)
    }

    fn lobby(
        &self,
        store: &mut impl Store,
        by: Option<Credential>,
        act: LobbyAct,
        now: Timestamp,
    ) -> Result<ServerFrame, Stop> {
        store.drop_expired(self.row.number, now)?;
        match act {
            LobbyAct::Knock(_) => return Err(not_allowed()),
            LobbyAct::List => drop(self.member(by)?),
            LobbyAct::Vouch(device, vouch) => {
                let (own, ..) = self.member(by)?;
                self.vouch(store, own, &device, vouch)?;
            }
            LobbyAct::Refuse(device) => {
                self.organizer(by)?;
                if let Some(mut waiting) = self.waiting(store, &device)? {
                    waiting.refused = true;
                    // The one who was sent away is told so when they ask again, if they do not hear it now.
                    self.put_waiting(store, &waiting, now.plus_millis(limits::HELD_MILLIS))?;
                }
            }
        }
        let rows = store.side(self.row.number, SideKind::Lobby)?;
        let waiting = rows.iter().filter_map(|row| minicbor::decode::<Waiting>(&row.body).ok());
        let waiting = waiting.filter(|waiting| !waiting.refused && self.may_admit(waiting)).collect();
        Ok(ServerFrame::Lobby(LobbyList { group: self.row.id, waiting }))
    }

    fn vouch(
        &self,
        store: &mut impl Store,
        own: DeviceId,
        device: &DeviceId,
        vouch: Vouch,
    ) -> Result<(), Stop> {
        self.roster.writer(&own)?;
        let Some(mut waiting) = self.waiting(store, device)? else {
            return Err(Stop::Refused(Code::NOT_FOUND, "nobody waits with that key".into()));
        };
        let message = Admit::vouch_message(&self.row.id, &waiting.knock.invitation, device);
        let fits = self.roster.device_of(&vouch.by) == Some(own)
            && signing::verify_message(own.as_bytes(), &message, &vouch.signature).is_ok();
        if !fits {
            return Err(Stop::Refused(Code::BAD_SIGNATURE, "the vouch's signature does not fit".into()));
        }
        let row = store.side_row(self.row.number, SideKind::Lobby, device.as_bytes())?;
        let expires = row.map_or(Timestamp::default(), |row| row.expires);
        if waiting.vouches.iter().all(|other| other.by != vouch.by)
            && waiting.vouches.len() < limits::MAX_LOBBY
        {
            waiting.vouches.push(vouch);
            self.put_waiting(store, &waiting, expires)?;
        }
        Ok(())
    }

    fn waiting(&self, store: &impl Store, device: &DeviceId) -> Result<Option<Waiting>, StoreError> {
        let row = store.side_row(self.row.number, SideKind::Lobby, device.as_bytes())?;
        Ok(row.and_then(|row| minicbor::decode(&row.body).ok()))
    }

    fn put_waiting(
        &self,
        store: &mut impl Store,
        waiting: &Waiting,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let mut body = Vec::new();
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(waiting, &mut body);
        let name = *waiting.knock.device.as_bytes();
        let row = SideRow { name, owner: name, time: waiting.time, expires, body };
        store.put_side(self.row.number, SideKind::Lobby, &row)
    }

    fn held(
        &self,
        store: &mut impl Store,
        by: Option<Credential>,
        call: &HeldCall,
        now: Timestamp,
    ) -> Result<ServerFrame, Stop> {
        self.organizer(by)?;
        store.drop_expired(self.row.number, now)?;
        for id in &call.discard {
            if let Some(row) = store.side_row(self.row.number, SideKind::Held, id.as_bytes())? {
                store.drop_side(self.row.number, SideKind::Held, id.as_bytes())?;
                let expires = now.plus_millis(limits::HELD_MILLIS);
                let row = SideRow { time: now, expires, body: Vec::new(), ..row };
                store.put_side(self.row.number, SideKind::Discarded, &row)?;
            }
        }
        let rows = store.side(self.row.number, SideKind::Held)?;
        let entries = rows.into_iter().map(|row| row.body.into()).collect();
        Ok(ServerFrame::Held(HeldList { group: self.row.id, entries }))
    }

    fn put_lookup(
        &self,
        store: &mut impl Store,
        by: Option<Credential>,
        kind: LookupKind,
        lookup: Lookup,
        now: Timestamp,
    ) -> Result<ServerFrame, Stop> {
        let (_, member, _) = self.member(by)?;
        let (side, expires, most) = match kind {
            LookupKind::Code => (SideKind::Code, now.plus_millis(limits::CODE_MILLIS), limits::MAX_CODE),
            LookupKind::Recovery => {
                (SideKind::Recovery, Timestamp::from_millis(i64::MAX as u64), limits::MAX_LOOKUP)
            }
        };
        if lookup.sealed.len() > most {
            return Err(Stop::Refused(Code::TOO_LARGE, "what is to be looked up is too large".into()));
        }
        store.drop_expired(self.row.number, now)?;
        let owner = owned_by(&member);
        let there = store.side(self.row.number, side)?;
        if kind == LookupKind::Recovery {
            // One for each member of now.
            let active = |owner: &[u8; 32]| {
                self.roster.members().any(|(id, member)| member.active && owned_by(&id) == *owner)
            };
            for row in there.iter().filter(|row| row.owner == owner || !active(&row.owner)) {
                store.drop_side(self.row.number, side, &row.name)?;
            }
        } else if there.len() >= limits::MAX_CODES || store.codes(now)? >= bounds::CODES {
            return Err(Stop::Refused(Code::FULL, "too many codes are good at once".into()));
        }
        let name = *lookup.locator.as_bytes();
        let row = SideRow { name, owner, time: now, expires, body: lookup.sealed.into() };
        store.put_side(self.row.number, side, &row)?;
        Ok(ServerFrame::Lookup(Lookup { locator: lookup.locator, sealed: Vec::new().into() }))
    }
}

/// A member as the owner of what is kept.
pub(crate) fn owned_by(member: &MemberId) -> [u8; 32] {
    let mut owner = [0; 32];
    owner.iter_mut().zip(member.as_bytes()).for_each(|(to, from)| *to = *from);
    owner
}

fn not_allowed() -> Stop {
    Stop::Refused(Code::NOT_ALLOWED, "the group does not allow this connection to do that".into())
}
