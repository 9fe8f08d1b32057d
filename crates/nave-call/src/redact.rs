//! Takes credentials' values out of everything a call gives back: the last filter, for systems that
//! echo what they were sent.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nave_model::Fault;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::answer::Answer;

/// What stands in place of a secret.
const MARK: &str = "[redacted]";
/// Shorter values are not looked for: they would be found everywhere by chance.
const SHORTEST: usize = 6;
/// Values are walked to this depth; what decodes an answer does not nest deeper.
const DEEPEST: usize = 512;

/// The values to take out, in every spelling in which they may come back. One pass over a text finds
/// all of them: every string of every answer is looked through.
#[derive(Clone, Default)]
pub struct Redactor {
    wanted: Wanted,
}

#[derive(Clone, Default)]
enum Wanted {
    #[default]
    Nothing,
    These(AhoCorasick),
    /// The secrets cannot be looked for, so nothing is shown.
    Everything,
}

impl Redactor {
    /// A filter for these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut spellings: Vec<String> = Vec::new();
        for secret in secrets.into_iter().filter(|secret| secret.len() >= SHORTEST) {
            spellings.push(secret.to_owned());
            spellings.push(utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string());
            spellings.push(STANDARD.encode(secret));
        }
        if spellings.is_empty() {
            return Redactor::default();
        }
        // The longest wins, so that a spelling inside another does not leave half of it standing.
        let found = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&spellings);
        Redactor { wanted: found.map_or(Wanted::Everything, Wanted::These) }
    }

    /// A text without the secrets, or `None` where it holds none.
    pub fn text(&self, text: &str) -> Option<String> {
        match &self.wanted {
            Wanted::Nothing => None,
            Wanted::Everything => Some(MARK.to_owned()),
            Wanted::These(spellings) if !spellings.is_match(text) => None,
            Wanted::These(spellings) => {
                let mut clean = String::with_capacity(text.len());
                spellings.replace_all_with(text, &mut clean, |_, _, clean| {
                    clean.push_str(MARK);
                    true
                });
                Some(clean)
            }
        }
    }

    /// Takes the secrets out of a value, keys included.
    pub fn value(&self, value: &mut Value) {
        if !matches!(self.wanted, Wanted::Nothing) {
            self.walk(value, DEEPEST);
        }
    }

    /// Takes the secrets out of an answer.
    pub fn answer(&self, answer: &mut Answer) {
        self.value(&mut answer.value);
        for text in answer.headers.values_mut() {
            self.replace(text);
        }
        for problem in &mut answer.findings {
            self.replace(&mut problem.message);
            problem.hint.iter_mut().for_each(|hint| self.replace(hint));
        }
    }

    /// A fault without the secrets, its text for the log included.
    pub fn fault(&self, mut fault: Fault) -> Fault {
        self.replace(&mut fault.message);
        fault.hint.iter_mut().for_each(|hint| self.replace(hint));
        fault.detail.iter_mut().for_each(|detail| self.replace(detail));
        for problem in &mut fault.problems {
            self.replace(&mut problem.message);
            problem.hint.iter_mut().for_each(|hint| self.replace(hint));
        }
        fault
    }

    fn replace(&self, text: &mut String) {
        if let Some(clean) = self.text(text) {
            *text = clean;
        }
    }

    fn walk(&self, value: &mut Value, depth: usize) {
        if depth == 0 {
            *value = Value::String(MARK.to_owned());
            return;
        }
        match value {
            Value::String(text) => self.replace(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item, depth - 1)),
            Value::Object(map) => {
                if map.keys().any(|key| self.text(key).is_some()) {
                    let fields = std::mem::take(map);
                    map.extend(
                        fields.into_iter().map(|(key, field)| (self.text(&key).unwrap_or(key), field)),
                    );
                }
                map.values_mut().for_each(|field| self.walk(field, depth - 1));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor(…)")
    }
}

#[cfg(test)]
mod tests {
    use nave_model::fault::codes;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(mut value: Value, expected: &Value) {
        Redactor::new(["sk_live/1+", "user:hunter22", "ab"]).value(&mut value);
        assert_eq!(value, *expected);
    }

    #[test]
    fn every_spelling_goes_wherever_it_stands() {
        check(json!("key=sk_live/1+;"), &json!("key=[redacted];"));
        check(json!({"a": ["sk%5Flive%2F1%2B"]}), &json!({"a": ["[redacted]"]}));
        check(json!("Basic dXNlcjpodW50ZXIyMg=="), &json!("Basic [redacted]"));
        check(json!({"sk_live/1+": {"x": 1}}), &json!({"[redacted]": {"x": 1}}));
        check(json!({"b": "ab", "a": 1}), &json!({"b": "ab", "a": 1}));
        check(json!("sk_live/1+sk_live/1+ user:hunter22"), &json!("[redacted][redacted] [redacted]"));
    }

    #[test]
    fn the_longest_of_secrets_inside_each_other_goes_whole() {
        let redactor = Redactor::new(["token-1", "token-1-long"]);
        assert_eq!(redactor.text("token-1-long token-1").as_deref(), Some("[redacted] [redacted]"));
        assert_eq!(redactor.text("nothing here"), None);
        assert_eq!(Redactor::new([]).text("token-1"), None);
    }

    #[test]
    fn faults_are_clean_in_every_text() {
        let fault = Fault::new(codes::REJECTED, "no such key: sk_live_1")
            .with_hint("sk_live_1")
            .with_detail("GET /?key=sk_live_1");
        let clean = Redactor::new(["sk_live_1"]).fault(fault);
        assert_eq!(clean.message, "no such key: [redacted]");
        assert_eq!(clean.hint.as_deref(), Some("[redacted]"));
        assert_eq!(clean.detail.as_deref(), Some("GET /?key=[redacted]"));
    }
}
