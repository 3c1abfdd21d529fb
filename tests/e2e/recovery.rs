//! Recovery words, with the real programs.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::neighbors::{Neighborhood, names, sync_all, text};

#[test]
fn a_person_recovers_with_twelve_words_and_a_servers_address() -> Result<()> {
    let street = Neighborhood::found()?;
    let ben = street.stranger("Ben");
    ben.join(&street.rosa.invite()?)?;
    street.rosa.sync()?;
    let made = ben.json(&["recovery", "words"])?;
    let words = text(&made, "words")?;
    ensure!(words.split(' ').count() == 12, "{words}");
    ensure!(state(&made) == Some("ready"), "{made}");
    // His phone is gone, and the others go on under a new key.
    std::fs::remove_dir_all(ben.home())?;
    street.rosa.json(&["rotate"])?;
    street.rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    street.rosa.sync()?;
    let server = street.server.url();
    let wrong = words.replacen(' ', "x ", 1);
    let fresh = street.stranger("Ben's new phone");
    ensure!(fresh.refused(&["recovery", "restore", &wrong, "--server", &server])?.contains("word 1"));
    ensure!(!fresh.home().exists(), "nothing was made for a wrong word");
    fresh.json(&["recovery", "restore", &words, "--server", &server])?;
    fresh.sync()?;
    ensure!(names(&fresh)? == ["Mrs. Tran"], "{:?}", names(&fresh)?);
    fresh.json(&["contacts", "add", "--name", "Written on the new phone"])?;
    sync_all(&[&fresh, &street.rosa])?;
    ensure!(names(&street.rosa)?.len() == 2);
    let members = street.rosa.json(&["members"])?;
    let members =
        members.as_array().or_else(|| members.get("members").and_then(Value::as_array)).map(Vec::len);
    ensure!(members == Some(2), "he is the member that he was");
    ensure!(state(&fresh.json(&["recovery", "status"])?) == Some("ready"), "the words stay good");
    Ok(())
}

fn state(answer: &Value) -> Option<&str> {
    answer.get("groups")?.get(0)?.get("state")?.as_str()
}
