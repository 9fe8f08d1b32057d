//! The line a problem stands in, with a mark under the place: what a person looks for first.

use nave_model::At;

use crate::output::Style;

/// Longer lines are shown from a little before the place, and cut behind it.
const WIDEST: usize = 100;

/// How many characters are kept before the place in a line that is cut.
const BEFORE: usize = 30;

/// The line of `text` a place is in, and a mark under it; nothing where the place has no column or lies
/// outside the text.
pub(crate) fn excerpt(paint: &dyn Fn(Style, &str) -> String, at: &At, text: &str) -> Option<String> {
    let (line, column) = (usize::try_from(at.line?).ok()?, usize::try_from(at.column?).ok()?);
    let width = usize::try_from(at.width.unwrap_or(1)).ok()?.max(1);
    let shown = text.lines().nth(line.checked_sub(1)?)?;
    let start = column.checked_sub(1)?;
    let length = shown.chars().count();
    if start > length {
        return None;
    }
    let skipped = if length > WIDEST { start.saturating_sub(BEFORE) } else { 0 };
    // Tabs and control characters would move the mark away from its place.
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let cut: String = shown.chars().skip(skipped).take(WIDEST).map(visible).collect();
    let room = cut.chars().count().saturating_sub(start - skipped).max(1);
    let mark = "^".repeat(width.min(room));
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let bar = paint(Style::Dim, "|");
    let indent = " ".repeat(start - skipped);
    let (number, mark) = (paint(Style::Dim, &number), paint(Style::Error, &mark));
    Some(format!("  {margin} {bar}\n  {number} {bar} {cut}\n  {margin} {bar} {indent}{mark}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, (line, column, width): (u32, u32, Option<u32>), expected: Option<&str>) {
        let at = At { line: Some(line), column: Some(column), width, ..At::default() };
        let plain = |_: Style, text: &str| text.to_owned();
        assert_eq!(excerpt(&plain, &at, text).as_deref(), expected);
    }

    #[test]
    fn the_place_is_marked() {
        let text = "a: 1\n  name: .dealnam\n\tü: é";
        check(text, (2, 9, Some(8)), Some("    |\n  2 |   name: .dealnam\n    |         ^^^^^^^^\n"));
        check(text, (1, 4, None), Some("    |\n  1 | a: 1\n    |    ^\n"));
        check(text, (3, 5, Some(99)), Some("    |\n  3 |  ü: é\n    |     ^\n"));
        check(text, (9, 1, None), None);
        check(text, (1, 40, None), None);
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("{}here{}", "x".repeat(500), "y".repeat(500));
        let at = At { line: Some(1), column: Some(501), width: Some(4), ..At::default() };
        let shown = excerpt(&|_, text| text.to_owned(), &at, &text).unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[1].len(), "  1 | ".len() + WIDEST);
        assert_eq!(lines[1].find("here"), lines[2].find("^^^^"));
    }
}
