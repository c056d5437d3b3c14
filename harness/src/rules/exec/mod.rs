//! Chapter `exec`: programs are started as asked for, and their ends and their output are told.
//!
//! What a process must have done is known for a few programs that POSIX describes; see the model's `programs`. A
//! guest that has programs of these names which do something else has only itself to blame.

mod lifecycle;
mod output;
mod passing;
mod start;

use crate::model::Processes;
use crate::model::processes::Process;
use crate::text::Json;

use crate::rules::scene::Turn;
use crate::rules::{Rule, base64};

pub(super) const RULES: &[&Rule] = &[
    &start::PID,
    &start::UNKNOWN_PROGRAM,
    &start::BY_NAME,
    &start::INPUT_BASE64,
    &passing::ARGUMENTS,
    &passing::ENVIRONMENT,
    &passing::INPUT,
    &lifecycle::UNKNOWN_PID,
    &lifecycle::REMEMBERED,
    &lifecycle::REAPED,
    &lifecycle::ENDING,
    &lifecycle::RUNNING,
    &lifecycle::ENDS,
    &lifecycle::EXITCODE,
    &lifecycle::SIGNAL,
    &output::NOT_CAPTURED,
    &output::BASE64,
    &output::OUTPUT,
    &output::ERRORS,
    &output::STREAMS_APART,
    &output::TRUNCATED,
];

const EXEC: &str = "guest-exec";
const STATUS: &str = "guest-exec-status";

fn is_start(turn: &Turn<'_>) -> bool {
    turn.is_valid() && turn.command_name() == Some(EXEC)
}

fn is_status(turn: &Turn<'_>) -> bool {
    turn.is_valid() && turn.command_name() == Some(STATUS)
}

fn processes<'t>(turn: &Turn<'t>) -> Option<&'t Processes> {
    turn.model.map(|model| &model.processes)
}

/// The number that the state is asked of.
fn pid(turn: &Turn<'_>) -> Option<i64> {
    if is_status(turn) { turn.argument("pid")?.as_i64() } else { None }
}

/// The process whose state is asked for, if its end was not reported yet.
fn process<'t>(turn: &Turn<'t>) -> Option<&'t Process> {
    processes(turn)?.started_as(pid(turn)?)
}

fn knows_process(turn: &Turn<'_>) -> bool {
    process(turn).is_some()
}

/// Whether it is known what must come of the process.
fn knows_fate(turn: &Turn<'_>) -> bool {
    process(turn).is_some_and(|process| process.fate.is_some())
}

/// What a reply says of a process.
struct Status<'t> {
    value: &'t Json<'t>,
    exited: bool,
}

impl<'t> Status<'t> {
    /// Reads a successful reply, if it says at least whether the process has ended.
    fn of(turn: &Turn<'t>) -> Option<Self> {
        let value = if is_status(turn) { turn.success()? } else { return None };
        Some(Self { value, exited: value.member("exited")?.as_bool()? })
    }

    fn member(&self, name: &str) -> Option<&'t Json<'t>> {
        self.value.member(name)
    }

    /// The bytes of one stream, none if it is not there; `None` if they cannot be read.
    fn data(&self, name: &str) -> Option<Vec<u8>> {
        match self.member(name) {
            None => Some(Vec::new()),
            Some(text) => base64::decode(&text.as_str()?),
        }
    }
}

/// Conversations about processes, for the witnesses of this chapter.
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ::base64::Engine as _;
    use ::base64::engine::general_purpose::STANDARD;

    use crate::rules::witness::{Step, Witness, call};

    pub(super) const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}";

    /// Starts a program; the arguments are in JSON, without their braces.
    pub(super) fn start(arguments: &str, pid: i64) -> Step {
        call("guest-exec", &format!("{{{arguments}}}"), &format!("{{\"return\":{{\"pid\":{pid}}}}}"))
    }

    /// Asks for the state of a process, and gets this result, again without braces.
    pub(super) fn status(pid: i64, result: &str) -> Step {
        asked(pid, &format!("{{\"return\":{{{result}}}}}"))
    }

    pub(super) fn asked(pid: i64, reply: &str) -> Step {
        call("guest-exec-status", &format!("{{\"pid\":{pid}}}"), reply)
    }

    /// The same, so long after the session began.
    pub(super) fn after(seconds: f64, step: Step) -> Step {
        step.began(Duration::from_secs_f64(seconds))
    }

    /// A program that was started as process 7, and then this.
    pub(super) fn started(arguments: &str, then: Step) -> Witness {
        Witness::of([start(arguments, 7), then])
    }

    /// The result of a process that has printed this to standard output.
    pub(super) fn printed(text: &str) -> String {
        format!("\"exited\":true,\"exitcode\":0,\"out-data\":\"{}\"", STANDARD.encode(text))
    }
}
