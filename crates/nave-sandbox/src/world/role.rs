//! What an operation does to the things of a system, read from its method and path: which collection
//! it works on, whether it creates, lists, reads, changes or removes, and which argument names the thing.

use std::collections::BTreeSet;

use nave_connector::connector::Entry;
use nave_connector::operation::BodyArguments;
use nave_connector::schema::fields::fields;
use nave_connector::{Connector, Operation, Schema};

use crate::world::anchor::{self, folded, names_of};
use crate::world::answers::success;

/// What an operation does to things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Makes a new thing in the collection.
    Create,
    /// Shows the collection.
    List,
    /// Shows one thing.
    Read,
    /// Changes one thing.
    Update,
    /// Takes one thing away.
    Remove,
    /// Something else; nothing is remembered of it.
    Other,
}

/// The part an operation plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    /// What it does.
    pub(crate) deed: Deed,
    /// Path template of the collection, without the thing's own segment.
    pub(crate) collection: String,
    /// What things of the collection are called.
    pub(crate) names: Vec<String>,
    /// Wire name of the argument that names the thing; absent for collections and for things there is
    /// only one of.
    pub(crate) parameter: Option<String>,
}

/// Last segments that ask for the things of the collection before them.
const SEARCHES: [&str; 4] = ["search", "query", "find", "list"];

/// Verbs of operations called `things.verb`, as systems without resource paths name them.
const VERBS: [(&str, Deed); 24] = [
    ("create", Deed::Create),
    ("add", Deed::Create),
    ("new", Deed::Create),
    ("open", Deed::Create),
    ("invite", Deed::Create),
    ("schedule", Deed::Create),
    ("postmessage", Deed::Create),
    ("list", Deed::List),
    ("search", Deed::List),
    ("info", Deed::Read),
    ("get", Deed::Read),
    ("show", Deed::Read),
    ("read", Deed::Read),
    ("update", Deed::Update),
    ("edit", Deed::Update),
    ("rename", Deed::Update),
    ("set", Deed::Update),
    ("settopic", Deed::Update),
    ("setpurpose", Deed::Update),
    ("delete", Deed::Remove),
    ("remove", Deed::Remove),
    ("archive", Deed::Remove),
    ("revoke", Deed::Remove),
    ("close", Deed::Remove),
];

/// The part an operation plays in its connector.
pub(crate) fn role(connector: &Connector, operation: &Operation) -> Role {
    let entries = connector.entries();
    let path = without_suffix(&operation.path);
    let (above, last) = path.rsplit_once('/').unwrap_or(("", path));
    if let Some((things, verb)) = last.rsplit_once('.').filter(|_| !last.contains('{')) {
        return called(connector, operation, &format!("{above}/{things}"), verb);
    }
    let has_items = entries.iter().any(|entry| is_item_of(entry, path));
    let parameter = parameter_of(last).filter(|_| !(has_items && lists_at(connector, path)));
    if let Some(parameter) = parameter {
        let deed = match operation.method.as_str() {
            "GET" | "HEAD" => Deed::Read,
            "PUT" | "PATCH" | "POST" => Deed::Update,
            "DELETE" => Deed::Remove,
            _ => Deed::Other,
        };
        return Role::new(deed, above, Some(parameter));
    }
    if SEARCHES.contains(&folded(last).as_str())
        && entries.iter().any(|entry| without_suffix(&entry.path) == above)
        && lists(connector, operation, above)
    {
        return Role::new(Deed::List, above, None);
    }
    let listed = has_items || lists_at(connector, path);
    let deed = match operation.method.as_str() {
        "GET" | "HEAD" if lists(connector, operation, path) => Deed::List,
        "GET" | "HEAD" => Deed::Read,
        "POST" | "PUT" if listed => Deed::Create,
        "POST" | "PUT" | "PATCH" if entries.iter().any(|entry| is_at(entry, "GET", path)) => Deed::Update,
        "DELETE" if entries.iter().any(|entry| is_at(entry, "GET", path)) && !listed => Deed::Remove,
        "POST" | "PUT" | "PATCH" => return action(connector, operation, above),
        _ => Deed::Other,
    };
    Role::new(deed, path, None)
}

impl Role {
    fn new(deed: Deed, collection: &str, parameter: Option<&str>) -> Self {
        let last = collection.rsplit('/').find(|segment| !segment.is_empty() && !segment.contains('{'));
        Role {
            deed,
            collection: collection.to_owned(),
            names: names_of(last.unwrap_or_default()),
            parameter: parameter.map(str::to_owned),
        }
    }
}

/// `POST /charges/{charge}/capture`: changes the thing before it if it answers with that thing.
fn action(connector: &Connector, operation: &Operation, above: &str) -> Role {
    let other = Role::new(Deed::Other, &operation.path, None);
    let Some((collection, segment)) = above.rsplit_once('/') else { return other };
    let Some(parameter) = parameter_of(segment) else { return other };
    let read = connector.entries().iter().position(|entry| is_at(entry, "GET", above));
    let read = read.and_then(|position| connector.operation_at(position).ok());
    let same = match (read.and_then(|read| answer_of(connector, read)), answer_of(connector, operation)) {
        (Some(read), Some(own)) => same_things(read, own),
        _ => false,
    };
    if same { Role::new(Deed::Update, collection, Some(parameter)) } else { other }
}

/// Two answers are about the same things: one schema, or nearly the same fields.
fn same_things(one: Schema<'_>, other: Schema<'_>) -> bool {
    let resolved = |schema: Schema<'_>| schema.resolve().map(Schema::identity);
    if resolved(one).ok() == resolved(other).ok() {
        return true;
    }
    let (one, other) = (fields(one).declared, fields(other).declared);
    let shared = one.keys().filter(|name| other.contains_key(*name)).count();
    shared > 2 && shared * 5 >= one.len().min(other.len()) * 4
}

/// `conversations.info`: the things are named before the dot, and the thing by the argument that has
/// the name under which answers wrap it.
fn called(connector: &Connector, operation: &Operation, collection: &str, verb: &str) -> Role {
    let verb = folded(verb);
    let known = VERBS.iter().find(|(word, _)| *word == verb);
    let mut role = Role::new(known.map_or(Deed::Other, |(_, deed)| *deed), collection, None);
    let siblings = connector.entries().iter().enumerate().filter_map(|(position, entry)| {
        let (things, _) = without_suffix(&entry.path).rsplit_once('.')?;
        (things == collection).then(|| connector.operation_at(position).ok())?
    });
    let wrapped: BTreeSet<String> =
        siblings.filter_map(|sibling| answer_of(connector, sibling)).flat_map(anchor::wrappers).collect();
    role.names = wrapped.into_iter().chain(role.names).collect();
    if matches!(role.deed, Deed::Read | Deed::Update | Deed::Remove) {
        let arguments = arguments_of(operation);
        let names: Vec<String> = role.names.iter().map(|name| folded(name)).collect();
        let fits = |argument: &&String| {
            let argument = folded(argument);
            names.iter().any(|name| argument == *name || argument == format!("{name}id"))
        };
        let own = arguments.iter().find(fits);
        let identifier =
            || arguments.iter().find(|argument| matches!(folded(argument).as_str(), "id" | "ts"));
        role.parameter = own.or_else(identifier).cloned();
        if role.parameter.is_none() {
            role.deed = Deed::Other;
        }
    }
    role
}

/// The names of arguments as they are sent.
fn arguments_of(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().map(|parameter| parameter.name.clone());
    match &operation.arguments.body {
        BodyArguments::Fields { fields } => parameters.chain(fields.values().cloned()).collect(),
        BodyArguments::None | BodyArguments::Whole { .. } => parameters.collect(),
    }
}

/// The schema of an operation's usual answer.
fn answer_of<'a>(connector: &'a Connector, operation: &'a Operation) -> Option<Schema<'a>> {
    success(operation).schema(connector)
}

/// Whether an operation answers with a list of the things of a collection.
fn lists(connector: &Connector, operation: &Operation, collection: &str) -> bool {
    let names = Role::new(Deed::List, collection, None).names;
    let Some(schema) = answer_of(connector, operation) else { return false };
    let list = anchor::list(schema, &names, None, operation.paging.as_ref());
    let whole = anchor::thing(schema, &names, None);
    // A thing with an identifier of its own is not a list, though it may hold one.
    list.is_some() && whole.is_none_or(|thing| thing.id.is_none() || !thing.pointer.is_empty())
}

fn lists_at(connector: &Connector, path: &str) -> bool {
    let position = connector.entries().iter().position(|entry| is_at(entry, "GET", path));
    let operation = position.and_then(|position| connector.operation_at(position).ok());
    operation.is_some_and(|operation| lists(connector, operation, path))
}

fn is_at(entry: &Entry, method: &str, path: &str) -> bool {
    entry.method == method && without_suffix(&entry.path) == path
}

/// Whether an entry's path is the collection's with one parameter more.
fn is_item_of(entry: &Entry, collection: &str) -> bool {
    let rest = without_suffix(&entry.path).strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    rest.is_some_and(|rest| !rest.contains('/') && parameter_of(rest).is_some())
}

/// The parameter a segment consists of.
fn parameter_of(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some(name)
}

/// A path without a closing slash and without an extension such as `.json`.
fn without_suffix(path: &str) -> &str {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.strip_suffix(".json").or_else(|| path.strip_suffix(".xml")).unwrap_or(path)
}

#[cfg(test)]
mod tests;
