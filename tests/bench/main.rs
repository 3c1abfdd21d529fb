//! Measures a real server on loopback with real devices; prints a table and writes `target/bench.json`.
//!
//! `make bench` runs all workloads; `make bench WORKLOADS="fanout idle"` some of them. Devices keep their disk in
//! memory, so that the server and the network are what is measured. Server and devices share the machine.

mod appends;
mod catchup;
mod documents;
mod fanout;
mod idle;
mod large;
mod machine;
mod power;
mod report;
mod rewritten;
mod rush;
mod scale;
mod shown;
mod size;
mod usage;

use anyhow::{Result, bail};

use crate::report::Report;

const ALL: [&str; 12] = [
    "machine",
    "fanout",
    "catchup",
    "rush",
    "idle",
    "power",
    "large",
    "appends",
    "size",
    "documents",
    "rewritten",
    "scale",
];

#[tokio::main]
async fn main() -> Result<()> {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    if wanted.is_empty() {
        wanted = ALL.map(str::to_owned).to_vec();
    }
    let mut report = Report::default();
    for workload in wanted {
        match workload.as_str() {
            "fanout" => fanout::measure(&mut report).await?,
            "catchup" => catchup::measure(&mut report).await?,
            "rush" => rush::measure(&mut report).await?,
            "appends" => appends::measure(&mut report)?,
            "machine" => machine::measure(&mut report).await?,
            "large" => large::measure(&mut report).await?,
            "idle" => idle::measure(&mut report).await?,
            "power" => power::measure(&mut report).await?,
            "documents" => documents::measure(&mut report)?,
            "rewritten" => rewritten::measure(&mut report).await?,
            "scale" => scale::measure(&mut report)?,
            "size" => size::measure(&mut report).await?,
            other => bail!("no workload '{other}'; there are: {}", ALL.join(" ")),
        }
    }
    report.write()
}
