//! Processes of the guest: `guest-exec`, `guest-exec-status`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Arguments, Command, CommandError, Guest, Node};
use crate::agent::reference::guest::{Ending, Process, Run, Status, Stream, find_program};

pub(super) static COMMANDS: [Command; 2] =
    [Command::new("guest-exec-status", status), Command::new("guest-exec", execute)];

/// What a program finds when the request says nothing of its environment.
const ENVIRONMENT: [&str; 2] = ["PATH=/usr/bin:/bin", "LANG=C"];
/// The members for standard output and standard error, and for whether they were cut.
const STREAMS: [(&str, &str); 2] = [("out-data", "out-truncated"), ("err-data", "err-truncated")];

/// What a request to start a program asks for.
#[derive(Debug)]
pub(crate) struct Start {
    /// The program.
    pub(crate) path: String,
    /// Its arguments.
    pub(crate) words: Vec<String>,
    /// Its environment, the usual one if the request says nothing.
    pub(crate) environment: Vec<String>,
    /// What it can read.
    pub(crate) input: Vec<u8>,
    /// Whether its output is kept.
    pub(crate) captures: bool,
}

impl Start {
    /// Reads the arguments of the request.
    pub(crate) fn read(arguments: Arguments<'_>) -> Result<Self, CommandError> {
        let input = STANDARD
            .decode(arguments.optional_text("input-data").unwrap_or_default())
            .map_err(|error| CommandError::new(format!("'input-data' is not base64: {error}")))?;
        Ok(Self { input, ..Self::without_input(arguments) })
    }

    /// Reads the arguments of the request, but not what the program can read.
    pub(crate) fn without_input(arguments: Arguments<'_>) -> Self {
        let usual = || ENVIRONMENT.into_iter().map(str::to_owned).collect();
        Self {
            path: arguments.text("path"),
            words: arguments.optional_texts("arg").unwrap_or_default(),
            environment: arguments.optional_texts("env").unwrap_or_else(usual),
            input: Vec::new(),
            captures: arguments.flag("capture-output"),
        }
    }

    /// Starts the program.
    pub(crate) fn launch(self, guest: &mut Guest) -> Result<Node, CommandError> {
        let failed = |error: &dyn std::fmt::Display| {
            CommandError::new(format!("the program cannot be started: {error}"))
        };
        if self.words.iter().chain(&self.environment).any(|word| word.contains('\0')) {
            return Err(failed(&"no argument or variable can hold a NUL"));
        }
        let program =
            find_program(&self.path, &self.environment).ok_or_else(|| failed(&"it was not found"))?;
        let mut run = Run {
            files: &guest.files,
            pid: guest.processes.next_pid().map_err(|error| failed(&error))?,
            environment: &self.environment,
            input: &self.input,
            streams: <[Stream; 2]>::default(),
            redirected: false,
            elapsed_ns: 0,
        };
        let ending = program(&mut run, &self.words);
        let process = Process {
            ends_ns: guest.now_ns.saturating_add(run.elapsed_ns),
            ending,
            output: self.captures.then_some(run.streams),
        };
        let pid = guest.processes.start(process).map_err(|error| failed(&error))?;
        Ok(Node::object([("pid", pid.into())]))
    }
}

/// Starts a program.
pub(crate) fn execute(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    Start::read(arguments)?.launch(guest)
}

/// Tells how a process is, and of its end only once.
pub(crate) fn status(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    let pid = arguments.int("pid");
    match guest.processes.status(pid, guest.now_ns) {
        None => Err(CommandError::new(format!("there is no process {pid}"))),
        Some(Status::Running) => Ok(Node::object([("exited", false.into())])),
        Some(Status::Ended(process)) => Ok(ended(process)),
    }
}

fn ended(process: Process) -> Node {
    let ending = match process.ending {
        Ending::Code(code) => ("exitcode", i64::from(code).into()),
        Ending::Signal(signal) => ("signal", i64::from(signal).into()),
    };
    let mut members = vec![("exited", true.into()), ending];
    for (stream, (data, truncated)) in process.output.into_iter().flatten().zip(STREAMS) {
        if !stream.bytes.is_empty() {
            members.push((data, STANDARD.encode(stream.bytes).into()));
            members.push((truncated, stream.truncated.into()));
        }
    }
    Node::object(members)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, REFUSED};
    use super::*;

    #[test]
    fn a_process_is_started_and_its_end_is_told_once() {
        let mut bench = Bench::default();
        let captured = r#"{"exited": true, "exitcode": 0, "out-data": "YSBiCg==", "out-truncated": false}"#;
        let both = concat!(
            r#"{"exited": true, "exitcode": 3, "out-data": "b3V0CnN0ZGluIXZ2Cg==", "out-truncated": false, "#,
            r#""err-data": "ZXJyCg==", "err-truncated": false}"#
        );
        bench.check(&[
            ("guest-exec", r#""path":"/bin/true""#, r#"{"pid": 2000}"#),
            ("guest-exec", r#""path":"echo","arg":["a","b"],"capture-output":true"#, r#"{"pid": 2001}"#),
            (
                "guest-exec",
                r#""path":"/usr/bin/echo","arg":["a"],"capture-output":false"#,
                r#"{"pid": 2002}"#,
            ),
            ("guest-exec-status", r#""pid":2001"#, captured),
            ("guest-exec-status", r#""pid":2001"#, REFUSED),
            ("guest-exec-status", r#""pid":2000"#, r#"{"exited": true, "exitcode": 0}"#),
            ("guest-exec-status", r#""pid":2000"#, REFUSED),
            ("guest-exec-status", r#""pid":2002"#, r#"{"exited": true, "exitcode": 0}"#),
            ("guest-exec-status", r#""pid":0"#, REFUSED),
            ("guest-exec-status", r#""pid":-1"#, REFUSED),
            (
                "guest-exec",
                r#""path":"sh","arg":["-c","echo out; echo err >&2; cat; echo $V; exit 3"],"env":["V=vv"],
                   "input-data":"c3RkaW4h","capture-output":true"#,
                r#"{"pid": 2003}"#,
            ),
            ("guest-exec-status", r#""pid":2003"#, both),
            (
                "guest-exec",
                r#""path":"sh","arg":["-c","kill -9 $$"],"capture-output":true"#,
                r#"{"pid": 2004}"#,
            ),
            ("guest-exec-status", r#""pid":2004"#, r#"{"exited": true, "signal": 9}"#),
        ]);
    }

    #[test]
    fn what_cannot_be_started_has_no_number() {
        let mut bench = Bench::default();
        for arguments in [
            r#""path":"/nosuch""#,
            r#""path":"""#,
            r#""path":"/etc/hostname""#,
            r#""path":"true\u0000""#,
            r#""path":"true","arg":["a\u0000b"]"#,
            r#""path":"true","input-data":"***""#,
            r#""path":"true","input-data":"YWJj=""#,
            r#""path":"true","input-data":"YQ""#,
            r#""path":"true","input-data":"YR==""#,
            r#""path":"true","env":["PATH=/nowhere"]"#,
        ] {
            bench.check(&[("guest-exec", arguments, REFUSED)]);
        }
        bench.check(&[("guest-exec", r#""path":"true""#, r#"{"pid": 2000}"#)]);
    }

    #[test]
    fn the_environment_is_replaced() {
        let mut bench = Bench::default();
        for (environment, printed) in [
            ("", "PATH=/usr/bin:/bin\nLANG=C\n"),
            (r#","env":[]"#, ""),
            (r#","env":["A=1","B"]"#, "A=1\nB\n"),
        ] {
            let started =
                bench.ask("guest-exec", &format!(r#""path":"env","capture-output":true{environment}"#));
            let pid = started.trim_start_matches(r#"{"pid": "#).trim_end_matches('}');
            let data = STANDARD.encode(printed);
            let ended = match printed {
                "" => r#"{"exited": true, "exitcode": 0}"#.to_owned(),
                _ => format!(
                    r#"{{"exited": true, "exitcode": 0, "out-data": "{data}", "out-truncated": false}}"#
                ),
            };
            bench.check(&[("guest-exec-status", &format!(r#""pid":{pid}"#), &ended)]);
        }
    }

    #[test]
    fn sleeping_takes_the_time_that_passes_whatever_the_clock_shows() {
        let mut bench = Bench::default();
        bench.check(&[
            ("guest-exec", r#""path":"sleep","arg":["2"]"#, r#"{"pid": 2000}"#),
            ("guest-exec-status", r#""pid":2000"#, r#"{"exited": false}"#),
            ("guest-set-time", r#""time":3000000000000000000"#, "{}"),
            ("guest-exec-status", r#""pid":2000"#, r#"{"exited": false}"#),
        ]);
        bench.wait_ns(1_999_999_999);
        bench.check(&[("guest-exec-status", r#""pid":2000"#, r#"{"exited": false}"#)]);
        bench.wait_ns(1);
        bench.check(&[("guest-exec-status", r#""pid":2000"#, r#"{"exited": true, "exitcode": 0}"#)]);
    }

    #[test]
    fn output_beyond_sixteen_mebibytes_is_cut() {
        let mut bench = Bench::default();
        for (length, truncated) in [(16 << 20, false), ((16 << 20) + 1, true)] {
            let arguments =
                format!(r#""path":"head","arg":["-c","{length}","/dev/zero"],"capture-output":true"#);
            let started = bench.ask("guest-exec", &arguments);
            let pid = started.trim_start_matches(r#"{"pid": "#).trim_end_matches('}');
            let status = bench.ask("guest-exec-status", &format!(r#""pid":{pid}"#));
            assert!(status.ends_with(&format!(r#""out-truncated": {truncated}}}"#)));
            assert_eq!(status.matches("AAAA").count(), (16 << 20) / 3);
        }
    }
}
