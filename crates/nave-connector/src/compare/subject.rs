//! What a reader calls a place in a description: `charge.refunds[].amount`, `body.amount`, `limit`.

use serde_json::Value;

use crate::documents::{Documents, Place, unescape};

/// Longer names are cut: somebody chose them, but not for reading.
const LONGEST: usize = 400;

/// What a reader calls the place of a schema.
pub(super) fn subject(documents: &Documents, place: &Place) -> String {
    let tokens: Vec<String> = place.pointer.split('/').skip(1).map(unescape).collect();
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let (head, rest) = head(documents, place.document, &tokens);
    let mut subject = head;
    let mut rest = rest.iter();
    while let Some(token) = rest.next() {
        match *token {
            "properties" | "patternProperties" => {
                if let Some(name) = rest.next() {
                    subject = join(&subject, name);
                }
            }
            "items" | "prefixItems" => subject.push_str("[]"),
            "additionalProperties" | "unevaluatedProperties" => subject.push_str(".*"),
            "allOf" | "oneOf" | "anyOf" | "dependentSchemas" | "dependencies" => {
                rest.next();
            }
            _ => {}
        }
    }
    if subject.len() > LONGEST {
        subject = subject.chars().take(LONGEST / 4).chain("…".chars()).collect();
    }
    if subject.is_empty() { tokens.last().copied().unwrap_or("schema").to_owned() } else { subject }
}

/// `object.name`; a name that could be taken for a path is quoted.
pub(super) fn join(object: &str, name: &str) -> String {
    let cut: String;
    let name = if name.len() > LONGEST {
        cut = name.chars().take(LONGEST / 4).chain("…".chars()).collect();
        &cut
    } else {
        name
    };
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '@' | ':');
    match (object.is_empty(), !name.is_empty() && name.chars().all(is_plain)) {
        (true, true) => name.to_owned(),
        (false, true) => format!("{object}.{name}"),
        (true, false) => format!("[{name:?}]"),
        (false, false) => format!("{object}[{name:?}]"),
    }
}

/// The name of the thing a place lies in, and the tokens below it.
fn head<'t>(documents: &Documents, document: usize, tokens: &'t [&'t str]) -> (String, &'t [&'t str]) {
    let parameter = |count: usize| {
        let mut pointer = String::new();
        for token in tokens.iter().take(count) {
            nave_model::place::push_token(&mut pointer, token);
        }
        let object = documents.get(&Place { document, pointer });
        let name = object.and_then(|object| object.get("name")).and_then(Value::as_str);
        name.unwrap_or("parameter").to_owned()
    };
    match tokens {
        ["components", "parameters", _, rest @ ..] => (parameter(3), below_schema(rest)),
        ["components", _, name, rest @ ..] => ((*name).to_owned(), below_schema(rest)),
        ["parameters", _, rest @ ..] => (parameter(2), below_schema(rest)),
        ["definitions" | "$defs" | "responses", name, rest @ ..] => ((*name).to_owned(), below_schema(rest)),
        ["paths", _, "parameters", _, rest @ ..] => (parameter(4), below_schema(rest)),
        ["paths", _, _, "parameters", _, rest @ ..] => (parameter(5), below_schema(rest)),
        ["paths", _, _, "responses", status, rest @ ..] => {
            let name = if status.starts_with('2') { "answer".to_owned() } else { format!("answer {status}") };
            (name, below_schema(rest))
        }
        ["paths", _, _, "requestBody", rest @ ..] => ("body".to_owned(), below_schema(rest)),
        ["webhooks" | "x-webhooks", name, rest @ ..] => (format!("event {name}"), below_schema(rest)),
        ["paths", _, _, "callbacks", name, rest @ ..] => (format!("event {name}"), below_schema(rest)),
        [] => ("schema".to_owned(), tokens),
        _ => (String::new(), tokens),
    }
}

/// The tokens below `schema`: what stands before it says nothing about the value. A parameter of
/// Swagger 2.0 is its own schema.
fn below_schema<'t>(tokens: &'t [&'t str]) -> &'t [&'t str] {
    match tokens.iter().position(|token| *token == "schema") {
        Some(position)
            if matches!(
                tokens.first(),
                Some(
                    &("schema"
                        | "content"
                        | "headers"
                        | "post"
                        | "put"
                        | "patch"
                        | "get"
                        | "delete"
                        | "requestBody")
                )
            ) =>
        {
            tokens.get(position + 1..).unwrap_or_default()
        }
        _ => match tokens {
            [url, rest @ ..] if url.contains('{') || url.contains("://") => below_schema(rest),
            _ => tokens,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::Dialect;
    use serde_json::json;

    #[test]
    fn places_have_the_names_readers_use() {
        let documents = Documents::single(
            "a.json",
            Dialect::OpenApi30,
            json!({"paths": {"/a": {"get": {"parameters": [{"name": "limit"}]}}},
                   "components": {"parameters": {"Page": {"name": "page"}}}}),
        );
        for (pointer, expected) in [
            (
                "/components/schemas/charge/properties/refunds/items/properties/a.b",
                r#"charge.refunds[]["a.b"]"#,
            ),
            (
                "/components/schemas/charge/anyOf/1/properties/properties/additionalProperties",
                "charge.properties.*",
            ),
            ("/definitions/Pet/allOf/0/properties/name", "Pet.name"),
            ("/components/parameters/Page/schema", "page"),
            ("/paths/~1a/get/parameters/0/schema/items", "limit[]"),
            ("/paths/~1a/post/requestBody/content/application~1json/schema/properties/schema", "body.schema"),
            ("/paths/~1a/get/responses/200/content/application~1json/schema/items", "answer[]"),
            ("/paths/~1a/get/responses/404/schema/properties/message", "answer 404.message"),
            ("/webhooks/paid/post/requestBody/content/a~1b/schema/properties/id", "event paid.id"),
            (
                "/paths/~1a/post/callbacks/done/{$url}/post/requestBody/content/a~1b/schema/properties/id",
                "event done.id",
            ),
        ] {
            assert_eq!(subject(&documents, &Place::new(pointer)), expected);
        }
    }
}
