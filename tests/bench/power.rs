//! W5: one device edits, another receives it, the server is cut off at once and started again; is the edit there?

use std::time::Instant;

use anyhow::Result;
use porchlight_documents::DocumentName;
use porchlight_tests::phone::Phone;
use porchlight_tests::town::{Town, arrival, write_one};

use crate::report::Report;

const TRIES: usize = 10;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    let mut town = Town::start()?;
    let circle = town.circle(2).await?;
    let link = circle.invitation().await?;
    let list = DocumentName::contacts();
    let (mut lost, mut back) = (0, Vec::new());
    for number in 0..TRIES {
        let [writer, reader] = &*circle.phones else { anyhow::bail!("two phones were wanted") };
        let change = write_one(writer, circle.group, &list, number)?;
        arrival(reader, circle.group, &list, change).await?;
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
            .act(|device, _| device.read(circle.group, &list, |document| document.contains(change)))??;
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
