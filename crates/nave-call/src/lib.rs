//! nave-call
