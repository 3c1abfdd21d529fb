//! A bare connection to a server, which sends any bytes at all and reads the server's frames.

use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, bail};
use porchlight_wire::frame::{ClientFrame, ServerFrame};
use tokio_tungstenite::tungstenite::protocol::{WebSocket, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, client::client_with_config};

use crate::wait::PATIENCE;

/// A WebSocket with nothing of a device behind it.
pub struct Socket {
    inner: WebSocket<TcpStream>,
}

impl Socket {
    /// Connects to a server's `/sync`.
    pub fn open(server: SocketAddr) -> Result<Socket> {
        let stream = TcpStream::connect(server)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let options = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let (inner, _) = client_with_config(format!("ws://{server}/sync"), stream, Some(options))
            .map_err(|error| anyhow::anyhow!("no WebSocket: {error}"))?;
        Ok(Socket { inner })
    }

    /// Sends a frame of the protocol.
    pub fn send(&mut self, frame: &ClientFrame) -> Result<()> {
        self.send_bytes(frame.encode())
    }

    /// Sends bytes as one binary message.
    pub fn send_bytes(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.send_message(Message::Binary(bytes.into()))
    }

    /// Sends any message.
    pub fn send_message(&mut self, message: Message) -> Result<()> {
        Ok(self.inner.send(message)?)
    }

    /// The next frame from the server.
    pub fn frame(&mut self) -> Result<ServerFrame> {
        self.frame_or_end()?.context("the server closed the connection")
    }

    /// The next frame from the server, or `None` when it closes the connection.
    pub fn frame_or_end(&mut self) -> Result<Option<ServerFrame>> {
        loop {
            match self.inner.read() {
                Ok(Message::Binary(bytes)) => match ServerFrame::decode(&bytes)? {
                    Some(frame) => return Ok(Some(frame)),
                    None => bail!("a frame of a kind that this version does not know"),
                },
                Ok(Message::Close(_)) => return Ok(None),
                Ok(_) => {}
                Err(error) if is_timeout(&error) => bail!("no frame within {} s", PATIENCE.as_secs()),
                Err(_) => return Ok(None),
            }
        }
    }
}

fn is_timeout(error: &tokio_tungstenite::tungstenite::Error) -> bool {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    matches!(error, tokio_tungstenite::tungstenite::Error::Io(io) if [TimedOut, WouldBlock].contains(&io.kind()))
}
