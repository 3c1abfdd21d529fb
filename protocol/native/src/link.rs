//! The outer end of one Link: a task that carries frames between the device and a server until either ends it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use porchlight_device::LinkId;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::address::{Address, AddressError};
use crate::connection::{ConnectError, Trust};
use crate::{post, websocket};

/// How this computer reaches servers.
#[derive(Clone, Debug)]
pub struct Network {
    trust: Trust,
    route: Route,
    memory: Arc<Mutex<Memory>>,
}

/// By which of the two ways frames travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Over a WebSocket, live; by requests where something in between does not let one through.
    WebSocket,
    /// By requests alone.
    Requests,
}

/// What earlier Links found out about servers. A Link starts right without it, only slower.
#[derive(Debug, Default)]
struct Memory {
    /// Where no WebSocket came through, and until when not to try.
    detours: BTreeMap<String, Instant>,
    /// The Welcome of the last answer, and until when its challenge is good.
    welcomes: BTreeMap<String, (Instant, Vec<u8>)>,
}

impl Network {
    /// Reaches servers by this route.
    pub fn new(trust: Trust, route: Route) -> Self {
        Self { trust, route, memory: Arc::default() }
    }

    /// Starts a Link; what happens on it goes to the inbox, and it ends when the result is dropped.
    pub(crate) fn connect(&self, link: LinkId, url: String, inbox: mpsc::Sender<(LinkId, Told)>) -> Link {
        let (orders, received) = mpsc::unbounded_channel();
        let (network, report) = (self.clone(), Report { link, inbox });
        let server = url.clone();
        tokio::spawn(async move {
            let ended = match network.carry(&url, &report, received).await {
                Ok(()) => Told::Done,
                Err(error) => Told::Failed(error.to_string()),
            };
            report.tell(ended).await;
        });
        Link { server, orders }
    }

    /// Carries frames until the Link ends.
    async fn carry(
        &self,
        url: &str,
        report: &Report,
        mut orders: mpsc::UnboundedReceiver<Order>,
    ) -> Result<(), LinkError> {
        let address: Address = url.parse()?;
        if self.route == Route::WebSocket && !self.has_detour(url) {
            match websocket::open(&address, &self.trust).await {
                Ok(socket) => return Ok(websocket::carry(socket, report, orders).await?),
                Err(websocket::OpenError::Connect(error)) => return Err(error.into()),
                Err(websocket::OpenError::Blocked) => {}
            }
        }
        let conversation = post::Conversation { address: &address, trust: &self.trust, report };
        let ended = conversation.hold(self.take_welcome(url), &mut orders).await?;
        self.remember(url, ended.welcome);
        if ended.left == post::Left::Nothing {
            post::rest(&mut orders).await;
        }
        Ok(())
    }

    fn has_detour(&self, url: &str) -> bool {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.detours.get(url).is_some_and(|until| Instant::now() < *until)
    }

    fn take_welcome(&self, url: &str) -> Option<Vec<u8>> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, welcome) = memory.welcomes.remove(url)?;
        (Instant::now() < until).then_some(welcome)
    }

    /// Requests went through: begin with them for a while, with the challenge that the last answer brought.
    fn remember(&self, url: &str, welcome: Vec<u8>) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        memory.detours.insert(url.to_owned(), now + DETOUR);
        memory.welcomes.insert(url.to_owned(), (now + WELCOME, welcome));
    }
}

/// The inner end of a Link; dropping it ends the Link when what was sent is on its way.
#[derive(Debug)]
pub(crate) struct Link {
    server: String,
    orders: mpsc::UnboundedSender<Order>,
}

impl Link {
    /// The base address of the server it leads to.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// Passes an order on. A Link that has ended meanwhile says so by [`Input::Closed`], so nothing is reported here.
    pub(crate) fn order(&self, order: Order) {
        // Unbounded: what a device may have under way is bounded by its outbox, which is in memory already.
        let _ = self.orders.send(order);
    }
}

/// What the device wants of a Link.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Send one frame.
    Send(Vec<u8>),
    /// The device has dealt with one more thing that the Link told it, and has said all it has to say to that.
    Heard,
}

/// What a Link's task tells.
#[derive(Debug)]
pub(crate) enum Told {
    /// It stands.
    Opened,
    /// One frame came.
    Received(Vec<u8>),
    /// It ended because all was said.
    Done,
    /// It ended, or never stood, for this reason.
    Failed(String),
}

/// Where a Link's task tells what happens.
#[derive(Debug)]
pub(crate) struct Report {
    link: LinkId,
    inbox: mpsc::Sender<(LinkId, Told)>,
}

impl Report {
    /// Waits where the device is slower than the network. A device that is gone needs no word.
    pub(crate) async fn tell(&self, told: Told) {
        let _ = self.inbox.send((self.link, told)).await;
    }
}

/// Why a Link ended. The device tries again by itself.
#[derive(Debug, Error)]
enum LinkError {
    /// Stored by some other program, or in an old version's form.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// It never stood.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It broke.
    #[error(transparent)]
    WebSocket(#[from] websocket::BreakError),
    /// A request failed.
    #[error(transparent)]
    Post(#[from] post::PostError),
}

/// How long requests are preferred where they went through and a WebSocket did not.
const DETOUR: Duration = Duration::from_secs(600);

/// How long a Welcome is used again: half of what its challenge is good for.
const WELCOME: Duration = Duration::from_millis(porchlight_wire::limits::CHALLENGE_MILLIS / 2);

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    /// Answers every GET with "forbidden", as a proxy that lets no WebSocket through, and every POST with one frame.
    async fn proxy() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (mut caller, _) = listener.accept().await.unwrap();
                let mut asked = vec![0; 4096];
                let length = caller.read(&mut asked).await.unwrap();
                let answer: &[u8] = if asked[..length].starts_with(b"POST /sync HTTP/1.1\r\n") {
                    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\0\0\0\x05hello"
                } else {
                    b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
                };
                caller.write_all(answer).await.unwrap();
            }
        });
        url
    }

    async fn hear(inbox: &mut mpsc::Receiver<(LinkId, Told)>) -> Told {
        timeout(Duration::from_secs(20), inbox.recv()).await.unwrap().unwrap().1
    }

    #[tokio::test]
    async fn where_no_websocket_comes_through_requests_are_made() {
        let url = proxy().await;
        let network = Network::new(Trust::new(None).unwrap(), Route::WebSocket);
        let (sender, mut inbox) = mpsc::channel(8);
        let link = network.connect(LinkId(1), url.clone(), sender.clone());
        assert!(matches!(hear(&mut inbox).await, Told::Opened));
        assert!(matches!(hear(&mut inbox).await, Told::Received(frame) if frame == b"hello"));
        link.order(Order::Heard);
        link.order(Order::Heard);
        // Something to say while the Link rests ends it at once: the next one says it.
        link.order(Order::Send(b"more".to_vec()));
        assert!(matches!(hear(&mut inbox).await, Told::Done));
        assert!(network.has_detour(&url), "the next Link begins with requests");
        assert_eq!(network.take_welcome(&url), Some(b"hello".to_vec()));
    }

    #[tokio::test]
    async fn an_address_that_is_none_ends_the_link_with_a_reason() {
        let network = Network::new(Trust::new(None).unwrap(), Route::WebSocket);
        let (sender, mut inbox) = mpsc::channel(8);
        let _link = network.connect(LinkId(1), "nonsense".to_owned(), sender);
        assert!(matches!(hear(&mut inbox).await, Told::Failed(reason) if reason.contains("nonsense")));
    }
}
