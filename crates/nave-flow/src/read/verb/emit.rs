//! `told: emit deal.onboarded`: sends an event to whoever listens.

use super::{Argument, Form, Written};
use crate::flow::Verb;
use crate::read::Reader;
use crate::read::words::Word;

pub(super) const FORM: Form = Form {
    word: "emit",
    argument: Argument::Needed,
    hint: "",
    options: &["with"],
    example: "emit deal.onboarded",
    read,
};

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let with = reader.arguments(step.members);
    let event = step.argument;
    let fits = reader.fits(Word::Event, event, step.argument_range.clone(), "an event");
    fits.then(|| Verb::Emit { event: event.to_owned(), with })
}
