//! The licence of every locked package, against the list `deny.toml` allows. The same list serves
//! `cargo deny check` where that tool is installed.

use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use crate::house::{Breach, tree};

/// A package and its licence expression (SPDX), as its author declared them.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) licence: Option<String>,
}

/// The licences `deny.toml` allows: the strings of its `allow` list.
pub(crate) fn allowed(deny: &str) -> Vec<String> {
    let list = deny.split_once("allow = [").and_then(|(_, rest)| rest.split_once(']'));
    let (list, _) = list.unwrap_or_default();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every locked package, from cargo.
pub(crate) fn packages(root: &Path) -> anyhow::Result<Vec<Package>> {
    let text = tree::output(root, &["cargo", "metadata", "--format-version", "1", "--locked"])?;
    let metadata: Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Ok(packages
        .iter()
        .map(|package| Package {
            name: text(&package["name"]).unwrap_or_default(),
            licence: text(&package["license"]),
        })
        .collect())
}

/// The packages whose licence is not allowed.
pub(crate) fn check(packages: &[Package], allowed: &[String]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for package in packages {
        match &package.licence {
            Some(licence) if satisfied(licence, allowed) => {}
            Some(licence) => {
                breaches.push(Breach::new(&package.name, format!("licence `{licence}` is not allowed")));
            }
            None => breaches.push(Breach::new(&package.name, "declares no licence")),
        }
    }
    breaches
}

/// Whether an SPDX expression can be satisfied by allowed licences. `AND` binds tighter than `OR`;
/// the old `/` means `OR`.
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let result = any(&mut words, allowed);
    result && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut result = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        result |= all(words, allowed);
    }
    result
}

fn all(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut result = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        result &= one(words, allowed);
    }
    result
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let Some(word) = words.next() else { return false };
    if word == "(" {
        let inside = any(words, allowed);
        return words.next() == Some(")") && inside;
    }
    let mut licence = word.to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        licence = format!("{word} WITH {}", words.next().unwrap_or_default());
    }
    allowed.contains(&licence)
}
