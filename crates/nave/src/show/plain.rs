//! Text from outside, made harmless: an id or a message could hold signs that move a terminal's cursor,
//! change its title or turn the direction of what is written.

use std::borrow::Cow;

/// Text for one line: what steers a terminal is shown as its number, line ends as spaces.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    clean(text, false)
}

/// The same over several lines.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    clean(text, true)
}

fn clean(text: &str, several: bool) -> Cow<'_, str> {
    let fine = |c: char| !steers(c) || (several && c == '\n');
    if text.chars().all(fine) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if several => clean.push(c),
            '\n' | '\t' => clean.push(' '),
            '\r' => {}
            c if steers(c) => clean.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

/// Control characters, and those that turn the direction of writing (Unicode Standard Annex 9).
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, one: &str, several: &str) {
        assert_eq!((&*plain(text), &*lines(text)), (one, several));
    }

    #[test]
    fn what_steers_a_terminal_is_shown_instead() {
        check("evt_1", "evt_1", "evt_1");
        check("Müller → 5 €", "Müller → 5 €", "Müller → 5 €");
        check("a\u{1b}[2Jb", "a\\u{1b}[2Jb", "a\\u{1b}[2Jb");
        check("a\r\nb\tc", "a b c", "a\nb c");
        check("a\u{9b}31mb\u{7}", "a\\u{9b}31mb\\u{7}", "a\\u{9b}31mb\\u{7}");
        check("gpj\u{202e}exe", "gpj\\u{202e}exe", "gpj\\u{202e}exe");
    }
}
