//! Two devices and a server: Rosa founds a group, Ben joins it, and what one writes the other reads.
//!
//! Start a server (`make run`), then give the start link that it printed:
//! `cargo run -p porchlight-examples --bin together -- 'http://127.0.0.1:8080/#/start/…'`

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use porchlight_device::{Event, FoundGroup, GroupStatus, InviteOptions, ServerAddress, Token};
use porchlight_documents::contacts::{self, Details};
use porchlight_documents::{Document, DocumentName, Editor};
use porchlight_native::{Home, Network, Reach, Route, Runner, Store, Trust, Vacant};
use porchlight_wire::GroupId;
use tokio::time::timeout;

#[tokio::main]
async fn main() -> Result<()> {
    let link = std::env::args().nth(1).context("give the start link that the server printed")?;
    let (url, _) = link.split_once("/#/start/").context("this is not a start link")?;
    let folder = tempfile::tempdir()?;
    let mut rosa = wake(&folder.path().join("rosa"))?;
    let mut ben = wake(&folder.path().join("ben"))?;

    let found = FoundGroup {
        name: "Maple Street".into(),
        member_name: "Rosa".into(),
        server: ServerAddress { url: url.into(), key: Token::parse(&link)?.server },
        token: Some(link.clone()),
        country: Some("US".into()),
        zone: None,
        locale: None,
    };
    let group = rosa.act(|device, now| device.found_group(found, now))??;
    add(&mut rosa, group, "Mrs. Tran")?;
    let invitation = rosa.act(|device, now| device.invite(group, InviteOptions::usual(now), now))??;
    until_sent(&mut rosa, group).await?;
    println!("Rosa founded a group and made an invitation");

    ben.act(|device, now| device.join(&invitation, "Ben", now))??;
    until_sent(&mut ben, group).await?;
    println!("Ben is in, and sees: {}", names(&mut ben, group)?);

    // Ben and Rosa stay connected from here on: neither asks, each is told.
    add(&mut ben, group, "Mr. Okoro")?;
    until_sent(&mut ben, group).await?;
    until(&mut rosa, |runner| Ok(names(runner, group)?.contains("Okoro"))).await?;
    println!("Rosa sees: {}", names(&mut rosa, group)?);
    Ok(())
}

/// A device with its disk in this folder.
fn wake(folder: &Path) -> Result<Runner> {
    let store = Store::open(Home::open(folder, Vacant::MoveIn)?)?;
    Ok(Runner::open(store, Reach::Online(Network::new(Trust::new(None)?, Route::WebSocket)))?)
}

fn add(runner: &mut Runner, group: GroupId, name: &str) -> Result<()> {
    let person = Details { name: name.into(), ..Details::default() };
    let add = |editor: &mut Editor<'_>| contacts::add(editor, person, None);
    runner.act(|device, now| Ok(device.edit(group, &DocumentName::contacts(), now, add).map(|_| ())?))?
}

fn names(runner: &mut Runner, group: GroupId) -> Result<String> {
    let names =
        |list: &Document| contacts::list(list).into_iter().map(|it| it.details.name).collect::<Vec<_>>();
    Ok(runner.act(|device, _| device.read(group, &DocumentName::contacts(), names))??.join(", "))
}

async fn until_sent(runner: &mut Runner, group: GroupId) -> Result<()> {
    let is_sent = |status: &GroupStatus| status.group == group && status.current && status.waiting == 0;
    until(runner, |runner| Ok(runner.act(|device, _| device.groups())?.iter().any(is_sent))).await
}

/// Lets the device work until something is so, but not for ever.
async fn until(runner: &mut Runner, mut is_so: impl FnMut(&mut Runner) -> Result<bool>) -> Result<()> {
    let work = async {
        while !is_so(runner)? {
            if let Event::JoinFailed { reason, .. } = runner.next().await? {
                bail!("{reason}");
            }
        }
        Ok(())
    };
    timeout(Duration::from_secs(30), work).await.context("the server did not answer in time")?
}
