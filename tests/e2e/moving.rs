//! Before a group is moved, the new server is asked whether it takes it: nobody is led where nothing is taken.

use anyhow::{Context, Result, ensure};
use porchlight_tests::hardship::{self, Hardship};
use porchlight_tests::server::Server;
use porchlight_tests::{http, programs};
use serde_json::Value;

use crate::neighbors::{Neighborhood, assert_same, names, sync_all};

/// The token of the link that `porchlight token` prints.
fn token_of(server: &Server, hardship: Hardship, arguments: &[&str]) -> Result<String> {
    let output = hardship::command(&programs::porchlight()?, hardship)?
        .args(["token", "--data"])
        .arg(server.data())
        .args(arguments)
        .output()?;
    let printed = String::from_utf8(output.stdout)?;
    let (_, rest) = printed.split_once("/#/start/").with_context(|| printed.clone())?;
    Ok(rest.split_whitespace().next().unwrap_or_default().to_owned())
}

/// What a server says to whoever asks whether it would take a group.
fn asked(server: &Server, question: &str) -> Result<(u16, Value)> {
    let answer = http::post(server.address(), "/about", question.as_bytes())?;
    Ok((answer.status, serde_json::from_slice(&answer.body).unwrap_or_default()))
}

#[test]
fn a_token_that_does_not_count_leaves_the_group_where_it_is() -> Result<()> {
    let street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    let new = Server::start(&street.folder().join("new"))?;
    let revoked = new.token()?;
    let once = token_of(&new, Hardship::None, &["--uses", "1", "--revoke-others"])?;
    let elsewhere = street.stranger("Elsewhere");
    elsewhere.create_group("Elm Street", &new.url(), &once)?;
    elsewhere.sync()?;
    let mut dead = vec![
        (revoked, "it was revoked, or never made there"),
        (once, "the token is used up"),
        (street.server.token()?, "the token is of another server"),
    ];
    if hardship::clocks_can_be_wrong() {
        let of_the_day_before_yesterday = token_of(&new, Hardship::WrongClock(-48), &["--days", "1"])?;
        dead.push((of_the_day_before_yesterday, "the days of the token are over"));
    }

    for (token, why) in dead {
        let refused = street.rosa.refused(&["move-to", &new.url(), "--token", &token])?;
        ensure!(refused.contains(why) && refused.contains("The group stays where it is"), "{why}: {refused}");
        ensure!(!refused.contains(&token), "the token is repeated: {refused}");
        ensure!(!new.printed().concat().contains(&token) || why.contains("revoked"), "it is logged");
    }
    ben.json(&["contacts", "add", "--name", "Written meanwhile"])?;
    sync_all(&[&street.rosa, &ben])?;
    for device in [&street.rosa, &ben] {
        let status = device.json(&["status"])?.to_string();
        ensure!(status.contains(&street.tap.url()) && !status.contains(&new.url()), "{status}");
    }
    ensure!(names(&street.rosa)? == ["Written meanwhile"]);
    Ok(())
}

#[test]
fn asking_uses_nothing_up_and_a_group_that_was_there_comes_back_without_a_token() -> Result<()> {
    let street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    let new = Server::start(&street.folder().join("new"))?;
    let once = token_of(&new, Hardship::None, &["--uses", "1", "--revoke-others"])?;
    for _ in 0..3 {
        let (status, told) = asked(&new, &format!("token={once}"))?;
        ensure!(status == 200 && told.get("takes").and_then(Value::as_str) == Some("yes"), "{status} {told}");
    }
    street.rosa.json(&["move-to", &new.url(), "--token", &once])?;
    let (_, told) = asked(&new, &format!("token={once}"))?;
    ensure!(told.get("takes").and_then(Value::as_str) == Some("token_used_up"), "{told}");
    sync_all(&[&ben, &street.rosa])?;
    street.rosa.json(&["move-to", &street.tap.url()])?;
    street.rosa.json(&["move-to", &new.url(), "--token", &once])?;
    sync_all(&[&ben, &street.rosa, &ben])?;
    assert_same(&[&street.rosa, &ben])
}

#[test]
fn what_is_no_question_or_too_long_is_refused() -> Result<()> {
    let street = Neighborhood::found()?;
    for (question, status) in [("token=AAAA", 400), ("who are you?", 400), (&"x".repeat(4096), 413)] {
        ensure!(asked(&street.server, question)?.0 == status, "{question}");
    }
    let (_, told) = asked(&street.server, "")?;
    ensure!(told.get("takes").and_then(Value::as_str) == Some("token_needed"), "{told}");
    Ok(())
}
