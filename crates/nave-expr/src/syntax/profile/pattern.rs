//! What a pattern (jq's are those of Oniguruma) may hold that an engine of linear time cannot run, as far
//! as it can be seen from the text. Whether the rest is well-formed is for those who compile it.

/// A construct that needs an engine that tries again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Construct {
    /// Its name for people, as the beginning of a sentence.
    pub name: &'static str,
    /// What to do instead, as a hint.
    pub instead: &'static str,
}

const LOOK_AHEAD: Construct = Construct {
    name: "looking ahead",
    instead: "match what follows too, and take the wanted part with `capture`",
};
const LOOK_BEHIND: Construct = Construct {
    name: "looking behind",
    instead: "match what comes before too, and take the wanted part with `capture`",
};
const BACK_REFERENCE: Construct = Construct {
    name: "a reference to an earlier group",
    instead: "take the groups with `capture`, and compare them with `==`",
};
const CALL: Construct = Construct { name: "a call of a group", instead: "write the group out again" };
const CONDITION: Construct =
    Construct { name: "a condition", instead: "write the alternatives out with `|`, or test twice" };
const ATOMIC: Construct = Construct {
    name: "a group or repetition that gives nothing back",
    instead: "write it plainly: patterns run in linear time here",
};
const KEEP: Construct = Construct { name: "`\\K`", instead: "take the wanted part with `capture`" };
const POSITION: Construct = Construct { name: "`\\G`", instead: "begin the pattern with `^`" };
const ABSENCE: Construct =
    Construct { name: "a group of what is absent", instead: "use `[^…]`, or test twice with `not`" };

/// What groups that are no plain groups begin with, longer ones first.
const GROUPS: [(&str, Construct); 8] = [
    ("(?<=", LOOK_BEHIND),
    ("(?<!", LOOK_BEHIND),
    ("(?=", LOOK_AHEAD),
    ("(?!", LOOK_AHEAD),
    ("(?>", ATOMIC),
    ("(?(", CONDITION),
    ("(?~", ABSENCE),
    ("(?&", CALL),
];

/// The first construct of the pattern that cannot be run.
pub fn unsupported(pattern: &str) -> Option<Construct> {
    let mut rest = pattern;
    // Inside of `[…]` only escapes and nested brackets matter.
    let mut classes = 0_usize;
    let mut was_repetition = false;
    while let Some(first) = rest.chars().next() {
        let second = rest.chars().nth(1);
        let is_repetition = classes == 0 && matches!(first, '*' | '+' | '?');
        let found = match first {
            '\\' if classes == 0 => second.and_then(escape),
            '(' if classes == 0 => {
                GROUPS.iter().find(|(start, _)| rest.starts_with(start)).map(|(_, found)| *found)
            }
            '+' if was_repetition && is_repetition => Some(ATOMIC),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        match first {
            '[' => classes += 1,
            ']' => classes = classes.saturating_sub(1),
            _ => {}
        }
        // `a+?` is lazy and ends the repetition; `(?` begins a group.
        was_repetition = is_repetition && !was_repetition;
        let mut length = first.len_utf8();
        if first == '\\' {
            length += second.map_or(0, char::len_utf8);
        } else if classes == 0 && rest.starts_with("(?") {
            length = 2;
        } else if first == '[' {
            // A `]` directly behind the beginning is an ordinary character.
            length += usize::from(rest.starts_with("[^")) + usize::from(starts_with_bracket(rest));
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    None
}

fn escape(letter: char) -> Option<Construct> {
    match letter {
        '1'..='9' | 'k' => Some(BACK_REFERENCE),
        'g' => Some(CALL),
        'K' => Some(KEEP),
        'G' => Some(POSITION),
        _ => None,
    }
}

fn starts_with_bracket(class: &str) -> bool {
    class.starts_with("[]") || class.starts_with("[^]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, expected: Option<Construct>) {
        assert_eq!(unsupported(pattern), expected, "{pattern}");
    }

    #[test]
    fn what_backtracks_is_found() {
        check("a(?=b)", Some(LOOK_AHEAD));
        check("(?!a)b", Some(LOOK_AHEAD));
        check("(?<=a)b", Some(LOOK_BEHIND));
        check("(?<!a)b", Some(LOOK_BEHIND));
        check("(?>a+)b", Some(ATOMIC));
        check("a++b", Some(ATOMIC));
        check("a?+", Some(ATOMIC));
        check(r"(a)\1", Some(BACK_REFERENCE));
        check(r"(?<n>a)\k<n>", Some(BACK_REFERENCE));
        check(r"(?<n>a\g<n>?)", Some(CALL));
        check("(?(1)a|b)", Some(CONDITION));
        check("(?~abc)", Some(ABSENCE));
        check(r"a\Kb", Some(KEEP));
        check(r"\Ga", Some(POSITION));
        check(r"[a[b]](?=c)", Some(LOOK_AHEAD));
    }

    #[test]
    fn what_only_looks_like_it_passes() {
        check("(?<year>\\d{4})-(?:a|b)(?i)c", None);
        check(r"\(?=\)", None);
        check(r"\\(1)", None);
        check("[(?=]", None);
        check(r"[\1\]](a)", None);
        check("[]+*+?](x)", None);
        check("[^]+]++?", Some(ATOMIC));
        check("a+?b*?c??", None);
        check("a+?+", None);
        check("", None);
        check("\\", None);
    }
}
