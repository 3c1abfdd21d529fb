//! Who is in: removed, left, given another role, and what each of them is told.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::neighbors::{Neighborhood, names, sync_all};

fn member<'a>(list: &'a Value, name: &str) -> Result<&'a Value> {
    let members = list["members"].as_array().context("no members")?;
    members.iter().find(|member| member["name"] == name).context(format!("no {name}"))
}

#[test]
fn a_removed_member_is_told_and_the_others_go_on() -> Result<()> {
    let street = Neighborhood::found()?;
    let (rosa, ben, ana) = (&street.rosa, street.stranger("Ben"), street.stranger("Ana"));
    let link = rosa.invite()?;
    ben.join(&link)?;
    ana.join(&link)?;
    rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    sync_all(&[rosa, &ben, &ana])?;
    let list = rosa.json(&["members"])?;
    ensure!(member(&list, "Ben")?["role"] == "member" && member(&list, "Ben")?["devices"] == 1, "{list}");

    let removed = rosa.json(&["remove", "ben"])?;
    ensure!(removed["sent"] == true, "{removed}");
    rosa.json(&["contacts", "add", "--name", "Mr. Okafor"])?;
    sync_all(&[rosa, &ana])?;
    ensure!(names(&ana)? == ["Mr. Okafor", "Mrs. Tran"], "Ana has what came after");
    ensure!(rosa.json(&["members"])?["members"].as_array().is_some_and(|all| all.len() == 2), "two are left");

    let told = ben.refused(&["sync"])?;
    ensure!(told.contains("not in the group any more"), "{told}");
    let status = ben.json(&["status"])?;
    let departure = &status["groups"][0]["departure"];
    ensure!(departure["name"] == "Rosa" && departure["bySelf"] == false, "{status}");
    ensure!(ben.text(&["status"])?.contains("Rosa took you out of the group"), "it says who");
    ensure!(names(&ben)? == ["Mrs. Tran"], "what Ben had stays readable, and nothing new came");
    ben.refused(&["contacts", "add", "--name", "Nobody"])?;
    street.stranger("Mallory").refused(&["join", &link, "--as", "Mallory"])?;
    Ok(())
}

#[test]
fn roles_change_and_the_last_organizer_stays_until_another_is_named() -> Result<()> {
    let street = Neighborhood::found()?;
    let (rosa, ben) = (&street.rosa, street.stranger("Ben"));
    ben.join(&rosa.invite()?)?;
    sync_all(&[rosa, &ben])?;
    rosa.refused(&["leave"])?;
    ben.refused(&["role", "Ben", "organizer"])?;
    ben.refused(&["rotate"])?;
    rosa.json(&["role", "Ben", "organizer"])?;
    ben.sync()?;
    ensure!(ben.json(&["rotate"])?["sent"] == true, "Ben is an organizer now");
    rosa.sync()?;
    ensure!(rosa.json(&["leave"])?["sent"] == true, "another one is there");
    ensure!(rosa.text(&["status"])?.contains("You left the group"), "it says so");
    ben.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    ben.sync()?;
    Ok(())
}

#[test]
fn invitations_are_listed_and_turned_off() -> Result<()> {
    let street = Neighborhood::found()?;
    let link = street.rosa.invite()?;
    let list = street.rosa.json(&["invitations"])?;
    let id = list["invitations"][0]["id"].as_str().context("no invitation")?;
    ensure!(list["invitations"][0]["usesLeft"] == 30, "{list}");
    street.rosa.json(&["invitations", "close", &id[..8]])?;
    let list = street.rosa.json(&["invitations"])?;
    ensure!(list["invitations"].as_array().is_some_and(Vec::is_empty), "{list}");
    street.stranger("Mallory").refused(&["join", &link, "--as", "Mallory"])?;
    Ok(())
}

#[test]
fn a_second_device_of_the_same_member_comes_in_and_is_taken_out_again() -> Result<()> {
    let street = Neighborhood::found()?;
    let (rosa, tablet) = (&street.rosa, street.stranger("Tablet"));
    rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    let before = rosa.json(&["members"])?;
    let first = member(&before, "Rosa")?["deviceIds"][0].as_str().context("no id")?;
    let invited = rosa.json(&["invite", "--member", "Rosa"])?;
    tablet.join(invited["link"].as_str().context("no link")?)?;
    rosa.sync()?;
    let list = rosa.json(&["members"])?;
    ensure!(list["members"].as_array().is_some_and(|all| all.len() == 1), "{list}");
    ensure!(member(&list, "Rosa")?["devices"] == 2, "{list}");
    ensure!(names(&tablet)? == ["Mrs. Tran"], "the tablet has the list");
    let own = tablet.json(&["members"])?;
    ensure!(member(&own, "Rosa")?["self"] == true, "{own}");
    let ids = member(&list, "Rosa")?["deviceIds"].as_array().context("no ids")?;
    let theirs = ids.iter().filter_map(Value::as_str).find(|id| *id != first).context("no tablet")?;
    ensure!(rosa.json(&["remove", "--device", &theirs[..12]])?["sent"] == true, "the tablet is out");
    tablet.refused(&["sync"])?;
    ensure!(tablet.text(&["status"])?.contains("You took this device out"), "it says who");
    ensure!(member(&rosa.json(&["members"])?, "Rosa")?["devices"] == 1, "one is left");
    Ok(())
}
