//! What all connections of one server share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use porchlight_wire::{GroupId, StoreId};
use tokio::sync::watch;

use crate::clock;
use crate::hub::{Delivery, Hub, Listener};
use crate::identity::Identity;
use crate::limits;
use crate::log::{ConnectionId, Founding};
use crate::reader::{Answer, Readers, Request};
use crate::room::Rooms;
use crate::session::{Carrier, Input, Session, Terms};
use crate::store::SqliteReader;
use crate::tally::Tally;
use crate::writer::Writer;

/// One running server.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) identity: Arc<Identity>,
    pub(crate) store: StoreId,
    pub(crate) founding: Founding,
    pub(crate) hub: Arc<Hub>,
    pub(crate) readers: Arc<Readers<SqliteReader>>,
    pub(crate) writer: Writer,
    /// Becomes true when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) connections: AtomicU64,
    pub(crate) visitors: Mutex<HashMap<IpAddr, usize>>,
    pub(crate) rooms: Rooms,
    /// What strangers asked before they would move a Group here.
    pub(crate) asked: Mutex<Tally>,
    /// The folder with the database.
    pub(crate) data: PathBuf,
}

/// A connection's session with its queue.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) node: Arc<Node>,
    pub(crate) listener: Arc<Listener>,
    pub(crate) session: Session,
    listens: Vec<GroupId>,
    _visit: Visit,
}

/// One of the connections that an address may have; given back when dropped.
#[derive(Debug)]
pub(crate) struct Visit {
    node: Arc<Node>,
    address: Option<IpAddr>,
}

impl Node {
    /// Lets an address in, if it has not too many connections already.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Visit> {
        let address = (!address.is_loopback()).then(|| neighborhood(address));
        if let Some(address) = address {
            let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
            let count = visitors.entry(address).or_default();
            if *count >= limits::CONNECTIONS_PER_ADDRESS {
                return None;
            }
            *count += 1;
        }
        Some(Visit { node: Arc::clone(self), address })
    }

    /// Answers a request on a thread that may wait for the disk.
    pub(crate) async fn read(&self, request: Request) -> Option<Answer> {
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || readers.answer(&request, clock::now())).await.ok()
    }
}

impl Connection {
    /// A session that greets its peer.
    pub(crate) fn new(visit: Visit, carrier: Carrier) -> Self {
        let node = Arc::clone(&visit.node);
        let listener = Listener::new(ConnectionId(node.connections.fetch_add(1, Ordering::Relaxed)));
        let (server, store) = (node.identity.public(), node.store);
        let terms = Terms { server, store, address: visit.address, carrier };
        let session = Session::new(terms, clock::now());
        Self { node, listener, session, listens: Vec::new(), _visit: visit }
    }

    /// Gives the session the next thing from the queue; whether there was one.
    pub(crate) fn take_delivery(&mut self) -> bool {
        let Some(delivery) = self.listener.take() else { return false };
        let now = clock::now();
        match delivery {
            Delivery::Outcome(outcome) => self.session.handle(Input::Outcome(outcome), now),
            Delivery::Published(published) => self.session.handle(Input::Published(&published), now),
            Delivery::Told(group, frame) => self.session.handle(Input::Told(group, &frame), now),
            Delivery::Behind(group, position) => self.session.handle(Input::Behind(group, position), now),
        }
        true
    }

    /// Reads for the session.
    pub(crate) async fn read(&mut self, request: Request) {
        if let Some(answer) = self.node.read(request).await {
            self.session.handle(Input::Answer(answer), clock::now());
        }
    }

    pub(crate) fn listen(&mut self, group: GroupId) {
        self.node.hub.listen(group, &self.listener);
        self.listens.push(group);
    }

    pub(crate) fn leave(&mut self, group: &GroupId) {
        self.node.hub.leave(group, &self.listener);
        self.listens.retain(|other| other != group);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for group in &self.listens {
            self.node.hub.leave(group, &self.listener);
        }
    }
}

impl Visit {
    /// Where it is.
    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// From where, as far as that is counted.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.address
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut visitors = self.node.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = visitors.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                visitors.remove(&address);
            }
        }
    }
}

/// A household has a whole /64 of IPv6.
fn neighborhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address => address,
    }
}
