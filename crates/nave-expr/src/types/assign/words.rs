//! The sentences of mismatches and their hints. Each says who gives what, and who needs what.

use nave_model::similar::did_you_mean;

use super::super::display::alternatives;
use super::super::{Array, Kind, Numbers, Object, Texts, Type, format};
use super::objects::Missing;
use super::walk::Walk;

/// The most names and constants that are listed.
const LISTED: usize = 6;

/// A message and its hint.
pub(super) type Said = (String, Option<String>);

/// A name of the target, quoted unless it is a phrase.
pub(super) fn quoted(name: &str) -> String {
    if name.contains(' ') { name.to_owned() } else { format!("`{name}`") }
}

fn hint(text: impl Into<String>) -> Option<String> {
    Some(text.into())
}

pub(super) fn unknown(walk: &Walk<'_>, why: &str, to: &Type<'_>) -> Said {
    let (subject, target) = (walk.subject(), walk.target());
    let message =
        format!("nobody can tell whether {subject} fits, because {why}; {target} needs {}", needed(to));
    (message, hint("check it where it matters, for example with `if type == \"string\" then … else … end`"))
}

pub(super) fn unknown_fields(walk: &Walk<'_>, why: &str, to: &Object<'_>) -> Said {
    let (subject, target) = (walk.subject(), walk.target());
    let names: Vec<String> = to.fields.keys().map(|name| format!("`{name}`")).collect();
    let message = format!(
        "nobody can tell which fields {subject} has, because {why}; {target} takes {}",
        and_more(&names)
    );
    (message, hint("name the fields that are meant: `{ name: .name }`"))
}

pub(super) fn kinds(walk: &Walk<'_>, from: &Type<'_>, to: &Type<'_>) -> Said {
    let message = format!("{} is {from}, and {} needs {}", walk.subject(), walk.target(), needed(to));
    (message, advice(from, to))
}

/// What to do about values of the wrong kind, where that is plain.
fn advice(from: &Type<'_>, to: &Type<'_>) -> Option<String> {
    let wrong: Vec<Kind> = from.kinds().into_iter().filter(|kind| !to.may_be(*kind)).collect();
    let wants = |kind: Kind| to.may_be(kind);
    let has = |kind: Kind| wrong.contains(&kind);
    if has(Kind::Object) && !wants(Kind::Object) {
        let id = from.field("id").value;
        if to.texts.is_some() && id.texts.is_some() || to.numbers.is_some() && id.numbers.is_some() {
            return hint(match from.may_be(Kind::String) {
                true => "give its `id`: `if type == \"object\" then .id else . end`",
                false => "give its `id`",
            });
        }
    }
    match () {
        () if has(Kind::Array) && !wants(Kind::Array) => {
            hint("give one of the items, for example the first: `.[0]`")
        }
        () if wants(Kind::Array) && !from.may_be(Kind::Array) => {
            hint("give a list, in brackets, even of one: `[…]`")
        }
        () if has(Kind::String) && wants(Kind::Number) => hint("make it a number: `… | tonumber`"),
        () if (has(Kind::Number) || has(Kind::Boolean)) && wants(Kind::String) => {
            hint("make it a text: `… | tostring`")
        }
        () if has(Kind::Null) => Some(null_advice(to)),
        () => None,
    }
}

pub(super) fn null(walk: &Walk<'_>, from: &Type<'_>, to: &Type<'_>) -> Said {
    let message = match from.without_null().is_never() {
        true => format!("{} is null, and {} needs {}", walk.subject(), walk.target(), needed(to)),
        false => {
            format!("{} may be null ({from}), and {} needs {}", walk.subject(), walk.target(), needed(to))
        }
    };
    (message, Some(null_advice(to)))
}

fn null_advice(to: &Type<'_>) -> String {
    let constant = to.constants().and_then(|constants| constants.into_iter().next());
    let example = match constant {
        Some(constant) => constant.to_string(),
        None if to.texts.is_some() => "\"\"".to_owned(),
        None if to.numbers.is_some() => "0".to_owned(),
        None if to.booleans.no => "false".to_owned(),
        None if to.arrays.is_some() => "[]".to_owned(),
        None => "{}".to_owned(),
    };
    format!("say what to give then, for example `… // {example}`, or leave it out where there is none")
}

/// What a target needs, with an article where it is one thing.
fn needed(to: &Type<'_>) -> String {
    let words = to.to_string();
    let is_noun = ["string", "number", "integer", "boolean", "list", "map", "object", "empty"]
        .iter()
        .any(|noun| words.starts_with(noun));
    let article = if words.starts_with(['i', 'o', 'e']) { "an" } else { "a" };
    if is_noun { format!("{article} {words}") } else { words }
}

/// Constants that are not allowed.
pub(super) fn constants(
    walk: &Walk<'_>,
    wrong: &[String],
    is_only: bool,
    allowed: &str,
    near: Option<String>,
) -> Said {
    let verb = if is_only { "is" } else { "may be" };
    let message = format!("{} {verb} {}, and {allowed} by {}", walk.subject(), or_more(wrong), walk.target());
    (message, near)
}

pub(super) fn allowed_numbers(to: &Numbers) -> String {
    match &to.constants {
        Some(constants) => format!("only {}", are_allowed(&constants[..])),
        None if to.least.is_none() && to.most.is_none() => "only whole numbers are allowed".to_owned(),
        None => {
            let shown = Type { numbers: Some(to.clone()), ..Type::default() };
            format!("only {} is allowed", needed(&shown))
        }
    }
}

fn are_allowed(shown: &[String]) -> String {
    let verb = if shown.len() == 1 { "is" } else { "are" };
    format!("{} {verb} allowed", or_more(shown))
}

pub(super) fn wrong_texts(walk: &Walk<'_>, wrong: &[String], given: usize, to: &Texts) -> Said {
    let shown: Vec<String> = wrong.iter().map(|text| literal(text)).collect();
    let first = wrong.first().map(String::as_str).unwrap_or_default();
    let allowed = match (&to.constants, &to.format, &to.pattern) {
        (Some(constants), _, _) => {
            let constants: Vec<String> = constants.iter().map(|text| literal(text)).collect();
            format!("only {}", are_allowed(&constants))
        }
        (None, Some(name), _) if format::objection(name, first).is_some() => {
            format!("only {} is allowed", format::wanted(name).unwrap_or("another text"))
        }
        (None, _, Some(pattern)) => format!("only what matches `{pattern}` is allowed"),
        (None, _, None) => format!("only {} are allowed", lengths(to)),
    };
    let known = to.constants.iter().flat_map(|constants| constants.iter()).map(String::as_str);
    let near = did_you_mean(first, known).map(|meant| meant.replace('`', "\""));
    constants(walk, &shown, given == 1, &allowed, near)
}

fn lengths(to: &Texts) -> String {
    match (to.least, to.most) {
        (least, Some(most)) if least > 0 => format!("texts of {least} to {most} characters"),
        (_, Some(most)) => format!("texts of at most {most} characters"),
        (1, None) => "texts that are not empty".to_owned(),
        (least, None) => format!("texts of at least {least} characters"),
    }
}

pub(super) fn not_listed(walk: &Walk<'_>, kind: &str, allowed: &[String]) -> Said {
    let shown: Vec<String> = match kind {
        "text" => allowed.iter().map(|text| literal(text)).collect(),
        _ => allowed.to_vec(),
    };
    let message = format!(
        "{} may be any {kind}, and only {} by {}",
        walk.subject(),
        are_allowed(&shown),
        walk.target()
    );
    (message, hint("turn each value into one of them, for example with `if … then … else … end`"))
}

pub(super) fn fraction(walk: &Walk<'_>) -> Said {
    let message =
        format!("{} may have a fraction, and {} needs a whole number", walk.subject(), walk.target());
    (message, hint("make it whole: `… | round`, `… | floor` or `… | ceil`"))
}

pub(super) fn out_of_range(walk: &Walk<'_>, from: &Numbers, to: &Numbers) -> Said {
    let shown = |numbers: &Numbers| Type { numbers: Some(numbers.clone()), ..Type::default() };
    let (given, taken) = (shown(from), shown(to));
    (format!("{} is {given}, and {} needs {}", walk.subject(), walk.target(), needed(&taken)), None)
}

pub(super) fn formats(walk: &Walk<'_>, given: &str, taken: &str) -> Said {
    let what = |name| format::wanted(name).unwrap_or("another text");
    let message =
        format!("{} is {}, and {} needs {}", walk.subject(), what(given), walk.target(), what(taken));
    let advice = match (given, taken) {
        ("date-time", "date") => hint("take the day alone: `.[0:10]`"),
        ("date", "date-time") => hint("add a time: `. + \"T00:00:00Z\"`"),
        _ => None,
    };
    (message, advice)
}

pub(super) fn length(walk: &Walk<'_>, from: &Texts, to: &Texts) -> Said {
    let message =
        format!("{} has {}, and {} takes {}", walk.subject(), lengths(from), walk.target(), lengths(to));
    (message, None)
}

pub(super) fn too_few(walk: &Walk<'_>, from: &Array<'_>, to: &Array<'_>) -> Said {
    let given = match from.most {
        Some(0) | None => "no items".to_owned(),
        Some(most) => format!("at most {most}"),
    };
    (format!("{} has {given}, and {} needs at least {} items", walk.subject(), walk.target(), to.least), None)
}

pub(super) fn too_many(walk: &Walk<'_>, from: &Array<'_>, to: &Array<'_>) -> Said {
    let most = to.most.unwrap_or_default();
    let message = format!(
        "{} has at least {} items, and {} takes at most {most}",
        walk.subject(),
        from.least,
        walk.target()
    );
    (message, hint(format!("give fewer: `.[:{most}]`")))
}

/// Where an object stands in the target: the target itself, or a part of it.
fn holder(walk: &Walk<'_>, levels: usize) -> String {
    let outer = walk.path.get(..walk.path.len().saturating_sub(levels)).unwrap_or_default();
    match outer.is_empty() {
        true => walk.target(),
        false => format!("`{}` of {}", super::path_words(outer), walk.target()),
    }
}

pub(super) fn missing(walk: &Walk<'_>, missing: &Missing, wanted: Option<&Type<'_>>) -> Said {
    let holder = holder(walk, 1);
    let kind =
        wanted.filter(|wanted| !wanted.is_unknown()).map(|wanted| format!(" ({wanted})")).unwrap_or_default();
    let name = &missing.name;
    let giver = walk.assignment.value;
    match missing.is_possible {
        true => (
            format!("{holder} needs `{name}`{kind}, and it may be missing"),
            hint(format!("give it in any case: `{name}: (.{name} // …)`")),
        ),
        false => (format!("{holder} needs `{name}`{kind}, and {giver} never gives it"), None),
    }
}

pub(super) fn extra(walk: &Walk<'_>, name: &str, meant: Option<&str>, to: &Object<'_>) -> Said {
    let message = format!("{} does not take `{name}`", holder(walk, 1));
    let settable = to.fields.iter().filter(|(_, field)| !field.read_only).map(|(name, _)| &**name);
    let near = match meant {
        Some(meant) => hint(format!("did you mean `{meant}`, which is required?")),
        None => did_you_mean(name, settable.clone()),
    };
    (message, near.or_else(|| listed(settable)))
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> Option<String> {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => hint("it takes no fields"),
        1..=10 => hint(format!("it takes {}", names.join(", "))),
        _ => None,
    }
}

pub(super) fn many_extra(walk: &Walk<'_>, names: &[std::rc::Rc<str>], to: &Object<'_>) -> Said {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("{} does not take {}", holder(walk, 0), and_more(&names));
    (message, listed(to.fields.keys().map(|name| &**name)))
}

pub(super) fn any_extra(walk: &Walk<'_>, to: &Object<'_>) -> Said {
    let message =
        format!("{} may have fields of any name, and {} names its own", walk.subject(), holder(walk, 0));
    (message, listed(to.fields.keys().map(|name| &**name)))
}

pub(super) fn read_only(walk: &Walk<'_>, name: &str) -> Said {
    (
        format!("`{name}` is set by the system, and cannot be given to {}", holder(walk, 1)),
        hint("leave it out"),
    )
}

pub(super) fn form(walk: &Walk<'_>, from: &Object<'_>, form: &Object<'_>) -> Said {
    let shown = |object: &Object<'_>| Type::object(object.clone()).to_string();
    (format!("{} is {}, and {} needs {}", walk.subject(), shown(from), walk.target(), shown(form)), None)
}

/// The nearest of several forms, and what is wrong with it.
pub(super) fn nearest_form(walk: &Walk<'_>, count: usize, form: &Object<'_>, message: &str) -> String {
    let shown = Type::object(form.clone()).to_string();
    format!(
        "{} fits none of the {count} forms {} takes; the nearest is {shown}: {message}",
        walk.subject(),
        walk.target()
    )
}

fn literal(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    serde_json::Value::from(short).to_string()
}

fn or_more(words: &[String]) -> String {
    match words.get(..LISTED) {
        Some(first) if words.len() > LISTED + 1 => {
            format!("{} (and {} more)", alternatives(first), words.len() - LISTED)
        }
        _ => alternatives(words),
    }
}

fn and_more(words: &[String]) -> String {
    match words.get(..LISTED) {
        Some(first) if words.len() > LISTED + 1 => {
            format!("{} and {} more", first.join(", "), words.len() - LISTED)
        }
        _ => match words {
            [] => "no fields".to_owned(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
        },
    }
}
