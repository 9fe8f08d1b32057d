//! Files change one after the other; what was found is what a fresh check finds.

use std::collections::BTreeMap;
use std::sync::Mutex;

use nave_model::Fault;

use super::*;
use crate::Memory;

/// Files that change under the project.
#[derive(Default)]
struct Changing(Mutex<BTreeMap<String, String>>);

impl Changing {
    fn set(&self, path: &str, text: Option<&str>) {
        let mut files = self.0.lock().unwrap();
        match text {
            Some(text) => files.insert(path.to_owned(), text.to_owned()),
            None => files.remove(path),
        };
    }

    fn now(&self) -> Memory {
        let files = self.0.lock().unwrap();
        Memory::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
    }
}

impl Files for Changing {
    fn list(&self, folder: &str) -> Result<Vec<String>, Fault> {
        self.now().list(folder)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Fault> {
        self.now().read(path)
    }

    fn exists(&self, path: &str) -> bool {
        self.now().exists(path)
    }

    fn stamp(&self, path: &str) -> Option<String> {
        self.0.lock().unwrap().get(path).cloned()
    }

    fn recall(&self, _connector: &str, _key: &str) -> Option<Vec<u8>> {
        None
    }

    fn keep(&self, _connector: &str, _key: &str, _bytes: &[u8]) {}
}

fn told(checked: &Checked) -> Vec<String> {
    let mut told: Vec<String> =
        checked.errors.iter().chain(&checked.warnings).map(|one| format!("{} {one}", one.code)).collect();
    told.sort();
    told
}

const FLOW: &str = "flow: a\ntrigger: manual\nsteps:\n  - customer: stripe.get_customer\n    with: '{ customer: \"cus_1\" }'\n";
const RUNNING: &str = "flow: b\ntrigger: manual\nsteps:\n  - child: run a\n    with: '{ x: 1 }'\n";

#[test]
fn what_changes_is_checked_again_and_nothing_is_forgotten() {
    let files = Arc::new(Changing::default());
    files.set("nave.yaml", Some(""));
    files.set("connections/stripe.yaml", Some("connector: stripe\n"));
    files.set("flows/a.yaml", Some(FLOW));
    let mut incremental = Incremental::load(Arc::clone(&files) as Arc<dyn Files>);
    let steps: [(&str, Option<&str>); 10] = [
        ("flows/b.yaml", Some(RUNNING)),
        ("flows/a.yaml", Some(&FLOW.replace("get_customer", "get_custmer"))),
        ("flows/a.yaml", None),
        ("flows/a.yaml", Some(FLOW)),
        ("flows/b.yaml", Some("flow: [")),
        ("flows/b.yaml", Some(RUNNING)),
        ("policies/p.yaml", Some("policy: p\nrules:\n  - {refuse: no, on: stripe.create_refnd}\n")),
        ("policies/p.yaml", Some("policy: p\nrules:\n  - {refuse: no, on: stripe.create_refund}\n")),
        ("connections/stripe.yaml", None),
        ("connections/stripe.yaml", Some("connector: stripe\n")),
    ];
    let mut seen = Vec::new();
    for (path, text) in steps {
        files.set(path, text);
        incremental.changed(path);
        let fresh = Incremental::load(Arc::clone(&files) as Arc<dyn Files>);
        assert_eq!(told(&incremental.checked()), told(&fresh.checked()), "{path}");
        let (project, loading) = Project::load(Arc::clone(&files) as Arc<dyn Files>);
        assert_eq!(told(&incremental.checked()), told(&project.check(loading)), "{path}");
        seen.push(incremental.checked().errors.len());
    }
    assert!(seen.contains(&0) && seen.iter().filter(|count| **count > 0).count() >= 4, "{seen:?}");
}

const DESCRIPTION: &str = r#"
openapi: 3.0.3
info: {title: Notes, version: "1"}
paths:
  /notes: {get: {operationId: list_notes, responses: {"200": {description: ok}}}}
"#;

#[test]
fn a_connector_stays_the_same_one_until_a_file_of_it_changes() {
    let files = Arc::new(Changing::default());
    files.set("nave.yaml", Some(""));
    for name in ["notes", "tasks"] {
        let manifest = format!("connector: {name}\ntitle: X\nsummary: X.\ndescription: openapi.yaml\n");
        files.set(&format!("connectors/{name}/connector.yaml"), Some(&manifest));
        files.set(&format!("connectors/{name}/openapi.yaml"), Some(DESCRIPTION));
    }
    let mut incremental = Incremental::load(Arc::clone(&files) as Arc<dyn Files>);
    for (path, text, kept) in [
        ("connections/notes.yaml", "connector: notes\n", [true, true, true]),
        ("nave.yaml", "name: x\n", [true, true, true]),
        ("connectors/notes/openapi.yaml", &DESCRIPTION.replace("Notes", "Other"), [false, true, true]),
        ("connectors/tasks/cases/one.md", "# One\n", [true, false, true]),
        ("connectors/notes/cases/one.md", "# One\n", [false, true, true]),
    ] {
        let now = |incremental: &Incremental| {
            ["notes", "tasks", "stripe"].map(|name| incremental.project().connector(name).unwrap())
        };
        let before = now(&incremental);
        files.set(path, Some(text));
        incremental.changed(path);
        let after = now(&incremental);
        let same: Vec<bool> = before.iter().zip(&after).map(|(one, other)| Arc::ptr_eq(one, other)).collect();
        assert_eq!(same, kept, "{path}");
    }
}
