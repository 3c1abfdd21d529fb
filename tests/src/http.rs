//! One plain HTTP request over a fresh connection, and its whole answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result};

use crate::wait::PATIENCE;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// For example 200.
    pub status: u16,
    /// The header lines, as they came.
    pub head: String,
    /// The body, with chunks put together.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// GETs a path.
pub fn get(server: SocketAddr, path: &str) -> Result<Answer> {
    request(server, "GET", path, &[], b"")
}

/// POSTs a body.
pub fn post(server: SocketAddr, path: &str, body: &[u8]) -> Result<Answer> {
    request(server, "POST", path, &["Content-Type: application/octet-stream"], body)
}

/// Sends one request and reads until the server closes.
pub fn request(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &[u8],
) -> Result<Answer> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n");
    head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    // A server may refuse a large body before it has read all of it.
    let _refused_early = stream.write_all(body);
    let mut bytes = Vec::new();
    let _reset_after_refusal = stream.read_to_end(&mut bytes);
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<Answer> {
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n").context("no answer")?;
    let (head, rest) = bytes.split_at(split);
    let head = String::from_utf8_lossy(head).into_owned();
    let status = head.split(' ').nth(1).context("no status")?.parse()?;
    let body = rest.get(4..).unwrap_or_default();
    let mut answer = Answer { status, head, body: body.to_vec() };
    if answer.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        answer.body = unchunked(body)?;
    }
    Ok(answer)
}

fn unchunked(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").context("a chunk without a length")?;
        let length =
            usize::from_str_radix(std::str::from_utf8(rest.get(..end).unwrap_or_default())?.trim(), 16)?;
        if length == 0 {
            return Ok(body);
        }
        let start = end + 2;
        body.extend_from_slice(rest.get(start..start + length).context("a chunk was cut")?);
        rest = rest.get(start + length + 2..).context("a chunk was cut")?;
    }
}
