//! The comparison under way: pairs of schemas that wait, the edits noticed, and the bound on the work.
//! What is said of one pair is put together here; each sort of edit has its own file.

use std::collections::BTreeMap;
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Value;

use super::class::Meaning;
use super::graph::{Edge, Graph, Pair, Step};
use super::note::{Edit, Key, Notes};
use super::rule::Rule;
use super::shape::{Shape, Types, shape};
use super::spot::Spot;
use super::subject::subject;
use super::touch::Roots;
use super::view::{View, view};
use super::{branch, field, keyword};
use crate::Connector;
use crate::documents::Place;

/// How much work a comparison may take. The largest public descriptions take a
/// twentieth of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Schemas, fields and keywords looked at.
    pub(super) work: usize,
    /// Pairs of schemas.
    pub(super) pairs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { work: 6_000_000, pairs: 200_000 }
    }
}

/// An operation, webhook or callback that findings are told of.
pub(super) struct Root {
    /// Its name: of the old version where it was there already.
    pub(super) name: String,
    /// It is called by the system, not by us.
    pub(super) is_event: bool,
}

/// A comparison under way.
pub(super) struct Work<'a> {
    pub(super) old: &'a Connector,
    pub(super) new: &'a Connector,
    pub(super) graph: Graph<'a>,
    pub(super) notes: Notes<'a>,
    /// Operations and events, by the position edits are noticed at.
    pub(super) roots: Vec<Root>,
    /// Position of an operation or event → a pair it sends.
    pub(super) sends: Vec<(usize, usize)>,
    /// Position of an operation or event → a pair it receives.
    pub(super) receives: Vec<(usize, usize)>,
    /// Where the arguments and answers of each operation of the old version begin in the graph.
    pub(super) entrances: IndexMap<String, Roots>,
    /// Operations that both versions have.
    pub(super) matched: usize,
    /// The work did not suffice.
    pub(super) unfinished: bool,
    shapes: BTreeMap<usize, Rc<Shape<'a>>>,
    /// Addresses of larger values that were compared → whether they are equal.
    equal: BTreeMap<(usize, usize), bool>,
    waiting: Vec<usize>,
    limits: Limits,
}

impl<'a> Work<'a> {
    pub(super) fn new(old: &'a Connector, new: &'a Connector, limits: Limits) -> Self {
        Work {
            old,
            new,
            graph: Graph::default(),
            notes: Notes::default(),
            roots: Vec::new(),
            sends: Vec::new(),
            receives: Vec::new(),
            entrances: IndexMap::new(),
            matched: 0,
            unfinished: false,
            shapes: BTreeMap::new(),
            equal: BTreeMap::new(),
            waiting: Vec::new(),
            limits,
        }
    }

    /// Adds an operation or event; the result is the position edits of it are noticed at.
    pub(super) fn root(&mut self, name: &str, is_event: bool) -> usize {
        self.roots.push(Root { name: name.to_owned(), is_event });
        self.roots.len() - 1
    }

    /// Notices an edit of an operation or event.
    pub(super) fn tell(&mut self, root: usize, edit: Edit<'a>) {
        if self.spend(1) {
            self.notes.operation(root, edit);
        }
    }

    /// Has two schemas compared that an operation sends.
    pub(super) fn sends(&mut self, root: usize, old: &Place, new: &Place) -> Option<usize> {
        let pair = self.schemas(old, new)?;
        self.sends.push((root, pair));
        Some(pair)
    }

    /// Has two schemas compared that an operation or event receives.
    pub(super) fn receives(&mut self, root: usize, old: &Place, new: &Place) -> Option<usize> {
        let pair = self.schemas(old, new)?;
        self.receives.push((root, pair));
        Some(pair)
    }

    fn schemas(&mut self, old: &Place, new: &Place) -> Option<usize> {
        let old = Spot::at(&self.old.documents, old)?.resolved();
        let new = Spot::at(&self.new.documents, new)?.resolved();
        self.pair(vec![old], vec![new])
    }

    /// The position of a pair, which is compared once; `None` where there are too many.
    fn pair(&mut self, old: Vec<Spot<'a>>, new: Vec<Spot<'a>>) -> Option<usize> {
        if self.graph.pairs.len() >= self.limits.pairs {
            self.unfinished = true;
            return None;
        }
        let (position, is_new) = self.graph.pair(old, new);
        if is_new {
            self.waiting.push(position);
        }
        Some(position)
    }

    /// Has two schemas compared that a pair leads to.
    pub(super) fn lead(
        &mut self,
        from: usize,
        step: Step<'a>,
        (sent, received): (bool, bool),
        old: Vec<Spot<'a>>,
        new: Vec<Spot<'a>>,
    ) {
        if let ([old], [new]) = (old.as_slice(), new.as_slice())
            && old.is_leaf()
            && new.is_leaf()
            && self.same(old.value, new.value)
        {
            return;
        }
        if let Some(to) = self.pair(old, new) {
            self.graph.connect(from, Edge { to, step, sent, received });
        }
    }

    /// Takes from the work that is allowed; `false` when it is used up.
    pub(super) fn spend(&mut self, work: usize) -> bool {
        match self.limits.work.checked_sub(work) {
            Some(left) => self.limits.work = left,
            None => {
                self.limits.work = 0;
                self.unfinished = true;
            }
        }
        !self.unfinished
    }

    /// Whether two values of the documents are equal. Examples and enumerations may be huge and are met
    /// at every schema that is composed of the one that holds them: they are compared once.
    pub(super) fn same(&mut self, old: &'a Value, new: &'a Value) -> bool {
        let is_small = |value: &Value| match value {
            Value::Object(members) => members.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::String(text) => text.len() < 64,
            _ => true,
        };
        if is_small(old) || is_small(new) {
            return old == new;
        }
        let address = |value: &Value| std::ptr::from_ref(value).addr();
        let key = (address(old), address(new));
        if let Some(known) = self.equal.get(&key) {
            return *known;
        }
        self.spend(weight(old));
        let equal = !self.unfinished && old == new;
        self.equal.insert(key, equal);
        equal
    }

    /// Whether two values that may be missing are equal.
    pub(super) fn is_equal(&mut self, old: Option<&'a Value>, new: Option<&'a Value>) -> bool {
        match (old, new) {
            (Some(old), Some(new)) => self.same(old, new),
            (old, new) => old.is_none() && new.is_none(),
        }
    }

    /// What can be said of a schema at a glance, worked out once.
    pub(super) fn shape(&mut self, spot: &Spot<'a>) -> Rc<Shape<'a>> {
        if let Some(known) = self.shapes.get(&spot.address()) {
            return Rc::clone(known);
        }
        if self.unfinished {
            return Rc::new(Shape::unknown());
        }
        let shape = Rc::new(shape(spot));
        // Shapes are kept: they cost memory, too.
        self.spend(4 * shape.cost);
        self.shapes.insert(spot.address(), Rc::clone(&shape));
        shape
    }

    /// Compares every pair that waits, and those they lead to.
    pub(super) fn compare_pairs(&mut self) {
        while let Some(position) = self.waiting.pop() {
            let Some(pair) = self.graph.pairs.get_mut(position).and_then(Option::take) else { continue };
            let both = Both::new(position, &pair);
            if !self.spend(both.old.cost() + both.new.cost()) {
                return;
            }
            self.unfinished |= both.old.cut || both.new.cut;
            compare(self, &both, &pair);
        }
    }
}

/// How much work it is to look at a whole value.
fn weight(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.iter().map(|(key, value)| 1 + key.len() / 64 + weight(value)).sum(),
        Value::Array(items) => items.iter().map(weight).sum::<usize>() + 1,
        Value::String(text) => 1 + text.len() / 64,
        _ => 1,
    }
}

/// Both sides of a pair, summed up.
pub(super) struct Both<'a> {
    pub(super) position: usize,
    pub(super) old: View<'a>,
    pub(super) new: View<'a>,
}

impl<'a> Both<'a> {
    fn new(position: usize, pair: &Pair<'a>) -> Self {
        Both { position, old: view(&pair.old), new: view(&pair.new) }
    }

    /// Notices an edit of this pair. `by` are the members that say what changed, where one does.
    pub(super) fn note(
        &self,
        work: &mut Work<'a>,
        (rule, name): (Rule, &'a str),
        by: (Option<usize>, Option<usize>),
        edit: impl FnOnce(&str) -> Edit<'a>,
    ) {
        self.note_branch(work, (rule, name, 0), by, edit);
    }

    /// The same for an edit of one branch of several, by its address.
    pub(super) fn note_branch(
        &self,
        work: &mut Work<'a>,
        (rule, name, branch): (Rule, &'a str, usize),
        by: (Option<usize>, Option<usize>),
        edit: impl FnOnce(&str) -> Edit<'a>,
    ) {
        let address = |view: &View<'a>, member: Option<usize>| {
            member.and_then(|member| view.members.get(member)).map_or(0, Spot::address)
        };
        let key = Key { rule, old: address(&self.old, by.0), new: address(&self.new, by.1), name, branch };
        work.notes.schema(self.position, key, || {
            let old = self.old.members.get(by.0.unwrap_or(0));
            let new = self.new.members.get(by.1.unwrap_or(0));
            // What a reader calls it stands in the version that says it.
            let named = if by.0.is_none() && by.1.is_some() { new.or(old) } else { old.or(new) };
            let subject = named.map(|spot| subject(spot.documents, &spot.place())).unwrap_or_default();
            let mut edit = edit(&subject);
            edit.old = edit.old.take().or_else(|| old.map(Spot::place));
            edit.new = edit.new.take().or_else(|| new.map(Spot::place));
            (edit, named.is_some_and(Spot::is_inline))
        });
    }
}

fn compare<'a>(work: &mut Work<'a>, both: &Both<'a>, pair: &Pair<'a>) {
    null(work, both);
    if branch::one_became_several(work, both, pair) {
        keyword::compare(work, both, true);
        return;
    }
    let (old, new) = (&both.old, &both.new);
    let is_told = types(work, both);
    let objects = old.admits(Types::OBJECT) && new.admits(Types::OBJECT);
    let arrays = old.admits(Types::ARRAY) && new.admits(Types::ARRAY);
    if objects && !(is_told && (new.fields.is_empty() || old.fields.is_empty())) {
        field::compare(work, both);
        field::others(work, both);
    }
    if arrays {
        if !old.items.is_empty() && !new.items.is_empty() {
            work.lead(both.position, Step::Item, (true, true), old.items.clone(), new.items.clone());
        } else if old.items.is_empty() != new.items.is_empty() {
            items(work, both);
        }
        for (old, new) in old.positions.iter().zip(&new.positions) {
            work.lead(both.position, Step::Item, (true, true), vec![old.clone()], vec![new.clone()]);
        }
        if old.positions.len() != new.positions.len() {
            both.note(work, (Rule::BoundChanged, "prefixItems"), (Some(0), Some(0)), |subject| {
                let message = format!("`{subject}` has another number of described positions");
                let count = |count: usize| Some(count.to_string());
                Edit::new(Rule::BoundChanged, Meaning::unclear(), subject, message)
                    .change(count(old.positions.len()), count(new.positions.len()))
            });
        }
    }
    branch::unions(work, both);
    branch::conditions(work, both);
    let differ = old.types.zip(new.types).is_some_and(|(old, new)| !old.has(new));
    keyword::compare(work, both, differ);
}

/// Types; whether a change was told.
fn types<'a>(work: &mut Work<'a>, both: &Both<'a>) -> bool {
    use super::Class::{Additive, Breaking, Narrowing};
    let (old, new) = (&both.old, &both.new);
    let in_branches = !old.unions.is_empty() || !new.unions.is_empty();
    let meaning = match (old.types, new.types) {
        (Some(before), Some(now)) if before != now => {
            let (lost, gained) = (before.without(now), now.without(before));
            let structure = Types::OBJECT.and(Types::ARRAY);
            let sent = if lost == Types::NONE { Additive } else { Breaking };
            let reads = gained != Types::NONE || lost.has(structure);
            Meaning::of(sent, if reads { Breaking } else { Additive })
        }
        (Some(_), None) if !in_branches => Meaning::of(Additive, Breaking),
        (None, Some(_)) if !in_branches => Meaning::of(Narrowing, Additive),
        _ => return false,
    };
    let by = (old.types.map(|_| old.typed), new.types.map(|_| new.typed));
    both.note(work, (Rule::TypeChanged, ""), by, |subject| {
        let shown = |types: Option<Types>| {
            Some(types.map_or_else(|| "anything".to_owned(), |types| types.to_string()))
        };
        Edit::new(Rule::TypeChanged, meaning, subject, format!("the type of `{subject}` changed"))
            .change(shown(old.types), shown(new.types))
    });
    true
}

/// Whether null may stand there, where anything is said of what may.
fn null<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    use super::Class::{Additive, Breaking};
    let said = |view: &View<'a>| view.types.is_some() || !view.unions.is_empty();
    if !said(&both.old) || !said(&both.new) || both.old.null.is_some() == both.new.null.is_some() {
        return;
    }
    if both.new.null.is_some() {
        let by = (None, both.new.null);
        both.note(work, (Rule::NullAdded, ""), by, |subject| {
            let meaning = Meaning::of(Additive, Breaking);
            Edit::new(Rule::NullAdded, meaning, subject, format!("`{subject}` may be null now"))
        });
    } else {
        let by = (both.old.null, None);
        both.note(work, (Rule::NullRemoved, ""), by, |subject| {
            let meaning = Meaning::of(Breaking, Additive);
            Edit::new(Rule::NullRemoved, meaning, subject, format!("`{subject}` can no longer be null"))
        });
    }
}

/// What the items are is said in one version only.
fn items<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    use super::Class::{Additive, Breaking, Narrowing};
    let is_said = both.old.items.is_empty();
    let meaning = if is_said { Meaning::of(Narrowing, Additive) } else { Meaning::of(Additive, Breaking) };
    let only = if is_said { both.new.items.first() } else { both.old.items.first() };
    let types = only.and_then(|spot| work.shape(spot).types).map(|types| types.to_string());
    let shown = types.unwrap_or_else(|| "described".to_owned());
    both.note(work, (Rule::TypeChanged, "items"), (Some(0), Some(0)), |subject| {
        let message = format!("the type of the items of `{subject}` changed");
        let (from, to) =
            if is_said { ("anything".to_owned(), shown) } else { (shown, "anything".to_owned()) };
        Edit::new(Rule::TypeChanged, meaning, subject, message).change(Some(from), Some(to))
    });
}
