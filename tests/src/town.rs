//! A server and groups of phones in this process, as a measurement or a story needs them.

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use porchlight_device::{Device, FoundGroup, InviteOptions, Saving, ServerAddress, Stage};
use porchlight_documents::contacts::{self, Details};
use porchlight_documents::notes::{self, Attendee};
use porchlight_documents::{DocumentName, Editor, Kind};
use porchlight_wire::{GroupId, Hash, ServerKey};
use serde_json::Value;
use tempfile::TempDir;

use crate::http;
use crate::phone::Phone;
use crate::server::Server;

/// A server on which anybody may found groups, with its data in a temporary folder.
pub struct Town {
    /// The server.
    pub server: Server,
    folder: TempDir,
}

/// Some phones that are in one group, the founder's first.
pub struct Circle {
    /// The group.
    pub group: GroupId,
    /// The phones, all online.
    pub phones: Vec<Phone>,
}

impl Town {
    /// Starts the server.
    pub fn start() -> Result<Town> {
        let folder = TempDir::new()?;
        let server = Server::start_with(&folder.path().join("server"), "127.0.0.1:0".parse()?, &OPEN)?;
        Ok(Town { server, folder })
    }

    /// The temporary folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Founds a group with this many phones in it, all online and up to date.
    pub async fn circle(&self, size: usize) -> Result<Circle> {
        let founder = Phone::new()?;
        let server = address_of(self.server.address())?;
        founder.go_online()?;
        let group = founder.act(|device, now| device.found_group(usual_group(server), now))??;
        let mut circle = Circle { group, phones: vec![founder] };
        circle.settle(circle.first()?).await?;
        circle.grow(size).await?;
        Ok(circle)
    }
}

impl Circle {
    /// The founder's phone.
    pub fn first(&self) -> Result<&Phone> {
        self.phones.first().context("a circle has a founder")
    }

    /// An invitation by the founder that the server knows of.
    pub async fn invitation(&self) -> Result<String> {
        let group = self.group;
        let link = self.first()?.act(|device, now| {
            let options = InviteOptions { uses: 1000, ..InviteOptions::usual(now) };
            device.invite(group, options, now)
        })??;
        self.settle(self.first()?).await?;
        Ok(link)
    }

    /// Waits until a phone has everything and the server has everything of it.
    pub async fn settle(&self, phone: &Phone) -> Result<()> {
        let group = self.group;
        phone
            .until("saved and sent", |device| {
                let status = device.groups().into_iter().find(|status| status.group == group);
                status.is_some_and(|it| it.stage == Stage::Active && it.saving == Saving::SavedAndSent)
            })
            .await
    }

    /// Lets the second phone make a Snapshot and the founder's endorse it, without the usual delays.
    pub async fn snapshot(&self) -> Result<()> {
        let (first, second) = (self.first()?, self.phones.get(1).context("a second phone")?);
        let at = |device: &mut Device| {
            device.groups().into_iter().find(|it| it.group == self.group).map(|it| it.snapshots)
        };
        second.act(|device, now| device.make_snapshot(self.group, now))??;
        first.until("a snapshot", |device| at(device).is_some_and(|it| it.newest.is_some())).await?;
        first.act(|device, now| device.make_snapshot(self.group, now))??;
        for phone in [first, second] {
            phone
                .until("its endorsement", |device| at(device).is_some_and(|it| it.endorsed.is_some()))
                .await?;
        }
        Ok(())
    }

    async fn grow(&mut self, size: usize) -> Result<()> {
        if self.phones.len() >= size {
            return Ok(());
        }
        let link = self.invitation().await?;
        while self.phones.len() < size {
            let phone = Phone::new()?;
            let name = format!("Neighbor {}", self.phones.len());
            phone.go_online()?;
            phone.act(|device, now| device.join(&link, &name, now))??;
            phone
                .until("the join", |device| device.groups().iter().all(|it| it.stage == Stage::Active))
                .await?;
            self.phones.push(phone);
        }
        for phone in &self.phones {
            self.settle(phone).await?;
        }
        Ok(())
    }
}

/// One of many notes, by number.
pub fn numbered(number: usize) -> DocumentName {
    DocumentName { kind: Kind::Note, key: number.to_string() }
}

/// Writes one text of 12 letters into a note's list of who was there, which is what sync servers are compared by, and
/// returns the newest change of the note.
pub fn write_one(phone: &Phone, group: GroupId, note: &DocumentName, number: usize) -> Result<Hash> {
    let name = format!("Neighbor{number:04}");
    let attendee = Attendee { key: format!("neighbor.{number}"), name, state: String::new() };
    newest_after(phone, group, note, |editor| notes::set_attendance(editor, &attendee))
}

/// Adds a contact with a name of 12 letters, and returns the newest change of the list.
pub fn write_contact(phone: &Phone, group: GroupId, list: &DocumentName, number: usize) -> Result<Hash> {
    let details = Details { name: format!("Neighbor{number:04}"), ..Details::default() };
    newest_after(phone, group, list, |editor| contacts::add(editor, details, None))
}

fn newest_after<T, E: Error + Send + Sync + 'static>(
    phone: &Phone,
    group: GroupId,
    document: &DocumentName,
    edit: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
) -> Result<Hash> {
    let heads = phone.act(|device, now| {
        device.edit(group, document, now, edit)?;
        anyhow::Ok(device.read(group, document, |document| document.heads())?)
    })??;
    ensure!(heads.len() == 1, "one writer makes one head");
    heads.into_iter().next().context("a document that was edited has a head")
}

/// Whether a phone has a change.
pub async fn arrival(phone: &Phone, group: GroupId, document: &DocumentName, change: Hash) -> Result<()> {
    let there = |device: &mut porchlight_device::Device| {
        device.read(group, document, |document| document.contains(change)).unwrap_or(false)
    };
    phone.until("a change", there).await
}

/// The address and key of a server.
pub fn address_of(server: SocketAddr) -> Result<ServerAddress> {
    let about: Value = serde_json::from_slice(&http::get(server, "/about")?.body)?;
    let key = about.get("server_key").and_then(Value::as_str).context("the server tells no key")?;
    let bytes = data_encoding::BASE64URL_NOPAD.decode(key.as_bytes())?;
    let key = ServerKey::from_slice(&bytes).context("the server's key has another length")?;
    Ok(ServerAddress { url: format!("http://{server}"), key })
}

/// The arguments of a server on which anybody may found groups.
pub const OPEN: [&str; 2] = ["--groups", "open"];

fn usual_group(server: ServerAddress) -> FoundGroup {
    FoundGroup {
        name: "Maple Street".to_owned(),
        member_name: "Rosa".to_owned(),
        server,
        token: None,
        country: Some("US".to_owned()),
        zone: None,
        locale: None,
    }
}
