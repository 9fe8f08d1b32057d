//! Plain sentences from a vendor's prose.

use serde_json::Value;

/// Longer sentences are cut at a word.
const LONGEST: usize = 200;

/// The text member of this name, unless it is empty.
pub(super) fn member(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// One plain sentence for an object: its `summary`, else the first sentence of its `description`.
pub(super) fn summary(object: &Value) -> Option<String> {
    ["summary", "description"].iter().find_map(|name| {
        let text = object.get(name)?.as_str()?;
        Some(sentence(text)).filter(|sentence| !sentence.is_empty())
    })
}

/// The first sentence of a Markdown or HTML text, without its markup.
fn sentence(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.trim_start().chars().take(4 * LONGEST).peekable();
    while let Some(character) = characters.next() {
        match character {
            '<' if characters.peek().is_some_and(|next| next.is_alphabetic() || *next == '/') => {
                let tag: String = characters.by_ref().take_while(|skipped| *skipped != '>').collect();
                // `<a>` and `<code>` stand inside a word's line, `<p>` and `<br>` part words.
                if !["a", "b", "code", "em", "i", "strong"].contains(&tag_name(&tag)) {
                    space(&mut plain);
                }
            }
            ']' if characters.peek() == Some(&'(') => {
                for skipped in characters.by_ref() {
                    if skipped == ')' {
                        break;
                    }
                }
            }
            '[' | '`' | '*' | '#' => {}
            '\n' if characters.peek() == Some(&'\n') && !plain.trim().is_empty() => break,
            other if other.is_whitespace() => space(&mut plain),
            other => plain.push(other),
        }
        if ends_sentence(&plain, characters.peek()) {
            break;
        }
    }
    cut(plain.trim())
}

/// `p` of `p class="x"`, of `/p` and of `p/`.
fn tag_name(tag: &str) -> &str {
    let name = tag.trim_matches('/');
    name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()
}

fn space(text: &mut String) {
    if !text.is_empty() && !text.ends_with(' ') {
        text.push(' ');
    }
}

fn ends_sentence(text: &str, next: Option<&char>) -> bool {
    let over = next.is_none_or(|next| next.is_whitespace() || *next == '<');
    let abbreviated = ["e.g.", "i.e.", "etc.", "vs.", "incl."].iter().any(|short| text.ends_with(short));
    over && text.ends_with(['.', '!', '?']) && !abbreviated && text.len() > 3
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let short: String = text.chars().take(LONGEST).collect();
    match short.rsplit_once(' ') {
        Some((words, _)) => format!("{words} …"),
        None => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_is_plain() {
        for (text, expected) in [
            ("<p>Returns a <code>Charge</code> object.</p> <p>More.</p>", "Returns a Charge object."),
            ("Lists [users](https://a.example/x.y) of `org`. And more.", "Lists users of org."),
            ("<p>With <a href=\"/x\">Connect</a>, you can.</p>", "With Connect, you can."),
            ("one<br/>two", "one two"),
            ("# Title\n\nText", "Title"),
            ("Sums, e.g. of v1.2 things. Next", "Sums, e.g. of v1.2 things."),
            ("a < b", "a < b"),
            ("   ", ""),
        ] {
            assert_eq!(sentence(text), expected);
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let long = sentence(&"word ".repeat(1_000));
        assert!(long.chars().count() <= LONGEST + 2 && long.ends_with('…'), "{long}");
    }
}
