//! A server: the real log and store, and the loop around them. What waits is committed together, and whoever waits is
//! told afterwards; between any two of these it may be killed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use porchlight_server::identity::Identity;
use porchlight_server::log::{Committed, Founding, Log, Order, confirm};
use porchlight_server::rosters::Rosters;
use porchlight_server::store::SqliteStore;
use porchlight_wire::Timestamp;

/// A server.
pub(crate) struct Host {
    pub(crate) url: String,
    pub(crate) identity: Arc<Identity>,
    pub(crate) rosters: Arc<Rosters>,
    /// The log while it runs.
    pub(crate) log: Option<Log<SqliteStore>>,
    pub(crate) file: PathBuf,
    /// What waits to be committed, by line.
    pub(crate) waiting: Vec<(u64, Order)>,
    /// What was committed and nobody was told of yet.
    pub(crate) told: Vec<(Vec<u64>, Committed)>,
    /// Killed after so many further commits.
    pub(crate) kill: Option<Killing>,
    /// How far its clock is from the true one, in milliseconds.
    pub(crate) clock: i64,
    /// Whether its database was ever replaced by an older one.
    pub(crate) went_back: bool,
}

/// How a server is to be killed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Killing {
    pub(crate) commits: u8,
    /// Whether the last commit is still told.
    pub(crate) told: bool,
    /// How long it stays off.
    pub(crate) millis: u64,
}

impl Host {
    pub(crate) fn new(url: &str, seed: u8, file: PathBuf) -> Self {
        Self {
            url: url.to_owned(),
            identity: Arc::new(Identity::from_secret(&[seed; 32])),
            rosters: Arc::new(Rosters::default()),
            log: None,
            file,
            waiting: Vec::new(),
            told: Vec::new(),
            kill: None,
            clock: 0,
            went_back: false,
        }
    }

    /// Starts it from its database.
    pub(crate) fn start(&mut self, now: Timestamp) {
        self.log = None;
        self.rosters = Arc::new(Rosters::default());
        let mut store = SqliteStore::open(&self.file).unwrap();
        // Its operator looks at the clock when starting it.
        confirm(&mut store, self.time(now)).unwrap();
        let log = Log::new(store, Arc::clone(&self.identity), Arc::clone(&self.rosters), Founding::Open);
        self.log = Some(log.unwrap());
    }

    /// Ends it as a power cut does.
    pub(crate) fn stop(&mut self) {
        self.log = None;
        self.waiting.clear();
        self.told.clear();
        self.kill = None;
    }

    pub(crate) fn time(&self, now: Timestamp) -> Timestamp {
        Timestamp::from_millis(now.millis().saturating_add_signed(self.clock))
    }

    /// Copies its database; it must not run meanwhile.
    pub(crate) fn copy_to(&self, to: &Path) {
        std::fs::copy(&self.file, to).unwrap();
    }
}
