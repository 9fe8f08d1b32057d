//! Comparing two versions of a description: files and connectors, for people, programs and pull requests.

use crate::rig::Place;

const ORDERS: &str = include_str!("../../../../examples/orders/openapi.yaml");

/// The next version: `cancelOrder` is gone, an order has no note any more, a customer must be named by
/// number, and refunds may be listed.
fn next() -> String {
    let next = ORDERS
        .replace(
            "    delete:\n      operationId: cancelOrder\n      summary: Cancel an order that was not shipped\n      \
             responses:\n        \"204\": { description: Cancelled. }\n",
            "",
        )
        .replace("        total: { $ref: \"#/components/schemas/Money\" }\n        lines:", "        total: { $ref: \"#/components/schemas/Money\" }\n        items:")
        .replace("required: [customer, lines]", "required: [customer, lines, note]")
        .replace("summary: Read one order", "summary: Reads one order");
    assert!(
        next.len() + 100 < ORDERS.len() && next.contains("items:\n          type: array"),
        "the example changed"
    );
    next
}

fn versions() -> Place {
    let place = Place::empty();
    place.write("old.yaml", ORDERS);
    place.write("new.yaml", &next());
    place
}

#[test]
fn what_breaks_is_told_first_and_is_the_exit_code() {
    let place = versions();
    let ran = place.nave(&["diff", "old.yaml", "new.yaml"]).code(11);
    let ran = ran.out(&[
        "removed[operation-removed]: `cancel_order` was removed (DELETE /orders/{order})",
        "--> old.yaml:58:5",
        "/paths/~1orders~1{order}/delete",
        "1 operation: cancel_order",
        "removed[field-removed]: `Order.lines` was removed (array)",
        "--> old.yaml:137:9",
        "/components/schemas/Order/properties/lines",
        "received by 3 operations: create_order, get_order, list_orders",
        "breaking[field-required]: `NewOrder.note` is required now",
        "--> new.yaml:117:9 /components/schemas/NewOrder/properties/note",
        "sent by 1 operation: create_order",
        "additive[field-added]: `Order.items` was added (array)",
        "2 removed, 1 breaking, 1 additive, 1 documentation; operations: 5 before, 4 now",
    ]);
    ran.err(&[
        "`--all` shows changes of text for people, too",
        "error[E-CHANGE-BREAKING]: `new.yaml` breaks what uses `old.yaml`: 2 removed, 1 breaking",
        "hint: ",
    ]);
}

#[test]
fn what_breaks_nothing_ends_well() {
    let place = versions();
    place.nave(&["diff", "old.yaml", "old.yaml"]).done().out(&["no changes; operations: 5 before, 5 now"]);
    place.write("texts.yaml", &ORDERS.replace("summary: Read one order", "summary: Reads one order"));
    let ran = place.nave(&["diff", "old.yaml", "texts.yaml"]).done();
    assert_eq!(ran.out, "1 documentation; operations: 5 before, 5 now\n");
    place
        .nave(&["diff", "old.yaml", "texts.yaml", "--all"])
        .done()
        .out(&["documentation[documentation]: `summary` of `get_order` changed", "1 operation: get_order"]);
}

#[test]
fn programs_read_one_object_per_line() {
    let place = versions();
    let ran = place.nave(&["diff", "old.yaml", "new.yaml", "--json"]).code(11);
    let lines = ran.json();
    let [removed, field, required, added, summary] = lines.as_slice() else { panic!("{lines:#?}") };
    assert_eq!((&removed["class"], &removed["rule"]), (&"removed".into(), &"operation-removed".into()));
    assert_eq!(field["subject"], "Order.lines");
    assert_eq!(field["old"]["pointer"], "/components/schemas/Order/properties/lines");
    assert_eq!(field["old"]["line"], 137);
    assert_eq!(field["directions"][0]["direction"], "received");
    assert_eq!(field["operations"], serde_json::json!(["create_order", "get_order", "list_orders"]));
    assert_eq!((&required["class"], &added["class"]), (&"breaking".into(), &"additive".into()));
    let summary = &summary["summary"];
    assert_eq!(summary["operations"], serde_json::json!({"old": 5, "new": 4, "matched": 4}));
    assert_eq!((&summary["findings"]["removed"], &summary["breaking"]), (&2.into(), &true.into()));
    assert!(ran.err.starts_with("{\"fault\":{\"code\":\"E-CHANGE-BREAKING\""), "{}", ran.err);
}

#[test]
fn pull_requests_get_markdown() {
    let place = versions();
    place.nave(&["diff", "old.yaml", "new.yaml", "--markdown", "--level", "breaking"]).code(11).out(&[
        "### Changes of the description\n\n| class | findings |",
        "| removed | 2 |",
        "#### Removed\n\n- `cancel_order` was removed (DELETE /orders/{order}) — 1 operation: cancel\\_order\n",
        "#### Breaking\n\n- `NewOrder.note` is required now — sent by 1 operation: create\\_order\n",
    ]);
    place
        .nave(&["diff", "old.yaml", "new.yaml", "--markdown", "--json"])
        .code(2)
        .err(&["exclude each other"]);
}

#[test]
fn findings_are_shown_by_level() {
    let place = versions();
    let shown = |level: &str| {
        let ran = place.nave(&["diff", "old.yaml", "new.yaml", "--json", "--level", level]).code(11);
        ran.json().len() - 1
    };
    assert_eq!(
        (shown("removed"), shown("breaking"), shown("additive"), shown("documentation")),
        (2, 3, 4, 5)
    );
    place.nave(&["diff", "old.yaml", "new.yaml", "--level", "bad"]).code(2).err(&["bad", "removed"]);
}

#[test]
fn a_connector_of_the_project_is_compared_with_a_file() {
    let place = versions();
    place.nave(&["init"]).done();
    place.nave(&["import", "old.yaml", "--as", "orders"]).done();
    let manifest = place.read("connectors/orders/connector.yaml") + "overlay: overlay.yaml\n";
    place.write("connectors/orders/connector.yaml", &manifest);
    // What the overlay mends is mended in both versions.
    place.write(
        "connectors/orders/overlay.yaml",
        "overlay: 1.0.0\ninfo: { title: Ours, version: \"1\" }\nactions:\n  - target: $.components.schemas.Order\n    \
         update: { properties: { mended: { type: string } } }\n",
    );
    place.nave(&["diff", "orders", "old.yaml"]).done().out(&["no changes"]);
    place.nave(&["diff", "old.yaml", "orders"]).done().out(&["no changes"]);
    // The second time the connector comes from the cache.
    for _ in 0..2 {
        place.nave(&["diff", "orders", "new.yaml"]).code(11).out(&[
            "removed[operation-removed]: `cancel_order`",
            "--> connectors/orders/openapi.yaml",
            "removed[field-removed]: `Order.lines`",
            "2 removed, 1 breaking, 1 additive",
        ]);
    }
    place.nave(&["diff", "orders", "orders"]).done().out(&["no changes"]);
}

#[test]
fn what_is_not_there_is_named() {
    let place = versions();
    place
        .nave(&["diff", "old.yaml", "none.yaml"])
        .code(9)
        .err(&["error[E-FILE]: `none.yaml` cannot be read"]);
    place
        .nave(&["diff", "strip", "new.yaml"])
        .code(3)
        .err(&["error[E-CONNECTOR-UNKNOWN]: there is no connector `strip`", "hint: did you mean `stripe`?"]);
    place.write("page.html", "<html></html>");
    place.nave(&["diff", "old.yaml", "page.html"]).code(12).err(&["error[E-DOC-FORMAT]"]);
}
