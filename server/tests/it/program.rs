//! Starts and ends the program `porchlight`.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use data_encoding::BASE64URL_NOPAD;
use rustix::process::{Pid, Signal, kill_process};

/// A running server; killed when dropped.
pub(crate) struct Program {
    child: Child,
    out: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

impl Program {
    pub(crate) fn start(data: &Path, more: &[&str]) -> Self {
        let mut child = command(&["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        // Whatever fails from here on, the child is killed.
        let mut program = Self { child, out, address: SocketAddr::from(([0; 4], 0)) };
        let mut line = String::new();
        program.out.read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap_or_else(|| panic!("printed {line:?}"));
        program.address = url.split_once("://").unwrap().1.parse().unwrap();
        program
    }

    /// The link of a first start, as far as its token.
    pub(crate) fn token(&mut self) -> Vec<u8> {
        let mut line = String::new();
        while !line.contains("/#/start/") {
            line.clear();
            assert_ne!(self.out.read_line(&mut line).unwrap(), 0, "no link was printed");
        }
        token_in(&line)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end; whether it was a clean one.
    pub(crate) fn ended_well(mut self) -> bool {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str], data: &Path) -> Output {
    command(arguments).arg("--data").arg(data).output().unwrap()
}

/// The secret part of the token in a link.
pub(crate) fn token_in(text: &str) -> Vec<u8> {
    let (_, token) = text.split_once("/#/start/").unwrap();
    let token: String =
        token.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    BASE64URL_NOPAD.decode(token.as_bytes()).unwrap()[32..].to_vec()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_porchlight"));
    command.args(arguments);
    command
}
