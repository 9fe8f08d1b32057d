//! The ways a schema may be met: each is a set of schema objects that all apply to the value in place,
//! gathered through references, `allOf`, alternatives and conditions. What they say is read later.

use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::Place;

/// The most ways that are told apart.
const MOST_WAYS: usize = 256;
/// The most schema objects in one way.
const MOST_PARTS: usize = 512;
/// The most schema objects looked at for one type.
const MOST_WORK: u32 = 20_000;
/// References and compositions inside each other.
const DEEPEST: usize = 64;

/// Keywords that say nothing about the value.
const SILENT: [&str; 7] =
    ["description", "title", "example", "examples", "default", "nullable", "deprecated"];

/// One way a schema may be met.
#[derive(Clone, Default)]
pub(super) struct Way<'a> {
    /// The schema objects that apply. None at all: anything.
    pub parts: Vec<Place<'a>>,
    /// What people call it.
    pub name: Option<Rc<str>>,
    /// The name tells it from other alternatives, so that no outer name replaces it.
    pub is_branch: bool,
    /// It is `null`, whatever the parts say (`nullable`).
    pub is_null: bool,
    /// There may be fields that the parts do not name, and why.
    pub open: Option<&'static str>,
    /// Nothing is known, and why.
    pub lost: Option<Rc<str>>,
    /// A field whose value says that this way is meant.
    pub tag: Option<Tag>,
}

/// A discriminator's field and the values that lead to one alternative.
#[derive(Clone)]
pub(super) struct Tag {
    pub field: Rc<str>,
    pub values: Vec<String>,
}

/// The ways one schema may be met; none: it admits nothing.
pub(super) fn ways(place: Place<'_>) -> Vec<Way<'_>> {
    Gathering { left: MOST_WORK, trail: Vec::new() }.ways(place)
}

/// The ways several schemas may be met together.
pub(super) fn all_of<'a>(places: &[Place<'a>]) -> Vec<Way<'a>> {
    let mut gathering = Gathering { left: MOST_WORK, trail: Vec::new() };
    places.iter().fold(vec![Way::default()], |all, place| product(&all, &gathering.ways(*place)))
}

struct Gathering {
    left: u32,
    /// The schema objects being looked at, outermost first: a reference back to one adds nothing.
    trail: Vec<usize>,
}

impl Gathering {
    fn ways<'a>(&mut self, place: Place<'a>) -> Vec<Way<'a>> {
        let keywords = match place.value {
            Json::Bool(false) => return Vec::new(),
            Json::Object(keywords) => keywords,
            _ => return vec![Way::default()],
        };
        if self.trail.contains(&place.identity()) {
            return vec![Way::default()];
        }
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || self.trail.len() > DEEPEST {
            return vec![Way::lost("is too large to be looked at")];
        }
        self.trail.push(place.identity());
        let mut found = self.entered(place, keywords);
        self.trail.pop();
        let is_nullable = |name: &str| keywords.get(name) == Some(&Json::Bool(true));
        if is_nullable("nullable") || is_nullable("x-nullable") {
            found.push(Way { is_null: true, ..Way::default() });
        }
        found
    }

    fn entered<'a>(&mut self, place: Place<'a>, keywords: &'a Map<String, Json>) -> Vec<Way<'a>> {
        let mut found = vec![Way { parts: vec![place], name: title(place, keywords), ..Way::default() }];
        for (keyword, operand) in keywords {
            match (keyword.as_str(), operand) {
                ("allOf", Json::Array(members)) => {
                    for member in members {
                        found = product(&found, &self.ways(place.with(member)));
                    }
                }
                ("oneOf" | "anyOf", Json::Array(members)) if !members.is_empty() => {
                    found = product(&found, &self.alternatives(place, members));
                }
                ("if", condition) => found = product(&found, &self.conditional(place, condition)),
                ("$ref" | "$dynamicRef" | "$recursiveRef", Json::String(reference)) => {
                    let target = self.referred(place, reference);
                    if keyword == "$ref" && !place.schemas.dialect(place.document).keeps_siblings {
                        return target;
                    }
                    found = product(&found, &target);
                }
                ("not", Json::Bool(true)) => return Vec::new(),
                ("not", Json::Object(nothing)) if nothing.is_empty() => return Vec::new(),
                ("discriminator", operand) if !has_alternatives(keywords) => {
                    found = product(&found, &self.derived(place, operand));
                }
                _ => {}
            }
        }
        found
    }

    fn referred<'a>(&mut self, place: Place<'a>, reference: &str) -> Vec<Way<'a>> {
        let Some(target) = place.follow(reference) else {
            let why = format!("the reference `{reference}` leads nowhere");
            return vec![Way { lost: Some(why.into()), ..Way::default() }];
        };
        let mut found = self.ways(target);
        if let Some(name) = reference_name(place, reference) {
            for way in found.iter_mut().filter(|way| !way.is_branch) {
                way.name = Some(Rc::clone(&name));
            }
        }
        found
    }

    fn alternatives<'a>(&mut self, place: Place<'a>, members: &'a [Json]) -> Vec<Way<'a>> {
        let discriminator = place.keyword("discriminator");
        let mut all = Vec::new();
        for member in members {
            let member = place.with(member);
            let tag = discriminator.and_then(|operand| tag_of(operand, member));
            let is_open = admits_any_object(member);
            for mut way in self.ways(member) {
                if is_open {
                    way.open = way.open.or(Some("also admits objects of any form"));
                }
                way.tag = way.tag.or_else(|| tag.clone());
                way.is_branch = way.name.is_some();
                all.push(way);
            }
            if all.len() > MOST_WAYS {
                return vec![Way::open("has too many alternatives to tell apart")];
            }
        }
        all
    }

    /// What holds where the condition does, or what holds where it does not.
    fn conditional<'a>(&mut self, place: Place<'a>, condition: &'a Json) -> Vec<Way<'a>> {
        let mut branch = |keyword: &str| match place.keyword(keyword) {
            Some(schema) => self.ways(place.with(schema)),
            None => vec![Way::default()],
        };
        let (consequence, otherwise) = (branch("then"), branch("else"));
        let mut found = product(&self.ways(place.with(condition)), &consequence);
        found.extend(otherwise);
        found
    }

    /// A discriminator without alternatives beside it (OpenAPI "Composition and Inheritance"): the value
    /// may follow any schema that its mapping names, or this one alone. Without a mapping nobody knows
    /// which schemas derive from it.
    fn derived<'a>(&mut self, place: Place<'a>, operand: &'a Json) -> Vec<Way<'a>> {
        let Some(mapping) = operand.get("mapping").and_then(Json::as_object) else {
            return vec![Way::open("may be any of the schemas derived from it")];
        };
        let mut found = vec![Way::default()];
        let mut seen = Vec::new();
        for reference in mapping.values().filter_map(Json::as_str) {
            let full = full_reference(reference);
            let Some(target) = full.iter().find_map(|reference| place.follow(reference)) else { continue };
            if seen.contains(&target.identity()) || self.trail.contains(&target.identity()) {
                continue;
            }
            seen.push(target.identity());
            let tag = tag_for(operand, target, place);
            for mut way in self.ways(target) {
                way.name = full.first().and_then(|reference| reference_name(place, reference));
                way.tag = way.tag.or_else(|| tag.clone());
                way.is_branch = way.name.is_some();
                found.push(way);
            }
            if found.len() > MOST_WAYS {
                return vec![Way::open("has too many derived schemas to tell apart")];
            }
        }
        found
    }
}

impl Way<'_> {
    fn lost(why: &'static str) -> Self {
        Way { lost: Some(why.into()), ..Way::default() }
    }

    fn open(why: &'static str) -> Self {
        Way { open: Some(why), ..Way::default() }
    }
}

/// Both at once. Where that would be too many, the second only says that more is possible.
fn product<'a>(a: &[Way<'a>], b: &[Way<'a>]) -> Vec<Way<'a>> {
    if a.len().saturating_mul(b.len()) > MOST_WAYS && a.len() > 1 && b.len() > 1 {
        let open = |way: &Way<'a>| Way { open: Some("has too many alternatives"), ..way.clone() };
        return a.iter().map(open).collect();
    }
    a.iter().flat_map(|a| b.iter().filter_map(move |b| both(a, b))).collect()
}

fn both<'a>(a: &Way<'a>, b: &Way<'a>) -> Option<Way<'a>> {
    if b.is_anything() {
        return Some(a.clone());
    }
    if a.is_anything() {
        return Some(b.clone());
    }
    let mut parts = a.parts.clone();
    for part in b.parts.iter().take(MOST_PARTS.saturating_sub(a.parts.len())) {
        if parts.len() > 64 || !parts.iter().any(|other| other.identity() == part.identity()) {
            parts.push(*part);
        }
    }
    Some(Way {
        parts,
        name: if b.is_branch { b.name.clone() } else { a.name.clone().or_else(|| b.name.clone()) },
        is_branch: a.is_branch || b.is_branch,
        is_null: a.is_null || b.is_null,
        open: a.open.or(b.open),
        lost: a.lost.clone().or_else(|| b.lost.clone()),
        tag: a.tag.clone().or_else(|| b.tag.clone()),
    })
}

impl Way<'_> {
    fn is_anything(&self) -> bool {
        self.parts.is_empty()
            && !self.is_null
            && self.open.is_none()
            && self.lost.is_none()
            && self.tag.is_none()
    }
}

fn has_alternatives(keywords: &Map<String, Json>) -> bool {
    keywords.contains_key("oneOf") || keywords.contains_key("anyOf")
}

/// Whether a branch admits objects of any form: `true`, `{}`, or nothing but `type: object`.
fn admits_any_object(place: Place<'_>) -> bool {
    let place = place.target().unwrap_or(place);
    let Some(keywords) = place.value.as_object() else { return place.value == &Json::Bool(true) };
    let is_silent = |name: &str| SILENT.contains(&name) || name.starts_with("x-");
    keywords.iter().all(|(name, operand)| is_silent(name) || (name == "type" && operand == "object"))
}

/// The name a schema gives itself; titles that are sentences are none.
fn title(place: Place<'_>, keywords: &Map<String, Json>) -> Option<Rc<str>> {
    let title = keywords.get("title")?.as_str()?.trim();
    let is_name = !title.is_empty() && title.len() <= 60 && !title.contains(['\n', '.', '`']);
    is_name.then(|| qualified(place, title))
}

/// The name in a reference to a schema that stands among others by name.
fn reference_name(place: Place<'_>, reference: &str) -> Option<Rc<str>> {
    let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let name = match fragment.rsplit_once('/') {
        Some((container, name)) => {
            let is_named = ["schemas", "definitions", "$defs", "models"]
                .iter()
                .any(|known| container.rsplit('/').next() == Some(*known));
            is_named.then_some(name)?
        }
        None if fragment.is_empty() => {
            let file = file.rsplit('/').next()?;
            file.split('.').next()?
        }
        None => fragment,
    };
    let name = name.replace("~1", "/").replace("~0", "~").replace("%20", " ");
    (!name.is_empty()).then(|| qualified(place, &name))
}

fn qualified(place: Place<'_>, name: &str) -> Rc<str> {
    match place.schemas.owner() {
        Some(owner) if !name.contains(' ') => format!("{owner}.{name}").into(),
        _ => name.into(),
    }
}

/// The references a name in a discriminator's mapping may stand for.
fn full_reference(written: &str) -> Vec<String> {
    if written.contains('#') || written.contains('/') {
        return vec![written.to_owned()];
    }
    let escaped = written.replace('~', "~0").replace('/', "~1");
    vec![format!("#/components/schemas/{escaped}"), format!("#/definitions/{escaped}")]
}

/// The values of a discriminator that lead to a branch written as a reference.
fn tag_of(operand: &Json, branch: Place<'_>) -> Option<Tag> {
    tag_for(operand, branch.target()?, branch)
}

fn tag_for(operand: &Json, target: Place<'_>, from: Place<'_>) -> Option<Tag> {
    let field = operand.get("propertyName")?.as_str()?;
    let mapping = operand.get("mapping")?.as_object()?;
    let leads = |written: &str| {
        let mut full = full_reference(written).into_iter();
        full.any(|one| from.follow(&one).is_some_and(|place| place.identity() == target.identity()))
    };
    let values: Vec<String> = mapping
        .iter()
        .filter(|(_, reference)| reference.as_str().is_some_and(leads))
        .map(|(value, _)| value.clone())
        .collect();
    (!values.is_empty()).then(|| Tag { field: field.into(), values })
}
