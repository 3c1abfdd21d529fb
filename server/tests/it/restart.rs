//! The server is stopped, killed, and comes back.

use std::time::Duration;

use porchlight_wire::frame::{ClientFrame, Code, ServerFrame};
use porchlight_wire::record::Cursor;
use porchlight_wire::{Position, Sequence};
use rustix::process::Signal;

use crate::client::Client;
use crate::people::{Person, append_frame};
use crate::program::{Program, run};

#[tokio::test]
async fn a_stop_is_clean_and_the_next_start_is_the_same_server() {
    let folder = tempfile::tempdir().unwrap();
    for signal in [Signal::TERM, Signal::INT] {
        let server = Program::start(folder.path(), &["--groups", "open"]);
        let mut client = Client::connect(server.address).await;
        let before = client.welcome.clone();
        server.signal(signal);
        assert_eq!(client.next().await, None);
        assert!(server.ended_well());
        assert!(!folder.path().join("porchlight.sqlite-wal").exists(), "a stopped server leaves one file");
        let server = Program::start(folder.path(), &["--groups", "open"]);
        let after = Client::connect(server.address).await.welcome;
        assert_eq!((before.server, before.store), (after.server, after.store));
    }
}

#[test]
fn a_damaged_database_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::start(folder.path(), &[]);
    server.signal(Signal::TERM);
    assert!(server.ended_well());
    let database = folder.path().join("porchlight.sqlite");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[..4096].iter_mut().for_each(|byte| *byte = !*byte);
    std::fs::write(&database, &bytes).unwrap();
    let output = run(&["serve", "--listen", "127.0.0.1:0"], folder.path());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("the database is damaged"), "{said}");
    assert_eq!(std::fs::read(&database).unwrap(), bytes);
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut author: Option<Person> = None;
    let mut acknowledged = 0;
    for round in 0..5_u64 {
        let server = Program::start(folder.path(), &["--groups", "open"]);
        let mut client = Client::connect(server.address).await;
        let alice = match &mut author {
            Some(alice) => alice,
            None => {
                let (alice, change) = Person::founder(1, client.welcome.server);
                client.send(&alice.founding_frame(change, None)).await;
                author.insert(alice)
            }
        };
        client.send(&alice.open_frame(&client.welcome, Cursor::START)).await;
        let mut kept = 0;
        let mut end = None;
        while end.is_none_or(|end| kept < end) {
            match client.next().await.unwrap() {
                ServerFrame::Opened(opened) => end = Some(opened.head.cursor.position.get()),
                ServerFrame::Records(records) => kept += records.records.len() as u64,
                _ => {}
            }
        }
        assert!(
            kept > acknowledged,
            "{kept} records, of which {acknowledged} entries were acknowledged before"
        );
        // What was written but not acknowledged is simply sent again.
        alice.go_on_after(Sequence::new(kept - 1));

        let killer = async {
            tokio::time::sleep(Duration::from_millis(20 + 30 * round)).await;
            server.signal(Signal::KILL);
        };
        let pusher = async {
            let mut sent = kept - 1;
            loop {
                let frame = append_frame(alice.group, vec![alice.entry("x")]);
                client.send_or_lose(&frame).await;
                sent += 1;
                let Some(answer) = client.next().await else { return sent - 1 };
                assert!(matches!(answer, ServerFrame::Accepted(_)), "{answer:?}");
            }
        };
        let (_, done) = tokio::join!(killer, pusher);
        acknowledged = done;
    }
    assert!(acknowledged > 0);
}

#[tokio::test]
async fn a_clock_that_jumped_while_the_server_was_off_needs_the_operator() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::start(folder.path(), &["--groups", "open"]);
    let mut client = Client::connect(server.address).await;
    let (mut alice, change) = Person::founder(1, client.welcome.server);
    client.send(&alice.founding_frame(change, None)).await;
    client.until(|frame| matches!(frame, ServerFrame::Changed(_)).then_some(())).await;
    server.signal(Signal::TERM);
    assert!(server.ended_well());
    // As if the server had last run in 2001.
    let database = rusqlite::Connection::open(folder.path().join("porchlight.sqlite")).unwrap();
    let long_ago = 1_000_000_000_000_u64.to_be_bytes();
    database.execute("UPDATE facts SET value = ? WHERE name = 'clock-seen'", [&long_ago[..]]).unwrap();

    let server = Program::start(folder.path(), &["--groups", "open"]);
    let mut client = Client::connect(server.address).await;
    client.send(&alice.open_frame(&client.welcome, Cursor::START)).await;
    let append: ClientFrame = append_frame(alice.group, vec![alice.entry("a")]);
    client.send(&append).await;
    let refused = |frame| if let ServerFrame::Refused(refused) = frame { Some(refused.code) } else { None };
    assert_eq!(client.until(refused).await, Code::CLOCK_JUMPED);
    assert!(run(&["confirm-clock"], folder.path()).status.success());
    client.send(&append).await;
    let accepted =
        client.until(|frame| if let ServerFrame::Accepted(done) = frame { Some(done) } else { None }).await;
    assert_eq!(accepted.entries[0].position, Position::new(2));
}

#[tokio::test]
async fn a_backup_made_while_the_server_runs_is_the_same_server() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    let server = Program::start(&data, &["--groups", "open"]);
    let mut client = Client::connect(server.address).await;
    let before = client.welcome.clone();
    let (alice, change) = Person::founder(1, client.welcome.server);
    client.send(&alice.founding_frame(change, None)).await;
    client.until(|frame| matches!(frame, ServerFrame::Changed(_)).then_some(())).await;
    let said = said_by(&["check"], &data, 1);
    for line in ["server       running", "sound", "1 group", "last backup  never", "make a backup"] {
        assert!(said.contains(line), "{line} in {said}");
    }

    let to = copy.to_str().unwrap();
    for _ in 0..2 {
        let said = said_by(&["backup", "--to", to], &data, 0);
        assert!(said.contains("with 1 group"), "{said}");
    }
    let said = said_by(&["check"], &data, 0);
    assert!(said.contains("last backup  0 minutes ago") && said.contains("All is well."), "{said}");
    drop(server);
    assert!(said_by(&["check"], &data, 1).contains("not running"));

    let restored = Program::start(&copy, &["--groups", "open"]);
    let mut client = Client::connect(restored.address).await;
    assert_eq!((before.server, before.store), (client.welcome.server, client.welcome.store));
    client.send(&alice.open_frame(&client.welcome, Cursor::START)).await;
    let opened = |frame| match frame {
        ServerFrame::Opened(opened) => Some(opened.head.cursor.position.get()),
        _ => None,
    };
    assert_eq!(client.until(opened).await, 1, "the group is there");
    // Nothing is copied over a server that runs.
    let refused = run(&["backup", "--to", to], &data);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("already running"));
    drop(restored);
    let refused = run(&["backup", "--to", data.to_str().unwrap()], &data);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("own data folder"));
    let inside = data.join("copies/today");
    let refused = run(&["backup", "--to", inside.to_str().unwrap()], &data);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("own data folder"));
    assert!(!data.join("copies").exists());
}

#[test]
fn a_database_that_cannot_be_opened_is_not_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(Program::start(&data, &["--groups", "open"]));
    let database = data.join("porchlight.sqlite");
    std::fs::rename(&database, folder.path().join("aside")).unwrap();
    std::fs::create_dir(&database).unwrap();
    let said = said_by(&["check"], &data, 1);
    assert!(said.contains("cannot be used") && !said.contains("from a backup"), "{said}");
    assert!(said.contains("need not be damaged") || said.contains("make room"), "{said}");
}

#[test]
fn a_damaged_database_is_told_and_replaces_no_backup() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    let server = Program::start(&data, &[]);
    server.signal(Signal::TERM);
    assert!(server.ended_well());
    let to = copy.to_str().unwrap();
    said_by(&["backup", "--to", to], &data, 0);
    let good = std::fs::read(copy.join("porchlight.sqlite")).unwrap();

    let database = data.join("porchlight.sqlite");
    let mut bytes = std::fs::read(&database).unwrap();
    let end = bytes.len();
    bytes[4096..end].fill(0xff);
    std::fs::write(&database, &bytes).unwrap();
    let said = said_by(&["check"], &data, 1);
    // What cannot work is not advised: neither to start it before, nor to make a backup.
    let [repair, start] = ["put porchlight.sqlite from a backup", "start it:"].map(|step| said.find(step));
    assert!(repair.is_some() && repair < start && !said.contains("make a backup"), "{said}");
    let refused = run(&["serve", "--listen", "127.0.0.1:0"], &data);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("porchlight check"));
    let refused = run(&["backup", "--to", to], &data);
    assert!(!refused.status.success());
    assert!(std::fs::read(copy.join("porchlight.sqlite")).unwrap() == good, "the backup is as it was");
    assert!(std::fs::read(&database).unwrap() == bytes);
}

#[test]
fn a_key_in_a_backup_is_replaced_by_no_other_and_by_no_damaged_one() {
    let folder = tempfile::tempdir().unwrap();
    let [data, other, copy] = ["data", "other", "copy"].map(|name| folder.path().join(name));
    for data in [&data, &other] {
        let server = Program::start(data, &[]);
        server.signal(Signal::TERM);
        assert!(server.ended_well());
    }
    let to = copy.to_str().unwrap();
    said_by(&["backup", "--to", to], &data, 0);
    let files = || ["server.key", "porchlight.sqlite"].map(|file| std::fs::read(copy.join(file)).unwrap());
    let good = files();

    let refused = run(&["backup", "--to", to], &other);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("another server"));
    for damage in [&b"hi"[..], &[0xff; 40], b""] {
        std::fs::write(data.join("server.key"), damage).unwrap();
        let refused = run(&["backup", "--to", to], &data);
        assert!(String::from_utf8(refused.stderr).unwrap().contains("server.key is damaged"));
        let said = said_by(&["check"], &data, 1);
        assert!(said.contains("key          damaged"), "{said}");
        assert!(said.find("put server.key") < said.find("start it:"), "{said}");
    }
    assert!(files() == good, "the backup is as it was");
}

#[test]
fn a_backup_that_has_no_room_is_told_as_that_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    let server = Program::start(&data, &[]);
    server.signal(Signal::TERM);
    assert!(server.ended_well());
    // Files may have 64 kB, half of what is there, and what is longer is an error, as on a full disk, rather than a signal.
    let script = r#"trap '' XFSZ; ulimit -f 64; exec "$0" backup --data "$1" --to "$2""#;
    let mut limited = std::process::Command::new("bash");
    limited.args(["-c", script, env!("CARGO_BIN_EXE_porchlight")]).args([&data, &copy]);
    let refused = limited.output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("cannot write the backup") && !refused.status.success(), "{said}");
    assert_eq!(
        std::fs::read_dir(&copy).unwrap().flatten().filter(|file| file.file_name() != "lock").count(),
        0
    );
    assert!(said_by(&["check"], &data, 1).contains("sound"));
}

/// What a command prints, which must end with this code.
fn said_by(arguments: &[&str], data: &std::path::Path, code: i32) -> String {
    let output = run(arguments, data);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}
