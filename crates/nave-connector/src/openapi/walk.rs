//! Walks every `$ref` of a document that is one: examples, defaults and vendor extensions may hold
//! anything, and a property may be called `$ref` or `example`.

use nave_model::place::push_token;
use serde_json::Value;

/// What the member names of an object are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Members {
    /// Words of the specification.
    Keywords,
    /// Names somebody chose: of properties, schemas, paths, media types.
    Names,
}

/// Keywords whose members have chosen names.
const NAMED: [&str; 26] = [
    "$defs",
    "callbacks",
    "content",
    "definitions",
    "dependencies",
    "dependentSchemas",
    "encoding",
    "headers",
    "links",
    "mediaTypes",
    "parameters",
    "pathItems",
    "paths",
    "patternProperties",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "securityDefinitions",
    "securitySchemes",
    "variables",
    "webhooks",
    "x-webhooks",
    "additionalOperations",
    "scopes",
    "mapping",
];

/// Keywords whose value is data.
const DATA: [&str; 6] = ["const", "default", "enum", "example", "examples", "x-example"];

/// What a member's own members are, or `None` where the member is data and not walked.
pub(super) fn inside(members: Members, key: &str) -> Option<Members> {
    match members {
        Members::Names => Some(Members::Keywords),
        Members::Keywords if NAMED.contains(&key) => Some(Members::Names),
        Members::Keywords if DATA.contains(&key) || key.starts_with("x-") => None,
        Members::Keywords => Some(Members::Keywords),
    }
}

/// One step down.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    /// Into a member.
    Key(&'a str),
    /// Into an item.
    Index(usize),
}

/// The JSON pointer of a way down.
pub(super) fn pointer(base: &str, path: &[Step<'_>]) -> String {
    let mut pointer = base.to_owned();
    for step in path {
        match step {
            Step::Key(key) => push_token(&mut pointer, key),
            Step::Index(index) => push_token(&mut pointer, &index.to_string()),
        }
    }
    pointer
}

/// Calls `visit` for every object that is not data, outermost first, with the way to it and whether
/// its members are keywords. Depth is bounded by the reader of documents.
pub(super) fn objects<'a>(
    value: &'a Value,
    members: Members,
    path: &mut Vec<Step<'a>>,
    visit: &mut dyn FnMut(&[Step<'a>], &'a Value, Members),
) {
    match value {
        Value::Object(object) => {
            visit(path, value, members);
            for (key, member) in object {
                if let Some(below) = inside(members, key) {
                    path.push(Step::Key(key));
                    objects(member, below, path, visit);
                    path.pop();
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                objects(item, Members::Keywords, path, visit);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Calls `visit` for every reference below a value: the way to the object it stands in, that object,
/// and its text.
pub(super) fn references<'a>(value: &'a Value, visit: &mut dyn FnMut(&[Step<'a>], &'a Value, &'a str)) {
    objects(value, Members::Keywords, &mut Vec::new(), &mut |path, object, members| {
        if members == Members::Keywords
            && let Some(text) = crate::documents::reference(object)
        {
            visit(path, object, text);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_references_are_references() {
        let tree = json!({
            "paths": {"/a": {"get": {"parameters": [{"$ref": "#/1"}], "responses": {"default": {"$ref": "#/2"}}}}},
            "components": {"schemas": {
                "A": {"properties": {"$ref": {"type": "string"}, "example": {"$ref": "#/3"}}},
                "B": {"example": {"$ref": "#/no"}, "enum": [{"$ref": "#/no"}], "x-any": {"$ref": "#/no"}},
                "C": {"allOf": [{"$ref": "#/4"}, {"items": {"$ref": "#/5"}}]},
            }},
        });
        let mut found = Vec::new();
        references(&tree, &mut |path, _, text| found.push(format!("{} {text}", pointer("", path))));
        assert_eq!(
            found,
            [
                "/paths/~1a/get/parameters/0 #/1",
                "/paths/~1a/get/responses/default #/2",
                "/components/schemas/A/properties/example #/3",
                "/components/schemas/C/allOf/0 #/4",
                "/components/schemas/C/allOf/1/items #/5",
            ]
        );
    }
}
