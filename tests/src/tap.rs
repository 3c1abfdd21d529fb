//! A wire tap: stands between devices and a server, records every byte, and can cut the line.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::Result;

/// Forwards connections to a server while it listens. The port stays open when the server is gone.
pub struct Tap {
    address: SocketAddr,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    cut: AtomicBool,
    up: Mutex<Vec<u8>>,
    down: Mutex<Vec<u8>>,
    connections: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
}

/// The two directions of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From devices to the server.
    Up,
    /// From the server to devices.
    Down,
}

impl Tap {
    /// Listens on a free port and forwards to `server`.
    pub fn on(server: SocketAddr) -> Result<Tap> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let tap = Tap { address: listener.local_addr()?, line: Arc::default() };
        let line = Arc::clone(&tap.line);
        thread::spawn(move || {
            for incoming in listener.incoming().map_while(Result::ok) {
                line.carry(incoming, server);
            }
        });
        Ok(tap)
    }

    /// The address that devices are told.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Cuts all connections and refuses new ones, like a tunnel.
    pub fn cut(&self) {
        self.line.cut.store(true, Ordering::SeqCst);
        if let Ok(mut open) = self.line.open.lock() {
            for stream in open.drain(..) {
                let _already_closed = stream.shutdown(Shutdown::Both);
            }
        }
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.line.cut.store(false, Ordering::SeqCst);
    }

    /// Every byte that went in one direction so far.
    pub fn recorded(&self, direction: Direction) -> Vec<u8> {
        self.line.record(direction).lock().map(|bytes| bytes.clone()).unwrap_or_default()
    }

    /// Connections that were carried so far.
    pub fn connections(&self) -> u64 {
        self.line.connections.load(Ordering::SeqCst)
    }
}

impl Line {
    fn carry(self: &Arc<Line>, device: TcpStream, server: SocketAddr) {
        if self.cut.load(Ordering::SeqCst) {
            return;
        }
        let Ok(upstream) = TcpStream::connect(server) else { return };
        self.connections.fetch_add(1, Ordering::SeqCst);
        for (from, to, direction) in
            [(&device, &upstream, Direction::Up), (&upstream, &device, Direction::Down)]
        {
            let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { return };
            let line = Arc::clone(self);
            thread::spawn(move || line.pump(from, to, direction));
        }
        if let Ok(mut open) = self.open.lock() {
            open.extend([device, upstream]);
        }
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream, direction: Direction) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let Some(bytes) = buffer.get(..length) else { break };
            if let Ok(mut record) = self.record(direction).lock() {
                record.extend_from_slice(bytes);
            }
            if to.write_all(bytes).is_err() {
                break;
            }
        }
        let _already_closed = to.shutdown(Shutdown::Both);
        let _already_closed = from.shutdown(Shutdown::Both);
    }

    fn record(&self, direction: Direction) -> &Mutex<Vec<u8>> {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }
}
