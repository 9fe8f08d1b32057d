//! Every built-in connector is whole: listed, imported without a word of complaint, and curated.

use std::path::Path;
use std::sync::Arc;

use super::{list, read};
use crate::{Memory, Project};

/// A project with nothing in it but the catalogue.
fn project() -> Project {
    let (project, problems) = Project::load(Arc::new(Memory::default()));
    assert_eq!(problems, []);
    project
}

fn files(folder: &Path, path: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{path}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), &path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn the_list_is_the_folder() {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors"), "connectors", &mut found);
    found.sort();
    assert_eq!(list(), found, "mend the list in catalogue.rs");
    assert_eq!(read("connectors/slack/nothing.yaml"), None);
}

#[test]
fn every_connector_imports_without_a_finding() {
    let project = project();
    assert_eq!(project.connectors().names(), ["hubspot", "slack", "stripe"]);
    for name in project.connectors().names() {
        let loaded = project.connectors().get(&name).unwrap();
        let report = &loaded.report;
        assert_eq!((&report.refused, &report.findings), (&Vec::new(), &Vec::new()), "{name}");
        assert!(loaded.connector.entries().len() >= 12, "{name}");
        for entry in loaded.connector.entries() {
            assert!(entry.curated, "{name}.{}", entry.name);
            loaded.connector.operation(&entry.name).unwrap();
        }
    }
}
