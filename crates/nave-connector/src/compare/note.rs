//! Edits as they are noticed: each once, with every pair or operation it was noticed at.

use indexmap::IndexMap;

use super::class::Meaning;
use super::rule::Rule;
use crate::documents::Place;

/// One edit.
#[derive(Debug, Clone)]
pub(super) struct Edit<'a> {
    pub(super) rule: Rule,
    pub(super) meaning: Meaning,
    /// What changed, as a reader would call it.
    pub(super) subject: String,
    /// The change in one sentence.
    pub(super) message: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) old: Option<Place>,
    pub(super) new: Option<Place>,
    /// Only how a call is made changed, which Nave sees to.
    pub(super) wire: bool,
    /// The field, or the argument of an operation, that the edit is about; `None`: the whole.
    pub(super) about: Option<&'a str>,
}

impl<'a> Edit<'a> {
    pub(super) fn new(
        rule: Rule,
        meaning: Meaning,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Edit {
            rule,
            meaning,
            subject: subject.into(),
            message: message.into(),
            from: None,
            to: None,
            hint: None,
            old: None,
            new: None,
            wire: false,
            about: None,
        }
    }

    pub(super) fn change(mut self, from: Option<String>, to: Option<String>) -> Self {
        self.from = from;
        self.to = to;
        self
    }

    pub(super) fn places(mut self, old: Option<Place>, new: Option<Place>) -> Self {
        self.old = old;
        self.new = new;
        self
    }

    pub(super) fn about(mut self, name: &'a str) -> Self {
        self.about = Some(name);
        self
    }

    pub(super) fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    pub(super) fn wire(mut self) -> Self {
        self.wire = true;
        self
    }
}

/// What makes two notices of a schema the same edit: the rule, and where in both documents what
/// changed is written. A schema composed into many is changed once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key<'a> {
    pub(super) rule: Rule,
    pub(super) old: usize,
    pub(super) new: usize,
    /// The field or keyword, where several stand at one place.
    pub(super) name: &'a str,
    /// The branch, where several stand at one place.
    pub(super) branch: usize,
}

/// What makes two notices of operations the same edit: everything that is said of it.
pub(super) type Said<'a> = (Rule, String, Option<String>, Option<String>, Meaning, Option<&'a str>);

/// An edit and where it was noticed.
pub(super) struct Noticed<'a> {
    pub(super) edit: Edit<'a>,
    /// It is written out in an operation, and not shared by name.
    pub(super) is_inline: bool,
    /// Positions of pairs, or of operations.
    pub(super) at: Vec<usize>,
    /// How many places in the documents say the same.
    pub(super) places: usize,
}

/// All edits noticed.
#[derive(Default)]
pub(super) struct Notes<'a> {
    pub(super) schemas: IndexMap<Key<'a>, Noticed<'a>>,
    pub(super) operations: IndexMap<Said<'a>, Noticed<'a>>,
    /// Bytes of the pointers of places.
    held: usize,
}

/// The most bytes that all pointers have together (32 MB); later edits go without. Only a description
/// that was made for it gets there.
const MOST_HELD: usize = 32 << 20;

impl<'a> Notes<'a> {
    /// Notices an edit of a schema at a pair; it is put into words the first time only, together with
    /// whether it is written out in an operation.
    pub(super) fn schema(&mut self, pair: usize, key: Key<'a>, edit: impl FnOnce() -> (Edit<'a>, bool)) {
        let held = &mut self.held;
        let noticed = self.schemas.entry(key).or_insert_with(|| {
            let (edit, is_inline) = edit();
            noticed(edit, is_inline, held)
        });
        if noticed.at.last() != Some(&pair) {
            noticed.at.push(pair);
        }
    }

    /// Notices an edit of an operation.
    pub(super) fn operation(&mut self, root: usize, edit: Edit<'a>) {
        let (from, to) = (edit.from.clone(), edit.to.clone());
        let said = (edit.rule, edit.message.clone(), from, to, edit.meaning, edit.about);
        let held = &mut self.held;
        let noticed = self.operations.entry(said).or_insert_with(|| noticed(edit, true, held));
        if noticed.at.last() != Some(&root) {
            noticed.at.push(root);
        }
    }
}

fn noticed<'a>(mut edit: Edit<'a>, is_inline: bool, held: &mut usize) -> Noticed<'a> {
    let places = edit.old.iter().chain(&edit.new);
    *held += places.map(|place| place.pointer.len()).sum::<usize>();
    if *held > MOST_HELD {
        (edit.old, edit.new) = (None, None);
    }
    Noticed { edit, is_inline, at: Vec::new(), places: 1 }
}
