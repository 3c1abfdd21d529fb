//! An address book comes in: four hundred cards are read, merged by phone number, and reported row by row.
//!
//! Another file can be named: `cargo run -p porchlight-examples --bin importing -- contacts.csv`

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use porchlight_documents::contacts;
use porchlight_documents::import::{self, Choices, Options};
use porchlight_documents::{Actor, Author, Document, Kind};
use porchlight_wire::Timestamp;

const CARDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/contacts-4.0.vcf");

fn main() -> Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| CARDS.to_owned());
    let bytes = std::fs::read(&path).with_context(|| path.clone())?;
    let mut list = Document::new(Kind::Contacts);

    // Nothing is written yet: a person looks at this and chooses.
    let options = Options { country: Some("US".into()), ..Options::default() };
    let preview = import::preview(&list, &bytes, &options)?;
    println!("{} rows in {path}", preview.rows.len());

    // In a group a device does this part, with an actor of its own; one for a list alone can be any.
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let time = Timestamp::from_millis(u64::try_from(since.as_millis())?);
    let author = Author { actor: Actor::from_bytes([1; 16]), time };
    let (report, change) = list.edit(author, |editor| import::apply(editor, &preview, &Choices::new()))?;

    print!("{report}");
    println!("{} people on the list", contacts::list(&list).len());
    println!(
        "one change of {} bytes, before it is packed and sealed",
        change.map_or(0, |it| it.as_bytes().len())
    );
    Ok(())
}
