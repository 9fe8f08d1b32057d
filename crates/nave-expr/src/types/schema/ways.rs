//! The ways a schema may be met: each is a set of schema objects that all apply to the value in place,
//! gathered through references, `allOf`, alternatives and conditions. What they say is read later.

use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::Place;
use super::names::{reference_name, title};
use super::tags::{Tag, Tags};

/// The most ways that are told apart.
const MOST_WAYS: usize = 256;
/// The most schema objects in one way.
const MOST_PARTS: usize = 256;
/// The most schema objects looked at, and ways put together, for one type.
const MOST_WORK: usize = 4_000;
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

/// The ways one schema may be met; none: it admits nothing.
pub(super) fn ways(place: Place<'_>) -> Vec<Way<'_>> {
    Gathering { left: MOST_WORK, trail: Vec::new() }.ways(place)
}

/// The ways several schemas may be met together.
pub(super) fn all_of<'a>(places: &[Place<'a>]) -> Vec<Way<'a>> {
    let mut gathering = Gathering { left: MOST_WORK, trail: Vec::new() };
    let mut all = vec![Way::default()];
    for place in places {
        let found = gathering.ways(*place);
        all = gathering.product(&all, &found);
    }
    all
}

struct Gathering {
    left: usize,
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
                        let part = self.ways(place.with(member));
                        found = self.product(&found, &part);
                    }
                }
                ("oneOf" | "anyOf", Json::Array(members)) if !members.is_empty() => {
                    let alternatives = self.alternatives(place, members);
                    found = self.product(&found, &alternatives);
                }
                ("if", condition) => {
                    let branches = self.conditional(place, condition);
                    found = self.product(&found, &branches);
                }
                ("$ref" | "$dynamicRef" | "$recursiveRef", Json::String(reference)) => {
                    let target = self.referred(place, reference);
                    if keyword == "$ref" && !place.schemas.dialect(place.document).keeps_siblings {
                        return target;
                    }
                    found = self.product(&found, &target);
                }
                ("not", Json::Bool(true)) => return Vec::new(),
                ("not", Json::Object(nothing)) if nothing.is_empty() => return Vec::new(),
                ("discriminator", operand) if !has_alternatives(keywords) => {
                    let derived = self.derived(place, operand);
                    found = self.product(&found, &derived);
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
        let tags = place.keyword("discriminator").and_then(|operand| Tags::read(place, operand));
        let mut all = Vec::new();
        for member in members {
            let member = place.with(member);
            let tag = tags.as_ref().and_then(|tags| tags.of(member.target()?));
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
        let holding = self.ways(place.with(condition));
        let mut found = self.product(&holding, &consequence);
        found.extend(otherwise);
        found
    }

    /// A discriminator without alternatives beside it (OpenAPI "Composition and Inheritance"): the value
    /// may follow any schema that its mapping names, or this one alone. Without a mapping nobody knows
    /// which schemas derive from it.
    fn derived<'a>(&mut self, place: Place<'a>, operand: &'a Json) -> Vec<Way<'a>> {
        let Some(tags) = Tags::read(place, operand) else {
            return vec![Way::open("may be any of the schemas derived from it")];
        };
        let mut found = vec![Way::default()];
        for (target, reference) in &tags.targets {
            if self.trail.contains(&target.identity()) {
                continue;
            }
            let tag = tags.of(*target);
            for mut way in self.ways(*target) {
                way.name = reference_name(place, reference);
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

impl Gathering {
    /// Both at once. Where that would be too many, the second only says that more is possible.
    fn product<'a>(&mut self, a: &[Way<'a>], b: &[Way<'a>]) -> Vec<Way<'a>> {
        let count = a.len().saturating_mul(b.len());
        let is_too_many = count > MOST_WAYS && a.len() > 1 && b.len() > 1;
        self.left = self.left.saturating_sub(if is_too_many { a.len() } else { count.saturating_sub(1) });
        if self.left == 0 {
            return vec![Way::lost("is too large to be looked at")];
        }
        if is_too_many {
            let open = |way: &Way<'a>| Way { open: Some("has too many alternatives"), ..way.clone() };
            return a.iter().map(open).collect();
        }
        a.iter().flat_map(|a| b.iter().map(move |b| both(a, b))).collect()
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

fn both<'a>(a: &Way<'a>, b: &Way<'a>) -> Way<'a> {
    if b.is_anything() {
        return a.clone();
    }
    if a.is_anything() {
        return b.clone();
    }
    let mut parts = a.parts.clone();
    for part in b.parts.iter().take(MOST_PARTS.saturating_sub(a.parts.len())) {
        if parts.len() > 64 || !parts.iter().any(|other| other.identity() == part.identity()) {
            parts.push(*part);
        }
    }
    Way {
        parts,
        name: if b.is_branch { b.name.clone() } else { a.name.clone().or_else(|| b.name.clone()) },
        is_branch: a.is_branch || b.is_branch,
        is_null: a.is_null || b.is_null,
        open: a.open.or(b.open),
        lost: a.lost.clone().or_else(|| b.lost.clone()),
        tag: a.tag.clone().or_else(|| b.tag.clone()),
    }
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
