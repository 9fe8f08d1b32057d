//! Types that are worked out when they are needed, and how two of them are recognised as the same, so
//! that walks over recursive schemas end.

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use super::{Lazy, Type};

/// More alternatives than this are worked out at once and become one.
const MOST_MEMBERS: usize = 128;

/// Equal for two lazies that give the same type. Different ones may give the same type too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// By address of the type.
    Known(usize),
    /// By address of the schemas.
    Schemas(Vec<usize>),
    /// By its members.
    Any(Vec<Identity>),
}

impl<'a> Lazy<'a> {
    /// The type.
    pub fn get(&self) -> Rc<Type<'a>> {
        match self {
            Lazy::Known(known) => Rc::clone(known),
            Lazy::Schema(place) => Rc::new(Type::from_schema(*place)),
            Lazy::All(places) => Rc::new(super::schema::all_of(places)),
            Lazy::Any(members) => {
                let types = members.iter().map(|member| (*member.get()).clone());
                Rc::new(Type::union_of(types))
            }
        }
    }

    /// One of several. What stands in the list twice counts once.
    pub fn any(members: impl IntoIterator<Item = Lazy<'a>>) -> Self {
        let mut flat: Vec<Lazy<'a>> = Vec::new();
        let mut seen: BTreeSet<Identity> = BTreeSet::new();
        let mut add = |member: Lazy<'a>| {
            if is_never(&member) || !seen.insert(member.identity()) {
                return;
            }
            flat.push(member);
            if flat.len() > MOST_MEMBERS {
                let types = flat.drain(..).map(|member| (*member.get()).clone());
                let one = Lazy::known(Type::union_of(types));
                flat.push(one);
            }
        };
        for member in members {
            match member {
                Lazy::Any(inner) => inner.iter().cloned().for_each(&mut add),
                other => add(other),
            }
        }
        match flat.len() {
            0 => Lazy::known(Type::never()),
            1 => flat.remove(0),
            _ => Lazy::Any(flat.into()),
        }
    }

    /// What tells whether two lazies are the same.
    pub fn identity(&self) -> Identity {
        match self {
            Lazy::Known(known) => Identity::Known(Rc::as_ptr(known).addr()),
            Lazy::Schema(place) => Identity::Schemas(vec![place.resolved().identity()]),
            Lazy::All(places) => {
                Identity::Schemas(places.iter().map(|place| place.resolved().identity()).collect())
            }
            Lazy::Any(members) => {
                let mut members: Vec<Identity> = members.iter().map(Lazy::identity).collect();
                members.sort_unstable();
                Identity::Any(members)
            }
        }
    }
}

fn is_never(lazy: &Lazy<'_>) -> bool {
    matches!(lazy, Lazy::Known(known) if known.is_never())
}

impl fmt::Debug for Lazy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lazy::Known(known) => known.fmt(f),
            Lazy::Schema(place) => place.fmt(f),
            Lazy::All(places) => f.debug_tuple("All").field(places).finish(),
            Lazy::Any(members) => f.debug_tuple("Any").field(members).finish(),
        }
    }
}
