//! `stop: raise out-of-stock`: ends the block with a fault.

use super::{Argument, Form, Written};
use crate::flow::Verb;
use crate::read::Reader;
use crate::read::words::Word;

pub(super) const FORM: Form = Form {
    word: "raise",
    argument: Argument::Optional,
    hint: "",
    options: &["code", "message"],
    example: "raise out-of-stock",
    read,
};

fn read(reader: &mut Reader<'_>, step: &Written<'_>) -> Option<Verb> {
    let message = reader.optional_template(step.members, "message");
    let (code, range) = match step.argument {
        "" => {
            let hint = "write a word that handlers can tell it by: `raise out-of-stock`";
            let node = reader.required(step.members, "code", step.range.clone(), "`raise`", hint)?;
            (reader.text(node, "code")?.text.trim().to_owned(), node.range())
        }
        argument => {
            if let Some(member) = step.members.get("code") {
                reader.wrong_with(member.key.clone(), "`raise` has two codes", "keep the one behind `raise`");
                return None;
            }
            (argument.to_owned(), step.argument_range.clone())
        }
    };
    if code.starts_with("E-") {
        let hint = "codes with `E-` are Nave's own; a flow raises words such as `out-of-stock`";
        reader.wrong_with(range, format!("`{code}` cannot be raised"), hint);
        return None;
    }
    reader.fits(Word::Code, &code, range, "a fault code").then_some(Verb::Raise { code, message })
}
