//! What is said of wrong policies, one page for each code: a policy and everything that `nave check` or
//! `nave policy test` says of it in the example project.

use std::collections::BTreeSet;
use std::path::Path;

use nave_model::fault::codes;

use crate::flows::project;

/// Codes of policies that a check tells; the others are told when a call is made.
fn told_by_a_check(name: &str) -> bool {
    name.starts_with("E-POLICY-") && name != codes::POLICY_REFUSED.name
}

#[test]
fn every_mistake_has_a_page_that_shows_how_it_is_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/policies");
    let mut pages = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let page = std::fs::read_to_string(entry.path()).unwrap();
        let code = entry.path().file_stem().unwrap().to_string_lossy().into_owned();
        let (policy, expected) = page.split_once("===\n").unwrap();
        let place = project();
        std::fs::remove_file(place.path("policies/money.yaml")).unwrap();
        place.write("policies/p.yaml", policy);
        let command =
            if code == codes::POLICY_TEST.name { ["policy", "test"] } else { ["check", "--strict"] };
        let told = place.nave(&command).code(1).out;
        assert_eq!(told.trim_end(), expected.trim_end(), "{code}\n{told}");
        assert!(told.contains(&format!("[{code}]")), "{code}");
        pages.insert(code);
    }
    let wanted = codes::ALL.iter().map(|code| code.name.to_owned()).filter(|name| told_by_a_check(name));
    assert_eq!(pages, wanted.collect());
}
