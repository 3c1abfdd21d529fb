//! Step 10: one WebSocket, from its first frame to its last.
//! Next: `server/src/session.rs`.
//!
//! One task for each connection. It carries out what the session wants before it takes anything new in, so a peer that
//! does not read is not read from, and nothing piles up for it.

use std::io;
use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use porchlight_wire::limits::MAX_FRAME;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::block_in_place;
use tokio::time::{Instant, Sleep, sleep, timeout};

use crate::node::{Connection, Visit};
use crate::room::Sender;
use crate::session::{Action, Carrier, Input};
use crate::{clock, limits};

mod websocket;

pub(crate) use websocket::accept_key;
use websocket::{Allowance, CloseCode, Received, WebSocket, WebSocketError};

/// A frame of this size takes longer to verify than a task should keep its thread from others.
const SLOW_FRAME: usize = 16 * 1024;

/// Serves a connection until either side closes it or the server stops.
pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, visit: Visit) {
    let mut seed = [0; 32];
    if getrandom::fill(&mut seed).is_err() {
        return;
    }
    let mut connection = Connection::new(visit, Carrier::Socket(seed));
    let mut socket = WebSocket::new(stream, connection.node.rooms.enter());
    // Why a peer went away is its own affair.
    let _ = drive(&mut socket, &mut connection).await;
}

/// What a connection waits for.
enum Event {
    Stopping,
    Received(Result<Received, WebSocketError>),
    Filled,
    Behind,
    Silent,
}

async fn drive<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocket<S>,
    connection: &mut Connection,
) -> Result<(), WebSocketError> {
    let mut stopping = connection.node.stopping.clone();
    let mut silence = pin!(sleep(limits::PING_AFTER));
    let mut heard = Instant::now();
    let mut received = socket.received();
    let mut asked = false;
    loop {
        if carry_out(socket, connection).await?.is_none() {
            return Ok(());
        }
        if connection.take_delivery() {
            continue;
        }
        match next_event(socket, connection, &mut stopping, silence.as_mut()).await {
            Event::Stopping => return close(socket, CloseCode::GOING_AWAY).await,
            Event::Received(received) => {
                (heard, asked) = (Instant::now(), false);
                match received {
                    Ok(Received::Message(frame)) => take(connection, &frame),
                    Ok(Received::Ping(payload)) => write(socket.pong(payload)).await?,
                    Ok(Received::Pong) => {}
                    Ok(Received::Close) => return close(socket, CloseCode::NORMAL).await,
                    Err(error) => return refuse(socket, error).await,
                }
            }
            Event::Filled => {}
            Event::Behind => {
                if let Some(request) = connection.session.next_read() {
                    connection.read(request).await;
                }
            }
            // A large message on a slow line is a sign of life too.
            Event::Silent if socket.received() > received => {
                (heard, received, asked) = (Instant::now(), socket.received(), false);
                silence.as_mut().reset(heard + limits::PING_AFTER);
            }
            // The timer is set anew only when it has run out, not with every frame.
            Event::Silent if heard.elapsed() < limits::PING_AFTER => {
                silence.as_mut().reset(heard + limits::PING_AFTER);
            }
            Event::Silent if asked => return Ok(()),
            Event::Silent => {
                asked = true;
                silence.as_mut().reset(Instant::now() + limits::STALLED_AFTER);
                write(socket.ping()).await?;
            }
        }
    }
}

/// New frames come before catching up, so that a long catch-up does not hold up what the peer has to say.
async fn next_event<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocket<S>,
    connection: &Connection,
    stopping: &mut watch::Receiver<bool>,
    silence: Pin<&mut Sleep>,
) -> Event {
    let session = &connection.session;
    let sender = if session.is_admitted() { Sender::Member } else { Sender::Stranger };
    let longest = MAX_FRAME.min(session.frame_limit());
    let allowed = Allowance { longest, rooms: &connection.node.rooms, sender };
    tokio::select! {
        biased;
        _ = stopping.wait_for(|stopping| *stopping) => Event::Stopping,
        received = socket.receive(allowed), if session.accepts_frames() => {
            Event::Received(received)
        }
        () = connection.listener.filled.notified() => Event::Filled,
        () = std::future::ready(()), if session.wants_read() => Event::Behind,
        () = silence => Event::Silent,
    }
}

/// Does what the session wants; None when that was to close.
async fn carry_out<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocket<S>,
    connection: &mut Connection,
) -> Result<Option<()>, WebSocketError> {
    while let Some(action) = connection.session.next_action() {
        match action {
            Action::Send(frame) => {
                let time = limits::STALLED_AFTER + limits::on_slowest_line(frame.len());
                write_within(time, socket.send(frame)).await?;
            }
            Action::Order(order) => {
                let writer = connection.node.writer.clone();
                Box::pin(writer.order(&connection.listener, order)).await;
            }
            Action::Read(request) => connection.read(request).await,
            Action::Listen(group) => connection.listen(group),
            Action::Leave(group) => connection.leave(&group),
            Action::Tell(group, frame) => connection.node.hub.tell(&group, &connection.listener, &frame),
            Action::Close => {
                close(socket, CloseCode::POLICY).await?;
                return Ok(None);
            }
        }
    }
    Ok(Some(()))
}

fn take(connection: &mut Connection, frame: &Bytes) {
    let mut handle = || connection.session.handle(Input::Frame(frame), clock::now());
    if frame.len() < SLOW_FRAME { handle() } else { block_in_place(handle) }
}

/// A message that is too large or no message is refused in the protocol's own words before the connection ends.
async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocket<S>,
    error: WebSocketError,
) -> Result<(), WebSocketError> {
    let Some((refusal, code)) = error.answer() else { return Err(error) };
    write(socket.send(refusal)).await?;
    close(socket, code).await
}

async fn close<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocket<S>,
    code: CloseCode,
) -> Result<(), WebSocketError> {
    write(socket.close(code)).await?;
    let _ = timeout(limits::LINGER, socket.drain()).await;
    Ok(())
}

/// Writes, unless the peer takes nothing for too long.
async fn write(sending: impl Future<Output = io::Result<()>>) -> Result<(), WebSocketError> {
    write_within(limits::STALLED_AFTER, sending).await
}

async fn write_within(
    time: Duration,
    sending: impl Future<Output = io::Result<()>>,
) -> Result<(), WebSocketError> {
    match timeout(time, sending).await {
        Ok(written) => Ok(written?),
        Err(_) => Err(WebSocketError::Gone(io::ErrorKind::TimedOut.into())),
    }
}
