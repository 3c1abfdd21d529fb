//! Running a server: start, first link, health, clean stop, who may create groups, the app in the binary.

use anyhow::{Context, Result, ensure};
use porchlight_tests::device::{self, Device};
use porchlight_tests::http;
use porchlight_tests::server::Server;
use porchlight_tests::tap::{Direction, Tap};
use porchlight_wire::frame::ServerFrame;
use serde_json::Value;
use tempfile::TempDir;

use crate::neighbors::{Neighborhood, names, sync_all};

#[test]
fn a_server_says_that_it_is_well_and_who_it_is() -> Result<()> {
    let folder = TempDir::new()?;
    let mut server = Server::start(folder.path())?;
    ensure!(http::get(server.address(), "/healthz")?.body == b"ok");
    let about: Value = serde_json::from_slice(&http::get(server.address(), "/about")?.body)?;
    let key = about.get("server_key").and_then(Value::as_str).context("no key")?.to_owned();
    ensure!(key.len() == 43 && about.get("groups").and_then(Value::as_str) == Some("token"), "{about}");

    server.kill()?;
    let again = server.start_again()?;
    let about: Value = serde_json::from_slice(&http::get(again.address(), "/about")?.body)?;
    ensure!(about.get("server_key").and_then(Value::as_str) == Some(&key), "the key is kept");
    Ok(())
}

#[test]
fn a_stop_signal_ends_it_cleanly_though_devices_are_connected() -> Result<()> {
    let mut street = Neighborhood::found()?;
    let ben = street.neighbor("Ben")?;
    let mut watching = ben.start(&["sync", "--watch", "--json"])?;
    watching.wait_for("saved_and_sent")?;
    street.rosa.json(&["contacts", "add", "--name", "Mrs. Tran"])?;
    street.rosa.sync()?;

    let status = street.server.stop()?;
    ensure!(status.success(), "it ended with {status}: {:?}", street.server.printed());
    watching.kill()?;
    street.server = street.server.start_again()?;
    sync_all(&[&street.rosa, &ben])?;
    ensure!(names(&ben)? == ["Mrs. Tran"], "everything is there after the stop");
    Ok(())
}

#[test]
fn the_first_start_prints_a_link_as_text_and_as_a_picture() -> Result<()> {
    let folder = TempDir::new()?;
    let server = Server::start(folder.path())?;
    let token = server.token()?;
    let printed = server.printed();
    ensure!(
        printed.iter().any(|line| line.contains(&format!("{}/#/start/{token}", server.url()))),
        "{printed:?}"
    );
    ensure!(
        printed.iter().filter(|line| line.contains('█') || line.contains('▀')).count() > 10,
        "no QR code"
    );
    Ok(())
}

#[test]
fn only_a_token_makes_groups_unless_the_host_says_otherwise() -> Result<()> {
    let folder = TempDir::new()?;
    let server = Server::start(&folder.path().join("server"))?;
    let token = server.token()?;
    let rosa = Device::new(folder.path(), "Rosa");
    rosa.create_group("Maple Street", &server.url(), &token)?;
    rosa.sync()?;

    let mallory = Device::new(folder.path(), "Mallory");
    let mut wrong = token.into_bytes();
    wrong.rotate_right(1);
    let wrong = String::from_utf8(wrong)?;
    let made = mallory.create_group("Elm Street", &server.url(), &wrong);
    ensure!(made.is_err() || mallory.sync().is_err(), "a made-up token made a group");

    let closed =
        Server::start_with(&folder.path().join("closed"), "127.0.0.1:0".parse()?, &["--groups", "closed"])?;
    let ana = Device::new(folder.path(), "Ana");
    let args = ["create-group", "Oak Street", "--server", &closed.url(), "--as", "Ana", "--json"];
    let made = ana.run(&args)?.status.success();
    ensure!(!made || ana.sync().is_err(), "a closed server made a group");

    let open =
        Server::start_with(&folder.path().join("open"), "127.0.0.1:0".parse()?, &["--groups", "open"])?;
    let zoe = Device::new(folder.path(), "Zoe");
    zoe.text(&["create-group", "Ash Street", "--server", &open.url(), "--as", "Zoe"])?;
    zoe.sync()?;
    Ok(())
}

#[test]
fn the_app_is_in_the_binary_fenced_in_and_packed() -> Result<()> {
    let folder = TempDir::new()?;
    let server = Server::start(folder.path())?;
    let page = http::get(server.address(), "/")?;
    ensure!(page.status == 200, "{}", page.head);
    let policy = page.header("content-security-policy").context("no policy")?;
    ensure!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"), "{policy}");
    ensure!(page.header("x-content-type-options") == Some("nosniff"), "{}", page.head);

    let html = String::from_utf8(page.body)?;
    let start = html.find("/assets/").context("the app was not built into the server: run `make web`")?;
    let path: String = html[start..].chars().take_while(|c| !['"', '\'', ' ', '>'].contains(c)).collect();
    let asset = http::request(server.address(), "GET", &path, &["Accept-Encoding: br"], b"")?;
    ensure!(asset.status == 200, "{path}: {}", asset.head);
    ensure!(asset.header("cache-control").is_some_and(|it| it.contains("immutable")), "{}", asset.head);
    ensure!(asset.header("content-encoding") == Some("br"), "{}", asset.head);
    ensure!(http::get(server.address(), "/assets/nothing.js")?.status == 404);
    ensure!(http::get(server.address(), "/../Cargo.toml")?.status == 404);
    Ok(())
}

#[test]
fn a_post_is_answered_with_the_same_frames() -> Result<()> {
    let street = Neighborhood::found()?;
    let answer = http::post(street.server.address(), "/sync", b"")?;
    ensure!(answer.status == 200, "{}", answer.head);
    let (length, frame) = answer.body.split_at(4);
    ensure!(
        u32::from_be_bytes(length.try_into()?) as usize == frame.len(),
        "one frame with its length before it"
    );
    let frame = ServerFrame::decode(frame)?.context("no known frame")?;
    ensure!(matches!(frame, ServerFrame::Welcome(_)), "{frame:?}");
    Ok(())
}

#[test]
fn a_second_server_on_the_same_folder_or_port_says_why_it_cannot() -> Result<()> {
    let folder = TempDir::new()?;
    let server = Server::start(folder.path())?;
    let other = TempDir::new()?;
    let same_port = Server::start_with(other.path(), server.address(), &[]);
    ensure!(same_port.err().is_some_and(|error| !error.to_string().contains("panicked")), "two on one port");
    let same_folder = Server::start(folder.path());
    ensure!(
        same_folder.err().is_some_and(|error| !error.to_string().contains("panicked")),
        "two on one folder"
    );
    ensure!(http::get(server.address(), "/healthz")?.status == 200);
    Ok(())
}

#[test]
fn a_damaged_database_is_a_clear_error_and_is_left_alone() -> Result<()> {
    let mut street = Neighborhood::found()?;
    street.server.stop()?;
    let database = std::fs::read_dir(street.server.data())?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3")))
        .context("no database")?;
    let whole = std::fs::read(&database)?;
    let damaged: Vec<u8> =
        whole.iter().enumerate().map(|(at, byte)| if at < 4096 { !byte } else { *byte }).collect();
    std::fs::write(&database, &damaged)?;
    let error = street.server.start_again().err().context("it started on a damaged database")?.to_string();
    ensure!(!error.contains("panicked"), "{error}");
    ensure!(std::fs::read(&database)? == damaged, "a damaged database must not be touched");

    std::fs::write(&database, &whole)?;
    street.server = street.server.start_again()?;
    street.rosa.sync()?;
    Ok(())
}

#[test]
fn a_server_with_a_certificate_is_reached_in_secret_and_an_unknown_one_is_refused() -> Result<()> {
    for by_its_own_word in [rcgen::IsCa::NoCa, rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained)] {
        reaches_a_server_that_made_its_own(by_its_own_word)?;
    }
    Ok(())
}

/// The second is what `openssl req -x509` makes.
fn reaches_a_server_that_made_its_own(by_its_own_word: rcgen::IsCa) -> Result<()> {
    let folder = TempDir::new()?;
    let signing = rcgen::KeyPair::generate()?;
    let mut params = rcgen::CertificateParams::new(["localhost".to_owned()])?;
    params.is_ca = by_its_own_word;
    let made = params.self_signed(&signing)?;
    let certificate = device::file(folder.path(), "cert.pem", made.pem().as_bytes())?;
    let key = device::file(folder.path(), "key.pem", signing.serialize_pem().as_bytes())?;
    let server = Server::start_with(
        &folder.path().join("server"),
        "127.0.0.1:0".parse()?,
        &["--tls-cert", &certificate, "--tls-key", &key],
    )?;
    let tap = Tap::on(server.address())?;
    let url = tap.url().replace("http://127.0.0.1", "https://localhost");
    let rosa = Device::new(folder.path(), "Rosa");
    rosa.create_group("Maple Street", &url, &server.token()?)?;

    let said = rosa.refused(&["sync"])?;
    ensure!(!said.contains("panicked") && said.contains("--ca-cert"), "{said}");
    rosa.text(&["sync", "--ca-cert", &certificate])?;
    ensure!(tap.recorded(Direction::Up).windows(4).all(|four| four != b"GET "), "something went in the open");
    Ok(())
}
