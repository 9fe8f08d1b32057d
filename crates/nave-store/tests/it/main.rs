//! The store in a folder: what every store must pass, and what only this one can meet.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

use std::path::Path;
use std::sync::Arc;

use nave_model::fault::codes;
use nave_store::sqlite::{Options, Sqlite};
use nave_store::{Store, conformance, restore};

mod damage;
mod disk;
mod load;
mod log;
mod model;
mod recovery;
mod segments;
mod versions;

/// Of small segments, so that little work fills many.
fn open(folder: &Path) -> Arc<dyn Store> {
    let options = Options { lanes: conformance::LANES, segment_bytes: 1500, ..Options::default() };
    Sqlite::open(folder, options).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn does_what_every_store_does() {
    let folder = tempfile::tempdir().unwrap();
    conformance::check(&open, &restore, folder.path()).await;
}

#[test]
fn one_process_alone_uses_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let second = Sqlite::open(folder.path(), Options::default()).unwrap_err();
    assert_eq!(second.code, codes::STORE_FAILED);
    assert!(second.message.starts_with("another process uses the store"), "{}", second.message);
    drop(first);
    assert_eq!(open(folder.path()).lanes(), conformance::LANES);
}

#[test]
fn a_newer_store_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let file = folder.path().join("store.db");
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&file).unwrap();
    let refused = Sqlite::open(folder.path(), Options::default()).unwrap_err();
    assert_eq!(refused.code, codes::STORE_VERSION);
    assert!(std::fs::read(&file).unwrap() == before);
}
