//! How long it takes to check one changed flow again, beside checking the whole project: the example
//! project with its onboarding flow a hundred times over.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to measure")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use divan::Bencher;
use nave_project::{Files, Incremental, Memory};

const FLOW: &str = "flows/sales/onboard-won-deal.yaml";

fn main() {
    divan::main();
}

fn collect(folder: &Path, below: &str, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{below}{name}");
        if entry.path().is_dir() && !name.starts_with('.') {
            collect(&entry.path(), &format!("{path}/"), found);
        } else if entry.path().is_file() {
            found.push((path, std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

fn project() -> Arc<dyn Files> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/deal-won");
    let mut files = Vec::new();
    collect(&root, "", &mut files);
    let (_, flow) = files.iter().find(|(path, _)| path == FLOW).unwrap().clone();
    for number in 0..100 {
        let name = format!("copies/onboard-{number}");
        files.push((format!("flows/{name}.yaml"), flow.replace("sales/onboard-won-deal", &name)));
    }
    Arc::new(Memory::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))))
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn yardstick_whole_project(bencher: Bencher<'_, '_>) {
    let files = project();
    bencher.bench_local(|| Incremental::load(Arc::clone(&files)));
}

#[divan::bench(sample_count = 100, sample_size = 1)]
fn one_changed_flow(bencher: Bencher<'_, '_>) {
    let mut project = Incremental::load(project());
    assert!(project.checked().errors.is_empty());
    bencher.bench_local(|| project.changed(FLOW));
}
