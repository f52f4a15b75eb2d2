//! Receipts, one JSON object a line, in a file of bounded size that is rotated.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use weft_engine::receipt::{AuditSink, Receipt};

/// How many receipts may wait to be written.
const QUEUE_MAX: usize = 10_000;

/// Writes receipts to a file from a thread of its own.
#[derive(Debug)]
pub struct AuditFile {
    queue: SyncSender<Receipt>,
    dropped: AtomicU64,
}

impl AuditFile {
    /// Opens the file for appending. At `max` bytes it becomes `FILE.1`, and so on, `keep` files at most.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path, max: u64, keep: usize) -> std::io::Result<Self> {
        let file = append(path)?;
        let (queue, receipts) = sync_channel(QUEUE_MAX);
        let writer = Writer { path: path.to_owned(), written: file.metadata()?.len(), file, max, keep };
        std::thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run(&receipts))?;
        Ok(Self { queue, dropped: AtomicU64::new(0) })
    }
}

impl AuditSink for AuditFile {
    fn record(&self, receipt: Receipt) {
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.queue.try_send(receipt) {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(dropped, "a receipt could not be written");
        }
    }
}

struct Writer {
    path: PathBuf,
    file: File,
    written: u64,
    max: u64,
    keep: usize,
}

impl Writer {
    fn run(mut self, receipts: &Receiver<Receipt>) {
        while let Ok(receipt) = receipts.recv() {
            if let Err(cause) = self.write(&receipt) {
                tracing::error!(%cause, "the audit file could not be written");
            }
        }
    }

    fn write(&mut self, receipt: &Receipt) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(receipt)?;
        line.push(b'\n');
        if self.written > 0 && self.written + line.len() as u64 > self.max {
            for age in (1..self.keep).rev() {
                let _ = std::fs::rename(self.aged(age), self.aged(age + 1));
            }
            std::fs::rename(&self.path, self.aged(1))?;
            self.file = append(&self.path)?;
            self.written = 0;
        }
        self.file.write_all(&line)?;
        self.written += line.len() as u64;
        Ok(())
    }

    fn aged(&self, age: usize) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{age}"));
        PathBuf::from(name)
    }
}

fn append(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
