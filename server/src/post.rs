//! One request by POST: frames in its body, replies in its answer.
//!
//! Until the peer has shown that a Group is theirs, each frame is carried out as soon as it is whole, and only then is more
//! read: a stranger is kept no more than one frame for. A member's body is read to its end first, since many send nothing
//! back before they have sent everything.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use bytes::BytesMut;
use http_body::{Body as HttpBody, Frame};
use porchlight_wire::limits as protocol;
use thiserror::Error;
use tokio::sync::mpsc::{self, Receiver, Sender as Pipe};
use tokio::time::{Instant, timeout, timeout_at};

use crate::node::{Connection, Visit};
use crate::room::{Full, Sender, Taken};
use crate::session::{Action, Carrier, Input};
use crate::{clock, limits};

/// Each frame has its length before it.
const LENGTH: usize = 4;

/// Takes a request's body; gives the body of the answer, which is made while it is sent.
pub(crate) async fn answer(visit: Visit, mut body: Body) -> Result<Body, PostError> {
    if body.size_hint().lower() > limits::MAX_POST as u64 {
        return Err(PostError::TooLarge);
    }
    let challenges = visit.node().identity.shared_challenges(clock::now());
    let connection = Connection::new(visit, Carrier::Post(challenges));
    let taken = connection.node.rooms.enter();
    let mut exchange = Exchange {
        connection,
        arrived: BytesMut::new(),
        frames: 0,
        replies: Replies::Kept(Vec::new()),
        taken,
    };
    if let Err(error) = exchange.read(&mut body).await {
        drop(exchange);
        // A connection that is closed with something unread in it is reset, and the peer may never see why.
        let _ = timeout(limits::LINGER, drain(&mut body)).await;
        return Err(error);
    }
    let (pipe, receiver) = mpsc::channel(1);
    tokio::spawn(exchange.finish(pipe));
    Ok(Body::new(FrameStream { receiver }))
}

/// The whole of a body that is to be small.
pub(crate) async fn small(body: &mut Body, most: usize) -> Result<Vec<u8>, PostError> {
    let begun = Instant::now();
    let mut whole = Vec::new();
    while let Some(piece) = next_piece(body, begun, whole.len()).await? {
        if whole.len() + piece.len() > most {
            let _ = timeout(limits::LINGER, drain(body)).await;
            return Err(PostError::TooLarge);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

/// A session over one request.
struct Exchange {
    connection: Connection,
    /// What has come and was not carried out yet.
    arrived: BytesMut,
    /// How many frames were carried out.
    frames: usize,
    replies: Replies,
    taken: Taken,
}

impl Exchange {
    /// Reads the body, and carries out what a stranger says on the way.
    async fn read(&mut self, body: &mut Body) -> Result<(), PostError> {
        let begun = Instant::now();
        let mut received = 0_usize;
        self.carry_out().await;
        while let Some(piece) = next_piece(body, begun, received).await? {
            received = received.saturating_add(piece.len());
            if received > limits::MAX_POST {
                return Err(PostError::TooLarge);
            }
            self.arrived.extend_from_slice(&piece);
            self.carry_out_for_stranger().await?;
            if self.connection.session.is_closed() {
                return Ok(());
            }
            self.fit()?;
        }
        self.check_rest()
    }

    /// Carries frames out one by one, until one of them shows whose they are.
    async fn carry_out_for_stranger(&mut self) -> Result<(), PostError> {
        while !self.connection.session.is_admitted() && !self.connection.session.is_closed() {
            if self.next_length().is_some_and(|length| length > self.connection.session.frame_limit()) {
                return Err(PostError::TooLarge);
            }
            let Some(frame) = self.cut()? else { return Ok(()) };
            self.connection.session.handle(Input::Frame(&frame), clock::now());
            self.settle().await;
        }
        Ok(())
    }

    /// Counts what is kept for this peer.
    fn fit(&mut self) -> Result<(), PostError> {
        let admitted = self.connection.session.is_admitted();
        let sender = if admitted { Sender::Member } else { Sender::Stranger };
        let bytes = self.arrived.len() + self.replies.kept();
        // What is read at once is not counted: every connection may have that much, and a member says in it who it is.
        let counted = if bytes > limits::READ_BUFFER { bytes } else { 0 };
        Ok(self.connection.node.rooms.fit(&mut self.taken, sender, counted)?)
    }

    /// What is left of the body must be whole frames.
    fn check_rest(&self) -> Result<(), PostError> {
        let mut rest = self.arrived.as_ref();
        let mut frames = self.frames;
        while !rest.is_empty() {
            let (length, after) = rest.split_first_chunk().ok_or(PostError::CutShort)?;
            let length = length_of(*length);
            rest = after.get(length..).ok_or(PostError::CutShort)?;
            frames += 1;
            if frames > limits::MAX_FRAMES_PER_POST || length > protocol::MAX_FRAME {
                return Err(PostError::TooLarge);
            }
        }
        Ok(())
    }

    fn next_length(&self) -> Option<usize> {
        self.arrived.first_chunk().map(|length| length_of(*length))
    }

    /// The first frame, if all of it is here.
    fn cut(&mut self) -> Result<Option<Bytes>, PostError> {
        let Some(length) = self.next_length() else { return Ok(None) };
        if length > protocol::MAX_FRAME || self.frames >= limits::MAX_FRAMES_PER_POST {
            return Err(PostError::TooLarge);
        }
        if self.arrived.len() - LENGTH < length {
            return Ok(None);
        }
        self.frames += 1;
        Ok(Some(self.arrived.split_to(LENGTH + length).split_off(LENGTH).freeze()))
    }

    /// Waits until nothing that was said so far is under way any more.
    async fn settle(&mut self) -> Option<()> {
        loop {
            self.carry_out().await?;
            if self.connection.take_delivery() {
                continue;
            }
            if !self.connection.session.is_waiting() {
                return Some(());
            }
            self.wait().await;
        }
    }

    /// Runs the session over the rest of the frames, to its end or until the peer stops reading.
    async fn finish(mut self, pipe: Pipe<Bytes>) -> Option<()> {
        self.replies.pass_on(pipe).await?;
        loop {
            if self.arrived.is_empty() {
                // Whoever reads slowly does not keep the room of what it sent.
                self.arrived = BytesMut::new();
                self.taken = self.connection.node.rooms.enter();
            }
            self.carry_out().await?;
            if self.connection.take_delivery() {
                continue;
            }
            if self.connection.session.accepts_frames()
                && let Ok(Some(frame)) = self.cut()
            {
                self.connection.session.handle(Input::Frame(&frame), clock::now());
            } else if self.connection.session.is_waiting() {
                self.wait().await;
            } else {
                let request = self.connection.session.next_read()?;
                self.connection.read(request).await;
            }
        }
    }

    async fn wait(&self) {
        let listener = Arc::clone(&self.connection.listener);
        listener.filled.notified().await;
    }

    /// Does what the session wants; None when that was to close.
    async fn carry_out(&mut self) -> Option<()> {
        let connection = &mut self.connection;
        while let Some(action) = connection.session.next_action() {
            match action {
                Action::Send(frame) => self.replies.put(&frame).await?,
                Action::Order(order) => {
                    let writer = connection.node.writer.clone();
                    writer.order(&connection.listener, order).await;
                }
                Action::Read(request) => connection.read(request).await,
                // A POST ends when it was answered; it listens to nothing.
                Action::Listen(_) | Action::Leave(_) => {}
                Action::Tell(group, frame) => {
                    connection.node.hub.tell(&group, &connection.listener, &frame);
                }
                Action::Close => return None,
            }
        }
        Some(())
    }
}

/// The next piece of a body.
async fn next_piece(body: &mut Body, begun: Instant, received: usize) -> Result<Option<Bytes>, PostError> {
    let latest = latest(begun, Instant::now(), received);
    loop {
        let next = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        match timeout_at(latest, next).await.map_err(|_| PostError::Stalled)? {
            None => return Ok(None),
            Some(Err(_)) => return Err(PostError::CutShort),
            Some(Ok(frame)) => {
                if let Ok(piece) = frame.into_data() {
                    return Ok(Some(piece));
                }
            }
        }
    }
}

/// When the next piece must be here. Each has [`limits::STALLED_AFTER`], and all of them together no more than on the
/// slowest line: a large body may take long, and who sends a byte a minute is not waited for.
fn latest(begun: Instant, now: Instant, received: usize) -> Instant {
    (begun + limits::STALLED_AFTER + limits::on_slowest_line(received)).min(now + limits::STALLED_AFTER)
}

/// Takes what still comes and throws it away.
async fn drain(body: &mut Body) {
    while std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await.is_some() {}
}

fn length_of(length: [u8; LENGTH]) -> usize {
    usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX)
}

/// Where replies go, each with its length before it.
enum Replies {
    /// They wait for the end of the body.
    Kept(Vec<Bytes>),
    /// They are sent.
    Sent(Pipe<Bytes>),
}

impl Replies {
    async fn put(&mut self, frame: &[u8]) -> Option<()> {
        let length = u32::try_from(frame.len()).ok()?;
        let piece = Bytes::from([&length.to_be_bytes(), frame].concat());
        match self {
            Self::Kept(kept) => kept.push(piece),
            Self::Sent(pipe) => pass(pipe, piece).await?,
        }
        Some(())
    }

    fn kept(&self) -> usize {
        if let Self::Kept(kept) = self { kept.iter().map(Bytes::len).sum() } else { 0 }
    }

    /// Sends those that wait, and from now on all others.
    async fn pass_on(&mut self, pipe: Pipe<Bytes>) -> Option<()> {
        if let Self::Kept(kept) = std::mem::replace(self, Self::Sent(pipe.clone())) {
            for piece in kept {
                pass(&pipe, piece).await?;
            }
        }
        Some(())
    }
}

/// Passes a piece on once the one before it is taken: the peer has as long for it as the slowest line needs.
async fn pass(pipe: &Pipe<Bytes>, piece: Bytes) -> Option<()> {
    let size = piece.len().max(protocol::RECORDS_FRAME_TARGET);
    let time = limits::STALLED_AFTER + limits::on_slowest_line(size);
    timeout(time, pipe.send(piece)).await.ok()?.ok()
}

/// A response body that is made while it is sent.
struct FrameStream {
    receiver: Receiver<Bytes>,
}

impl HttpBody for FrameStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.receiver.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

/// Why a request is not answered by frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum PostError {
    /// See [`limits::MAX_POST`], [`limits::MAX_FRAMES_PER_POST`] and [`limits::MAX_FRAME_BEFORE_OPEN`].
    #[error("The request is too large.")]
    TooLarge,
    /// The lengths and the body do not fit.
    #[error("The request ends in the middle of a frame.")]
    CutShort,
    /// It did not arrive.
    #[error("The request took too long.")]
    Stalled,
    /// There is no room for one more.
    #[error("The server has too much to do at the moment.")]
    Busy(#[from] Full),
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_large_body_may_take_long_and_a_trickle_may_not() {
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        let left = |seconds, received| {
            latest(begun, after(seconds), received).saturating_duration_since(after(seconds))
        };
        assert_eq!(left(0, 0), limits::STALLED_AFTER);
        assert_eq!(left(300, 1_000_000), limits::STALLED_AFTER, "a megabyte at three kilobytes a second");
        assert_eq!(left(50, 10).as_secs(), limits::STALLED_AFTER.as_secs() - 50);
        assert_eq!(left(120, 60_000), Duration::ZERO, "half a kilobyte a second");
    }
}
