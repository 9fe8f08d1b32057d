//! The flows of the example project check, and nothing is said of them.

use nave_flow::check::{Checked, check, check_together};
use nave_flow::flow::{PickFrom, UndoWith};
use nave_flow::{Flow, read};

use crate::shown::shown;
use crate::world::{Memory, root};

/// The example project.
fn project() -> (Memory, Vec<(String, String)>) {
    let folder = root().join("examples/deal-won/flows");
    let mut files = Vec::new();
    for group in ["finance", "sales"] {
        for entry in std::fs::read_dir(folder.join(group)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder.parent().unwrap()).unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read_to_string(path).unwrap()));
        }
    }
    files.sort();
    let flows = files.iter().map(|(name, text)| {
        let read = read(name, text.as_bytes());
        assert_eq!(read.errors, [], "{name}");
        read.flow.unwrap()
    });
    (Memory { flows: flows.collect() }, files)
}

fn checked<'p>(world: &'p Memory, name: &str) -> (&'p Flow, Checked) {
    let flow = world.flows.iter().find(|flow| flow.name == name).unwrap();
    (flow, check(flow, world))
}

#[test]
fn examples_check() {
    let (world, files) = project();
    let text = |file: &str| files.iter().find(|(name, _)| name == file).unwrap().1.clone();
    let (mut errors, mut warnings) = (String::new(), String::new());
    for flow in &world.flows {
        let checked = check(flow, &world);
        errors.push_str(&shown("error", &checked.errors, &text));
        warnings.push_str(&shown("warning", &checked.warnings, &text));
    }
    let together = check_together(&world.flows.iter().collect::<Vec<_>>(), &world);
    errors.push_str(&shown("error", &together.errors, &text));
    warnings.push_str(&shown("warning", &together.warnings, &text));
    assert_eq!(errors, "");
    assert_eq!(warnings, "");
}

#[test]
fn undos_are_resolved() {
    let (world, _) = project();
    let (flow, checked) = checked(&world, "sales/onboard-won-deal");
    let mut flow = flow.clone();
    checked.resolve(&mut flow);
    let picks: Vec<_> = flow.steps.steps.iter().filter_map(|step| step.undo.as_ref()).collect();
    for (undo, argument) in picks.into_iter().zip(["id", "contract_id"]) {
        let UndoWith::Picked(picks) = &undo.with else { panic!("{undo:?}") };
        let picks: Vec<_> = picks.iter().map(|pick| (pick.argument.as_str(), pick.from)).collect();
        assert_eq!(picks, [(argument, PickFrom::Result)]);
    }
}
