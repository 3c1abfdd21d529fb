//! Many phones in one process: the real Device behind real sockets, with its disk in memory.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use futures_util::{SinkExt, StreamExt};
use porchlight_device::{Device, Input, LinkId, Output, Write};
use porchlight_wire::Timestamp;
use porchlight_wire::frame::ClientFrame;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::counted::{Counted, Traffic};

/// How long anything may take before the measurement gives up.
const PATIENCE: Duration = Duration::from_secs(300);

/// One phone. Clones are the same phone.
#[derive(Clone)]
pub struct Phone {
    state: Arc<Mutex<State>>,
    /// Counts what happened to the device, so that waiting costs nothing.
    happened: watch::Sender<u64>,
    wake: watch::Sender<Option<Timestamp>>,
    traffic: Arc<Traffic>,
}

struct State {
    device: Device,
    disk: BTreeMap<Vec<u8>, Vec<u8>>,
    links: BTreeMap<LinkId, mpsc::UnboundedSender<Vec<u8>>>,
    network: Network,
    trips: Trips,
}

/// Whether the phone may use the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    /// Connects when the device wants to.
    On,
    /// Every connection fails at once.
    Off,
}

/// Counts how often the phone had to hear from the server before it could go on. What it hands in meanwhile is not
/// counted: nothing waits for that.
#[derive(Debug, Default)]
struct Trips {
    count: u64,
    heard: bool,
}

impl Phone {
    /// A phone that has never been used, without network.
    pub fn new() -> Result<Phone> {
        Phone::with(BTreeMap::new())
    }

    /// The same phone after a restart: its disk, and nothing of what was in memory.
    pub fn restarted(&self) -> Result<Phone> {
        Phone::with(self.lock().disk.clone())
    }

    fn with(disk: BTreeMap<Vec<u8>, Vec<u8>>) -> Result<Phone> {
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy).map_err(|error| anyhow!("no randomness: {error}"))?;
        let stored = disk.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let device = Device::open(stored, entropy, now()?)?;
        let trips = Trips::default();
        let state = State { device, disk, links: BTreeMap::new(), network: Network::Off, trips };
        let phone = Phone {
            state: Arc::new(Mutex::new(state)),
            happened: watch::channel(0).0,
            wake: watch::channel(None).0,
            traffic: Arc::default(),
        };
        phone.act(|_, _| ())?;
        tokio::spawn(phone.clone().ticks());
        Ok(phone)
    }

    /// Does something to the device, and carries out what follows from it.
    pub fn act<T>(&self, f: impl FnOnce(&mut Device, Timestamp) -> T) -> Result<T> {
        let mut state = self.lock();
        let done = f(&mut state.device, now()?);
        self.drain(&mut state);
        drop(state);
        self.happened.send_modify(|count| *count += 1);
        Ok(done)
    }

    /// Waits until something is true of the device.
    pub async fn until(&self, what: &str, mut is_so: impl FnMut(&mut Device) -> bool) -> Result<()> {
        let mut happened = self.happened.subscribe();
        let wait = async {
            loop {
                happened.borrow_and_update();
                if is_so(&mut self.lock().device) {
                    return Ok(());
                }
                happened.changed().await.context("the phone is gone")?;
            }
        };
        match timeout(PATIENCE, wait).await {
            Ok(done) => done,
            Err(_) => Err(anyhow!("{what} took too long: {:?}", self.lock().device.groups())),
        }
    }

    /// Switches the network on: the device connects at once.
    pub fn go_online(&self) -> Result<()> {
        self.lock().network = Network::On;
        self.act(|device, now| device.connect(now))
    }

    /// Switches the network off: connections are gone without a word.
    pub fn go_offline(&self) -> Result<()> {
        let links = {
            let mut state = self.lock();
            state.network = Network::Off;
            std::mem::take(&mut state.links)
        };
        for link in links.into_keys() {
            self.feed(Input::Closed { link, reason: "no network".to_owned() })?;
        }
        Ok(())
    }

    /// What went over its connections so far.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// How often it had to wait for an answer so far.
    pub fn round_trips(&self) -> u64 {
        self.lock().trips.count
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn feed(&self, input: Input) -> Result<()> {
        if matches!(input, Input::Received { .. }) {
            self.lock().trips.heard = true;
        }
        self.act(|device, now| device.handle(input, now))
    }

    fn drain(&self, state: &mut State) {
        while let Some(output) = state.device.poll_output() {
            match output {
                Output::Persist(writes) | Output::Keep(writes) => {
                    writes.into_iter().for_each(|write| match write {
                        Write::Put { key, value } => drop(state.disk.insert(key, value)),
                        Write::Delete { key } => drop(state.disk.remove(&key)),
                    })
                }
                Output::Connect { link, url } => self.connect(state, link, url),
                Output::Send { link, frame } => {
                    let hands_in = matches!(ClientFrame::decode(&frame), Ok(Some(ClientFrame::Append(_))));
                    if !hands_in && std::mem::take(&mut state.trips.heard) {
                        state.trips.count += 1;
                    }
                    if let Some(link) = state.links.get(&link) {
                        let _closed = link.send(frame);
                    }
                }
                Output::Close { link } => drop(state.links.remove(&link)),
                Output::WakeAt(time) => drop(self.wake.send_replace(Some(time))),
                Output::Event(_) => {}
            }
        }
    }

    fn connect(&self, state: &mut State, link: LinkId, url: String) {
        if state.network == Network::Off {
            if let Ok(now) = now() {
                state.device.handle(Input::Closed { link, reason: "no network".to_owned() }, now);
            }
            return;
        }
        let (orders, frames) = mpsc::unbounded_channel();
        state.links.insert(link, orders);
        let phone = self.clone();
        tokio::spawn(async move {
            let reason = match phone.carry(link, &url, frames).await {
                Ok(()) => "the server closed it".to_owned(),
                Err(error) => error.to_string(),
            };
            let known = phone.lock().links.remove(&link).is_some();
            if known {
                let _stopped = phone.feed(Input::Closed { link, reason });
            }
        });
    }

    /// Carries frames until the server or the device ends the link.
    async fn carry(
        &self,
        link: LinkId,
        url: &str,
        mut frames: mpsc::UnboundedReceiver<Vec<u8>>,
    ) -> Result<()> {
        let address: SocketAddr = url.trim_start_matches("http://").parse()?;
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let stream = Counted::new(tcp, Arc::clone(&self.traffic));
        let (mut socket, _) = client_async(format!("ws://{address}/sync"), stream).await?;
        self.feed(Input::Opened { link })?;
        loop {
            tokio::select! {
                frame = frames.recv() => match frame {
                    Some(frame) => socket.feed(Message::Binary(frame.into())).await?,
                    None => return Ok(()),
                },
                message = socket.next() => match message {
                    Some(Ok(Message::Binary(frame))) => self.feed(Input::Received { link, frame: frame.to_vec() })?,
                    Some(Ok(Message::Close(_))) | None => return Ok(()),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error.into()),
                },
            }
            while let Ok(frame) = frames.try_recv() {
                socket.feed(Message::Binary(frame.into())).await?;
            }
            socket.flush().await?;
        }
    }

    /// Feeds the ticks that the device asks for.
    async fn ticks(self) {
        let mut wake = self.wake.subscribe();
        loop {
            let due = *wake.borrow_and_update();
            let rest = match (due, now()) {
                (Some(due), Ok(now)) => Duration::from_millis(due.since(now)),
                _ => PATIENCE,
            };
            let waits = async {
                // What is due now is done once what has arrived was taken in, as in the app, and not a millisecond later.
                if rest.is_zero() { yield_now().await } else { sleep(rest).await }
            };
            tokio::select! {
                () = waits => if due.is_some() {
                    self.wake.send_replace(None);
                    let _stopped = self.feed(Input::Tick);
                },
                changed = wake.changed() => if changed.is_err() { return },
            }
        }
    }
}

fn now() -> Result<Timestamp> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_millis(u64::try_from(since.as_millis())?))
}
