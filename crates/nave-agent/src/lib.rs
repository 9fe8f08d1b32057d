//! nave-agent
