//! Every program of jq's own test suite is read, or refused with a reason.

use std::collections::BTreeMap;

use nave_expr::Diagnostic;
use nave_expr::syntax::profile::refusals;
use nave_expr::syntax::{parse, print, walk};

use crate::suite::{self, Expected};

/// What the suite says does not compile for another reason than its syntax: names are looked up later.
const UNKNOWN_NAMES: [&str; 2] = [". as $foo | break $foo", ". as $foo | [$foo, $bar]"];

#[test]
fn the_page_about_the_language_names_all_that_is_refused() {
    let page = include_str!("../../../../docs/mapping-language.md");
    let missing: Vec<&str> =
        refusals().iter().map(|row| row.name).filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert_eq!(missing, [""; 0]);
}

/// For each program: its text, and the canonical one, read as the same tree; so does the text of each part.
#[test]
fn programs_of_the_suite_are_read_or_refused_with_a_reason() {
    let Some(folder) = suite::folder() else { return };
    let mut refused: BTreeMap<String, u32> = BTreeMap::new();
    let (mut programs, mut read, mut failures) = (0, 0, 0);
    for case in suite::cases(&folder) {
        let parsed = parse(&case.program);
        if let Expected::Refusal(message) = &case.expected {
            failures += 1;
            let is_name = UNKNOWN_NAMES.contains(&case.program.as_str());
            assert_eq!(parsed.is_ok(), is_name, "{}: {}: {message}", case.place, case.program);
            continue;
        }
        programs += 1;
        match parsed {
            Ok(tree) => {
                read += 1;
                walk::everything(&tree, &mut |node| {
                    let (text, printed) = (node.span.text(&case.program), print(node));
                    for source in [text, &printed] {
                        let again = parse(source).map(|tree| print(&tree));
                        assert_eq!(again.as_ref(), Ok(&printed), "{}: {source}", case.place);
                    }
                });
            }
            Err(diagnostics) => {
                let is_refused = |diagnostic: &Diagnostic| diagnostic.code.name == "E-EXPR-PROFILE";
                assert!(
                    diagnostics.iter().all(is_refused),
                    "{}: {}\n{diagnostics:#?}",
                    case.place,
                    case.program
                );
                *refused.entry(diagnostics[0].message.clone()).or_default() += 1;
            }
        }
    }
    println!("{programs} programs: {read} read, {} refused:", programs - read);
    for (reason, count) in &refused {
        println!("{count:5}  {reason}");
    }
    println!("{failures} programs that do not compile");
    assert!(
        programs > 700 && failures > 15,
        "{programs} and {failures}: is the suite read as it is written?"
    );
    assert!(read * 10 > programs * 8, "only {read} of {programs} programs are in the profile");
}
