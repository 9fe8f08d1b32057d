//! Reads the cases of one Markdown file.

use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{At, Fault};
use serde_json::{Map, Value};

use super::http::{self, Wrong};
use super::markdown::{Block, blocks};
use super::{Case, Expected, Gives};

/// The sections of a case, in the order they are told.
const SECTIONS: [&str; 4] = ["call", "sends", "answers", "gives"];

/// The cases of one file.
pub(super) fn cases(file: &str, text: &str) -> Result<Vec<Case>, Fault> {
    let mut reader = Reader { file, subject: String::new(), cases: Vec::new(), draft: None };
    for block in blocks(text) {
        reader.block(block).map_err(|wrong| fault(file, wrong))?;
    }
    reader.finish().map_err(|wrong| fault(file, wrong))?;
    if reader.cases.is_empty() {
        let wrong = (1, "the file has no case: begin one with `## ` and what it shows".to_owned());
        return Err(fault(file, wrong));
    }
    Ok(reader.cases)
}

fn fault(file: &str, (line, message): Wrong) -> Fault {
    let at = At { file: Some(file.to_owned()), line: Some(line), ..At::default() };
    Fault::new(codes::CASE_INVALID, message).with_at(at)
}

struct Reader<'a> {
    file: &'a str,
    subject: String,
    cases: Vec<Case>,
    draft: Option<Draft<'a>>,
}

/// A case that is being read.
#[derive(Default)]
struct Draft<'a> {
    title: &'a str,
    line: u32,
    prose: String,
    sections: Vec<Section<'a>>,
}

#[derive(Default)]
struct Section<'a> {
    name: &'static str,
    line: u32,
    prose: String,
    prose_line: u32,
    code: Option<(&'a str, String, u32)>,
}

impl<'a> Reader<'a> {
    fn block(&mut self, block: Block<'a>) -> Result<(), Wrong> {
        match block {
            Block::Heading { level: 1, text, line } if self.subject.is_empty() => {
                if self.draft.is_some() {
                    return Err((line, "the subject (`# `) stands before the first case".to_owned()));
                }
                text.clone_into(&mut self.subject);
                Ok(())
            }
            Block::Heading { level: 2, text, line } => {
                self.finish()?;
                if self.subject.is_empty() {
                    return Err((line, "the file begins with its subject: `# ` and a few words".to_owned()));
                }
                self.draft = Some(Draft { title: text, line, ..Draft::default() });
                Ok(())
            }
            Block::Heading { level: 3, text, line } => self.section(text, line),
            Block::Heading { level, text, line } => {
                let mark = "#".repeat(level);
                Err((
                    line,
                    format!("`{mark} {text}`: a file has one `#`, a `##` per case and `###` sections"),
                ))
            }
            Block::Code { line, closed: false, .. } => {
                Err((line.saturating_sub(1), "this code block is never closed".to_owned()))
            }
            Block::Code { language, text, line, closed: true } => self.code(language, text, line),
            Block::Prose { text, line } => {
                self.prose(text, line);
                Ok(())
            }
            Block::Blank => {
                self.prose("", 0);
                Ok(())
            }
        }
    }

    fn section(&mut self, text: &str, line: u32) -> Result<(), Wrong> {
        let Some(draft) = &mut self.draft else {
            return Err((line, format!("`### {text}` stands before the first case (`## `)")));
        };
        let lower = text.to_ascii_lowercase();
        let Some(position) = SECTIONS.iter().position(|name| *name == lower) else {
            let hint = did_you_mean(&lower, SECTIONS).unwrap_or_else(|| {
                "a case has the sections `call`, `sends`, `answers` and `gives`".to_owned()
            });
            return Err((line, format!("a case has no section `{text}`; {hint}")));
        };
        let last = draft.sections.last().and_then(|last| SECTIONS.iter().position(|name| *name == last.name));
        if last.is_some_and(|last| last >= position) {
            return Err((line, format!("the section `{text}` stands twice or too late in its case")));
        }
        let name = SECTIONS.get(position).copied().unwrap_or_default();
        draft.sections.push(Section { name, line, ..Section::default() });
        Ok(())
    }

    fn code(&mut self, language: &'a str, text: String, line: u32) -> Result<(), Wrong> {
        let section = self.draft.as_mut().and_then(|draft| draft.sections.last_mut());
        let Some(section) = section else {
            return Err((line, "a code block stands in a section (`### call`, …)".to_owned()));
        };
        if section.code.is_some() {
            return Err((line, format!("the section `{}` has a second code block", section.name)));
        }
        section.code = Some((language, text, line));
        Ok(())
    }

    fn prose(&mut self, text: &str, line: u32) {
        let Some(draft) = &mut self.draft else { return };
        let prose = match draft.sections.last_mut() {
            None => &mut draft.prose,
            Some(section) => {
                if section.prose.is_empty() {
                    section.prose_line = line;
                }
                &mut section.prose
            }
        };
        if !(prose.is_empty() && text.is_empty()) {
            prose.push_str(text);
            prose.push('\n');
        }
    }

    fn finish(&mut self) -> Result<(), Wrong> {
        if let Some(draft) = self.draft.take() {
            self.cases.push(draft.case(self.file, &self.subject)?);
        }
        Ok(())
    }
}

impl Draft<'_> {
    fn case(&self, file: &str, subject: &str) -> Result<Case, Wrong> {
        let call =
            self.get("call").ok_or_else(|| (self.line, "this case has no section `call`".to_owned()))?;
        let (operation, operation_line) = call.operation()?;
        let sends = self.get("sends").map(Section::http).transpose()?;
        let answers = self.get("answers").map(Section::http).transpose()?;
        let gives = self.get("gives").map(Section::gives).transpose()?;
        let gives_line = self.get("gives").map_or(self.line, |section| section.line);
        let gives = gives.unwrap_or(Gives::Answer);
        match (&sends, &answers, &gives) {
            (Some(_), Some(_), _) | (None, None, Gives::Fault(_)) => {}
            (None, Some((_, line)), _) => {
                return Err((
                    *line,
                    "something is answered, but nothing is sent: add `### sends`".to_owned(),
                ));
            }
            (Some((_, line)), None, _) => {
                return Err((
                    *line,
                    "something is sent, but nothing is answered: add `### answers`".to_owned(),
                ));
            }
            (None, None, Gives::Answer | Gives::Value(_)) => {
                let missing =
                    "this case sends nothing: add `### sends` and `### answers`, or a fault it gives";
                return Err((self.line, missing.to_owned()));
            }
        }
        Ok(Case {
            file: file.to_owned(),
            line: self.line,
            subject: subject.to_owned(),
            title: self.title.to_owned(),
            prose: self.prose.trim().to_owned(),
            operation,
            operation_line,
            arguments: call.json()?.unwrap_or_else(|| Value::Object(Map::new())),
            sends: sends.map(|(text, line)| http::request(text, line)).transpose()?,
            answers: answers.map(|(text, line)| http::answer(text, line)).transpose()?,
            gives,
            gives_line,
        })
    }

    fn get(&self, name: &str) -> Option<&Section<'_>> {
        self.sections.iter().find(|section| section.name == name)
    }
}

impl Section<'_> {
    /// The one code span of the section's prose.
    fn operation(&self) -> Result<(String, u32), Wrong> {
        let mut spans = self.prose.split('`').skip(1).step_by(2);
        match (spans.next(), spans.next()) {
            (Some(operation), None) if !operation.is_empty() => Ok((operation.to_owned(), self.prose_line)),
            _ => Err((self.line, "`call` names its operation, and only that, in backticks".to_owned())),
        }
    }

    fn json(&self) -> Result<Option<Value>, Wrong> {
        let Some((_, text, line)) = &self.code else { return Ok(None) };
        serde_json::from_str(text).map(Some).map_err(|error| {
            let below = u32::try_from(error.line().saturating_sub(1)).unwrap_or(u32::MAX);
            (line.saturating_add(below), format!("this is not JSON: {error}"))
        })
    }

    fn http(&self) -> Result<(&str, u32), Wrong> {
        match &self.code {
            Some((_, text, line)) => Ok((text, *line)),
            None => Err((self.line, format!("the section `{}` has no code block", self.name))),
        }
    }

    fn gives(&self) -> Result<Gives, Wrong> {
        let Some((language, text, line)) = &self.code else {
            return Err((self.line, "the section `gives` has no code block".to_owned()));
        };
        if *language != "fault" {
            return Ok(self.json()?.map_or(Gives::Answer, Gives::Value));
        }
        let (first, hint) = text.split_once('\n').unwrap_or((text, ""));
        let (code, pointer) = match first.trim().split_once(" at ") {
            Some((code, pointer)) => (code, Some(pointer.trim().to_owned())),
            None => (first.trim(), None),
        };
        if !codes::ALL.iter().any(|known| known.name == code) {
            let near = did_you_mean(code, codes::ALL.iter().map(|known| known.name)).unwrap_or_default();
            return Err((*line, format!("there is no fault code `{code}`; {near}")));
        }
        let hint = Some(hint.trim()).filter(|hint| !hint.is_empty());
        Ok(Gives::Fault(Expected { code: code.to_owned(), pointer, hint: hint.map(str::to_owned) }))
    }
}
