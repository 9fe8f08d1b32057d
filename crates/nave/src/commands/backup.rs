//! `nave backup` and `nave restore`: a consistent copy of everything a hub keeps, made while it works or
//! while it does not run, and the way back.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use nave_call::{Clock as _, SystemClock};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_server::places::Places;
use nave_server::view::{BackupMade, Info};
use nave_store::Store as _;
use nave_store::sqlite::{Options, Sqlite};
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::folder::{Folder, reason};
use crate::hub;
use crate::settings::{self, Given};
use crate::show::{plain, size};

/// Options of `nave backup`.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// A new folder for the copy [default: one below .nave/backups]
    #[arg(value_name = "FOLDER")]
    to: Option<PathBuf>,
    #[command(flatten)]
    at: hub::At,
}

/// Options of `nave restore`.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The folder of the copy
    #[arg(value_name = "FOLDER")]
    from: PathBuf,
    /// Where there is a store, move it aside first; it is kept
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    at: hub::At,
}

impl Backup {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        if let Some(to) = &self.to {
            free(to)?;
        }
        let path = match self.through_hub(context) {
            Err(fault) if fault.code == codes::HUB_AWAY && !self.at.is_named() => self.directly(context)?,
            made => made?,
        };
        let bytes = size_of(&path);
        if context.output.json() {
            context.output.value(&json!({ "path": path, "bytes": bytes }))?;
        } else {
            context.output.line(&path.display().to_string())?;
            context.output.say(&format!(
                "{}; `nave restore {}` makes a store of it",
                size(bytes),
                path.display()
            ));
        }
        Ok(Ended::Done)
    }

    /// The hub makes it below its own folder; from there it is moved to where it shall be.
    fn through_hub(&self, context: &Context) -> Result<PathBuf, Fault> {
        let hub = self.at.open(context)?;
        let _turning = context.output.progress("copying the store");
        let made: BackupMade = hub.post("/store/backup", &json!({ "name": name() }))?;
        let path = PathBuf::from(made.path);
        match &self.to {
            Some(to) => relocate(&path, to).map(|()| to.clone()),
            None => Ok(path),
        }
    }

    /// Without a hub the store is opened here, which nobody else can meanwhile.
    fn directly(&self, context: &Context) -> Result<PathBuf, Fault> {
        let folder = context.folder()?;
        let places = places(&folder)?;
        if !places.store.join(STORE).is_file() {
            let message = format!("there is no store in `{}`", places.store.display());
            return Err(Fault::new(codes::FILE, message).with_hint("a hub makes one when it first starts"));
        }
        let to = match &self.to {
            Some(to) => to.clone(),
            None => places.backups.join(name()),
        };
        let _turning = context.output.progress("copying the store");
        let store = Sqlite::open(&places.store, Options::default())?;
        context.runtime()?.block_on(store.backup(to.clone()))?;
        Ok(to)
    }
}

/// The name of a copy: when it was made.
fn name() -> String {
    format!("b-{}", now())
}

/// Now, as it can stand in the name of a folder: to the millisecond.
fn now() -> String {
    SystemClock::new().wall().strftime("%Y%m%d-%H%M%S-%3f").to_string()
}

/// The store's file, in its folder and in a copy.
const STORE: &str = "store.db";

impl Restore {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let folder = context.folder()?;
        let places = places(&folder)?;
        if let Ok(info) = self.at.open(context).and_then(|hub| hub.get::<Info>("/info")) {
            let message = format!("a hub runs with this project, as process {}", info.pid);
            return Err(Fault::new(codes::CONFLICT, message).with_hint("stop it first"));
        }
        let _turning = context.output.progress("restoring the store");
        let store = &places.store;
        let exists = store.join(STORE).exists();
        if exists && !self.replace {
            let message = format!("there is a store in `{}` already", store.display());
            return Err(
                Fault::new(codes::CONFLICT, message).with_hint("`--replace` moves it aside and keeps it")
            );
        }
        let now = now();
        let draft = beside(store, &format!("restored-{now}"));
        if let Err(fault) = nave_store::restore(&self.from, &draft) {
            // What was written of it is of no use; the fault says more than a second one would.
            fs::remove_dir_all(&draft).ok();
            return Err(fault);
        }
        let aside = if store.exists() { self.aside(store, &now, exists)? } else { None };
        fs::rename(&draft, store).map_err(|error| unmovable(&draft, store, &error))?;
        if context.output.json() {
            context.output.value(&json!({ "store": store, "aside": aside }))?;
            return Ok(Ended::Done);
        }
        context.output.line(&store.display().to_string())?;
        if let Some(aside) = aside {
            context.output.say(&format!("what was there is in {}", aside.display()));
        }
        context.output.say("the copy is whole; `nave serve` goes on from it");
        Ok(Ended::Done)
    }

    /// Moves what is in the store's place away; nobody may use it meanwhile.
    fn aside(&self, store: &Path, now: &str, exists: bool) -> Result<Option<PathBuf>, Fault> {
        if let Ok(lock) = fs::File::options().write(true).open(store.join("lock"))
            && let Err(fs::TryLockError::WouldBlock) = lock.try_lock()
        {
            let message = format!("another process uses the store in `{}`", store.display());
            return Err(Fault::new(codes::CONFLICT, message).with_hint("stop the hub first"));
        }
        let aside = beside(store, &format!("before-{now}"));
        fs::rename(store, &aside).map_err(|error| unmovable(store, &aside, &error))?;
        Ok(exists.then_some(aside))
    }
}

/// Where the hub of a project keeps its things.
fn places(folder: &Folder) -> Result<Places, Fault> {
    let config = settings::read(folder, &Given::default(), &[])?;
    Ok(Places::of(folder.root(), Some(&config.store.folder)))
}

/// A folder beside another, with a word behind its name.
fn beside(folder: &Path, word: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(word);
    folder.with_file_name(name)
}

/// A copy goes into a folder that is new or empty.
fn free(to: &Path) -> Result<(), Fault> {
    let taken = match fs::read_dir(to) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => to.exists(),
    };
    if !taken {
        return Ok(());
    }
    let message = format!("there is something at `{}` already", to.display());
    Err(Fault::new(codes::CONFLICT, message).with_hint("name a new folder"))
}

/// Moves a copy; over the border of a disk by copying it.
fn relocate(from: &Path, to: &Path) -> Result<(), Fault> {
    let attempt = || -> std::io::Result<()> {
        if let Some(above) = to.parent() {
            fs::create_dir_all(above)?;
        }
        match fs::rename(from, to) {
            Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices => {
                copy(from, to)?;
                fs::remove_dir_all(from)
            }
            moved => moved,
        }
    };
    attempt().map_err(|error| unmovable(from, to, &error))
}

/// Copies a folder; it is on disk when this returns.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            fs::File::open(&target)?.sync_all()?;
        }
    }
    fs::File::open(to)?.sync_all()
}

fn unmovable(from: &Path, to: &Path, error: &std::io::Error) -> Fault {
    let message =
        format!("`{}` cannot be moved to `{}`: {}", from.display(), to.display(), plain(&reason(error)));
    Fault::new(codes::FILE, message)
}

/// Bytes of a folder's files.
fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => size_of(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_a_folder_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        fs::create_dir_all(from.join("blobs/01")).unwrap();
        fs::write(from.join("store.db"), b"1234").unwrap();
        fs::write(from.join("blobs/01/x"), b"56").unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::read(to.join("blobs/01/x")).unwrap(), b"56");
        assert_eq!((size_of(&from), size_of(&to)), (6, 6));
        assert_eq!(free(&to).unwrap_err().code, codes::CONFLICT);
        assert_eq!(free(&to.join("store.db")).unwrap_err().code, codes::CONFLICT);
        free(&folder.path().join("c")).unwrap();
    }

    #[test]
    fn what_is_moved_aside_lies_beside() {
        assert_eq!(beside(Path::new(".nave/store"), "before-1"), Path::new(".nave/store.before-1"));
    }
}
