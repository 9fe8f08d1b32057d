//! Words that have no place in the repository: unfinished work, and where or how a file was made.

use crate::house::Breach;
use crate::house::tree::Tree;

/// A word in two halves, so that this list does not name what it forbids, and why it is forbidden.
const FORBIDDEN: [(&str, &str, &str); 16] = [
    ("TO", "DO", UNFINISHED),
    ("FIX", "ME", UNFINISHED),
    ("HACK", ":", UNFINISHED),
    ("simplified for", " now", UNFINISHED),
    ("not implemented", " yet", UNFINISHED),
    ("coming", " soon", UNFINISHED),
    ("/ro", "ot/", MACHINE),
    ("/ho", "me/", MACHINE),
    ("/wo", "rk/", MACHINE),
    ("/fa", "rm/", MACHINE),
    ("/tm", "p/", MACHINE),
    ("/Us", "ers/", MACHINE),
    ("C:", "\\", MACHINE),
    ("this ses", "sion", MACHINE),
    ("Clau", "de", MACHINE),
    ("Chat", "GPT", MACHINE),
];

const UNFINISHED: &str = "finish it, or say in an issue what is missing";
const MACHINE: &str = "the repository speaks of the project alone, not of where and how it was made";

/// No tracked file holds a forbidden word. Words of letters alone count only as whole words.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let forbidden: Vec<(String, &str)> =
        FORBIDDEN.iter().map(|(first, second, why)| (format!("{first}{second}"), *why)).collect();
    let mut breaches = Vec::new();
    for (name, text) in &tree.files {
        for (number, line) in text.lines().enumerate() {
            for (word, why) in forbidden.iter().filter(|(word, _)| holds(line, word)) {
                breaches
                    .push(Breach::new(format!("{name}:{}", number + 1), format!("holds `{word}`: {why}")));
            }
        }
    }
    breaches
}

fn holds(line: &str, word: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    line.match_indices(word).any(|(start, found)| {
        let before = line.get(..start).and_then(|before| before.chars().next_back());
        let after = line.get(start + found.len()..).and_then(|after| after.chars().next());
        !word.chars().all(char::is_alphabetic) || !(letter(before) || letter(after))
    })
}
