//! The rules hold here, and each of them finds its bad example.

use std::path::Path;

use super::tree::{Crate, Tree};
use super::*;

#[test]
fn the_house_is_in_order() {
    let tree = Tree::read(&crate::root()).unwrap();
    assert!(tree.files.len() > 20, "the tracked files were not read");
    let found: Vec<String> = RULES
        .iter()
        .flat_map(|rule| breaches(rule, &tree).into_iter().map(|b| format!("{}: {}", b.at, b.what)))
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Checks one rule over one file: the part of each breach that is expected, in order.
#[track_caller]
fn check(rule: &str, file: (&str, &str), expected: &[&str]) {
    let mut tree = Tree::default();
    tree.files.insert(file.0.to_owned(), file.1.to_owned());
    tree.crates.push(Crate {
        name: "nave-connector".into(),
        folder: "crates/nave-connector".into(),
        ..Crate::default()
    });
    expect(rule, &tree, expected);
}

#[track_caller]
fn expect(rule: &str, tree: &Tree, expected: &[&str]) {
    let rule = RULES.iter().find(|known| known.name == rule).unwrap();
    let found: Vec<String> =
        (rule.check)(tree).into_iter().map(|breach| format!("{}: {}", breach.at, breach.what)).collect();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found:?} does not contain {expected:?}");
    }
}

#[track_caller]
fn arrow(name: &str, folder: &str, uses: &[&str], tests_use: &[&str], expected: &[&str]) {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let one =
        Crate { name: name.into(), folder: folder.into(), uses: owned(uses), tests_use: owned(tests_use) };
    expect("arrows", &Tree { crates: vec![one], ..Tree::default() }, expected);
}

#[test]
fn arrows_point_one_way() {
    arrow("nave-call", "crates/nave-call", &["nave-model", "tokio"], &["nave-sandbox"], &[]);
    arrow("nave", "crates/nave", &["nave-agent", "nave-sandbox"], &[], &[]);
    arrow("nave-model", "crates/nave-model", &["nave-connector"], &[], &["may not use `nave-connector`"]);
    arrow("nave-call", "crates/nave-call", &["nave-sandbox"], &[], &["may not use `nave-sandbox`"]);
    arrow("nave-connector", "crates/nave-connector", &[], &["nave-call"], &["tests of `nave-connector`"]);
    arrow("nave-agent", "crates/nave-agent", &["nave-server"], &[], &["may not use `nave-server`"]);
    arrow("nave-helpers", "crates/nave-helpers", &[], &[], &["has no place in the house"]);
    arrow("nave-call", "crates/calls", &[], &[], &["is not named after it"]);
}

#[test]
fn pure_crates_do_not_reach_out() {
    let file = "crates/nave-connector/src/a.rs";
    check("pure", (file, "//! A.\nlet x = 1; // std::fs is not used\n#[cfg(test)]\nuse std::fs;\n"), &[]);
    check("pure", (file, "use std::net::Ipv4Addr;"), &[]);
    check("pure", (file, "//! A.\nuse std::fs::File;\n"), &["a.rs:2: `nave-connector` is pure: `std::fs`"]);
    check("pure", (file, "use std::{fmt, fs};"), &["`fs`"]);
    check("pure", (file, "use std::{fmt, thread::sleep};"), &["`thread::`"]);
    check("pure", (file, "let now = jiff::Timestamp::now();"), &["`Timestamp::now`"]);
    check("pure", (file, "async fn call() {}"), &["`async fn`"]);
    check("pure", ("crates/nave-call/src/a.rs", "use std::fs;"), &[]);
    let impure = Crate {
        name: "nave-expr".into(),
        folder: "crates/nave-expr".into(),
        uses: vec!["tokio".into()],
        tests_use: vec!["tempfile".into()],
    };
    expect("pure", &Tree { crates: vec![impure], ..Tree::default() }, &["may not use `tokio`"]);
}

#[test]
fn a_file_says_what_it_is_for() {
    check("purpose", ("crates/a/src/a.rs", "//! Reads a thing.\n"), &[]);
    check("purpose", ("crates/a/src/a.rs", "use std::fmt;\n"), &["the first line"]);
    check("purpose", ("crates/a/src/a.rs", "//! A.\n"), &["the first line"]);
    check("purpose", ("docs/a.md", "text"), &[]);
}

#[test]
fn files_are_short() {
    let lines = |count: usize| "let a = 1;\n".repeat(count);
    let tested = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(500), lines(140));
    check("length", ("crates/a/src/a.rs", &tested), &[]);
    check("length", ("crates/a/src/a.rs", &lines(501)), &["501 production lines"]);
    check("length", ("crates/a/src/a/tests.rs", &lines(900)), &[]);
    check("lib", ("crates/a/src/lib.rs", &lines(120)), &[]);
    check("lib", ("crates/a/src/lib.rs", &lines(121)), &["121 lines"]);
}

#[test]
fn modules_and_tests_are_laid_out_one_way() {
    check("modules", ("crates/a/src/thing.rs", "//! A thing.\n"), &[]);
    check("modules", ("crates/a/src/thing/mod.rs", "//! A thing.\n"), &["beside `thing/`"]);
    check("modules", ("crates/a/tests/it/main.rs", "//! Tests.\n"), &[]);
    check("modules", ("crates/a/tests/other.rs", "//! Tests.\n"), &["modules of `tests/it/main.rs`"]);
    let long = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "assert!(a);\n".repeat(150));
    check("modules", ("crates/a/src/thing.rs", &long), &["move them into a `tests.rs`"]);
}

#[test]
fn packages_are_counted() {
    let lock = |count: usize| "[[package]]\nname = \"a\"\n".repeat(count);
    check("packages", ("Cargo.lock", &lock(350)), &[]);
    check("packages", ("Cargo.lock", &lock(351)), &["351 packages"]);
    check("packages", ("Cargo.toml", ""), &["is not tracked"]);
}

#[test]
fn codes_and_pages_are_the_same_set() {
    let codes = r#"    A = "E-A", Invalid, Caller, Never, "An a is wrong.";"#;
    let page = "# E-A\n\nAn a is wrong.\nKind `invalid`, blame `caller`, retry `never`.\n\n## What happened\n## Why\n## What to do\n";
    let tree = |name: &str, page: &str| {
        let mut tree = Tree::default();
        tree.files.insert("crates/nave-model/src/fault/codes.rs".into(), codes.into());
        tree.files.insert(format!("docs/faults/{name}.md"), page.into());
        tree
    };
    expect("faults", &tree("E-A", page), &[]);
    expect("faults", &tree("E-B", page), &["E-A.md: is missing", "E-B.md: no fault has this code"]);
    expect("faults", &tree("E-A", &page.replace("# E-A", "# A")), &["must begin with these lines: # E-A"]);
    expect("faults", &tree("E-A", &page.replace("An a is wrong.", "?")), &["/ An a is wrong. /"]);
    expect("faults", &tree("E-A", &page.replace("never", "after")), &["retry `never`"]);
    expect("faults", &tree("E-A", &page.replace("## Why", "")), &["must have the sections"]);
}

#[test]
fn forbidden_words_are_found() {
    let word = |halves: [&str; 2]| halves.concat();
    check("words", ("README.md", "A method, a workflow, and todos.\n"), &[]);
    check("words", ("README.md", &format!("a\n// {} later\n", word(["TO", "DO"]))), &["README.md:2"]);
    check("words", ("a.yaml", &format!("path: {}x\n", word(["/ho", "me/"]))), &["not of where"]);
}

#[test]
fn licences_follow_the_list() {
    let allowed = licences::allowed("[licenses]\nallow = [\n  \"MIT\",\n  \"Apache-2.0\", # ours\n]\n");
    assert_eq!(allowed, ["MIT", "Apache-2.0"]);
    let found = |licence: Option<&str>| {
        let package = licences::Package { name: "p".into(), licence: licence.map(str::to_owned) };
        licences::check(&[package], &allowed).len()
    };
    for fine in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "MIT AND Apache-2.0", "(MIT OR X) AND Apache-2.0"] {
        assert_eq!(found(Some(fine)), 0, "{fine}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "MIT WITH X", "(MIT", "", "MIT OR"] {
        assert_eq!(found(Some(bad)), usize::from(bad != "MIT OR"), "{bad}");
    }
    assert_eq!(found(None), 1);
}

#[test]
fn exceptions_name_one_file_and_a_rule() {
    let tree = Tree::read(Path::new(&crate::root())).unwrap();
    assert_eq!(exceptions::stale(&tree), []);
    assert!(!exceptions::excepts("length", "crates/nave-model/src/fault.rs"));
}
