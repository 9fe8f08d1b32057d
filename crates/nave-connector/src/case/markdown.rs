//! Cuts Markdown into headings, code blocks and prose, with line numbers. It knows as much of
//! Markdown as cases use: ATX headings and backtick fences (CommonMark sections 4.2 and 4.5).

/// A piece of a Markdown text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block<'a> {
    /// `# text`.
    Heading {
        /// Number of `#`.
        level: usize,
        /// Text after them.
        text: &'a str,
        /// Line, counted from 1.
        line: u32,
    },
    /// Text between fences.
    Code {
        /// Word after the opening fence.
        language: &'a str,
        /// The lines between the fences, each with its line break.
        text: String,
        /// Line of the first line between the fences.
        line: u32,
        /// Whether the closing fence is there.
        closed: bool,
    },
    /// A line of anything else that is not blank.
    Prose {
        /// The line without surrounding blanks.
        text: &'a str,
        /// Line, counted from 1.
        line: u32,
    },
    /// A blank line.
    Blank,
}

/// The blocks of a text in order.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().zip(1_u32..);
    while let Some((content, line)) = lines.next() {
        if let Some((length, language)) = opening(content) {
            blocks.push(code(&mut lines, length, language, line));
        } else {
            blocks.push(single(content, line));
        }
    }
    blocks
}

fn single(content: &str, line: u32) -> Block<'_> {
    let text = content.trim();
    if text.is_empty() {
        return Block::Blank;
    }
    let after = content.trim_start_matches('#');
    let level = content.len() - after.len();
    if level > 0 && after.starts_with(' ') {
        return Block::Heading { level, text: after.trim(), line };
    }
    Block::Prose { text, line }
}

fn code<'a>(
    lines: &mut impl Iterator<Item = (&'a str, u32)>,
    length: usize,
    language: &'a str,
    line: u32,
) -> Block<'a> {
    let mut text = String::new();
    let mut closed = false;
    for (content, _) in lines {
        if opening(content).is_some_and(|(found, info)| found >= length && info.is_empty()) {
            closed = true;
            break;
        }
        text.push_str(content);
        text.push('\n');
    }
    Block::Code { language, text, line: line.saturating_add(1), closed }
}

/// Length of a fence and the word after it.
fn opening(line: &str) -> Option<(usize, &str)> {
    let rest = line.trim_start_matches('`');
    let length = line.len() - rest.len();
    (length >= 3 && !rest.contains('`')).then(|| (length, rest.trim()))
}
