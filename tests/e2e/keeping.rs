//! Servers that lost something, groups that move, contacts that are forgotten: with the real programs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use porchlight_tests::server::Server;
use serde_json::Value;

use crate::neighbors::{Neighborhood, assert_same, names, sync_all};

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn put_back(device: &porchlight_tests::device::Device) -> Result<u64> {
    let status = device.json(&["status"])?;
    status.pointer("/groups/0/putBack").and_then(Value::as_u64).context("no putBack")
}

#[test]
fn a_server_that_was_restored_from_an_old_backup_gets_everything_back_from_the_phones() -> Result<()> {
    let mut street = Neighborhood::found()?;
    let (ben, ana) = (street.neighbor("Ben")?, street.neighbor("Ana")?);
    street.server.stop()?;
    let backup = street.folder().join("backup");
    copy(street.server.data(), &backup)?;
    street.server = street.server.start_again()?;
    ben.json(&["contacts", "add", "--name", "Written after the backup"])?;
    sync_all(&[&ben, &ana])?;

    street.server.stop()?;
    let data = street.server.data().to_owned();
    fs::remove_dir_all(&data)?;
    copy(&backup, &data)?;
    street.server = street.server.start_again()?;
    // Ben's phone is lost for good: Ana's has what Ben wrote.
    sync_all(&[&ana])?;
    ensure!(put_back(&ana)? > 0, "the command says what was put back");
    ensure!(ana.text(&["status"])?.contains("put back from phones"));
    sync_all(&[&street.rosa, &ana])?;
    assert_same(&[&street.rosa, &ana])?;
    ensure!(names(&street.rosa)?.contains(&"Written after the backup".to_owned()));
    let late = street.neighbor("Late")?;
    assert_same(&[&street.rosa, &late])
}

#[test]
fn a_server_whose_database_was_emptied_gets_the_group_back() -> Result<()> {
    let mut street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    ben.json(&["contacts", "add", "--name", "Kept by Ben"])?;
    sync_all(&[&ben, &street.rosa])?;
    street.empty_server()?;
    sync_all(&[&ben])?;
    ben.json(&["contacts", "add", "--name", "New"])?;
    sync_all(&[&ben, &street.rosa, &ben])?;
    assert_same(&[&street.rosa, &ben])?;
    ensure!(names(&street.rosa)?.contains(&"New".to_owned()));
    Ok(())
}

#[test]
fn a_group_moves_to_another_server_and_everybody_follows() -> Result<()> {
    let mut street = Neighborhood::found()?;
    let (ben, ana) = (street.neighbor("Ben")?, street.neighbor("Ana")?);
    ben.json(&["contacts", "add", "--name", "Before"])?;
    ana.json(&["contacts", "add", "--name", "Meanwhile"])?;
    sync_all(&[&ben])?;
    let new = Server::start(&street.folder().join("new"))?;
    let token = new.token()?;
    // Nobody is taken to a server that does not take the group.
    let refused = street.rosa.refused(&["move-to", &new.url()])?;
    ensure!(refused.contains("wants a token for new groups"), "{refused}");
    let here = street.rosa.json(&["status"])?.to_string();
    ensure!(!here.contains(&new.url()), "{here}");
    let moved = street.rosa.json(&["move-to", &new.url(), "--token", &token])?;
    let link = moved.get("link").and_then(Value::as_str).context("no link")?.to_owned();
    // Ben hears of it from the old server; then that is gone, and Ana follows by the link.
    sync_all(&[&ben])?;
    street.server.stop()?;
    ana.json(&["follow", &link])?;
    sync_all(&[&ana, &ben, &street.rosa])?;
    assert_same(&[&street.rosa, &ben, &ana])?;
    let all = names(&ana)?;
    ensure!(all.contains(&"Before".to_owned()) && all.contains(&"Meanwhile".to_owned()), "{all:?}");
    Ok(())
}

#[test]
fn a_snapshot_is_made_endorsed_and_a_contact_forgotten_for_good() -> Result<()> {
    let street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    ben.json(&["contacts", "add", "--name", "Forget Me"])?;
    sync_all(&[&ben, &street.rosa])?;
    let receipt = street.rosa.text(&["forget", "Forget Me"])?;
    ensure!(receipt.contains("Who may still hold a copy"), "{receipt}");
    sync_all(&[&ben])?;
    ensure!(!names(&ben)?.contains(&"Forget Me".to_owned()));
    ben.json(&["snapshot"])?;
    let standing = street.rosa.json(&["snapshot"])?;
    ensure!(standing.get("endorsed").is_some_and(Value::is_u64), "{standing}");
    // The same where no WebSocket comes through.
    ben.json(&["contacts", "add", "--name", "Written later"])?;
    let made = ben.json(&["snapshot", "--http"])?;
    ensure!(
        made.get("snapshot").and_then(Value::as_u64) > standing.get("endorsed").and_then(Value::as_u64),
        "{made}"
    );
    let looked_at = street.rosa.json(&["snapshot", "--http"])?;
    ensure!(looked_at.get("endorsed") == made.get("snapshot"), "{looked_at}");
    assert_same(&[&street.rosa, &ben])
}
