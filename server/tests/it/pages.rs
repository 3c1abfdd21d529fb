//! What a browser and an operator see.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::client::{parse, request};
use crate::program::{Program, run};

#[test]
fn pages_are_fenced_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::start(folder.path(), &[]);
    for path in ["/", "/about", "/healthz", "/nothing-here"] {
        let (head, _) = request(server.address, &format!("GET {path} HTTP/1.1\r\n"), &[]);
        assert!(head.contains("content-security-policy: default-src 'none'; script-src 'self' "), "{head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
    }
    let (head, body) = request(server.address, "GET / HTTP/1.1\r\n", &[]);
    assert!(
        head.starts_with("HTTP/1.1 200") && head.contains("text/html") && head.contains("no-cache"),
        "{head}"
    );
    assert!(String::from_utf8(body).unwrap().to_lowercase().starts_with("<!doctype html>"));
    let (head, _) = request(server.address, "GET /nothing-here HTTP/1.1\r\n", &[]);
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    let (head, _) = request(server.address, "GET /sync HTTP/1.1\r\n", &[]);
    assert!(head.starts_with("HTTP/1.1 426"), "{head}");
    let (_, about) = request(server.address, "GET /about HTTP/1.1\r\n", &[]);
    let about = String::from_utf8(about).unwrap();
    assert!(about.contains(r#""versions":[1,1],"groups":"token""#), "{about}");
}

#[test]
fn phones_get_the_rules_of_time_zones() {
    let folder = tempfile::tempdir().unwrap();
    let server = Program::start(folder.path(), &[]);
    let get = |name: &str| request(server.address, &format!("GET /zones/{name} HTTP/1.1\r\n"), &[]);
    for name in ["America/Chicago", "America/Argentina/Buenos_Aires", "Europe/Warsaw"] {
        let (head, rules) = get(name);
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("application/octet-stream"), "{head}");
        assert!(rules.starts_with(b"TZif") && rules.len() < 4096, "{name}: {} bytes", rules.len());
    }
    for name in ["america/chicago", "Elm/Street", "", "..%2f..%2fetc%2fpasswd"] {
        assert!(get(name).0.starts_with("HTTP/1.1 404"), "{name}");
    }
}

#[test]
fn tls_is_spoken_with_the_given_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    for name in ["one", "two"] {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        fs::write(file(&format!("{name}.crt")), made.cert.pem()).unwrap();
        fs::write(file(&format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    }
    let data = folder.path().join("data");
    let wrong =
        ["serve", "--listen", "127.0.0.1:0", "--tls-cert", &file("one.crt"), "--tls-key", &file("two.key")];
    let refused = run(&wrong, &data);
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("does not belong to the certificate") && said.lines().count() == 1, "{said}");

    let server = Program::start(&data, &["--tls-cert", &file("one.crt"), "--tls-key", &file("one.key")]);
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file("one.crt")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(server.address).unwrap());
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(parse(&answer).1, b"ok");
}

#[test]
fn the_operator_is_told_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let says = |arguments: &[&str], expected: &str| {
        let output = run(arguments, &data);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(expected), "{arguments:?}: {said}");
    };
    says(&["token"], "there is no server's data in");
    let server = Program::start(&data, &[]);
    says(&["serve", "--listen", "127.0.0.1:0"], "another porchlight server is already running");
    drop(server);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    says(&["serve", "--listen", &taken.local_addr().unwrap().to_string()], "cannot listen on");
    fs::rename(data.join("server.key"), folder.path().join("server.key")).unwrap();
    says(&["serve", "--listen", "127.0.0.1:0"], "server.key is missing");
    let version = run(&["--version"], &data);
    assert!(String::from_utf8(version.stdout).unwrap().starts_with("porchlight "));
}
