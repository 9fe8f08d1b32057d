//! The `pattern` keyword: ECMA 262 regular expressions on a linear-time engine. What that engine cannot
//! do is not checked, and said so once by [`obstacle`], never guessed.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, RwLock};

use regex::{Regex, RegexBuilder};

/// The most bytes one compiled pattern may take.
const LARGEST_PROGRAM: usize = 1 << 20;
/// Longer patterns are not compiled.
const LONGEST: usize = 8_192;
/// Patterns kept compiled; when there are more, all are forgotten and compiled again on use.
const KEPT: usize = 4_096;

type Cache = RwLock<BTreeMap<Box<str>, Option<Arc<Regex>>>>;

fn cache() -> &'static Cache {
    static CACHE: OnceLock<Cache> = OnceLock::new();
    CACHE.get_or_init(Cache::default)
}

/// Whether `text` matches `pattern`; `None` where the pattern cannot be checked.
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    if let Some(known) = cache().read().ok().and_then(|cache| cache.get(pattern).cloned()) {
        return known.map(|regex| regex.is_match(text));
    }
    let compiled = compile(pattern).ok().map(Arc::new);
    if let Ok(mut cache) = cache().write() {
        if cache.len() >= KEPT {
            cache.clear();
        }
        cache.insert(pattern.into(), compiled.clone());
    }
    compiled.map(|regex| regex.is_match(text))
}

/// Why a pattern cannot be checked, or `None` where it can.
pub fn obstacle(pattern: &str) -> Option<String> {
    compile(pattern).err()
}

/// A pattern as the engine reads it.
pub fn translated(pattern: &str) -> String {
    translate(undelimited(pattern))
}

fn compile(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|look| pattern.contains(look)) {
        return Err("it looks ahead or behind, which an engine of bounded time does not".to_owned());
    }
    let translated = translated(pattern);
    RegexBuilder::new(&translated)
        .size_limit(LARGEST_PROGRAM)
        .dfa_size_limit(LARGEST_PROGRAM)
        .nest_limit(100)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            other => other.to_string().lines().last().unwrap_or_default().trim().to_owned(),
        })
}

/// Some descriptions write a pattern as a program would, `/^…$/`; the slashes are not meant.
fn undelimited(pattern: &str) -> &str {
    match pattern.strip_prefix("/^").and_then(|rest| rest.strip_suffix("$/")) {
        Some(_) => pattern.trim_start_matches('/').trim_end_matches('/'),
        None => pattern,
    }
}

/// Rewrites what ECMA 262 and the engine's syntax write differently: `\d` and `\w` are ASCII, `\/` is a
/// slash, `$` is the very end, a brace that opens no repetition and a `[`, `&` or `~` in a class mean
/// themselves.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars();
    let mut in_class = false;
    while let Some(c) = rest.next() {
        match (c, in_class) {
            ('\\', _) => escape(&mut rest, in_class, &mut out),
            ('[', false) => {
                in_class = true;
                open_class(&mut rest, &mut in_class, &mut out);
            }
            (']', true) => {
                in_class = false;
                out.push(']');
            }
            ('[' | '&' | '~', true) => {
                out.push('\\');
                out.push(c);
            }
            ('{', false) if !is_repetition(rest.as_str()) => out.push_str("\\{"),
            ('{', false) => {
                out.push('{');
                for c in rest.by_ref() {
                    out.push(c);
                    if c == '}' {
                        break;
                    }
                }
            }
            ('}', false) => out.push_str("\\}"),
            _ => out.push(c),
        }
    }
    out
}

/// After `[`: `[]` matches nothing and `[^]` everything in ECMA 262.
fn open_class(rest: &mut std::str::Chars<'_>, in_class: &mut bool, out: &mut String) {
    let ahead = rest.as_str();
    if ahead.starts_with("^]") {
        *in_class = false;
        rest.nth(1);
        out.push_str("(?s:.)");
    } else if ahead.starts_with(']') {
        *in_class = false;
        rest.next();
        out.push_str("[^\\x{0}-\\x{10FFFF}]");
    } else {
        out.push('[');
        if ahead.starts_with('^') {
            rest.next();
            out.push('^');
        }
    }
}

fn escape(rest: &mut std::str::Chars<'_>, in_class: bool, out: &mut String) {
    let Some(c) = rest.next() else {
        out.push_str("\\\\");
        return;
    };
    match (c, in_class) {
        ('d', false) => out.push_str("[0-9]"),
        ('d', true) => out.push_str("0-9"),
        ('D', _) => out.push_str("[^0-9]"),
        ('w', false) => out.push_str("[A-Za-z0-9_]"),
        ('w', true) => out.push_str("A-Za-z0-9_"),
        ('W', _) => out.push_str("[^A-Za-z0-9_]"),
        ('b', true) => out.push_str("\\x08"),
        ('b', false) => out.push_str("(?-u:\\b)"),
        ('Z', false) => out.push_str("\\z"),
        ('0', _) => out.push_str("\\x00"),
        ('c', _) => control(rest, out),
        ('<' | '>' | '/', _) => out.push(c),
        (other, _) if other.is_ascii_alphanumeric() || other.is_ascii_punctuation() => {
            out.push('\\');
            out.push(other);
        }
        (other, _) => out.push(other),
    }
}

/// `\cA` is the control character of that letter.
fn control(rest: &mut std::str::Chars<'_>, out: &mut String) {
    match rest.next() {
        Some(letter) if letter.is_ascii_alphabetic() => {
            out.push_str(&format!("\\x{:02x}", u32::from(letter.to_ascii_uppercase()) % 32));
        }
        Some(other) => {
            out.push_str("\\\\c");
            out.push(other);
        }
        None => out.push_str("\\\\c"),
    }
}

/// Whether the text after `{` goes on as `n}`, `n,}` or `n,m}`.
fn is_repetition(rest: &str) -> bool {
    let Some((inside, _)) = rest.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert_eq!(matches(pattern, text), Some(true), "{pattern} should match {text:?}");
        }
        for text in no {
            assert_eq!(matches(pattern, text), Some(false), "{pattern} should not match {text:?}");
        }
    }

    #[test]
    fn ecma_patterns_are_matched() {
        check(r"^\d{10}$", &["0123456789"], &["٠١٢٣٤٥٦٧٨٩", "123"]);
        check(r"^[\w.-]+\/x$", &["a.b/x"], &["ä/x"]);
        check("^{id}$", &["{id}"], &["id"]);
        check("^[[&~]$", &["[", "&", "~"], &["]"]);
        check("^a{2,3}$", &["aa", "aaa"], &["a"]);
        check("^[^]$", &["\n"], &[""]);
        check("/^abc$/", &["abc"], &["/abc/"]);
        check("^[0-9]{1,14}?$", &["12"], &["1x"]);
        check(r"^[A-Za-z0-9-_.,]*$", &["a-b_c"], &["a b"]);
        check(r"^[A-Z]\Z", &["A"], &["A\n"]);
        check("bc", &["abcd"], &["acbd"]);
    }

    #[test]
    fn what_cannot_be_checked_says_why() {
        for pattern in ["^(?=.*x).+$", r"(a)\1", "(", "((((a{99}){99}){99}){99})", "(?<!x)y"] {
            assert_eq!(matches(pattern, "x"), None, "{pattern}");
            assert!(obstacle(pattern).is_some_and(|reason| !reason.is_empty()), "{pattern}");
        }
        assert_eq!(obstacle("^[a-z]+$"), None);
    }
}
