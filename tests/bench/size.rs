//! What travels: for one small edit, for a day's work, and for joining a group with a real list.

use anyhow::{Context, Result};
use porchlight_documents::DocumentName;
use porchlight_documents::contacts::{self, Details};
use porchlight_tests::phone::Phone;
use porchlight_tests::town::{Circle, Town, arrival, write_contact};

use crate::report::Report;

/// A busy day: this many people make this many edits each, spread over the day.
const PEOPLE: usize = 10;
const EDITS_EACH: usize = 6;
const LISTED: usize = 400;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let town = Town::start()?;
    let circle = town.circle(PEOPLE).await?;
    let list = DocumentName::contacts();
    let (writer, others) = circle.phones.split_first().context("a founder")?;
    let reader = others.first().context("a reader")?;

    let (sent, received) = (writer.traffic().up(), reader.traffic().down());
    let change = write_contact(writer, circle.group, &list, 0)?;
    arrival(reader, circle.group, &list, change).await?;
    circle.settle(writer).await?;
    report.note("size", "one new contact: sent", "bytes", (writer.traffic().up() - sent) as f64);
    report.note(
        "size",
        "one new contact: received by another",
        "bytes",
        (reader.traffic().down() - received) as f64,
    );

    let carried = reader.traffic().up() + reader.traffic().down();
    for edit in 0..EDITS_EACH {
        for (person, phone) in circle.phones.iter().enumerate() {
            write_contact(phone, circle.group, &list, 1 + edit * PEOPLE + person)?;
            circle.settle(phone).await?;
        }
    }
    let day = reader.traffic().up() + reader.traffic().down() - carried;
    report.note("size", "a day of 60 edits by 10 people: all traffic of one", "kB", day as f64 / 1000.0);

    fill(&circle, writer, &list).await?;
    let newcomer = Phone::new()?;
    let link = circle.invitation().await?;
    newcomer.go_online()?;
    newcomer.act(|device, now| device.join(&link, "Newcomer", now))??;
    circle.settle(&newcomer).await?;
    report.note(
        "size",
        "joining a group with 460 contacts: received",
        "kB",
        newcomer.traffic().down() as f64 / 1000.0,
    );
    Ok(())
}

/// A list of the usual size, with what people usually write about each other.
async fn fill(circle: &Circle, writer: &Phone, list: &DocumentName) -> Result<()> {
    for number in 0..LISTED {
        let details = Details {
            name: format!("Neighbor Number {number}"),
            note: format!("House with the {number} blue pots; rings twice, has a spare key to the side gate"),
            ..Details::default()
        };
        writer.act(|device, now| {
            device.edit(circle.group, list, now, |editor| contacts::add(editor, details, None))?;
            anyhow::Ok(())
        })??;
    }
    circle.settle(writer).await
}
