//! A real server in a temporary folder, on a free port, with everything it prints.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Context, Result, bail, ensure};

use crate::hardship::{self, Hardship};
use crate::{programs, wait};

/// A running `porchlight serve`. It is killed when it is dropped.
pub struct Server {
    child: Child,
    data: PathBuf,
    address: SocketAddr,
    printed: Printed,
}

/// Lines that the program printed so far, on both outputs.
type Printed = Arc<Mutex<Vec<String>>>;

impl Server {
    /// Starts a server on a free port of this machine, with its data in `data`.
    pub fn start(data: &Path) -> Result<Server> {
        Server::start_with(data, "127.0.0.1:0".parse()?, &[])
    }

    /// Starts a server on `listen` with further arguments.
    pub fn start_with(data: &Path, listen: SocketAddr, arguments: &[&str]) -> Result<Server> {
        Server::start_under(data, listen, arguments, Hardship::None)
    }

    /// Starts a server again where this one was: same data, same port.
    pub fn start_again(&self) -> Result<Server> {
        self.start_again_under(Hardship::None)
    }

    /// Starts a server again where this one was, under a hardship.
    pub fn start_again_under(&self, hardship: Hardship) -> Result<Server> {
        Server::start_under(&self.data, self.address, &[], hardship)
    }

    fn start_under(
        data: &Path,
        listen: SocketAddr,
        arguments: &[&str],
        hardship: Hardship,
    ) -> Result<Server> {
        let mut child = hardship::command(&programs::porchlight()?, hardship)?
            .arg("serve")
            .arg("--data")
            .arg(data)
            .args(["--listen", &listen.to_string()])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let printed = Printed::default();
        collect(child.stdout.take().context("no output")?, &printed);
        collect(child.stderr.take().context("no error output")?, &printed);
        let mut server = Server { child, data: data.to_owned(), address: listen, printed };
        server.address = server.wait_until_it_listens()?;
        Ok(server)
    }

    /// The address people would open.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder of its database.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The process id, to read its memory and processor time.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The token of the link that the first start prints.
    pub fn token(&self) -> Result<String> {
        wait::until("the link with the token", || Ok(self.printed_token()))
    }

    /// Everything it printed so far.
    pub fn printed(&self) -> Vec<String> {
        self.printed.lock().map(|lines| lines.clone()).unwrap_or_default()
    }

    /// Every byte of its data folder: database, journal, whatever there is.
    pub fn stored(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for entry in fs::read_dir(&self.data)? {
            let path = entry?.path();
            if path.is_file() {
                bytes.extend(fs::read(&path).with_context(|| path.display().to_string())?);
            }
        }
        Ok(bytes)
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill().context("cannot kill the server")?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop, and waits until it did.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        signal(self.child.id(), "TERM")?;
        wait::until("the server to stop", || Ok(self.child.try_wait()?))
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    fn printed_token(&self) -> Option<String> {
        self.printed().iter().find_map(|line| {
            let (_, rest) = line.split_once("/#/start/")?;
            rest.split_whitespace().next().map(str::to_owned)
        })
    }

    fn wait_until_it_listens(&mut self) -> Result<SocketAddr> {
        wait::until("'listening on'", || {
            if let Some(line) = self.printed().iter().find(|line| line.contains("listening on ")) {
                let address = line.rsplit("//").next().unwrap_or_default().trim_end_matches('/').trim();
                return Ok(Some(address.parse().with_context(|| line.clone())?));
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}: {}", self.printed().join("\n"));
            }
            Ok(None)
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Sends a signal by name, as a person or systemd would.
pub fn signal(process: u32, name: &str) -> Result<()> {
    let status = Command::new("kill").arg(format!("-{name}")).arg(process.to_string()).status()?;
    ensure!(status.success(), "cannot send {name} to {process}");
    Ok(())
}

/// Reads lines in the background until the program closes its output.
pub(crate) fn collect(output: impl Read + Send + 'static, printed: &Printed) {
    let printed = Arc::clone(printed);
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Ok(mut lines) = printed.lock() {
                lines.push(line);
            }
        }
    });
}
