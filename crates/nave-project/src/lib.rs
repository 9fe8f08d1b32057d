//! nave-project
