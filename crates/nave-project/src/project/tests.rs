//! Examples of projects: what is found in them, what names stand for, and what is wrong with them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::Memory;

/// A small system: notes with an owner, behind a key in a header, at an address with a variable.
const NOTES: &str = r#"{
  "openapi": "3.0.3",
  "info": {"title": "Notes", "version": "1"},
  "servers": [{"url": "https://{region}.notes.example/api", "variables": {"region": {"default": "eu"}}}],
  "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
  "security": [{"key": []}],
  "paths": {
    "/notes": {
      "get": {"operationId": "listNotes", "parameters": [
        {"name": "limit", "in": "query", "schema": {"type": "integer"}}
      ], "responses": {"200": {"description": "ok"}}},
      "post": {"operationId": "createNote", "requestBody": {"content": {"application/json": {"schema": {
        "type": "object", "required": ["text"],
        "properties": {"text": {"type": "string"}, "owner": {"type": "string"}}
      }}}}, "responses": {"201": {"description": "made"}}}
    }
  }
}"#;
const MANIFEST: &str = "connector: notes\ndescription: openapi.json\n";

/// A project with the connector `notes` and these further files.
fn project(files: &[(&str, &str)]) -> (Project, Vec<Problem>) {
    let own = [("connectors/notes/connector.yaml", MANIFEST), ("connectors/notes/openapi.json", NOTES)];
    Project::load(Arc::new(Memory::new(own.into_iter().chain(files.iter().copied()))))
}

/// Checks a project with one connection `a` of this text: the problems that are expected.
#[track_caller]
fn check(connection: &str, expected: &[&str]) {
    check_files(&[("connections/a.yaml", connection)], expected);
}

#[track_caller]
fn check_files(files: &[(&str, &str)], expected: &[&str]) {
    let (project, problems) = project(files);
    let found: Vec<String> =
        project.check(problems).errors.iter().map(|problem| format!("{} {problem}", problem.code)).collect();
    assert_eq!(found, expected);
}

#[test]
fn an_empty_folder_is_a_project_with_every_default() {
    let (project, problems) = Project::load(Arc::new(Memory::default()));
    assert_eq!(problems, []);
    assert_eq!(project.settings(), &Settings::default());
    assert!(project.connections().is_empty());
}

#[test]
fn a_connector_is_imported_when_it_is_used() {
    let (project, problems) = project(&[("nave.yaml", "catalogue: false\n")]);
    assert_eq!(problems, []);
    assert_eq!(project.connectors().names(), ["notes"]);
    let connector = project.connector("notes").unwrap();
    let names: Vec<&str> = connector.entries().iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["create_note", "list_notes"]);
}

#[test]
fn names_stand_for_a_connection_or_the_only_one_of_a_connector() {
    let one = ("connections/mine.yaml", "connector: notes\n");
    let two = ("connections/other.yaml", "connector: notes\n");
    let target = |project: &Project, text: &str| {
        project.target(text).map(|target| target.connection).map_err(|fault| fault.hint.clone().unwrap())
    };
    let (none, _) = project(&[]);
    let hint = "make one: `nave connect notes --connector notes --secret-env NAME`";
    assert_eq!(target(&none, "notes.list_notes"), Err(hint.to_owned()));
    let (single, _) = project(&[one]);
    assert_eq!(target(&single, "mine.list_notes"), Ok("mine".to_owned()));
    assert_eq!(target(&single, "notes.list_notes"), Ok("mine".to_owned()));
    assert_eq!(target(&single, "nots.list_notes"), Err("did you mean `notes`?".to_owned()));
    let (several, _) = project(&[one, two]);
    let hint = "name the one you mean: `mine.list_notes` or `other.list_notes`";
    assert_eq!(target(&several, "notes.list_notes"), Err(hint.to_owned()));
    assert!(target(&several, "list_notes").unwrap_err().contains("connection.operation"));
}

#[test]
fn a_right_project_has_no_problems() {
    check(
        "connector: notes\naddress: https://notes.example/api\nvariables: { region: us }\n\
         credential: { scheme: key, secret: { env: KEY } }\ndefaults: { owner: me }\n\
         limits: { per_second: 2 }\n",
        &[],
    );
}

#[test]
fn a_misspelt_key_is_named_with_its_line() {
    check(
        "connector: notes\nadress: https://notes.example\n",
        &[
            "E-CONNECTION-INVALID connections/a.yaml:2:1 /adress: unknown key `adress`; did you mean `address`?",
        ],
    );
    check_files(
        &[("nave.yaml", "log: info\ncashe: true\n")],
        &["E-PROJECT-INVALID nave.yaml:2:1 /cashe: unknown key `cashe`; did you mean `cache`?"],
    );
}

#[test]
fn a_secret_in_a_connection_is_refused_and_not_shown() {
    check(
        "connector: notes\ncredential:\n  secret: sk_live_123\n",
        &[
            "E-CONNECTION-INVALID connections/a.yaml:3:3 /credential/secret: `secret` must name where the value is \
           kept, not be the value; write `secret: { env: NAME }` or `secret: { file: PATH }`; if this was a real \
           secret, revoke it",
        ],
    );
}

#[test]
fn what_a_connection_names_must_exist() {
    check(
        "connector: nots\n",
        &["E-CONNECTION-INVALID connections/a.yaml:1:1 /connector: there is no connector `nots`; \
           did you mean `notes`?"],
    );
    check(
        "connector: notes\ncredential: { scheme: keys, secret: { env: K } }\n",
        &[
            "E-CONNECTION-INVALID connections/a.yaml:2:15 /credential/scheme: `notes` has no security scheme `keys`; \
           did you mean `key`?",
        ],
    );
    check(
        "connector: notes\nvariables: { regoin: us }\n",
        &[
            "E-CONNECTION-INVALID connections/a.yaml:2:14 /variables/regoin: the address of `notes` has no variable \
           `regoin`; did you mean `region`?",
        ],
    );
    check(
        "connector: notes\ndefaults: { ownr: me }\n",
        &[
            "E-CONNECTION-INVALID connections/a.yaml:2:13 /defaults/ownr: no operation of `notes` has an argument \
           `ownr`; did you mean `owner`?",
        ],
    );
    check(
        "connector: notes\nfallback: b\n",
        &["E-CONNECTION-INVALID connections/a.yaml:2:1 /fallback: there is no connection `b`"],
    );
}

#[test]
fn values_that_cannot_be_meant_are_refused() {
    check(
        "connector: notes\naddress: ftp://notes.example\nlimits: { per_second: 0 }\n\
         allow_private_hosts: [\"http://10.0.0.1/\"]\nfallback: a\n",
        &[
            "E-CONNECTION-INVALID connections/a.yaml:4:23 /allow_private_hosts/0: `http://10.0.0.1/` is not the \
             name or address of one host; name each host on its own, without scheme, port or path",
            "E-CONNECTION-INVALID connections/a.yaml:3:11 /limits/per_second: must be greater than zero; \
             leave it out for the default",
            "E-CONNECTION-INVALID connections/a.yaml:5:1 /fallback: a connection cannot be its own fallback; \
             name another one",
            "E-CONNECTION-INVALID connections/a.yaml:2:1 /address: the address `ftp://notes.example` is neither \
             http nor https; write it as `https://api.example.com/v1`",
        ],
    );
}

#[test]
fn folders_and_files_that_cannot_be_read_are_named() {
    check_files(
        &[("connectors/erp/openapi.json", "{}"), ("connections/b.yml", "connector: notes\n")],
        &[
            "E-CONNECTION-INVALID connections/b.yml: `connections/b.yml` is not read; a connection's file ends in \
             `.yaml`",
            "E-PROJECT-INVALID connectors/erp: `connectors/erp/connector.yaml` is missing; write one, or import a \
             description: `nave import FILE --as erp`",
        ],
    );
}

#[test]
fn a_manifest_cannot_lead_out_of_its_folder() {
    for file in ["../../secret.yaml", "/etc/passwd", "a//b", "C:x"] {
        let manifest = format!("connector: erp\ndescription: {file}\n");
        let (project, _) = project(&[("connectors/erp/connector.yaml", &manifest)]);
        let fault = project.connector("erp").unwrap_err();
        assert_eq!(fault.code, codes::MANIFEST_INVALID, "{fault}");
    }
}

#[test]
fn references_lead_to_files_beside_the_description_and_nowhere_else() {
    let manifest = "connector: erp\ndescription: openapi.yaml\n";
    let description = |reference: &str| {
        format!(
            "openapi: 3.0.3\ninfo: {{ title: ERP, version: '1' }}\npaths:\n  /a:\n    get:\n      \
             operationId: readIt\n      parameters:\n        - $ref: '{reference}'\n      \
             responses: {{ '200': {{ description: ok }} }}\n"
        )
    };
    let load = |reference: &str| {
        let (project, _) = project(&[
            ("connectors/erp/connector.yaml", manifest),
            ("connectors/erp/openapi.yaml", &description(reference)),
            ("connectors/erp/parts/limit.yaml", "{ name: limit, in: query, schema: { type: integer } }\n"),
            ("connectors/limit.yaml", "{ name: limit, in: query, schema: { type: integer } }\n"),
        ]);
        let loaded = project.connectors().get("erp").unwrap();
        loaded.connector.operation("read_it").map(|operation| operation.parameters.len())
    };
    assert_eq!(load("parts/limit.yaml"), Ok(1));
    assert!(load("../limit.yaml").is_err());
}

/// A project whose files have stamps, with a cache that counts.
#[derive(Default)]
struct Remembering {
    files: Memory,
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
    /// How often a description was read.
    read: AtomicUsize,
}

impl Files for Remembering {
    fn list(&self, folder: &str) -> Result<Vec<String>, Fault> {
        self.files.list(folder)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Fault> {
        self.read.fetch_add(usize::from(path.ends_with("openapi.json")), Ordering::Relaxed);
        self.files.read(path)
    }

    fn exists(&self, path: &str) -> bool {
        self.files.exists(path)
    }

    fn stamp(&self, path: &str) -> Option<String> {
        self.files.read(path).ok().map(|bytes| bytes.len().to_string())
    }

    fn recall(&self, connector: &str, key: &str) -> Option<Vec<u8>> {
        self.kept.lock().unwrap().get(&format!("{connector} {key}")).cloned()
    }

    fn keep(&self, connector: &str, key: &str, bytes: &[u8]) {
        self.kept.lock().unwrap().insert(format!("{connector} {key}"), bytes.to_vec());
    }
}

#[test]
fn an_import_is_recalled_until_a_file_changes() {
    let project = |manifest: &str| {
        Memory::new([("connectors/notes/connector.yaml", manifest), ("connectors/notes/openapi.json", NOTES)])
    };
    let mut files = Arc::new(Remembering { files: project(MANIFEST), ..Remembering::default() });
    for _ in 0..2 {
        let (project, _) = Project::load(Arc::clone(&files) as Arc<dyn Files>);
        assert!(project.connector("notes").unwrap().operation("create_note").is_ok());
    }
    assert_eq!(files.read.load(Ordering::Relaxed), 1);
    let changed = format!("{MANIFEST}title: Our notes\n");
    Arc::get_mut(&mut files).unwrap().files = project(&changed);
    let (project, _) = Project::load(Arc::clone(&files) as Arc<dyn Files>);
    assert_eq!(project.connector("notes").unwrap().manifest.title, "Our notes");
    assert_eq!(files.read.load(Ordering::Relaxed), 2);
}

#[test]
fn suggestions_for_names_are_names() {
    for (given, expected) in [("Stripe API (v2)", Some("stripe-api-v2")), ("42", None), ("a_b", Some("a-b"))]
    {
        assert_eq!(crate::names::suggestion(given).as_deref(), expected);
    }
    assert!(crate::names::check_name("connector", "stripe-v2").is_ok());
    for wrong in ["", "Stripe", "2b", "a.b", "a/b", "ä"] {
        assert!(crate::names::check_name("connector", wrong).is_err(), "{wrong}");
    }
}
