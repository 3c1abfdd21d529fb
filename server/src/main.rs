//! The command `porchlight`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match porchlight_server::command::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("porchlight: {error}");
            ExitCode::FAILURE
        }
    }
}
