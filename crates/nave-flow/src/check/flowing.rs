//! Where a value comes from, part by part: taken from an answer or event as it is, put together here, or
//! made from others. Marks of personal and secret fields travel along.

use std::rc::Rc;

use indexmap::IndexMap;
use nave_expr::Span;
use nave_expr::types::{Lazy, Type};

use super::uses::Source;

/// Parts that are kept apart; of more only the marks are kept.
const MOST_PARTS: usize = 24;
/// Fields of an object that are looked at for marks.
const MOST_FIELDS: usize = 400;
/// Levels of a value that are looked at for marks.
const DEEPEST: usize = 4;

/// Where data comes from, and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Origin {
    pub(super) source: Source,
    /// The connector it belongs to; `None`: no system's.
    pub(super) connector: Option<String>,
    /// The most items of a list in it, where an argument of the call said so.
    pub(super) most: Option<u64>,
}

/// A field that is marked, on its way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    /// `personal`, `secret` or another word of the connector.
    pub(super) word: Rc<str>,
    pub(super) origin: Rc<Origin>,
    pub(super) pointer: Rc<str>,
    /// Where it comes in, in the expression that is looked at.
    pub(super) span: Span,
}

/// Something taken as it is.
#[derive(Debug, Clone)]
pub(super) struct Taken<'w> {
    pub(super) origin: Rc<Origin>,
    pub(super) pointer: Rc<str>,
    pub(super) ty: Lazy<'w>,
    /// The mark of the field it is, or stands in.
    pub(super) mark: Option<Rc<str>>,
    pub(super) span: Span,
}

/// One of the things that a value may be.
#[derive(Debug, Clone)]
pub(super) enum Part<'w> {
    Taken(Taken<'w>),
    /// An object put together here: fields by name, and those whose names are not known.
    Object {
        fields: Rc<IndexMap<Rc<str>, Flowing<'w>>>,
        others: Option<Rc<Flowing<'w>>>,
    },
    /// A list put together here.
    List(Rc<Flowing<'w>>),
    /// Made from something that is marked.
    Made(Rc<[Mark]>),
}

/// See above. Without parts it comes from nowhere: it is written in the flow.
#[derive(Debug, Clone, Default)]
pub(super) struct Flowing<'w> {
    pub(super) parts: Vec<Part<'w>>,
}

impl<'w> Flowing<'w> {
    /// Data as it comes.
    pub(super) fn taken(origin: Origin, ty: Type<'w>) -> Self {
        let ty = Lazy::known(ty);
        Taken { origin: Rc::new(origin), pointer: "".into(), ty, mark: None, span: Span::default() }.into()
    }

    pub(super) fn object(fields: IndexMap<Rc<str>, Flowing<'w>>, others: Option<Flowing<'w>>) -> Self {
        Part::Object { fields: Rc::new(fields), others: others.map(Rc::new) }.into()
    }

    pub(super) fn list(items: Flowing<'w>) -> Self {
        Part::List(Rc::new(items)).into()
    }

    /// Made from these.
    pub(super) fn made(marks: Vec<Mark>) -> Self {
        if marks.is_empty() { Flowing::default() } else { Part::Made(marks.into()).into() }
    }

    /// The one or the other.
    #[must_use]
    pub(super) fn or(mut self, other: Flowing<'w>) -> Self {
        if self.parts.is_empty() {
            return other;
        }
        self.parts.extend(other.parts);
        if self.parts.len() > MOST_PARTS {
            return Flowing::made(self.marks());
        }
        self
    }

    /// Any of these.
    pub(super) fn any(all: impl IntoIterator<Item = Flowing<'w>>) -> Self {
        all.into_iter().fold(Flowing::default(), Flowing::or)
    }

    /// The same, coming in at another place.
    pub(super) fn at(&self, span: Span) -> Self {
        let part = |part: &Part<'w>| match part {
            Part::Taken(taken) => Part::Taken(Taken { span, ..taken.clone() }),
            Part::Object { fields, others } => Part::Object {
                fields: Rc::new(
                    fields.iter().map(|(name, field)| (Rc::clone(name), field.at(span))).collect(),
                ),
                others: others.as_ref().map(|others| Rc::new(others.at(span))),
            },
            Part::List(items) => Part::List(Rc::new(items.at(span))),
            Part::Made(marks) => Part::Made(marks.iter().map(|mark| Mark { span, ..mark.clone() }).collect()),
        };
        Flowing { parts: self.parts.iter().map(part).collect() }
    }

    /// Everything that is taken as it is, at the top.
    pub(super) fn all_taken(&self) -> impl Iterator<Item = &Taken<'w>> {
        self.parts.iter().filter_map(|part| match part {
            Part::Taken(taken) => Some(taken),
            _ => None,
        })
    }

    /// What stands in a field.
    pub(super) fn field(&self, name: &str, span: Span) -> Self {
        self.inside(|part| match part {
            Part::Taken(taken) => taken.field(name, span).into(),
            Part::Object { fields, others } => {
                let named = fields.get(name).cloned();
                named.or_else(|| others.as_ref().map(|others| (**others).clone())).unwrap_or_default()
            }
            Part::List(_) => Flowing::default(),
            made @ Part::Made(_) => made.clone().into(),
        })
    }

    /// What stands in any item, or in any field.
    pub(super) fn items(&self, span: Span) -> Self {
        self.inside(|part| match part {
            Part::Taken(taken) => taken.items(span),
            Part::Object { fields, others } => {
                let others = others.iter().map(|others| (**others).clone());
                Flowing::any(fields.values().cloned().chain(others))
            }
            Part::List(items) => (**items).clone(),
            made @ Part::Made(_) => made.clone().into(),
        })
    }

    fn inside(&self, look: impl Fn(&Part<'w>) -> Flowing<'w>) -> Self {
        Flowing::any(self.parts.iter().map(look))
    }

    /// The same with something else at a place: fields by name, `None` for all items.
    pub(super) fn with(&self, path: &[Option<&str>], value: &Flowing<'w>, span: Span) -> Self {
        let Some((step, rest)) = path.split_first() else { return value.clone() };
        let old = match step {
            Some(name) => self.field(name, span),
            None => self.items(span),
        };
        let new = old.with(rest, value, span);
        let Some(name) = step else {
            let is_object = self.parts.iter().any(|part| matches!(part, Part::Object { .. }));
            let object = is_object.then(|| Flowing::object(IndexMap::new(), Some(new.clone())));
            return Flowing::list(new).or(object.unwrap_or_default());
        };
        let (mut fields, mut others) = self.spread(span);
        fields.insert((*name).into(), new);
        if let Some(kept) = &others
            && kept.parts.is_empty()
        {
            others = None;
        }
        Flowing::object(fields, others)
    }

    /// As one object, field by field.
    pub(super) fn spread(&self, span: Span) -> (IndexMap<Rc<str>, Flowing<'w>>, Option<Flowing<'w>>) {
        let mut all: IndexMap<Rc<str>, Flowing<'w>> = IndexMap::new();
        let mut rest = Flowing::default();
        for part in &self.parts {
            match part {
                Part::Taken(taken) => {
                    for name in taken.ty.get().field_names().into_iter().take(MOST_FIELDS) {
                        let field = taken.field(&name, span).into();
                        let known = all.entry(name).or_default();
                        *known = std::mem::take(known).or(field);
                    }
                }
                Part::Object { fields, others } => {
                    for (name, field) in fields.iter() {
                        let known = all.entry(Rc::clone(name)).or_default();
                        *known = std::mem::take(known).or(field.clone());
                    }
                    rest = rest.or(others.as_ref().map(|others| (**others).clone()).unwrap_or_default());
                }
                Part::List(_) => {}
                made @ Part::Made(_) => rest = rest.or(made.clone().into()),
            }
        }
        (all, (!rest.parts.is_empty()).then_some(rest))
    }

    /// Every mark on it and in it.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let mut marks = Vec::new();
        self.collect(&mut marks);
        marks
    }

    fn collect(&self, marks: &mut Vec<Mark>) {
        let mut add = |mark: Mark| {
            if !marks.contains(&mark) {
                marks.push(mark);
            }
        };
        for part in &self.parts {
            match part {
                Part::Taken(taken) => taken.marks(0, &mut add),
                Part::Made(made) => made.iter().cloned().for_each(&mut add),
                Part::List(items) => items.marks().into_iter().for_each(&mut add),
                Part::Object { fields, others } => {
                    for field in fields.values().chain(others.as_deref()) {
                        field.marks().into_iter().for_each(&mut add);
                    }
                }
            }
        }
    }
}

impl<'w> Taken<'w> {
    /// What stands in a field of it.
    pub(super) fn field(&self, name: &str, span: Span) -> Taken<'w> {
        let access = self.ty.get().field(name);
        let mark = access.sensitive.or_else(|| self.mark.clone());
        Taken {
            origin: Rc::clone(&self.origin),
            pointer: nave_model::place::child(&self.pointer, name).into(),
            ty: Lazy::known(access.value),
            mark,
            span,
        }
    }

    fn items(&self, span: Span) -> Flowing<'w> {
        let ty = self.ty.get();
        let mut all = Flowing::default();
        if ty.arrays.is_some() || ty.is_unknown() {
            let pointer: Rc<str> = nave_model::place::child(&self.pointer, "*").into();
            let items = Lazy::known(ty.items());
            all = Taken { pointer, ty: items, mark: self.mark.clone(), span, ..self.clone() }.into();
        }
        if !ty.objects.is_empty() {
            let fields = ty.field_names();
            all = Flowing::any(
                std::iter::once(all)
                    .chain(fields.iter().take(MOST_FIELDS).map(|name| self.field(name, span).into())),
            );
        }
        all
    }

    /// The mark it bears itself.
    pub(super) fn mark(&self) -> Option<Mark> {
        let word = Rc::clone(self.mark.as_ref()?);
        let (origin, pointer) = (Rc::clone(&self.origin), Rc::clone(&self.pointer));
        Some(Mark { word, origin, pointer, span: self.span })
    }

    /// The marks on it and in it.
    fn marks(&self, depth: usize, add: &mut dyn FnMut(Mark)) {
        if let Some(mark) = self.mark() {
            add(mark);
            return;
        }
        if depth >= DEEPEST {
            return;
        }
        let ty = self.ty.get();
        if ty.arrays.is_some() {
            let pointer: Rc<str> = nave_model::place::child(&self.pointer, "*").into();
            let items = Taken { pointer, ty: Lazy::known(ty.items()), ..self.clone() };
            items.marks(depth + 1, add);
        }
        for name in ty.field_names().iter().take(MOST_FIELDS) {
            self.field(name, self.span).marks(depth + 1, add);
        }
    }
}

impl<'w> From<Part<'w>> for Flowing<'w> {
    fn from(part: Part<'w>) -> Self {
        Flowing { parts: vec![part] }
    }
}

impl<'w> From<Taken<'w>> for Flowing<'w> {
    fn from(taken: Taken<'w>) -> Self {
        Part::Taken(taken).into()
    }
}
