//! Where in an expression's text something stands.

/// A stretch of an expression's text, in bytes from its beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

impl Span {
    /// From `start` up to and without `end`.
    pub fn new(start: usize, end: usize) -> Self {
        let byte = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { start: byte(start), end: byte(end) }
    }

    /// The shortest span that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Self {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The text it covers.
    pub fn text(self, source: &str) -> &str {
        let offset = |byte: u32| usize::try_from(byte).unwrap_or(usize::MAX);
        source.get(offset(self.start)..offset(self.end)).unwrap_or_default()
    }

    /// Line and column of its beginning in `source`, both from 1, the column in characters.
    pub fn place(self, source: &str) -> (u32, u32) {
        let before = Span { start: 0, end: self.start }.text(source);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        let source = "{ ü,\n  b: .c }";
        assert_eq!(Span::new(0, 1).place(source), (1, 1));
        assert_eq!(Span::new(4, 5).place(source), (1, 4));
        assert_eq!(Span::new(8, 9).place(source), (2, 3));
        assert_eq!(Span::new(11, 13).text(source), ".c");
        assert_eq!(Span::new(2, 4).to(Span::new(8, 9)), Span::new(2, 9));
    }
}
