//! "Did you mean": the names most like a misspelt one. Used by every check, so that all hints agree.

/// Candidates that are close enough to `word` to be what was meant, best first, at most `most`.
///
/// Case, `_`, `-`, `.` and spaces do not count as differences; a swap of two neighbouring letters
/// counts as one. A candidate is close enough when a third or less of its letters differ, or when
/// one name holds the other as a whole word part.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let wanted = Folded::new(word);
    let mut best = Best::new(most);
    for candidate in candidates {
        best.offer(&wanted, &Folded::new(candidate), candidate);
    }
    best.names()
}

/// `did you mean …?` for the nearest candidates, or `None` where nothing is near.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    asked(&nearest(word, candidates, 3))
}

fn asked(near: &[&str]) -> Option<String> {
    let mut quoted = near.iter().map(|name| format!("`{name}`"));
    let first = quoted.next()?;
    Some(match (quoted.next(), quoted.next()) {
        (None, _) => format!("did you mean {first}?"),
        (Some(second), None) => format!("did you mean {first} or {second}?"),
        (Some(second), Some(third)) => format!("did you mean {first}, {second} or {third}?"),
    })
}

/// Candidates that are asked for again and again, prepared once. Names come and go at the end, as scopes
/// open and close.
#[derive(Debug, Default)]
pub struct Candidates {
    names: Vec<(Folded, String)>,
}

impl Candidates {
    /// Adds a name.
    pub fn push(&mut self, name: &str) {
        self.names.push((Folded::new(name), name.to_owned()));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Takes all names but the first `length` away, and gives them, the last one first.
    pub fn truncate(&mut self, length: usize) -> impl Iterator<Item = String> + '_ {
        self.names.drain(length.min(self.names.len())..).rev().map(|(_, name)| name)
    }

    /// As the function of the same name, for the last `most` names; of equally near ones the last ones.
    pub fn did_you_mean(&self, word: &str, most: usize) -> Option<String> {
        let wanted = Folded::new(word);
        let mut best = Best::new(3);
        for (folded, name) in self.names.iter().rev().take(most) {
            best.offer(&wanted, folded, name);
        }
        asked(&best.names())
    }
}

/// The nearest candidates so far, best first; of equally near ones the first.
struct Best<'a> {
    most: usize,
    found: Vec<(u32, &'a str)>,
}

impl<'a> Best<'a> {
    fn new(most: usize) -> Self {
        Best { most, found: Vec::new() }
    }

    fn offer(&mut self, wanted: &Folded, candidate: &Folded, name: &'a str) {
        let worst = match self.found.last() {
            Some((worst, _)) if self.found.len() >= self.most => *worst,
            _ => u32::MAX,
        };
        let Some(distance) = wanted.distance(candidate, worst) else { return };
        if self.most == 0 || distance >= worst {
            return;
        }
        let place = self.found.partition_point(|(known, _)| *known <= distance);
        self.found.insert(place, (distance, name));
        self.found.truncate(self.most);
    }

    fn names(self) -> Vec<&'a str> {
        self.found.into_iter().map(|(_, name)| name).collect()
    }
}

#[derive(Debug)]
struct Folded {
    letters: Vec<char>,
    exact: String,
    /// How often the letters of each class occur: tells most pairs of names apart at once.
    counts: [u8; Self::CLASSES],
}

impl Folded {
    /// Longer names than this are compared by their beginning only, so that a hint costs little.
    const MOST: usize = 64;

    const CLASSES: usize = 32;

    fn new(word: &str) -> Self {
        let letters: Vec<char> = word
            .chars()
            .filter(|c| !matches!(c, '_' | '-' | '.' | ' '))
            .flat_map(char::to_lowercase)
            .take(Self::MOST)
            .collect();
        let mut counts = [0; Self::CLASSES];
        for letter in &letters {
            let class = usize::try_from(u32::from(*letter)).unwrap_or(0) % Self::CLASSES;
            if let Some(count) = counts.get_mut(class) {
                *count += 1;
            }
        }
        Folded { letters, exact: word.chars().take(Self::MOST * 2).collect(), counts }
    }

    /// Lower is nearer; `None` is too far to be useful, or not below `worst` for sure. Scaled by ten so
    /// that ties can be told apart.
    fn distance(&self, other: &Folded, worst: u32) -> Option<u32> {
        if self.letters == other.letters {
            return Some(u32::from(self.exact != other.exact));
        }
        let longest = self.letters.len().max(other.letters.len());
        let useful = usize::try_from(worst / 10).unwrap_or(usize::MAX);
        let allowed = (longest / 3).max(1).min(useful);
        if self.letters.len().abs_diff(other.letters.len()) <= allowed && self.fewest_edits(other) <= allowed
        {
            let edits = edit_distance(&self.letters, &other.letters, allowed);
            if edits <= allowed {
                let same_start = self.letters.first() == other.letters.first();
                return u32::try_from(edits * 10 + usize::from(!same_start)).ok();
            }
        }
        self.contained(other).filter(|distance| *distance < worst)
    }

    /// As many edits as it takes at least to make the letters the same, whatever their order.
    fn fewest_edits(&self, other: &Folded) -> usize {
        let (mut more, mut less) = (0_u16, 0_u16);
        for (own, others) in self.counts.iter().zip(&other.counts) {
            more += u16::from(own.saturating_sub(*others));
            less += u16::from(others.saturating_sub(*own));
        }
        usize::from(more.max(less))
    }

    /// Whether one name holds the other; farther than any edits.
    fn contained(&self, other: &Folded) -> Option<u32> {
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

/// Optimal string alignment distance: insertions, deletions, substitutions, neighbour swaps. What is more
/// than `most` may be any number above it.
fn edit_distance(a: &[char], b: &[char], most: usize) -> usize {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    let same = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    let most = most.min(Folded::MOST);
    let far = u8::try_from(most).unwrap_or(u8::MAX - 1) + 1;
    let mut before_last = [far; Folded::MOST + 2];
    let mut last = before_last;
    let mut current = before_last;
    for (cell, place) in last.iter_mut().zip(0..far) {
        *cell = place;
    }
    for (i, &from) in a.iter().enumerate() {
        // Cells farther from the diagonal than `most` are more than `most` themselves.
        let first = i.saturating_sub(most);
        let end = b.len().min(i + most + 1);
        current[first] = if first == 0 { last[0].saturating_add(1).min(far) } else { far };
        let mut nearest = current[first];
        for j in first..end {
            let to = b[j];
            let substitute = last[j] + u8::from(from != to);
            let mut best = substitute.min(last[j + 1] + 1).min(current[j] + 1);
            if i > 0 && j > 0 && from == b[j - 1] && a[i - 1] == to {
                best = best.min(before_last[j - 1] + 1);
            }
            current[j + 1] = best.min(far);
            nearest = nearest.min(best);
        }
        current[end + 1] = far;
        if nearest >= far {
            return usize::from(far);
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut current);
    }
    usize::from(last[b.len()])
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

    /// The plain form of the distance.
    fn plain(a: &[char], b: &[char]) -> usize {
        let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                rows[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let substitute = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let mut best = substitute.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        best = best.min(rows[i - 2][j - 2] + 1);
                    }
                    best
                };
            }
        }
        rows[a.len()][b.len()]
    }

    #[test]
    fn the_bounded_distance_is_the_plain_one() {
        let mut words = vec![String::new()];
        for length in 0..4 {
            for word in words.clone().into_iter().filter(|word| word.len() == length) {
                words.extend(["a", "b", "c"].map(|letter| format!("{word}{letter}")));
            }
        }
        words.extend(["customer_id", "cusotmer", "number", "nmuber", "mail"].map(str::to_owned));
        for (a, b) in words.iter().flat_map(|a| words.iter().map(move |b| (a, b))) {
            let (a, b) = (Folded::new(a), Folded::new(b));
            let expected = plain(&a.letters, &b.letters);
            assert!(a.fewest_edits(&b) <= expected);
            for most in 0..6 {
                let found = edit_distance(&a.letters, &b.letters, most);
                assert_eq!(found.min(most + 1), expected.min(most + 1), "{a:?} {b:?} {most}");
            }
        }
    }

    #[test]
    fn candidates_come_and_go() {
        let mut candidates = Candidates::default();
        for name in ["amount", "account", "amounts"] {
            candidates.push(name);
        }
        assert_eq!(
            candidates.did_you_mean("amuont", 3).as_deref(),
            Some("did you mean `amount` or `amounts`?")
        );
        assert_eq!(candidates.did_you_mean("amuont", 1).as_deref(), Some("did you mean `amounts`?"));
        assert_eq!(candidates.truncate(1).collect::<Vec<_>>(), ["amounts", "account"]);
        assert_eq!(candidates.did_you_mean("amuont", 3).as_deref(), Some("did you mean `amount`?"));
        assert_eq!((candidates.len(), candidates.is_empty()), (1, false));
    }

    #[test]
    fn hints_are_sentences() {
        assert_eq!(did_you_mean("amuont", ["amount"]).as_deref(), Some("did you mean `amount`?"));
        assert_eq!(did_you_mean("nam", ["name", "names"]).as_deref(), Some("did you mean `name`?"));
        assert_eq!(did_you_mean("q", ["amount"]), None);
    }
}
