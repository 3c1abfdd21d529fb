//! Whether joining costs what the documents hold or what was ever written: a list whose contacts were written once, and
//! the same list after each was rewritten ten times, both joined from a Snapshot.

use std::time::Instant;

use anyhow::{Context, Result};
use porchlight_documents::DocumentName;
use porchlight_documents::contacts::{self, Details};
use porchlight_tests::phone::Phone;
use porchlight_tests::town::Town;

use crate::report::Report;

const CONTACTS: usize = 300;
const REWRITTEN: [usize; 2] = [1, 10];
const REPEATS: usize = 3;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let mut figures = Vec::new();
    for times in REWRITTEN {
        let town = Town::start()?;
        let circle = town.circle(2).await?;
        for round in 0..times {
            write_all(circle.first()?, circle.group, round)?;
            circle.settle(circle.first()?).await?;
        }
        circle.settle(circle.phones.get(1).context("a second phone")?).await?;
        circle.snapshot().await?;
        let link = circle.invitation().await?;
        let mut best = (f64::MAX, f64::MAX);
        for number in 0..REPEATS {
            let phone = Phone::new()?;
            let started = Instant::now();
            phone.go_online()?;
            phone.act(|device, now| device.join(&link, &format!("Newcomer {number}"), now))??;
            circle.settle(&phone).await?;
            let took = started.elapsed().as_secs_f64() * 1e3;
            best = (best.0.min(took), best.1.min(phone.traffic().down() as f64));
            phone.go_offline()?;
        }
        let what = format!("300 contacts, each written {times} times: joining");
        report.note("rewritten", &what, "ms", best.0);
        report.note("rewritten", &format!("{what}, received"), "kB", best.1 / 1000.0);
        figures.push(best);
    }
    let (once, often) = figures.first().zip(figures.last()).context("two figures")?;
    report.note("rewritten", "joining what was written ten times, to once", "times", often.0 / once.0);
    report.note("rewritten", "the same: received", "times", often.1 / once.1);
    Ok(())
}

/// Adds the contacts, or rewrites the note of each.
fn write_all(phone: &Phone, group: porchlight_wire::GroupId, round: usize) -> Result<()> {
    let list = DocumentName::contacts();
    let known = phone.act(|device, _| device.read(group, &list, contacts::all))??;
    for number in 0..CONTACTS {
        let note = format!("House with the {} blue pots; rings {round} times", number * 7 + round);
        let details = Details { name: format!("Neighbor Number {number}"), note, ..Details::default() };
        phone.act(|device, now| {
            device.edit(group, &list, now, |editor| match known.get(number) {
                Some(contact) => {
                    contacts::update(editor, &contact.id, &contact.details, details, None).map(drop)
                }
                None => contacts::add(editor, details, None).map(drop),
            })?;
            anyhow::Ok(())
        })??;
    }
    Ok(())
}
