//! Patterns of texts (`test`, `match`, `sub` and the like), compiled once with the engine of the `regex`
//! crate, whose time grows with the text alone. Look-around and back-references, which cannot be had in
//! such time, are refused. Flags are jq's (manual, "Regular expressions").

use nave_model::Code;
use nave_model::fault::codes;
use regex::{Regex, RegexBuilder};

/// Bytes a compiled pattern may take.
const MOST_BYTES: usize = 1 << 20;

/// A compiled pattern and how it is used.
#[derive(Debug)]
pub(crate) struct Matcher {
    pub(crate) regex: Regex,
    /// `g`: all matches, not only the first.
    pub(crate) is_global: bool,
    /// `n`: empty matches do not count.
    pub(crate) skips_empty: bool,
}

/// Why a pattern cannot be compiled.
pub(super) struct Wrong {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// Compiles a pattern with jq's flags.
pub(super) fn compile(pattern: &str, flags: &str, is_global: bool) -> Result<Matcher, Wrong> {
    let mut builder = RegexBuilder::new(pattern);
    builder.size_limit(MOST_BYTES);
    let mut matcher = (is_global, false);
    for flag in flags.chars() {
        match flag {
            'g' => matcher.0 = true,
            'n' => matcher.1 = true,
            'i' => {
                builder.case_insensitive(true);
            }
            'x' => {
                builder.ignore_whitespace(true);
            }
            // Single line is how texts are read anyway: `^` and `$` are the ends of the whole text.
            's' => {}
            'p' | 'm' => {
                builder.dot_matches_new_line(true);
            }
            other => return Err(unknown_flag(flags, other)),
        }
    }
    let regex = builder.build().map_err(|error| wrong(&error))?;
    Ok(Matcher { regex, is_global: matcher.0, skips_empty: matcher.1 })
}

fn unknown_flag(flags: &str, flag: char) -> Wrong {
    if flag == 'l' {
        return Wrong {
            code: codes::EXPRESSION_PROFILE,
            message: "the flag `l`, which takes the longest match, is not in the profile".to_owned(),
            hint: Some("write the longest alternative first".to_owned()),
        };
    }
    Wrong {
        code: codes::EXPRESSION_SYNTAX,
        message: format!("{flags} is not a valid modifier string"),
        hint: Some("flags are `g`, `i`, `x`, `s`, `n` and `p`".to_owned()),
    }
}

fn wrong(error: &regex::Error) -> Wrong {
    let text = error.to_string();
    // The engine's message shows the pattern over several lines; what is wrong stands in the last one.
    let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    if matches!(error, regex::Error::CompiledTooBig(_)) {
        let message = format!("the pattern needs more than {MOST_BYTES} bytes");
        let hint = Some("use smaller repetitions, such as `{1,100}`".to_owned());
        return Wrong { code: codes::EXPRESSION_LIMIT, message, hint };
    }
    if last.contains("look-around") || last.contains("backreferences") {
        return Wrong {
            code: codes::EXPRESSION_PROFILE,
            message: "look-around and back-references are not in the profile".to_owned(),
            hint: Some("their time cannot be bounded; capture what stands around instead".to_owned()),
        };
    }
    Wrong {
        code: codes::EXPRESSION_SYNTAX,
        message: format!("the pattern cannot be read: {last}"),
        hint: None,
    }
}
