//! Examples of answers read and written.
