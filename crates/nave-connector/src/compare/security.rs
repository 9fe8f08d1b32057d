//! Credentials: what each operation requires, and how the schemes work, in both versions.

use std::collections::BTreeMap;

use super::class::{Class, Meaning};
use super::note::Edit;
use super::operation::Operations;
use super::pair::Work;
use super::rule::Rule;
use crate::connector::{KeyLocation, Scheme};
use crate::operation::Requirement;

/// Compares what an operation requires: a credential that sufficed must suffice.
pub(super) fn required<'a>(work: &mut Work<'a>, both: Operations<'a>) {
    let scopes = |security: &[Requirement]| -> usize {
        security.iter().flat_map(Requirement::values).map(|scopes| 1 + scopes.len()).sum()
    };
    if !work.spend(scopes(&both.old.security) * scopes(&both.new.security)) {
        return;
    }
    let (old, new) = (alternatives(&both.old.security), alternatives(&both.new.security));
    if sorted(&old) == sorted(&new) {
        return;
    }
    let suffices = |old: &Requirement| new.iter().any(|new| is_covered(old, new));
    let covered = old.iter().filter(|old| suffices(old)).count();
    let same_schemes = |old: &Requirement| new.iter().any(|new| old.keys().eq(new.keys()));
    let class = if covered == old.len() {
        Class::Additive
    } else if covered > 0 || old.iter().any(same_schemes) {
        Class::Narrowing
    } else {
        Class::Breaking
    };
    let edit = Edit::new(
        Rule::SecurityChanged,
        Meaning::both(class),
        "security",
        "other credentials or scopes are required",
    );
    both.tell(work, edit.change(Some(shown(&old)), Some(shown(&new))));
}

/// No alternative at all means the same as one that requires nothing.
fn alternatives(security: &[Requirement]) -> Vec<Requirement> {
    if security.is_empty() { vec![Requirement::new()] } else { security.to_vec() }
}

fn sorted(security: &[Requirement]) -> Vec<String> {
    let mut texts: Vec<String> = security.iter().map(one).collect();
    texts.sort();
    texts
}

/// Whether a credential for the old requirement suffices for the new one.
fn is_covered(old: &Requirement, new: &Requirement) -> bool {
    new.iter().all(|(scheme, scopes)| {
        old.get(scheme).is_some_and(|had| scopes.iter().all(|scope| had.contains(scope)))
    })
}

fn shown(security: &[Requirement]) -> String {
    security.iter().map(one).collect::<Vec<_>>().join(" or ")
}

fn one(requirement: &Requirement) -> String {
    if requirement.is_empty() {
        return "none".to_owned();
    }
    let mut parts: Vec<String> = requirement
        .iter()
        .map(|(scheme, scopes)| {
            let mut scopes = scopes.clone();
            scopes.sort();
            if scopes.is_empty() { scheme.clone() } else { format!("{scheme} ({})", scopes.join(", ")) }
        })
        .collect();
    parts.sort();
    parts.join(" and ")
}

/// Compares the schemes that both versions have; each touches the operations that require it.
pub(super) fn schemes<'a>(work: &mut Work<'a>) {
    let (old, new) = (work.old, work.new);
    let mut users: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (name, entrance) in &work.entrances {
        let Ok(operation) = old.operation(name) else { continue };
        for scheme in operation.security.iter().flat_map(Requirement::keys) {
            users.entry(scheme).or_default().extend(entrance.root);
        }
    }
    for (name, before) in &old.schemes {
        let Some(now) = new.schemes.get(name) else { continue };
        let (was, is) = (words(before), words(now));
        let class = if was != is {
            Class::Breaking
        } else if before != now {
            Class::Narrowing
        } else {
            continue;
        };
        let (what, change) = if was == is {
            ("has other scopes or addresses", (None, None))
        } else {
            ("works in another way", (Some(was), Some(is)))
        };
        let message = format!("the security scheme `{name}` {what}");
        let edit =
            Edit::new(Rule::SchemeChanged, Meaning::both(class), name, message).change(change.0, change.1);
        for root in users.get(name.as_str()).into_iter().flatten() {
            work.tell(*root, edit.clone());
        }
    }
}

/// A scheme in words, as far as it decides which credential serves.
fn words(scheme: &Scheme) -> String {
    match scheme {
        Scheme::ApiKey { location, name } => {
            let location = match location {
                KeyLocation::Header => "header",
                KeyLocation::Query => "query",
                KeyLocation::Cookie => "cookie",
            };
            format!("a key in the {location} `{name}`")
        }
        Scheme::Basic => "user name and password".to_owned(),
        Scheme::Bearer => "a bearer token".to_owned(),
        Scheme::OAuth2 { .. } => "OAuth 2.0".to_owned(),
        Scheme::OpenIdConnect { .. } => "OpenID Connect".to_owned(),
        Scheme::MutualTls => "a client certificate".to_owned(),
        Scheme::Other { name } => format!("`{name}`"),
    }
}
