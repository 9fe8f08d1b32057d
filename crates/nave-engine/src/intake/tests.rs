//! Examples of what is done with requests to webhooks.

use std::sync::Arc;

use nave_connector::Connector;
use nave_connector::manifest::Manifest;
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::signature::{Delivery, Signature};
use nave_connector::source;
use nave_model::connection::{SecretSource, Webhook};
use nave_model::event::Body;
use nave_model::fault::codes;
use serde_json::{Value, json};

use super::hooks::ConnectionHook;
use super::read::Decision;
use super::*;
use crate::written::Grouped;

const NOW: u64 = 1_790_000_000_000;
const SECRET: &str = "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQ=";

fn connector(webhooks: &Value) -> Arc<Connector> {
    let manifest = json!({
        "connector": "acme", "description": "openapi.json", "webhooks": webhooks,
        "events": {"deal.won": {"summary": "A deal was won.", "vendor": "dealWon", "schema": "#/components/schemas/Deal"}},
    });
    let description = json!({
        "openapi": "3.1.0", "info": {"title": "Acme", "version": "1"},
        "components": {"schemas": {"Deal": {"type": "object", "required": ["deal"]}}},
    });
    let source = source::read("openapi.json", description.to_string().as_bytes()).unwrap();
    let manifest = Manifest::read("connector.json", manifest.to_string().as_bytes()).unwrap();
    let input =
        Input { name: "acme", source, manifest: Some(manifest), overlay: None, resolver: &NoResolver };
    Arc::new(import(input).unwrap().connector)
}

/// The hub's webhooks: a connection `acme` with this rule, and a flow for each of the two kinds of paths.
async fn hooks(webhooks: &Value, connection: Webhook) -> Hooks {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, SECRET).unwrap();
    let secret = || SecretSource::File(path.to_str().unwrap().to_owned());
    let connection = Webhook { secret: connection.secret.or_else(|| Some(secret())), ..connection };
    let mut hooks = Hooks { most_bytes: 1000, ..Hooks::none("https://hub.example/") };
    let own = own_address("https://hub.example/", "acme");
    let hook = ConnectionHook::load(&connector(webhooks), &connection, own).await.unwrap();
    hooks.connections.insert("acme".to_owned(), hook);
    let flows = [
        "flow: open\nwebhook: open\nschema: {type: object, required: [id]}\nsteps: [{a: erp.a}]\n".to_owned(),
        format!(
            "flow: closed\nwebhook: shop/orders\nsigned: {{kind: standard_webhooks, secret: {{file: {}}}}}\nsteps: [{{a: erp.a}}]\n",
            path.display()
        ),
        "flow: second\nwebhook: open\nsteps: [{a: erp.a}]\n".to_owned(),
    ];
    let mut faults = Vec::new();
    for text in flows {
        let read = nave_flow::read("f.yaml", text.as_bytes());
        hooks.add_flow(&read.flow.unwrap(), "f.yaml", &mut faults).await;
    }
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].message, "the webhook `open` is that of the flow `open`");
    hooks
}

fn standard() -> Value {
    json!({
        "signature": {"kind": "standard_webhooks"},
        "event": {"name": "/type", "subject": "/deal"},
    })
}

fn hook(target: Target, body: &str) -> Hook {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    Hook {
        target,
        method: "POST".to_owned(),
        uri: "https://hub.example/webhooks/acme".to_owned(),
        headers,
        body: body.as_bytes().to_vec(),
        now_ms: NOW,
        has_token: false,
    }
}

fn to_acme(body: &str) -> Hook {
    hook(Target::Connection("acme".to_owned()), body)
}

fn signed(mut hook: Hook, id: &str) -> Hook {
    let signature: Signature = serde_json::from_value(json!({"kind": "standard_webhooks"})).unwrap();
    let delivery = Delivery { method: "POST", url: &hook.uri, headers: &[], body: &hook.body };
    let headers = signature.sign(delivery, SECRET, id, NOW).unwrap();
    hook.headers.extend(headers);
    hook
}

fn shown(decision: Decision) -> String {
    match decision {
        Decision::Answer(answer) => {
            let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            assert!(problem.get("status").is_none_or(|status| *status == answer.status), "{problem}");
            format!("{} {}", answer.status, problem["detail"].as_str().unwrap_or_default())
        }
        Decision::Events { events, reply } => {
            let one = |event: &Event| {
                let Body::Inline(bytes) = &event.body else { return "blob".to_owned() };
                format!("{} {} {}", event.name, event.id, String::from_utf8_lossy(bytes))
            };
            let events: Vec<String> = events.iter().map(one).collect();
            format!("{} keeps {}", reply.status, events.join(", "))
        }
        Decision::Keep { connection, reply, .. } => {
            format!("{} keeps the secret of {connection}", reply.status)
        }
        Decision::Start { flow, item: Grouped { data, cause, trace }, dedup } => {
            let dedup = dedup.as_deref().unwrap_or("new each time");
            let trace = trace.map(|trace| format!(", in {trace}")).unwrap_or_default();
            format!("{cause} starts {flow} with {data}, {dedup}{trace}")
        }
    }
}

async fn check(hook: Hook, expected: &str) {
    let hooks = hooks(&standard(), Webhook::default()).await;
    assert_eq!(shown(hooks.read(hook)), expected);
}

#[tokio::test]
async fn a_signed_delivery_is_kept_as_it_came() {
    let body = r#"{ "type": "dealWon", "deal": "d1" }"#;
    check(signed(to_acme(body), "msg_1"), &format!("200 keeps acme.deal.won msg_1 {body}")).await;
}

#[tokio::test]
async fn whatever_is_genuine_is_kept() {
    check(
        signed(to_acme(r#"{"type":"new thing"}"#), "1"),
        r#"200 keeps acme.new_thing 1 {"type":"new thing"}"#,
    )
    .await;
    check(signed(to_acme(r#"{"type":"dealWon"}"#), "2"), r#"200 keeps acme.deal.won 2 {"type":"dealWon"}"#)
        .await;
    check(signed(to_acme("{"), "3"), "200 keeps acme.unreadable 3 {").await;
    check(signed(to_acme(""), "4"), "200 keeps acme.unnamed 4 ").await;
}

#[tokio::test]
async fn what_is_not_genuine_is_refused() {
    check(to_acme("{}"), "401 the webhook is not signed: it has no header `webhook-id`").await;
    let mut changed = signed(to_acme("{}"), "1");
    changed.body = b"[]".to_vec();
    check(changed, "401 the webhook is not signed with the secret of this address").await;
    let mut late = signed(to_acme("{}"), "1");
    late.now_ms += 301_000;
    check(late, "401 the time the webhook was signed at is 301 seconds from now").await;
}

#[tokio::test]
async fn what_is_no_delivery_is_refused() {
    let get = Hook { method: "GET".to_owned(), ..to_acme("") };
    check(get, "405 a webhook is sent by POST").await;
    check(to_acme(&"x".repeat(1001)), "413 the body is larger than the 1000 bytes that are taken").await;
    let mut packed = to_acme("{}");
    packed.headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
    check(packed, "415 a body with the content encoding `gzip` is not taken").await;
    for target in [Target::Connection("other".to_owned()), Target::Path("other".to_owned())] {
        check(hook(target, "{}"), "404 there is no webhook at this address").await;
    }
}

#[tokio::test]
async fn flows_have_webhooks_of_their_own() {
    let open = |body: &str| Hook { has_token: true, ..hook(Target::Path("open".to_owned()), body) };
    check(open(r#"{"id":1}"#), r#"webhook:open starts open with {"id":1}, new each time"#).await;
    let mut keyed = open(r#"{"id":1}"#);
    keyed.headers.push(("Idempotency-Key".to_owned(), "k".to_owned()));
    check(keyed, r#"webhook:open starts open with {"id":1}, /hooks/open k"#).await;
    check(open("{}"), "422 `id` is required").await;
    check(open("{"), "422 the JSON cannot be read: EOF while parsing an object at line 1 column 1").await;
    let without = Hook { has_token: false, ..open("{}") };
    check(without, "401 this webhook is sent with the hub's token").await;
    let closed = hook(Target::Path("shop/orders".to_owned()), "[]");
    check(signed(closed.clone(), "m"), "webhook:shop/orders starts closed with [], /hooks/shop/orders m")
        .await;
    let with_token = Hook { has_token: true, ..closed };
    check(with_token, "401 the webhook is not signed: it has no header `webhook-id`").await;
}

#[tokio::test]
async fn a_list_gives_several_events() {
    let rule = json!({
        "signature": {"kind": "hmac", "header": "X-S"}, "answer": "twiml",
        "event": {"items": "/all", "name": "/type", "id": "/id"},
    });
    let hooks = hooks(&rule, Webhook::default()).await;
    let mut two = to_acme(r#"{"all":[{"type":"dealWon","id":5},{"type":"dealWon"}]}"#);
    let signature: Signature = serde_json::from_value(rule["signature"].clone()).unwrap();
    let delivery = Delivery { method: "POST", url: "", headers: &[], body: &two.body };
    two.headers.extend(signature.sign(delivery, SECRET, "", NOW).unwrap());
    let found = shown(hooks.read(two));
    let expected = r#"200 keeps acme.deal.won 5 {"type":"dealWon","id":5}, acme.deal.won "#;
    assert!(found.starts_with(expected) && found.ends_with(r#"-1 {"type":"dealWon"}"#), "{found}");
    let without = |body: &str| {
        let mut sent = to_acme(body);
        let delivery = Delivery { method: "POST", url: "", headers: &[], body: &sent.body };
        sent.headers.extend(signature.sign(delivery, SECRET, "", NOW).unwrap());
        shown(hooks.read(sent))
    };
    assert_eq!(without(r#"{"all":[]}"#), "200 keeps ");
    // A list that is not there any more is no empty one: what came is kept.
    for body in [r#"{"every":[{"type":"dealWon"}]}"#, r#"{"all":null}"#, r#"{"all":{"type":"dealWon"}}"#, ""]
    {
        let found = without(body);
        assert!(found.starts_with("200 keeps acme.unreadable ") && found.ends_with(body), "{found}");
    }
}

#[tokio::test]
async fn handshakes_come_first() {
    let mut rule = standard();
    rule["handshake"] = json!("graph");
    let hooks = hooks(&rule, Webhook::default()).await;
    let mut asked = to_acme("");
    asked.uri.push_str("?validationToken=abc");
    let Decision::Answer(answer) = hooks.read(asked) else { panic!("no handshake") };
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"abc".as_slice()));
}

/// A rule by which the vendor brings the secret, and where it is kept.
async fn bringing(folder: &tempfile::TempDir) -> (Hooks, std::path::PathBuf) {
    let rule = json!({
        "signature": {"kind": "hmac", "header": "X-Hook-Signature"}, "handshake": "hook_secret",
        "event": {"name": "/type"},
    });
    let file = folder.path().join("brought");
    let secret = Some(SecretSource::File(file.to_str().unwrap().to_owned()));
    (hooks(&rule, Webhook { secret, ..Webhook::default() }).await, file)
}

fn with_header(mut hook: Hook, name: &str, value: &str) -> Hook {
    hook.headers.push((name.to_owned(), value.to_owned()));
    hook
}

#[tokio::test]
async fn a_vendor_may_bring_the_secret_once() {
    let folder = tempfile::tempdir().unwrap();
    let (hooks, file) = bringing(&folder).await;
    let secret = "b537207f20cbfa02357cf448134da559";
    let body = r#"{"type":"dealWon"}"#;
    let code = signature_of(secret, body);
    let sent = || with_header(to_acme(body), "X-Hook-Signature", &code);
    assert!(shown(hooks.read(sent())).starts_with("503 "), "there is no secret yet");
    let first = || with_header(to_acme(""), "x-hook-secret", secret);
    let Decision::Keep { file: kept, secret: given, reply, .. } = hooks.read(first()) else {
        panic!("not kept")
    };
    assert_eq!(HookAnswer::from_reply(reply).headers, [("X-Hook-Secret".to_owned(), secret.to_owned())]);
    keep::keep(kept, &given).await.unwrap();
    hooks.brought("acme", given);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{secret}\n"));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!((mode & 0o777, std::fs::read_dir(folder.path()).unwrap().count()), (0o600, 1));
    // Proven from now on, and when the project is loaded again; the same handshake is answered again, and
    // another one refused.
    let (loaded, _) = bringing(&folder).await;
    for hooks in [&hooks, &loaded] {
        assert!(shown(hooks.read(sent())).starts_with("200 keeps acme.deal.won "));
        let Decision::Answer(again) = hooks.read(first()) else { panic!("no answer") };
        assert_eq!(again.status, 200);
        let other = with_header(to_acme(""), "x-hook-secret", "somebody-elses-own-secret");
        assert_eq!(shown(hooks.read(other)), "401 the webhook of this connection has another secret already");
    }
    let taken = keep::keep(file.clone(), &nave_model::Secret::new("somebody-elses-own-secret")).await;
    assert_eq!(taken.unwrap_err().code, codes::SIGNATURE_INVALID);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{secret}\n"));
}

fn signature_of(secret: &str, body: &str) -> String {
    let signature: Signature =
        serde_json::from_value(json!({"kind": "hmac", "header": "X-Hook-Signature"})).unwrap();
    let delivery = Delivery { method: "POST", url: "", headers: &[], body: body.as_bytes() };
    signature.sign(delivery, secret, "", NOW).unwrap().remove(0).1
}

#[tokio::test]
async fn a_secret_that_cannot_be_kept_has_the_sender_try_again() {
    let nowhere = std::path::PathBuf::from("/nowhere/at/all");
    let fault = keep::keep(nowhere, &nave_model::Secret::new("a-secret-of-some-length")).await.unwrap_err();
    assert_eq!(problem(&fault).status, 503);
}

#[tokio::test]
async fn no_answer_to_xero_has_a_body() {
    let rule = json!({"signature": {"kind": "xero"}, "handshake": "xero_intent", "event": {"name": "/type"}});
    let hooks = hooks(&rule, Webhook::default()).await;
    let intent = r#"{"events":[],"entropy":"x"}"#;
    for (signature, status) in [(SECRET, 200), ("another", 401)] {
        let kind: Signature = serde_json::from_value(json!({"kind": "xero"})).unwrap();
        let delivery = Delivery { method: "POST", url: "", headers: &[], body: intent.as_bytes() };
        let mut sent = to_acme(intent);
        sent.headers.extend(kind.sign(delivery, signature, "", NOW).unwrap());
        let Decision::Answer(answer) = hooks.read(sent) else { panic!("no answer") };
        assert_eq!((answer.status, answer.headers.len(), answer.body.len()), (status, 0, 0));
    }
}

#[tokio::test]
async fn the_public_address_is_the_one_that_counts() {
    let rule = json!({"signature": {"kind": "square"}, "event": {"name": "/type"}});
    let url = Some("https://public.example/acme".to_owned());
    let hooks = hooks(&rule, Webhook { url, ..Webhook::default() }).await;
    let mut sent = to_acme(r#"{"type":"dealWon"}"#);
    let signature: Signature = serde_json::from_value(rule["signature"].clone()).unwrap();
    let delivery =
        Delivery { method: "POST", url: "https://public.example/acme", headers: &[], body: &sent.body };
    sent.headers.extend(signature.sign(delivery, SECRET, "", NOW).unwrap());
    assert!(shown(hooks.read(sent)).starts_with("200 keeps acme.deal.won "));
}

#[tokio::test]
async fn without_a_secret_the_sender_is_to_try_again() {
    let nowhere =
        Webhook { secret: Some(SecretSource::File("/nowhere/key".to_owned())), ..Webhook::default() };
    let hooks = hooks(&standard(), nowhere).await;
    let Decision::Answer(answer) = hooks.read(signed(to_acme("{}"), "1")) else { panic!("taken") };
    assert_eq!(answer.status, 503);
    assert!(answer.headers.contains(&("Retry-After".to_owned(), "30".to_owned())));
}

#[tokio::test]
async fn nothing_unsigned_is_taken_that_was_not_asked_for() {
    let rule =
        json!({"signature": {"kind": "none"}, "answer": "salesforce_ack", "event": {"name": "\"message\""}});
    let connector = connector(&rule);
    let refused = ConnectionHook::load(&connector, &Webhook::default(), String::new()).await.unwrap_err();
    assert_eq!(refused.message, "`acme` does not sign its webhooks");
    let hooks = hooks(&rule, Webhook { unsigned: true, ..Webhook::default() }).await;
    let Decision::Events { reply, events } = hooks.read(to_acme("<a/>")) else { panic!("refused") };
    assert!(String::from_utf8(reply.body).unwrap().contains("<Ack>true</Ack>"));
    assert_eq!(events[0].name, "acme.unreadable");
}

#[test]
fn a_full_store_asks_for_patience() {
    let answer = problem(&Fault::new(codes::STORE_FULL, "there is no room left"));
    assert_eq!(answer.status, 503);
    assert!(answer.headers.contains(&("Retry-After".to_owned(), "30".to_owned())));
}

proptest::proptest! {
    #[test]
    fn nothing_that_is_sent_breaks_the_intake(
        path in "\\PC{0,10}", uri in "\\PC{0,40}", media in "\\PC{0,30}", body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60),
        to_connection: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let rule = json!({"signature": {"kind": "none"}, "handshake": "slack", "event": {"items": "", "name": "/type"}});
        let hooks = runtime.block_on(hooks(&rule, Webhook { unsigned: true, ..Webhook::default() }));
        let target = if to_connection { Target::Connection("acme".to_owned()) } else { Target::Path(path) };
        let hook = Hook { uri, body, headers: vec![("content-type".to_owned(), media)], ..hook(target, "") };
        // A decision comes out, whatever it is.
        shown(hooks.read(hook));
    }
}
