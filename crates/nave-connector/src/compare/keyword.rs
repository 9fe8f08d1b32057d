//! What is said of a value besides its type and its parts: enumerations, bounds, patterns, formats,
//! defaults, and text for people.

use std::collections::BTreeSet;

use serde_json::Value;

use super::class::{Class, Meaning};
use super::note::Edit;
use super::pair::{Both, Work};
use super::rule::Rule;
use super::view::View;

/// Bounds where more is looser, and those where less is.
const UPPER: [&str; 4] = ["maxLength", "maxItems", "maxProperties", "maxContains"];
const LOWER: [&str; 4] = ["minLength", "minItems", "minProperties", "minContains"];

/// Conditions of which nobody can say from their text whether they got tighter.
const CONDITIONS: [&str; 14] = [
    "pattern",
    "format",
    "multipleOf",
    "not",
    "if",
    "contains",
    "propertyNames",
    "dependentRequired",
    "additionalItems",
    "unevaluatedItems",
    "contentMediaType",
    "contentEncoding",
    "contentSchema",
    "discriminator",
];

/// What is compared elsewhere, or means nothing to a value: bounds and enumerations by their own
/// functions, `required: true` and its like where a Swagger 2.0 parameter is its own schema.
const ELSEWHERE: [&str; 31] = [
    "enum",
    "const",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "uniqueItems",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "nullable",
    "$id",
    "$anchor",
    "$dynamicAnchor",
    "$schema",
    "$defs",
    "definitions",
    "name",
    "in",
    "required",
    "collectionFormat",
    "style",
    "explode",
    "allowEmptyValue",
    "type",
    "oneOf",
    "anyOf",
    "items",
    "properties",
    "schema",
];

/// The most values of an enumeration that are named.
const NAMED: usize = 12;

/// Compares everything else that is said. `differ`: the types have nothing in common, so that only
/// text is left to compare.
pub(super) fn compare<'a>(work: &mut Work<'a>, both: &Both<'a>, differ: bool) {
    if both.old.keywords.is_empty() && both.new.keywords.is_empty() {
        return;
    }
    if !differ {
        values(work, both);
        // What bounds an enumeration besides its values says nothing.
        let is_listed =
            |view: &View<'_>| view.keywords.contains_key("enum") || view.keywords.contains_key("const");
        if !is_listed(&both.old) && !is_listed(&both.new) {
            bounds(work, both);
            conditions(work, both);
        }
        default(work, both);
    }
    deprecated(work, both);
    documentation(work, both);
}

fn said<'a>(view: &View<'a>, keyword: &str) -> Option<(usize, &'a Value)> {
    view.keywords.get(keyword).copied()
}

/// The allowed values of one side, null apart, and the member that says them.
fn allowed<'a>(view: &View<'a>) -> Option<(usize, BTreeSet<String>)> {
    let written = |value: &Value| value.to_string();
    if let Some((member, Value::Array(values))) = said(view, "enum") {
        return Some((member, values.iter().filter(|value| !value.is_null()).map(written).collect()));
    }
    said(view, "const").map(|(member, value)| (member, BTreeSet::from([written(value)])))
}

fn values<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    if let (Some((_, old)), Some((_, new))) = (said(&both.old, "enum"), said(&both.new, "enum"))
        && work.same(old, new)
    {
        return;
    }
    let listed = |view: &View<'a>| said(view, "enum").and_then(|(_, values)| values.as_array().map(Vec::len));
    if !work.spend(listed(&both.old).unwrap_or(0) + listed(&both.new).unwrap_or(0)) {
        return;
    }
    match (allowed(&both.old), allowed(&both.new)) {
        (None, None) => {}
        (None, Some((member, values))) => {
            both.note(work, (Rule::ValuesLimited, ""), (None, Some(member)), |subject| {
                let message = format!("`{subject}` must be one of certain values now");
                Edit::new(Rule::ValuesLimited, Meaning::narrower(), subject, message)
                    .change(Some("any".to_owned()), Some(list(values.iter())))
            });
        }
        (Some((member, values)), None) => {
            both.note(work, (Rule::ValuesAdded, ""), (Some(member), None), |subject| {
                let message = format!("`{subject}` need not be one of certain values any more");
                Edit::new(Rule::ValuesAdded, Meaning::wider(), subject, message)
                    .change(Some(list(values.iter())), Some("any".to_owned()))
            });
        }
        (Some((before, old)), Some((now, new))) if old != new => {
            let by = (Some(before), Some(now));
            if old.difference(&new).next().is_some() {
                both.note(work, (Rule::ValuesRemoved, ""), by, |subject| {
                    let meaning = Meaning::of(Class::Breaking, Class::Additive);
                    Edit::new(Rule::ValuesRemoved, meaning, subject, format!("`{subject}` lost values"))
                        .change(Some(list(old.difference(&new))), None)
                });
            }
            if new.difference(&old).next().is_some() {
                both.note(work, (Rule::ValuesAdded, ""), by, |subject| {
                    Edit::new(
                        Rule::ValuesAdded,
                        Meaning::wider(),
                        subject,
                        format!("`{subject}` has new values"),
                    )
                    .change(None, Some(list(new.difference(&old))))
                });
            }
        }
        (Some(_), Some(_)) => {}
    }
}

fn list<'v>(values: impl Iterator<Item = &'v String>) -> String {
    let values: Vec<&String> = values.collect();
    let mut text = values.iter().take(NAMED).map(|value| shorten(value)).collect::<Vec<_>>().join(", ");
    if let Some(more) = values.len().checked_sub(NAMED).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// A value as it may stand in a sentence.
fn shorten(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(57).chain("…".chars()).collect()
}

/// A bound as a number and whether it is excluded itself.
type Bound = (f64, bool);

/// The bound of a number on one side: `minimum` and `exclusiveMinimum`, or the two for the maximum. The
/// exclusive one is a boolean up to draft 4 and in OpenAPI 3.0, and a number later.
fn bound<'a>(view: &View<'a>, (plain, exclusive): (&str, &str)) -> Option<(usize, Bound, String)> {
    let plain =
        said(view, plain).and_then(|(member, value)| Some((member, value.as_f64()?, value.to_string())));
    match (plain, said(view, exclusive)) {
        (Some((member, value, text)), Some((_, Value::Bool(true)))) => {
            Some((member, (value, true), format!("{text}, excluded")))
        }
        (None, Some((member, number))) => {
            Some((member, (number.as_f64()?, true), format!("{number}, excluded")))
        }
        (Some((member, value, text)), _) => Some((member, (value, false), text)),
        (None, None) => None,
    }
}

fn bounds<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    for (name, words, is_upper) in [
        ("minimum", ("minimum", "exclusiveMinimum"), false),
        ("maximum", ("maximum", "exclusiveMaximum"), true),
    ] {
        let (old, new) = (bound(&both.old, words), bound(&both.new, words));
        compare_bound(work, both, (name, is_upper), (old, new));
    }
    let plain = |view: &View<'a>, keyword: &str| {
        let (member, value) = said(view, keyword)?;
        Some((member, (value.as_f64()?, false), value.to_string()))
    };
    for (keywords, is_upper) in [(UPPER.as_slice(), true), (LOWER.as_slice(), false)] {
        for name in keywords {
            let (old, new) = (plain(&both.old, name), plain(&both.new, name));
            compare_bound(work, both, (name, is_upper), (old, new));
        }
    }
    let unique =
        |view: &View<'a>| said(view, "uniqueItems").filter(|(_, value)| **value == Value::Bool(true));
    let bound = |(member, _): (usize, &Value)| (member, (1.0, false), "unique".to_owned());
    let (old, new) = (unique(&both.old).map(bound), unique(&both.new).map(bound));
    compare_bound(work, both, ("uniqueItems", true), (old, new));
}

type Side = Option<(usize, Bound, String)>;

fn compare_bound<'a>(
    work: &mut Work<'a>,
    both: &Both<'a>,
    (name, is_upper): (&'a str, bool),
    (old, new): (Side, Side),
) {
    let is_tighter = match (&old, &new) {
        (None, None) => return,
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (Some((_, before, _)), Some((_, now, _))) if before == now => return,
        (Some((_, before, _)), Some((_, now, _))) => {
            let (before_value, now_value) = (before.0, now.0);
            let equal = before_value.total_cmp(&now_value).is_eq();
            if equal { now.1 } else { (now_value < before_value) == is_upper }
        }
    };
    let (rule, meaning, what) = if is_tighter {
        (Rule::BoundTightened, Meaning::narrower(), "tighter")
    } else {
        (Rule::BoundLoosened, Meaning::wider(), "looser")
    };
    let by = (old.as_ref().map(|(member, ..)| *member), new.as_ref().map(|(member, ..)| *member));
    let text = |side: Side| Some(side.map_or_else(|| "none".to_owned(), |(_, _, text)| text));
    both.note(work, (rule, name), by, |subject| {
        Edit::new(rule, meaning, subject, format!("`{name}` of `{subject}` is {what}"))
            .change(text(old), text(new))
    });
}

fn conditions<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    for keyword in CONDITIONS {
        let (old, new) = (said(&both.old, keyword), said(&both.new, keyword));
        let (before, now) = (old.map(|(_, value)| value), new.map(|(_, value)| value));
        if work.is_equal(before, now) || (keyword == "discriminator" && same_name(before, now)) {
            continue;
        }
        let (rule, meaning) = match (before, now) {
            (None, Some(_)) if keyword == "discriminator" => continue,
            (None, Some(_)) => (Rule::BoundTightened, Meaning::narrower()),
            (Some(_), None) => (Rule::BoundLoosened, Meaning::wider()),
            (Some(before), Some(now)) if keyword == "format" => match (before.as_str(), now.as_str()) {
                (Some("int32"), Some("int64")) | (Some("float"), Some("double")) => {
                    (Rule::BoundLoosened, Meaning::wider())
                }
                (Some("int64"), Some("int32")) | (Some("double"), Some("float")) => {
                    (Rule::BoundTightened, Meaning::narrower())
                }
                _ => (Rule::BoundChanged, Meaning::unclear()),
            },
            _ => (Rule::BoundChanged, Meaning::unclear()),
        };
        let by = (old.map(|(member, _)| member), new.map(|(member, _)| member));
        let text = |value: Option<&Value>| {
            Some(value.map_or_else(|| "none".to_owned(), |value| shorten(&value.to_string())))
        };
        both.note(work, (rule, keyword), by, |subject| {
            let what = match rule {
                Rule::BoundTightened => "is a condition now",
                Rule::BoundLoosened => "allows more",
                _ => "changed",
            };
            Edit::new(rule, meaning, subject, format!("`{keyword}` of `{subject}` {what}"))
                .change(text(before), text(now))
        });
    }
}

/// The mapping of a discriminator follows the branches, which are compared themselves.
fn same_name(old: Option<&Value>, new: Option<&Value>) -> bool {
    let name = |value: Option<&Value>| value.and_then(|value| value.get("propertyName").cloned());
    name(old) == name(new)
}

fn default<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    let (old, new) = (said(&both.old, "default"), said(&both.new, "default"));
    let (before, now) = (old.map(|(_, value)| value), new.map(|(_, value)| value));
    if work.is_equal(before, now) {
        return;
    }
    let sent = if before.is_none() { Class::Additive } else { Class::Narrowing };
    let by = (old.map(|(member, _)| member), new.map(|(member, _)| member));
    let text = |value: Option<&Value>| {
        Some(value.map_or_else(|| "none".to_owned(), |value| shorten(&value.to_string())))
    };
    both.note(work, (Rule::DefaultChanged, ""), by, |subject| {
        let meaning = Meaning::of(sent, Class::Documentation);
        Edit::new(Rule::DefaultChanged, meaning, subject, format!("the default of `{subject}` changed"))
            .change(text(before), text(now))
    });
}

fn deprecated<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    let is = |view: &View<'a>| said(view, "deprecated").filter(|(_, value)| **value == Value::Bool(true));
    if let (None, Some((member, _))) = (is(&both.old), is(&both.new)) {
        both.note(work, (Rule::Deprecated, ""), (None, Some(member)), |subject| {
            let message = format!("`{subject}` is deprecated now");
            Edit::new(Rule::Deprecated, Meaning::both(Class::Deprecated), subject, message)
        });
    }
}

/// Text for people, examples and extensions: one edit per place, which names the keywords.
fn documentation<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    let mut changed: Vec<&'a str> = Vec::new();
    let mut by = (None, None);
    let all = both.old.keywords.keys().chain(both.new.keywords.keys()).copied();
    for keyword in all {
        if is_condition(keyword) || changed.contains(&keyword) {
            continue;
        }
        let (old, new) = (said(&both.old, keyword), said(&both.new, keyword));
        if !work.is_equal(old.map(|(_, value)| value), new.map(|(_, value)| value)) {
            changed.push(keyword);
            let (before, now) = (old.map(|(member, _)| member), new.map(|(member, _)| member));
            by = (by.0.or(before), by.1.or(now));
        }
    }
    let was =
        |view: &View<'a>| said(view, "deprecated").is_some_and(|(_, value)| *value == Value::Bool(true));
    if was(&both.old) && !was(&both.new) {
        changed.push("deprecated");
        by = (by.0.or(Some(0)), by.1);
    }
    if changed.is_empty() {
        return;
    }
    let (rule, meaning) = (Rule::Documentation, Meaning::both(Class::Documentation));
    both.note(work, (rule, ""), by, |subject| {
        let what = changed.join("`, `");
        Edit::new(rule, meaning, subject, format!("`{what}` of `{subject}` changed"))
    });
}

fn is_condition(keyword: &str) -> bool {
    ELSEWHERE.contains(&keyword)
        || CONDITIONS.contains(&keyword)
        || UPPER.contains(&keyword)
        || LOWER.contains(&keyword)
}
