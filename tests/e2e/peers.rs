//! Peers that are not what they should be: a server that is none, another server, a client that sends anything.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use anyhow::{Context, Result, ensure};
use porchlight_tests::http;
use porchlight_tests::server::Server;
use porchlight_tests::socket::Socket;
use porchlight_wire::frame::{
    About, Append, ClientFrame, Code, GetBox, GetRoster, Hello, ServerFrame, Versions,
};
use porchlight_wire::{Epoch, GroupId, Hash, limits};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

use crate::neighbors::{Neighborhood, names, sync_all};

/// What things that are no Porchlight server answer.
const STRANGE_ANSWERS: [&[u8]; 5] = [
    b"",
    b"SSH-2.0-something\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\nContent-Type: text/html\r\n\r\n<html>Login</html>\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/login\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x82\x05hello",
];

#[test]
fn a_server_that_is_none_is_a_clear_line_and_loses_nothing() -> Result<()> {
    for answer in STRANGE_ANSWERS {
        let mut street = Neighborhood::found()?;
        street.rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
        street.server.kill()?;
        let stranger = Stranger::listen(street.server.address(), answer)?;
        street.rosa.refused(&["sync"]).with_context(|| String::from_utf8_lossy(answer).into_owned())?;
        ensure!(names(&street.rosa)? == ["Mrs. Tran"], "the list is still there");
        stranger.leave();
        street.server = street.server.start_again()?;
        street.rosa.sync()?;
    }
    Ok(())
}

#[test]
fn another_server_at_the_same_address_is_refused() -> Result<()> {
    let mut street = Neighborhood::found()?;
    street.rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    street.server.kill()?;
    let other = Server::start_with(&street.folder().join("other"), street.server.address(), &[])?;
    street.rosa.refused(&["sync"])?;
    ensure!(names(&street.rosa)? == ["Mrs. Tran"], "the list is still there");
    drop(other);
    street.server = street.server.start_again()?;
    let ben = street.neighbor("Ben")?;
    sync_all(&[&street.rosa, &ben])?;
    ensure!(names(&ben)? == ["Mrs. Tran"], "the first server's group goes on");
    Ok(())
}

#[test]
fn bytes_that_are_no_frame_are_refused_and_the_server_stays_up() -> Result<()> {
    let street = Neighborhood::found()?;
    let oversized = vec![0; limits::MAX_FRAME + 1];
    let endless = [0x82, 0x03, 0x81, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff].to_vec();
    let nested = vec![0x81; 100_000];
    for bytes in [Vec::new(), b"GET / HTTP/1.1".to_vec(), vec![0xff; 1000], oversized, endless, nested] {
        let mut socket = Socket::open(street.server.address())?;
        ensure!(matches!(socket.frame()?, ServerFrame::Welcome(_)), "the server speaks first");
        let length = bytes.len();
        // The server may close before all of a large frame is sent.
        let _closed_early = socket.send_bytes(bytes);
        match socket.frame_or_end()? {
            None => {}
            Some(ServerFrame::Refused(refused)) => {
                ensure!(
                    [Code::MALFORMED, Code::TOO_LARGE].contains(&refused.code),
                    "{refused:?} for {length} bytes"
                );
                ensure!(refused.about == About::Connection, "{refused:?}");
            }
            Some(other) => anyhow::bail!("{other:?} for {length} bytes that are no frame"),
        }
    }
    still_works(&street)
}

#[test]
fn text_and_other_messages_do_not_hurt_the_server() -> Result<()> {
    let street = Neighborhood::found()?;
    for message in [
        Message::Text("hello".into()),
        Message::Ping(vec![1; 100].into()),
        Message::Pong(vec![2; 100].into()),
        Message::Close(None),
    ] {
        let mut socket = Socket::open(street.server.address())?;
        socket.send_message(message)?;
    }
    still_works(&street)
}

#[test]
fn frames_out_of_order_are_refused_by_name() -> Result<()> {
    let street = Neighborhood::found()?;
    let group = GroupId::from_bytes([7; 32]);
    let mut socket = Socket::open(street.server.address())?;
    socket.frame()?;
    let entries = vec![vec![1, 2, 3].into()];
    let asks = [
        ClientFrame::Append(Append { group, entries }),
        ClientFrame::GetRoster(GetRoster { group }),
        ClientFrame::GetBox(GetBox { group, epoch: Epoch::new(1), recipient: Hash::from_bytes([1; 32]) }),
    ];
    for ask in asks {
        socket.send(&ask)?;
        let answer = socket.frame()?;
        let ServerFrame::Refused(refused) = answer else { anyhow::bail!("{answer:?} for {ask:?}") };
        ensure!(refused.code == Code::NOT_OPEN || refused.code == Code::MALFORMED, "{refused:?} for {ask:?}");
    }
    still_works(&street)
}

#[test]
fn a_client_of_another_version_is_told_so() -> Result<()> {
    let street = Neighborhood::found()?;
    let mut socket = Socket::open(street.server.address())?;
    socket.frame()?;
    socket.send(&ClientFrame::Hello(Hello { versions: Versions { lowest: 200, highest: 201 } }))?;
    let answer = socket.frame()?;
    let ServerFrame::Refused(refused) = answer else { anyhow::bail!("{answer:?}") };
    ensure!(refused.code == Code::UNSUPPORTED_VERSION, "{refused:?}");
    still_works(&street)
}

#[test]
fn a_post_that_is_no_frame_is_refused() -> Result<()> {
    let street = Neighborhood::found()?;
    let bodies = [b"\xff\xff\xff\xffx".to_vec(), b"not frames".to_vec(), vec![0; 64 * 1024 * 1024]];
    for body in bodies {
        // Where the server refused before it read everything, the connection may end without an answer.
        if let Ok(answer) = http::post(street.server.address(), "/sync", &body) {
            let readable = answer.body.len() < 4096;
            ensure!((200..500).contains(&answer.status) && readable, "{} {:?}", answer.status, answer.head);
        }
    }
    still_works(&street)
}

/// The neighbors notice nothing.
fn still_works(street: &Neighborhood) -> Result<()> {
    let answer = http::get(street.server.address(), "/healthz")?;
    ensure!(answer.status == 200, "{answer:?}");
    street.rosa.json(&["contacts", "add", "--name", "Still here"])?;
    let ben = street.neighbor("Ben")?;
    sync_all(&[&street.rosa, &ben])?;
    ensure!(names(&ben)? == ["Still here"], "the neighbors were disturbed");
    Ok(())
}

/// Something that listens on an address and gives the same answer to whatever it is asked.
struct Stranger {
    address: SocketAddr,
    thread: thread::JoinHandle<()>,
}

const LEAVE: &[u8] = b"leave";

impl Stranger {
    fn listen(address: SocketAddr, answer: &'static [u8]) -> Result<Stranger> {
        let listener = TcpListener::bind(address)?;
        let thread = thread::spawn(move || {
            for mut caller in listener.incoming().map_while(Result::ok) {
                let mut asked = [0; 4096];
                let length = caller.read(&mut asked).unwrap_or(0);
                if asked[..length] == *LEAVE {
                    return;
                }
                let _gone = caller.write_all(answer);
            }
        });
        Ok(Stranger { address, thread })
    }

    fn leave(self) {
        if let Ok(mut stream) = std::net::TcpStream::connect(self.address) {
            let _gone = stream.write_all(LEAVE);
        }
        let _ended = self.thread.join();
    }
}

#[test]
fn an_address_where_nobody_listens_is_a_clear_line() -> Result<()> {
    let folder = TempDir::new()?;
    let server = Server::start(&folder.path().join("server"))?;
    let token = server.token()?;
    let address = server.address();
    drop(server);
    let rosa = porchlight_tests::device::Device::new(folder.path(), "Rosa");
    let _founded_offline = rosa.create_group("Maple Street", &format!("http://{address}"), &token);
    let said = rosa.refused(&["sync"])?;
    ensure!(said.len() < 300, "{said}");
    Ok(())
}
