//! What agents read: hits, answers and faults as short text. The one place that turns faults into
//! words for MCP.

use nave_call::Answer;
use nave_connector::search::Hit;
use nave_model::{Effect, Fault};
use serde_json::Value;

/// Characters of an answer an agent is shown; more would crowd out everything else it knows.
const ANSWER: usize = 24_000;
/// Problems of a fault an agent is shown.
const PROBLEMS: usize = 8;

/// Hits of a search, a line each.
pub(crate) fn hits(
    query: &str,
    hits: &[Hit],
    allowed: impl Fn(&str, Effect) -> bool,
    connections: &[&str],
) -> String {
    if hits.is_empty() {
        let connections = if connections.is_empty() { "none".to_owned() } else { connections.join(", ") };
        return format!("nothing fits `{query}`; use other words. Connections: {connections}\n");
    }
    let mut text = String::new();
    for hit in hits {
        let owner = hit.operation.split('.').next().unwrap_or_default();
        text.push_str(&format!("{} [{}", hit.operation, hit.effect.as_str()));
        if hit.deprecated {
            text.push_str(", deprecated");
        }
        if !allowed(owner, hit.effect) {
            text.push_str(", not allowed");
        }
        text.push_str(&format!("] {}\n", hit.summary));
    }
    text
}

/// A fault with every problem and hint, and whether trying again can help.
pub(crate) fn fault(fault: &Fault) -> String {
    let mut text = String::new();
    if fault.problems.len() > 1 {
        text.push_str(&format!("refused, {} problems ({}):\n", fault.problems.len(), fault.code));
        for problem in fault.problems.iter().take(PROBLEMS) {
            text.push_str(&format!("- {problem}\n"));
        }
        if fault.problems.len() > PROBLEMS {
            text.push_str(&format!("- and {} more\n", fault.problems.len() - PROBLEMS));
        }
    } else {
        text.push_str(&format!("{} ({})\n", fault.message, fault.code));
        if let Some(at) = &fault.at {
            text.push_str(&format!("at: {at}\n"));
        }
        if let Some(hint) = &fault.hint {
            text.push_str(&format!("hint: {hint}\n"));
        }
    }
    if let Some(wait) = fault.retry_after_ms {
        text.push_str(&format!("try again in {} s\n", wait.div_ceil(1000)));
    }
    text
}

/// An answer: the value as compact JSON, then what the agent should know about it.
pub(crate) fn answer(answer: &Answer) -> String {
    let mut text = match &answer.value {
        Value::Null => format!("done, status {}", answer.status),
        Value::String(plain) => plain.clone(),
        value => value.to_string(),
    };
    if text.len() > ANSWER {
        let whole = text.len();
        let mut end = ANSWER;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(&format!(
            "\n… cut: the answer has {whole} characters; ask for fewer items or one thing"
        ));
    }
    text.push('\n');
    for repair in &answer.repairs {
        text.push_str(&format!("note: {}\n", repair.message));
    }
    if !answer.findings.is_empty() {
        let more = answer.findings.len();
        text.push_str(&format!("note: the answer differs from its description in {more} place(s)\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use nave_model::fault::codes;
    use nave_model::{At, Problem};

    use super::*;

    #[test]
    fn a_fault_reads_as_what_where_and_the_nearest_right_thing() {
        let problem = Problem::new(codes::ARGUMENT_UNKNOWN, At::pointer("/amuont"), "unknown field `amuont`")
            .hint("did you mean `amount`?");
        let one = Fault::from_problems("the arguments", vec![problem.clone()]);
        let text = "unknown field `amuont` (E-ARG-UNKNOWN)\nat: /amuont\nhint: did you mean `amount`?\n";
        assert_eq!(fault(&one), text);
        let missing = Problem::new(codes::ARGUMENT_REQUIRED, At::pointer(""), "`charge` is required");
        let two = Fault::from_problems("the arguments", vec![problem, missing]);
        let text = "refused, 2 problems (E-ARG-UNKNOWN):\n\
                    - /amuont: unknown field `amuont`; did you mean `amount`?\n\
                    - /: `charge` is required\n";
        assert_eq!(fault(&two), text);
    }

    #[test]
    fn hits_say_what_is_not_allowed() {
        let hit = Hit {
            operation: "stripe.post_refunds".into(),
            summary: "Refund a charge".into(),
            effect: Effect::Write,
            deprecated: false,
            score: 1.0,
        };
        let text = hits("refund", &[hit], |_, effect| effect == Effect::Read, &[]);
        assert_eq!(text, "stripe.post_refunds [write, not allowed] Refund a charge\n");
        let none = hits("zzz", &[], |_, _| true, &["stripe"]);
        assert_eq!(none, "nothing fits `zzz`; use other words. Connections: stripe\n");
    }
}
