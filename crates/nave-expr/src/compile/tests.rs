//! Programs are compiled, or everything wrong with them is said.
