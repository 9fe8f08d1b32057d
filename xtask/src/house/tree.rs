//! The tracked files of the repository as text, and the crates of the workspace: all a rule may look at.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

/// What the rules are checked over.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Path from the root → content. Files that are not UTF-8 are left out.
    pub(crate) files: BTreeMap<String, String>,
    /// The crates of the workspace.
    pub(crate) crates: Vec<Crate>,
}

/// A crate of the workspace.
#[derive(Debug, Default, Clone)]
pub(crate) struct Crate {
    /// Its name.
    pub(crate) name: String,
    /// Its folder from the root.
    pub(crate) folder: String,
    /// What it depends on outside its tests.
    pub(crate) uses: Vec<String>,
    /// What only its tests and benchmarks depend on.
    pub(crate) tests_use: Vec<String>,
}

impl Tree {
    /// Reads the files Git tracks, and those it would track, below `root`.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Tree> {
        let listed = output(
            root,
            &["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
        )?;
        let mut files = BTreeMap::new();
        for name in listed.split('\0').filter(|name| !name.is_empty()) {
            // A file deleted from the work tree is still listed, and has nothing left to check.
            let Ok(bytes) = std::fs::read(root.join(name)) else { continue };
            if let Ok(text) = String::from_utf8(bytes) {
                files.insert(name.to_owned(), text);
            }
        }
        Ok(Tree { files, crates: crates(root)? })
    }

    /// The Rust files, with their production lines: everything before the tests.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter(|(name, _)| is_rust(name)).map(|(name, text)| (name.as_str(), text.as_str()))
    }
}

/// The standard output of a program run in `root`.
pub(crate) fn output(root: &Path, program: &[&str]) -> anyhow::Result<String> {
    let (name, arguments) = program.split_first().context("no program")?;
    let output = Command::new(name).args(arguments).current_dir(root).output()?;
    if !output.status.success() {
        bail!("`{}` failed: {}", program.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn crates(root: &Path) -> anyhow::Result<Vec<Crate>> {
    let text = output(root, &["cargo", "metadata", "--no-deps", "--format-version", "1", "--offline"])?;
    let metadata: Value = serde_json::from_str(&text)?;
    let workspace = metadata["workspace_root"].as_str().context("no workspace root")?.to_owned();
    let packages = metadata["packages"].as_array().context("no packages")?;
    Ok(packages.iter().map(|package| from_metadata(package, &workspace)).collect())
}

fn from_metadata(package: &Value, workspace: &str) -> Crate {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let manifest = text(&package["manifest_path"]);
    let folder = manifest.trim_start_matches(workspace).trim_start_matches('/');
    let mut found = Crate {
        name: text(&package["name"]),
        folder: folder.trim_end_matches("/Cargo.toml").to_owned(),
        ..Crate::default()
    };
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let list = if dependency["kind"] == "dev" { &mut found.tests_use } else { &mut found.uses };
        list.push(text(&dependency["name"]));
    }
    found
}

fn is_rust(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "rs")
}

/// Whether a Rust file holds nothing but tests, benchmarks or fuzz targets.
pub(crate) fn is_test(name: &str) -> bool {
    name.split('/').any(|part| matches!(part, "tests" | "benches" | "fuzz" | "tests.rs"))
}

/// The lines of a Rust file before its tests.
pub(crate) fn production<'a>(name: &str, text: &'a str) -> impl Iterator<Item = &'a str> {
    let test = is_test(name);
    text.lines().take_while(move |line| !test && !line.starts_with("#[cfg(test)]"))
}
