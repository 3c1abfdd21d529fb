//! Clients that speak frames: over a WebSocket, and by POST.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use porchlight_wire::frame::{ClientFrame, ServerFrame, Welcome};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A WebSocket to the server, after its greeting.
pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    pub(crate) welcome: Welcome,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let (mut socket, _) = connect_async(format!("ws://{address}/sync")).await.unwrap();
        let Some(ServerFrame::Welcome(welcome)) = next(&mut socket).await else { panic!("no welcome") };
        Self { socket, welcome }
    }

    pub(crate) async fn send(&mut self, frame: &ClientFrame) {
        self.send_raw(Message::binary(frame.encode())).await;
    }

    /// Sends to a server that may be dying.
    pub(crate) async fn send_or_lose(&mut self, frame: &ClientFrame) {
        let _ = self.socket.send(Message::binary(frame.encode())).await;
    }

    pub(crate) async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next frame; none when the server closed.
    pub(crate) async fn next(&mut self) -> Option<ServerFrame> {
        next(&mut self.socket).await
    }

    /// The next frame that is of some kind; others before it are passed over.
    pub(crate) async fn until<T>(&mut self, pick: impl Fn(ServerFrame) -> Option<T>) -> T {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("the server closed"));
            if let Some(picked) = pick(frame) {
                return picked;
            }
        }
    }
}

/// The next frame, within a time that no healthy server needs.
async fn next(socket: &mut WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>) -> Option<ServerFrame> {
    loop {
        match timeout(Duration::from_secs(20), socket.next()).await.expect("the server says nothing") {
            Some(Ok(Message::Binary(bytes))) => return Some(ServerFrame::decode(&bytes).unwrap().unwrap()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

/// One POST of frames, and the frames of its answer.
pub(crate) fn post(address: SocketAddr, frames: &[ClientFrame]) -> Vec<ServerFrame> {
    let mut body = Vec::new();
    for frame in frames {
        let frame = frame.encode();
        body.extend(u32::try_from(frame.len()).unwrap().to_be_bytes());
        body.extend(frame);
    }
    let head = format!("POST /sync HTTP/1.1\r\ncontent-length: {}\r\n", body.len());
    let (_, mut answer) = request(address, &head, &body);
    let mut frames = Vec::new();
    while let Some((length, rest)) = answer.split_first_chunk() {
        let (frame, rest) = rest.split_at(usize::try_from(u32::from_be_bytes(*length)).unwrap());
        frames.push(ServerFrame::decode(frame).unwrap().unwrap());
        answer = rest.to_vec();
    }
    frames
}

/// One plain HTTP request: the head of the answer, and its body.
pub(crate) fn request(address: SocketAddr, head: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{head}host: {address}\r\nconnection: close\r\n\r\n").unwrap();
    // A server that refuses early closes before all is sent.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    parse(&answer)
}

/// Splits an answer into head and body, and puts a chunked body together.
pub(crate) fn parse(answer: &[u8]) -> (String, Vec<u8>) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let body = answer[end + 4..].to_vec();
    if !head.contains("transfer-encoding: chunked") {
        return (head, body);
    }
    let (mut whole, mut rest) = (Vec::new(), &body[..]);
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        whole.extend(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 2 + length + 2..];
    }
    (head, whole)
}
