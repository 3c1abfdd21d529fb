//! The server's side of the WebSocket protocol (RFC 6455), for binary messages without extensions.
//!
//! ```text
//! frame = fin (1 bit) reserved (3) opcode (4) | mask (1) length (7) | length (0, 2 or 8 bytes) | key (4, masked) | payload
//! ```
//! Written for many idle connections: a connection that waits holds one small buffer, one that received or sent
//! something large gives its memory back, and what goes to many listeners is sent without being copied for each.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use data_encoding::BASE64;
use porchlight_wire::frame::{About, Code, Refused, ServerFrame};
use sha1::{Digest, Sha1};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::room::{Full, Rooms, Sender, Taken};

/// What an idle connection keeps for reading: enough for the small frames of daily use.
const IDLE_BUFFER: usize = 512;

/// How much room is made at a time for a large message, so that its announcement alone costs nothing.
const READ_STEP: usize = 64 * 1024;

/// Control frames carry at most this (section 5.5).
const MAX_CONTROL: usize = 125;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// One WebSocket over a byte stream.
#[derive(Debug)]
pub(super) struct WebSocket<S> {
    stream: S,
    buffer: BytesMut,
    /// The fragments of a message so far.
    fragments: Option<BytesMut>,
    /// What a large message takes up until it is whole.
    taken: Taken,
    /// How many bytes came in so far.
    received: u64,
}

/// What may be received.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance<'a> {
    /// The largest message.
    pub(super) longest: usize,
    /// Where a large one finds room.
    pub(super) rooms: &'a Rooms,
    /// Who sends it.
    pub(super) sender: Sender,
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A whole binary message.
    Message(Bytes),
    /// To be answered by a pong with the same payload.
    Ping(Bytes),
    /// The answer to a ping.
    Pong,
    /// The peer says goodbye.
    Close,
}

/// Why a connection ends (section 7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CloseCode(u16);

impl CloseCode {
    pub(super) const NORMAL: Self = Self(1000);
    pub(super) const GOING_AWAY: Self = Self(1001);
    const PROTOCOL: Self = Self(1002);
    const UNSUPPORTED: Self = Self(1003);
    pub(super) const POLICY: Self = Self(1008);
    const TOO_LARGE: Self = Self(1009);
    /// Registered with IANA: try again later.
    const BUSY: Self = Self(1013);
}

/// The header of one frame.
#[derive(Clone, Copy, Debug)]
struct Header {
    last: bool,
    opcode: u8,
    length: usize,
    key: [u8; 4],
    /// What the header itself takes.
    size: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// After the handshake.
    pub(super) fn new(stream: S, taken: Taken) -> Self {
        Self { stream, buffer: BytesMut::new(), fragments: None, taken, received: 0 }
    }

    /// How many bytes came in so far: more than before, and the peer is there, though no message is whole yet.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Waits for the next message. May be dropped at any time and called again.
    pub(super) async fn receive(&mut self, allowed: Allowance<'_>) -> Result<Received, WebSocketError> {
        loop {
            let missing = match self.parse(allowed.longest)? {
                Parsed::Received(received) => {
                    allowed.rooms.fit(&mut self.taken, allowed.sender, 0)?;
                    return Ok(received);
                }
                Parsed::Missing(missing) => missing,
            };
            let held = self.buffer.len() + self.fragments.as_ref().map_or(0, BytesMut::len);
            // What is small is not counted: every connection may have that much.
            let counted = if held >= READ_STEP { held + READ_STEP } else { 0 };
            allowed.rooms.fit(&mut self.taken, allowed.sender, counted)?;
            self.buffer.reserve(missing.clamp(IDLE_BUFFER, READ_STEP));
            let length = self.stream.read_buf(&mut self.buffer).await?;
            if length == 0 {
                return Err(WebSocketError::Gone(io::ErrorKind::UnexpectedEof.into()));
            }
            self.received += length as u64;
        }
    }

    /// Sends a binary message.
    pub(super) async fn send(&mut self, message: Bytes) -> io::Result<()> {
        self.write(BINARY, message).await
    }

    /// Asks whether the peer is there.
    pub(super) async fn ping(&mut self) -> io::Result<()> {
        self.write(PING, Bytes::new()).await
    }

    /// Answers a ping.
    pub(super) async fn pong(&mut self, payload: Bytes) -> io::Result<()> {
        self.write(PONG, payload).await
    }

    /// Says goodbye, and ends the stream in this direction.
    pub(super) async fn close(&mut self, code: CloseCode) -> io::Result<()> {
        self.write(CLOSE, Bytes::copy_from_slice(&code.0.to_be_bytes())).await?;
        self.stream.shutdown().await
    }

    /// Takes and throws away what the peer still sends, until it ends the stream too. A stream that is dropped with
    /// something unread in it is reset, and the peer may then never see our last words.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        loop {
            self.buffer.clear();
            self.buffer.reserve(IDLE_BUFFER);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(());
            }
        }
    }

    async fn write(&mut self, opcode: u8, payload: Bytes) -> io::Result<()> {
        let mut header = [0; 10];
        let size = header_of(opcode, payload.len(), &mut header);
        let mut frame = Buf::take(header.as_slice(), size).chain(payload);
        self.stream.write_all_buf(&mut frame).await?;
        self.stream.flush().await
    }

    /// Takes a whole frame out of the buffer, if one is there; joins fragments.
    fn parse(&mut self, limit: usize) -> Result<Parsed, WebSocketError> {
        loop {
            let so_far = self.fragments.as_ref().map_or(0, BytesMut::len);
            let Some(header) = Header::read(&self.buffer)? else { return Ok(Parsed::Missing(0)) };
            if header.length.saturating_add(so_far) > limit.max(MAX_CONTROL) {
                return Err(WebSocketError::TooLarge);
            }
            let whole = header.size.saturating_add(header.length);
            if self.buffer.len() < whole {
                return Ok(Parsed::Missing(whole - self.buffer.len()));
            }
            let mut payload = self.take(whole);
            payload.advance(header.size);
            payload.iter_mut().zip(header.key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
            if let Some(received) = self.sort(header, payload)? {
                return Ok(Parsed::Received(received));
            }
        }
    }

    /// Splits bytes off the buffer. A buffer that is then empty is given up, so that it does not stay as large as the
    /// largest message was.
    fn take(&mut self, length: usize) -> BytesMut {
        if self.buffer.len() == length {
            std::mem::take(&mut self.buffer)
        } else {
            self.buffer.split_to(length)
        }
    }

    fn sort(&mut self, header: Header, payload: BytesMut) -> Result<Option<Received>, WebSocketError> {
        match (header.opcode, self.fragments.is_some()) {
            (PING, _) => Ok(Some(Received::Ping(payload.freeze()))),
            (PONG, _) => Ok(Some(Received::Pong)),
            (CLOSE, _) => Ok(Some(Received::Close)),
            (BINARY, false) if header.last => Ok(Some(Received::Message(payload.freeze()))),
            (BINARY, false) => {
                self.fragments = Some(payload);
                Ok(None)
            }
            (CONTINUATION, true) => {
                let mut message = self.fragments.take().unwrap_or_default();
                message.extend_from_slice(&payload);
                if header.last {
                    return Ok(Some(Received::Message(message.freeze())));
                }
                self.fragments = Some(message);
                Ok(None)
            }
            (TEXT, false) => Err(WebSocketError::Text),
            _ => Err(WebSocketError::Protocol),
        }
    }
}

/// How far the buffer reaches.
enum Parsed {
    Received(Received),
    /// At least this many bytes more are needed; 0 if that is not known yet.
    Missing(usize),
}

impl Header {
    /// Reads a header, if all of it is there.
    fn read(bytes: &[u8]) -> Result<Option<Self>, WebSocketError> {
        let Some((&[first, second], rest)) = bytes.split_first_chunk() else { return Ok(None) };
        let (last, opcode, length) = (first & 0x80 != 0, first & 0x0f, second & 0x7f);
        // No extension was agreed on, and clients must mask (section 5.1).
        if first & 0x70 != 0 || second & 0x80 == 0 {
            return Err(WebSocketError::Protocol);
        }
        // Control frames are short and whole (section 5.5).
        if opcode >= CLOSE && (!last || usize::from(length) > MAX_CONTROL) {
            return Err(WebSocketError::Protocol);
        }
        let (length, rest) = match length {
            126 => match rest.split_first_chunk() {
                Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest),
                None => return Ok(None),
            },
            127 => match rest.split_first_chunk() {
                Some((length, rest)) => (u64::from_be_bytes(*length), rest),
                None => return Ok(None),
            },
            short => (u64::from(short), rest),
        };
        let Some((key, rest)) = rest.split_first_chunk() else { return Ok(None) };
        let length = usize::try_from(length).map_err(|_| WebSocketError::TooLarge)?;
        Ok(Some(Self { last, opcode, length, key: *key, size: bytes.len() - rest.len() }))
    }
}

/// Writes the header of a whole, unmasked frame; returns its size.
fn header_of(opcode: u8, length: usize, header: &mut [u8; 10]) -> usize {
    let [first, second, rest @ ..] = header;
    *first = 0x80 | opcode;
    if let Ok(short) = u8::try_from(length)
        && usize::from(short) <= MAX_CONTROL
    {
        *second = short;
        return 2;
    }
    if let Ok(medium) = u16::try_from(length) {
        *second = 126;
        rest.iter_mut().zip(medium.to_be_bytes()).for_each(|(to, from)| *to = from);
        return 4;
    }
    *second = 127;
    *rest = (length as u64).to_be_bytes();
    10
}

/// The answer to a handshake's key (section 4.2.2). None if it is not 16 bytes in base64.
pub(crate) fn accept_key(key: &str) -> Option<String> {
    BASE64.decode(key.as_bytes()).ok().filter(|key| key.len() == 16)?;
    let mut hasher = Sha1::new();
    hasher.update(key.as_bytes());
    hasher.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    Some(BASE64.encode(&hasher.finalize()))
}

/// Why a connection cannot go on.
#[derive(Debug, Error)]
pub(super) enum WebSocketError {
    /// The stream ended or failed; nothing can be said any more.
    #[error("the connection is gone: {0}")]
    Gone(#[from] io::Error),
    /// The peer does not speak RFC 6455.
    #[error("not a WebSocket frame")]
    Protocol,
    /// A text message; frames are binary.
    #[error("a text message")]
    Text,
    /// A message over the limit, refused before it was read.
    #[error("the message is too large")]
    TooLarge,
    /// There is no room for the rest of a large message.
    #[error(transparent)]
    Busy(#[from] Full),
}

impl WebSocketError {
    /// What to say before closing, if anything can be said.
    pub(super) fn answer(&self) -> Option<(Bytes, CloseCode)> {
        let (code, detail, close) = match self {
            Self::Gone(_) => return None,
            Self::Protocol => (Code::MALFORMED, "not a WebSocket frame", CloseCode::PROTOCOL),
            Self::Text => (Code::MALFORMED, "frames are binary messages", CloseCode::UNSUPPORTED),
            Self::TooLarge => (Code::TOO_LARGE, "the frame is too large", CloseCode::TOO_LARGE),
            Self::Busy(_) => (Code::BUSY, "too much arrives at once; come back later", CloseCode::BUSY),
        };
        let refused = Refused { about: About::Connection, code, detail: detail.to_owned() };
        Some((ServerFrame::Refused(refused).encode().into(), close))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{DuplexStream, duplex};

    use super::*;
    use crate::limits;

    const KEY: [u8; 4] = [1, 2, 3, 4];

    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload.len() {
            short @ 0..=125 => bytes.push(0x80 | u8::try_from(short).unwrap()),
            medium @ 126..=0xffff => {
                bytes.push(0x80 | 126);
                bytes.extend(u16::try_from(medium).unwrap().to_be_bytes());
            }
            long => {
                bytes.push(0x80 | 127);
                bytes.extend((long as u64).to_be_bytes());
            }
        }
        bytes.extend(KEY);
        bytes.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
        bytes
    }

    async fn after(bytes: &[u8]) -> (WebSocket<DuplexStream>, DuplexStream) {
        let (mut client, server) = duplex(1 << 20);
        client.write_all(bytes).await.unwrap();
        (WebSocket::new(server, Rooms::default().enter()), client)
    }

    async fn next(socket: &mut WebSocket<DuplexStream>, longest: usize) -> Result<Received, WebSocketError> {
        let rooms = Rooms::default();
        socket.receive(Allowance { longest, rooms: &rooms, sender: Sender::Stranger }).await
    }

    async fn received(bytes: &[u8]) -> Result<Received, WebSocketError> {
        let (mut socket, client) = after(bytes).await;
        drop(client);
        next(&mut socket, 100_000).await
    }

    #[tokio::test]
    async fn messages_of_all_lengths_are_read() {
        for length in [0, 1, 125, 126, 65_535, 65_536, 100_000] {
            let payload = vec![7; length];
            let message = received(&masked(0x82, &payload)).await.unwrap();
            assert_eq!(message, Received::Message(payload.into()));
        }
    }

    #[tokio::test]
    async fn a_message_may_come_in_fragments_with_a_ping_between() {
        let mut bytes = masked(0x02, b"ab");
        bytes.extend(masked(0x89, b"?"));
        bytes.extend(masked(0x00, b"cd"));
        bytes.extend(masked(0x80, b"e"));
        let (mut socket, _client) = after(&bytes).await;
        assert_eq!(next(&mut socket, 10).await.unwrap(), Received::Ping(Bytes::from_static(b"?")));
        assert_eq!(next(&mut socket, 10).await.unwrap(), Received::Message(Bytes::from_static(b"abcde")));
    }

    #[tokio::test]
    async fn a_large_message_is_refused_before_it_is_read() {
        let whole = masked(0x82, &[0; 100_001]);
        assert!(matches!(received(&whole[..14]).await, Err(WebSocketError::TooLarge)));
        let mut fragments = masked(0x02, &[0; 60_000]);
        fragments.extend(&masked(0x80, &[0; 60_000])[..14]);
        assert!(matches!(received(&fragments).await, Err(WebSocketError::TooLarge)));
    }

    #[tokio::test]
    async fn what_is_not_allowed_is_refused() {
        let unmasked = [0x82, 0x01, 0x00];
        assert!(matches!(received(&unmasked).await, Err(WebSocketError::Protocol)));
        for first in [0xc2, 0x83, 0x80, 0x09] {
            assert!(
                matches!(received(&masked(first, b"x")).await, Err(WebSocketError::Protocol)),
                "{first:x}"
            );
        }
        assert!(matches!(received(&masked(0x89, &[0; 126])).await, Err(WebSocketError::Protocol)));
        assert!(matches!(received(&masked(0x81, b"text")).await, Err(WebSocketError::Text)));
        assert!(matches!(received(&masked(0x82, b"cut")[..8]).await, Err(WebSocketError::Gone(_))));
    }

    #[tokio::test]
    async fn large_messages_that_are_not_whole_find_room_or_are_refused() {
        let rooms = Rooms::default();
        let allowed = Allowance { longest: 1 << 20, rooms: &rooms, sender: Sender::Stranger };
        let whole = masked(0x82, &vec![7; 900_000]);
        let mut waiting = Vec::new();
        let full = loop {
            let (mut client, server) = duplex(1 << 20);
            client.write_all(&whole[..800_000]).await.unwrap();
            let mut socket = WebSocket::new(server, rooms.enter());
            // All that is there is read; then it would wait for the rest.
            let receiving = tokio::task::unconstrained(socket.receive(allowed));
            if let Ok(ended) = tokio::time::timeout(std::time::Duration::ZERO, receiving).await {
                break ended;
            }
            waiting.push((socket, client));
            assert!(waiting.len() < 100, "somewhere it ends");
        };
        assert!(matches!(full, Err(WebSocketError::Busy(_))), "{full:?}");
        assert!(waiting.len() >= limits::ARRIVING_FROM_STRANGERS / 900_000, "{} wait", waiting.len());
        let member = Allowance { sender: Sender::Member, ..allowed };
        let (mut client, server) = duplex(1 << 20);
        client.write_all(&whole).await.unwrap();
        let mut socket = WebSocket::new(server, rooms.enter());
        assert!(socket.receive(member).await.is_ok(), "members have room of their own");
        // What gets whole or goes away makes room again.
        let (mut socket, mut client) = waiting.pop().unwrap();
        client.write_all(&whole[800_000..]).await.unwrap();
        assert!(socket.receive(allowed).await.is_ok());
        drop(waiting);
        client.write_all(&whole).await.unwrap();
        assert!(socket.receive(allowed).await.is_ok());
    }

    #[tokio::test]
    async fn a_connection_gives_its_memory_back() {
        let (mut socket, mut client) = after(&masked(0x82, &[0; 100_000])).await;
        next(&mut socket, 100_000).await.unwrap();
        assert_eq!(socket.buffer.capacity(), 0);
        client.write_all(&masked(0x82, b"x")).await.unwrap();
        next(&mut socket, 100_000).await.unwrap();
        assert!(socket.buffer.capacity() <= IDLE_BUFFER);
    }

    #[tokio::test]
    async fn what_is_sent_has_the_right_header() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let (mut socket, mut client) = after(&[]).await;
            socket.send(vec![7; length].into()).await.unwrap();
            drop(socket);
            let mut bytes = Vec::new();
            client.read_to_end(&mut bytes).await.unwrap();
            let size = bytes.len() - length;
            assert_eq!(
                (bytes[0], size),
                (
                    0x82,
                    if length < 126 {
                        2
                    } else if length < 65_536 {
                        4
                    } else {
                        10
                    }
                )
            );
            assert!(bytes[size..].iter().all(|byte| *byte == 7));
        }
    }

    #[test]
    fn the_handshake_of_the_standard_is_answered() {
        assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ==").unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(accept_key("short"), None);
    }
}
