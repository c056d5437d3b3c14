//! What was sent, whoever sent it: valid, invalid or open, and how dangerous.
//!
//! `reading` cuts request bytes into messages as a strict reader of the specification would, and gives each
//! its standing against the schema; `hazard` says which commands even a lenient reader could see in the
//! bytes. Both are pure and know nothing of cases, generators or agents.

pub mod hazard;
pub mod reading;
pub mod standing;

pub use hazard::{Assessment, Hazard, HazardContext};
pub use reading::{Message, Reading, Tail, read};
pub use standing::{Defect, DefectKind, Latitude, Standing};
