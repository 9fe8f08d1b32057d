//! Mail in dev: sent over SMTP to the sandbox that stands in, and shown as received.

use serde_json::{Value, json};

use crate::rig::Place;

const CONNECTOR: &str = "connector: post\ntitle: Post\nsummary: Sends mail.\ndescription: openapi.yaml\n\
    protocol: smtp\noperations:\n  send: {summary: Send a message.}\n";

const DESCRIPTION: &str = r#"
openapi: 3.1.0
info: { title: Post, version: "1" }
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
                to: { type: string }
                subject: { type: string }
                text: { type: string }
      responses:
        "202":
          description: Taken.
          content:
            application/json:
              schema: { type: object, required: [message_id], properties: { message_id: { type: string } } }
"#;

const FLOW: &str = r#"
flow: greet
trigger: manual
steps:
  - greeted: post.send
    with: |
      { from: "us@example.org", to: "ann@example.org", subject: "Welcome", text: "Hello Ann." }
"#;

#[tokio::test]
async fn mail_is_shown_as_received() {
    let place = Place::new();
    place.write("connectors/post/connector.yaml", CONNECTOR);
    place.write("connectors/post/openapi.yaml", DESCRIPTION);
    place.write(
        "connections/post.yaml",
        "connector: post\naddress: smtp://mail.example\ndefaults: {from: us@example.org}\n",
    );
    place.write("flows/greet.yaml", FLOW);
    let (hub, asker) = place.dev().await;
    let mut stream = asker.stream("kinds=mail").await;
    let run = asker.start("greet", json!(null)).await;
    let told = stream.next().await.ok().flatten().map(|told| told.data).unwrap_or_default();
    let told: Value = serde_json::from_str(&told).unwrap_or_default();
    assert_eq!((&told["kind"], &told["subject"]), (&json!("mail"), &json!("Welcome")));
    asker.settled(&run, &["completed"]).await;
    let mails = asker.get("/mails?connection=post").await;
    let mail = &mails["items"][0];
    assert_eq!((&mail["to"], &mail["from"]), (&json!(["ann@example.org"]), &json!("us@example.org")));
    assert_eq!(mail["text"].as_str().map(str::trim_end), Some("Hello Ann."), "{mails}");
    assert_eq!(asker.get("/mails?connection=notes").await["items"], json!([]));
    hub.stop().await;
}
