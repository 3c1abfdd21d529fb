//! Address books of real phones and spreadsheets come in whole, go out whole, and a bad file changes nothing.

use anyhow::{Context, Result, ensure};
use porchlight_tests::{device, repository};

use crate::neighbors::{Neighborhood, list, names, sync_all};

/// The same four hundred people, as four kinds of programs write them.
const FILES: [&str; 4] = ["contacts-2.1.vcf", "contacts-3.0.vcf", "contacts-4.0.vcf", "contacts.csv"];

#[test]
fn four_hundred_people_come_in_from_every_kind_of_file_and_reach_the_others() -> Result<()> {
    for file in FILES {
        let street = Neighborhood::found()?;
        let ben = street.neighbor("Ben")?;
        let path = repository::root().join("examples/data").join(file);
        street.rosa.json(&["contacts", "import", &path.to_string_lossy()]).with_context(|| file)?;
        let shown = names(&street.rosa)?;
        ensure!(shown.len() == 400, "{file}: {} people", shown.len());
        street.rosa.json(&["contacts", "import", &path.to_string_lossy()])?;
        ensure!(names(&street.rosa)? == shown, "{file}: importing it again changed the list");
        sync_all(&[&street.rosa, &ben])?;
        ensure!(names(&ben)? == shown, "{file}: Ben sees other people");
    }
    Ok(())
}

#[test]
fn what_one_group_exports_another_imports_without_change() -> Result<()> {
    let street = Neighborhood::found()?;
    let path = repository::root().join("examples/data/contacts-3.0.vcf");
    street.rosa.json(&["contacts", "import", &path.to_string_lossy()])?;
    for format in ["vcf", "csv"] {
        let exported = street.rosa.text(&["contacts", "export", "--format", format])?;
        let file = device::file(street.folder(), &format!("out.{format}"), exported.as_bytes())?;
        let other = Neighborhood::found()?;
        other.rosa.json(&["contacts", "import", &file])?;
        ensure!(names(&other.rosa)? == names(&street.rosa)?, "{format}: the names differ");
        let again = other.rosa.text(&["contacts", "export", "--format", format])?;
        ensure!(again.lines().count() == exported.lines().count(), "{format}: something was lost on the way");
    }
    Ok(())
}

#[test]
fn a_file_that_is_none_changes_nothing() -> Result<()> {
    let street = Neighborhood::found()?;
    street.rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    let picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01".repeat(50);
    for (name, content) in [("empty.vcf", &b""[..]), ("picture.vcf", &picture), ("picture.csv", &picture)] {
        let file = device::file(street.folder(), name, content)?;
        street.rosa.refused(&["contacts", "import", &file])?;
    }
    street.rosa.refused(&["contacts", "import", "/nowhere/contacts.vcf"])?;
    let contacts = street.rosa.contacts()?;
    ensure!(list(&contacts, "contacts")?.len() == 1, "{contacts}");
    Ok(())
}

#[test]
fn one_bad_card_does_not_stop_the_rest() -> Result<()> {
    let street = Neighborhood::found()?;
    let cards = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Example\r\nEND:VCARD\r\n\
                 BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n\
                 BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob Example\r\nEND:VCARD\r\n";
    let file = device::file(street.folder(), "cards.vcf", cards.as_bytes())?;
    let _report = street.rosa.run(&["contacts", "import", &file])?;
    ensure!(names(&street.rosa)? == ["Ann Example", "Bob Example"], "{:?}", names(&street.rosa)?);
    Ok(())
}
