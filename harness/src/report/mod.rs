//! Ledger → text. No files, no clock, no terminal.
//!
//! An agent's bytes are data: every format escapes them.

/// Bytes of a request or reply that a report shows; the rest is counted as omitted.
pub const BYTES_SHOWN: usize = 4096;
