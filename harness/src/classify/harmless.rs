//! Whether the arguments of a request can do no harm, for the commands whose danger depends on them.
//!
//! This reads the arguments strictly and trusts nothing: a key counts as the argument that a lenient reader may
//! take it for, a value counts wherever in the request it is, and what is not understood is not harmless.

use crate::text::{Json, Kind, NoteKind, Number, Text};

use super::hazard::HazardContext;
use super::names::Role;
use super::reading::Message;

/// Part of names that nobody gives to a file or a program.
const NOWHERE: &str = "qgaspec-nonexistent";
/// Handles from here on are given out by no agent.
const IMPOSSIBLE_HANDLE: i128 = 1 << 62;
/// Process ids from here on exist on no system.
const IMPOSSIBLE_PID: i128 = 1 << 31;
/// What a shell may be given to do: it ends in some way, or prints two words.
const SCRIPTS: [&str; 8] = [
    "exit 0",
    "exit 1",
    "exit 7",
    "exit 255",
    "kill -9 $$",
    "kill -15 $$",
    "echo out; echo err >&2",
    "echo err >&2",
];
/// The longest sleep of a harmless program, in seconds.
const SLEEP_MAX_S: u32 = 60;
/// Bytes that mean something to a shell, for agents that start programs through one.
const SHELL_BYTES: &[u8] = b";|&$`<>()";

/// How much of a request may be its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// What even a lenient reader takes for arguments: not the name and the id.
    Arguments,
    /// All of it, because the command may be named by anything in it.
    Everything,
}

/// Whether the message does no harm if it is taken for a request to a command of this role.
pub(super) fn is_harmless(message: &Message<'_>, role: Role, scope: Scope, context: &HazardContext) -> bool {
    let Some(document) = &message.document else { return false };
    let plain =
        document.notes.iter().all(|note| matches!(note.kind, NoteKind::NonAscii | NoteKind::Noncharacter));
    if !plain || !document.value.is_object() {
        return false;
    }
    let mut leaves = Leaves { found: Vec::new(), all_read: true };
    for member in document.value.members() {
        let is_container = member.value.is_object() || member.value.is_array();
        // What is named elsewhere may have its arguments elsewhere too, but a plain id holds none.
        let is_skipped =
            member.key == *"execute" || (member.key == *"id" && (scope == Scope::Arguments || !is_container));
        if !is_skipped {
            let slot = Slot::of(&member.key).filter(|slot| *slot != Slot::Other || !is_container);
            leaves.collect(&member.value, slot.unwrap_or(Slot::Anywhere));
        }
    }
    leaves.all_read && leaves.are_harmless(role, context)
}

/// What an argument is for, by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Path,
    Mode,
    Handle,
    Pid,
    Argument,
    Environment,
    /// Contents and counts, with which nothing can be named.
    Content,
    /// A key that we do not know.
    Other,
    /// Not within `arguments` by a key of its own: it may be taken for anything.
    Anywhere,
}

impl Slot {
    /// The slot of a key as lenient readers may take it; `None` for the envelope's `arguments`.
    fn of(key: &Text<'_>) -> Option<Self> {
        let key = key.decoded();
        // Some readers cut a key at such a byte, others drop it.
        let cut_at = key.iter().position(|byte| !matches!(byte, b' '..=b'~')).unwrap_or(key.len());
        let (cut, whole) = (Self::named(&key[..cut_at]), Self::named(&key));
        if cut == whole { whole } else { Some(Self::Anywhere) }
    }

    fn named(key: &[u8]) -> Option<Self> {
        let letters: Vec<u8> = key.iter().filter(|byte| byte.is_ascii_alphanumeric()).copied().collect();
        Some(match letters.to_ascii_lowercase().as_slice() {
            b"arguments" => return None,
            b"path" => Self::Path,
            b"mode" => Self::Mode,
            b"handle" => Self::Handle,
            b"pid" => Self::Pid,
            b"arg" | b"args" | b"argv" => Self::Argument,
            b"env" => Self::Environment,
            b"inputdata" | b"bufb64" | b"count" | b"offset" | b"whence" | b"captureoutput" => Self::Content,
            _ => Self::Other,
        })
    }
}

/// The values at the ends of all branches of the arguments.
struct Leaves<'a> {
    found: Vec<(Slot, Leaf<'a>)>,
    all_read: bool,
}

enum Leaf<'a> {
    /// `null`, `true`, `false`, or a container without anything in it.
    Nothing,
    Number(Number<'a>),
    String(std::borrow::Cow<'a, str>),
}

impl<'a> Leaves<'a> {
    fn collect(&mut self, value: &Json<'a>, slot: Slot) {
        match &value.kind {
            Kind::Null | Kind::Bool(_) => self.found.push((slot, Leaf::Nothing)),
            Kind::Number(number) => self.found.push((slot, Leaf::Number(*number))),
            Kind::String(text) => match text.to_str() {
                Some(text) => self.found.push((slot, Leaf::String(text))),
                None => self.all_read = false,
            },
            Kind::Array(items) => items.iter().for_each(|item| self.collect(item, slot)),
            Kind::Object(members) => {
                for member in members {
                    let inner = match (slot, Slot::of(&member.key).unwrap_or(Slot::Anywhere)) {
                        // A key that we do not know says nothing; the one around it may.
                        (outer, Slot::Other) if outer != Slot::Anywhere => outer,
                        (_, inner) => inner,
                    };
                    self.collect(&member.value, inner);
                }
            }
        }
    }

    fn are_harmless(&self, role: Role, context: &HazardContext) -> bool {
        match role {
            Role::Path => self.found.iter().all(|(slot, leaf)| opens_only_ours(*slot, leaf, context)),
            Role::Handle => {
                let ours = |number| context.handles.contains(&number);
                self.found.iter().all(|(slot, leaf)| match slot {
                    Slot::Handle | Slot::Anywhere => refers_only_to(leaf, ours, IMPOSSIBLE_HANDLE),
                    _ => true,
                })
            }
            Role::Pid => {
                // No process has the number 0.
                let ours = |number| number == 0 || context.pids.contains(&number);
                self.found.iter().all(|(slot, leaf)| match slot {
                    Slot::Pid | Slot::Anywhere => refers_only_to(leaf, ours, IMPOSSIBLE_PID),
                    _ => true,
                })
            }
            Role::Program => self.start_only_harmless(context),
            // Nothing is named, so nothing can be switched.
            Role::Switches => self.found.iter().all(|(_, leaf)| matches!(leaf, Leaf::Nothing)),
        }
    }

    /// Whether every program that may be started does nothing with the arguments and the environment.
    fn start_only_harmless(&self, context: &HazardContext) -> bool {
        let strings = |wanted: fn(Slot) -> bool| {
            self.found.iter().filter_map(move |(slot, leaf)| match leaf {
                Leaf::String(text) if wanted(*slot) => Some(&**text),
                _ => None,
            })
        };
        let arguments = || strings(|slot| !matches!(slot, Slot::Path | Slot::Content | Slot::Environment));
        let is_shell = |path: &str| plain_name(path) == "sh";
        if strings(|slot| matches!(slot, Slot::Path | Slot::Anywhere)).any(is_shell) {
            return self.is_fixed_script();
        }
        // Numbers are no arguments, except for a reader that turns them into strings; digits do no harm.
        arguments().all(is_no_shell_text)
            && strings(|slot| slot == Slot::Environment).all(is_harmless_variable)
            && strings(|slot| matches!(slot, Slot::Path | Slot::Anywhere)).all(|path| {
                Program::of(path)
                    .is_some_and(|program| arguments().all(|argument| program.takes(argument, context)))
            })
    }

    /// Whether this is a shell with one of the fixed scripts, word for word, and nothing else at all.
    fn is_fixed_script(&self) -> bool {
        let words = |wanted: Slot| {
            self.found.iter().filter(move |(slot, _)| *slot == wanted).map(|(_, leaf)| match leaf {
                Leaf::String(text) => Some(&**text),
                Leaf::Nothing | Leaf::Number(_) => None,
            })
        };
        let is_expected =
            |(slot, _): &(Slot, Leaf<'_>)| matches!(slot, Slot::Path | Slot::Argument | Slot::Content);
        let arguments: Option<Vec<&str>> = words(Slot::Argument).collect();
        self.found.iter().all(is_expected)
            && words(Slot::Path).count() == 1
            && arguments
                .is_some_and(|arguments| matches!(arguments[..], ["-c", script] if SCRIPTS.contains(&script)))
    }
}

/// The programs that do no harm, as far as their arguments need telling apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    /// Not there at all.
    Missing,
    /// Only prints its arguments, or does not even that.
    Prints,
    /// Prints the environment, unless its arguments name a program.
    Environment,
    /// Prints the files that its arguments name.
    Files,
    Sleep,
}

impl Program {
    fn of(path: &str) -> Option<Self> {
        if path.is_empty() || is_nowhere(path) {
            return Some(Self::Missing);
        }
        match plain_name(path) {
            "true" | "false" | "echo" | "printf" => Some(Self::Prints),
            "env" => Some(Self::Environment),
            "cat" => Some(Self::Files),
            "sleep" => Some(Self::Sleep),
            _ => None,
        }
    }

    fn takes(self, argument: &str, context: &HazardContext) -> bool {
        match self {
            Self::Missing | Self::Prints => true,
            Self::Environment => false,
            Self::Files => argument == "-" || is_in_scratch(argument, context) || is_nowhere(argument),
            Self::Sleep => argument.parse::<u32>().is_ok_and(|seconds| seconds <= SLEEP_MAX_S),
        }
    }
}

/// The name of a program in the usual folders, without the folder.
fn plain_name(path: &str) -> &str {
    path.strip_prefix("/bin/").or_else(|| path.strip_prefix("/usr/bin/")).unwrap_or(path)
}

/// Whether an entry of the environment leaves the choice of program and libraries alone.
fn is_harmless_variable(variable: &str) -> bool {
    /// What the loader and the C library obey.
    const OBEYED: [&str; 6] = ["LD_", "DYLD_", "GLIBC_", "MALLOC_", "GCONV_", "LOCPATH"];
    let upper: String =
        variable.chars().filter(char::is_ascii_graphic).collect::<String>().to_ascii_uppercase();
    let is_plain_search =
        |folders: &str| folders.split(':').all(|folder| matches!(folder, "/BIN" | "/USR/BIN"));
    is_no_shell_text(variable)
        && !OBEYED.iter().any(|prefix| upper.starts_with(prefix))
        && upper.strip_prefix("PATH=").is_none_or(is_plain_search)
}

/// Whether a shell would take the text for words, at most.
fn is_no_shell_text(text: &str) -> bool {
    !text.bytes().any(|byte| SHELL_BYTES.contains(&byte) || (byte < b' ' && byte != 0))
}

/// Whether the value, given to the command that opens files, can only open one of ours.
fn opens_only_ours(slot: Slot, leaf: &Leaf<'_>, context: &HazardContext) -> bool {
    let Leaf::String(text) = leaf else { return true };
    match slot {
        Slot::Path | Slot::Anywhere => {
            text.is_empty() || is_in_scratch(text, context) || is_in_no_folder(text)
        }
        // No path, unless it looks like one.
        _ => !text.contains(['/', '\\']),
    }
}

/// Whether the path is in the scratch folder, or is the folder itself.
fn is_in_scratch(path: &str, context: &HazardContext) -> bool {
    let Some(scratch) = context.scratch.as_deref().filter(|scratch| scratch.trim_matches('/').len() > 1)
    else {
        return false;
    };
    let inside = path.strip_prefix(scratch);
    !climbs(path) && inside.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
}

/// Whether the path names a file that does not exist.
fn is_nowhere(path: &str) -> bool {
    path.contains(NOWHERE) && is_plain_path(path)
}

/// Whether the path leads through a folder that does not exist, so that it cannot even be made.
fn is_in_no_folder(path: &str) -> bool {
    let folder = path.rsplit_once('/').map(|(folder, _)| folder);
    is_plain_path(path) && path.starts_with('/') && folder.is_some_and(|folder| folder.contains(NOWHERE))
}

/// Whether the path says where it leads: it does not climb, and nothing in it is cut or dropped.
fn is_plain_path(path: &str) -> bool {
    !path.chars().any(char::is_control) && !climbs(path)
}

/// Whether the path leads upwards at some place, also if control characters in it are dropped.
fn climbs(path: &str) -> bool {
    let kept: String = path.chars().filter(|character| !character.is_control()).collect();
    kept.split(['/', '\\']).any(|part| part.trim() == "..")
}

/// Whether the value, as any reader may take it, is a number of ours or one that nobody has.
fn refers_only_to(leaf: &Leaf<'_>, ours: impl Fn(i64) -> bool, impossible: i128) -> bool {
    let is_fine = |number: i128| number < 0 || number >= impossible || i64::try_from(number).is_ok_and(&ours);
    match leaf {
        Leaf::Nothing => true,
        Leaf::Number(number) => match number.as_i128() {
            Some(number) => is_fine(number),
            // Spelled otherwise, or huge: what a cast from a double makes of it.
            None => is_fine(number.as_f64() as i128),
        },
        Leaf::String(text) => leading_digits(text).is_none_or(is_fine),
    }
}

/// The number that a string begins with, if it begins with one.
fn leading_digits(text: &str) -> Option<i128> {
    let text = text.trim_start_matches(|character: char| character.is_whitespace() || character.is_control());
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    if end == 0 {
        return None;
    }
    let magnitude = digits[..end].parse().unwrap_or(i128::MAX);
    Some(if negative { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::read;
    use crate::schema::builtin;

    fn harmless(role: Role, rest: &str) -> bool {
        let context = HazardContext {
            scratch: Some("/tmp/qgaspec.1".to_owned()),
            handles: [1000, 1001].into(),
            pids: [77].into(),
        };
        let text = format!("{{\"execute\":\"guest-x\"{rest}}}");
        let reading = read(text.as_bytes(), builtin::seed());
        assert_eq!(reading.messages.len(), 1, "{text}");
        is_harmless(&reading.messages[0], role, Scope::Arguments, &context)
    }

    fn with(role: Role, arguments: &str) -> bool {
        harmless(role, &format!(",\"arguments\":{arguments}"))
    }

    #[test]
    fn only_files_in_the_scratch_folder_are_opened() {
        for fine in [
            r#"{"path":"/tmp/qgaspec.1/a","mode":"w+"}"#,
            r#"{"path":"/tmp/qgaspec.1/a/b","mode":"nonsense"}"#,
            r#"{"path":"/tmp/qgaspec.1/a\u0000b\n"}"#,
            r#"{"path":"","mode\u0000":null}"#,
            r#"{"path":5}"#,
            r#"{"path":"/qgaspec-nonexistent/a","mode":"w"}"#,
            r#"{"zz":"x"}"#,
            "{}",
        ] {
            assert!(with(Role::Path, fine), "{fine}");
        }
        for risky in [
            r#"{"path":"/tmp/qgaspec.1/../x"}"#,
            r#"{"path":"/tmp/qgaspec.10"}"#,
            r#"{"path":"/tmp/qgaspec\u0000.1/b"}"#,
            r#"{"path":"/tmp/qgaspec.1/.\u0000./b"}"#,
            r#"{"path":"a"}"#,
            r#"{"path":"/qgaspec-nonexistent","mode":"w"}"#,
            r#"{"path":"/tmp/qgaspec.1/a","Path":"/etc/passwd"}"#,
            r#"{"path":"/tmp/qgaspec.1/a","path":"/tmp/qgaspec.1/b"}"#,
            r#"{"path":"/tmp/qgaspec.1/a","mode":"/etc/passwd"}"#,
            r#"{"path":["/etc/passwd"]}"#,
            r#"{"path":{"x":"passwd"}}"#,
            r#"["passwd"]"#,
            r#""passwd""#,
            r#"{"path":"/tmp/qgaspec.1/\ud800"}"#,
        ] {
            assert!(!with(Role::Path, risky), "{risky}");
        }
        assert!(harmless(Role::Path, ""));
        assert!(!harmless(Role::Path, r#","path":"/etc/passwd""#));
        assert!(!harmless(Role::Path, r#","Arguments":{"path":"/etc/passwd"}"#));
        assert!(harmless(Role::Path, r#","id":"/etc/passwd""#));
    }

    #[test]
    fn only_our_handles_are_used() {
        for fine in [
            "1000",
            "-1",
            "4611686018427387904",
            "9223372036854775807",
            "1e30",
            "null",
            "\"x\"",
            "[]",
            "1000.5",
        ] {
            assert!(with(Role::Handle, &format!("{{\"handle\":{fine},\"count\":5,\"offset\":9}}")), "{fine}");
        }
        for risky in ["0", "999", "1e3.", "999.9", "\"999\"", "\" +999x\"", "[1000,5]", "{\"a\":5}"] {
            let arguments = format!("{{\"handle\":{}}}", risky.trim_end_matches('.'));
            assert_eq!(with(Role::Handle, &arguments), risky == "1e3.", "{risky}");
        }
        assert!(!with(Role::Handle, "[5]"));
        assert!(!harmless(Role::Handle, ",\"handle\":5"));
        assert!(with(Role::Pid, "{\"pid\":77}") && with(Role::Pid, "{\"pid\":2147483648}"));
        assert!(with(Role::Pid, "{\"pid\":0}") && !with(Role::Pid, "{\"pid\":1000}"));
    }

    #[test]
    fn only_programs_from_the_list_are_started() {
        for fine in [
            r#"{"path":"true"}"#,
            r#"{"path":"/usr/bin/printf","arg":["%s\\n","ä b"],"capture-output":true}"#,
            r#"{"path":"cat","arg":["-","/tmp/qgaspec.1/a"],"input-data":"Oy8vJA=="}"#,
            r#"{"path":"env","env":["QGASPEC=1","PATH=/usr/bin:/bin","X","-%s\u0000ß"]}"#,
            r#"{"path":"sleep","arg":["1"]}"#,
            r#"{"path":"qgaspec-nonexistent-3","arg":["--help","a b"]}"#,
            r#"{"path":"sh","arg":["-c","kill -9 $$"]}"#,
            r#"{"path":"/bin/sh","arg":["-c","echo out; echo err >&2"],"capture-output":true}"#,
            r#"{"path":null,"arg":[1]}"#,
            "{}",
        ] {
            assert!(with(Role::Program, fine), "{fine}");
        }
        for risky in [
            r#"{"path":"sh"}"#,
            r#"{"path":"sh","arg":["-c","exit 7","x"]}"#,
            r#"{"path":"sh","arg":["-c","exit 7 "]}"#,
            r#"{"path":"sh","arg":["-c","kill -9 1"]}"#,
            r#"{"path":"sh","arg":["-c","exit 7"],"env":["ENV=x"]}"#,
            r#"{"path":"sh","arg":["-c","exit 7"],"x":"y"}"#,
            r#"{"path":"sh","arg":["-c","exit 7",1]}"#,
            r#"{"path":"true","arg":["-c","kill -9 $$"]}"#,
            r#"{"path":"sh","arg":["exit 7","-c"]}"#,
            r#"{"path":"/sbin/echo"}"#,
            r#"{"path":"/bin/../sbin/reboot"}"#,
            r#"{"path":"cat","arg":["/etc/shadow"]}"#,
            r#"{"path":"env","arg":["reboot"]}"#,
            r#"{"path":"echo","arg":["$(reboot)"]}"#,
            r#"{"path":"echo","arg":["a\nreboot"]}"#,
            r#"{"path":"echo","env":["LD_PRELOAD=/x"]}"#,
            r#"{"path":"echo","env":["PATH=/x"]}"#,
            r#"{"path":"echo","env":["P\u0000ATH=/x"]}"#,
            r#"{"path":"true","PATH":"sh"}"#,
            r#"{"path":"true","path\u0000x":"sh"}"#,
            r#"{"path":["sh"]}"#,
            r#"{"path":"sleep","arg":["infinity"]}"#,
            r#"["sh"]"#,
        ] {
            assert!(!with(Role::Program, risky), "{risky}");
        }
    }

    #[test]
    fn only_empty_lists_are_switched() {
        for fine in [r#"{"vcpus":[]}"#, "{}", r#"{"vcpus":null,"x":{}}"#] {
            assert!(with(Role::Switches, fine), "{fine}");
        }
        for risky in
            [r#"{"vcpus":[{"logical-id":0}]}"#, r#"{"vcpus":[0]}"#, r#"{"vcpus":0}"#, r#"{"vcpus":"0"}"#]
        {
            assert!(!with(Role::Switches, risky), "{risky}");
        }
        assert!(harmless(Role::Switches, ""));
    }
}
