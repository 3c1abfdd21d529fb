//! Invitations: many who come by one at once; and those that do not admit: run out, used up, altered, of another group,
//! and texts that are no link.

use anyhow::{Result, ensure};
use porchlight_device::InviteOptions;
use porchlight_tests::device::Device;
use porchlight_tests::phone::Phone;
use porchlight_tests::town::Town;

use crate::neighbors::{Neighborhood, names, sync_all};

#[tokio::test]
async fn an_invitation_that_ran_out_admits_nobody() -> Result<()> {
    let town = Town::start()?;
    let circle = town.circle(1).await?;
    let rosa = circle.first()?;
    let link = rosa.act(|device, now| {
        let options = InviteOptions { expires: now.plus_millis(1), ..InviteOptions::usual(now) };
        device.invite(circle.group, options, now)
    })??;
    circle.settle(rosa).await?;
    let late = Device::new(town.folder(), "Mallory");
    late.refused(&["join", &link, "--as", "Mallory"])?;
    late.refused(&["contacts", "list"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_come_at_once_get_in() -> Result<()> {
    let town = Town::start()?;
    let mut circle = town.circle(1).await?;
    let link = circle.invitation().await?;
    let newcomers = (0..8).map(|_| Phone::new()).collect::<Result<Vec<_>>>()?;
    for phone in &newcomers {
        phone.act(|device, now| device.join(&link, "Neighbor", now))??;
    }
    for phone in &newcomers {
        phone.go_online()?;
    }
    circle.phones.extend(newcomers);
    for phone in &circle.phones {
        circle.settle(phone).await?;
    }
    for phone in &circle.phones {
        let all = |device: &mut porchlight_device::Device| {
            device.members(circle.group).is_ok_and(|members| members.len() == 9)
        };
        phone.until("all members", all).await?;
    }
    Ok(())
}

#[test]
fn an_invitation_for_one_admits_one() -> Result<()> {
    let street = Neighborhood::found()?;
    let answer = street.rosa.json(&["invite", "--uses", "1"])?;
    let link = crate::neighbors::text(&answer, "link")?;
    let ben = street.stranger("Ben");
    ben.join(&link)?;
    street.stranger("Mallory").refused(&["join", &link, "--as", "Mallory"])?;
    street.rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    sync_all(&[&street.rosa, &ben])?;
    ensure!(names(&ben)? == ["Mrs. Tran"], "Ben is in");
    Ok(())
}

#[test]
fn an_altered_link_admits_nobody() -> Result<()> {
    let street = Neighborhood::found()?;
    let link = street.rosa.invite()?;
    let (before, fragment) = link.rsplit_once('/').unwrap_or(("", &link));
    let step = fragment.len() / 12;
    for at in (0..fragment.len()).step_by(step.max(1)) {
        let mut altered = fragment.as_bytes().to_vec();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let altered = format!("{before}/{}", String::from_utf8(altered)?);
        street.stranger(&format!("Mallory{at}")).refused(&["join", &altered, "--as", "Mallory"])?;
    }
    for cut in [fragment.len() / 2, fragment.len() - 1] {
        let cut_off = format!("{before}/{}", &fragment[..cut]);
        street.stranger(&format!("Cut{cut}")).refused(&["join", &cut_off, "--as", "Mallory"])?;
    }
    street.stranger("Ben").join(&link)?;
    Ok(())
}

#[test]
fn a_text_that_is_no_link_is_a_clear_line() -> Result<()> {
    let street = Neighborhood::found()?;
    let long = format!("{}/#/join/{}", street.server.url(), "A".repeat(100_000));
    let texts =
        ["", "hello", "https://example.org/", "http://127.0.0.1:1/#/join/AAAA", "file:///etc/passwd", &long];
    for (number, text) in texts.iter().enumerate() {
        let said = street.stranger(&format!("Stranger{number}")).refused(&["join", text, "--as", "Ben"])?;
        ensure!(said.len() < 400, "the line repeats the text: {} bytes", said.len());
    }
    Ok(())
}

#[test]
fn a_link_to_another_group_on_the_same_server_opens_only_that_one() -> Result<()> {
    let street = Neighborhood::found()?;
    let other = Neighborhood::found()?;
    street.rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    street.rosa.sync()?;
    let ben = street.stranger("Ben");
    ben.join(&other.rosa.invite()?)?;
    ensure!(names(&ben)?.is_empty(), "Ben sees a group that he did not join");
    Ok(())
}

#[test]
fn a_person_joins_by_six_words_however_they_type_them() -> Result<()> {
    let street = Neighborhood::found()?;
    let answer = street.rosa.json(&["invite", "--code"])?;
    let words = crate::neighbors::text(&answer, "words")?;
    ensure!(words.split(' ').count() == 6, "{words}");
    let server = street.server.url();
    let join = |who: &Device, typed: &str| {
        who.run(&["join", "--code", typed, "--server", &server, "--as", who.name(), "--json"])
    };
    let ben = street.stranger("Ben");
    let sloppy: Vec<String> =
        words.split(' ').map(|word| word.chars().take(4).collect::<String>().to_uppercase()).collect();
    ensure!(join(&ben, &format!("  {} ", sloppy.join(" - ")))?.status.success(), "Ben came in by {words}");
    street.rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    sync_all(&[&street.rosa, &ben])?;
    ensure!(names(&ben)? == ["Mrs. Tran"], "Ben is in");
    let mallory = street.stranger("Mallory");
    let refuse =
        |typed: &str| mallory.refused(&["join", "--code", typed, "--server", &server, "--as", "Mallory"]);
    let misspelt = words.replacen(' ', "x ", 1);
    ensure!(refuse(&misspelt)?.contains("word 1"), "the wrong word is named");
    ensure!(!mallory.home().exists(), "nothing was made for it");
    let other = if words.starts_with("zoo") { "zone" } else { "zoo" };
    let (_, rest) = words.split_once(' ').unwrap_or_default();
    ensure!(refuse(&format!("{other} {rest}"))?.contains("nothing is behind these words"), "{other} {rest}");
    Ok(())
}
