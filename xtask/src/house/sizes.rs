//! Sizes and layout of files. Functions and argument lists are measured by clippy.

use crate::house::Breach;
use crate::house::tree::{Tree, is_test, production};

/// Production lines of a file.
const LONGEST_FILE: usize = 500;
/// Lines of a `lib.rs`.
const LONGEST_LIB: usize = 120;
/// Lines of tests that may stand in the file they test.
const LONGEST_INLINE_TESTS: usize = 150;

/// The first line of every Rust file is `//!`.
pub(crate) fn purpose(tree: &Tree) -> Vec<Breach> {
    let silent = |(name, text): (&str, &str)| {
        let first = text.lines().next().unwrap_or_default();
        let says = first.starts_with("//! ") && first.len() > 10;
        (!says).then(|| Breach::new(name, "the first line must say what the file is for (`//! …`)"))
    };
    tree.rust().filter_map(silent).collect()
}

/// No file is longer than one reading.
pub(crate) fn length(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (name, text) in tree.rust() {
        let lines = production(name, text).count();
        if lines > LONGEST_FILE {
            let what = format!("{lines} production lines, at most {LONGEST_FILE}: cut it by what it does");
            breaches.push(Breach::new(name, what));
        }
    }
    breaches
}

/// A `lib.rs` holds documentation, modules and re-exports.
pub(crate) fn lib(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (name, text) in tree.rust().filter(|(name, _)| name.ends_with("/lib.rs")) {
        let lines = text.lines().count();
        if lines > LONGEST_LIB {
            breaches.push(Breach::new(
                name,
                format!("{lines} lines, at most {LONGEST_LIB}: move code into modules"),
            ));
        }
    }
    breaches
}

/// `thing.rs` beside `thing/`; long tests in `thing/tests.rs`; one integration binary per crate.
pub(crate) fn modules(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (name, text) in tree.rust() {
        if name.ends_with("/mod.rs") {
            breaches.push(Breach::new(name, "write `thing.rs` beside `thing/`, not `thing/mod.rs`"));
        }
        if name.contains("/tests/") && !name.contains("/src/") && !name.contains("/tests/it/") {
            breaches.push(Breach::new(name, "integration tests are modules of `tests/it/main.rs`"));
        }
        let tests = text.lines().count() - production(name, text).count();
        if !is_test(name) && tests > LONGEST_INLINE_TESTS {
            breaches.push(Breach::new(name, format!("{tests} lines of tests: move them into a `tests.rs`")));
        }
    }
    breaches
}
