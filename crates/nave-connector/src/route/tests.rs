//! Examples of routes.
