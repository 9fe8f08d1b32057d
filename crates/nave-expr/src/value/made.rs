//! A list or object that an expression made: shared by all who hold it, changed in place by one who
//! holds it alone, and aware of how deep it is, so that nobody has to look.

use std::ops::Deref;
use std::rc::Rc;

/// Shared members, and how many levels they are deep.
#[derive(Debug, Clone)]
pub struct Made<T> {
    shared: Rc<T>,
    depth: u16,
}

impl<T: Clone> Made<T> {
    pub(super) fn new(members: T, depth: u16) -> Self {
        Made { shared: Rc::new(members), depth }
    }

    /// Levels, this one included.
    pub fn depth(&self) -> u16 {
        self.depth
    }

    /// Whether nobody else holds them.
    pub fn is_alone(&self) -> bool {
        Rc::strong_count(&self.shared) == 1
    }

    /// Whether both hold the very same members.
    pub fn is_same(&self, other: &Made<impl Sized>) -> bool {
        std::ptr::addr_eq(Rc::as_ptr(&self.shared), Rc::as_ptr(&other.shared))
    }

    /// The members; nothing is copied where nobody else holds them.
    pub fn into_inner(self) -> T {
        Rc::try_unwrap(self.shared).unwrap_or_else(|shared| (*shared).clone())
    }
}

impl<T> Deref for Made<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.shared
    }
}
