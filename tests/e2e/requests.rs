//! Where WebSockets are blocked, requests carry the same: whatever a group does, it can do so too.

use std::fs;

use anyhow::{Result, ensure};
use porchlight_tests::server::Server;
use porchlight_tests::tap::Direction;
use serde_json::Value;

use crate::neighbors::{Neighborhood, assert_same, names, sync_all, text};

#[test]
fn where_websockets_are_blocked_requests_carry_the_same() -> Result<()> {
    let street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    street.rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    street.rosa.json(&["sync", "--http"])?;
    ben.json(&["sync", "--http"])?;
    ensure!(names(&ben)? == ["Mrs. Tran"], "requests brought the list");

    let ana = street.stranger("Ana");
    let link = street.rosa.invite()?;
    ana.json(&["join", &link, "--as", "Ana", "--http"])?;
    ensure!(names(&ana)? == ["Mrs. Tran"], "joining by requests alone");
    let sent = String::from_utf8_lossy(&street.tap.recorded(Direction::Up)).into_owned();
    ensure!(sent.contains("POST /sync"), "no request was made");
    Ok(())
}

#[test]
fn a_member_is_removed_and_the_key_changed_by_requests() -> Result<()> {
    let street = Neighborhood::found()?;
    let rosa = street.rosa.by_requests();
    let (ben, ana) = (street.stranger("Ben").by_requests(), street.stranger("Ana").by_requests());
    let link = rosa.invite()?;
    ben.join(&link)?;
    ana.join(&link)?;
    sync_all(&[&rosa, &ben, &ana])?;
    let removed = rosa.json(&["remove", "ben"])?;
    ensure!(removed["sent"] == true, "{removed}");
    let rotated = rosa.json(&["rotate"])?;
    ensure!(rotated["sent"] == true, "{rotated}");
    rosa.json(&["contacts", "add", "--name", "Mr. Okafor"])?;
    sync_all(&[&rosa, &ana])?;
    ensure!(names(&ana)? == ["Mr. Okafor"], "Ana opens what came after");
    let told = ben.refused(&["sync"])?;
    ensure!(told.contains("not in the group any more"), "{told}");
    Ok(())
}

#[test]
fn a_person_recovers_with_twelve_words_by_requests() -> Result<()> {
    let street = Neighborhood::found()?;
    let rosa = street.rosa.by_requests();
    rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    rosa.sync()?;
    let ben = street.stranger("Ben").by_requests();
    ben.join(&rosa.invite()?)?;
    let made = ben.json(&["recovery", "words"])?;
    ensure!(made.pointer("/groups/0/state").and_then(Value::as_str) == Some("ready"), "{made}");
    fs::remove_dir_all(ben.home())?;
    let fresh = street.stranger("Ben's new phone").by_requests();
    fresh.json(&["recovery", "restore", &text(&made, "words")?, "--server", &street.server.url()])?;
    sync_all(&[&fresh])?;
    ensure!(names(&fresh)? == ["Mrs. Tran"], "{:?}", names(&fresh)?);
    Ok(())
}

#[test]
fn a_server_that_was_emptied_gets_the_group_back_by_requests() -> Result<()> {
    let mut street = Neighborhood::found()?;
    let (rosa, ben) = (street.rosa.by_requests(), street.neighbor("Ben")?.by_requests());
    ben.json(&["contacts", "add", "--name", "Kept by Ben"])?;
    sync_all(&[&ben, &rosa])?;
    street.empty_server()?;
    sync_all(&[&ben])?;
    ben.json(&["contacts", "add", "--name", "New"])?;
    sync_all(&[&ben, &rosa, &ben])?;
    assert_same(&[&rosa, &ben])?;
    ensure!(names(&rosa)? == ["Kept by Ben", "New"]);
    Ok(())
}

#[test]
fn a_group_moves_to_another_server_by_requests() -> Result<()> {
    let street = Neighborhood::found()?;
    let (rosa, ben) = (street.rosa.by_requests(), street.neighbor("Ben")?.by_requests());
    ben.json(&["contacts", "add", "--name", "Before"])?;
    sync_all(&[&ben, &rosa])?;
    let new = Server::start(&street.folder().join("new"))?;
    rosa.json(&["move-to", &new.url(), "--token", &new.token()?])?;
    sync_all(&[&ben, &rosa])?;
    assert_same(&[&rosa, &ben])?;
    ensure!(names(&rosa)? == ["Before"]);
    Ok(())
}

#[test]
fn more_than_one_request_carries_arrives_in_several() -> Result<()> {
    let street = Neighborhood::found()?;
    let (rosa, ben) = (street.rosa.by_requests(), street.neighbor("Ben")?.by_requests());
    // Texts that hardly pack, so that three of them are more than one request takes.
    for number in 0..4_u64 {
        let mut seed = number + 1;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + u8::try_from((seed >> 33) % 26).unwrap_or_default())
        };
        let note: String = std::iter::repeat_with(&mut next).take(120_000).collect();
        ben.json(&["contacts", "add", "--name", &format!("Number {number}"), "--note", &note])?;
    }
    ben.sync()?;
    rosa.sync()?;
    ensure!(names(&rosa)?.len() == 4, "{:?}", names(&rosa)?);
    Ok(())
}
