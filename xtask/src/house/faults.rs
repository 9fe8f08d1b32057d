//! Fault codes and their pages are the same set, and a page answers what a reader came for.

use std::collections::BTreeMap;

use crate::house::Breach;
use crate::house::tree::Tree;

const CODES: &str = "crates/nave-model/src/fault/codes.rs";
const PAGES: &str = "docs/faults/";
/// What a page must say, in this order.
const SECTIONS: [&str; 3] = ["## What happened", "## Why", "## What to do"];

/// Every code has a page named after it with the three sections; every page has a code.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let codes = codes(tree.files.get(CODES).map_or("", String::as_str));
    let pages = tree.files.iter().filter_map(|(name, text)| {
        let code = name.strip_prefix(PAGES)?.strip_suffix(".md")?;
        code.starts_with("E-").then_some((code, text.as_str()))
    });
    let pages: BTreeMap<&str, &str> = pages.collect();
    let mut breaches = Vec::new();
    for (code, Said { title, kind }) in &codes {
        let at = format!("{PAGES}{code}.md");
        let Some(page) = pages.get(code) else {
            breaches.push(Breach::new(at, "is missing; say what happened, why, and what to do"));
            continue;
        };
        let top: Vec<&str> = page.lines().filter(|line| !line.is_empty()).take(3).collect();
        let expected = [format!("# {code}"), (*title).to_owned(), kind.clone()];
        if top != expected {
            breaches.push(Breach::new(&at, format!("must begin with these lines: {}", expected.join(" / "))));
        }
        let found: Vec<&str> = page.lines().filter(|line| SECTIONS.contains(line)).collect();
        if found != SECTIONS {
            breaches.push(Breach::new(&at, format!("must have the sections {}", SECTIONS.join(", "))));
        }
    }
    for code in pages.keys().filter(|code| !codes.contains_key(*code)) {
        breaches
            .push(Breach::new(format!("{PAGES}{code}.md"), format!("no fault has this code; see {CODES}")));
    }
    breaches
}

/// What the table says of one code.
struct Said<'a> {
    title: &'a str,
    /// The second line of the page, for example ``Kind `invalid`, blame `caller`, retry `never`.``
    kind: String,
}

/// The codes of the table, by the shape of its lines: `NAME = "E-X", Kind, Blame, Retry, "Title.";`.
fn codes(table: &str) -> BTreeMap<&str, Said<'_>> {
    let mut codes = BTreeMap::new();
    for line in table.lines().filter(|line| line.contains("= \"E-")) {
        let parts: Vec<&str> = line.split('"').collect();
        let [_, code, words, title, ..] = parts.as_slice() else { continue };
        let words: Vec<&str> = words.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        let [kind, blame, retry] = words.as_slice() else { continue };
        let kind = format!(
            "Kind `{}`, blame `{}`, retry `{}`.",
            kind.to_lowercase(),
            blame.to_lowercase(),
            retry.replace("IfIdempotent", "if-idempotent").to_lowercase()
        );
        codes.insert(*code, Said { title, kind });
    }
    codes
}
