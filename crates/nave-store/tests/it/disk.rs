//! Disks that are full or cannot be written. They are mounted for the test, which takes root; elsewhere it says
//! that it was skipped. Syncs that fail and power that goes are tried by `cargo xtask powerloss`.

use std::path::{Path, PathBuf};
use std::process::Command;

use nave_model::fault::codes;
use nave_store::batch::{Intake, Message, NewMessage};
use nave_store::sqlite::{Options, Sqlite};
use nave_store::{Batch, Op, Store};

use super::open;

/// A file system in memory, for as long as this is held.
struct Disk {
    at: PathBuf,
    _folder: tempfile::TempDir,
}

impl Disk {
    /// `None`, said on standard error, where nothing can be mounted.
    #[expect(clippy::print_stderr, reason = "who runs the tests must see what was not tried")]
    fn mount(options: &str) -> Option<Disk> {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("disk");
        std::fs::create_dir(&at).unwrap();
        let mounted = mount(&["-t", "tmpfs", "-o", options, "nave-test"], &at);
        if !mounted {
            eprintln!("skipped: nothing can be mounted here, which takes root");
        }
        mounted.then_some(Disk { at, _folder: folder })
    }

    fn change(&self, options: &str) {
        assert!(mount(&["-o", &format!("remount,{options}")], &self.at));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("--lazy").arg(&self.at).status().unwrap();
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    let done = Command::new("mount").args(arguments).arg(at).stderr(std::process::Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}

fn intake(number: usize) -> Intake {
    let message = NewMessage {
        tenant: "default".to_owned(),
        lane: 0,
        dedup: Some(number.to_string()),
        message: Message::Start(vec![b'x'; 20_000]),
    };
    Intake { messages: vec![message], ..Intake::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_loses_nothing_and_recovers() {
    let Some(disk) = Disk::mount("size=3m") else { return };
    let store = open(&disk.at.join("store"));
    let mut kept = 0;
    let refused = loop {
        match store.append(intake(kept)).await {
            Ok(_) => kept += 1,
            Err(fault) => break fault,
        }
        assert!(kept < 1000, "the disk is never full");
    };
    assert_eq!(refused.code, codes::STORE_FULL, "{refused:?}");
    assert_eq!(store.health().failing.map(|fault| fault.code), Some(codes::STORE_FULL));
    let read = store.read(0, "default".to_owned(), 0, usize::MAX).await.unwrap();
    assert_eq!(read.len(), kept);
    let blob = store.put_blob(vec![1; 3_000_000]).await.unwrap_err();
    assert_eq!(blob.code, codes::STORE_FULL);
    disk.change("size=64m");
    let places = store.append(intake(kept)).await.unwrap();
    assert_eq!(places.first().map(|place| place.position), Some(kept as u64 + 1));
    assert_eq!(store.health().failing, None);
    drop(store);
    let store = Sqlite::open(&disk.at.join("store"), Options::default()).unwrap();
    assert_eq!(store.read(0, "default".to_owned(), 0, usize::MAX).await.unwrap().len(), kept + 1);
    store.verify().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_refused() {
    let Some(disk) = Disk::mount("size=8m") else { return };
    let folder = disk.at.join("store");
    let store = open(&folder);
    store.commit(Batch { ops: vec![cursor()], ..Batch::default() }).await.unwrap();
    drop(store);
    disk.change("ro");
    let refused = Sqlite::open(&folder, Options::default()).unwrap_err();
    assert_eq!(refused.code, codes::STORE_FAILED);
    assert!(refused.detail.clone().is_some_and(|detail| detail.contains("Read-only")), "{refused:?}");
    disk.change("rw");
    assert_eq!(open(&folder).cursor("c".to_owned()).await.unwrap(), Some(vec![1]));
}

fn cursor() -> Op {
    Op::Cursor { name: "c".to_owned(), value: Some(vec![1]) }
}
