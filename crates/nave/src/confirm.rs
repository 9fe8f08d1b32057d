//! Asks the person at the terminal before something is done to many things at once.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use nave_model::Fault;
use nave_model::fault::codes;

use crate::context::Context;

/// Whether it shall be done. `yes`: the person said so beforehand.
///
/// # Errors
/// `E-ARG-REQUIRED`: nobody is there to be asked.
pub(crate) fn confirmed(context: &Context, question: &str, yes: bool) -> Result<bool, Fault> {
    if yes {
        return Ok(true);
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Fault::new(codes::ARGUMENT_REQUIRED, format!("nobody is here to be asked: {question}"))
            .with_hint("`--yes` does it without asking"));
    }
    let mut stderr = std::io::stderr().lock();
    let mut answer = String::new();
    let asked = write!(stderr, "{question} [y/N] ")
        .and_then(|()| stderr.flush())
        .and_then(|()| stdin.lock().read_line(&mut answer));
    let confirmed = asked.is_ok() && is_yes(&answer);
    if !confirmed {
        drop(stderr);
        context.output.say("nothing was done");
    }
    Ok(confirmed)
}

/// Whether an answer is a yes; no answer is none.
fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (answer, expected) in
            [("y\n", true), ("Yes\r\n", true), ("\n", false), ("", false), ("n", false), ("yess", false)]
        {
            assert_eq!(is_yes(answer), expected, "{answer:?}");
        }
    }
}
