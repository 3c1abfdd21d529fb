//! Two people, one group: live, by POST, and after a quota of trouble.

use porchlight_wire::frame::{ClientFrame, Code, GetRoster, ServerFrame};
use porchlight_wire::record::Cursor;
use porchlight_wire::roster::Roster;
use porchlight_wire::{Hash, Position, Timestamp};

use crate::client::{Client, post};
use crate::people::{Person, append_frame};
use crate::program::{Program, run, token_in};

const FAR: Timestamp = Timestamp::from_millis(9_000_000_000_000);

#[tokio::test]
async fn what_alice_writes_ben_gets_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Program::start(folder.path(), &[]);
    let token = server.token();
    let mut a = Client::connect(server.address).await;
    let (mut alice, change) = Person::founder(1, a.welcome.server);
    let group = alice.group;
    a.send(&alice.founding_frame(change, Some(&token))).await;
    a.send(&alice.open_frame(&a.welcome, Cursor::START)).await;
    let head = Hash::from_bytes(*group.as_bytes());
    let (invitation, change) = alice.invite(&head, 77, 1, FAR);
    let next = alice.hash_of(&head, &change);
    a.send(&alice.change_frame(head, change)).await;
    a.until(|frame| matches!(frame, ServerFrame::Changed(c) if c.hash == next).then_some(())).await;

    let mut b = Client::connect(server.address).await;
    let ben = Person::stranger(2, group);
    b.send(&invitation.open_frame(group, &b.welcome)).await;
    b.send(&ClientFrame::GetRoster(GetRoster { group })).await;
    let list = b.until(|frame| if let ServerFrame::Roster(list) = frame { Some(list) } else { None }).await;
    let (roster, _) = Roster::verify_all(list.changes.iter().map(|one| (&one.change[..], one.time))).unwrap();
    let join = ben.join(&roster.head(), &invitation);
    let roster_head = ben.hash_of(&roster.head(), &join);
    b.send(&ben.change_frame(roster.head(), join)).await;
    b.send(&ben.open_frame(&b.welcome, Cursor::START)).await;
    let records =
        b.until(|frame| if let ServerFrame::Records(records) = frame { Some(records) } else { None }).await;
    assert_eq!((records.first, records.records.len()), (Position::new(1), 3));

    a.send(&append_frame(group, vec![alice.entry("the porch light is on")])).await;
    let accepted =
        a.until(|frame| if let ServerFrame::Accepted(done) = frame { Some(done) } else { None }).await;
    assert_eq!(accepted.entries[0].position, Position::new(4));
    let records =
        b.until(|frame| if let ServerFrame::Records(records) = frame { Some(records) } else { None }).await;
    let head = records.head.unwrap();
    head.verify(&group, &b.welcome.server).unwrap();
    assert_eq!(records.first, Position::new(4));

    // Alice turns the invitation off.
    let change = alice.close_invite(&roster_head, &invitation);
    a.send(&alice.change_frame(roster_head, change)).await;
    b.until(|frame| matches!(frame, ServerFrame::Records(_)).then_some(())).await;
    let mut c = Client::connect(server.address).await;
    c.send(&invitation.open_frame(group, &c.welcome)).await;
    let refused =
        c.until(|frame| if let ServerFrame::Refused(refused) = frame { Some(refused.code) } else { None });
    assert_eq!(refused.await, Code::INVITATION_CLOSED);

    // The same by POST: everything after a cursor, and an entry on the way, in one round trip after a first greeting.
    let [ServerFrame::Welcome(welcome)] = &post(server.address, &[])[..] else { panic!("no welcome") };
    let append = append_frame(group, vec![alice.entry("by post")]);
    let answers = post(server.address, &[alice.open_frame(welcome, Cursor::START), append]);
    assert!(matches!(&answers[..2], [ServerFrame::Welcome(_), ServerFrame::Opened(_)]));
    let records =
        answers.iter().filter_map(|frame| if let ServerFrame::Records(r) = frame { Some(r) } else { None });
    assert_eq!(records.map(|records| records.records.len()).sum::<usize>(), 6);
    assert!(answers.iter().any(|frame| matches!(frame, ServerFrame::Accepted(_))));
    b.until(|frame| if let ServerFrame::Records(records) = frame { Some(records) } else { None }).await;
}

#[tokio::test]
async fn a_token_is_needed_and_a_fresh_one_can_be_made_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Program::start(folder.path(), &["--url", "https://porch.example/"]);
    let first = server.token();
    let mut client = Client::connect(server.address).await;
    let code = |frame| match frame {
        ServerFrame::Refused(refused) => Some(Some(refused.code)),
        ServerFrame::Changed(_) => Some(None),
        _ => None,
    };
    let (alice, change) = Person::founder(1, client.welcome.server);
    for wrong in [None, Some(&b"0123456789abcdef"[..])] {
        client.send(&alice.founding_frame(change.clone(), wrong)).await;
        assert_eq!(client.until(code).await, Some(Code::BAD_TOKEN));
    }
    let printed = run(&["token", "--revoke-others"], folder.path());
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.contains("https://porch.example/#/start/"), "{printed}");
    client.send(&alice.founding_frame(change.clone(), Some(&first))).await;
    assert_eq!(client.until(code).await, Some(Code::BAD_TOKEN));
    client.send(&alice.founding_frame(change, Some(&token_in(&printed)))).await;
    assert_eq!(client.until(code).await, None);
}

#[tokio::test]
async fn one_who_reads_slowly_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::start(folder.path(), &["--groups", "open"]);
    let mut a = Client::connect(server.address).await;
    let (mut alice, change) = Person::founder(1, a.welcome.server);
    a.send(&alice.founding_frame(change, None)).await;
    a.send(&alice.open_frame(&a.welcome, Cursor::START)).await;
    a.until(|frame| matches!(frame, ServerFrame::Records(_)).then_some(())).await;
    let mut slow = Client::connect(server.address).await;
    slow.send(&alice.open_frame(&slow.welcome, Cursor::START)).await;
    slow.until(|frame| matches!(frame, ServerFrame::Records(_)).then_some(())).await;
    // Far more than sockets and queues hold.
    let text = "x".repeat(500_000);
    for _ in 0..40 {
        a.send(&append_frame(alice.group, vec![alice.entry(&text)])).await;
        a.until(|frame| matches!(frame, ServerFrame::Accepted(_)).then_some(())).await;
    }
    let mut at = Position::new(2);
    while at <= Position::new(41) {
        let records =
            slow.until(|frame| if let ServerFrame::Records(r) = frame { Some(r) } else { None }).await;
        assert_eq!(records.first, at);
        at = Position::new(at.get() + records.records.len() as u64);
    }
}
