//! The process: configuration, admin API, webhooks in, metrics and logs around the engine.
