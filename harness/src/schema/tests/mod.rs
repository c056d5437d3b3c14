//! Tests of the reader as a whole.

mod bad_schemas;
mod codes;
mod meaning;
mod robustness;
