//! Founding, inviting and joining.

use base64ct::{Base64UrlUnpadded, Encoding};
use minicbor::bytes::ByteArray;
use porchlight_documents::{DocumentName, index};
use porchlight_wire::frame::TimedChange;
use porchlight_wire::roster::{
    CHANGE_LABEL, ChangeBody, ChangeKind, Found, Invite, JOIN_LABEL, Join, Role, Roster, SignedChange,
};
use porchlight_wire::{
    DeviceId, Epoch, GroupId, Hash, InvitationId, MemberId, ServerKey, Timestamp, limits, signing,
};
use thiserror::Error;

use crate::device::{ActError, Device, EditError, On};
use crate::group::Group;
use crate::invitation::Invitation;
use crate::io::{Event, Write};
use crate::key_box::{self, BoxContext};
use crate::keys::{DeviceKeys, EpochKey, InvitationSecret, Secret};
use crate::storage::{Phase, Slot, StoredGroup, StoredInvitation, StoredRequest, epoch_slot};

/// A server as a device reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// Its base address, such as `https://porch.example.org:8443`.
    pub url: String,
    /// Its key: from the token, from an invitation, or asked of the server at `/about`.
    pub key: ServerKey,
}

/// What founding a Group needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundGroup {
    /// What the Group is called.
    pub name: String,
    /// What the founder is called in it.
    pub member_name: String,
    /// The server that will keep its log.
    pub server: ServerAddress,
    /// The token that lets somebody make groups there, where the server wants one.
    pub token: Option<String>,
    /// Where the Group is (ISO 3166-1 alpha-2): how phone numbers without a country are read.
    pub country: Option<String>,
    /// The Group's time zone (IANA name).
    pub zone: Option<String>,
    /// The Group's language (BCP 47 tag): that of what is printed and of new minutes.
    pub locale: Option<String>,
}

/// What an invitation allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InviteOptions {
    /// What those who join may do.
    pub role: Role,
    /// How many may join.
    pub uses: u32,
    /// Until when.
    pub expires: Timestamp,
    /// Whose further device, or way back in, it is for; none for newcomers. Then one may join.
    pub member: Option<MemberId>,
    /// Whether an organizer lets in those who ask, and how many members must vouch for each of them.
    pub vouches: Option<u8>,
}

impl InviteOptions {
    /// The usual invitation: members, 7 days, 30 people.
    pub fn usual(now: Timestamp) -> Self {
        let expires = now.plus_millis(7 * 24 * 60 * 60 * 1000);
        Self { role: Role::Member, uses: 30, expires, member: None, vouches: None }
    }
}

/// The token that lets somebody make groups: the server's key and a secret, as one text.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The server that gave it.
    pub server: ServerKey,
    pub(crate) secret: Vec<u8>,
}

impl Token {
    /// Reads a token, or the whole link `https://server/#/start/<token>` that the server printed.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        let token = text.rsplit_once("#/start/").map_or(text, |(_, token)| token);
        let bytes = Base64UrlUnpadded::decode_vec(token).map_err(|_| TokenError::Damaged)?;
        let (key, secret) = bytes.split_at_checked(ServerKey::LENGTH).ok_or(TokenError::Damaged)?;
        if secret.is_empty() || secret.len() > limits::MAX_TOKEN {
            return Err(TokenError::Damaged);
        }
        let server = ServerKey::from_slice(key).ok_or(TokenError::Damaged)?;
        Ok(Self { server, secret: secret.to_vec() })
    }

    /// The token as one text again: for its server, and nobody else.
    pub fn reveal(&self) -> String {
        Base64UrlUnpadded::encode_string(&[&self.server.as_bytes()[..], &self.secret].concat())
    }
}

impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Token").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Device {
    /// Founds a Group here and now; the server hears of it when it can be reached.
    pub fn found_group(&mut self, found: FoundGroup, now: Timestamp) -> Result<GroupId, ActError> {
        let name = named(&found.name)?;
        let member_name = named(&found.member_name)?;
        let token = found.token.as_deref().map(Token::parse).transpose()?;
        if token.as_ref().is_some_and(|token| token.server != found.server.key) {
            return Err(TokenError::OtherServer.into());
        }
        let keys = DeviceKeys::draw(&mut self.entropy);
        let epoch_key = EpochKey(Secret::draw(&mut self.entropy));
        let kind = ChangeKind::Found(Found {
            suite: limits::SUITE,
            server: found.server.key,
            sealing: key_box::key_hash(&key_box::public_key(keys.sealing())),
            commitment: epoch_key.commitment(Epoch::new(0)),
        });
        let body = ChangeBody { author: keys.id(), kind }.encode();
        let change = sign_change(&keys, &GroupId::from_bytes([0; 32]), &Hash::ZERO, &body, None);
        let roster = Roster::found(&change, now)?;
        let id = roster.group();
        let phase = Phase::Founding(token.map(|token| token.secret.into()));
        let url = found.server.url.trim_end_matches('/').to_owned();
        let stored = stored_group(url, found.server.key, name.clone(), member_name.clone(), &keys, phase);
        let mut group = Group::new(id, stored, keys);
        group.epochs.insert(Epoch::new(0), epoch_key.clone());
        group.roster = Some(roster);
        group.founding = Some(change.clone());
        group.roster_log = vec![TimedChange { time: now, change: change.clone().into() }];
        let mut writes = vec![group.put_self(), group.put_progress()];
        writes.push(Slot::Roster(1).put(&id, &TimedChange { time: now, change: change.into() }));
        writes.push(epoch_slot(Epoch::new(0)).put_bytes(&id, epoch_key.0.expose_secret_bytes().to_vec()));
        self.groups.insert(id, group);
        let about = index::Group { name, country: found.country, zone: found.zone, locale: found.locale };
        if let Err(error) = self.introduce(id, Some(about), &member_name, now) {
            self.groups.remove(&id);
            return Err(error);
        }
        // The Group's own record must not be stored without its first edits, nor they without it.
        self.persist_first(writes);
        self.make_links(now);
        self.enter_open_link(id, now);
        self.schedule(now);
        Ok(id)
    }

    /// Makes an invitation and gives its link. The server learns of it at the next connection; the link works then.
    pub fn invite(
        &mut self,
        id: GroupId,
        options: InviteOptions,
        now: Timestamp,
    ) -> Result<String, ActError> {
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        let index = group.shelf.document(&DocumentName::index())?;
        let name = index::group(index).name;
        let whose = options.member.map(|member| {
            index::profiles(index).remove(&member).map(|profile| profile.name).unwrap_or_default()
        });
        let reads = options.role == Role::Reader && options.member.is_none();
        let head = group.roster.as_ref().ok_or(ActError::NotInYet)?.head();
        let secret = InvitationSecret(Secret::draw(&mut self.entropy));
        let approval = options.vouches.is_some();
        let sealing = if approval {
            let lobby =
                group.new_lobby_secret(&InvitationId::of_key(&secret.key())).ok_or(ActError::NoKey)?;
            key_box::public_key(&lobby)
        } else {
            key_box::public_key(&secret.sealing())
        };
        let lobby = approval.then(|| key_box::key_hash(&sealing));
        let invite = Invite {
            key: secret.key(),
            sealing: key_box::key_hash(&sealing),
            role: options.role,
            expires: options.expires,
            uses: options.uses,
            member: options.member,
            vouches: options.vouches,
        };
        let (url, server) = (group.stored.url.clone(), group.stored.server);
        // A lobby's key can be made again; this one only whoever has the link could bring to a server that lost it.
        let mut writes = Vec::new();
        if !approval {
            group.note_sealing_key(&sealing, &mut writes);
        }
        self.request(id, ChangeKind::Invite(invite), Some(sealing), now)?;
        self.persist(writes);
        Ok(Invitation { url, server, group: id, head, name, lobby, whose, reads, secret }.link())
    }

    /// Starts to join through an invitation link; [`Event::Joined`] says when it is done.
    pub fn join(&mut self, link: &str, member_name: &str, now: Timestamp) -> Result<GroupId, ActError> {
        self.join_saying(link, member_name, "", now)
    }

    /// The same with a few words to those who decide, where the invitation needs approval: it then goes on once an
    /// organizer has let this newcomer in.
    pub fn join_saying(
        &mut self,
        link: &str,
        member_name: &str,
        words: &str,
        now: Timestamp,
    ) -> Result<GroupId, ActError> {
        let invitation = Invitation::parse(link)?;
        if words.len() > limits::MAX_KNOCK_NOTE / 2 || member_name.len() > limits::MAX_KNOCK_NOTE / 8 {
            return Err(ActError::TooMuchAtOnce);
        }
        // Whose name is known already, or who cannot write it down, has none to give.
        let has_no_name = invitation.whose.is_some() || (invitation.reads && !invitation.needs_approval());
        let member_name = if has_no_name { String::new() } else { named(member_name)? };
        let id = invitation.group;
        if let Some(group) = self.groups.get(&id) {
            if group.is_in() && group.departure().is_none() {
                return Err(ActError::AlreadyIn);
            }
            if group.is_in() || group.stored.before.is_some() {
                return self.come_anew(invitation, member_name, words, now);
            }
        }
        let (keys, asked, waits) = match self.groups.get(&id) {
            // A second tap on a link continues with the same keys, so that nobody joins twice.
            Some(group) => match &group.stored.phase {
                Phase::Joining(known) => (group.keys.clone(), known.asked, known.waits),
                _ => (group.keys.clone(), false, false),
            },
            None => (DeviceKeys::draw(&mut self.entropy), false, false),
        };
        let phase = Phase::Joining(StoredInvitation {
            secret: ByteArray::from(*invitation.secret.0.expose_secret_bytes()),
            head: invitation.head,
            asked,
            lobby: invitation.lobby,
            words: words.to_owned(),
            waits,
            recovery: false,
        });
        let stored =
            stored_group(invitation.url, invitation.server, invitation.name, member_name, &keys, phase);
        let mut group = Group::new(id, stored, keys);
        group.progress.pinned = Some(invitation.head);
        self.persist(vec![group.put_self(), group.put_progress()]);
        self.groups.insert(id, group);
        self.make_links(now);
        self.enter_open_link(id, now);
        self.schedule(now);
        Ok(id)
    }

    /// Once the Group's key is here: the newcomer is in, and tells the others their name.
    pub(crate) fn finish_join(&mut self, id: GroupId, key: EpochKey, epoch: Epoch, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.stored.phase = Phase::Active;
        let mut writes = group.came_anew();
        writes.push(group.put_self());
        group.adopt(epoch, key, &mut writes);
        group.seeking = crate::epochs::Seeking::default();
        let member_name = group.stored.member_name.clone();
        let own = group.keys.id();
        let member = group.roster.as_ref().and_then(|roster| roster.device(&own)).map(|device| device.member);
        self.persist(writes);
        // A further device of a member has a name already. A reader cannot write: an organizer tells theirs.
        if member.is_none_or(|member| member == MemberId::of_first_device(&own)) {
            let _ = self.introduce(id, None, &member_name, now);
        }
        self.tell_origin(id, now);
        self.event(Event::Joined { group: id });
    }

    fn introduce(
        &mut self,
        id: GroupId,
        about: Option<index::Group>,
        member_name: &str,
        now: Timestamp,
    ) -> Result<(), ActError> {
        let Some(group) = self.groups.get(&id) else { return Err(ActError::UnknownGroup) };
        let member = porchlight_wire::MemberId::of_first_device(&group.keys.id());
        let profile = index::Profile { name: member_name.to_owned(), contact: None };
        let edited = self.edit_quietly(id, &DocumentName::index(), On::Newest, now, |editor| {
            if let Some(about) = &about {
                index::set_group(editor, about)?;
            }
            index::set_profile(editor, &member, &profile)
        });
        match edited {
            Ok(()) => Ok(()),
            Err(EditError::Act(error)) => Err(error),
            Err(EditError::Document(error)) => Err(error.into()),
        }
    }

    fn persist_first(&mut self, writes: Vec<Write>) {
        use crate::io::Output;
        self.stored.follow(&writes);
        for output in &mut self.outputs {
            if let Output::Persist(first) = output {
                first.splice(0..0, writes);
                return;
            }
        }
        self.outputs.push_front(Output::Persist(writes));
    }
}

/// For which key a box of this epoch is sealed.
pub(crate) fn box_context(group: GroupId, roster: &Roster, epoch: Epoch) -> Option<BoxContext> {
    Some(BoxContext { group, epoch, previous: roster.epoch_start(epoch)?.previous })
}

/// Signs a RosterChange for exactly one place in the list.
pub(crate) fn sign_change(
    keys: &DeviceKeys,
    group: &GroupId,
    previous: &Hash,
    body: &[u8],
    invitation: Option<&InvitationSecret>,
) -> Vec<u8> {
    let parts: [&[u8]; 3] = [group.as_bytes(), previous.as_bytes(), body];
    let signature = keys.sign(&signing::signed_message(CHANGE_LABEL, &parts));
    let second = invitation.map(|secret| secret.sign(&signing::signed_message(JOIN_LABEL, &parts)));
    let mut bytes = Vec::new();
    // Writing to a Vec has no failure to report.
    let _ = minicbor::encode(SignedChange { body: body.to_vec().into(), signature, second }, &mut bytes);
    bytes
}

/// The body of this device's Join.
pub(crate) fn join_body(keys: &DeviceKeys, invitation: &InvitationSecret) -> Vec<u8> {
    let sealing = key_box::key_hash(&key_box::public_key(keys.sealing()));
    let join = Join { invitation: InvitationId::of_key(&invitation.key()), sealing, predecessor: None };
    ChangeBody { author: keys.id(), kind: ChangeKind::Join(join) }.encode()
}

/// A RosterChange that waits, with nothing attached.
pub(crate) fn bare_request(body: Vec<u8>) -> StoredRequest {
    StoredRequest { body: body.into(), key: None, own_accord: false }
}

/// Whether a Roster holds this device.
pub(crate) fn holds(roster: &Roster, device: &DeviceId) -> bool {
    roster.entrant(device).is_ok()
}

fn named(name: &str) -> Result<String, ActError> {
    let name = name.trim();
    if name.is_empty() { Err(ActError::NoName) } else { Ok(name.to_owned()) }
}

/// The record of a Group that is not stored yet.
pub(crate) fn stored_group(
    url: String,
    server: ServerKey,
    name: String,
    member_name: String,
    keys: &DeviceKeys,
    phase: Phase,
) -> StoredGroup {
    let (signing, sealing) = keys.secrets();
    StoredGroup {
        url,
        server,
        name,
        member_name,
        signing: ByteArray::from(*signing.expose_secret_bytes()),
        sealing: ByteArray::from(*sealing.expose_secret_bytes()),
        phase,
        successor: None,
        before: None,
        moving_token: None,
        former: Vec::new(),
        left_work: crate::LeftWork::default(),
    }
}

/// Why a text is not a token for making groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Cut off, changed, or something else.
    #[error("this is not a token for founding groups: copy the whole text that the server printed")]
    Damaged,
    /// Another server gave it.
    #[error("the token is of another server")]
    OtherServer,
}
