//! What one client leaves to the next.

use std::collections::BTreeSet;

use crate::text::Json;
use crate::wire::Reply;

/// Handles, and processes, remembered of one client. What is beyond is not spoken of.
const HELD_MAX: usize = 1000;

/// What a client has opened and started.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    handles: BTreeSet<i64>,
    processes: BTreeSet<i64>,
}

/// The moment at which a client has taken over from another, up to its first exchange.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Whether the one before it had got all its replies.
    pub is_settled: bool,
    /// Whether the one before it left nothing unfinished.
    pub is_clean: bool,
    /// What the one before it held.
    pub inherited: Holdings,
}

impl Holdings {
    /// Learns from a valid request and its reply, if that is known.
    pub fn record(&mut self, command: &str, arguments: Option<&Json<'_>>, reply: Option<&Reply<'_>>) {
        let success = reply.and_then(Reply::success);
        let number = |name| arguments.and_then(|arguments| arguments.member(name)).and_then(Json::as_i64);
        match command {
            "guest-file-open" => hold(&mut self.handles, success.and_then(Json::as_i64)),
            "guest-file-close" => drop(number("handle").map(|handle| self.handles.remove(&handle))),
            "guest-exec" => {
                let process = success.and_then(|value| value.member("pid")).and_then(Json::as_i64);
                hold(&mut self.processes, process);
            }
            "guest-exec-status" => {
                let exited = success.and_then(|value| value.member("exited")).and_then(Json::as_bool);
                if exited != Some(false) {
                    number("pid").map(|process| self.processes.remove(&process));
                }
            }
            _ => {}
        }
    }

    /// Whether this handle was open.
    pub fn has_handle(&self, handle: i64) -> bool {
        self.handles.contains(&handle)
    }

    /// Whether the end of this process was still to be told.
    pub fn has_process(&self, process: i64) -> bool {
        self.processes.contains(&process)
    }
}

fn hold(held: &mut BTreeSet<i64>, new: Option<i64>) {
    if held.len() < HELD_MAX {
        held.extend(new);
    }
}
