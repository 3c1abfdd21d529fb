//! A bare writer: founds a group with a key of its own and appends signed Entries whose content nobody can open.
//!
//! It loads a server with nothing of a device's own work in between, and can write what a device never would.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use ed25519_dalek::{Signer, SigningKey};
use porchlight_wire::entry::{ENTRY_LABEL, EntryHeader, SealedEntry};
use porchlight_wire::frame::{Append, ClientFrame, Credential, Found, Open, ServerFrame, Welcome};
use porchlight_wire::record::{Cursor, SignedHead};
use porchlight_wire::roster::{CHANGE_LABEL, ChangeBody, ChangeKind, Found as FoundingChange, SignedChange};
use porchlight_wire::{DeviceId, Epoch, GroupId, Hash, Sequence, Signature, limits, signing};

use crate::socket::Socket;

/// A writer with an open connection.
pub struct Scribe {
    socket: Socket,
    key: SigningKey,
    group: GroupId,
    sequence: Sequence,
    previous: Hash,
    welcome: Welcome,
    /// The end of its log, as far as it was told.
    cursor: Cursor,
}

impl Scribe {
    /// Connects and founds a group, with the secret of a token where the server wants one.
    pub fn found(server: SocketAddr, token: Option<Vec<u8>>) -> Result<Scribe> {
        let (mut socket, welcome) = greeted(server)?;
        let key = SigningKey::from_bytes(&random()?);
        let sealing = random::<{ limits::SEALING_KEY }>()?.to_vec();
        let change = founding_change(&key, &welcome, &sealing)?;
        let group = change.founded_group();
        let mut bytes = Vec::new();
        minicbor::encode(&change, &mut bytes)?;
        let keys = vec![sealing.into()];
        socket.send(&ClientFrame::Found(Found {
            change: bytes.into(),
            token: token.map(Into::into),
            keys,
        }))?;
        let sequence = Sequence::new(1);
        let cursor = Cursor::START;
        let mut scribe = Scribe { socket, key, group, sequence, previous: Hash::ZERO, welcome, cursor };
        scribe.open()?;
        Ok(scribe)
    }

    /// Connects as a device that is in the group already, and goes on where the place says.
    pub fn member(server: SocketAddr, key: SigningKey, place: &Place) -> Result<Scribe> {
        let (socket, welcome) = greeted(server)?;
        let (group, cursor) = (place.group, Cursor::START);
        let Place { sequence, previous, .. } = *place;
        let mut scribe = Scribe { socket, key, group, sequence, previous, welcome, cursor };
        scribe.cursor = scribe.open()?;
        Ok(scribe)
    }

    /// Connects anew, to a server that was started again.
    pub fn connect_again(&mut self, server: SocketAddr) -> Result<()> {
        (self.socket, self.welcome) = greeted(server)?;
        self.open().map(drop)
    }

    /// Comes back as a device that had read so far, over a connection of its own; gives how many Records it lacked.
    pub fn catch_up(&self, server: SocketAddr, cursor: Cursor) -> Result<u64> {
        let (socket, welcome) = greeted(server)?;
        let key = self.key.clone();
        let Scribe { group, sequence, previous, .. } = *self;
        let mut reader = Scribe { socket, key, group, sequence, previous, welcome, cursor };
        let end = reader.open()?;
        while reader.cursor != end {
            match reader.socket.frame()? {
                ServerFrame::Records(records) => reader.heard(records.head)?,
                ServerFrame::Refused(refused) => bail!("{refused:?}"),
                _ => {}
            }
        }
        Ok(end.position.get() - cursor.position.get())
    }

    /// The end of its log, as far as it was told.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Its group.
    pub fn group(&self) -> GroupId {
        self.group
    }

    /// Its device.
    pub fn device(&self) -> DeviceId {
        DeviceId::from_bytes(self.key.verifying_key().to_bytes())
    }

    /// The connection, to send other things.
    pub fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    /// The next Entry of its chain, with content of this length.
    pub fn entry(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut ciphertext = vec![0; length];
        getrandom::fill(&mut ciphertext).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        let place = Place {
            group: self.group,
            sequence: self.sequence,
            previous: self.previous,
            epoch: Epoch::new(0),
        };
        let (bytes, id) = forge(&self.key, &place, random()?, ciphertext)?;
        (self.previous, self.sequence) = (id, self.sequence.next());
        Ok(bytes)
    }

    /// Appends Entries and waits until the server says that all of them are durable.
    pub fn append(&mut self, entries: Vec<Vec<u8>>) -> Result<()> {
        let mut waiting = entries.len();
        let entries = entries.into_iter().map(Into::into).collect();
        self.socket.send(&ClientFrame::Append(Append { group: self.group, entries }))?;
        while waiting > 0 {
            match self.socket.frame()? {
                ServerFrame::Accepted(accepted) => {
                    waiting =
                        waiting.checked_sub(accepted.entries.len()).context("more accepted than sent")?;
                    self.heard(accepted.head)?;
                }
                ServerFrame::Records(records) => self.heard(records.head)?,
                other => bail!("{other:?} in answer to an Append"),
            }
        }
        Ok(())
    }

    /// The server's word for how far it has told.
    fn heard(&mut self, head: Option<SignedHead>) -> Result<()> {
        if let Some(head) = head {
            head.verify(&self.group, &self.welcome.server)?;
            self.cursor = head.cursor;
        }
        Ok(())
    }

    /// Opens the group; gives the end of its log.
    fn open(&mut self) -> Result<Cursor> {
        let device = self.device();
        let message = Open::proof_message(
            &self.welcome.server,
            &self.welcome.challenge,
            &self.group,
            device.as_bytes(),
        );
        let proof = Signature::from_bytes(self.key.sign(&message).to_bytes());
        let credential = Credential::Device(device);
        self.socket.send(&ClientFrame::Open(Open {
            group: self.group,
            credential,
            proof,
            cursor: self.cursor,
            earlier: None,
            quiet: None,
        }))?;
        loop {
            match self.socket.frame()? {
                ServerFrame::Opened(opened) => {
                    ensure!(opened.group == self.group, "another group was opened");
                    return Ok(opened.head.cursor);
                }
                ServerFrame::Refused(refused) => bail!("{refused:?}"),
                _ => {}
            }
        }
    }
}

/// A connection on which the server has spoken first.
fn greeted(server: SocketAddr) -> Result<(Socket, Welcome)> {
    let mut socket = Socket::open(server)?;
    match socket.frame()? {
        ServerFrame::Welcome(welcome) => Ok((socket, welcome)),
        other => bail!("{other:?} instead of a welcome"),
    }
}

/// Where an Entry stands in its device's chain.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// In which group.
    pub group: GroupId,
    /// Its number.
    pub sequence: Sequence,
    /// The id of the one before it.
    pub previous: Hash,
    /// With which key it says to be sealed.
    pub epoch: Epoch,
}

impl Place {
    /// The exact bytes of the header of an Entry there.
    pub fn header(&self, nonce: [u8; 24]) -> Result<Vec<u8>> {
        let Place { sequence, previous, epoch, .. } = *self;
        let header = EntryHeader { version: limits::VERSION, sequence, previous, epoch, nonce: nonce.into() };
        let mut bytes = Vec::new();
        minicbor::encode(&header, &mut bytes)?;
        Ok(bytes)
    }
}

/// An Entry with any content, signed by a device's key, and its id.
pub fn forge(
    key: &SigningKey,
    place: &Place,
    nonce: [u8; 24],
    ciphertext: Vec<u8>,
) -> Result<(Vec<u8>, Hash)> {
    let (group, header_bytes) = (place.group, place.header(nonce)?);
    let device = DeviceId::from_bytes(key.verifying_key().to_bytes());
    let hash = SealedEntry::ciphertext_hash(&ciphertext);
    let parts: [&[u8]; 4] = [group.as_bytes(), device.as_bytes(), &header_bytes, hash.as_bytes()];
    let signature = Signature::from_bytes(key.sign(&signing::signed_message(ENTRY_LABEL, &parts)).to_bytes());
    let id = SealedEntry::id(&group, &device, &header_bytes, &hash);
    let entry = SealedEntry { device, header: header_bytes.into(), signature, ciphertext: ciphertext.into() };
    let mut bytes = Vec::new();
    minicbor::encode(&entry, &mut bytes)?;
    Ok((bytes, id))
}

fn founding_change(key: &SigningKey, welcome: &Welcome, sealing: &[u8]) -> Result<SignedChange> {
    let author = DeviceId::from_bytes(key.verifying_key().to_bytes());
    let kind = ChangeKind::Found(FoundingChange {
        suite: limits::SUITE,
        server: welcome.server,
        sealing: Hash::of("porchlight/sealing-key/1", &[sealing]),
        commitment: Hash::from_bytes(random()?),
    });
    let body = ChangeBody { author, kind }.encode();
    let nobody = [0; 32];
    let message = signing::signed_message(CHANGE_LABEL, &[&nobody, Hash::ZERO.as_bytes(), &body]);
    let signature = Signature::from_bytes(key.sign(&message).to_bytes());
    Ok(SignedChange { body: body.into(), signature, second: None })
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}
