//! Two versions of real descriptions compared.

use std::path::{Path, PathBuf};

use nave_connector::compare::{Class, compare};

use crate::corpus::import_file;
use crate::measure::measured;

fn pairs() -> Vec<(String, PathBuf, PathBuf)> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let folder = above.map(|above| above.join("shared/specs/pairs")).find(|folder| folder.is_dir());
    let mut pairs = Vec::new();
    for entry in std::fs::read_dir(folder.unwrap_or_default()).into_iter().flatten().flatten() {
        let file = |name: &str| {
            let files = std::fs::read_dir(entry.path()).unwrap().flatten();
            files.map(|file| file.path()).find(|path| path.file_stem().is_some_and(|stem| stem == name)).unwrap()
        };
        pairs.push((entry.file_name().into_string().unwrap(), file("old"), file("new")));
    }
    pairs.sort();
    pairs
}

#[test]
fn real_versions_are_classified() {
    for (name, old, new) in pairs() {
        let (old, new) = (import_file(&old).connector, import_file(&new).connector);
        let measured = measured(|| compare(&old, &new));
        let comparison = &measured.value;
        println!("{name} {}/{} {:?} {} ms {:?} MB", comparison.operations_old, comparison.operations_new, comparison.counts(), measured.time.as_millis(), measured.peak_mb);
        for finding in comparison.findings.iter().filter(|f| f.class > Class::Documentation) {
            println!("{}[{}]: {}\n    {} {}", finding.class, finding.rule, finding.line(), finding.touched(), finding.places);
        }
        assert!(comparison.complete && comparison.exact);
    }
}
