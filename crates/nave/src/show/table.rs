//! Tables: a heading, a row per thing, no wider than the terminal. Columns that are empty in every row are
//! left out; where the room is short, the widest columns that may shrink are cut.

use super::{cut, plain};
use crate::output::Style;

/// No column gets narrower than this.
const NARROWEST: usize = 8;
/// Between two columns.
const GAP: &str = "  ";

/// A column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    align: Align,
    shrinks: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

impl Column {
    /// Text that must be whole to be of use, such as an id.
    pub(crate) const fn whole(title: &'static str) -> Self {
        Column { title, align: Align::Left, shrinks: false }
    }

    /// Text that may be cut.
    pub(crate) const fn text(title: &'static str) -> Self {
        Column { title, align: Align::Left, shrinks: true }
    }

    /// Numbers.
    pub(crate) const fn number(title: &'static str) -> Self {
        Column { title, align: Align::Right, shrinks: false }
    }
}

/// What stands in a row and column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    style: Option<Style>,
}

impl Cell {
    /// Text, in a style where there is one.
    pub(crate) fn styled(text: &str, style: Option<Style>) -> Self {
        Cell { text: plain(text).into_owned(), style }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::styled(text, None)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::styled(&text, None)
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Cell::styled(text, None)
    }
}

impl<T> From<Option<T>> for Cell
where
    Cell: From<T>,
{
    fn from(cell: Option<T>) -> Self {
        cell.map(Cell::from).unwrap_or_default()
    }
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty one.
    pub(crate) fn new(columns: &[Column]) -> Self {
        Table { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: a cell per column.
    pub(crate) fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.rows.push(cells.into());
    }

    /// The table as text, a line per row; `width`: the most characters of a line.
    pub(crate) fn text(
        &self,
        heading: bool,
        width: Option<usize>,
        paint: &dyn Fn(Style, &str) -> String,
    ) -> String {
        let widths = self.widths(heading, width);
        let mut text = String::new();
        if heading {
            let titles: Vec<Cell> =
                self.columns.iter().map(|column| Cell::styled(column.title, Some(Style::Dim))).collect();
            self.line(&mut text, &titles, &widths, paint);
        }
        for row in &self.rows {
            self.line(&mut text, row, &widths, paint);
        }
        text
    }

    fn line(
        &self,
        text: &mut String,
        cells: &[Cell],
        widths: &[Option<usize>],
        paint: &dyn Fn(Style, &str) -> String,
    ) {
        let start = text.len();
        let mut gap = "";
        // Room before the next cell is written once there is one, so that no line ends in spaces.
        let mut room = 0;
        for ((column, cell), width) in self.columns.iter().zip(cells).zip(widths) {
            let Some(width) = *width else { continue };
            let shown = cut(&cell.text, width);
            let free = width.saturating_sub(shown.chars().count());
            let (before, after) = if column.align == Align::Right { (free, 0) } else { (0, free) };
            let painted = cell.style.map_or_else(|| shown.clone(), |style| paint(style, &shown));
            if shown.is_empty() {
                room += gap.len() + width;
            } else {
                text.push_str(&format!("{:room$}{gap}{:before$}{painted}", "", ""));
                room = after;
            }
            gap = GAP;
        }
        debug_assert!(text.len() >= start, "a line is only added to");
        text.push('\n');
    }

    /// The width of each column; `None`: it is left out.
    fn widths(&self, heading: bool, most: Option<usize>) -> Vec<Option<usize>> {
        let length = |text: &str| text.chars().count();
        let mut widths: Vec<Option<usize>> = (0..self.columns.len())
            .map(|index| {
                let cells = self.rows.iter().filter_map(|row| row.get(index));
                let widest = cells.map(|cell| length(&cell.text)).max().filter(|widest| *widest > 0)?;
                let title = self.columns.get(index).map_or(0, |column| length(column.title));
                Some(if heading { widest.max(title) } else { widest })
            })
            .collect();
        let Some(most) = most else { return widths };
        loop {
            let columns = widths.iter().flatten().count();
            let total: usize = widths.iter().flatten().sum::<usize>() + columns.saturating_sub(1) * GAP.len();
            let widest = self
                .columns
                .iter()
                .zip(&mut widths)
                .filter(|(column, _)| column.shrinks)
                .filter_map(|(_, width)| width.as_mut())
                .max_by_key(|width| **width);
            match widest {
                Some(width) if total > most && *width > NARROWEST => *width -= 1,
                _ => return widths,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(width: Option<usize>, expected: &str) {
        let columns =
            [Column::whole("id"), Column::text("flow"), Column::text("key"), Column::number("attempts")];
        let mut table = Table::new(&columns);
        table.row(["r1".into(), "sales/onboard-won-deal".into(), Cell::default(), "3".into()]);
        table.row(["r22".into(), "pay".into(), Cell::default(), "12".into()]);
        let text = table.text(true, width, &|_, text| text.to_owned());
        assert_eq!(text, expected);
    }

    #[test]
    fn a_table_is_as_wide_as_it_must_be() {
        check(
            None,
            "id   flow                    attempts\n\
             r1   sales/onboard-won-deal         3\n\
             r22  pay                           12\n",
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_what_may_be_cut() {
        check(
            Some(30),
            "id   flow             attempts\n\
             r1   sales/onboard-…         3\n\
             r22  pay                    12\n",
        );
        // Too narrow for anything: what must be whole stays whole.
        check(
            Some(5),
            "id   flow      attempts\n\
             r1   sales/o…         3\n\
             r22  pay             12\n",
        );
    }

    #[test]
    fn no_line_ends_in_spaces_and_colour_takes_no_room() {
        let mut table = Table::new(&[Column::text("a"), Column::text("b"), Column::text("c")]);
        table.row([Cell::styled("x", Some(Style::Good)), Cell::default(), "1".into()]);
        table.row(["yy".into(), Cell::from("22"), Cell::default()]);
        table.row([Cell::default(), Cell::default(), "3".into()]);
        let text = table.text(false, None, &|_, text| format!("<{text}>"));
        assert_eq!(text, "<x>       1\nyy  22\n        3\n");
    }

    #[test]
    fn a_row_cannot_steer_the_terminal() {
        let mut table = Table::new(&[Column::text("a")]);
        table.row(["x\u{1b}[2J\ny".into()]);
        assert_eq!(table.text(false, None, &|_, text| text.to_owned()), "x\\u{1b}[2J y\n");
    }
}
