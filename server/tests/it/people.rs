//! People for tests: they sign what a device would sign, with nothing sealed inside.

use ed25519_dalek::{Signer, SigningKey};
use porchlight_wire::entry::{ENTRY_LABEL, EntryHeader, SealedEntry};
use porchlight_wire::frame::{Append, Change, ClientFrame, Credential, Found, Open, Welcome};
use porchlight_wire::record::Cursor;
use porchlight_wire::roster::{
    CHANGE_LABEL, ChangeBody, ChangeKind, CloseInvite, Found as FoundBody, Invite, JOIN_LABEL, Join, Role,
    SignedChange,
};
use porchlight_wire::{
    Challenge, DeviceId, Epoch, GroupId, Hash, InvitationId, InvitationKey, Sequence, ServerKey, Signature,
    Timestamp, limits, signing,
};

/// The group's sealing keys are made up: the server cannot tell.
pub(crate) fn sealing_key(seed: u8) -> Vec<u8> {
    vec![seed; limits::SEALING_KEY]
}

pub(crate) fn sealing_hash(seed: u8) -> Hash {
    Hash::of("porchlight/sealing-key/1", &[&sealing_key(seed)])
}

/// A frame that appends entries.
pub(crate) fn append_frame(group: GroupId, entries: Vec<Vec<u8>>) -> ClientFrame {
    ClientFrame::Append(Append { group, entries: entries.into_iter().map(Into::into).collect() })
}

/// One device in one group.
pub(crate) struct Person {
    key: SigningKey,
    seed: u8,
    pub(crate) group: GroupId,
    /// The ids of its entries so far.
    ids: Vec<Hash>,
}

/// The secret of an invitation's link.
pub(crate) struct Invitation {
    key: SigningKey,
}

impl Person {
    /// Founds a group on a server; a different seed is another person and group.
    pub(crate) fn founder(seed: u8, server: ServerKey) -> (Self, Vec<u8>) {
        let mut person = Self::with_key(seed, GroupId::from_bytes([0; 32]));
        let kind = ChangeKind::Found(FoundBody {
            suite: limits::SUITE,
            server,
            sealing: sealing_hash(seed),
            commitment: Hash::from_bytes([6; 32]),
        });
        let change = person.sign_change(&Hash::ZERO, kind, None);
        person.group = minicbor::decode::<SignedChange>(&change).unwrap().founded_group();
        (person, change)
    }

    /// Somebody who is not in the group yet.
    pub(crate) fn stranger(seed: u8, group: GroupId) -> Self {
        Self::with_key(seed, group)
    }

    fn with_key(seed: u8, group: GroupId) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        Self { key, seed, group, ids: Vec::new() }
    }

    pub(crate) fn device(&self) -> DeviceId {
        DeviceId::from_bytes(self.key.verifying_key().to_bytes())
    }

    pub(crate) fn founding_frame(&self, change: Vec<u8>, token: Option<&[u8]>) -> ClientFrame {
        ClientFrame::Found(Found {
            change: change.into(),
            token: token.map(|token| token.to_vec().into()),
            keys: vec![sealing_key(self.seed).into()],
        })
    }

    /// The next entry of this device.
    pub(crate) fn entry(&mut self, text: &str) -> Vec<u8> {
        let previous = self.ids.last().copied().unwrap_or(Hash::ZERO);
        let (entry, id) = self.entry_at(Sequence::new(self.ids.len() as u64 + 1), previous, text);
        self.ids.push(id);
        entry
    }

    /// Forgets later entries, as if they had never been made.
    pub(crate) fn go_on_after(&mut self, sequence: Sequence) {
        self.ids.truncate(usize::try_from(sequence.get()).unwrap());
    }

    /// An entry with any number and predecessor, and its id.
    pub(crate) fn entry_at(&self, sequence: Sequence, previous: Hash, text: &str) -> (Vec<u8>, Hash) {
        let header = EntryHeader {
            version: limits::VERSION,
            sequence,
            previous,
            epoch: Epoch::new(0),
            nonce: [0; 24].into(),
        };
        let header = minicbor::to_vec(header).unwrap();
        let hash = SealedEntry::ciphertext_hash(text.as_bytes());
        let device = self.device();
        let parts: [&[u8]; 4] = [self.group.as_bytes(), device.as_bytes(), &header, hash.as_bytes()];
        let signature = sign(&self.key, ENTRY_LABEL, &parts);
        let id = SealedEntry::id(&self.group, &device, &header, &hash);
        let entry = SealedEntry {
            device,
            header: header.into(),
            signature,
            ciphertext: text.as_bytes().to_vec().into(),
        };
        (minicbor::to_vec(entry).unwrap(), id)
    }

    pub(crate) fn open_frame(&self, welcome: &Welcome, cursor: Cursor) -> ClientFrame {
        let credential = Credential::Device(self.device());
        open(&self.key, credential, self.group, &welcome.server, &welcome.challenge, cursor)
    }

    /// Makes an invitation for members.
    pub(crate) fn invite(
        &self,
        previous: &Hash,
        seed: u8,
        uses: u32,
        expires: Timestamp,
    ) -> (Invitation, Vec<u8>) {
        let invitation = Invitation { key: SigningKey::from_bytes(&[seed; 32]) };
        let kind = ChangeKind::Invite(Invite {
            key: invitation.public(),
            sealing: sealing_hash(seed),
            role: Role::Member,
            expires,
            uses,
            member: None,
            vouches: None,
        });
        let change = self.sign_change(previous, kind, None);
        (invitation, change)
    }

    pub(crate) fn close_invite(&self, previous: &Hash, invitation: &Invitation) -> Vec<u8> {
        let kind = ChangeKind::CloseInvite(CloseInvite { invitation: invitation.id() });
        self.sign_change(previous, kind, None)
    }

    pub(crate) fn join(&self, previous: &Hash, invitation: &Invitation) -> Vec<u8> {
        let join = Join { invitation: invitation.id(), sealing: sealing_hash(self.seed), predecessor: None };
        let kind = ChangeKind::Join(join);
        self.sign_change(previous, kind, Some(&invitation.key))
    }

    pub(crate) fn change_frame(&self, previous: Hash, change: Vec<u8>) -> ClientFrame {
        let group = self.group;
        ClientFrame::Change(Change { group, previous, change: change.into(), keys: vec![], boxes: vec![] })
    }

    /// The hash that a change gets.
    pub(crate) fn hash_of(&self, previous: &Hash, change: &[u8]) -> Hash {
        minicbor::decode::<SignedChange>(change).unwrap().hash(&self.group, previous)
    }

    fn sign_change(&self, previous: &Hash, kind: ChangeKind, second: Option<&SigningKey>) -> Vec<u8> {
        let body = ChangeBody { author: self.device(), kind }.encode();
        let parts: [&[u8]; 3] = [self.group.as_bytes(), previous.as_bytes(), &body];
        let signature = sign(&self.key, CHANGE_LABEL, &parts);
        let second = second.map(|key| sign(key, JOIN_LABEL, &parts));
        minicbor::to_vec(SignedChange { body: body.clone().into(), signature, second }).unwrap()
    }
}

impl Invitation {
    pub(crate) fn public(&self) -> InvitationKey {
        InvitationKey::from_bytes(self.key.verifying_key().to_bytes())
    }

    fn id(&self) -> InvitationId {
        InvitationId::of_key(&self.public())
    }

    pub(crate) fn open_frame(&self, group: GroupId, welcome: &Welcome) -> ClientFrame {
        let credential = Credential::Invitation(self.public());
        open(&self.key, credential, group, &welcome.server, &welcome.challenge, Cursor::START)
    }
}

fn open(
    key: &SigningKey,
    credential: Credential,
    group: GroupId,
    server: &ServerKey,
    challenge: &Challenge,
    cursor: Cursor,
) -> ClientFrame {
    let message = Open::proof_message(server, challenge, &group, credential.key());
    let proof = Signature::from_bytes(key.sign(&message).to_bytes());
    ClientFrame::Open(Open { group, credential, proof, cursor, earlier: None, quiet: None })
}

fn sign(key: &SigningKey, label: &str, parts: &[&[u8]]) -> Signature {
    Signature::from_bytes(key.sign(&signing::signed_message(label, parts)).to_bytes())
}
