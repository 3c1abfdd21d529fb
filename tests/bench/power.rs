//! W5: one device edits, another receives it, the server is cut off at once and started again; is the edit there?

use std::time::Instant;

use anyhow::Result;
use porchlight_tests::phone::Phone;
use porchlight_tests::town::{Town, arrival, numbered, write_one};

use crate::report::Report;

const TRIES: usize = 10;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let mut town = Town::start()?;
    let circle = town.circle(2).await?;
    let link = circle.invitation().await?;
    let note = numbered(0);
    let (mut lost, mut back) = (0, Vec::new());
    for number in 0..TRIES {
        let [writer, reader] = &*circle.phones else { anyhow::bail!("two phones were wanted") };
        let change = write_one(writer, circle.group, &note, number)?;
        arrival(reader, circle.group, &note, change).await?;
        town.server.kill()?;
        // The phones that have the edit are gone too: only the server can still know it.
        for phone in &circle.phones {
            phone.go_offline()?;
        }
        let started = Instant::now();
        town.server = town.server.start_again()?;
        back.push(started.elapsed());
        let witness = Phone::new()?;
        witness.go_online()?;
        witness.act(|device, now| device.join(&link, &format!("Witness {number}"), now))??;
        circle.settle(&witness).await?;
        let there = witness
            .act(|device, _| device.read(circle.group, &note, |document| document.contains(change)))??;
        lost += usize::from(!there);
        witness.go_offline()?;
        for phone in &circle.phones {
            phone.go_online()?;
        }
    }
    report.note("W5 power cut", "edits lost of 10 that another device had received", "edits", lost as f64);
    report.note_times("W5 power cut", "server start after it", back);
    Ok(())
}
