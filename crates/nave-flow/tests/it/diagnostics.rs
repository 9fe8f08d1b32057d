//! What is said of wrong flows: one file per code, with the flow and exactly what a person reads.
//!
//! A file holds cases with `====` between them; a case one or several flows, `----`, and what is printed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use nave_flow::check::{check, check_together};
use nave_flow::read;
use nave_model::fault::codes;

use crate::shown::shown;
use crate::world::{Memory, root};

/// Codes of flows that only a run can give.
const AT_RUN_TIME: [&str; 6] = [
    "E-FLOW-RAISED",
    "E-FLOW-TIMEOUT",
    "E-FLOW-CANCELLED",
    "E-EXPR-FAILED",
    // A check refuses only what no person writes; `nave-expr` has the tests.
    "E-EXPR-LIMIT",
    // Said of documents, before flows are read.
    "E-FLOW-INPUT",
];

/// Everything that is said of flows, each in a file of its own.
fn said(flows: &str) -> String {
    let files: Vec<(String, String)> = flows
        .split("\n++++\n")
        .map(|text| {
            let name = text.lines().find_map(|line| line.strip_prefix("flow: ")).unwrap();
            (format!("flows/{name}.yaml"), format!("{}\n", text.trim_end()))
        })
        .collect();
    let text = |file: &str| files.iter().find(|(name, _)| name == file).unwrap().1.clone();
    let reads: Vec<_> = files.iter().map(|(file, text)| read(file, text.as_bytes())).collect();
    let world = Memory { flows: reads.iter().filter_map(|read| read.flow.clone()).collect() };
    let mut printed = String::new();
    for read in &reads {
        let checked = read.flow.as_ref().map(|flow| check(flow, &world)).unwrap_or_default();
        for problems in [&read.errors, &checked.errors] {
            printed.push_str(&shown("error", problems, &text));
        }
        for problems in [&read.warnings, &checked.warnings] {
            printed.push_str(&shown("warning", problems, &text));
        }
    }
    let together = check_together(&world.flows.iter().collect::<Vec<_>>(), &world);
    printed.push_str(&shown("error", &together.errors, &text));
    printed.push_str(&shown("warning", &together.warnings, &text));
    printed
}

#[test]
fn every_code_has_its_page_of_what_is_said() {
    let folder = root().join("crates/nave-flow/tests/it/diagnostics");
    let mut seen = BTreeSet::new();
    let mut wrong = String::new();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let code = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let page = std::fs::read_to_string(&file).unwrap();
        for case in page.split("\n====\n") {
            let (flows, expected) = case.split_once("\n----\n").unwrap_or((case, ""));
            let printed = said(flows);
            if printed.trim_end() != expected.trim_end() {
                write!(wrong, "\n{code}:\n{flows}\n----\n{printed}").unwrap();
            }
            assert!(
                printed.contains(&format!("[{code}]")),
                "{code} is not said of\n{flows}\n----\n{printed}"
            );
        }
        seen.insert(code);
    }
    assert!(wrong.is_empty(), "{wrong}");
    let of_flows = |name: &&str| ["E-MAP-", "E-FLOW-", "E-EXPR-"].iter().any(|start| name.starts_with(start));
    let all = codes::ALL.iter().map(|code| code.name).filter(of_flows);
    let missing: Vec<&str> =
        all.filter(|name| !AT_RUN_TIME.contains(name) && !seen.contains(*name)).collect();
    assert!(missing.is_empty(), "no page for {missing:?}");
}
