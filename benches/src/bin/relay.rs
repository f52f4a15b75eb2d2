//! In front of a store: counts requests and the bytes of answers, and lets every request wait.
//!
//! All engines of `stores/tpch.py` ask through it, so that one measure holds for all of them. It passes on bytes as they
//! come and looks at nothing but where one message ends and the next begins, for it shares the cores with what is timed.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark that cannot run stops")]

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Parser;
use serde_json::json;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, copy_buf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Relays HTTP/1.1 on a free port of loopback; each line on standard input is answered with what was counted so far.
#[derive(Debug, Parser)]
struct Arguments {
    /// The store's address.
    store: SocketAddr,
    /// How long every request waits, in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency: u64,
}

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 256 * 1024;

#[tokio::main(worker_threads = 1)]
async fn main() {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", json!({ "port": listener.local_addr().unwrap().port() }));
    let counts = Arc::new(Counts::default());
    let mut relay = JoinSet::new();
    relay.spawn(accept(listener, arguments, Arc::clone(&counts)));
    // The relay runs on its own thread; it ends with whoever started it.
    for _ in std::io::stdin().lines() {
        let [requests, bytes] = [&counts.requests, &counts.bytes].map(|count| count.load(Ordering::Relaxed));
        println!("{}", json!({ "requests": requests, "bytes": bytes }));
    }
}

async fn accept(listener: TcpListener, arguments: Arguments, counts: Arc<Counts>) {
    let mut connections = JoinSet::new();
    let latency = Duration::from_millis(arguments.latency);
    while let Ok((client, _)) = listener.accept().await {
        // A connection that breaks is its client's to notice.
        connections.spawn(relayed(client, arguments.store, latency, Arc::clone(&counts)));
        while connections.try_join_next().is_some() {}
    }
}

/// Relays one connection, message by message.
async fn relayed(mut client: TcpStream, store: SocketAddr, latency: Duration, counts: Arc<Counts>) -> Result<()> {
    let mut store = TcpStream::connect(store).await?;
    client.set_nodelay(true)?;
    store.set_nodelay(true)?;
    let (asking, mut to_client) = client.split();
    let (answering, mut to_store) = store.split();
    let mut asking = BufReader::new(asking);
    let mut answering = BufReader::with_capacity(BUFFER_BYTES, answering);
    while let Some(request) = Head::read(&mut asking).await? {
        counts.requests.fetch_add(1, Ordering::Relaxed);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        to_store.write_all(&request.text).await?;
        if request.length.is_some() || request.chunked {
            body(&mut asking, &mut to_store, &request).await?;
        }
        let Some(answer) = Head::read(&mut answering).await? else { return Ok(()) };
        to_client.write_all(&answer.text).await?;
        if !(request.text.starts_with(b"HEAD ") || answer.bare()) {
            let bytes = body(&mut answering, &mut to_client, &answer).await?;
            counts.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// The lines before a body.
#[derive(Debug, Default)]
struct Head {
    text: Vec<u8>,
    length: Option<u64>,
    chunked: bool,
}

impl Head {
    /// The next one; `None` when the other end has closed.
    async fn read(from: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<Self>> {
        let mut head = Self::default();
        loop {
            let start = head.text.len();
            if from.read_until(b'\n', &mut head.text).await? == 0 {
                return Ok(None);
            }
            let line = String::from_utf8_lossy(head.text.get(start..).unwrap_or_default()).to_ascii_lowercase();
            match line.trim_end().split_once(':') {
                Some(("content-length", value)) => head.length = value.trim().parse().ok(),
                Some(("transfer-encoding", value)) => head.chunked = value.contains("chunked"),
                None if line.trim_end().is_empty() => return Ok(Some(head)),
                _ => {}
            }
        }
    }

    /// True for an answer that never has a body, whatever its lines say.
    fn bare(&self) -> bool {
        let status = self.text.get(9..12).unwrap_or_default();
        status == b"204" || status == b"304"
    }
}

/// Passes a body on, and says how long it was: as long as its head says, in chunks, or until the other end closes.
async fn body(from: &mut (impl AsyncBufRead + Unpin), to: &mut (impl AsyncWrite + Unpin), head: &Head) -> Result<u64> {
    if head.chunked {
        return chunks(from, to).await;
    }
    copy_buf(&mut from.take(head.length.unwrap_or(u64::MAX)), to).await
}

async fn chunks(from: &mut (impl AsyncBufRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) -> Result<u64> {
    let mut bytes = 0;
    loop {
        let mut line = Vec::new();
        from.read_until(b'\n', &mut line).await?;
        to.write_all(&line).await?;
        let text = String::from_utf8_lossy(&line);
        let size = text.trim_end().split(';').next().unwrap_or_default();
        let size = u64::from_str_radix(size, 16).map_err(|cause| Error::new(ErrorKind::InvalidData, cause))?;
        // What a chunk holds, and the end of its line.
        copy_buf(&mut from.take(size + 2), to).await?;
        bytes += size;
        if size == 0 {
            return Ok(bytes);
        }
    }
}
