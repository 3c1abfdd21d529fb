//! Writes into a group what only a later version of the app knows, in the name of a device that is in it.
//!
//! `later HOME SERVER` takes the keys of the device that `porchlight-device` keeps in the folder HOME. Later versions
//! do not exist yet, and their work must not harm today's: the stories in the browser run this beside the app.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use ed25519_dalek::SigningKey;
use minicbor::Decode;
use minicbor::bytes::ByteArray;
use porchlight_documents::contacts::{self, Details};
use porchlight_documents::{Actor, Author, Document, Kind};
use porchlight_tests::forgery::{Changes, Forger, Packing, Payload, encoded, plaintext};
use porchlight_tests::scribe::{Place, Scribe};
use porchlight_wire::record::Cursor;
use porchlight_wire::{ActorPrefix, DeviceId, Epoch, GroupId, Hash, Sequence, Timestamp};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [home, server] = arguments.as_slice() else { bail!("wanted: later HOME SERVER") };
    let (forger, place) = Home::load(Path::new(home))?.writer()?;
    let server = server.parse().context("no address")?;
    let mut scribe = Scribe::member(server, forger.key.clone(), &place)?;
    let (entry, _) = forger.entry(&place, fresh()?, &of_later(&forger, scribe.cursor())?)?;
    scribe.append(vec![entry])?;
    println!("{} holds what comes later", place.group);
    Ok(())
}

/// What is sealed: a Document of a Kind that there is not yet, in a payload with a key that there is not yet.
fn of_later(forger: &Forger, cursor: Cursor) -> Result<Vec<u8>> {
    let changes = vec![change(forger)?.into()];
    let documents = vec![Changes { kind: "map".to_owned(), key: "of the street".to_owned(), changes }];
    let (roster, clock) = (Hash::ZERO, Timestamp::default());
    let mut content = encoded(&Payload { documents, claims: Vec::new(), cursor, roster, clock })?;
    // A CBOR map of one key more, up to 23, says so in its first byte.
    let first = content.first_mut().context("nothing was encoded")?;
    *first += 1;
    content.extend(encoded(&77_u8)?);
    content.extend(encoded(&"a key of a later version")?);
    plaintext(Packing::Stored, &content)
}

fn change(forger: &Forger) -> Result<Vec<u8>> {
    let mut actor = fresh::<16>()?;
    let prefix = ActorPrefix::of_device(&forger.device());
    for (own, byte) in actor.iter_mut().zip(prefix.as_bytes()) {
        *own = *byte;
    }
    let author = Author { actor: Actor::from_bytes(actor), time: Timestamp::default() };
    let details = Details { name: "On the map".to_owned(), ..Details::default() };
    let (_, change) =
        Document::new(Kind::Contacts).edit(author, |editor| contacts::add(editor, details, None))?;
    Ok(change.context("nothing was changed")?.as_bytes().to_vec())
}

/// What a device keeps, by key.
struct Home(BTreeMap<Vec<u8>, Vec<u8>>);

#[derive(Decode)]
#[cbor(map)]
struct StoredGroup {
    #[n(4)]
    signing: ByteArray<32>,
}

#[derive(Decode)]
struct StoredAuthor {
    #[n(0)]
    sequence: Sequence,
    #[n(1)]
    id: Hash,
}

impl Home {
    fn load(folder: &Path) -> Result<Home> {
        let name = std::fs::read_dir(folder)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .find(|path| path.extension().is_some_and(|end| end == "sqlite"))
            .context("no device lives there")?;
        let connection = rusqlite::Connection::open(name)?;
        let mut statement = connection.prepare("SELECT key, value FROM pair")?;
        let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Home(pairs.collect::<Result<_, _>>()?))
    }

    /// The keys of the device in its only group, and where its next Entry stands.
    fn writer(&self) -> Result<(Forger, Place)> {
        let (key, value) = self.0.iter().find(|(key, _)| key.ends_with(b"/group")).context("in no group")?;
        let text = std::str::from_utf8(key)?;
        let id = data_encoding::HEXLOWER.decode(text.split('/').nth(1).context("no id")?.as_bytes())?;
        let group = GroupId::from_bytes(id.try_into().map_err(|_| anyhow::anyhow!("no id"))?);
        let stored: StoredGroup = minicbor::decode(value)?;
        let key = SigningKey::from_bytes(&stored.signing);
        let device = DeviceId::from_bytes(key.verifying_key().to_bytes());
        let secret = self.value(&format!("g/{group}/epoch/{:016x}", 0)).context("no key of the group")?;
        let secret = <[u8; 32]>::try_from(secret).context("the group's key is damaged")?;
        let epoch = Epoch::new(0);
        let author = self.value(&format!("g/{group}/author/{device}"));
        let author = author.map(minicbor::decode::<StoredAuthor>).transpose()?;
        let (sequence, previous) =
            author.map_or((Sequence::new(1), Hash::ZERO), |last| (last.sequence.next(), last.id));
        Ok((Forger { key, group, epoch, secret }, Place { group, sequence, previous, epoch }))
    }

    fn value(&self, key: &str) -> Option<&[u8]> {
        self.0.get(key.as_bytes()).map(Vec::as_slice)
    }
}

fn fresh<const LENGTH: usize>() -> Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}
