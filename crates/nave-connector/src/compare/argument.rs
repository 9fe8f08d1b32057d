//! What an operation takes: parameters and body, in both versions.

use std::collections::BTreeMap;

use nave_model::similar::nearest;

use super::class::{Class, Meaning};
use super::note::Edit;
use super::operation::Operations;
use super::pair::Work;
use super::rule::Rule;
use super::shape::Types;
use super::spot::Spot;
use crate::codec::essence;
use crate::documents::Place;
use crate::operation::{Body, BodyArguments, Location, Media, Operation, Parameter};

/// Compares what an operation takes.
pub(super) fn compare<'a>(work: &mut Work<'a>, both: Operations<'a>) {
    let Matching { pairs, removed, added } = matching(work, both);
    for (old, new) in pairs {
        parameter(work, both, old, new);
    }
    for old in removed {
        gone(work, both, old);
    }
    for new in added {
        fresh(work, both, new);
    }
    bodies(work, both);
}

/// Parameters by what became of them.
struct Matching<'a> {
    pairs: Vec<(&'a Parameter, &'a Parameter)>,
    removed: Vec<&'a Parameter>,
    added: Vec<&'a Parameter>,
}

/// Which parameter of the old version is which of the new: by place and name; path parameters then by
/// their position in the path; then by name in another place; then by a name much alike.
fn matching<'a>(work: &mut Work<'a>, both: Operations<'a>) -> Matching<'a> {
    let key = |parameter: &Parameter| {
        let name = match parameter.location {
            Location::Header => parameter.name.to_ascii_lowercase(),
            _ => parameter.name.clone(),
        };
        (parameter.location, name)
    };
    let mut fresh: BTreeMap<(Location, String), &'a Parameter> =
        both.new.parameters.iter().map(|parameter| (key(parameter), parameter)).collect();
    let mut matching = Matching { pairs: Vec::new(), removed: Vec::new(), added: Vec::new() };
    for old in &both.old.parameters {
        match fresh.remove(&key(old)) {
            Some(new) => matching.pairs.push((old, new)),
            None => matching.removed.push(old),
        }
    }
    let is_left = |new: &&Parameter| fresh.get(&key(new)).is_some_and(|left| std::ptr::eq(*left, *new));
    matching.added = both.new.parameters.iter().filter(is_left).collect();
    if !work.spend(4 * matching.removed.len() * matching.added.len()) {
        return matching;
    }
    let position = |operation: &Operation, parameter: &Parameter| {
        operation
            .path
            .split('{')
            .skip(1)
            .position(|part| part.split_once('}').is_some_and(|(name, _)| name == parameter.name))
    };
    let both_in = |location: Location, old: &Parameter, new: &Parameter| {
        old.location == location && new.location == location
    };
    matching.take(|old, new| {
        both_in(Location::Path, old, new)
            && position(both.old, old).is_some_and(|at| position(both.new, new) == Some(at))
    });
    matching.take(|old, new| old.name == new.name);
    let types = types(work, &matching);
    let of = |parameter: &Parameter| types.get(&std::ptr::from_ref(parameter).addr());
    matching.take(|old, new| {
        both_in(old.location, old, new)
            && old.location != Location::Path
            && nearest(&old.name, [new.name.as_str()], 1).len() == 1
            && of(old) == of(new)
    });
    matching
}

impl Matching<'_> {
    /// Matches what is left, each with the first that may be the same.
    fn take(&mut self, may_be: impl Fn(&Parameter, &Parameter) -> bool) {
        let mut removed = Vec::new();
        for old in std::mem::take(&mut self.removed) {
            match self.added.iter().position(|new| may_be(old, new)) {
                Some(position) => self.pairs.push((old, self.added.remove(position))),
                None => removed.push(old),
            }
        }
        self.removed = removed;
    }
}

/// The types of the parameters that are not matched yet, by their address.
fn types<'a>(work: &mut Work<'a>, matching: &Matching<'a>) -> BTreeMap<usize, Option<Types>> {
    let mut types = BTreeMap::new();
    let (old, new) = (&work.old.documents, &work.new.documents);
    if matching.removed.is_empty() || matching.added.is_empty() {
        return types;
    }
    for (documents, parameters) in [(old, &matching.removed), (new, &matching.added)] {
        for parameter in parameters {
            let spot = parameter.schema.as_ref().and_then(|schema| Spot::at(documents, schema));
            let known = spot.and_then(|spot| work.shape(&spot.resolved()).types);
            types.insert(std::ptr::from_ref(*parameter).addr(), known);
        }
    }
    types
}

/// The place of a parameter: the owner of its schema, or the schema itself in Swagger 2.0.
fn place(parameter: &Parameter) -> Option<Place> {
    let schema = parameter.schema.as_ref()?;
    let pointer = match schema.pointer.rsplit_once("/content/") {
        Some((owner, _)) if parameter.content.is_some() => owner,
        _ => schema.pointer.strip_suffix("/schema").unwrap_or(&schema.pointer),
    };
    Some(Place { document: schema.document, pointer: pointer.to_owned() })
}

fn said(parameter: &Parameter) -> String {
    format!("`{}` ({})", parameter.name, parameter.location.as_str())
}

fn parameter<'a>(work: &mut Work<'a>, both: Operations<'a>, old: &'a Parameter, new: &'a Parameter) {
    let tell = |work: &mut Work<'a>, edit: Edit<'a>| {
        both.tell(work, edit.places(place(old), place(new)).about(&old.argument));
    };
    let sent = Meaning::sent;
    if old.location != new.location {
        let message = format!("`{}` travels elsewhere", old.name);
        let edit = Edit::new(Rule::ArgumentMoved, sent(Class::Narrowing), &old.name, message)
            .change(Some(old.location.as_str().to_owned()), Some(new.location.as_str().to_owned()));
        tell(work, edit.wire());
    }
    if old.argument != new.argument {
        let message = format!("`{}` is called `{}` now", old.argument, new.argument);
        let edit = Edit::new(Rule::ArgumentRenamed, sent(Class::Breaking), &old.argument, message)
            .change(Some(old.argument.clone()), Some(new.argument.clone()));
        tell(work, edit);
    }
    if new.required && !old.required {
        let message = format!("{} is required now", said(new));
        tell(work, Edit::new(Rule::ArgumentRequired, sent(Class::Breaking), &old.name, message));
    } else if old.required && !new.required {
        let message = format!("{} is no longer required", said(new));
        tell(work, Edit::new(Rule::ArgumentOptional, sent(Class::Additive), &old.name, message));
    }
    if old.location == new.location && written(old) != written(new) {
        let message = format!("{} is written in another way", said(new));
        let edit = Edit::new(Rule::ArgumentEncoding, sent(Class::Narrowing), &old.name, message)
            .change(Some(written(old)), Some(written(new)));
        tell(work, edit.wire());
    }
    if new.deprecated && !old.deprecated {
        let message = format!("{} is deprecated now", said(new));
        tell(work, Edit::new(Rule::Deprecated, sent(Class::Deprecated), &old.name, message));
    }
    if old.description != new.description || old.example != new.example || (old.deprecated && !new.deprecated)
    {
        let message = format!("the text of {} changed", said(new));
        tell(work, Edit::new(Rule::Documentation, sent(Class::Documentation), &old.name, message));
    }
    if let (Some(before), Some(now)) = (&old.schema, &new.schema) {
        let pair = work.sends(both.root, before, now);
        let entrance = work.entrances.entry(both.old.name.clone()).or_default();
        entrance.arguments.insert(old.argument.clone(), pair);
    } else if old.schema.is_some() != new.schema.is_some() {
        let is_said = old.schema.is_none();
        let class = if is_said { Class::Narrowing } else { Class::Additive };
        let word = |said: bool| Some(if said { "described" } else { "anything" }.to_owned());
        let message = format!("the type of {} changed", said(new));
        let edit = Edit::new(Rule::TypeChanged, sent(class), &old.name, message)
            .change(word(!is_said), word(is_said));
        tell(work, edit);
    }
}

/// How a value is written, in the words of the specification.
fn written(parameter: &Parameter) -> String {
    if let Some(media) = &parameter.content {
        return media.clone();
    }
    let explode = if parameter.explode { ", exploded" } else { "" };
    let reserved = if parameter.allow_reserved { ", reserved characters kept" } else { "" };
    format!("{:?}{explode}{reserved}", parameter.style)
}

fn gone<'a>(work: &mut Work<'a>, both: Operations<'a>, old: &'a Parameter) {
    let message = format!("{} was removed", said(old));
    let edit = Edit::new(Rule::ArgumentRemoved, Meaning::sent(Class::Removed), &old.name, message)
        .about(&old.argument)
        .places(place(old), None);
    both.tell(work, edit);
}

fn fresh<'a>(work: &mut Work<'a>, both: Operations<'a>, new: &'a Parameter) {
    let (rule, class, message) = if new.required {
        (Rule::ArgumentRequired, Class::Breaking, format!("{} was added and is required", said(new)))
    } else {
        (Rule::ArgumentAdded, Class::Additive, format!("{} was added", said(new)))
    };
    let edit = Edit::new(rule, Meaning::sent(class), &new.name, message)
        .about(&new.argument)
        .places(None, place(new));
    both.tell(work, edit);
}

fn bodies<'a>(work: &mut Work<'a>, both: Operations<'a>) {
    let sent = Meaning::sent;
    let (old, new) = match (&both.old.body, &both.new.body) {
        (None, None) => return,
        (None, Some(body)) => {
            let edit = if body.required {
                let message = "a body was added and is required";
                Edit::new(Rule::BodyRequired, sent(Class::Breaking), "body", message)
            } else {
                Edit::new(Rule::BodyAdded, sent(Class::Additive), "body", "a body was added")
            };
            return both.tell(work, edit);
        }
        (Some(_), None) => {
            let edit = Edit::new(Rule::BodyRemoved, sent(Class::Removed), "body", "the body was removed");
            return both.tell(work, edit);
        }
        (Some(old), Some(new)) => (old, new),
    };
    if new.required && !old.required {
        let message = "a body is required now";
        both.tell(work, Edit::new(Rule::BodyRequired, sent(Class::Breaking), "body", message));
    } else if old.required && !new.required {
        let message = "a body is no longer required";
        both.tell(work, Edit::new(Rule::BodyOptional, sent(Class::Additive), "body", message));
    }
    if old.description != new.description {
        let message = "the text of the body changed";
        both.tell(work, Edit::new(Rule::Documentation, sent(Class::Documentation), "body", message));
    }
    media_types(work, both, old, new);
    renamed_fields(work, both);
    let names = match &both.old.arguments.body {
        BodyArguments::Fields { fields } => Some(fields.clone()),
        BodyArguments::Whole { .. } | BodyArguments::None => None,
    };
    let entrance = work.entrances.entry(both.old.name.clone()).or_default();
    entrance.body_fields = names.unwrap_or_default();
    if let BodyArguments::Whole { argument } = &both.old.arguments.body {
        entrance.body_argument = Some(argument.clone());
    }
}

/// Every media type of a body, the one that is sent first.
fn offered(body: &Body) -> Vec<&Media> {
    [&body.media].into_iter().chain(&body.others).collect()
}

fn media_types<'a>(work: &mut Work<'a>, both: Operations<'a>, old: &'a Body, new: &'a Body) {
    let (before, now) = (offered(old), offered(new));
    if !work.spend(before.len() * now.len()) {
        return;
    }
    let of = |list: &[&'a Media], wanted: &Media| {
        list.iter().copied().find(|media| essence(&media.media_type) == essence(&wanted.media_type))
    };
    let mut pairs: Vec<(&Media, &Media)> =
        before.iter().filter_map(|media| Some((*media, of(&now, media)?))).collect();
    for (list, other, rule, class, what) in [
        (&before, &now, Rule::MediaRemoved, Class::Narrowing, "is no longer taken"),
        (&now, &before, Rule::MediaAdded, Class::Additive, "is taken, too"),
    ] {
        for media in list.iter().filter(|media| of(other, media).is_none()) {
            let message = format!("a body as `{}` {what}", media.media_type);
            both.tell(work, Edit::new(rule, Meaning::sent(class), &media.media_type, message).wire());
        }
    }
    if pairs.is_empty() {
        pairs.push((&old.media, &new.media));
    }
    for (position, (before, now)) in pairs.into_iter().enumerate() {
        for (field, encoding) in &before.encoding {
            if now.encoding.get(field).is_some_and(|other| other != encoding) {
                let message = format!("`{field}` is written in another way inside the body");
                let edit = Edit::new(Rule::ArgumentEncoding, Meaning::sent(Class::Narrowing), field, message);
                both.tell(work, edit.wire());
            }
        }
        match (&before.schema, &now.schema) {
            (Some(before), Some(now)) => {
                let pair = work.sends(both.root, before, now);
                let entrance = work.entrances.entry(both.old.name.clone()).or_default();
                if position == 0 || entrance.body.is_none() {
                    entrance.body = pair;
                }
            }
            (None, None) => {}
            (before, _) => {
                let class = if before.is_some() { Class::Additive } else { Class::Narrowing };
                let word = |said: bool| Some(if said { "described" } else { "anything" }.to_owned());
                let message = "the type of the body changed";
                let edit = Edit::new(Rule::TypeChanged, Meaning::sent(class), "body", message)
                    .change(word(before.is_some()), word(before.is_none()));
                both.tell(work, edit);
            }
        }
    }
}

/// Fields of the body that stay, but must be given under another name because a parameter now has, or
/// no longer has, the same one.
fn renamed_fields<'a>(work: &mut Work<'a>, both: Operations<'a>) {
    let (BodyArguments::Fields { fields: old }, BodyArguments::Fields { fields: new }) =
        (&both.old.arguments.body, &both.new.arguments.body)
    else {
        return;
    };
    let by_field: BTreeMap<&str, &str> =
        new.iter().map(|(argument, field)| (field.as_str(), argument.as_str())).collect();
    for (argument, field) in old {
        let Some(now) = by_field.get(field.as_str()).filter(|now| **now != argument.as_str()) else {
            continue;
        };
        let message = format!("`{argument}` is called `{now}` now");
        let edit = Edit::new(Rule::ArgumentRenamed, Meaning::sent(Class::Breaking), argument, message)
            .change(Some(argument.clone()), Some((*now).to_owned()))
            .about(argument);
        both.tell(work, edit);
    }
}
