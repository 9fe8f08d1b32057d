//! How a disk is made to ail, and made well again: a small tmpfs that is filled, and system calls that
//! `strace` has fail in the hub's process.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use tokio::process::{Child, Command};

use crate::trials::clock;

/// Why writing does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// There is no room.
    Full,
    /// Syncing fails: EIO.
    Fails,
    /// Nothing can be written: EROFS.
    ReadOnly,
}

/// A disk that is taken away when this is dropped.
pub(super) struct Disk(Option<PathBuf>);

impl Drop for Disk {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Left mounted, it costs a few megabytes; the trial's findings stand.
            let _left = std::process::Command::new("umount").arg(path).status();
        }
    }
}

/// What makes a disk well again.
pub(super) enum Ending {
    /// This file takes the room.
    Filler(PathBuf),
    /// This program has the calls fail.
    Tracer(Child),
}

impl Cause {
    /// The one with a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Cause::Full, Cause::Fails, Cause::ReadOnly].into_iter().find(|cause| cause.name() == name)
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Cause::Full => "full",
            Cause::Fails => "fails",
            Cause::ReadOnly => "read-only",
        }
    }

    /// What a machine must allow for it.
    pub(super) fn needs(self) -> &'static str {
        match self {
            Cause::Full => "a tmpfs cannot be mounted here; it needs root",
            Cause::Fails | Cause::ReadOnly => "`strace` is not installed here",
        }
    }

    /// Makes what it needs below the store's folder; `None` where this machine does not allow it.
    pub(super) async fn prepare(self, store: &Path) -> anyhow::Result<Option<Disk>> {
        std::fs::create_dir_all(store)?;
        match self {
            Cause::Full => {
                let mount = Command::new("mount")
                    .args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"])
                    .arg(store)
                    .stderr(Stdio::null())
                    .status()
                    .await;
                let mounted = mount.is_ok_and(|status| status.success());
                Ok(mounted.then(|| Disk(Some(store.to_path_buf()))))
            }
            Cause::Fails | Cause::ReadOnly => {
                let found = Command::new("strace").arg("--version").stdout(Stdio::null()).status().await;
                Ok(found.is_ok_and(|status| status.success()).then_some(Disk(None)))
            }
        }
    }

    /// Begins.
    pub(super) async fn begin(self, store: &Path, pid: u32) -> anyhow::Result<Ending> {
        let (calls, error) = match self {
            Cause::Full => return filled(store.join("filler")),
            Cause::Fails => ("fsync,fdatasync", "EIO"),
            Cause::ReadOnly => ("pwrite64,pwritev,ftruncate,fsync,fdatasync", "EROFS"),
        };
        let tracer = Command::new("strace")
            .args(["-f", "-q", "-o", "/dev/null", "-p", &pid.to_string()])
            .args(["-e", &format!("trace={calls}"), "-e", &format!("inject={calls}:error={error}")])
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("`strace` cannot be started")?;
        // It takes a moment to attach to all threads.
        clock::pause(500).await;
        Ok(Ending::Tracer(tracer))
    }
}

/// Takes all the room there is.
fn filled(path: PathBuf) -> anyhow::Result<Ending> {
    let mut file = std::fs::File::create(&path)?;
    let block = vec![0_u8; 4096];
    while file.write_all(&block).is_ok() {}
    Ok(Ending::Filler(path))
}

impl Ending {
    /// Ends the cause.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        match self {
            Ending::Filler(path) => std::fs::remove_file(path)?,
            Ending::Tracer(mut tracer) => {
                // Asked nicely it lets go of the process, which goes on.
                let pid = tracer.id().context("`strace` ended too early")?.to_string();
                Command::new("kill").args(["-TERM", &pid]).status().await?;
                tracer.wait().await?;
            }
        }
        Ok(())
    }
}
