//! Examples of addresses.
