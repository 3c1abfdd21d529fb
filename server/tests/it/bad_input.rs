//! What a broken or hostile client sends: each gets a clear answer, and the server goes on.

use porchlight_wire::frame::{About, ClientFrame, Code, GetRoster, ServerFrame};
use porchlight_wire::record::Cursor;
use porchlight_wire::{GroupId, Sequence, limits};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, request};
use crate::people::{Person, append_frame};
use crate::program::Program;

fn code(frame: ServerFrame) -> Option<(About, Code)> {
    if let ServerFrame::Refused(refused) = frame { Some((refused.about, refused.code)) } else { None }
}

#[tokio::test]
async fn what_is_no_frame_is_refused_and_the_connection_closed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::start(folder.path(), &["--groups", "open"]);
    for (message, expected) in [
        (Message::binary(b"\xff\x00garbage".to_vec()), Code::MALFORMED),
        (Message::binary(Vec::new()), Code::MALFORMED),
        (Message::binary(vec![0; 100_000]), Code::TOO_LARGE),
        (Message::binary(vec![0; limits::MAX_FRAME + 1]), Code::TOO_LARGE),
        (Message::text("hello"), Code::MALFORMED),
    ] {
        let mut client = Client::connect(server.address).await;
        client.send_raw(message).await;
        assert_eq!(client.until(code).await, (About::Connection, expected));
        assert_eq!(client.next().await, None);
    }
    assert_eq!(request(server.address, "GET /healthz HTTP/1.1\r\n", &[]).1, b"ok");
}

#[tokio::test]
async fn frames_out_of_order_are_refused_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::start(folder.path(), &["--groups", "open"]);
    let mut client = Client::connect(server.address).await;
    let (mut alice, change) = Person::founder(1, client.welcome.server);
    let group = alice.group;
    client.send(&append_frame(group, vec![alice.entry("a")])).await;
    assert_eq!(client.until(code).await, (About::Group(group), Code::NOT_OPEN));
    client.send(&alice.open_frame(&client.welcome, Cursor::START)).await;
    assert_eq!(client.until(code).await, (About::Group(group), Code::UNKNOWN_GROUP));
    let nowhere = GroupId::from_bytes([3; 32]);
    client.send(&ClientFrame::GetRoster(GetRoster { group: nowhere })).await;
    assert_eq!(client.until(code).await, (About::Group(nowhere), Code::NOT_OPEN));
    client.send(&alice.founding_frame(change, None)).await;
    client.send(&alice.open_frame(&client.welcome, Cursor::START)).await;
    client.send(&append_frame(group, vec![alice.entry("b")])).await;
    let about = About::Entry(group, alice.device(), Sequence::new(2));
    assert_eq!(client.until(code).await, (about, Code::OUT_OF_SEQUENCE));
}

#[tokio::test]
async fn a_connection_that_breaks_off_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::start(folder.path(), &["--groups", "open"]);
    for _ in 0..20 {
        let mut client = Client::connect(server.address).await;
        let (alice, change) = Person::founder(1, client.welcome.server);
        client.send(&alice.founding_frame(change, None)).await;
        drop(client);
    }
    let (head, _) =
        request(server.address, "POST /sync HTTP/1.1\r\ncontent-length: 9\r\n", b"\0\0\0\x63frame");
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    let large = "POST /sync HTTP/1.1\r\ncontent-length: 99999999\r\n";
    let (head, _) = request(server.address, large, &[0; 1000]);
    assert!(head.starts_with("HTTP/1.1 413"), "{head}");
    assert_eq!(request(server.address, "GET /healthz HTTP/1.1\r\n", &[]).1, b"ok");
}
