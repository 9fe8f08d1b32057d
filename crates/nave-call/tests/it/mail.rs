//! Calls of a mail connector against the sandbox's mail server, and against servers that a test plays: what
//! really goes over, and what is known when it goes wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_call::{Answer, CallRequest, Caller, SystemClock, Transport, TransportOptions};
use nave_connector::Connector;
use nave_connector::manifest::Manifest;
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::source;
use nave_connector::template::{File, read_all};
use nave_model::{Fault, Retry};
use nave_sandbox::serve::Running;
use nave_sandbox::{Credentials, Message, Options, Sandbox};
use serde_json::{Value, json};

mod played;
mod python;

const DESCRIPTION: &str = r#"
openapi: 3.1.0
info: { title: Mail, version: "1" }
components: { securitySchemes: { account: { type: http, scheme: basic } } }
security: [{ account: [] }]
paths:
  /messages:
    post:
      operationId: send
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              properties:
                from: { type: string }
                to: { type: [string, array], items: { type: string } }
                bcc: { type: string }
                subject: { type: string }
                text: { type: string }
                html: { type: string }
                name: { type: string }
                template: { type: string, enum: [welcome] }
                attachments: { type: array }
      responses:
        "202":
          description: Taken.
          content:
            application/json:
              schema: { type: object, required: [message_id], properties: { message_id: { type: string } } }
"#;

const WELCOME: File<'_> = File {
    path: "templates/welcome.txt",
    text: "Subject: Grüße, ${.name}\n\nHello ${.name}.\n.\n..dots\n",
};

/// The connector `mail`; with `keys` its server is one that takes a name once.
fn connector(keys: bool) -> Arc<Connector> {
    let source = source::read("mail.yaml", DESCRIPTION.as_bytes()).unwrap();
    let key = if keys { "idempotency: {header: Message-ID, methods: [POST]}" } else { "" };
    let text = format!("connector: mail\ndescription: mail.yaml\nprotocol: smtp\n{key}");
    let manifest = Some(Manifest::read("connector.yaml", text.as_bytes()).unwrap());
    let input = Input { name: "mail", source, manifest, overlay: None, resolver: &NoResolver };
    let mut connector = import(input).unwrap().connector;
    connector.templates = read_all([WELCOME]).unwrap();
    Arc::new(connector)
}

/// A caller whose connection `mail` leads to an address; `change` is laid over the connection's document.
fn caller(connector: &Arc<Connector>, address: &str, change: &Value, options: TransportOptions) -> Caller {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.keep().join("password");
    std::fs::write(&password, "correct horse").unwrap();
    let mut document = json!({
        "connector": "mail",
        "address": address,
        "allow_private_hosts": ["127.0.0.1"],
        "defaults": {"from": "Shop <shop@shop.example>"},
        "credential": {"username": {"file": password}, "password": {"file": password}},
    });
    for (name, value) in change.as_object().unwrap() {
        document[name] = value.clone();
    }
    let documents = BTreeMap::from([("mail".to_owned(), serde_json::from_value(document).unwrap())]);
    let transport = Transport::new(options).unwrap();
    Caller::new(&[Arc::clone(connector)], &documents, transport, Arc::new(SystemClock::new())).unwrap()
}

/// A sandbox that is a mail server, and a caller with a connection to it.
struct Rig {
    caller: Caller,
    sandbox: Arc<Sandbox>,
    _running: Running,
}

impl Rig {
    fn new(faults: &str, keys: bool, change: &Value) -> Self {
        let options = Options {
            faults: faults.parse().unwrap(),
            credentials: Credentials::Exactly(nave_model::Secret::new("correct horse:correct horse")),
            ..Options::default()
        };
        Rig::with(options, keys, change)
    }

    fn with(options: Options, keys: bool, change: &Value) -> Self {
        let connector = connector(keys);
        let sandbox = Arc::new(Sandbox::new(Arc::clone(&connector), options));
        let start = std::thread::spawn({
            let sandbox = Arc::clone(&sandbox);
            move || Running::start(sandbox).unwrap()
        });
        let running = start.join().unwrap();
        let caller = caller(&connector, &running.url(), change, TransportOptions::default());
        Rig { caller, sandbox, _running: running }
    }

    async fn send(&self, arguments: Value) -> Result<Answer, Fault> {
        self.keyed(arguments, None).await
    }

    async fn keyed(&self, arguments: Value, key: Option<&str>) -> Result<Answer, Fault> {
        let mut request = CallRequest::new("mail", "send", arguments);
        request.idempotency_key = key.map(str::to_owned);
        self.caller.call(request).await
    }

    fn messages(&self) -> Vec<Message> {
        self.sandbox.messages()
    }
}

fn letter() -> Value {
    json!({"to": "ann@a.example", "template": "welcome", "name": "Ann"})
}

#[tokio::test]
async fn a_message_arrives_as_it_was_meant() {
    let rig = Rig::new("calm", false, &json!({}));
    let answer = rig.keyed(letter(), Some("run-7-welcome")).await.unwrap();
    assert_eq!(answer.status, 202);
    assert_eq!(answer.value["message_id"], "<run-7-welcome@shop.example>");
    assert_eq!(answer.findings, []);
    let messages = rig.messages();
    let [message] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!(message.from, "shop@shop.example");
    assert_eq!(message.to, ["ann@a.example"]);
    assert_eq!(message.id.as_deref(), Some("<run-7-welcome@shop.example>"));
    assert_eq!(message.subject, "Grüße, Ann");
    assert_eq!(message.text, "Hello Ann.\n.\n..dots\n");
    assert_eq!(message.header("from"), Some("Shop <shop@shop.example>"));
}

#[tokio::test]
async fn copies_html_and_files_go_along() {
    let rig = Rig::new("calm", false, &json!({}));
    let arguments = json!({
        "to": ["Ann <ann@a.example>", "bob@b.example"], "bcc": "eve@e.example", "subject": "s", "text": "plain",
        "html": "<p>rich</p>",
        "attachments": [{"name": "a.txt", "type": "text/plain", "content": "Zm9v"}],
    });
    rig.send(arguments).await.unwrap();
    let messages = rig.messages();
    assert_eq!(messages[0].to, ["ann@a.example", "bob@b.example", "eve@e.example"]);
    assert_eq!(messages[0].text.trim_end(), "plain");
    let raw = String::from_utf8(messages[0].raw.clone()).unwrap();
    assert!(raw.contains("<p>rich</p>") && raw.contains("Zm9v") && !raw.contains("eve@"), "{raw}");
}

/// The fault of a call under a profile of the sandbox: its code, and the messages that were kept.
async fn fault(faults: &str, keys: bool, arguments: Value) -> (String, Retry, usize) {
    // Long enough for one attempt, and too short to wait for another.
    let rig = Rig::new(faults, keys, &json!({"timeouts": {"total_ms": 700}}));
    let fault = rig.send(arguments).await.unwrap_err();
    (fault.code.name.to_owned(), fault.code.retry, rig.messages().len())
}

#[tokio::test]
async fn a_fault_says_whether_the_message_was_taken() {
    // The server said no, or never got the message whole: nothing was sent.
    assert_eq!(fault("503", false, letter()).await, ("E-DEFERRED".into(), Retry::After, 0));
    assert_eq!(fault("429", false, letter()).await, ("E-DEFERRED".into(), Retry::After, 0));
    assert_eq!(fault("422", false, letter()).await, ("E-REJECTED".into(), Retry::Never, 0));
    assert_eq!(fault("expired", false, letter()).await, ("E-AUTH-REJECTED".into(), Retry::Never, 0));
    assert_eq!(fault("reset;effect=none", false, letter()).await, ("E-UNREACHABLE".into(), Retry::After, 0));
    // From the final dot on nobody knows, and it is not sent again.
    assert_eq!(fault("reset", false, letter()).await, ("E-CONNECTION-LOST".into(), Retry::IfIdempotent, 1));
    assert_eq!(
        fault("truncated", false, letter()).await,
        ("E-CONNECTION-LOST".into(), Retry::IfIdempotent, 1)
    );
    assert_eq!(fault("shape", false, letter()).await, ("E-CONNECTION-LOST".into(), Retry::IfIdempotent, 1));
    assert_eq!(fault("timeout", false, letter()).await, ("E-TIMEOUT".into(), Retry::IfIdempotent, 1));
}

#[tokio::test]
async fn an_answer_in_drops_is_an_answer() {
    let rig = Rig::new("trickle;pause=1", false, &json!({}));
    assert_eq!(rig.send(letter()).await.unwrap().attempts, 1);
}

#[tokio::test]
async fn a_server_that_takes_a_name_once_is_asked_again() {
    let rig = Rig::new("60% reset", true, &json!({"timeouts": {"total_ms": 60000}}));
    let answer = rig.send(letter()).await.unwrap();
    assert!(answer.attempts > 1, "the seed makes the first answer get lost");
    assert_eq!(rig.messages().len(), 1);
    assert_eq!(rig.sandbox.count("send").effects, 1);
}

#[tokio::test]
async fn who_is_refused_is_named_and_nobody_gets_it() {
    let rig = Rig::new("calm", false, &json!({}));
    let arguments = json!({"to": ["ann@a.example", "x@nobody.invalid"], "text": "t"});
    let fault = rig.send(arguments).await.unwrap_err();
    let told = "`127.0.0.1` refused the recipient `x@nobody.invalid`: 550 5.1.1 There is no such recipient.";
    assert_eq!((fault.code.name, fault.message.as_str()), ("E-REJECTED", told));
    assert_eq!(rig.messages(), []);
    let wrong = rig.send(json!({"to": "nobody", "text": "t"})).await.unwrap_err();
    assert_eq!(
        (wrong.code.name, wrong.message.as_str()),
        ("E-REQUEST-BUILD", "`nobody` is not a mail address")
    );
}

#[tokio::test]
async fn a_wrong_password_is_told_and_not_shown() {
    let options = Options {
        credentials: Credentials::Exactly(nave_model::Secret::new("another")),
        ..Options::default()
    };
    let rig = Rig::with(options, false, &json!({}));
    let fault = rig.send(letter()).await.unwrap_err();
    assert_eq!(fault.code.name, "E-AUTH-REJECTED");
    assert!(!format!("{fault:?}").contains("correct horse"), "{fault:?}");
    let none = Rig::new("calm", false, &json!({"credential": null}));
    assert_eq!(none.send(letter()).await.unwrap_err().code.name, "E-AUTH-MISSING");
}

#[tokio::test]
async fn an_address_nobody_named_is_not_connected_to() {
    let rig = Rig::new("calm", false, &json!({"allow_private_hosts": []}));
    let fault = rig.send(letter()).await.unwrap_err();
    assert_eq!(fault.code.name, "E-ADDRESS-REFUSED");
    assert_eq!(rig.sandbox.count("send").received, 0);
    for hidden in
        ["smtp://127.1:25", "smtp://2130706433:25", "smtp://localhost:25", "smtp://[::ffff:127.0.0.1]:25"]
    {
        let rig = Rig::new("calm", false, &json!({"allow_private_hosts": [], "address": hidden}));
        assert_eq!(rig.send(letter()).await.unwrap_err().code.name, "E-ADDRESS-REFUSED", "{hidden}");
    }
}

#[tokio::test]
async fn what_would_be_sent_is_shown() {
    let rig = Rig::new("calm", false, &json!({}));
    let preview = rig.caller.preview(&CallRequest::new("mail", "send", letter())).unwrap();
    assert!(preview.url.starts_with("smtp://127.0.0.1:"), "{}", preview.url);
    assert_eq!(preview.credential, Some("basic"));
    let body: Value = serde_json::from_str(&preview.body.unwrap()).unwrap();
    assert_eq!(body["subject"], "Grüße, Ann");
    assert_eq!(rig.messages(), []);
}
