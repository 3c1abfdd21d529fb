//! Rosa founds a group; Ben and Ana join while she is off; all three share one list.

use anyhow::{Result, ensure};

use crate::neighbors::{GROUP, Neighborhood, assert_same, list, names, sync_all, text};

#[test]
fn three_devices_share_a_list_though_they_are_never_on_together() -> Result<()> {
    let street = Neighborhood::found()?;
    let rosa = &street.rosa;
    rosa.json(&["contacts", "add", "--name", "Mrs. Tran", "--phone", "+1 202 555 0190"])?;
    rosa.sync()?;

    let ben = street.neighbor("Ben")?;
    let ana = street.neighbor("Ana")?;
    ensure!(names(&ben)? == ["Mrs. Tran"] && names(&ana)? == ["Mrs. Tran"], "newcomers see the list");

    ben.json(&["contacts", "add", "--name", "Mr. Okoro", "--phone", "+1 202 555 0121"])?;
    ana.json(&["contacts", "add", "--name", "Lucía Peña"])?;
    sync_all(&[&ben, &ana, rosa])?;
    ensure!(names(rosa)? == ["Lucía Peña", "Mr. Okoro", "Mrs. Tran"], "{:?}", names(rosa)?);
    assert_same(&[rosa, &ben, &ana])
}

#[test]
fn everybody_sees_who_is_in_the_group_and_what_it_is_called() -> Result<()> {
    let street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    sync_all(&[&ben, &street.rosa])?;
    for device in [&street.rosa, &ben] {
        let members = device.json(&["members", "list"])?;
        let mut shown: Vec<String> =
            list(&members, "members")?.iter().map(|it| text(it, "name")).collect::<Result<_>>()?;
        shown.sort();
        ensure!(shown == ["Ben", "Rosa"], "{} sees {shown:?}", device.name());
        ensure!(device.text(&["status"])?.contains(GROUP), "the status names the group");
    }
    Ok(())
}

#[test]
fn what_is_typed_without_a_server_is_kept_and_sent_later() -> Result<()> {
    let mut street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    street.server.kill()?;

    ben.json(&["contacts", "add", "--name", "Written in the dark"])?;
    ensure!(names(&ben)? == ["Written in the dark"], "an edit shows at once");
    ben.refused(&["sync"])?;
    ensure!(names(&ben)? == ["Written in the dark"], "and stays after a failed sync");

    street.server = street.server.start_again()?;
    sync_all(&[&ben, &street.rosa])?;
    ensure!(names(&street.rosa)? == ["Written in the dark"], "Rosa has it once there is a server");
    Ok(())
}

#[test]
fn a_watching_device_shows_a_change_at_once() -> Result<()> {
    let street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    let mut watching = ben.start(&["sync", "--watch", "--json"])?;
    watching.wait_for("saved_and_sent")?;
    street.rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    street.rosa.sync()?;
    watching.wait_for("document_changed")?;
    watching.kill()?;
    ensure!(names(&ben)? == ["Mrs. Tran"], "what was watched is stored");
    Ok(())
}
