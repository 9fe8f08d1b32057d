//! Binary content in arguments and answers: `{"base64": …}` stands for any bytes where a schema admits
//! a file.

use serde_json::Value;

use crate::schema::Schema;

/// The names binary content may have besides `base64`.
const NAMES: [&str; 3] = ["base64", "filename", "content_type"];

/// Whether a value is binary content as an object.
pub(super) fn is_content(value: &Value) -> bool {
    let Value::Object(fields) = value else { return false };
    fields.get("base64").is_some_and(Value::is_string)
        && fields.len() <= NAMES.len()
        && fields.iter().all(|(name, value)| NAMES.contains(&name.as_str()) && value.is_string())
}

/// Whether a schema admits bytes: Swagger's `file`, `format: binary`, or a media type of its content
/// that is not encoded as text (OpenAPI 3.1 "Considerations for File Uploads").
pub(super) fn is_admitted(schema: Schema<'_>) -> bool {
    let Ok(schema) = schema.resolve() else { return false };
    let word = |name: &str| schema.keyword(name).and_then(Value::as_str);
    word("type") == Some("file")
        || word("format") == Some("binary")
        || (word("contentMediaType").is_some() && word("contentEncoding").is_none())
}
