//! The command line of `porchlight`.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use thiserror::Error;

use crate::care::CareError;
use crate::data::{DataDirectory, DataError};
use crate::log::{self, Founding};
use crate::serve::{self, Options, ServeError};
use crate::store::{Fact, ReadStore, Store, StoreError};
use crate::tls::TlsFiles;
use crate::{care, clock, limits, token};

/// A sync server for neighborhood groups. It orders, keeps and forwards what it cannot read.
#[derive(Debug, Parser)]
#[command(name = "porchlight", version, arg_required_else_help = true)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run the server.
    Serve(Serve),
    /// Print a fresh link that lets somebody make groups.
    Token(MakeToken),
    /// Say that this machine's clock is right, after it jumped by more than a day.
    ConfirmClock(Data),
    /// Copy the database and the key into a folder, while the server runs or not.
    Backup(MakeBackup),
    /// Say how the server is, when the last backup was, and what to do; ends with 1 if there is something to do.
    Check(Data),
}

#[derive(Debug, Args)]
struct Data {
    /// The folder that holds the server's data.
    #[arg(long, value_name = "DIR", default_value = "./porchlight-data")]
    data: PathBuf,
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    data: Data,
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = listening)]
    listen: SocketAddr,
    /// Certificate chain in PEM form, to speak TLS without a proxy.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key in PEM form.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Who may make groups on this server.
    #[arg(long, value_enum, default_value = "token")]
    groups: Groups,
    /// The address that people use, such as https://porch.example, if it is not the one listened on.
    #[arg(long, value_name = "URL", value_parser = address)]
    url: Option<String>,
    /// For how many days entries are kept after a snapshot that stands for them was endorsed.
    #[arg(long, value_name = "DAYS", default_value_t = limits::KEEP_DAYS, value_parser = clap::value_parser!(u64).range(0..=3650))]
    keep_days: u64,
}

#[derive(Debug, Args)]
struct MakeBackup {
    #[command(flatten)]
    data: Data,
    /// The folder for the copy; an earlier backup in it is replaced once the new one is there and sound.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Groups {
    /// Whoever has a token.
    Token,
    /// Everybody who reaches the server.
    Open,
    /// Nobody.
    Closed,
}

#[derive(Debug, Args)]
struct MakeToken {
    #[command(flatten)]
    data: Data,
    /// For how many days it is good.
    #[arg(long, default_value_t = token::DAYS, value_parser = clap::value_parser!(u64).range(1..=3650))]
    days: u64,
    /// How many groups it may make.
    #[arg(long, default_value_t = token::USES, value_parser = clap::value_parser!(u32).range(1..))]
    uses: u32,
    /// Make all earlier tokens useless.
    #[arg(long)]
    revoke_others: bool,
    /// The address that people use; without it, the one that the server was last started with.
    #[arg(long, value_name = "URL", value_parser = address)]
    url: Option<String>,
}

/// Runs the command that this process was started with.
pub fn run() -> Result<ExitCode, CommandError> {
    match Command::parse().what {
        What::Serve(options) => {
            raise_file_limit();
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .max_blocking_threads(16)
                .enable_all()
                .build()
                .map_err(CommandError::Runtime)?;
            runtime.block_on(serve::serve(options.into()))?;
        }
        What::Token(options) => make_token(options)?,
        What::ConfirmClock(Data { data }) => {
            let (mut store, _) = serve::open(&DataDirectory::existing(&data)?)?;
            log::confirm(&mut store, clock::now())?;
            println!("the clock is confirmed");
        }
        What::Backup(MakeBackup { data, to }) => {
            println!("{}", care::back_up(&data.data, &to, clock::now())?);
        }
        What::Check(Data { data }) => {
            let health = care::look(&data, clock::now())?;
            println!("{health}");
            return Ok(if health.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl From<Serve> for Options {
    fn from(options: Serve) -> Self {
        let tls = options.tls_cert.zip(options.tls_key);
        Self {
            data: options.data.data,
            listen: options.listen,
            tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
            founding: match options.groups {
                Groups::Token => Founding::Token,
                Groups::Open => Founding::Open,
                Groups::Closed => Founding::Closed,
            },
            address: options.url,
            keep_days: options.keep_days,
        }
    }
}

fn make_token(options: MakeToken) -> Result<(), CommandError> {
    let (mut store, identity) = serve::open(&DataDirectory::existing(&options.data.data)?)?;
    let known = store.fact(Fact::Address)?.and_then(|address| String::from_utf8(address).ok());
    let address = options.url.or(known).ok_or(CommandError::NoAddress)?;
    if options.revoke_others {
        store.begin()?;
        store.clear_tokens()?;
        store.commit()?;
    }
    let expires = clock::now().plus_millis(options.days.saturating_mul(token::DAY_MILLIS));
    let token = token::make(&mut store, &identity.public(), expires, options.uses)?;
    let groups =
        if options.uses == 1 { "one group".to_owned() } else { format!("up to {} groups", options.uses) };
    let days = if options.days == 1 { "a day".to_owned() } else { format!("{} days", options.days) };
    println!("This link lets somebody make {groups} within {days}:");
    print!("{}", token::show(&token::link(address.trim_end_matches('/'), &token)));
    Ok(())
}

/// Names are not looked up: what a server listens on must not change with a name server's answer.
fn listening(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "give an IP address and a port, such as 127.0.0.1:8080 for this machine only, 0.0.0.0:8080 for all networks, \
         or [::]:8080 with IPv6"
            .to_owned()
    })
}

fn address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['#', '?', ' ']) => Ok(text.to_owned()),
        _ => Err("an address begins with https:// or http:// and has neither ? nor #".to_owned()),
    }
}

/// Every connection is an open file, and many systems start a program with room for 1,024.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if setrlimit(Resource::Nofile, raised).is_err() {
        eprintln!("porchlight: cannot raise the number of connections above {:?}", limit.current);
    }
}

/// Why the command failed, in one line.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The data directory.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A backup, or a look at the server.
    #[error(transparent)]
    Care(#[from] CareError),
    /// The server.
    #[error("{0}")]
    Serve(Box<dyn std::error::Error>),
    /// Give `--url`.
    #[error("the server was never started, so its address is not known; give --url")]
    NoAddress,
    /// The operating system.
    #[error("cannot start: {0}")]
    Runtime(#[source] io::Error),
}

impl From<ServeError> for CommandError {
    fn from(error: ServeError) -> Self {
        Self::Serve(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_has_its_defaults() {
        Command::command().debug_assert();
        let What::Serve(serve) = Command::try_parse_from(["porchlight", "serve"]).unwrap().what else {
            panic!()
        };
        let options = Options::from(serve);
        assert_eq!(options.data, PathBuf::from("./porchlight-data"));
        assert_eq!(options.listen, SocketAddr::from(([127, 0, 0, 1], 8080)));
        assert_eq!(options.founding, Founding::Token);
        assert!(Command::try_parse_from(["porchlight", "serve", "--tls-cert", "a"]).is_err());
        assert!(Command::try_parse_from(["porchlight", "serve", "--url", "porch.example"]).is_err());
        for listen in ["8080", "localhost:8080"] {
            let refused = Command::try_parse_from(["porchlight", "serve", "--listen", listen]).unwrap_err();
            assert!(refused.to_string().contains("127.0.0.1:8080"), "{refused}");
        }
    }
}
