//! `bundle`: what waits here goes to somebody by hand, and what somebody brought is taken in; no server is needed.

use std::path::Path;

use porchlight_device::{BundleReport, Meeting, Scanned, to_codes};
use porchlight_wire::limits;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde::Serialize;

use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::{count, plain};
use crate::command::{Bundle, Failure, file};

/// Carries out one of the three.
pub(crate) fn run(desk: &Desk, wanted: &Bundle) -> Result<(), Failure> {
    match wanted {
        Bundle::Export { file: Some(file) } => export(desk, file),
        Bundle::Export { file: None } => show(desk, What::Waiting),
        Bundle::Open { file } => open(desk, file),
        Bundle::Greet => show(desk, What::Greeting),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Waiting,
    Greeting,
}

fn made(desk: &Desk, what: What) -> Result<(String, Vec<u8>, usize), Failure> {
    let mut runner = desk.offline()?;
    let group = desk.group(&mut runner)?;
    let bundle = runner.act(|device, now| match what {
        What::Waiting => device.export_bundle(group.group, now),
        What::Greeting => device.greeting(group.group, now),
    })??;
    let waiting = if what == What::Waiting { group.waiting } else { 0 };
    Ok((group.name, bundle, waiting + group.carried))
}

fn export(desk: &Desk, path: &Path) -> Result<(), Failure> {
    let (name, bundle, waiting) = made(desk, What::Waiting)?;
    file::write(path, &bundle)?;
    let file = Some(path.to_string_lossy().into_owned());
    desk.show(&Exported { group: name, file, bytes: bundle.len(), waiting, codes: Vec::new() })
}

fn show(desk: &Desk, what: What) -> Result<(), Failure> {
    let (group, bundle, waiting) = made(desk, what)?;
    desk.show(&Exported { group, file: None, bytes: bundle.len(), waiting, codes: to_codes(&bundle)? })
}

fn open(desk: &Desk, path: &Path) -> Result<(), Failure> {
    let bytes = file::read(path, limits::MAX_BUNDLE as u64)?;
    let bundle = scanned(&bytes)?.unwrap_or(bytes);
    let mut runner = desk.offline()?;
    let report = runner.act(|device, now| device.open_bundle(&bundle, now))??;
    let members = runner.act(|device, _| device.members(report.group))??;
    let from = members.into_iter().find(|member| Some(member.id) == report.member).map(|member| member.name);
    desk.show(&Opened::of(&report, from))
}

/// The bundle in a file of scanned codes, one in a line; none if the file is no such thing.
fn scanned(bytes: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
    let Ok(text) = core::str::from_utf8(bytes) else { return Ok(None) };
    if !text.trim_start().starts_with("PORCH/") {
        return Ok(None);
    }
    let mut scanned = Scanned::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if let Some(bundle) = scanned.add(line)? {
            return Ok(Some(bundle));
        }
    }
    let missing = count(scanned.missing() as u64, "code");
    Err(Failure::Usage(format!("{missing} of the bundle still to be scanned")))
}

#[derive(Debug, Serialize)]
struct Exported {
    group: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    bytes: usize,
    /// Changes of this device and entries of others that the server has not confirmed.
    waiting: usize,
    /// The texts of the QR codes, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    codes: Vec<String>,
}

impl Answer for Exported {
    fn text(&self) -> String {
        let what = format!(
            "{}: {} not confirmed by the server",
            plain(&self.group),
            count(self.waiting as u64, "change")
        );
        match &self.file {
            Some(file) => format!(
                "{what}\nWritten to {} ({} bytes). Anyone in the group can open it.",
                plain(file),
                self.bytes
            ),
            None => {
                let pictures: Vec<String> = self.codes.iter().map(|code| picture(code)).collect();
                format!(
                    "{}\n{what}; {} to scan, in any order",
                    pictures.join("\n"),
                    count(self.codes.len() as u64, "code")
                )
            }
        }
    }
}

#[derive(Debug, Serialize)]
struct Opened {
    group: String,
    from: Option<String>,
    added: usize,
    known: usize,
    refused: usize,
    /// "same", "behind", "ahead", "unknown" or "fork".
    meeting: &'static str,
}

impl Opened {
    fn of(report: &BundleReport, from: Option<String>) -> Self {
        let meeting = match report.meeting {
            Meeting::Same => "same",
            Meeting::Behind => "behind",
            Meeting::Ahead => "ahead",
            Meeting::Unknown => "unknown",
            Meeting::Fork(_) => "fork",
        };
        let BundleReport { group, added, known, refused, .. } = *report;
        Self { group: group.to_string(), from, added, known, refused, meeting }
    }
}

impl Answer for Opened {
    fn text(&self) -> String {
        let from = self.from.as_deref().unwrap_or("a member");
        let mut text = format!("From {}: {} new", plain(from), count(self.added as u64, "change"));
        if self.known > 0 {
            text.push_str(&format!(", {} here already", self.known));
        }
        if self.refused > 0 {
            text.push_str(&format!(", {} that did not fit", self.refused));
        }
        if self.added > 0 {
            text.push_str("\n  Shown at once; not confirmed until the server has it");
        }
        if self.meeting == "fork" {
            text.push_str("\n  Attention: the server has shown that device another history than this one");
        }
        text
    }
}

/// A code as a picture, light on dark as terminals mostly are.
fn picture(code: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(code, EcLevel::L) else { return String::new() };
    code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
}
