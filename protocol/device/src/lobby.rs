//! The lobby: newcomers who came by an invitation that needs approval ask and wait; members vouch, organizers decide.
//!
//! ```text
//! lobby secret = HKDF-SHA256(EpochKey, "porchlight/key/1" group (32) epoch (4) "lobby" invitation id)
//! note         = HPKE base mode to the lobby key (X-Wing), info = "porchlight/knock-note/1" group invitation id device
//! content      = { 0: name (text), 1: words (text) }
//! ```
//! Any member can open a note, and neither the server nor others who hold the same link. The link names the hash of the
//! lobby key; the Invite names the same as its sealing key.

use minicbor::{Decode, Encode};
use porchlight_wire::frame::{
    ClientFrame, Credential, GetKeys, Keys, Knock, LobbyAct, LobbyAnswer, LobbyCall, LobbyList, LobbyState,
    Waiting,
};
use porchlight_wire::roster::{Admit, ChangeKind, Role, Roster, Vouch};
use porchlight_wire::{
    ActorPrefix, DeviceId, GroupId, Hash, InvitationId, MemberId, Timestamp, limits, signing,
};

use crate::device::{ActError, Device};
use crate::group::{Group, Standing};
use crate::io::Event;
use crate::joining::JoinFailure;
use crate::key_box;
use crate::keys::Secret;
use crate::storage::Phase;

/// Somebody who waits, for the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitingView {
    /// Their device: names them when somebody vouches or decides.
    pub device: DeviceId,
    /// What they say they are called; empty if their note cannot be opened.
    pub name: String,
    /// What else they say.
    pub words: String,
    /// When they asked first, by the server's clock.
    pub time: Timestamp,
    /// Who vouched for them.
    pub vouched: Vec<MemberId>,
    /// How many others than the deciding organizer must.
    pub needed: u8,
    /// Through which invitation.
    pub invitation: InvitationId,
    knock: Waiting,
}

/// What a newcomer says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Note {
    #[n(0)]
    name: String,
    #[n(1)]
    words: String,
}

impl Device {
    /// Asks the server again who waits; [`Event::LobbyChanged`] says that the answer is here. Without a connection
    /// nothing happens.
    pub fn ask_lobby(&mut self, id: GroupId, now: Timestamp) -> Result<(), ActError> {
        if !self.groups.contains_key(&id) {
            return Err(ActError::UnknownGroup);
        }
        if self.can_send(id) {
            self.lobby_call(id, LobbyAct::List, now);
        }
        self.schedule(now);
        Ok(())
    }

    /// Who waited when the server was last asked, oldest first.
    pub fn lobby(&self, id: GroupId) -> Result<&[WaitingView], ActError> {
        Ok(&self.groups.get(&id).ok_or(ActError::UnknownGroup)?.lobby)
    }

    /// Vouches for somebody who waits. Needs a connection.
    pub fn vouch(&mut self, id: GroupId, device: DeviceId, now: Timestamp) -> Result<(), ActError> {
        let waiting = self.waiting(id, &device)?;
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        group.may_write().map_err(ActError::Roster)?;
        let message = Admit::vouch_message(&id, &waiting.invitation, &device);
        let vouch =
            Vouch { by: ActorPrefix::of_device(&group.keys.id()), signature: group.keys.sign(&message) };
        self.lobby_act(id, LobbyAct::Vouch(device, vouch), now)
    }

    /// Lets somebody in who waits; organizers only, and only with enough vouches.
    pub fn admit(&mut self, id: GroupId, device: DeviceId, now: Timestamp) -> Result<(), ActError> {
        let WaitingView { name, invitation, knock: Waiting { knock, vouches, .. }, .. } =
            self.waiting(id, &device)?;
        let key: Vec<u8> = knock.key.into();
        let mut vouches = vouches;
        vouches.truncate(usize::from(limits::MAX_VOUCHES));
        let sealing = key_box::key_hash(&key);
        let admit = Admit { invitation, device, sealing, knock: knock.signature, vouches };
        let is_for_readers =
            self.groups.get(&id).and_then(|group| group.roster.as_ref()).is_some_and(|roster| {
                roster.invitation(&invitation).is_some_and(|found| found.role == Role::Reader)
            });
        self.request(id, ChangeKind::Admit(admit), Some(key), now)?;
        // Readers cannot write, so that nobody else would tell the Group what they are called.
        if is_for_readers && !name.trim().is_empty() {
            self.rename_member(id, &MemberId::of_first_device(&device), &name, now)?;
        }
        Ok(())
    }

    /// Sends somebody away who waits; organizers only. Needs a connection.
    pub fn refuse(&mut self, id: GroupId, device: DeviceId, now: Timestamp) -> Result<(), ActError> {
        self.waiting(id, &device)?;
        self.lobby_act(id, LobbyAct::Refuse(device), now)
    }

    fn waiting(&self, id: GroupId, device: &DeviceId) -> Result<WaitingView, ActError> {
        let all = self.lobby(id)?;
        all.iter().find(|view| view.device == *device).cloned().ok_or(ActError::NothingThere)
    }

    fn lobby_act(&mut self, id: GroupId, act: LobbyAct, now: Timestamp) -> Result<(), ActError> {
        if !self.can_send(id) {
            return Err(ActError::NotConnected);
        }
        self.lobby_call(id, act, now);
        self.schedule(now);
        Ok(())
    }

    fn lobby_call(&mut self, id: GroupId, act: LobbyAct, now: Timestamp) {
        self.send(id, &ClientFrame::Lobby(LobbyCall { group: id, act }), now);
    }

    /// The first words of a newcomer for a Group that decides who comes in.
    pub(crate) fn knock_at_lobby(&mut self, id: GroupId, lobby: Hash, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(secret) = group.invitation() else { return };
        group.standing = Standing::Knocking;
        self.send_open(id, Credential::Invitation(secret.key()), now);
        self.send(id, &ClientFrame::GetKeys(GetKeys { group: id, hashes: vec![lobby] }), now);
    }

    /// The lobby's key has come to a newcomer: ask to be let in.
    pub(crate) fn lobby_key_arrived(&mut self, id: GroupId, keys: &Keys, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        let Phase::Joining(stored) = &group.stored.phase else { return };
        let (Some(lobby), Some(secret)) = (stored.lobby, group.invitation()) else { return };
        let Some(key) = keys.keys.iter().find(|key| key_box::key_hash(key) == lobby) else {
            self.server_busy(id, porchlight_wire::frame::Code::STORAGE, now);
            return;
        };
        let invitation = InvitationId::of_key(&secret.key());
        let device = group.keys.id();
        let note = Note { name: group.stored.member_name.clone(), words: stored.words.clone() };
        let mut plain = Vec::new();
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(&note, &mut plain);
        // One length for most, so that it does not tell who it is.
        plain.resize(plain.len().max(PADDED), 0);
        let info = note_info(&id, &invitation, &device);
        let Ok(sealed) = key_box::seal_note(&plain, &info, key, &mut self.entropy) else { return };
        let public = key_box::public_key(group.keys.sealing());
        let message = Admit::knock_message(&id, &invitation, &device, &key_box::key_hash(&public));
        let signature = group.keys.sign(&message);
        let knock = Knock { invitation, device, key: public.into(), signature, note: sealed.into() };
        self.lobby_call(id, LobbyAct::Knock(knock), now);
    }

    /// Where a newcomer stands; members hear so that somebody new waits.
    pub(crate) fn knocked(&mut self, answer: &LobbyAnswer, now: Timestamp) {
        let id = answer.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        let own = group.keys.id();
        let Phase::Joining(stored) = &mut group.stored.phase else {
            return drop(self.ask_lobby(id, now));
        };
        if answer.device != own || stored.lobby.is_none() {
            return;
        }
        match answer.state {
            LobbyState::Waiting => {
                stored.waits = true;
                let write = group.put_self();
                self.persist(vec![write]);
                self.event(Event::StatusChanged { group: id });
            }
            LobbyState::Admitted => {
                stored.asked = true;
                let write = group.put_self();
                self.persist(vec![write]);
                self.knock(id, now);
            }
            LobbyState::Refused => self.join_failed(id, JoinFailure::SentAway),
        }
    }

    /// Who waits has come.
    pub(crate) fn lobby_listed(&mut self, list: &LobbyList) {
        let Some(group) = self.groups.get_mut(&list.group) else { return };
        group.lobby = list.waiting.iter().filter_map(|waiting| group.view(waiting)).collect();
        self.event(Event::LobbyChanged { group: list.group });
    }

    /// Asks who waits and what is held, where that is this member's business.
    pub(crate) fn look_aside(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        let Some(roster) = &group.roster else { return };
        let lobby = roster.invitations().any(|(_, one)| one.vouches.is_some() && !one.closed);
        let held = group.is_organizer() && roster.devices().any(|(_, device)| device.gone.is_some());
        if lobby {
            self.lobby_call(id, LobbyAct::List, now);
        }
        if held {
            let _ = self.ask_held(id, now);
        }
    }
}

impl Group {
    /// The secret of an invitation's lobby key, as of the newest epoch whose key is here.
    pub(crate) fn new_lobby_secret(&self, invitation: &InvitationId) -> Option<Secret> {
        let (epoch, key) = self.newest_key()?;
        Some(key.lobby_secret(&self.id, epoch, invitation))
    }

    /// The secret of an invitation's lobby key: of the epoch in which it was made.
    pub(crate) fn lobby_secret(&self, invitation: &InvitationId) -> Option<Secret> {
        let known = self.roster.as_ref()?.invitation(invitation)?;
        let made = self.epochs.range(..=known.since).rev();
        let mut secrets = made.map(|(epoch, key)| key.lobby_secret(&self.id, *epoch, invitation));
        secrets.find(|secret| key_box::key_hash(&key_box::public_key(secret)) == known.sealing)
    }

    fn view(&self, waiting: &Waiting) -> Option<WaitingView> {
        let Knock { invitation, device, key, signature, note } = &waiting.knock;
        let roster: &Roster = self.roster.as_ref()?;
        let needed = roster.invitation(invitation)?.vouches?;
        let message = Admit::knock_message(&self.id, invitation, device, &key_box::key_hash(key));
        signing::verify_message(device.as_bytes(), &message, signature).ok()?;
        let opened = self.lobby_secret(invitation).and_then(|secret| {
            let plain = key_box::open_note(note, &note_info(&self.id, invitation, device), &secret)?;
            minicbor::decode::<Note>(&plain).ok()
        });
        let Note { name, words } = opened.unwrap_or(Note { name: String::new(), words: String::new() });
        let message = Admit::vouch_message(&self.id, invitation, device);
        let voucher = |vouch: &Vouch| {
            let by = roster.device_of(&vouch.by)?;
            signing::verify_message(by.as_bytes(), &message, &vouch.signature).ok()?;
            Some(roster.writer(&by).ok()?.member())
        };
        let mut vouched: Vec<MemberId> = waiting.vouches.iter().filter_map(voucher).collect();
        vouched.sort_unstable();
        vouched.dedup();
        let mut knock = waiting.clone();
        // What does not count any more would only make the server refuse.
        knock.vouches.retain(|vouch| voucher(vouch).is_some());
        let (device, invitation, time) = (*device, *invitation, waiting.time);
        Some(WaitingView { device, name, words, time, vouched, needed, invitation, knock })
    }
}

/// Longer than most names with a few words.
const PADDED: usize = 256;

fn note_info(group: &GroupId, invitation: &InvitationId, device: &DeviceId) -> Vec<u8> {
    let parts: [&[u8]; 3] = [group.as_bytes(), invitation.as_bytes(), device.as_bytes()];
    signing::signed_message("porchlight/knock-note/1", &parts)
}
