//! Splits text into comparable words: lower case, camel case and snake case taken apart, plural and
//! tense endings dropped, filler words left out; and the few synonyms of the verbs of APIs.

/// What a synonym counts, compared with the word itself.
pub(super) const SYNONYM: f32 = 0.6;

/// Longest text that is split, in characters; the rest of a longer one is not searched.
const LONGEST: usize = 2_000;

/// Words that say nothing about what an operation does.
const FILLER: [&str; 34] = [
    "a", "an", "and", "any", "api", "are", "as", "at", "be", "by", "can", "do", "for", "from", "given",
    "how", "i", "in", "is", "it", "its", "me", "my", "of", "on", "or", "please", "that", "the", "this", "to",
    "want", "with", "you",
];

/// Verbs that mean the same in the names of operations; a word of one row finds the others.
const SYNONYMS: [&[&str]; 9] = [
    &["create", "add", "new", "make", "post", "insert"],
    &["get", "retrieve", "read", "fetch", "show", "view"],
    &["list", "all", "browse", "enumerate"],
    &["search", "find", "query", "lookup"],
    &["update", "change", "edit", "modify", "patch", "set"],
    &["delete", "remove", "archive", "destroy"],
    &["send", "post", "publish", "deliver"],
    &["customer", "client", "contact"],
    &["ticket", "case", "issue"],
];

/// The words of a text, in order, reduced to their stems.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut previous_lower = false;
    for c in text.chars().take(LONGEST) {
        let boundary = !c.is_alphanumeric() || (c.is_uppercase() && previous_lower);
        if boundary {
            push(&mut words, &mut word);
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        previous_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    push(&mut words, &mut word);
    words
}

fn push(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() && !FILLER.contains(&word.as_str()) && !is_version(word) {
        words.push(stem(word));
    }
    word.clear();
}

/// `v1`, `v2010`: version parts of paths say nothing.
fn is_version(word: &str) -> bool {
    word.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Drops the endings of plural and tense, so that `refunds`, `refunded` and `refund` are one word.
fn stem(word: &str) -> String {
    if !word.is_ascii() || word.len() < 4 {
        return word.to_owned();
    }
    let cut = |ending: &str, put: &str| Some(format!("{}{put}", word.strip_suffix(ending)?));
    let stemmed = if word.ends_with("ies") && word.len() > 4 {
        cut("ies", "y")
    } else if ["sses", "xes", "ches", "shes"].iter().any(|ending| word.ends_with(ending)) {
        cut("es", "")
    } else if word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is") {
        cut("s", "")
    } else if word.ends_with("ing") && word.len() > 6 {
        cut("ing", "")
    } else if word.ends_with("ed") && word.len() > 5 {
        cut("ed", "")
    } else {
        None
    };
    let stemmed = stemmed.unwrap_or_else(|| word.to_owned());
    match stemmed.strip_suffix('e') {
        Some(short) if short.len() > 3 => short.to_owned(),
        _ => stemmed,
    }
}

/// Words that mean the same as this stem.
pub(super) fn synonyms(word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for row in SYNONYMS {
        if row.iter().any(|member| stem(member) == word) {
            found.extend(row.iter().map(|member| stem(member)).filter(|member| member != word));
        }
    }
    found.dedup();
    found
}

/// The verb a method stands for; reading a collection is listing it.
pub(super) fn of_method(method: &str, path: &str) -> &'static str {
    match method {
        "GET" if path.trim_end_matches('/').ends_with('}') => "get",
        "GET" => "list get",
        "POST" => "create",
        "PUT" | "PATCH" => "update",
        "DELETE" => "delete",
        _ => "",
    }
}

/// The first sentence of a text as one line of plain words, at most `most` characters: HTML tags,
/// Markdown emphasis and the addresses of links are left out.
pub(crate) fn first_sentence(text: &str, most: usize) -> String {
    let mut sentence = String::new();
    let mut characters = text.trim().chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek().copied();
        match c {
            '<' if next.is_some_and(|next| next.is_ascii_alphabetic() || next == '/') => {
                characters.by_ref().take_while(|c| *c != '>').for_each(drop);
            }
            ']' if next == Some('(') => characters.by_ref().take_while(|c| *c != ')').for_each(drop),
            '[' | ']' | '`' | '*' => {}
            '\n' if next == Some('\n') && !sentence.is_empty() => break,
            c if c.is_whitespace() => {
                if !sentence.ends_with(' ') && !sentence.is_empty() {
                    sentence.push(' ');
                }
            }
            '.' if next.is_none_or(|next| next.is_whitespace() || next == '<')
                && !ends_with_abbreviation(&sentence) =>
            {
                break;
            }
            other => sentence.push(other),
        }
        if sentence.chars().count() >= most {
            let cut = sentence.rfind(' ').unwrap_or(sentence.len());
            sentence.truncate(cut);
            sentence.push('…');
            break;
        }
    }
    sentence.truncate(sentence.trim_end().len());
    sentence
}

fn ends_with_abbreviation(sentence: &str) -> bool {
    let last = sentence.rsplit([' ', '(']).next().unwrap_or_default();
    matches!(last, "e.g" | "i.e" | "etc" | "vs" | "Inc" | "No")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(split(text), expected, "{text}");
    }

    #[test]
    fn words_are_reduced_to_their_stems() {
        check("Refunds a charge", &["refund", "charg"]);
        check("refunded charges", &["refund", "charg"]);
        check("postV1PaymentIntents", &["post", "payment", "intent"]);
        check("/v1/customers/{customer}", &["customer", "customer"]);
        check("chat.postMessage", &["chat", "post", "messag"]);
        check("companies", &["company"]);
        check("", &[]);
    }

    #[test]
    fn sentences_lose_markup_and_end() {
        assert_eq!(first_sentence("<p>Creates a <b>refund</b>.</p>\n<p>More.</p>", 120), "Creates a refund");
        assert_eq!(first_sentence("Use e.g. this one. Not that.", 120), "Use e.g. this one");
        assert_eq!(first_sentence("a b c d e f", 6), "a b c…");
        assert_eq!(first_sentence("x < y and more", 50), "x < y and more");
        assert_eq!(first_sentence("An [ISO code](https://a.example/x.y). More", 50), "An ISO code");
        assert_eq!(first_sentence("**Required** the `id`", 50), "Required the id");
    }

    #[test]
    fn verbs_have_synonyms() {
        assert!(synonyms(&stem("remove")).contains(&"delet".to_owned()));
        assert!(synonyms("refund").is_empty());
    }
}
