//! Every public description at hand imports: at least 99.5 % of the operations are usable, and every
//! other one says why, where.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nave_connector::openapi::{Import, Input, NoResolver, import};
use nave_connector::source;

use crate::measure::measured;

/// The folder of public descriptions beside the repository, where there is one.
pub(crate) fn corpus() -> Vec<PathBuf> {
    let shared = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let mut files = Vec::new();
    let mut folders = vec![shared.join("specs"), shared.join("agents")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().is_some_and(|name| !name.ends_with("tasks.json")) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

pub(crate) fn import_file(path: &Path) -> Import {
    let name = path.file_name().unwrap().to_str().unwrap();
    let bytes = std::fs::read(path).unwrap();
    let source = source::read(name, &bytes).unwrap();
    drop(bytes);
    import(Input { name: "corpus", source, manifest: None, overlay: None, resolver: &NoResolver }).unwrap()
}

#[test]
fn every_public_description_imports() {
    let files = corpus();
    if files.is_empty() {
        println!("skipped: there are no descriptions in ../shared/specs");
        return;
    }
    println!(
        "{:<52} {:<12} {:>6} {:>6} {:>7} {:>8} {:>6} {:>6}  refused by cause",
        "document", "version", "ops", "usable", "refused", "findings", "ms", "MB"
    );
    let (mut operations, mut usable) = (0, 0);
    for path in &files {
        let measured = measured(|| import_file(path));
        let Import { connector, report } = &measured.value;
        let mut causes: BTreeMap<&str, usize> = BTreeMap::new();
        for refused in &report.refused {
            *causes.entry(refused.problem.code.name).or_default() += 1;
            let at = &refused.problem.at;
            assert!(at.file.is_some() && at.pointer.is_some() && at.line.is_some(), "{refused:?}");
            assert!(!refused.problem.message.is_empty(), "{refused:?}");
            println!("    {} {}: {}", refused.method, refused.path, refused.problem);
        }
        let shown: String = path.to_str().unwrap().rsplit("shared/").next().unwrap().to_owned();
        println!(
            "{shown:<52} {:<12} {:>6} {:>6} {:>7} {:>8} {:>6} {:>6}  {causes:?}",
            connector.version.chars().take(12).collect::<String>(),
            report.operations,
            connector.entries().len(),
            report.refused.len(),
            report.findings.len(),
            measured.time.as_millis(),
            measured.peak_mb.map_or_else(|| "?".to_owned(), |mb| mb.to_string()),
        );
        assert_eq!(report.operations, connector.entries().len() + report.refused.len());
        operations += report.operations;
        usable += connector.entries().len();
    }
    println!("{usable} of {operations} operations are usable");
    assert!(operations > 4_000, "the descriptions shrank");
    assert!(usable * 1_000 >= operations * 995, "{usable} of {operations} operations are usable");
}
