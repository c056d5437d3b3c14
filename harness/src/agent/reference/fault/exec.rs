//! Faults of the commands about processes: how they are started, what is told of their end and of their output.

mod lifecycle;
mod output;
mod start;

pub(super) use lifecycle::FAULTS as LIFECYCLE;
pub(super) use output::FAULTS as OUTPUT;
pub(super) use start::FAULTS as START;

use super::{Fault, Hook, edit};
use crate::text::Node;

const EXEC: &str = "guest-exec";
const STATUS: &str = "guest-exec-status";

fn has_ended(result: &mut Node) -> bool {
    edit::member(result, "exited").is_some_and(|exited| *exited == Node::Bool(true))
}
