//! The project a trial's hub runs: connectors of two kinds of systems, connections to those of the trial,
//! and flows over them.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;

/// The environment variable the webhook secret is in.
pub(crate) const SECRET_VARIABLE: &str = "NAVE_TRIAL_WEBHOOK_SECRET";

/// The key behind the webhook secret.
pub(crate) const SECRET: &[u8] = b"a key for trials, known to all";

/// A system's description. Its reads and effects are what every trial needs; nothing in it is checked more
/// strictly than a usual API would.
const DESCRIPTION: &str = r##"openapi: 3.1.0
info: {title: A system of a trial, version: "1"}
servers: [{url: "http://127.0.0.1"}]
paths:
  /items/{id}:
    get:
      operationId: get_item
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: The item.
          content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}
  /effects:
    post:
      operationId: create_effect
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [id, step]
              properties:
                id: {type: string}
                step: {type: string}
      responses:
        "201":
          description: It is done.
          content: {application/json: {schema: {$ref: "#/components/schemas/Effect"}}}
components:
  schemas:
    Item:
      type: object
      required: [id, name]
      properties:
        id: {type: string}
        name: {type: string}
    Effect:
      type: object
      required: [id, step]
      properties:
        id: {type: string}
        step: {type: string}
    Order:
      type: object
      required: [id]
      properties:
        id: {type: string}
        note: {type: string}
    Rest:
      type: object
      required: [id, wake]
      properties:
        id: {type: string}
        wake: {type: string, format: date-time}
"##;

/// A connector whose system repeats nothing that comes with a key it knows.
const HONEST: &str = r##"connector: honest
title: Honest
summary: A system of a trial that honours idempotency keys and sends signed webhooks.
description: openapi.yaml
idempotency: {header: Idempotency-Key, methods: [POST], hours: 24}
webhooks:
  signature: {kind: standard_webhooks}
  event: {name: /type, data: /data}
events:
  placed: {summary: An order was placed., vendor: order.placed, schema: "#/components/schemas/Order"}
  seen: {summary: Somebody looked at an order., vendor: order.seen, schema: "#/components/schemas/Order"}
  resting: {summary: An order waits for its time., vendor: order.resting, schema: "#/components/schemas/Rest"}
"##;

/// A connector whose system knows no keys, and offers no way to look up what became of a call.
const BLUNT: &str = r#"connector: blunt
title: Blunt
summary: A system of a trial that does again whatever it is sent again.
description: openapi.yaml
"#;

/// Writes documents into a project's folder.
pub(crate) struct Documents<'a> {
    folder: &'a Path,
}

impl<'a> Documents<'a> {
    /// The connectors and the settings of a project in a folder.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn new(folder: &'a Path) -> anyhow::Result<Self> {
        let documents = Documents { folder };
        documents.write("nave.yaml", "name: trial\n")?;
        for (name, manifest) in [("honest", HONEST), ("blunt", BLUNT)] {
            documents.write(&format!("connectors/{name}/connector.yaml"), manifest)?;
            documents.write(&format!("connectors/{name}/openapi.yaml"), DESCRIPTION)?;
        }
        Ok(documents)
    }

    /// A connection to a system of the trial; `more`: further lines of its document.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn connection(
        &self,
        name: &str,
        connector: &str,
        address: SocketAddr,
        more: &str,
    ) -> anyhow::Result<()> {
        let webhook = match connector {
            "honest" => format!("webhook: {{ secret: {{ env: {SECRET_VARIABLE} }} }}\n"),
            _ => String::new(),
        };
        let text = format!(
            "connector: {connector}\naddress: http://{address}\nallow_private_hosts: [127.0.0.1]\n{webhook}{more}"
        );
        self.write(&format!("connections/{name}.yaml"), &text)
    }

    /// A flow: its trigger and its steps as lines of YAML.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn flow(&self, name: &str, trigger: &str, steps: &str) -> anyhow::Result<()> {
        self.write(
            &format!("flows/{name}.yaml"),
            &format!("flow: {name}\ntrigger: {trigger}\nsteps:\n{steps}"),
        )
    }

    fn write(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let path = self.folder.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, text).with_context(|| format!("`{}` cannot be written", path.display()))
    }
}

/// A step that has one effect, named like itself.
pub(crate) fn effect(step: &str, connection: &str) -> String {
    format!("  - {step}: {connection}.create_effect\n    with: |\n      {{ id, step: \"{step}\" }}\n")
}

/// A step that reads.
pub(crate) fn read(step: &str, connection: &str) -> String {
    format!("  - {step}: {connection}.get_item\n    with: |\n      {{ id }}\n")
}
