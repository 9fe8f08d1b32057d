//! `approve: ask sales-lead`: asks people.

use super::{Argument, Form, Written};
use crate::flow::{Ask, Verb};
use crate::read::words::Word;
use crate::read::{EXPIRES_MS, Reader, clipped};

/// The most people that must approve.
const MOST_APPROVALS: u32 = 20;

pub(super) const FORM: Form = Form {
    word: "ask",
    argument: Argument::Needed,
    hint: "",
    options: &["title", "message", "expires", "approvals"],
    example: "ask sales-lead",
    read,
};

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let members = step.members;
    let message = reader.optional_template(members, "message");
    let expires_ms = reader.optional_duration(members, "expires", 1).or(Some(EXPIRES_MS));
    let approvals = reader.optional_whole(members, "approvals", 1..=MOST_APPROVALS).unwrap_or(1);
    let hint = "write the question in one line, for example `title: Onboard ${.name}?`";
    let title = reader
        .required(members, "title", step.range.clone(), "`ask`", hint)
        .and_then(|node| reader.template(node, "title"));
    let roles = roles(reader, step)?;
    Some(Verb::Ask(Ask { roles, approvals, title: title?, message, expires_ms }))
}

fn roles(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Vec<String>> {
    let mut roles: Vec<String> = Vec::new();
    let mut all_fit = true;
    for role in step.argument.split(',').map(str::trim) {
        if !reader.fits(Word::Connection, role, step.argument_range.clone(), "a role") {
            all_fit = false;
        } else if roles.iter().any(|known| known == role) {
            let message = format!("the role `{}` stands twice", clipped(role));
            reader.odd(step.argument_range.clone(), message, "name it once");
        } else {
            roles.push(role.to_owned());
        }
    }
    all_fit.then_some(roles)
}
