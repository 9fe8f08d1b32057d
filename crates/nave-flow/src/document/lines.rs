//! Bytes of a file → line and column, cheap however long the lines are.

use std::ops::Range;

use nave_model::At;

/// Bytes between two counts of characters.
const STRIDE: usize = 512;

/// Where the lines of a text begin, and how many characters stand before every so many bytes.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
    counts: Vec<usize>,
}

impl Lines {
    /// Lines end as YAML has it: with LF, CR LF or CR.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        let mut counts = Vec::with_capacity(bytes.len() / STRIDE + 1);
        let mut characters = 0;
        for (offset, byte) in bytes.iter().enumerate() {
            if offset % STRIDE == 0 {
                counts.push(characters);
            }
            characters += usize::from(begins_character(*byte));
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(offset + 1) != Some(&b'\n'));
            if ends {
                starts.push(offset + 1);
            }
        }
        if bytes.len().is_multiple_of(STRIDE) {
            counts.push(characters);
        }
        Lines { starts, counts }
    }

    /// Line and column of a byte, both from 1.
    pub(super) fn position(&self, text: &str, offset: usize) -> (u32, u32) {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.characters(text, offset).saturating_sub(self.characters(text, start)) + 1;
        (number(line), number(column))
    }

    /// Where a range stands, and how many characters of its first line it covers: at least one.
    pub(super) fn at(&self, file: &str, text: &str, range: Range<usize>) -> At {
        let (line, column) = self.position(text, range.start);
        let first = text.get(range).unwrap_or_default();
        let first = first.split(['\n', '\r']).next().unwrap_or_default().trim_end();
        let width = number(first.chars().count().max(1));
        At { line: Some(line), column: Some(column), width: Some(width), ..At::file(file) }
    }

    /// How many characters stand before a byte.
    fn characters(&self, text: &str, offset: usize) -> usize {
        let before = self.counts.get(offset / STRIDE).copied().unwrap_or(0);
        let rest = text.as_bytes().get(offset - offset % STRIDE..offset).unwrap_or_default();
        before + rest.iter().filter(|byte| begins_character(**byte)).count()
    }
}

fn begins_character(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_in_characters() {
        let text = "aü\r\nb\rc\n";
        let lines = Lines::of(text);
        let places: Vec<_> = text.char_indices().map(|(offset, _)| lines.position(text, offset)).collect();
        assert_eq!(places, [(1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2), (3, 1), (3, 2)]);
        assert_eq!(lines.position(text, text.len()), (4, 1));
        assert_eq!(lines.position(text, 1000), (4, 1));
    }

    #[test]
    fn long_lines_are_counted_as_short_ones() {
        for length in [STRIDE - 1, STRIDE, STRIDE + 1, 3 * STRIDE] {
            let text = format!("\n{}x", "ü".repeat(length));
            let lines = Lines::of(&text);
            assert_eq!(lines.position(&text, text.len() - 1), (2, number(length + 1)));
            assert_eq!(lines.position(&text, text.len()), (2, number(length + 2)));
        }
    }

    #[test]
    fn a_place_covers_its_first_line_only() {
        let text = "one two \nthree";
        let lines = Lines::of(text);
        let width = |range: Range<usize>| lines.at("a", text, range).width;
        assert_eq!(width(4..7), Some(3));
        assert_eq!(width(4..14), Some(3));
        assert_eq!(width(14..14), Some(1));
    }
}
