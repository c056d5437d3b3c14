//! Fuzz oracles as plain functions: each takes bytes and panics when an invariant does not hold.
