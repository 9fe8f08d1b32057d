//! Flows, mappings and policies as a user meets them: checked, tried, told, and held against another
//! version of a system.
#![expect(clippy::unwrap_used, reason = "a rig of tests fails like a test")]

use std::path::Path;

use crate::rig::Place;

/// The example project, in a folder of its own, so that it can be changed.
pub(crate) fn project() -> Place {
    let place = Place::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/deal-won");
    copy(&place, &root, "");
    place
}

pub(crate) fn copy(place: &Place, from: &Path, below: &str) {
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{below}{name}");
        // What Nave keeps for itself is not part of the example.
        if name.starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            copy(place, &entry.path(), &format!("{path}/"));
        } else {
            place.write(&path, &std::fs::read_to_string(entry.path()).unwrap());
        }
    }
}

fn change(place: &Place, path: &str, from: &str, to: &str) {
    let text = place.read(path);
    assert!(text.contains(from), "{path} has no {from}");
    place.write(path, &text.replace(from, to));
}

const ONBOARD: &str = "flows/sales/onboard-won-deal.yaml";

#[test]
fn a_right_project_fits() {
    project()
        .nave(&["check", "--strict"])
        .done()
        .err(&["4 connections, 6 flows, 1 policies", "everything fits"]);
}

#[test]
fn every_mistake_is_shown_in_its_line_with_the_nearest_right_thing() {
    let place = project();
    change(&place, ONBOARD, "{ customer_no, name }", "{ customer_no, nme: .name }");
    change(&place, ONBOARD, "to: .contact_email", "to: .contact_emial");
    change(&place, ONBOARD, "billing.create_contract", "billing.create_contrct");
    change(&place, "policies/money.yaml", "when: .amount > 250000", "when: .amuont > 250000");
    place.nave(&["check"]).code(1).out(&[
        "error[E-MAP-EXTRA]: erp.create_project has no `nme`",
        "--> flows/sales/onboard-won-deal.yaml:13:22",
        "13 |       { customer_no, nme: .name }",
        "|                      ^^^",
        "hint: did you mean `name`, which is required?",
        "error[E-FLOW-NAME]",
        "did you mean `create_contract`?",
        "error[E-MAP-FIELD]: no field `contact_emial` on",
        "did you mean `contact_email`",
        "error[E-MAP-FIELD]: no field `amuont` on the arguments of `billing.create_contract`",
        "--> policies/money.yaml:19:11",
        "19 |     when: .amuont > 250000",
        "|           ^^^^^^^",
        "did you mean `amount`",
    ]);
    let json = place.nave(&["check", "--json"]).code(1).json();
    let errors = json[0]["errors"].as_array().unwrap();
    assert!(
        errors.iter().any(|error| error["code"] == "E-MAP-FIELD" && error["at"]["width"] == 7),
        "{errors:?}"
    );
}

#[test]
fn a_template_of_another_language_inside_an_expression_is_odd() {
    let place = project();
    change(&place, ONBOARD, "{ customer_no, name }", "{ customer_no, name: \"Deal ${.name}\" }");
    place.nave(&["check"]).done().out(&[
        "warning[E-EXPR-SYNTAX]: `${.name}` is plain text here",
        "13:28",
        "13 |       { customer_no, name: \"Deal ${.name}\" }",
    ]);
    place.nave(&["check", "--strict"]).code(1);
}

#[test]
fn another_version_of_a_system_tells_which_flows_break() {
    let place = project();
    let next = place.read("connectors/erp/openapi.yaml").replace("manager", "lead");
    place.write("next.yaml", &next);
    place
        .nave(&["check", "--against", "erp=next.yaml"])
        .code(11)
        .out(&["breaks[E-MAP-FIELD]: no field `manager` on", "--> flows/sales/onboard-won-deal.yaml:21:"])
        .err(&["flows use it", "error[E-CHANGE-BREAKING]: 1 thing that works now would not any more"]);
    place.nave(&["diff", "erp", "next.yaml"]).code(11).out(&[
        "removed[field-removed]: `Project.manager` was removed",
        "used by: the flow `sales/onboard-won-deal` in its step `welcome` (flows/sales/onboard-won-deal.yaml:21)",
    ]);
    let json = place.nave(&["check", "--json"]).done().json();
    let read = &json[0]["uses"]["sales/onboard-won-deal"]["reads"];
    assert!(read.as_array().unwrap().iter().any(|read| read["pointer"] == "/manager"), "{read}");
    let same = place.read("connectors/erp/openapi.yaml");
    place.write("same.yaml", &same);
    place
        .nave(&["check", "--against", "erp=same.yaml"])
        .done()
        .err(&["no changes", "nothing that works now would break"]);
    place.nave(&["check", "--against", "erp"]).code(2).err(&["write `--against CONNECTOR=FILE`"]);
}

#[test]
fn expressions_are_checked_and_evaluated() {
    let place = project();
    let sides = ["--from", "crm.deal.stage_changed", "--to", "erp.create_project"];
    let eval = |expression: &str, more: &[&str]| {
        let arguments: Vec<&str> = [&["eval", "-e", expression], more].concat();
        place.nave(&arguments)
    };
    eval("{ customer_no, name }", &sides)
        .done()
        .out(&["gives exactly one value: object with customer_no, name"]);
    eval("{ customer_no, nme: .name }", &sides)
        .code(1)
        .err(&["E-MAP-EXTRA", "did you mean `name`, which is required?"]);
    eval(".total * 2, .", &["--input", r#"{"total": 1.25}"#]).done().out(&["2.5", "1.25"]);
    eval("$rate * .", &["--input", "4", "--variable", "rate=1.5"]).done().out(&["6"]);
    eval(".amount", &["--input", r#"{"amount": 12345678901234567890.10}"#])
        .done()
        .out(&["12345678901234567890.10"]);
    eval(".a + \"x", &[]).code(1).err(&["E-EXPR-SYNTAX", "this text is never closed"]);
    eval("recurse", &[]).code(1).err(&["E-EXPR-PROFILE"]);
    eval(".x | tonumber", &["--input", r#"{"x": "five"}"#]).code(2).err(&["E-EXPR-FAILED", "expression:1:6"]);
    eval("\"for ${.name}\"", &[]).done().err(&["warning[E-EXPR-SYNTAX]", "\\("]);
    place.nave(&["eval", ".amount * 2"]).code(9).err(&["write `-e` before it"]);
    place.write("deal.json", r#"{"customer_no": "C-1", "name": "Roof"}"#);
    place.write("map.jq", "# A project for a deal.\n{ customer_no, name }\n");
    place
        .nave(&["eval", "map.jq", "--input", "deal.json", "--json"])
        .done()
        .out(&[r#"{"customer_no":"C-1","name":"Roof"}"#]);
}

#[test]
fn a_flow_is_told_and_drawn() {
    let place = project();
    place.nave(&["explain", "sales/onboard-won-deal"]).done().out(&[
        "# sales/onboard-won-deal",
        "It starts when crm sends `deal.stage_changed`, and only where `.stage == \"closedwon\"`.",
        "2. **project**: calls `erp.create_project` with `{ customer_no, name }`.",
        "`contract` by `billing.cancel_contract`, `project` by `erp.close_project`.",
        "```mermaid\nflowchart TD",
    ]);
    place.nave(&["explain", ONBOARD, "--as", "diagram"]).done().out(&["flowchart TD", "-->"]);
    place
        .nave(&["explain", "sales/onboard-wn-deal"])
        .code(3)
        .err(&["did you mean `sales/onboard-won-deal`?"]);
}

#[test]
fn policies_are_tried_on_their_examples() {
    let place = project();
    place.nave(&["policy", "test"]).done().err(&["8 of 8 examples hold"]);
    change(&place, "policies/money.yaml", ".amount > 250000\n", ".amount > 250001\n");
    place
        .nave(&["policy", "test"])
        .code(1)
        .out(&[
            "error[E-POLICY-TEST]: the call is allowed",
            "--> policies/money.yaml:",
            "expect: ask finance-lead",
        ])
        .err(&["7 of 8 examples hold"]);
}
