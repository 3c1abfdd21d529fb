//! The command `porchlight-device`: what is typed goes in, one answer or one line of complaint comes out.

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use clap::Parser;
use clap::error::{Error as UsageError, ErrorKind};

mod command;

fn main() -> ExitCode {
    let command = match command::Command::try_parse() {
        Ok(command) => command,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return finish(write!(stdout(), "{}", error.render()));
        }
        Err(error) => return complain(&usage(&error), 2),
    };
    match command.run() {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read along has enough; there is nobody to tell.
        Err(command::Failure::Unread(_)) => ExitCode::FAILURE,
        Err(failure) => complain(&failure.to_string(), failure.exit_code()),
    }
}

fn complain(what: &str, code: u8) -> ExitCode {
    let line: Vec<&str> = what.split_whitespace().collect();
    // If even this cannot be written, the exit code has to do.
    let _ = writeln!(stderr(), "porchlight-device: {}", command::plain(&line.join(" ")));
    ExitCode::from(code)
}

fn finish(written: std::io::Result<()>) -> ExitCode {
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The first paragraph of what the parser says, without anything that may be the secret of a link or token.
fn usage(error: &UsageError) -> String {
    let text = error.render().to_string();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "say what to do; 'porchlight-device --help' lists it".to_owned();
    }
    let paragraph: Vec<&str> = text.lines().take_while(|line| !line.trim().is_empty()).collect();
    let sentence = paragraph.join(" ");
    let sentence = sentence.trim_start_matches("error: ");
    format!("{}; see --help", command::without_secrets(sentence))
}
