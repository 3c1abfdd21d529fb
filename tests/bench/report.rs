//! What was measured: a table for people, and `target/bench.json` for programs.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use porchlight_tests::repository;
use serde_json::{Value, json};

/// Figures in the order in which they were taken.
#[derive(Debug, Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
}

#[derive(Debug)]
struct Figure {
    workload: String,
    metric: String,
    unit: &'static str,
    value: f64,
}

impl Report {
    /// Notes a figure and prints it at once, so that a long run shows where it is.
    pub(crate) fn note(&mut self, workload: &str, metric: &str, unit: &'static str, value: f64) {
        let shown = if value.abs() < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") };
        println!("{workload:<16} {metric:<52} {shown:>12} {unit}");
        self.figures.push(Figure { workload: workload.to_owned(), metric: metric.to_owned(), unit, value });
    }

    /// Notes a length of time in milliseconds.
    pub(crate) fn note_time(&mut self, workload: &str, metric: &str, time: Duration) {
        self.note(workload, metric, "ms", time.as_secs_f64() * 1000.0);
    }

    /// Notes the median, the 99th percentile and the maximum of many lengths of time.
    pub(crate) fn note_times(&mut self, workload: &str, metric: &str, mut times: Vec<Duration>) {
        times.sort();
        for (name, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            self.note_time(workload, &format!("{metric}, {name}"), percentile(&times, share));
        }
    }

    /// Writes `target/bench.json`: a list of workload, metric, unit and value.
    pub(crate) fn write(&self) -> Result<()> {
        let figures: Vec<Value> = self
            .figures
            .iter()
            .map(|f| json!({"workload": f.workload, "metric": f.metric, "unit": f.unit, "value": f.value}))
            .collect();
        let path = repository::root().join("target/bench.json");
        fs::write(&path, serde_json::to_string_pretty(&figures)? + "\n")
            .context("cannot write bench.json")?;
        println!("\nwritten to target/bench.json");
        Ok(())
    }
}

/// The value that `share` of the sorted times do not exceed.
fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    // A rank is small and not negative.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "see above")]
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1).min(last)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let times: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 0.5), Duration::from_millis(50));
        assert_eq!(percentile(&times, 0.99), Duration::from_millis(99));
        assert_eq!(percentile(&times, 1.0), Duration::from_millis(100));
        assert_eq!(percentile(&[], 0.5), Duration::ZERO);
    }
}
