//! Words, signs and characters of other languages and of text editors, with what is written instead.

/// Words of other languages that stand where an operator is expected.
pub(super) const WORDS: [(&str, &str); 14] = [
    ("AND", "write `and`"),
    ("OR", "write `or`"),
    ("NOT", "write `| not` behind the condition"),
    ("in", "write `IN`, as in `.country | IN(\"DE\", \"AT\")`"),
    ("is", "compare with `==`"),
    ("eq", "compare with `==`"),
    ("like", "write `| test(\"…\")`, `| startswith(\"…\")` or `| contains(\"…\")`"),
    ("matches", "write `| test(\"…\")`"),
    ("contains", "write `| contains(\"…\")`"),
    ("mod", "write `%`"),
    ("elsif", "write `elif`"),
    ("elseif", "write `elif`"),
    ("fi", "write `end`"),
    ("endif", "write `end`"),
];

/// Words of other languages that stand where an expression begins, with what follows them.
pub(super) const BEGINNINGS: [(&str, &str); 7] = [
    ("let", "a name is bound by `value as $name | …`"),
    ("var", "a name is bound by `value as $name | …`"),
    ("const", "a name is bound by `value as $name | …`"),
    ("return", "leave `return` out: the value of the last expression is the result"),
    ("not", "write `| not` behind the condition"),
    ("for", "iterate with `.items[]`, or `[.items[] | …]` for a list"),
    ("function", "functions cannot be defined; write the steps out"),
];

/// Signs of other languages: the last two tokens, without a space between them.
pub(super) const SIGNS: [(&str, &str, &str); 12] = [
    ("|", "|", "write `or`; `//` gives a value where the left one is null or false"),
    ("==", "=", "compare with `==`"),
    ("!=", "=", "compare with `!=`"),
    ("=", ">", "compare with `>=`; an expression has no `=>`"),
    ("=", "<", "compare with `<=`"),
    ("<", ">", "compare with `!=`"),
    ("*", "*", "a power is `pow(a; b)`"),
    ("+", "+", "add with `+ 1`"),
    ("/", "*", "a comment begins with `#` and goes to the end of the line"),
    ("|", ">", "a pipe is `|`"),
    (":", "=", "in an object a key is followed by `:`; a name is bound by `value as $name | …`"),
    ("?", ".", "write `.a?.b`"),
];

/// Quotes that open no text here.
pub(super) fn is_quote(first: char) -> bool {
    matches!(first, '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '‚' | '«' | '»')
}

/// What is written instead of a character that stands in no expression outside of texts.
pub(super) fn character(found: char) -> Option<&'static str> {
    Some(match found {
        '&' => "write `and`",
        '!' => "write `| not` behind the condition, as in `(.active | not)`",
        '^' => "a power is `pow(a; b)`",
        '~' => "a text is matched with `| test(\"…\")`",
        '@' => "a format has a name, as in `@base64`",
        '\\' => "a backslash stands in texts only; a line may end anywhere without one",
        '≠' => "compare with `!=`",
        '≤' => "compare with `<=`",
        '≥' => "compare with `>=`",
        '–' | '—' | '−' => "this is a dash of another kind, often pasted from a document: write `-`",
        '\u{200b}' | '\u{feff}' => {
            "an invisible character stands here, often pasted from a document: take it away"
        }
        _ if found.is_whitespace() => {
            "this is a space of another kind, often pasted from a document: write an ordinary one"
        }
        _ => return None,
    })
}
