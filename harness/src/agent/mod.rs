//! The other side: how an agent is reached, spoken to and kept at a distance, and an agent of our own.
//!
//! `transport/` connects, `sandbox/` keeps an agent from the machine that it runs on, `gate` lets only cleared
//! bytes through, `session` calibrates, fences and climbs, and `embedded/` does the same with an agent that is a
//! part of this process. `reference/` is a whole simulated guest whose faults are switches. No judgement happens here.

pub mod embedded;
mod fence;
pub mod gate;
mod questions;
mod queued;
pub mod reference;
#[cfg(feature = "drive")]
pub mod sandbox;
#[cfg(feature = "drive")]
pub mod session;
#[cfg(feature = "drive")]
mod surroundings;
#[cfg(feature = "drive")]
pub mod target;
#[cfg(feature = "drive")]
mod transport;

pub use queued::Queued;
#[cfg(feature = "drive")]
pub use surroundings::Surroundings;
#[cfg(feature = "drive")]
pub use transport::TransportError;
