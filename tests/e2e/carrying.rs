//! Without a server, work goes from hand to hand in a file; whoever has a network first delivers it for its author.

use anyhow::{Context, Result, ensure};

use crate::neighbors::{Neighborhood, names, text};

#[test]
fn a_bundle_file_goes_both_ways_and_is_delivered_by_somebody_else() -> Result<()> {
    let mut street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    let ana = street.neighbor("Ana")?;
    street.rosa.sync()?;
    street.server.kill()?;
    street.rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    let file = street.folder().join("rosa.porchlight");
    let file = file.to_str().context("a path")?;
    street.rosa.json(&["bundle", "export", file])?;
    let opened = ben.json(&["bundle", "open", file])?;
    ensure!(opened["added"] == 1 && text(&opened, "from")? == "Rosa", "{opened}");
    ensure!(names(&ben)? == ["Mrs. Tran"], "shown at once");
    ensure!(ben.text(&["status"])?.contains("Carried for others: 1 change"), "and said so");

    ben.json(&["contacts", "add", "--name", "Mr. Okoro"])?;
    let codes = ben.json(&["bundle", "export"])?;
    let codes: Vec<&str> =
        codes["codes"].as_array().context("codes")?.iter().filter_map(|it| it.as_str()).collect();
    let scanned = porchlight_tests::device::file(street.folder(), "scanned", codes.join("\n").as_bytes())?;
    street.rosa.json(&["bundle", "open", &scanned])?;
    ensure!(names(&street.rosa)? == ["Mr. Okoro", "Mrs. Tran"], "both ways, by camera too");

    street.server = street.server.start_again()?;
    ben.sync()?;
    ana.sync()?;
    ensure!(names(&ana)? == ["Mr. Okoro", "Mrs. Tran"], "though Rosa was never online");
    street.rosa.sync()?;
    ensure!(street.rosa.text(&["status"])?.contains("Saved and sent"), "and hers counts once");
    crate::neighbors::assert_same(&[&street.rosa, &ben, &ana])
}

#[test]
fn a_file_that_is_no_bundle_is_refused_in_one_clear_line() -> Result<()> {
    let street = Neighborhood::found()?;
    let file = porchlight_tests::device::file(street.folder(), "photo", b"\xff\xd8\xff\xe0 a picture")?;
    let said = street.rosa.refused(&["bundle", "open", &file])?;
    ensure!(said.contains("not a bundle"), "{said}");
    let greeting = street.rosa.json(&["bundle", "greet"])?;
    ensure!(greeting["codes"].as_array().is_some_and(|codes| codes.len() == 1), "{greeting}");
    Ok(())
}
