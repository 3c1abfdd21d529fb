//! A Link over a WebSocket: one frame in each binary message, in both directions at once.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use porchlight_wire::limits;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::address::Address;
use crate::connection::{self, ConnectError, Stream, Trust};
use crate::link::{Order, Report, Told};

/// An open WebSocket.
pub(crate) type Socket = WebSocketStream<Box<dyn Stream>>;

/// Opens a WebSocket at the server's `/sync`.
pub(crate) async fn open(address: &Address, trust: &Trust) -> Result<Socket, OpenError> {
    let stream = connection::open(address, trust).await.map_err(OpenError::Connect)?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(limits::MAX_FRAME))
        .max_frame_size(Some(limits::MAX_FRAME));
    let upgrade = client_async_with_config(address.websocket(), stream, Some(config));
    match timeout(PATIENCE, upgrade).await {
        Ok(Ok((socket, _))) => Ok(socket),
        // Whatever it is that is in the way, a plain request may pass it.
        Ok(Err(_)) | Err(_) => Err(OpenError::Blocked),
    }
}

/// Carries frames until the WebSocket ends or the device has dropped its end.
pub(crate) async fn carry(
    socket: Socket,
    report: &Report,
    orders: mpsc::UnboundedReceiver<Order>,
) -> Result<(), BreakError> {
    report.tell(Told::Opened).await;
    let (sink, stream) = socket.split();
    // Both at once: a device that waits to send must still read, or two full pipes wait for each other.
    tokio::select! {
        broken = receive(stream, report) => Err(broken),
        sent = send(sink, orders) => sent,
    }
}

async fn receive(mut stream: SplitStream<Socket>, report: &Report) -> BreakError {
    loop {
        match timeout(SILENCE, stream.next()).await {
            Ok(Some(Ok(Message::Binary(frame)))) => report.tell(Told::Received(frame.into())).await,
            Ok(Some(Ok(Message::Text(_)))) => return BreakError::Text,
            // Pings are answered and closing is completed by the library.
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(Error::Capacity(_)))) => return BreakError::TooLarge,
            Ok(Some(Err(error))) => return error.into(),
            Ok(None) => return BreakError::Closed,
            Err(_) => return BreakError::Silent,
        }
    }
}

async fn send(
    mut sink: SplitSink<Socket, Message>,
    mut orders: mpsc::UnboundedReceiver<Order>,
) -> Result<(), BreakError> {
    let mut pulse = interval_at(Instant::now() + PULSE, PULSE);
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                // Frames that are ready together leave together.
                Some(Order::Send(frame)) if orders.is_empty() => sink.send(Message::Binary(frame.into())).await?,
                Some(Order::Send(frame)) => sink.feed(Message::Binary(frame.into())).await?,
                Some(Order::Heard) => sink.flush().await?,
                None => break,
            },
            _ = pulse.tick() => sink.send(Message::Ping(Bytes::new())).await?,
        }
    }
    // The device hung up; it expects no word of how this goes.
    let _ = timeout(FAREWELL, sink.close()).await;
    Ok(())
}

/// Why there is no WebSocket.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// No connection at all: another way would not find one either.
    Connect(ConnectError),
    /// Something is there that does not let a WebSocket through. Try by requests.
    Blocked,
}

/// Why a WebSocket ended.
#[derive(Debug, Error)]
pub(crate) enum BreakError {
    /// The network or the server went away.
    #[error("the connection broke: {0}")]
    Broken(#[from] Error),
    /// The server ended it: it stops, or was told something it refuses.
    #[error("it closed the connection")]
    Closed,
    /// Nothing came for longer than knocks take to be answered.
    #[error("it fell silent")]
    Silent,
    /// No server of ours does that.
    #[error("it sent text instead of frames")]
    Text,
    /// No server of ours does that.
    #[error("it sent too large a frame")]
    TooLarge,
}

const PATIENCE: Duration = Duration::from_secs(10);
const FAREWELL: Duration = Duration::from_secs(2);

/// How often to knock: routers forget connections that are idle for a minute or more.
const PULSE: Duration = Duration::from_secs(25);

/// Two knocks without an answer, and the server counts as gone.
const SILENCE: Duration = Duration::from_secs(65);
