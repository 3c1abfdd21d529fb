//! Somebody's device for a test: each call runs the command once, as a person at a terminal would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use tempfile::TempDir;

use crate::NOWHERE;

/// Somebody's device, in a temporary folder of its own.
pub(crate) struct Device {
    folder: TempDir,
    pub(crate) home: PathBuf,
}

impl Device {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let home = folder.path().join("home");
        Self { folder, home }
    }

    /// A device on which Rosa has founded a group, with a token of a server that is off.
    pub(crate) fn founded() -> Self {
        Self::founded_with(&[])
    }

    /// The same, with the group in a time zone.
    pub(crate) fn founded_in(zone: &str) -> Self {
        Self::founded_with(&["--zone", zone])
    }

    fn founded_with(more: &[&str]) -> Self {
        let device = Self::new();
        let link = format!("{NOWHERE}/#/start/{}", BASE64URL_NOPAD.encode(&[7; 48]));
        let create = ["create-group", "Maple Street", "--token", &link, "--as", "Rosa", "--country", "US"];
        let founded = device.json(&[&create[..], more].concat());
        assert_eq!(founded["sent"], false);
        device
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_porchlight-device"));
        command.arg("--home").arg(&self.home).args(arguments).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub(crate) fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// The one line that a command complains in, and its exit code.
    pub(crate) fn refused(&self, arguments: &[&str]) -> (String, i32) {
        let output = self.run(arguments);
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(line.lines().count(), 1, "{arguments:?}: {line}");
        assert!(line.starts_with("porchlight-device: ") && line.len() < 400, "{arguments:?}: {line}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
        (line, output.status.code().unwrap())
    }

    pub(crate) fn names(&self, arguments: &[&str]) -> Vec<String> {
        let list = self.json(&[&["contacts", "list"], arguments].concat());
        let contacts = list["contacts"].as_array().unwrap();
        contacts.iter().map(|contact| contact["name"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn path(&self, name: &str) -> String {
        Path::join(self.folder.path(), name).to_string_lossy().into_owned()
    }

    pub(crate) fn file(&self, name: &str, content: &[u8]) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }
}
