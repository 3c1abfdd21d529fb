//! What this machine can do at best, measured in the same run: the other figures are read beside these.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use ed25519_dalek::{Signer, SigningKey};
use futures_util::{SinkExt, StreamExt};
use rusqlite::{Connection, params};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{accept_async, client_async};

use crate::report::Report;

const FSYNCS: usize = 300;
const ROWS: usize = 100_000;
const ROWS_PER_COMMIT: usize = 1_000;
const ECHOES: usize = 5_000;
const SIGNATURES: usize = 5_000;
/// A usual Entry.
const CONTENT: usize = 512;

pub(crate) async fn measure(report: &mut Report) -> Result<()> {
    report.note("machine", "writes of 4 kB that reached the disk, one by one", "per s", fsyncs()?);
    report.note("machine", "SQLite rows of 512 bytes, 1000 in a durable commit", "per s", rows()?);
    report.note("machine", "Ed25519 signatures verified on one core", "per s", verified()?);
    report.note("machine", "WebSocket messages of 512 bytes sent back, one by one", "per s", echoes().await?);
    Ok(())
}

fn fsyncs() -> Result<f64> {
    let folder = TempDir::new()?;
    let mut file = File::create(folder.path().join("file"))?;
    let started = Instant::now();
    for _ in 0..FSYNCS {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
    }
    Ok(per_second(FSYNCS, started.elapsed()))
}

fn rows() -> Result<f64> {
    let folder = TempDir::new()?;
    let mut connection = Connection::open(folder.path().join("database"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         CREATE TABLE record (number INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;",
    )?;
    let body = vec![7_u8; CONTENT];
    let started = Instant::now();
    for commit in 0..ROWS / ROWS_PER_COMMIT {
        let transaction = connection.transaction()?;
        for row in 0..ROWS_PER_COMMIT {
            let number = i64::try_from(commit * ROWS_PER_COMMIT + row)?;
            transaction.prepare_cached("INSERT INTO record VALUES (?, ?)")?.execute(params![number, body])?;
        }
        transaction.commit()?;
    }
    Ok(per_second(ROWS, started.elapsed()))
}

fn verified() -> Result<f64> {
    let key = SigningKey::from_bytes(&[7; 32]);
    let message = [7; CONTENT];
    let signature = key.sign(&message);
    let started = Instant::now();
    for _ in 0..SIGNATURES {
        key.verifying_key().verify_strict(&message, &signature)?;
    }
    Ok(per_second(SIGNATURES, started.elapsed()))
}

async fn echoes() -> Result<f64> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let mut socket = accept_async(stream).await?;
        for _ in 0..ECHOES {
            let message = socket.next().await.context("the line ended")??;
            socket.send(message).await?;
        }
        anyhow::Ok(())
    });
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut socket, _) = client_async(format!("ws://{address}/"), stream).await?;
    let started = Instant::now();
    for _ in 0..ECHOES {
        socket.send(Message::Binary(vec![7; CONTENT].into())).await?;
        socket.next().await.context("the line ended")??;
    }
    let took = started.elapsed();
    server.await??;
    Ok(per_second(ECHOES, took))
}

fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
