//! Starts a server, keeps it running, and ends it cleanly.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{interval, sleep, timeout};

use crate::data::{DataDirectory, DataError, DirectoryLock};
use crate::hub::Hub;
use crate::identity::{Identity, IdentityError};
use crate::log::{self, Founding, Log};
use crate::node::Node;
use crate::reader::Readers;
use crate::room::Rooms;
use crate::rosters::Rosters;
use crate::store::{Fact, ReadStore, SqliteCheckpointer, SqliteStore, Store, StoreError};
use crate::tally::Tally;
use crate::tls::{TlsError, TlsFiles};
use crate::writer::Writer;
use crate::{clock, http, limits, token};

/// How a server is started.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Where its data is.
    pub(crate) data: PathBuf,
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// With which certificate, if it speaks TLS itself.
    pub(crate) tls: Option<TlsFiles>,
    /// Who may make groups.
    pub(crate) founding: Founding,
    /// The address that people reach it by, where it is not the one it listens on.
    pub(crate) address: Option<String>,
    /// For how many days Entries are kept after a Snapshot that stands for them was endorsed.
    pub(crate) keep_days: u64,
}

/// Runs a server until it is told to stop.
pub(crate) async fn serve(options: Options) -> Result<(), ServeError> {
    // From the first line on that is printed, a signal ends the server cleanly.
    let signals = Signals::listen().map_err(ServeError::Signals)?;
    let tls = options.tls.as_ref().map(TlsFiles::load).transpose()?.map(RustlsConfig::from_config);
    let directory = DataDirectory::create(&options.data)?;
    let lock = directory.lock()?;
    if directory.server_key().exists() && !directory.database().exists() {
        eprintln!(
            "porchlight: {} has a key and no database: this begins with an empty one, which phones fill from what they \
             have. If you have a backup, stop this server and put its porchlight.sqlite there.",
            options.data.display()
        );
    }
    let (mut store, identity) = open(&directory)?;
    let listener = listen(options.listen)?;
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    let bound = format!("{scheme}://{}", listener.local_addr().map_err(ServeError::Listener)?);
    say(&format!("listening on {bound}\n"))?;
    let address = options.address.clone().unwrap_or_else(|| reachable(&bound, options.listen.ip()));
    let link = greet(&mut store, &identity, &options, address.trim_end_matches('/'))?;
    let only_here = reaches_only_this_machine(&address);
    warn_of_jump(&store, &options)?;

    let (stop, stopping) = watch::channel(false);
    let checkpointer = store.checkpointer()?;
    let (node, writer) = start(store, Arc::new(identity), &options, stopping)?;
    say(&link)?;
    if only_here {
        say(
            "This address leads every phone to itself: with it you can try Porchlight on this machine. Before you \
             invite others, start it with --url and the address that they reach.\n",
        )?;
    }
    let handle = Handle::new();
    let routes = http::routes(Arc::clone(&node)).into_make_service_with_connect_info::<SocketAddr>();
    let mut server = axum_server::from_tcp(listener)
        .map_err(ServeError::Listener)?
        .handle(handle.clone())
        .first_request_timeout(limits::FIRST_REQUEST_WITHIN);
    let mut http = server.http_builder().http1();
    http.header_read_timeout(limits::FIRST_REQUEST_WITHIN).max_buf_size(limits::READ_BUFFER);

    let ticking = tokio::spawn(tick(node.writer.clone()));
    let tidying = tokio::spawn(tidy(node.writer.clone(), checkpointer));
    let stopper = tokio::spawn(signals.obey(options.tls.clone().zip(tls.clone()), handle, stop));
    let served = match tls {
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls).acceptor(NoDelayAcceptor::new());
            server.acceptor(acceptor).serve(routes).await
        }
        None => server.acceptor(NoDelayAcceptor::new()).serve(routes).await,
    };
    for task in [ticking, tidying] {
        task.abort();
        let _ = task.await;
    }
    stopper.abort();
    finish(node, writer, lock).await;
    served.map_err(ServeError::Listener)
}

/// Opens store and key; a missing key beside a database is an error, not a reason to make another.
pub(crate) fn open(directory: &DataDirectory) -> Result<(SqliteStore, Identity), ServeError> {
    let has_database = directory.database().exists();
    let identity = match Identity::load(&directory.server_key()) {
        Err(IdentityError::Missing) if !has_database => Identity::create(&directory.server_key())?,
        loaded => loaded?,
    };
    let store = SqliteStore::open(&directory.database()).map_err(|error| match error {
        StoreError::Sqlite(fault) if is_damage(&fault) => {
            ServeError::DamagedDatabase(fault.to_string(), directory.path().to_owned())
        }
        other => other.into(),
    })?;
    Ok((store, identity))
}

fn is_damage(fault: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(fault.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let listener = TcpListener::bind(address).map_err(|error| ServeError::CannotListen(address, error))?;
    listener.set_nonblocking(true).map_err(ServeError::Listener)?;
    Ok(listener)
}

/// What the operator reads after the first line: a link to begin with, or how to get one.
fn greet(
    store: &mut SqliteStore,
    identity: &Identity,
    options: &Options,
    address: &str,
) -> Result<String, ServeError> {
    let first = store.fact(Fact::Address)?.is_none();
    store.begin()?;
    store.put_fact(Fact::Address, address.as_bytes())?;
    store.commit()?;
    let data = options.data.display();
    Ok(match options.founding {
        Founding::Token if first => {
            let expires = clock::now().plus_millis(token::DAYS * token::DAY_MILLIS);
            let token = token::make(store, &identity.public(), expires, token::USES)?;
            let shown = token::show(&token::link(address, &token));
            format!(
                "\nTo make the first group, open this link or scan it (good for {} days):\n{shown}",
                token::DAYS
            )
        }
        Founding::Token => {
            format!("for a link that lets somebody make groups: porchlight token --data {data}\n")
        }
        Founding::Open => format!("everybody may make groups at {address}/\n"),
        Founding::Closed => "this server takes no new groups\n".to_owned(),
    })
}

/// An address that a link can have: one that listens everywhere is at least here.
fn reachable(bound: &str, ip: IpAddr) -> String {
    if ip.is_unspecified() {
        let here = Ipv4Addr::LOCALHOST.to_string();
        return bound.replace("0.0.0.0", &here).replace("[::]", &here);
    }
    bound.to_owned()
}

/// Whether an address is one that every device has for itself.
fn reaches_only_this_machine(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let name =
        host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    let ip = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    ip.map_or_else(|_| name.eq_ignore_ascii_case("localhost"), |ip| ip.is_loopback())
}

fn warn_of_jump(store: &SqliteStore, options: &Options) -> Result<(), ServeError> {
    if log::clock_jumped(store.fact(Fact::ClockSeen)?, clock::now())? {
        eprintln!(
            "porchlight: this machine's clock is more than a day away from when the server last ran. Nothing is \
             accepted until you have checked it and said: porchlight confirm-clock --data {}",
            options.data.display()
        );
    }
    Ok(())
}

fn start(
    store: SqliteStore,
    identity: Arc<Identity>,
    options: &Options,
    stopping: watch::Receiver<bool>,
) -> Result<(Arc<Node>, JoinHandle<()>), ServeError> {
    let mut readers = Vec::new();
    for _ in 0..limits::READERS {
        readers.extend(store.reader()?);
    }
    let (rosters, hub) = (Arc::new(Rosters::default()), Arc::new(Hub::default()));
    let store_id = store.store_id();
    let founding = options.founding;
    let mut log = Log::new(store, Arc::clone(&identity), Arc::clone(&rosters), founding)?;
    log.keep_for(options.keep_days * limits::DAY_MILLIS);
    let (writer, thread) = Writer::start(log, Arc::clone(&hub)).map_err(ServeError::Thread)?;
    let node = Node {
        readers: Arc::new(Readers::new(readers, Arc::clone(&identity), rosters)),
        identity,
        store: store_id,
        founding,
        hub,
        writer,
        stopping,
        connections: AtomicU64::new(0),
        visitors: Mutex::new(HashMap::new()),
        rooms: Rooms::default(),
        asked: Mutex::new(Tally::default()),
        data: options.data.clone(),
    };
    Ok((Arc::new(node), thread))
}

async fn tick(writer: Writer) {
    let mut every = interval(limits::CLOCK_NOTE_EVERY);
    loop {
        every.tick().await;
        writer.tick().await;
    }
}

/// Brings the database file up to date a moment after commits, outside the writer.
async fn tidy(writer: Writer, mut checkpointer: Option<SqliteCheckpointer>) {
    while let Some(connection) = checkpointer {
        writer.committed.notified().await;
        sleep(limits::CHECKPOINT_AFTER).await;
        let checkpoint = tokio::task::spawn_blocking(move || {
            if let Err(failure) = connection.checkpoint() {
                eprintln!("porchlight: the database file is not up to date, only its log: {failure}");
            }
            connection
        });
        checkpointer = checkpoint.await.ok();
    }
}

/// What the operator may tell a running server.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// SIGTERM and SIGINT stop the server; SIGHUP reads a renewed certificate.
    async fn obey(
        mut self,
        tls: Option<(TlsFiles, RustlsConfig)>,
        handle: Handle<SocketAddr>,
        stop: watch::Sender<bool>,
    ) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => break,
                _ = self.interrupt.recv() => break,
                _ = self.hangup.recv() => tls.iter().for_each(renew),
            }
        }
        let _ = stop.send(true);
        handle.graceful_shutdown(Some(limits::STOP_WITHIN));
        // The sender lives on, because connections still read from it.
        stop.closed().await;
    }
}

fn renew((files, config): &(TlsFiles, RustlsConfig)) {
    match files.reload(config) {
        Ok(()) => eprintln!("porchlight: reads the renewed certificate"),
        Err(error) => eprintln!("porchlight: keeps the old certificate: {error}"),
    }
}

/// Lets connections say goodbye, lets what was ordered reach the disk, and closes the store.
async fn finish(node: Arc<Node>, writer: JoinHandle<()>, lock: DirectoryLock) {
    // Every connection holds the node.
    let alone = async {
        while Arc::strong_count(&node) > 1 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let _ = timeout(limits::STOP_WITHIN, alone).await;
    // Readers go first: the last to close the database leaves it in one file.
    let messages = node.writer.clone();
    drop(node);
    messages.stop().await;
    let joined = tokio::task::spawn_blocking(move || writer.join());
    if !matches!(timeout(limits::STOP_WITHIN, joined).await, Ok(Ok(Ok(())))) {
        eprintln!(
            "porchlight: stopped before everything was written; nothing of that was confirmed to anybody"
        );
    }
    drop(lock);
}

fn say(text: &str) -> Result<(), ServeError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(ServeError::Output)
}

/// Why a server does not start. Each is one line for the operator.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    /// The data directory.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The key.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Put a backup back.
    #[error("the database is damaged ({}); what to do: porchlight check --data {}", .0, .1.display())]
    DamagedDatabase(String, PathBuf),
    /// The certificate or its key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Another program has the address, or it is not this machine's.
    #[error("cannot listen on {0}: {1}")]
    CannotListen(SocketAddr, #[source] io::Error),
    /// The operating system.
    #[error("cannot accept connections: {0}")]
    Listener(#[source] io::Error),
    /// The operating system.
    #[error("cannot listen to signals: {0}")]
    Signals(#[source] io::Error),
    /// The operating system.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
    /// Whoever started the server does not listen to it.
    #[error("cannot print: {0}")]
    Output(#[source] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_lead_every_phone_to_itself_are_known() {
        for address in ["http://127.0.0.1:8080", "http://localhost/", "https://[::1]:9", "http://127.9.0.1"] {
            assert!(reaches_only_this_machine(address), "{address}");
        }
        for address in ["https://porch.example.org", "http://192.168.1.7:8080", "https://[2001:db8::1]:443/"]
        {
            assert!(!reaches_only_this_machine(address), "{address}");
        }
    }
}
