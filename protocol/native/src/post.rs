//! A Link by requests: where WebSockets are blocked, the same frames travel in the body of a POST and of its answer.
//!
//! ```text
//! body = { length: u32, big-endian; frame: that many bytes } repeated
//! ```
//! The answer begins with a Welcome whose challenge is good for the next request. So a device that has none sends an
//! empty request first, and each later one is a single round trip: everything it has to say, and the replies.
//!
//! The server forgets each request when it has answered it. What a device says to the replies can follow only where a
//! repeated Open brings the server back to where it was, see [`Opens`]. Otherwise the Link ends, and the next one starts
//! from what is stored.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use porchlight_wire::frame::Opens;
use porchlight_wire::limits;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::address::Address;
use crate::connection::Trust;
use crate::link::{Order, Report, Told};
use crate::request::{Answer, RequestError};

/// Requests to a server that follow from one another.
pub(crate) struct Conversation<'a> {
    /// With whom.
    pub(crate) address: &'a Address,
    /// Whose certificates count.
    pub(crate) trust: &'a Trust,
    /// Where to tell what happens.
    pub(crate) report: &'a Report,
}

impl Conversation<'_> {
    /// Holds it for as long as one request follows from another.
    pub(crate) async fn hold(
        &self,
        welcome: Option<Vec<u8>>,
        orders: &mut mpsc::UnboundedReceiver<Order>,
    ) -> Result<Ended, PostError> {
        let mut welcome = match welcome {
            Some(welcome) => welcome,
            None => Replies::to(self, Bytes::new()).await?.welcome().await?,
        };
        self.report.tell(Told::Opened).await;
        self.report.tell(Told::Received(welcome.clone())).await;
        let mut told = 2;
        let mut opens = Opens::default();
        while let Some(said) = answer_to(told, orders).await {
            let Some(request) = opens.request(&said) else {
                return Ok(Ended { welcome, left: Left::Something });
            };
            let mut replies = Replies::to(self, request.body.into()).await?;
            welcome = replies.welcome().await?;
            told = 0;
            while let Some(frame) = replies.frame().await? {
                self.report.tell(Told::Received(frame)).await;
                told += 1;
            }
            if request.left {
                return Ok(Ended { welcome, left: Left::Something });
            }
        }
        Ok(Ended { welcome, left: Left::Nothing })
    }
}

/// How a conversation ended.
pub(crate) struct Ended {
    /// The Welcome to begin the next one with.
    pub(crate) welcome: Vec<u8>,
    /// Whether the device has more to say.
    pub(crate) left: Left,
}

/// What could not be said in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// All was said.
    Nothing,
    /// The device said more; it says it again in the next one.
    Something,
}

/// Waits until the device has more to say or has hung up, or until it is time to ask what is new.
pub(crate) async fn rest(orders: &mut mpsc::UnboundedReceiver<Order>) {
    let more = async { while let Some(Order::Heard) = orders.recv().await {} };
    // Either way the next conversation begins: a frame said meanwhile is said again there.
    let _ = timeout(REST, more).await;
}

/// Gathers what the device says to this many things it was told; nothing if it has nothing to say, or hung up.
async fn answer_to(mut told: usize, orders: &mut mpsc::UnboundedReceiver<Order>) -> Option<Vec<Vec<u8>>> {
    let mut said = Vec::new();
    while told > 0 {
        match orders.recv().await? {
            Order::Send(frame) => said.push(frame),
            Order::Heard => told -= 1,
        }
    }
    (!said.is_empty()).then_some(said)
}

/// The frames of an answer, cut from its body as it arrives.
struct Replies {
    answer: Answer,
    pieces: BytesMut,
}

impl Replies {
    async fn to(with: &Conversation<'_>, said: Bytes) -> Result<Self, PostError> {
        let answer = Answer::post(with.address, "/sync", said, with.trust).await?;
        Ok(Self { answer, pieces: BytesMut::new() })
    }

    async fn welcome(&mut self) -> Result<Vec<u8>, PostError> {
        self.frame().await?.ok_or(PostError::Cut)
    }

    async fn frame(&mut self) -> Result<Option<Vec<u8>>, PostError> {
        loop {
            if let Some(frame) = cut_frame(&mut self.pieces)? {
                return Ok(Some(frame));
            }
            match self.answer.piece().await? {
                Some(piece) => self.pieces.extend_from_slice(&piece),
                None if self.pieces.is_empty() => return Ok(None),
                None => return Err(PostError::Cut),
            }
        }
    }
}

/// The first frame, if all of it is here.
fn cut_frame(pieces: &mut BytesMut) -> Result<Option<Vec<u8>>, PostError> {
    let Some(length) = pieces.first_chunk::<4>() else { return Ok(None) };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if length > limits::MAX_FRAME {
        return Err(PostError::TooLarge);
    }
    if pieces.len() < length + 4 {
        return Ok(None);
    }
    pieces.advance(4);
    Ok(Some(pieces.split_to(length).to_vec()))
}

/// Why an exchange failed. What was said may have arrived or not; the next one starts from what is known for sure.
#[derive(Debug, Error)]
pub(crate) enum PostError {
    /// There was no answer.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// It ended in the middle of a frame, or before the first.
    #[error("its answer was cut short")]
    Cut,
    /// A length that no frame has: most likely another kind of server.
    #[error("its answer is not a row of frames")]
    TooLarge,
}

/// How long to wait before asking what is new.
const REST: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_cut_where_they_were_put_together() {
        let body = b"\0\0\0\x03one\0\0\0\0\0\0\0\x05three";
        let mut pieces = BytesMut::new();
        let mut cut = Vec::new();
        // One byte at a time is the worst a network can do.
        for byte in body {
            pieces.extend_from_slice(&[*byte]);
            while let Some(frame) = cut_frame(&mut pieces).unwrap() {
                cut.push(frame);
            }
        }
        assert_eq!(cut, [b"one".to_vec(), b"".to_vec(), b"three".to_vec()]);
        assert!(pieces.is_empty());
    }

    #[test]
    fn a_length_that_no_frame_has_is_refused_before_it_is_waited_for() {
        let mut pieces = BytesMut::from(&b"<html>"[..]);
        assert!(matches!(cut_frame(&mut pieces), Err(PostError::TooLarge)));
    }

    #[tokio::test]
    async fn what_is_said_to_opening_and_welcome_is_gathered() {
        let (orders, mut received) = mpsc::unbounded_channel();
        for order in [Order::Heard, Order::Send(b"a".to_vec()), Order::Send(b"b".to_vec()), Order::Heard] {
            orders.send(order).unwrap();
        }
        assert_eq!(answer_to(2, &mut received).await, Some(vec![b"a".to_vec(), b"b".to_vec()]));
        orders.send(Order::Heard).unwrap();
        assert_eq!(answer_to(1, &mut received).await, None);
        drop(orders);
        assert_eq!(answer_to(1, &mut received).await, None);
    }
}
