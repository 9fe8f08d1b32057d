//! Which description format a document is in, and the dialect of its schemas.

use nave_model::fault::codes;
use nave_model::{At, Fault};
use serde_json::Value;

use crate::documents::{Dialect, Documents};

/// The dialect of a description's schemas, by its `swagger`, `openapi` and `jsonSchemaDialect`.
///
/// # Errors
/// The document is not an OpenAPI or Swagger description.
pub(super) fn dialect(name: &str, tree: &Value) -> Result<Dialect, Fault> {
    let refuse = |message: String| {
        let fault = Fault::new(codes::DOCUMENT_FORMAT, message).with_at(At::file(name));
        fault.with_hint("Nave reads OpenAPI 3.0, 3.1 and 3.2 and Swagger 2.0, as JSON or YAML")
    };
    if !tree.is_object() {
        return Err(refuse(format!("`{name}` is not a mapping")));
    }
    if let Some(swagger) = tree.get("swagger").map(written) {
        return match swagger.as_str() {
            "2" | "2.0" => Ok(Dialect::Swagger2),
            other => Err(refuse(format!("`{name}` is Swagger {other}"))),
        };
    }
    let Some(version) = tree.get("openapi").map(written) else {
        return Err(refuse(format!("`{name}` has neither `openapi` nor `swagger`")));
    };
    let minor = version.trim().split(['.', '-']).take(2).collect::<Vec<_>>().join(".");
    match minor.as_str() {
        "3.0" | "3" => Ok(Dialect::OpenApi30),
        "3.1" | "3.2" => {
            let named = tree.get("jsonSchemaDialect").and_then(Value::as_str);
            Ok(named.and_then(Dialect::from_schema_uri).unwrap_or(Dialect::Draft2020))
        }
        _ => Err(refuse(format!("`{name}` is OpenAPI {version}"))),
    }
}

/// Whether the description is Swagger 2.0.
pub(super) fn is_swagger(documents: &Documents) -> bool {
    documents.document(0).is_some_and(|document| document.dialect == Dialect::Swagger2)
}

/// A version as text; YAML reads an unquoted `3.0` as a number.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn formats_are_told_apart() {
        for (tree, expected) in [
            (json!({"swagger": "2.0"}), Some(Dialect::Swagger2)),
            (json!({"swagger": 2.0}), Some(Dialect::Swagger2)),
            (json!({"openapi": "3.0.3"}), Some(Dialect::OpenApi30)),
            (json!({"openapi": 3.0}), Some(Dialect::OpenApi30)),
            (json!({"openapi": "3.1.0"}), Some(Dialect::Draft2020)),
            (json!({"openapi": "3.2.0"}), Some(Dialect::Draft2020)),
            (
                json!({"openapi": "3.1.1", "jsonSchemaDialect": "http://json-schema.org/draft-07/schema#"}),
                Some(Dialect::Draft7),
            ),
            (json!({"swagger": "1.2"}), None),
            (json!({"openapi": "4.0.0"}), None),
            (json!({"asyncapi": "3.0.0"}), None),
            (json!([]), None),
        ] {
            assert_eq!(dialect("a.yaml", &tree).ok(), expected, "{tree}");
        }
    }
}
