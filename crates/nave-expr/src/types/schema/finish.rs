//! One way of meeting a schema, a set of schema objects, made into a type: which kinds of values, and
//! what the keywords for each kind say.

use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::super::construct::number_text;
use super::super::{Booleans, Field, Kind, Lazy, Object, Type};
use super::ways::Way;
use super::{Place, SILENT, arrays, objects, scalars, unknown};

/// Longer enumerations are not kept value by value.
const MOST_CONSTANTS: usize = 1_000;

/// The union of all ways. Where every way contradicts itself nothing is known: real systems answer
/// something all the same.
pub(super) fn finish<'a>(ways: &[Way<'a>]) -> Type<'a> {
    let all = Type::union_of(ways.iter().map(one));
    if all.is_never() && !ways.is_empty() {
        let name = ways.iter().find_map(|way| way.name.as_ref());
        return Type { unknown: Some(unknown(name, "contradicts itself")), ..Type::default() };
    }
    all
}

fn one<'a>(way: &Way<'a>) -> Type<'a> {
    if let Some(why) = &way.lost {
        return Type::anything(Rc::clone(why));
    }
    if way.is_null {
        let admits = way.parts.iter().all(|part| admits_null(*part));
        return if admits { Type::null() } else { Type::never() };
    }
    let said = Kinds::said(&way.parts);
    let constants = constants(&way.parts);
    let Some(kinds) = said.or_else(|| match constants {
        Some(_) => Some(Kinds::any()),
        None => Kinds::inferred(&way.parts),
    }) else {
        return silent(way);
    };
    let kinds = kinds.without_refused(&way.parts);
    match constants {
        Some(constants) => enumerated(&constants, kinds),
        None => described(way, kinds),
    }
}

/// Nothing is said about kinds at all.
fn silent<'a>(way: &Way<'a>) -> Type<'a> {
    let why = match (way.open, &way.name) {
        (Some(open), name) => unknown(name.as_ref(), open),
        (None, Some(name)) => unknown(Some(name), "says nothing"),
        (None, None) => return Type::anything(SILENT),
    };
    Type { unknown: Some(why), ..Type::default() }
}

fn described<'a>(way: &Way<'a>, kinds: Kinds) -> Type<'a> {
    let parts = &way.parts;
    let has = |kind: Kind| kinds.has(kind);
    let mut described = Type {
        null: has(Kind::Null),
        booleans: Booleans { yes: has(Kind::Boolean), no: has(Kind::Boolean) },
        numbers: has(Kind::Number).then(|| scalars::numbers(parts, kinds.whole)),
        texts: has(Kind::String).then(|| scalars::texts(parts)),
        arrays: has(Kind::Array).then(|| Rc::new(arrays::array(parts, way.name.as_ref()))),
        ..Type::default()
    };
    if has(Kind::Object) {
        described.objects.push(Rc::new(objects::object(way)));
    }
    // A file may also be given, and is answered, as an object with its bytes in base64.
    if has(Kind::String) && parts.iter().any(|part| scalars::is_file(*part)) {
        described.objects.push(Rc::new(file()));
    }
    described
}

fn file<'a>() -> Object<'a> {
    let text = || Lazy::known(Type::text());
    let bytes = Lazy::known(Type::text_of_format("byte"));
    Object {
        name: Some("file".into()),
        fields: [
            ("base64".into(), Field::required(bytes)),
            ("filename".into(), Field::optional(text())),
            ("content_type".into(), Field::optional(text())),
        ]
        .into_iter()
        .collect(),
        rest: None,
        closed: true,
    }
}

/// The values that every enumeration lists, each once; `None`: there is no enumeration.
fn constants<'a>(parts: &[Place<'a>]) -> Option<Vec<&'a Json>> {
    let mut left: Option<IndexMap<String, &'a Json>> = None;
    for part in parts {
        let listed: Vec<&'a Json> = match (part.keyword("const"), part.keyword("enum")) {
            (Some(value), _) => vec![value],
            (None, Some(Json::Array(values))) if values.len() <= MOST_CONSTANTS => values.iter().collect(),
            _ => continue,
        };
        let listed: IndexMap<String, &'a Json> =
            listed.into_iter().map(|value| (canonical(value), value)).collect();
        left = Some(match left {
            None => listed,
            Some(left) => left.into_iter().filter(|(text, _)| listed.contains_key(text)).collect(),
        });
    }
    let mut left = left?;
    for refused in parts.iter().flat_map(|part| refused(*part)) {
        left.shift_remove(&canonical(refused));
    }
    Some(left.into_values().collect())
}

/// The values that a `not` of nothing but values refuses.
fn refused(part: Place<'_>) -> impl Iterator<Item = &Json> {
    let not = part.keyword("not").filter(|not| only_keyword(not, &["enum", "const"]));
    let listed = not.and_then(|not| not.get("enum")).and_then(Json::as_array).into_iter().flatten();
    listed.chain(not.and_then(|not| not.get("const"))).take(MOST_CONSTANTS)
}

fn only_keyword(schema: &Json, names: &[&str]) -> bool {
    schema.as_object().is_some_and(|keywords| keywords.keys().all(|name| names.contains(&name.as_str())))
}

/// A text that is equal for equal plain values.
fn canonical(value: &Json) -> String {
    match value {
        Json::Number(number) => number_text(number),
        other => other.to_string(),
    }
}

fn enumerated<'a>(constants: &[&Json], kinds: Kinds) -> Type<'a> {
    let mut texts: Vec<&str> = Vec::new();
    let mut others = Type::never();
    for value in constants.iter().filter(|value| kinds.admit(value)) {
        match value {
            Json::String(text) => texts.push(text),
            other => others = others.union(&Type::constant(other)),
        }
    }
    if texts.is_empty() { others } else { others.union(&Type::one_of(&texts)) }
}

/// Whether one schema object lets `null` through.
fn admits_null(part: Place<'_>) -> bool {
    let parts = [part];
    let kinds = Kinds::said(&parts).unwrap_or_else(Kinds::any);
    kinds.has(Kind::Null) && constants(&parts).is_none_or(|constants| constants.contains(&&Json::Null))
}

/// Which kinds of values.
#[derive(Clone, Copy)]
struct Kinds {
    /// By position in [`Kind::ALL`].
    possible: [bool; 6],
    /// Of numbers only whole ones.
    whole: bool,
}

impl Kinds {
    fn any() -> Self {
        Kinds { possible: [true; 6], whole: false }
    }

    fn none() -> Self {
        Kinds { possible: [false; 6], whole: false }
    }

    fn add(&mut self, kind: Kind) {
        for (possible, known) in self.possible.iter_mut().zip(Kind::ALL) {
            *possible |= known == kind;
        }
    }

    fn has(self, kind: Kind) -> bool {
        self.possible.iter().zip(Kind::ALL).any(|(possible, known)| *possible && known == kind)
    }

    fn admit(self, value: &Json) -> bool {
        let is_whole = |value: &Json| match Type::constant(value).numbers {
            Some(numbers) => numbers.integer,
            None => true,
        };
        self.has(Kind::of(value)) && (!self.whole || is_whole(value))
    }

    fn and(self, other: Self) -> Self {
        let mut both = self;
        for (possible, other) in both.possible.iter_mut().zip(other.possible) {
            *possible &= other;
        }
        Kinds { whole: self.whole || other.whole, ..both }
    }

    /// What the `type`s say together. Names that are no types of any dialect exclude nothing.
    fn said(parts: &[Place<'_>]) -> Option<Self> {
        parts.iter().filter_map(|part| Kinds::named(part.keyword("type")?)).reduce(Kinds::and)
    }

    fn named(types: &Json) -> Option<Self> {
        let one = types.as_str().into_iter();
        let several = types.as_array().into_iter().flatten().filter_map(Json::as_str);
        let mut kinds = Kinds::none();
        let (mut is_whole, mut is_any_number) = (false, false);
        for name in one.chain(several) {
            match name {
                "integer" => is_whole = true,
                "number" => is_any_number = true,
                "file" => kinds.add(Kind::String),
                other => kinds.add(Kind::named(other)?),
            }
        }
        if is_whole || is_any_number {
            kinds.add(Kind::Number);
        }
        kinds.whole = is_whole && !is_any_number;
        kinds.possible.contains(&true).then_some(kinds)
    }

    /// What the keywords are about, where no `type` says it. JSON Schema would let every other kind pass;
    /// nobody who writes `properties` means that.
    fn inferred(parts: &[Place<'_>]) -> Option<Self> {
        let mut kinds = Kinds::none();
        let keywords = parts.iter().filter_map(|part| part.value.as_object()).flatten();
        for (keyword, operand) in keywords {
            match keyword.as_str() {
                "properties" | "patternProperties" | "required" | "propertyNames" | "minProperties"
                | "maxProperties" | "dependentRequired" | "dependentSchemas" => kinds.add(Kind::Object),
                "additionalProperties" | "unevaluatedProperties" if operand != &Json::Bool(true) => {
                    kinds.add(Kind::Object);
                }
                "items" | "prefixItems" | "minItems" | "maxItems" | "uniqueItems" | "contains" => {
                    kinds.add(Kind::Array);
                }
                "pattern" | "minLength" | "maxLength" | "contentMediaType" | "contentEncoding" => {
                    kinds.add(Kind::String);
                }
                "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
                    kinds.add(Kind::Number);
                }
                "format" => kinds.add(scalars::kind_of_format(operand)),
                _ => {}
            }
        }
        kinds.possible.contains(&true).then_some(kinds)
    }

    /// Without what `not` refuses, where it refuses whole kinds.
    fn without_refused(mut self, parts: &[Place<'_>]) -> Self {
        for part in parts {
            let Some(not) = part.keyword("not") else { continue };
            let mut without = Kinds::none();
            if only_keyword(not, &["type"])
                && let Some(named) = not.get("type").and_then(Kinds::named)
                && !named.whole
            {
                without = named;
            }
            if refused(*part).any(Json::is_null) {
                without.add(Kind::Null);
            }
            for (possible, without) in self.possible.iter_mut().zip(without.possible) {
                *possible &= !without;
            }
        }
        self
    }
}
