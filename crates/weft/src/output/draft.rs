//! A file that takes its name when it is complete.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt;

use tempfile::TempPath;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use crate::error::Failure;
use crate::output::target::Target;
use crate::terminal;

/// A file beside its target. Whatever ends the command before [`Draft::keep`], an interruption too, takes it away and
/// leaves the target as it was.
#[derive(Debug)]
pub(super) struct Draft {
    path: TempPath,
    /// Waits for interruptions as long as the draft is one: what drops the set ends its tasks.
    _watch: JoinSet<()>,
}

impl Draft {
    /// Begins a draft in the folder of the target, where renaming does not copy.
    ///
    /// # Errors
    /// When the folder or the file that is there may not be written.
    pub(super) fn begin(target: &Target) -> Result<(Self, File), Failure> {
        let failed = |cause| Failure::File { what: "writing", path: target.path.clone(), cause };
        // Less the umask, as any file that a command makes; or what the file has that it stands in for.
        let mut permissions = Permissions::from_mode(0o666);
        let there = target.place.exists();
        if there {
            // Renaming asks the folder only: a file that may not be written is to stay.
            let file = OpenOptions::new().write(true).open(&target.place).map_err(failed)?;
            permissions = file.metadata().map_err(failed)?.permissions();
        }
        let (file, path) = tempfile::Builder::new()
            .prefix(".weft-")
            .suffix(".part")
            .permissions(permissions.clone())
            .tempfile_in(target.folder())
            .map_err(failed)?
            .into_parts();
        if there {
            file.set_permissions(permissions).map_err(failed)?;
        }
        let watch = watch(&path, target).map_err(failed)?;
        Ok((Self { path, _watch: watch }, file))
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub(super) fn keep(self, target: &Target) -> Result<(), Failure> {
        let kept = self.path.persist(&target.place);
        kept.map_err(|cause| Failure::File { what: "writing", path: target.path.clone(), cause: cause.error })
    }
}

/// Takes the draft away when the command is interrupted, and ends as shells expect it.
fn watch(path: &TempPath, target: &Target) -> std::io::Result<JoinSet<()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (path, attempt) = (path.to_path_buf(), target.path.display().to_string());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let kind = tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = terminate.recv() => SignalKind::terminate(),
        };
        if std::fs::remove_file(&path).is_ok() {
            terminal::remark(&format!("interrupted; nothing was written to `{attempt}`"));
        }
        std::process::exit(128 + kind.as_raw_value());
    });
    Ok(tasks)
}
