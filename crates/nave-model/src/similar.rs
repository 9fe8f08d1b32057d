//! "Did you mean": the names most like a misspelt one. Used by every check, so that all hints agree.

/// Candidates that are close enough to `word` to be what was meant, best first, at most `most`.
///
/// Case, `_`, `-`, `.` and spaces do not count as differences; a swap of two neighbouring letters
/// counts as one. A candidate is close enough when a third or less of its letters differ, or when
/// one name holds the other as a whole word part.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let wanted = Folded::new(word);
    let mut scored: Vec<(u32, usize, &'a str)> = candidates
        .into_iter()
        .enumerate()
        .filter_map(|(order, candidate)| Some((wanted.distance(&Folded::new(candidate))?, order, candidate)))
        .collect();
    scored.sort_unstable();
    scored.truncate(most);
    scored.into_iter().map(|(_, _, candidate)| candidate).collect()
}

/// `did you mean …?` for the nearest candidates, or `None` where nothing is near.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = nearest(word, candidates, 3);
    let mut quoted = near.iter().map(|name| format!("`{name}`"));
    let first = quoted.next()?;
    Some(match (quoted.next(), quoted.next()) {
        (None, _) => format!("did you mean {first}?"),
        (Some(second), None) => format!("did you mean {first} or {second}?"),
        (Some(second), Some(third)) => format!("did you mean {first}, {second} or {third}?"),
    })
}

struct Folded {
    letters: Vec<char>,
    exact: String,
}

impl Folded {
    /// Longer names than this are compared by their beginning only, so that a hint costs little.
    const MOST: usize = 64;

    fn new(word: &str) -> Self {
        let letters = word
            .chars()
            .filter(|c| !matches!(c, '_' | '-' | '.' | ' '))
            .flat_map(char::to_lowercase)
            .take(Self::MOST)
            .collect();
        Folded { letters, exact: word.chars().take(Self::MOST * 2).collect() }
    }

    /// Lower is nearer; `None` is too far to be useful. Scaled by ten so that ties can be told apart.
    fn distance(&self, other: &Folded) -> Option<u32> {
        if self.letters == other.letters {
            return Some(u32::from(self.exact != other.exact));
        }
        let longest = self.letters.len().max(other.letters.len());
        let allowed = (longest / 3).max(1);
        if self.letters.len().abs_diff(other.letters.len()) <= allowed {
            let edits = edit_distance(&self.letters, &other.letters);
            if edits <= allowed {
                let same_start = self.letters.first() == other.letters.first();
                return u32::try_from(edits * 10 + usize::from(!same_start)).ok();
            }
        }
        let (short, long) = if self.letters.len() < other.letters.len() {
            (&self.letters, &other.letters)
        } else {
            (&other.letters, &self.letters)
        };
        let contained =
            short.len() >= 4 && long.windows(short.len()).any(|window| window == short.as_slice());
        contained.then(|| u32::try_from(300 + long.len() - short.len()).unwrap_or(u32::MAX))
    }
}

/// Optimal string alignment distance: insertions, deletions, substitutions, neighbour swaps.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut before_last: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let mut current = vec![0; width];
    for (i, &from) in a.iter().enumerate() {
        current[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let substitute = last[j] + usize::from(from != to);
            let mut best = substitute.min(last[j + 1] + 1).min(current[j] + 1);
            if i > 0 && j > 0 && from == b[j - 1] && a[i - 1] == to {
                best = best.min(before_last[j - 1] + 1);
            }
            current[j + 1] = best;
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut current);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, candidates: &[&str], expected: &[&str]) {
        assert_eq!(nearest(word, candidates.iter().copied(), 3), expected);
    }

    #[test]
    fn nearest_names_come_first() {
        check("amuont", &["account", "amount", "reason"], &["amount"]);
        check("customerId", &["customer", "customer_id"], &["customer_id", "customer"]);
        check("Amount", &["amount"], &["amount"]);
        check("zzz", &["amount", "reason"], &[]);
        check("refund", &["post_refunds", "get_charge"], &["post_refunds"]);
    }

    #[test]
    fn hints_are_sentences() {
        assert_eq!(did_you_mean("amuont", ["amount"]).as_deref(), Some("did you mean `amount`?"));
        assert_eq!(did_you_mean("nam", ["name", "names"]).as_deref(), Some("did you mean `name`?"));
        assert_eq!(did_you_mean("q", ["amount"]), None);
    }
}
