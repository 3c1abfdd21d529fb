//! What arrives by POST: strangers are kept little for, each and all together, and members get through meanwhile.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use porchlight_wire::frame::{Append, ClientFrame, ServerFrame, Welcome};
use porchlight_wire::record::Cursor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{post, request};
use crate::people::{Person, append_frame};
use crate::program::Program;

/// What all strangers together may have on the way.
const ROOM: usize = 16 * 1024 * 1024;

/// What one of them may.
const FRAME: usize = 64 * 1024;

fn greeting(address: SocketAddr) -> Welcome {
    let Some(ServerFrame::Welcome(welcome)) = post(address, &[]).pop() else { panic!("no welcome") };
    welcome
}

#[tokio::test]
async fn a_stranger_who_posts_much_is_refused_before_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::start(folder.path(), &["--groups", "open"]);
    let length = 7 * 1024 * 1024_u32;
    let mut body = length.to_be_bytes().to_vec();
    body.resize(body.len() + FRAME, 0);
    // The rest is never sent: whoever waits for it waits in vain.
    let head = format!("POST /sync HTTP/1.1\r\ncontent-length: {}\r\n", length + 4);
    let (head, _) = request(server.address, &head, &body);
    assert!(head.starts_with("HTTP/1.1 413"), "{head}");
}

/// A stranger who sends all of a frame but its end; what the server says to it, if it says anything.
async fn linger(address: SocketAddr) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("POST /sync HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n", FRAME + 4);
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&u32::try_from(FRAME).unwrap().to_be_bytes()).await.unwrap();
    let _ = stream.write_all(&vec![0; FRAME - 1]).await;
    let mut answer = vec![0; 1000];
    let length = stream.read(&mut answer).await.unwrap_or(0);
    (stream, String::from_utf8_lossy(&answer[..length]).to_lowercase())
}

#[tokio::test]
async fn strangers_who_never_finish_are_kept_little_for_and_members_get_through() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::start(folder.path(), &["--groups", "open"]);
    let welcome = greeting(server.address);
    let (mut alice, change) = Person::founder(1, welcome.server);
    let large = append_frame(alice.group, vec![alice.entry(&"long ".repeat(60_000))]);
    let mut lingering: FuturesUnordered<_> = (0..ROOM / FRAME + 20).map(|_| linger(server.address)).collect();
    // More than there is room for: one of them is told so.
    let (_stream, answer) = timeout(Duration::from_secs(20), lingering.next()).await.unwrap().unwrap();
    assert!(answer.starts_with("http/1.1 503"), "{answer}");
    assert!(answer.contains("retry-after: 10"), "{answer}");
    assert!(
        answer.contains("access-control-allow-origin: *"),
        "a phone of another server's app reads it too: {answer}"
    );

    let found = [
        alice.founding_frame(change, None),
        alice.open_frame(&greeting(server.address), Cursor::START),
        large,
    ];
    assert!(matches!(found[2], ClientFrame::Append(Append { .. })));
    let address = server.address;
    let answers = tokio::task::spawn_blocking(move || post(address, &found)).await.unwrap();
    assert!(answers.iter().any(|frame| matches!(frame, ServerFrame::Accepted(_))), "{answers:?}");
    // Those who go away make room.
    drop(lingering);
    let whole = [&u32::try_from(FRAME).unwrap().to_be_bytes()[..], &vec![0; FRAME]].concat();
    let head = format!("POST /sync HTTP/1.1\r\ncontent-length: {}\r\n", whole.len());
    loop {
        let (head, whole) = (head.clone(), whole.clone());
        let asked = tokio::task::spawn_blocking(move || request(address, &head, &whole).0);
        let answer = asked.await.unwrap();
        if answer.starts_with("HTTP/1.1 200") {
            break;
        }
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    }
}
