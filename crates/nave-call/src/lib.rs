//! Makes one call well: the pipeline every call passes, whoever makes it. Knows nothing of flows and
//! serves no HTTP.

pub mod clock;
pub mod task;
pub mod transport;

pub use clock::{Clock, SystemClock};
pub use transport::{HostPolicy, Incoming, Limits, Outgoing, Resolve, Transport, TransportOptions};
