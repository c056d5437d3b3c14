//! What was sent, whoever sent it: valid, invalid or open, and how dangerous.
//!
//! `reading` cuts request bytes into messages as a strict reader of the specification would; `stretch` finds
//! the end of what is no message; `envelope` and `arguments` give each message its `standing` against the
//! schema. `hazard` says which commands even a lenient reader could see in the bytes: `lenient` rewrites them
//! as such a reader may, `names` knows how dangerous each command is, `harmless` looks at the arguments of
//! those whose danger depends on them. All of it is pure and knows nothing of cases, generators or agents.

mod arguments;
mod envelope;
mod harmless;
pub mod hazard;
mod lenient;
mod names;
pub mod reading;
pub mod standing;
mod stretch;

pub use hazard::{Assessment, Hazard, HazardContext};
pub use reading::{Message, Reading, Tail, read};
pub use standing::{Defect, DefectKind, Latitude, Standing};
