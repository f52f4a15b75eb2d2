//! What the machine has: ports, memory, room to spill.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use super::report::Report;
use crate::config::Config;
use crate::config::machine::memory_bytes;

const MIB: u64 = 1024 * 1024;

/// The addresses to listen on.
pub(super) fn ports(config: &Config, report: &mut Report) {
    port("server.listen", config.server.listen, report);
    match config.admin.listen {
        Some(address) => port("admin.listen", address, report),
        None => report.ok("admin.listen", "off: nobody can ask for health and metrics".to_owned()),
    }
}

fn port(name: &'static str, address: SocketAddr, report: &mut Report) {
    if !address.ip().is_loopback() {
        let says = format!("{address} is not a loopback address, and this version has no TLS");
        return report.fail(name, says, "Listen on 127.0.0.1 and put a proxy that ends TLS in front.");
    }
    match TcpListener::bind(address) {
        Ok(_) => report.ok(name, format!("{address} is free")),
        Err(cause) if cause.kind() == ErrorKind::AddrInUse => {
            let hint = format!("Perhaps the server runs already; else choose another with `{name}`.");
            report.warn(name, format!("{address} is taken"), &hint);
        }
        Err(cause) => {
            report.fail(name, format!("{address}: {cause}"), &format!("Choose another with `{name}`."));
        }
    }
}

/// The memory of statements and caches against what there is.
pub(super) fn memory(config: &Config, report: &mut Report) {
    let statements = u64::try_from(config.limits().memory).unwrap_or(u64::MAX);
    let wanted = statements.saturating_add(config.caches().total());
    let there = memory_bytes();
    let says = format!("statements and caches may use {} MiB, and the process {} MiB", wanted / MIB, there / MIB);
    if wanted >= there {
        let hint = "Lower `limits.memory`, to 60% perhaps: the process would be killed before a statement is refused.";
        report.fail("limits.memory", says, hint);
    } else if wanted > there / 10 * 8 {
        report.warn("limits.memory", says, "Leave room for connections: `limits.memory: 60%` is well.");
    } else {
        report.ok("limits.memory", says);
    }
}

/// The folder for spill files, and the room in it.
pub(super) fn spill(config: &Config, report: &mut Report) {
    let folder: PathBuf = config.spill.dir.as_ref().map_or_else(std::env::temp_dir, |dir| config.path(dir));
    let name = folder.display();
    if let Err(cause) = tempfile::NamedTempFile::new_in(&folder) {
        let says = format!("`{name}` cannot be written: {cause}");
        return report.fail("spill.dir", says, "Make the folder, or name another one under `spill.dir`.");
    }
    let wanted = config.limits().spill_bytes;
    let free = rustix::fs::statvfs(&folder).map(|space| space.f_bavail.saturating_mul(space.f_frsize));
    match free {
        Ok(free) if free < wanted => {
            let says = format!("`{name}` has {} MiB left, and spill.max is {} MiB", free / MIB, wanted / MIB);
            report.warn("spill.dir", says, "Lower `spill.max`, or name a folder with more room under `spill.dir`.");
        }
        Ok(free) => report.ok("spill.dir", format!("`{name}` has {} MiB left", free / MIB)),
        Err(_) => report.ok("spill.dir", format!("`{name}`; how much room it has cannot be told")),
    }
}
