//! A small connector for this crate's tests.

use nave_connector::manifest::Manifest;
use nave_connector::{Connector, openapi, source};

pub(crate) mod notebook;

const DESCRIPTION: &str = r##"
openapi: 3.1.0
info: { title: CRM, version: "1" }
servers: [{ url: "https://crm.example/v1" }]
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Key }
    token: { type: http, scheme: bearer }
  schemas:
    Deal:
      type: object
      required: [id]
      properties: { id: { type: string }, amount: { type: integer } }
security: [{ token: [] }]
paths:
  /deals:
    get:
      operationId: list_deals
      parameters:
        - { name: cursor, in: query, schema: { type: string } }
        - { name: offset, in: query, schema: { type: integer } }
        - { name: page, in: query, schema: { type: integer } }
        - { name: region, in: query, schema: { type: string } }
      responses:
        "200": { description: ok, content: { application/json: { schema: {} } } }
    post:
      operationId: create_deal
      requestBody:
        content:
          application/json:
            schema: { type: object, properties: { amount: { type: integer } } }
      responses:
        "201": { description: made, content: { application/json: { schema: { $ref: "#/components/schemas/Deal" } } } }
  /deals/{id}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string } }
    get:
      operationId: get_deal
      responses:
        "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Deal" } } } }
    put:
      operationId: put_deal
      requestBody:
        content:
          application/json: { schema: { $ref: "#/components/schemas/Deal" } }
      responses:
        "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Deal" } } } }
  /status:
    get:
      operationId: get_status
      security: []
      responses:
        "200": { description: ok, content: { application/json: { schema: {} } } }
"##;

/// The connector `crm` with this manifest.
pub(crate) fn connector(mut manifest: Manifest) -> Connector {
    manifest.connector = "crm".to_owned();
    let source = source::read("crm.yaml", DESCRIPTION.as_bytes()).unwrap();
    let resolver = &openapi::NoResolver;
    let input = openapi::Input { name: "crm", source, manifest: Some(manifest), overlay: None, resolver };
    openapi::import(input).unwrap().connector
}
