//! What must hold of one value, all at once: `$ref`s followed one step at a time, `allOf` unfolded,
//! and the alternatives (`oneOf`, `anyOf`, `if`) set aside for whoever chooses among them.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use nave_connector::Schema;
use serde_json::Value;

/// The most schemas one value is made to fit at once.
const MOST_PARTS: usize = 400;
/// The most references and compositions unfolded for one value.
const DEEPEST: usize = 64;

/// Everything that must hold of one value.
#[derive(Clone, Default)]
pub(super) struct Shape<'a> {
    /// Schemas that are objects of keywords; their `$ref` and `allOf` are already unfolded.
    pub(super) parts: Vec<Schema<'a>>,
    /// Alternatives not chosen yet.
    pub(super) choices: Vec<Choice<'a>>,
    /// Discriminator properties and the value that names the chosen schema.
    pub(super) tags: IndexMap<&'a str, String>,
    /// A schema in it is `false`, or leads nowhere.
    pub(super) impossible: bool,
    seen: BTreeSet<usize>,
}

/// One place where a schema offers alternatives.
#[derive(Clone)]
pub(super) struct Choice<'a> {
    /// The schema that offers them; a value made for one of them must fit it.
    pub(super) owner: Schema<'a>,
    /// The alternatives.
    pub(super) branches: Vec<Branch<'a>>,
    /// How they exclude each other.
    pub(super) sort: Sort,
}

/// How alternatives exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// `anyOf`: not at all.
    Any,
    /// `oneOf`: a value should fit one alone.
    One,
    /// `if`: a value meant for one side may turn out to be of the other.
    Condition,
}

/// One alternative.
#[derive(Clone)]
pub(super) struct Branch<'a> {
    /// What must hold besides.
    pub(super) schemas: Vec<Schema<'a>>,
    /// Discriminator property and its value.
    pub(super) tag: Option<(&'a str, String)>,
}

impl<'a> Shape<'a> {
    /// The shape of values that fit every one of `schemas`.
    pub(super) fn of(schemas: impl IntoIterator<Item = Schema<'a>>) -> Self {
        let mut shape = Shape::default();
        for schema in schemas {
            shape.add(schema);
        }
        shape
    }

    /// Demands one more schema.
    pub(super) fn add(&mut self, schema: Schema<'a>) {
        self.unfold(schema, None, 0);
    }

    /// The values of one keyword, with the part each stands in.
    pub(super) fn keyword(&self, name: &str) -> impl Iterator<Item = (Schema<'a>, &'a Value)> {
        self.parts.iter().filter_map(move |part| Some((*part, part.keyword(name)?)))
    }

    /// Whether any part has this keyword.
    pub(super) fn has(&self, name: &str) -> bool {
        self.parts.iter().any(|part| part.keyword(name).is_some())
    }

    /// `called` is the name of the outermost component the schema was reached by: the one a
    /// discriminator of a schema further in must name.
    fn unfold(&mut self, schema: Schema<'a>, called: Option<&'a str>, depth: usize) {
        if let Value::Bool(anything) = schema.value {
            self.impossible |= !anything;
            return;
        }
        if depth > DEEPEST || self.parts.len() >= MOST_PARTS || !self.seen.insert(schema.identity()) {
            return;
        }
        let Some(keywords) = schema.keywords() else { return };
        match schema.reference() {
            Ok(None) => {}
            Ok(Some(target)) => {
                let name = keywords.get("$ref").and_then(Value::as_str).and_then(last_token);
                self.unfold(target, called.or(name), depth + 1);
                if !schema.dialect().keeps_reference_siblings() {
                    return;
                }
            }
            Err(_) => self.impossible = true,
        }
        self.parts.push(schema);
        self.tag(schema, called);
        for member in keywords.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.unfold(schema.with(member), called, depth + 1);
        }
        self.alternatives(schema);
    }

    fn alternatives(&mut self, schema: Schema<'a>) {
        for (keyword, sort) in [("oneOf", Sort::One), ("anyOf", Sort::Any)] {
            let Some(Value::Array(members)) = schema.keyword(keyword) else { continue };
            let branches = members.iter().map(|member| {
                let tag = discriminator(schema)
                    .and_then(|property| Some((property, tag_of(schema, member.get("$ref")?.as_str()?)?)));
                Branch { schemas: vec![schema.with(member)], tag }
            });
            self.choices.push(Choice { owner: schema, branches: branches.collect(), sort });
        }
        if let Some(condition) = schema.keyword("if") {
            let side = |keyword: &str| schema.keyword(keyword).map(|side| schema.with(side));
            let met = std::iter::once(schema.with(condition)).chain(side("then")).collect();
            let unmet = side("else").into_iter().collect();
            let branches = [met, unmet].map(|schemas| Branch { schemas, tag: None }).to_vec();
            self.choices.push(Choice { owner: schema, branches, sort: Sort::Condition });
        }
    }

    /// A schema that is told apart by a property but offers no alternatives itself: the property
    /// names the component that was asked for.
    fn tag(&mut self, schema: Schema<'a>, called: Option<&'a str>) {
        if schema.keyword("oneOf").or_else(|| schema.keyword("anyOf")).is_some() {
            return;
        }
        let (Some(property), Some(called)) = (discriminator(schema), called) else { return };
        if let Some(tag) = tag_of(schema, called) {
            self.tags.entry(property).or_insert(tag);
        }
    }
}

/// The property a schema is told apart by: an object in OpenAPI 3, a name in Swagger 2.0.
fn discriminator(schema: Schema<'_>) -> Option<&str> {
    match schema.keyword("discriminator")? {
        Value::String(name) => Some(name),
        object => object.get("propertyName")?.as_str(),
    }
}

/// The value that names a component: its key in the mapping, else its own name.
fn tag_of(schema: Schema<'_>, reference: &str) -> Option<String> {
    let name = last_token(reference)?;
    let mapping = schema.keyword("discriminator").and_then(|found| found.get("mapping")?.as_object());
    let key = mapping.into_iter().flatten().find(|(_, target)| {
        target.as_str().is_some_and(|target| target == reference || last_token(target) == Some(name))
    });
    Some(key.map_or_else(|| name.to_owned(), |(key, _)| key.clone()))
}

fn last_token(reference: &str) -> Option<&str> {
    reference.rsplit(['/', '#']).next().filter(|token| !token.is_empty())
}
