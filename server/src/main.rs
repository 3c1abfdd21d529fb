//! The command `porchlight`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match porchlight_server::command::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("porchlight: {error}");
            ExitCode::FAILURE
        }
    }
}
