//! nave-sandbox
