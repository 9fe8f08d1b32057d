//! Every built-in connector is whole: listed, imported without a word of complaint, and curated.

use std::path::Path;
use std::sync::Arc;

use nave_connector::case::{Case, Gives};
use nave_connector::manifest;

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

#[test]
fn every_manifest_names_only_what_is_there() {
    let project = project();
    for name in project.connectors().names() {
        let loaded = project.connectors().get(&name).unwrap();
        assert_eq!(manifest::check(&loaded.connector), [], "{name}");
    }
}

#[test]
fn every_case_holds_and_every_operation_has_one() {
    let project = project();
    for name in project.connectors().names() {
        let (count, problems) = project.check_cases(&name).unwrap();
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, Vec::<String>::new(), "{name}");
        let connector = &project.connectors().get(&name).unwrap().connector;
        assert_eq!(connector.cases.len(), count, "{name}");
        for entry in connector.entries() {
            let right = |case: &Case| case.operation == entry.name && case.gives == Gives::Answer;
            assert!(connector.cases.iter().any(right), "{name}.{} has no case that succeeds", entry.name);
        }
        let refused = connector.cases.iter().filter(|case| case.sends.is_none()).count();
        assert!(refused >= 3, "{name} shows {refused} wrong calls");
    }
}
