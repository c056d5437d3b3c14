//! Processes that this session started, from their start to the report of their end.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::text::Json;
use crate::wire::Reply;

use super::files::Files;
use super::is_unsupported;
use super::programs::{Fate, Output, Source, plain_name};

/// Processes remembered: the ones started last. A number of one that was started long before may be in use again.
const RECENT_MAX: usize = 1000;
/// Ended processes remembered in one life of the agent.
const REAPED_MAX: usize = 50_000;
/// Bytes kept of what all processes must print.
const OUTPUT_BYTES_MAX: usize = 32 << 20;

/// What is known about processes that this session started.
#[derive(Clone, Debug, Default)]
pub struct Processes {
    /// Those whose end was not reported yet.
    started: HashMap<i64, Process>,
    /// Those whose end was.
    reaped: HashSet<i64>,
    /// Programs that were found by their path.
    found: HashSet<String>,
    count: u64,
    now: Duration,
    /// Whether the agent has given a process a number that none can have.
    has_odd_number: bool,
}

/// One process.
#[derive(Clone, Debug)]
pub struct Process {
    /// When its start was asked for, since the session began. It cannot have started earlier.
    pub began: Duration,
    /// Whether its output is captured.
    pub captured: bool,
    /// What must come of it, if that is known.
    pub fate: Option<Fate>,
    /// It is the session's how-manieth process.
    ordinal: u64,
}

impl Processes {
    /// What is recorded next was asked for at this time, since the session began.
    pub fn set_now(&mut self, now: Duration) {
        self.now = now;
    }

    /// Learns from a valid request and its reply, if that is known. The files are those before it.
    pub fn record(
        &mut self,
        command: &str,
        arguments: Option<&Json<'_>>,
        reply: Option<&Reply<'_>>,
        files: &Files,
    ) {
        let success = reply.and_then(Reply::success);
        match (command, arguments) {
            ("guest-exec", Some(arguments)) => {
                if let Some(pid) = success.and_then(|value| value.member("pid")?.as_i64()) {
                    self.started(pid, arguments, files);
                }
            }
            ("guest-exec-status", Some(arguments)) => {
                if let Some(pid) = arguments.member("pid").and_then(Json::as_i64) {
                    self.asked(pid, reply);
                }
            }
            ("guest-file-open" | "guest-file-write" | "guest-file-flush" | "guest-file-close", _) => {
                self.forget_files();
            }
            _ => {}
        }
    }

    /// Something was sent that an agent may have taken for a request about processes.
    pub fn forget(&mut self) {
        self.started.clear();
        self.reaped.clear();
    }

    /// The process of this number, if its end was not reported yet.
    pub fn started_as(&self, pid: i64) -> Option<&Process> {
        self.started.get(&pid)
    }

    /// Whether the end of the process of this number was reported.
    pub fn is_reaped(&self, pid: i64) -> bool {
        self.reaped.contains(&pid)
    }

    /// Whether no start has ever returned a number that no process can have.
    pub fn has_only_real_numbers(&self) -> bool {
        !self.has_odd_number
    }

    /// Whether the program of this name was started by its path.
    pub fn was_found(&self, name: &str) -> bool {
        self.found.contains(name)
    }

    fn started(&mut self, pid: i64, arguments: &Json<'_>, files: &Files) {
        self.count += 1;
        self.has_odd_number |= is_odd(pid);
        self.reaped.remove(&pid);
        if let Some(path) = arguments.member("path").and_then(Json::as_str)
            && let Some(name) =
                plain_name(&path).filter(|name| *name != path && self.found.len() < RECENT_MAX)
        {
            self.found.insert(name.to_owned());
        }
        let mut fate = Fate::of(arguments, files);
        if let Some(fate) = &mut fate
            && self.output_bytes() + output_bytes(fate) > OUTPUT_BYTES_MAX
        {
            fate.output = Output::Unknown;
        }
        if self.started.len() >= RECENT_MAX {
            let oldest = self.started.iter().min_by_key(|(_, process)| process.ordinal).map(|(pid, _)| *pid);
            oldest.map(|oldest| self.started.remove(&oldest));
        }
        let captured = arguments.member("capture-output").and_then(Json::as_bool).unwrap_or(false);
        let process = Process { began: self.now, captured, fate, ordinal: self.count };
        self.started.insert(pid, process);
    }

    /// The state of a process was asked for.
    fn asked(&mut self, pid: i64, reply: Option<&Reply<'_>>) {
        let exited = reply.and_then(Reply::success).and_then(|value| value.member("exited")?.as_bool());
        match (reply, exited) {
            (Some(_), Some(false)) => {}
            (Some(_), Some(true)) => {
                if self.reaped.len() >= REAPED_MAX {
                    self.reaped.clear();
                }
                if self.started.remove(&pid).is_some() {
                    self.reaped.insert(pid);
                }
            }
            (Some(reply), None) if reply.error().is_some() => {
                if !is_unsupported(Some(reply)) {
                    self.started.remove(&pid);
                }
            }
            // Without a clear answer the agent may have reported the end or not.
            (Some(_) | None, None) | (None, Some(_)) => {
                self.started.remove(&pid);
                self.reaped.remove(&pid);
            }
        }
    }

    /// Files may change, and nobody knows whether programs read them before.
    fn forget_files(&mut self) {
        for fate in self.started.values_mut().filter_map(|process| process.fate.as_mut()) {
            if matches!(fate.output, Output::Exactly(Source::Files, _)) {
                fate.output = Output::Unknown;
            }
        }
    }

    fn output_bytes(&self) -> usize {
        self.started.values().filter_map(|process| process.fate.as_ref()).map(output_bytes).sum()
    }
}

/// Whether no system gives a process such a number.
pub fn is_odd(pid: i64) -> bool {
    !(1..1 << 32).contains(&pid)
}

fn output_bytes(fate: &Fate) -> usize {
    match &fate.output {
        Output::Exactly(_, bytes) => bytes.len(),
        Output::Lines(lines) => lines.iter().map(String::len).sum(),
        Output::Unknown => 0,
    }
}
