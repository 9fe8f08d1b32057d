//! Commands that make and check documents: init, import, connect, check; and those that read them.

use crate::rig::{NOTES, Place};

#[test]
fn init_makes_a_project_once() {
    let place = Place::empty();
    place.nave(&["init"]).done().err(&["made nave.yaml"]);
    place.write("nave.yaml", "name: mine\n");
    place.nave(&["init"]).done().err(&["nothing was changed"]);
    assert_eq!(place.read("nave.yaml"), "name: mine\n");
    assert_eq!(place.read(".nave/.gitignore"), "*\n");
    let again = place.nave(&["--json", "init"]).done();
    assert_eq!(again.json()[0]["made"], serde_json::json!([]));
    assert_eq!(again.err, "");
}

#[test]
fn import_keeps_the_file_byte_for_byte_and_reports_the_rest() {
    let place = Place::empty();
    place.write("vendor/notes.yaml", NOTES);
    place.nave(&["init"]).done();
    let ran = place.nave(&["import", "vendor/notes.yaml", "--as", "notes"]).done();
    ran.out(&[
        "refused[E-REF-BROKEN]: GET /broken: ",
        "--> connectors/notes/openapi.yaml:62:11 /paths/~1broken/get/parameters/0",
        "Notes 2.1",
        "5 operations, 4 usable, 1 refused",
        "connectors/notes/openapi.yaml",
    ]);
    assert_eq!(place.read("connectors/notes/openapi.yaml"), NOTES);
    let manifest = place.read("connectors/notes/connector.yaml");
    assert!(
        manifest.contains("connector: notes\ntitle: \"Notes\"\ndescription: openapi.yaml\n"),
        "{manifest}"
    );
    assert!(manifest.contains("  source: \"notes.yaml\"\n  sha256: "), "{manifest}");
}

#[test]
fn import_does_not_replace_a_connector_by_accident() {
    let place = Place::project();
    place
        .nave(&["import", "vendor/notes.yaml", "--as", "notes"])
        .code(2)
        .err(&["error[E-SETTING-INVALID]: there is a connector `notes` already", "hint: `--update`"]);
    let manifest = place.read("connectors/notes/connector.yaml") + "summary: Ours.\n";
    place.write("connectors/notes/connector.yaml", &manifest);
    place.write("vendor/notes.yaml", &NOTES.replace("2.1", "2.2"));
    place.nave(&["import", "vendor/notes.yaml", "--as", "notes", "--update"]).done().out(&["Notes 2.2"]);
    let updated = place.read("connectors/notes/connector.yaml");
    assert!(updated.contains("summary: Ours.\n") && updated != manifest, "{updated}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let place = Place::empty();
    place.write("notes.yaml", NOTES);
    let ran = place.nave(&["import", "notes.yaml", "--as", "notes", "--dry-run", "--json"]).done();
    let report = &ran.json()[0];
    assert_eq!((&report["operations"], &report["usable"]), (&5.into(), &4.into()));
    assert_eq!(report["refused"][0]["at"]["file"], "connectors/notes/openapi.yaml");
    assert_eq!(report["written"], false);
    assert!(!place.path("connectors").exists());
}

#[test]
fn what_is_not_a_description_is_refused_and_nothing_is_written() {
    let place = Place::empty();
    place.write("page.html", "<html>Not found</html>");
    place.write("cut.json", "{\"openapi\": \"3.0.3\", \"paths\": {");
    place.nave(&["init"]).done();
    place.nave(&["import", "page.html", "--as", "page"]).code(12).err(&["error[E-DOC-FORMAT]"]);
    place.nave(&["import", "cut.json", "--as", "cut"]).code(2).err(&["error[E-DOC-SYNTAX]", "cut"]);
    place
        .nave(&["import", "none.json", "--as", "none"])
        .code(9)
        .err(&["error[E-FILE]: `none.json` cannot be read"]);
    place.nave(&["import", "cut.json", "--as", "Cut It"]).code(2).err(&["hint: ", "perhaps `cut-it`"]);
    let fetched = place.nave(&["import", "https://notes.example/a.json", "--as", "a"]).code(2);
    fetched.err(&["hint: download it first"]);
    assert!(!place.path("connectors").exists());
}

#[test]
fn connect_writes_where_the_secret_is_and_not_the_secret() {
    let place = Place::project();
    place
        .nave(&["connect", "notes", "--secret-env", "NOTES_KEY"])
        .done()
        .err(&["made connections/notes.yaml"]);
    let text = place.read("connections/notes.yaml");
    assert!(text.ends_with("connector: notes\ncredential:\n  secret: { env: \"NOTES_KEY\" }\n"), "{text}");
    place.nave(&["connect", "notes"]).code(2).err(&["there is a connection `notes` already", "--replace"]);
    place.nave(&["connect", "a", "--connector", "nots"]).code(3).err(&["hint: did you mean `notes`?"]);
    place.nave(&["connect", "a", "--connector", "notes", "--address", "notes.example"]).code(2).err(&[
        "error[E-CONNECTION-INVALID]",
        "--> connections/a.yaml /address",
        "hint: write it as `https://api.example.com/v1`",
    ]);
    assert!(!place.path("connections/a.yaml").exists());
}

#[test]
fn check_names_file_line_and_fix() {
    let place = Place::project();
    place.nave(&["check"]).done().err(&[
        "checked 1 connectors with 4 operations",
        "everything fits",
        "findings",
    ]);
    place.nave(&["check", "--strict"]).code(1).out(&["finding[E-REF-BROKEN]", "openapi.yaml:"]);
    place.write("connections/a.yaml", "connector: notes\nadress: https://notes.example\n");
    place.nave(&["check"]).code(1).err(&["1 problems"]).out(&[
        "error[E-CONNECTION-INVALID]: unknown key `adress`",
        "--> connections/a.yaml:2:1",
        "hint: did you mean `address`?",
    ]);
    let ran = place.nave(&["check", "--json"]).code(1);
    let report = &ran.json()[0];
    assert_eq!((&report["ok"], &report["errors"][0]["at"]["line"]), (&false.into(), &2.into()));
}

#[test]
fn operations_are_listed_and_found() {
    let place = Place::project();
    place.nave(&["ops"]).done().out(&["notes", "project", "Notes"]);
    place.nave(&["ops", "notes"]).done().out(&[
        "notes.create_note",
        "write",
        "notes.delete_note",
        "destructive",
    ]);
    let found = place.nave(&["ops", "notes", "throw", "away", "--json"]).done();
    assert_eq!(found.json()[0]["operation"], "notes.delete_note");
    place.nave(&["ops", "throw a note away"]).done().out(&["notes.delete_note"]);
    place.nave(&["ops", "zzqq"]).code(3).err(&["error[E-CONNECTOR-UNKNOWN]"]);
    let limited = place.nave(&["ops", "notes", "-n", "1"]).done().err(&["and 3 more"]);
    assert_eq!(limited.out.lines().count(), 1);
}

#[test]
fn describe_shows_what_an_operation_takes() {
    let place = Place::project();
    place.nave(&["describe", "notes.create_note"]).done().out(&["notes.create_note", "text", "colour"]);
    let ran = place.nave(&["describe", "notes.create_note", "--json"]).done();
    assert_eq!(ran.json()[0]["arguments"][0]["name"], "text");
    place.nave(&["describe", "notes.creat_note"]).code(3).err(&["hint: did you mean `create_note`"]);
    place.nave(&["describe", "create_note"]).code(3).err(&["hint: write it as `connection.operation`"]);
}

#[test]
fn what_is_wrong_elsewhere_is_a_warning() {
    let place = Place::project();
    place.write("connections/a.yaml", "connector: notes\nadress: x\n");
    place.nave(&["ops", "notes"]).done().err(&["warning[E-CONNECTION-INVALID]"]).out(&["notes.list_notes"]);
}
