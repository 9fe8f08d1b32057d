//! The committed description and documentation are those the code makes. To write them anew:
//! `NAVE_WRITE=1 cargo test -p nave-server committed`.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::path::PathBuf;

use nave_server::api::{describe, document};

#[track_caller]
fn check(file: &str, made: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if std::env::vars().any(|(name, _)| name == "NAVE_WRITE") {
        std::fs::write(&path, made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == made, "`{file}` is not what the code makes: NAVE_WRITE=1 cargo test -p nave-server");
}

#[test]
fn the_description_is_committed() {
    check("schema/admin-api.json", &describe::text());
}

#[test]
fn the_documentation_is_committed() {
    check("docs/api.md", &document::text());
}

#[test]
fn the_settings_are_documented() {
    check("docs/configuration.md", &nave_server::config::page());
}
