//! Checking ends well whatever was read: flows with lines lost, doubled, moved and misspelt, flows that run
//! each other deeply, and large ones.

use std::fmt::Write as _;

use nave_flow::check::{World, check, check_together};
use nave_flow::{Flow, read};
use proptest::prelude::{ProptestConfig, any, proptest};

use crate::world::{Memory, root};

/// The text of the example flows that use most verbs.
fn texts() -> Vec<String> {
    let folder = root().join("examples/deal-won/flows");
    let names =
        ["sales/open-framework", "finance/collect-invoice", "sales/onboard-won-deal", "sales/watch-deals"];
    names.map(|name| std::fs::read_to_string(folder.join(format!("{name}.yaml"))).unwrap()).to_vec()
}

/// A text that is changed in one place.
fn changed(text: &str, line: usize, kind: u8, letter: usize) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = line % lines.len();
    match kind % 5 {
        0 => {
            lines.remove(line);
        }
        1 => lines.insert(line, lines[line].clone()),
        2 => {
            let other = letter % lines.len();
            lines.swap(line, other);
        }
        3 => {
            let mut letters: Vec<char> = lines[line].chars().collect();
            if !letters.is_empty() {
                let letter = letter % letters.len();
                letters.remove(letter);
            }
            lines[line] = letters.into_iter().collect();
        }
        _ => lines[line] = lines[line].replace("$", "$x").replace(" .", " $"),
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_read_can_be_checked(which in 0..4usize, edits in proptest::collection::vec((any::<usize>(), any::<u8>(), any::<usize>()), 1..4)) {
        let mut text = texts().swap_remove(which);
        for (line, kind, letter) in edits {
            text = changed(&text, line, kind, letter);
        }
        let flows: Vec<Flow> = read("f.yaml", text.as_bytes()).flow.into_iter().collect();
        let world = Memory { flows };
        for flow in world.flows() {
            let first = check(flow, &world);
            let second = check(flow, &world);
            assert_eq!(first.errors, second.errors);
            let places: Vec<_> = first.errors.iter().map(|problem| (problem.at.line, problem.at.column)).collect();
            assert!(places.is_sorted(), "{places:?}");
        }
        check_together(&world.flows(), &world);
    }
}

/// A flow whose innermost step does this, inside so many blocks.
fn deep(name: &str, inner: &str) -> String {
    let mut text = format!("flow: {name}\ntrigger: manual\ninput: {{ type: object }}\nsteps:\n");
    for level in 0..18 {
        let indent = "  ".repeat(level * 2);
        writeln!(text, "{indent}  - s{level}: try\n{indent}    catch: {{ steps: [] }}\n{indent}    steps:")
            .unwrap();
    }
    let indent = "  ".repeat(36);
    writeln!(text, "{indent}  - last: {inner}").unwrap();
    text
}

#[test]
fn flows_that_run_each_other_deeply_are_checked() {
    let texts: Vec<String> =
        (0..60).map(|number| deep(&format!("f{number}"), &format!("run f{}", number + 1))).collect();
    let mut flows: Vec<Flow> = texts
        .iter()
        .map(|text| {
            let read = read("f.yaml", text.as_bytes());
            assert_eq!(read.errors, []);
            read.flow.unwrap()
        })
        .collect();
    flows.extend(read("f.yaml", deep("f60", "wait 1s").as_bytes()).flow);
    let world = Memory { flows };
    for flow in world.flows() {
        assert_eq!(check(flow, &world).errors, [], "{}", flow.name);
    }
    assert_eq!(check_together(&world.flows(), &world).errors, []);
}
