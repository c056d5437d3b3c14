//! Hand-written conversations with a state, one file a chapter of the specification.

pub(super) mod files;
mod talk;
