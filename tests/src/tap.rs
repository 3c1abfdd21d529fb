//! A wire tap: stands between devices and a server, records every byte, and can cut, crumble or silence the line.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;

/// Forwards connections to a server while it listens. The port stays open when the server is gone.
pub struct Tap {
    address: SocketAddr,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    weather: Mutex<Weather>,
    changed: Condvar,
    up: Mutex<Vec<u8>>,
    down: Mutex<Vec<u8>>,
    connections: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
}

/// How the line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    /// Everything goes through.
    #[default]
    Fair,
    /// No connection comes about, like in a tunnel.
    Cut,
    /// A connection breaks after so many bytes in one direction.
    Breaking(Direction, usize),
    /// Nothing goes through, and nobody is told: bytes wait until the weather changes.
    Silent,
    /// Bytes go through a few at a time.
    Crumbs(usize),
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
        self.line.turn(Weather::Cut);
        self.drop_connections();
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.line.turn(Weather::Fair);
    }

    /// Makes the line so for all connections, old and new.
    pub fn turn(&self, weather: Weather) {
        self.line.turn(weather);
    }

    /// Cuts all connections that there are.
    pub fn drop_connections(&self) {
        if let Ok(mut open) = self.line.open.lock() {
            for stream in open.drain(..) {
                let _already_closed = stream.shutdown(Shutdown::Both);
            }
        }
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
        if *self.weather() == Weather::Cut {
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
        let mut carried = 0;
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let Some(bytes) = buffer.get(..length) else { break };
            if let Ok(mut record) = self.record(direction).lock() {
                record.extend_from_slice(bytes);
            }
            if self.forward(bytes, &mut to, direction, carried).is_err() {
                break;
            }
            carried += length;
        }
        let _already_closed = to.shutdown(Shutdown::Both);
        let _already_closed = from.shutdown(Shutdown::Both);
    }

    /// Passes bytes on as the weather lets them; `carried`: how many this connection carried in this direction before.
    fn forward(
        &self,
        bytes: &[u8],
        to: &mut TcpStream,
        direction: Direction,
        carried: usize,
    ) -> io::Result<()> {
        match self.not_silent() {
            Weather::Breaking(on, after) if on == direction && carried + bytes.len() > after => {
                to.write_all(bytes.get(..after.saturating_sub(carried)).unwrap_or_default())?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Weather::Crumbs(size) => bytes.chunks(size.max(1)).try_for_each(|crumb| to.write_all(crumb)),
            _ => to.write_all(bytes),
        }
    }

    /// The weather, as soon as it is not [`Weather::Silent`].
    fn not_silent(&self) -> Weather {
        let weather = self.changed.wait_while(self.weather(), |weather| *weather == Weather::Silent);
        *weather.unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, weather: Weather) {
        *self.weather() = weather;
        self.changed.notify_all();
    }

    fn weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, direction: Direction) -> &Mutex<Vec<u8>> {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }
}
