//! Random schemas, and values that satisfy them.

use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::{collection, option};
use serde_json::{Map, Value as Json, json};

/// Names of fields; few, so that schemas meet in them.
const NAMES: [&str; 4] = ["a", "b", "kind", "id"];

/// What a schema says, without the many ways to write it.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Null,
    Boolean,
    Integer {
        least: Option<i8>,
        most: Option<i8>,
    },
    Number,
    Text {
        least: u8,
    },
    OneOf(Vec<Json>),
    List {
        items: Box<Shape>,
        least: u8,
    },
    Pair(Box<Shape>, Box<Shape>),
    Record {
        fields: Vec<(usize, bool, Shape)>,
        others: Option<Box<Shape>>,
        is_split: bool,
    },
    Either(Vec<Shape>),
    Nullable(Box<Shape>),
    /// A tree: `{value: integer, children: [tree]}`.
    Tree,
    Anything,
}

pub(super) fn shapes() -> BoxedStrategy<Shape> {
    let constant =
        prop_oneof![Just(json!("x")), Just(json!("y")), Just(json!(1)), Just(json!(true)), Just(Json::Null)];
    let leaf = prop_oneof![
        Just(Shape::Null),
        Just(Shape::Boolean),
        (option::of(-3_i8..3), option::of(3_i8..9)).prop_map(|(least, most)| Shape::Integer { least, most }),
        Just(Shape::Number),
        (0_u8..3).prop_map(|least| Shape::Text { least }),
        collection::vec(constant, 1..4).prop_map(Shape::OneOf),
        Just(Shape::Tree),
        Just(Shape::Anything),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let fields = collection::vec((0..NAMES.len(), any::<bool>(), inner.clone()), 0..4);
        prop_oneof![
            (inner.clone(), 0_u8..2).prop_map(|(items, least)| Shape::List { items: Box::new(items), least }),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Shape::Pair(Box::new(a), Box::new(b))),
            (fields, option::of(inner.clone().prop_map(Box::new)), any::<bool>())
                .prop_map(|(fields, others, is_split)| Shape::record(fields, others, is_split)),
            collection::vec(inner.clone(), 1..4).prop_map(Shape::Either),
            inner.prop_map(|inner| Shape::Nullable(Box::new(inner))),
        ]
    })
    .boxed()
}

impl Shape {
    fn record(fields: Vec<(usize, bool, Shape)>, others: Option<Box<Shape>>, is_split: bool) -> Shape {
        let mut once: Vec<(usize, bool, Shape)> = Vec::new();
        for field in fields {
            if once.iter().all(|(name, _, _)| *name != field.0) {
                once.push(field);
            }
        }
        Shape::Record { fields: once, others, is_split }
    }

    /// As a schema; `new` chooses among the dialects' ways to write the same.
    pub(super) fn schema(&self, new: bool) -> Json {
        match self {
            Shape::Null => json!({"type": "null"}),
            Shape::Boolean => json!({"type": "boolean"}),
            Shape::Integer { least, most } => {
                let mut schema = json!({"type": "integer"});
                if let Some(least) = least {
                    schema["minimum"] = json!(least);
                }
                if let Some(most) = most {
                    schema["maximum"] = json!(most);
                }
                schema
            }
            Shape::Number => json!({"type": "number"}),
            Shape::Text { least } => json!({"type": "string", "minLength": least}),
            Shape::OneOf(constants) => match (constants.as_slice(), new) {
                ([only], true) => json!({"const": only}),
                _ => json!({"enum": constants}),
            },
            Shape::List { items, least } => {
                json!({"type": "array", "items": items.schema(new), "minItems": least})
            }
            Shape::Pair(a, b) => match new {
                true => {
                    json!({"type": "array", "prefixItems": [a.schema(new), b.schema(new)], "items": false})
                }
                false => {
                    json!({"type": "array", "items": [a.schema(new), b.schema(new)], "additionalItems": false})
                }
            },
            Shape::Record { fields, others, is_split } => record(fields, others.as_deref(), *is_split, new),
            Shape::Either(members) => {
                let members: Vec<Json> = members.iter().map(|member| member.schema(new)).collect();
                if new { json!({"oneOf": members}) } else { json!({"anyOf": members}) }
            }
            Shape::Nullable(inner) => match new {
                true => json!({"anyOf": [inner.schema(new), {"type": "null"}]}),
                false => json!({"allOf": [inner.schema(new)], "nullable": true}),
            },
            Shape::Tree => json!({"$ref": "#/definitions/tree"}),
            Shape::Anything => json!({}),
        }
    }

    /// A value that satisfies it; `choices` decide which.
    pub(super) fn value(&self, choices: &mut Choices<'_>) -> Json {
        match self {
            Shape::Null => Json::Null,
            Shape::Boolean => json!(choices.next(2) == 1),
            Shape::Integer { least, most } => {
                let least = least.map_or(-9, i64::from);
                let most = most.map_or(9, i64::from);
                json!(least + i64::from(choices.next(19)) % (most - least + 1))
            }
            Shape::Number => json!(f64::from(choices.next(9)) / 2.0),
            Shape::Text { least } => json!("xyz".repeat(usize::from(*least) + usize::from(choices.next(2)))),
            Shape::OneOf(constants) => constants[usize::from(choices.next(8)) % constants.len()].clone(),
            Shape::List { items, least } => {
                let length = *least + choices.next(3);
                (0..length).map(|_| items.value(choices)).collect()
            }
            Shape::Pair(a, b) => {
                let length = usize::from(choices.next(3));
                let both = [a, b].map(|one| one.value(choices));
                both.into_iter().take(length).collect()
            }
            Shape::Record { fields, others, .. } => {
                let mut members = Map::new();
                for (name, required, field) in fields {
                    if *required || choices.next(2) == 1 {
                        members.insert(NAMES[*name].to_owned(), field.value(choices));
                    }
                }
                if let Some(others) = others {
                    for name in ["other", "more"].iter().take(usize::from(choices.next(3))) {
                        members.insert((*name).to_owned(), others.value(choices));
                    }
                }
                Json::Object(members)
            }
            Shape::Either(members) => members[usize::from(choices.next(8)) % members.len()].value(choices),
            Shape::Nullable(inner) => match choices.next(3) {
                0 => Json::Null,
                _ => inner.value(choices),
            },
            Shape::Tree => tree(choices, 0),
            Shape::Anything => [json!(null), json!(1.5), json!("any"), json!([1]), json!({"a": 1})]
                [usize::from(choices.next(5))]
            .clone(),
        }
    }

    /// Whether bounds are part of it, which assignments leave to the moment a value is known.
    pub(super) fn has_bounds(&self) -> bool {
        match self {
            Shape::Integer { least, most } => least.is_some() || most.is_some(),
            Shape::Text { least } => *least > 0,
            Shape::List { items, least } => *least > 0 || items.has_bounds(),
            Shape::Pair(..) => true,
            Shape::Record { fields, others, .. } => {
                fields.iter().any(|(_, _, field)| field.has_bounds())
                    || others.as_ref().is_some_and(|others| others.has_bounds())
            }
            Shape::Either(members) => members.iter().any(Shape::has_bounds),
            Shape::Nullable(inner) => inner.has_bounds(),
            Shape::Null
            | Shape::Boolean
            | Shape::Number
            | Shape::OneOf(_)
            | Shape::Tree
            | Shape::Anything => false,
        }
    }
}

/// Fields in one schema, or shared out between two parts of an `allOf`.
fn record(fields: &[(usize, bool, Shape)], others: Option<&Shape>, is_split: bool, new: bool) -> Json {
    let part = |fields: &[(usize, bool, Shape)]| {
        let properties: Map<String, Json> =
            fields.iter().map(|(name, _, field)| (NAMES[*name].to_owned(), field.schema(new))).collect();
        let required: Vec<&str> =
            fields.iter().filter(|(_, required, _)| *required).map(|(name, _, _)| NAMES[*name]).collect();
        json!({"type": "object", "properties": properties, "required": required})
    };
    match (others, is_split && fields.len() > 1) {
        (Some(others), _) => {
            let mut whole = part(fields);
            whole["additionalProperties"] = others.schema(new);
            whole
        }
        (None, true) => json!({"allOf": [part(&fields[..1]), part(&fields[1..])]}),
        (None, false) => part(fields),
    }
}

fn tree(choices: &mut Choices<'_>, depth: u8) -> Json {
    let children = if depth < 3 { choices.next(3) } else { 0 };
    let children: Vec<Json> = (0..children).map(|_| tree(choices, depth + 1)).collect();
    json!({"value": 1, "children": children})
}

/// The schemas that shapes refer to, beside the schemas themselves.
pub(super) fn document(schemas: &Json) -> Json {
    json!({
        "schemas": schemas,
        "definitions": {"tree": {"type": "object", "required": ["value"], "properties": {
            "value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/definitions/tree"}},
        }}},
    })
}

/// Numbers that decide what is chosen; 0 when they are used up.
pub(super) struct Choices<'c>(pub(super) &'c [u8]);

impl Choices<'_> {
    fn next(&mut self, below: u8) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                first % below
            }
            None => 0,
        }
    }
}
