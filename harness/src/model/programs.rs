//! What well-known programs do when they are started in certain ways, as far as POSIX says it.
//!
//! A fate is what must come of a process, whatever the guest. What depends on the guest (messages for people,
//! options that only some systems have) is left out of it, and of most programs nothing is known at all.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::text::Json;

use super::files::Files;

/// Part of names that nobody gives to a file or a program.
pub const NOWHERE: &str = "qgaspec-nonexistent";

/// What must come of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// How it ends, if that is known.
    pub ending: Option<Ending>,
    /// How long it lives at least.
    pub lasts: Duration,
    /// What it writes to standard output.
    pub output: Output,
    /// What it writes last to standard error, where others may have complained before; `None` if that is not known.
    pub errors: Option<&'static str>,
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this code.
    Code(u8),
    /// By this signal.
    Signal(u8),
}

/// What a process writes to standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Exactly these bytes, which it has from there.
    Exactly(Source, Bytes),
    /// These lines among others, in any order.
    Lines(Vec<String>),
    /// Nobody knows.
    Unknown,
}

/// Where a program has what it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From its arguments.
    Arguments,
    /// From its standard input.
    Input,
    /// From files.
    Files,
    /// From itself.
    Program,
}

/// Bytes in pieces, since a long output often repeats a short one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(Vec<Arc<[u8]>>);

impl Bytes {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|piece| piece.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of the first bytes are the same in `other`.
    pub fn common_with(&self, other: &[u8]) -> usize {
        let mut common = 0;
        for piece in &self.0 {
            let rest = &other[common..];
            if rest.starts_with(piece) {
                common += piece.len();
                continue;
            }
            if let Some(differs) = piece.iter().zip(rest).position(|(own, other)| own != other) {
                return common + differs;
            }
            common += piece.len().min(rest.len());
        }
        common
    }

    /// At most so many bytes from this place on.
    pub fn excerpt(&self, from: usize, most: usize) -> Vec<u8> {
        self.0.iter().flat_map(|piece| piece.iter().copied()).skip(from).take(most).collect()
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(vec![bytes.into()])
    }
}

impl Fate {
    /// What must come of the process that these arguments of `guest-exec` start.
    pub fn of(arguments: &Json<'_>, files: &Files) -> Option<Self> {
        let call = Call::read(arguments)?;
        let no_output = Output::Exactly(Source::Program, Bytes::default());
        match call.program {
            // With options they may do something else.
            "true" => call.is_plain().then(|| Self::at_once(0, no_output)),
            "false" => call.is_plain().then(|| Self::at_once(1, no_output)),
            "echo" => Some(Self::at_once(0, echo(&call)?)),
            "printf" => Some(Self::at_once(0, printf(&call)?)),
            "cat" if call.words.is_empty() => {
                let input = STANDARD.decode(call.input.as_deref()?).ok()?;
                Some(Self::at_once(0, Output::Exactly(Source::Input, input.into())))
            }
            "cat" => print_files(&call, files),
            "env" => call.words.is_empty().then(|| Self::at_once(0, print_environment(&call))),
            "sleep" => {
                let [seconds] = &call.words[..] else { return None };
                let lasts = Duration::from_secs(seconds.parse::<u32>().ok()?.into());
                Some(Self { lasts, ..Self::at_once(0, no_output) })
            }
            "sh" => match &call.words[..] {
                [option, script] if option == "-c" => script_fate(script),
                _ => None,
            },
            _ => None,
        }
    }

    fn at_once(code: u8, output: Output) -> Self {
        Self { ending: Some(Ending::Code(code)), lasts: Duration::ZERO, output, errors: Some("") }
    }
}

/// Whether the program that these arguments of `guest-exec` start surely changes no file.
pub fn leaves_files_alone(arguments: &Json<'_>) -> bool {
    Call::read(arguments).is_some_and(|call| match call.program {
        "true" | "false" | "echo" | "printf" | "cat" | "sleep" => true,
        "env" => call.words.is_empty(),
        "sh" => {
            matches!(&call.words[..], [option, script] if option == "-c" && script_fate(script).is_some())
        }
        _ => false,
    })
}

/// The name of a program in the usual folders.
pub fn plain_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix("/usr/bin/").or_else(|| path.strip_prefix("/bin/")).unwrap_or(path);
    (!name.contains('/')).then_some(name)
}

/// A call of a program that can be found by its name, with everything that was given to it.
struct Call<'a> {
    program: &'a str,
    words: Vec<Cow<'a, str>>,
    environment: Option<Vec<Cow<'a, str>>>,
    input: Option<Cow<'a, str>>,
}

impl<'a> Call<'a> {
    /// Reads the arguments of `guest-exec`, if they are strings that a program can be given.
    fn read(arguments: &'a Json<'a>) -> Option<Self> {
        let Cow::Borrowed(path) = arguments.member("path")?.as_str()? else { return None };
        let texts = |name| match arguments.member(name) {
            None => Some(None),
            Some(list) => list.as_array()?.iter().map(Json::as_str).collect::<Option<Vec<_>>>().map(Some),
        };
        let call = Self {
            program: plain_name(path)?,
            words: texts("arg")?.unwrap_or_default(),
            environment: texts("env")?,
            input: arguments.member("input-data").and_then(Json::as_str),
        };
        let mut given = call.words.iter().chain(call.environment.iter().flatten());
        given.all(|text| !text.contains('\0')).then_some(call)
    }

    /// Whether the first argument cannot be taken for an option.
    fn is_plain(&self) -> bool {
        self.words.first().is_none_or(|word| !word.starts_with('-'))
    }
}

/// Prints its arguments with blanks between them. What a backslash or an option does depends on the system.
fn echo(call: &Call<'_>) -> Option<Output> {
    let is_plain = call.is_plain() && !call.words.iter().any(|word| word.contains('\\'));
    let line = format!("{}\n", call.words.join(" "));
    is_plain.then(|| Output::Exactly(Source::Arguments, line.into_bytes().into()))
}

/// Prints each argument within the format, as long as that has one place for it and nothing else to tell.
fn printf(call: &Call<'_>) -> Option<Output> {
    let (format, words) = call.words.split_first()?;
    let (before, behind) = format.split_once("%s").filter(|_| call.is_plain())?;
    let unescaped = |part: &str| {
        let part = part.replace("\\n", "\n");
        (!part.contains(['%', '\\'])).then_some(part)
    };
    let (before, behind) = (unescaped(before)?, unescaped(behind)?);
    let nothing = [Cow::Borrowed("")];
    let words = if words.is_empty() { &nothing } else { words };
    let text: String = words.iter().flat_map(|word| [&*before, &**word, &*behind]).collect();
    Some(Output::Exactly(Source::Arguments, text.into_bytes().into()))
}

/// Prints files one after the other, and complains of those that are not there.
fn print_files(call: &Call<'_>, files: &Files) -> Option<Fate> {
    let mut known: HashMap<&str, Arc<[u8]>> = HashMap::new();
    let mut pieces = Vec::new();
    let mut is_complete = true;
    for path in &call.words {
        if path.starts_with('/') && path.contains(NOWHERE) {
            is_complete = false;
            continue;
        }
        let content = match known.get(&**path) {
            Some(content) => Arc::clone(content),
            None => files.stored(path)?.into(),
        };
        pieces.push(Arc::clone(&content));
        known.insert(path, content);
    }
    let output = Output::Exactly(Source::Files, Bytes(pieces));
    let fate = Fate::at_once(0, output);
    Some(if is_complete { fate } else { Fate { ending: None, errors: None, ..fate } })
}

/// Prints its environment: what it was given, and what the system may add. The order is not known.
fn print_environment(call: &Call<'_>) -> Output {
    let Some(variables) = &call.environment else { return Output::Unknown };
    let name_of = |variable: &str| variable.split_once('=').map(|(name, _)| name.to_owned());
    let mut names: Vec<_> = variables.iter().filter_map(|variable| name_of(variable)).collect();
    names.sort_unstable();
    names.dedup();
    let are_plain = names.len() == variables.len()
        && names.iter().all(|name| !name.is_empty())
        && !variables.iter().any(|variable| variable.contains('\n'));
    if are_plain {
        Output::Lines(variables.iter().map(|variable| variable.clone().into_owned()).collect())
    } else {
        Output::Unknown
    }
}

/// What comes of a script whose commands are known to the letter: `exit`, `kill -N $$` and `echo`.
fn script_fate(script: &str) -> Option<Fate> {
    let (mut output, mut errors) = (String::new(), "");
    let mut ending = Ending::Code(0);
    for command in script.split("; ") {
        if let Some(code) = command.strip_prefix("exit ") {
            ending = Ending::Code(code.parse().ok()?);
            break;
        }
        if let Some(signal) = command.strip_prefix("kill -").and_then(|rest| rest.strip_suffix(" $$")) {
            ending = Ending::Signal(signal.parse().ok()?);
            break;
        }
        match command {
            "echo out" => output.push_str("out\n"),
            "echo err >&2" => errors = "err\n",
            _ => return None,
        }
    }
    Some(Fate {
        ending: Some(ending),
        lasts: Duration::ZERO,
        output: Output::Exactly(Source::Program, output.into_bytes().into()),
        errors: Some(errors),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Limits, json};

    fn fate(arguments: &str) -> Option<Fate> {
        let document = json::read(arguments.as_bytes(), Limits::default()).unwrap();
        Fate::of(&document.value, &Files::default())
    }

    fn exactly(source: Source, bytes: &[u8]) -> Output {
        Output::Exactly(source, bytes.to_vec().into())
    }

    #[test]
    fn well_known_programs_have_a_fate() {
        let nothing = || Output::Exactly(Source::Program, Bytes::default());
        for (arguments, code, output) in [
            (r#"{"path":"true"}"#, 0, nothing()),
            (r#"{"path":"/bin/false","arg":["x"]}"#, 1, nothing()),
            (r#"{"path":"echo"}"#, 0, exactly(Source::Arguments, b"\n")),
            (
                r#"{"path":"/usr/bin/echo","arg":["a  b","","c"]}"#,
                0,
                exactly(Source::Arguments, b"a  b  c\n"),
            ),
            (
                r#"{"path":"printf","arg":["<%s>\\n","a","\\n"]}"#,
                0,
                exactly(Source::Arguments, b"<a>\n<\\n>\n"),
            ),
            (r#"{"path":"printf","arg":["%s"]}"#, 0, exactly(Source::Arguments, b"")),
            (r#"{"path":"cat","input-data":"AP8="}"#, 0, exactly(Source::Input, b"\0\xFF")),
            (r#"{"path":"env","env":["A=1","B=2=3"]}"#, 0, Output::Lines(vec!["A=1".into(), "B=2=3".into()])),
            (r#"{"path":"env"}"#, 0, Output::Unknown),
            (r#"{"path":"env","env":["A=1","A=2"]}"#, 0, Output::Unknown),
            (r#"{"path":"env","env":["A"]}"#, 0, Output::Unknown),
            (r#"{"path":"sh","arg":["-c","exit 7"]}"#, 7, exactly(Source::Program, b"")),
            (r#"{"path":"sh","arg":["-c","echo out; echo err >&2"]}"#, 0, exactly(Source::Program, b"out\n")),
        ] {
            let fate = fate(arguments).unwrap();
            assert_eq!((fate.ending, fate.output), (Some(Ending::Code(code)), output), "{arguments}");
        }
    }

    #[test]
    fn of_everything_else_nothing_is_known() {
        for arguments in [
            "{}",
            r#"{"path":"/opt/true"}"#,
            r#"{"path":"reboot"}"#,
            r#"{"path":"true","arg":["--help"]}"#,
            r#"{"path":"echo","arg":["-n"]}"#,
            r#"{"path":"echo","arg":["\\t"]}"#,
            r#"{"path":"echo","arg":["\u0000"]}"#,
            r#"{"path":"echo","arg":[1]}"#,
            r#"{"path":"printf"}"#,
            r#"{"path":"printf","arg":["%d","1"]}"#,
            r#"{"path":"printf","arg":["%s%s","1"]}"#,
            r#"{"path":"printf","arg":["\\t%s","1"]}"#,
            r#"{"path":"cat"}"#,
            r#"{"path":"cat","input-data":"?"}"#,
            r#"{"path":"cat","arg":["/t/unknown"]}"#,
            r#"{"path":"env","arg":["true"],"env":[]}"#,
            r#"{"path":"sleep"}"#,
            r#"{"path":"sleep","arg":["0.5"]}"#,
            r#"{"path":"sh"}"#,
            r#"{"path":"sh","arg":["-c","exit 256"]}"#,
            r#"{"path":"sh","arg":["-c","exit 7","x"]}"#,
            r#"{"path":"sh","arg":["-c","echo a"]}"#,
        ] {
            assert_eq!(fate(arguments), None, "{arguments}");
        }
    }

    #[test]
    fn signals_times_and_complaints_are_part_of_a_fate() {
        let killed = fate(r#"{"path":"sh","arg":["-c","kill -9 $$"]}"#).unwrap();
        assert_eq!(killed.ending, Some(Ending::Signal(9)));
        let both = fate(r#"{"path":"sh","arg":["-c","echo out; echo err >&2"]}"#).unwrap();
        assert_eq!(both.errors, Some("err\n"));
        assert_eq!(fate(r#"{"path":"sleep","arg":["2"]}"#).unwrap().lasts, Duration::from_secs(2));
        let missing = fate(r#"{"path":"cat","arg":["/qgaspec-nonexistent"]}"#).unwrap();
        assert_eq!((missing.ending, missing.errors), (None, None));
        assert_eq!(missing.output, Output::Exactly(Source::Files, Bytes::default()));
    }

    #[test]
    fn some_programs_leave_files_alone() {
        for (arguments, expected) in [
            (r#"{"path":"/bin/echo","arg":["-n"]}"#, true),
            (r#"{"path":"sh","arg":["-c","exit 1"]}"#, true),
            (r#"{"path":"sh","arg":["-c","rm x"]}"#, false),
            (r#"{"path":"sh"}"#, false),
            (r#"{"path":"env","arg":["rm"]}"#, false),
            (r#"{"path":"rm"}"#, false),
            ("{}", false),
        ] {
            let document = json::read(arguments.as_bytes(), Limits::default()).unwrap();
            assert_eq!(leaves_files_alone(&document.value), expected, "{arguments}");
        }
    }

    #[test]
    fn bytes_in_pieces_are_like_bytes() {
        let bytes = Bytes(vec![b"ab"[..].into(), b""[..].into(), b"cab"[..].into()]);
        assert_eq!((bytes.len(), bytes.is_empty(), Bytes::default().is_empty()), (5, false, true));
        for (other, common) in
            [("", 0), ("abcab", 5), ("abcabc", 5), ("abX", 2), ("abcX", 3), ("X", 0), ("abc", 3)]
        {
            assert_eq!(bytes.common_with(other.as_bytes()), common, "{other}");
        }
        assert_eq!(bytes.excerpt(1, 3), b"bca");
    }
}
