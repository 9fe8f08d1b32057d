//! Every project in `examples/` that has a `nave.yaml`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nave_connector::Connector;
use nave_connector::schema::typed;
use nave_expr::types::Type;
use nave_flow::decide::{Action, CallOutcome, Happened};
use nave_flow::exercise;
use nave_model::Fault;
use nave_project::{Files, Project};
use serde_json::{Value, json};

struct Folder(PathBuf);

impl Files for Folder {
    fn list(&self, folder: &str) -> Result<Vec<String>, Fault> {
        let mut found = Vec::new();
        collect(&self.0.join(folder), folder, &mut found);
        found.sort();
        Ok(found)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Fault> {
        std::fs::read(self.0.join(path))
            .map_err(|error| Fault::new(nave_model::fault::codes::FILE, error.to_string()))
    }

    fn exists(&self, path: &str) -> bool {
        self.0.join(path).is_file()
    }

    fn stamp(&self, _path: &str) -> Option<String> {
        None
    }

    fn recall(&self, _connector: &str, _key: &str) -> Option<Vec<u8>> {
        None
    }

    fn keep(&self, _connector: &str, _key: &str, _bytes: &[u8]) {}
}

fn collect(folder: &Path, name: &str, found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &path, found);
        } else {
            found.push(path);
        }
    }
}

fn projects() -> Vec<(String, Project)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut projects = Vec::new();
    for entry in std::fs::read_dir(root).unwrap().flatten() {
        if entry.path().join("nave.yaml").is_file() {
            let (project, problems) = Project::load(Arc::new(Folder(entry.path())));
            assert_eq!(problems, [], "{}", entry.path().display());
            projects.push((entry.file_name().to_string_lossy().into_owned(), project));
        }
    }
    assert!(!projects.is_empty());
    projects
}

#[test]
fn the_examples_check_and_their_policies_hold() {
    let mut examples = 0;
    for (name, project) in projects() {
        let checked = project.check(Vec::new());
        assert_eq!(checked.errors, [], "{name}");
        assert!(checked.flows > 0, "{name}");
        let (count, failed) = project.test_policies();
        assert_eq!(failed, [], "{name}");
        assert_eq!(count > 0, checked.policies > 0, "{name}: every policy is shown by examples");
        examples += count;
    }
    assert!(examples > 0);
}

/// A value of a type: the same for the same type, with lists of two.
fn value_of(shape: &Type<'_>, depth: usize) -> Value {
    if let Some(constants) = shape.constants()
        && let Some(first) = constants.iter().find(|one| !one.is_null())
    {
        return first.clone();
    }
    if let Some(object) = shape.objects.first() {
        let fields = object.fields.iter().filter(|(_, field)| field.required || depth < 3);
        let made = fields.map(|(name, field)| (name.to_string(), value_of(&field.value.get(), depth + 1)));
        return Value::Object(made.collect());
    }
    if let Some(array) = &shape.arrays {
        if depth > 6 {
            return json!([]);
        }
        let item = value_of(&array.items().get(), depth + 1);
        return json!([item, item]);
    }
    if let Some(numbers) = &shape.numbers {
        return json!(numbers.least.unwrap_or(0.0).max(1.0));
    }
    match (&shape.texts, shape.booleans.yes) {
        (Some(texts), _) => match texts.format.as_deref() {
            Some("date-time") => json!("2026-11-30T09:00:00Z"),
            Some("date") => json!("2026-11-30"),
            Some("email") => json!("ada@example.com"),
            _ => json!("DE"),
        },
        (None, true) => json!(true),
        (None, false) => Value::Null,
    }
}

/// What the systems of a project answer: values of the operation's answer and of the event.
fn answers(project: &Project, action: &Action) -> Vec<Happened> {
    let mut happened = exercise::well(action);
    for one in &mut happened {
        match (one, action) {
            (Happened::CallEnded { outcome, .. }, Action::Call { connection, operation, .. }) => {
                *outcome = CallOutcome::Done { result: Arc::new(answer(project, connection, operation)) };
            }
            (
                Happened::EventArrived { data, .. },
                Action::Subscribe { connection: Some(connection), event, .. },
            ) => {
                let connector = connector(project, connection);
                *data = Arc::new(value_of(&typed::event_type(&connector, event).unwrap(), 0));
            }
            _ => {}
        }
    }
    happened
}

fn connector(project: &Project, connection: &str) -> Arc<Connector> {
    project.connector(&project.connection(connection).unwrap().connector).unwrap()
}

fn answer(project: &Project, connection: &str, operation: &str) -> Value {
    let connector = connector(project, connection);
    value_of(&typed::result_type(&connector, connector.operation(operation).unwrap()), 0)
}

#[test]
fn every_flow_is_crashed_repeated_and_failed_at_each_step() {
    let (mut flows, mut runs) = (0, 0);
    for (name, project) in projects() {
        let before = flows;
        project.runnable(&mut |flow, data| {
            let report = exercise::exercise(flow, &value_of(data, 0), &|action| answers(&project, action));
            assert_eq!(report.violations, Vec::<String>::new(), "{name}: {}", flow.name);
            assert!(report.runs > 1, "{name}: {}", flow.name);
            (flows, runs) = (flows + 1, runs + report.runs);
        });
        assert_eq!(flows - before, project.flows().len(), "{name}: every flow can run");
    }
    println!("{flows} flows, {runs} runs");
    assert!(flows >= 5);
}
