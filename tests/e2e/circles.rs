//! Circles: what only some may see is a group of its own, listed in the group around it.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::neighbors::{GROUP, Neighborhood, list, names, sync_all, text};

fn circle(answer: &Value) -> Result<Value> {
    let circles = list(answer, "circles")?;
    ensure!(circles.len() == 1, "one circle was expected: {answer}");
    circles.first().cloned().context("no circle")
}

#[test]
fn some_of_a_group_have_a_circle_that_the_others_see_and_cannot_read() -> Result<()> {
    let street = Neighborhood::found()?;
    let (ana, ben, cleo) = (&street.rosa, street.stranger("Ben"), street.stranger("Cleo"));
    let link = ana.invite()?;
    ben.join(&link)?;
    cleo.join(&link)?;
    ensure!(list(&ana.json(&["circles"])?, "circles")?.is_empty(), "there is none at first");

    let token = street.server.token()?;
    ensure!(ana.refused(&["circles", "add", "Coordinators"])?.contains("token"), "the server wants one");
    let added =
        ana.json(&["circles", "add", "Coordinators", "--purpose", "Who calls whom", "--token", &token])?;
    ensure!(added["sent"] == true, "{added}");
    let id = text(&added, "circle")?;
    let invited = ana.json(&["invite", "--group", &id])?;
    ben.join(&text(&invited, "link")?)?;
    ana.json(&["contacts", "add", "--group", "Coordinators", "--name", "A secret helper"])?;
    sync_all(&[ana, &ben, &cleo])?;

    // Ben is in it, among two people; Cleo sees that there is one, and that it is not hers.
    let seen = circle(&ben.json(&["circles", "list", "--group", GROUP])?)?;
    ensure!(seen["name"] == "Coordinators" && seen["purpose"] == "Who calls whom", "{seen}");
    ensure!(seen["standing"] == "in" && seen["members"] == 2, "{seen}");
    let seen = circle(&cleo.json(&["circles", "list"])?)?;
    ensure!(seen["name"] == "Coordinators" && seen["id"] == id.as_str(), "{seen}");
    ensure!(seen["standing"] == "out" && seen.get("members").is_none(), "{seen}");
    ensure!(cleo.text(&["circles"])?.contains("you are not in it; ask an organizer"), "in words too");

    // What is in the circle reaches Ben and not Cleo, who has nothing but its name.
    ensure!(ben.text(&["contacts", "list", "--group", &id])?.contains("A secret helper"), "Ben reads it");
    cleo.refused(&["contacts", "list", "--group", &id])?;
    ensure!(list(&cleo.json(&["status"])?, "groups")?.len() == 1, "Cleo is in one group");
    ensure!(names(&cleo)?.is_empty(), "the group around it has no contacts");

    for refused in [["rename", "Coordinators", "Ours"].as_slice(), &["remove", "Coordinators"]] {
        cleo.refused(&[&["circles"], refused].concat())?;
    }
    ana.json(&["circles", "rename", "Coordinators", "Core team", "--group", GROUP])?;
    sync_all(&[ana, &cleo])?;
    let seen = circle(&cleo.json(&["circles"])?)?;
    ensure!(seen["name"] == "Core team" && seen["purpose"] == "Who calls whom", "{seen}");
    ana.json(&["circles", "remove", "Core team", "--group", GROUP])?;
    sync_all(&[ana, &ben, &cleo])?;
    ensure!(list(&cleo.json(&["circles"])?, "circles")?.is_empty(), "it is off the list");
    ensure!(
        ben.text(&["contacts", "list", "--group", "Core team"])?.contains("A secret helper"),
        "it goes on"
    );
    ana.json(&["circles", "add", "Core team", "--existing", "Core team", "--group", GROUP])?;
    cleo.sync()?;
    ensure!(circle(&cleo.json(&["circles"])?)?["id"] == id.as_str(), "and can be listed again");
    Ok(())
}
