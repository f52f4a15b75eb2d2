//! A password from a file, from standard input, or from whoever sits at the terminal; never from an argument.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::Path;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use weft_auth::secret::Secret;

use crate::error::{Failure, setup};

/// The largest file that is taken for a password.
const FILE_BYTES_MAX: u64 = 4096;

/// The password in a file; `-` is standard input. One line break at the end does not belong to it.
///
/// # Errors
/// When it cannot be read, is too long or is no text.
pub fn from_file(path: &Path) -> Result<Secret, Failure> {
    let text =
        if path.as_os_str() == "-" { bounded(std::io::stdin().lock()) } else { File::open(path).and_then(bounded) };
    text.map_err(|cause| Failure::File { what: "reading the password in", path: path.to_owned(), cause })
}

/// The password that standard input holds, or that somebody types twice without its being shown.
///
/// # Errors
/// When it cannot be read, or the two differ.
pub fn ask() -> Result<Secret, Failure> {
    if !std::io::stdin().is_terminal() {
        return from_file(Path::new("-"));
    }
    let first = typed("Password: ")?;
    if first.expose() != typed("The same again: ")?.expose() {
        return Err(Failure::Setup("the two passwords differ; nothing was changed".to_owned()));
    }
    Ok(first)
}

fn bounded(input: impl Read) -> std::io::Result<Secret> {
    let mut text = String::new();
    input.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        return Err(std::io::Error::other(format!("it is longer than {FILE_BYTES_MAX} bytes")));
    }
    let line = text.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    Ok(Secret::new(line.unwrap_or(&text)))
}

/// A line typed at the terminal, which does not show it.
fn typed(prompt: &str) -> Result<Secret, Failure> {
    let failed = |cause: std::io::Error| setup("asking for the password")(&cause);
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(failed)?;
    let silent = Silent::begin(terminal.try_clone().map_err(failed)?).map_err(failed)?;
    terminal.write_all(prompt.as_bytes()).and_then(|()| terminal.flush()).map_err(failed)?;
    let mut line = String::new();
    BufReader::new(terminal.take(FILE_BYTES_MAX)).read_line(&mut line).map_err(failed)?;
    drop(silent);
    Ok(Secret::new(line.trim_end_matches(['\n', '\r'])))
}

/// A terminal that does not show what is typed; it shows it again when this is dropped.
struct Silent {
    terminal: File,
    before: Termios,
}

impl Silent {
    fn begin(terminal: File) -> std::io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}
