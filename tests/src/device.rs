//! A real device on a computer: the command `porchlight-device` with a home folder of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::hardship::{self, Hardship};
use crate::{programs, server, wait};

/// Somebody's device. Every call runs the command once, as a person at a terminal would.
#[derive(Clone)]
pub struct Device {
    home: PathBuf,
    name: String,
    hardship: Hardship,
    by_requests: bool,
}

impl Device {
    /// A device that does not exist yet, whose home will be a folder of this name in `folder`.
    pub fn new(folder: &Path, name: &str) -> Device {
        Device {
            home: folder.join(name.to_lowercase()),
            name: name.to_owned(),
            hardship: Hardship::None,
            by_requests: false,
        }
    }

    /// The same device under a hardship.
    pub fn under(&self, hardship: Hardship) -> Device {
        Device { hardship, ..self.clone() }
    }

    /// The same device where no WebSocket comes through.
    pub fn by_requests(&self) -> Device {
        Device { by_requests: true, ..self.clone() }
    }

    /// Whose device it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it keeps everything.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Founds a group on a server.
    pub fn create_group(&self, group: &str, server: &str, token: &str) -> Result<Value> {
        self.json(&["create-group", group, "--server", server, "--token", token, "--as", &self.name])
    }

    /// Makes an invitation and returns its link.
    pub fn invite(&self) -> Result<String> {
        let answer = self.json(&["invite"])?;
        Ok(answer.get("link").and_then(Value::as_str).context("no link")?.to_owned())
    }

    /// Joins with a link.
    pub fn join(&self, link: &str) -> Result<Value> {
        self.json(&["join", link, "--as", &self.name])
    }

    /// Sends and fetches everything there is, once.
    pub fn sync(&self) -> Result<Value> {
        self.json(&["sync"])
    }

    /// All contacts, as the command lists them.
    pub fn contacts(&self) -> Result<Value> {
        self.json(&["contacts", "list"])
    }

    /// Runs a command that must succeed, and reads what it prints as JSON.
    pub fn json(&self, arguments: &[&str]) -> Result<Value> {
        let mut with_json = arguments.to_vec();
        with_json.push("--json");
        let output = self.run(&with_json)?;
        ensure!(output.status.success(), "{} {arguments:?}: {}", self.name, said(&output));
        let text = String::from_utf8(output.stdout)?;
        serde_json::from_str(&text).with_context(|| format!("not JSON: {text}"))
    }

    /// Runs a command that must succeed, and returns what it prints.
    pub fn text(&self, arguments: &[&str]) -> Result<String> {
        let output = self.run(arguments)?;
        ensure!(output.status.success(), "{} {arguments:?}: {}", self.name, said(&output));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs a command that must fail with one clear line, and returns that line.
    pub fn refused(&self, arguments: &[&str]) -> Result<String> {
        let output = self.run(arguments)?;
        ensure!(!output.status.success(), "{arguments:?} should have failed: {}", said(&output));
        let said = String::from_utf8(output.stderr)?;
        ensure!(said.trim().lines().count() == 1, "one clear line was wanted, not: {said}");
        ensure!(!said.contains("panicked"), "{said}");
        Ok(said.trim().to_owned())
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Result<Output> {
        self.command(arguments)?.output().context("cannot run the device")
    }

    /// Starts a command, to watch it or to end it early.
    pub fn start(&self, arguments: &[&str]) -> Result<Running> {
        let mut child = self.command(arguments)?.spawn().context("cannot start the device")?;
        let printed = Arc::new(Mutex::new(Vec::new()));
        server::collect(child.stdout.take().context("no output")?, &printed);
        server::collect(child.stderr.take().context("no error output")?, &printed);
        Ok(Running { child, printed })
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = hardship::command(&programs::porchlight_device()?, self.hardship)?;
        command.arg("--home").arg(&self.home).args(arguments);
        if self.by_requests {
            command.arg("--http");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }
}

/// A command of a device that is still running. It is killed when it is dropped.
pub struct Running {
    child: Child,
    printed: Arc<Mutex<Vec<String>>>,
}

impl Running {
    /// Waits for a line that holds `part`.
    pub fn wait_for(&mut self, part: &str) -> Result<String> {
        let printed = Arc::clone(&self.printed);
        let look =
            || printed.lock().ok().and_then(|lines| lines.iter().find(|line| line.contains(part)).cloned());
        wait::until(&format!("'{part}'"), || {
            if let Some(line) = look() {
                return Ok(Some(line));
            }
            match self.child.try_wait()? {
                Some(status) if look().is_none() => bail!("the device ended with {status} without '{part}'"),
                _ => Ok(None),
            }
        })
    }

    /// Ends it as a flat battery would.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill().context("cannot kill the device")?;
        self.child.wait()?;
        Ok(())
    }

    /// Whether it ended by itself, and if so whether well.
    pub fn ended(&mut self) -> Result<Option<bool>> {
        Ok(self.child.try_wait()?.map(|status| status.success()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Writes a file for a test to import, and returns its path as an argument.
pub fn file(folder: &Path, name: &str, content: &[u8]) -> Result<String> {
    let path = folder.join(name);
    std::fs::File::create(&path)?.write_all(content)?;
    Ok(path.to_string_lossy().into_owned())
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
