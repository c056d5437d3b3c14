//! The programs of the guest. They compute what a real one would write, and how long it would take, at once.
//!
//! A program knows its arguments, its environment, its input and the guest's files, and changes nothing.

use super::files::FileSystem;
use super::processes::Ending;
use super::shell;

/// How many bytes of each output stream an agent keeps.
pub(crate) const STREAM_MAX_BYTES: usize = 16 << 20;
/// The code of a program that was called wrongly.
pub(super) const MISUSED: Ending = Ending::Code(2);
const DONE: Ending = Ending::Code(0);
const FAILED: Ending = Ending::Code(1);
const DIRECTORIES: [&str; 2] = ["/bin", "/usr/bin"];

/// What a program does: its arguments are given, and all the rest is in the run.
pub(crate) type Program = fn(&mut Run<'_>, &[String]) -> Ending;

static PROGRAMS: [(&str, Program); 9] = [
    ("true", |_, _| DONE),
    ("false", |_, _| FAILED),
    ("echo", echo),
    ("printf", printf),
    ("cat", cat),
    ("head", head),
    ("env", env),
    ("sleep", sleep),
    ("sh", shell::run),
];

/// The program at a path, or of a name that is searched for in these directories.
pub(crate) fn find(path: &str, search: &[String]) -> Option<Program> {
    let name = match path.rsplit_once('/') {
        Some((directory, name)) if DIRECTORIES.contains(&directory) => name,
        None if searches(search) => path,
        Some(_) | None => return None,
    };
    PROGRAMS.iter().find(|(known, _)| *known == name).map(|(_, program)| *program)
}

/// Whether this environment lets names be found. Without a search path the usual one counts.
fn searches(environment: &[String]) -> bool {
    let mut paths = environment.iter().filter_map(|variable| variable.strip_prefix("PATH="));
    paths.next().is_none_or(|path| path.split(':').any(|directory| DIRECTORIES.contains(&directory)))
}

/// Everything around one run of a program.
#[derive(Debug)]
pub(crate) struct Run<'g> {
    /// The guest's files.
    pub(crate) files: &'g FileSystem,
    /// The number of the process.
    pub(crate) pid: i64,
    /// The environment, in the form `NAME=value`.
    pub(crate) environment: &'g [String],
    /// What is left of the standard input.
    pub(crate) input: &'g [u8],
    /// What was written to standard output and standard error.
    pub(crate) streams: [Stream; 2],
    /// Whether standard output goes to standard error.
    pub(crate) redirected: bool,
    /// How long the run has taken.
    pub(crate) elapsed_ns: i64,
}

/// What a process has written, as far as the agent keeps it.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// The first bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether there were more.
    pub(crate) truncated: bool,
}

impl Stream {
    fn write(&mut self, bytes: &[u8]) {
        let room = STREAM_MAX_BYTES - self.bytes.len();
        self.bytes.extend(&bytes[..bytes.len().min(room)]);
        self.truncated |= bytes.len() > room;
    }
}

impl Run<'_> {
    /// Writes to standard output, and tells whether anything of it will still be kept.
    pub(super) fn print(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        let stream = &mut self.streams[usize::from(self.redirected)];
        stream.write(bytes.as_ref());
        !stream.truncated
    }

    /// Writes a message to standard error and fails.
    pub(super) fn complain(&mut self, message: &str) -> Ending {
        self.streams[1].write(message.as_bytes());
        self.streams[1].write(b"\n");
        FAILED
    }
}

fn echo(run: &mut Run<'_>, arguments: &[String]) -> Ending {
    let (words, end) = match arguments {
        [option, words @ ..] if option == "-n" => (words, ""),
        words => (words, "\n"),
    };
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            run.print(" ");
        }
        run.print(word);
    }
    run.print(end);
    DONE
}

/// Copies files, or without any its input, to its output.
fn cat(run: &mut Run<'_>, arguments: &[String]) -> Ending {
    let mut ending = DONE;
    let names: Vec<&str> =
        if arguments.is_empty() { vec!["-"] } else { arguments.iter().map(String::as_str).collect() };
    for name in names {
        match read(run, name) {
            Ok(bytes) => drop(run.print(bytes)),
            Err(message) => ending = run.complain(&format!("cat: {name}: {message}")),
        }
    }
    ending
}

/// Copies the first bytes of a file or of its input; `/dev/zero` has as many as one wants.
fn head(run: &mut Run<'_>, arguments: &[String]) -> Ending {
    let (count, name) = match arguments {
        [option, count] if option == "-c" => (count, "-"),
        [option, count, name] if option == "-c" => (count, name.as_str()),
        _ => return run.complain("head: only -c COUNT [FILE] is understood"),
    };
    let Ok(count) = count.parse::<usize>() else { return run.complain("head: the count is no number") };
    if name == "/dev/zero" {
        // One more than is ever kept tells that there were more.
        run.print(vec![0; count.min(STREAM_MAX_BYTES + 1)]);
        return DONE;
    }
    match read(run, name) {
        Ok(bytes) => {
            run.print(&bytes[..count.min(bytes.len())]);
            DONE
        }
        Err(message) => run.complain(&format!("head: {name}: {message}")),
    }
}

/// The whole of a file, or what is left of the input.
fn read<'g>(run: &mut Run<'g>, name: &str) -> Result<&'g [u8], String> {
    match name {
        "-" => Ok(std::mem::take(&mut run.input)),
        _ => run.files.content(name).map_err(|error| error.to_string()),
    }
}

/// Prints its environment, and nothing else.
fn env(run: &mut Run<'_>, arguments: &[String]) -> Ending {
    if !arguments.is_empty() {
        return run.complain("env: arguments are not understood");
    }
    for variable in run.environment {
        run.print(variable);
        if !run.print("\n") {
            break;
        }
    }
    DONE
}

/// Takes as many seconds as its arguments say together.
fn sleep(run: &mut Run<'_>, arguments: &[String]) -> Ending {
    let seconds: Option<Vec<f64>> =
        arguments.iter().map(|text| text.parse().ok().filter(|seconds| *seconds >= 0.0)).collect();
    match seconds {
        Some(seconds) if !seconds.is_empty() => {
            let nanoseconds = seconds.iter().sum::<f64>() * 1e9;
            // A float that is too great becomes the greatest integer.
            run.elapsed_ns = run.elapsed_ns.saturating_add(nanoseconds as i64);
            DONE
        }
        _ => run.complain("sleep: the time is no number of seconds"),
    }
}

/// Prints a format, again and again until no argument is left.
fn printf(run: &mut Run<'_>, arguments: &[String]) -> Ending {
    let [format, arguments @ ..] = arguments else { return run.complain("printf: there is no format") };
    let mut words = arguments.iter();
    loop {
        let before = words.len();
        if !print_once(run, format, &mut words) {
            return run.complain("printf: the format is not understood");
        }
        let is_full = run.streams[usize::from(run.redirected)].truncated;
        if words.len() == 0 || words.len() == before || is_full {
            return DONE;
        }
    }
}

/// Prints the format once; `false` if it has something that is not understood.
fn print_once(run: &mut Run<'_>, format: &str, words: &mut std::slice::Iter<'_, String>) -> bool {
    let mut characters = format.chars();
    let mut bytes = Vec::new();
    while let Some(character) = characters.next() {
        match character {
            '%' => match characters.next() {
                Some('%') => bytes.push(b'%'),
                Some('s') => bytes.extend(words.next().map(String::as_bytes).unwrap_or_default()),
                Some('d') => {
                    let number = words.next().map_or(Ok(0), |word| word.parse::<i64>());
                    let Ok(number) = number else { return false };
                    bytes.extend(number.to_string().into_bytes());
                }
                _ => return false,
            },
            '\\' => match escaped(&mut characters) {
                Some(byte) => bytes.push(byte),
                None => return false,
            },
            _ => bytes.extend(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    run.print(bytes);
    true
}

/// The byte after a backslash: a letter, up to three octal digits, or up to two hexadecimal ones.
fn escaped(characters: &mut std::str::Chars<'_>) -> Option<u8> {
    let number = |characters: &mut std::str::Chars<'_>, radix, most| {
        let rest = characters.as_str();
        let digits: String =
            rest.chars().take(most).take_while(|character| character.is_digit(radix)).collect();
        *characters = rest[digits.len()..].chars();
        // Octal digits can go beyond a byte; the rest is dropped.
        u32::from_str_radix(&digits, radix).ok().map(|value| value as u8)
    };
    match characters.as_str().chars().next()? {
        '0'..='7' => number(characters, 8, 3),
        'x' => {
            characters.next();
            number(characters, 16, 2)
        }
        _ => match characters.next()? {
            'n' => Some(b'\n'),
            't' => Some(b'\t'),
            'r' => Some(b'\r'),
            '\\' => Some(b'\\'),
            '"' => Some(b'"'),
            _ => None,
        },
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What comes of a program: its ending, its output, its errors and its time.
    pub(in crate::agent::reference::guest) fn outcome(words: &[&str]) -> (Ending, String, String, i64) {
        let files = FileSystem::new(1000, 1000, [("/etc/hostname".to_owned(), "host\n".to_owned())]);
        let environment = ["A=1 2".to_owned(), "B=".to_owned()];
        let program = find(words[0], &environment).unwrap();
        let mut run = Run {
            files: &files,
            pid: 2000,
            environment: &environment,
            input: b"input",
            streams: Default::default(),
            redirected: false,
            elapsed_ns: 0,
        };
        let arguments: Vec<String> = words[1..].iter().copied().map(str::to_owned).collect();
        let ending = program(&mut run, &arguments);
        let [out, err] = run.streams.map(|stream| String::from_utf8_lossy(&stream.bytes).into_owned());
        (ending, out, err, run.elapsed_ns)
    }

    #[test]
    fn programs_print_what_real_ones_print() {
        for (words, code, printed) in [
            (&["true"][..], 0, ""),
            (&["false", "x"], 1, ""),
            (&["/bin/echo", "a", "", "b  c"], 0, "a  b  c\n"),
            (&["echo", "-n", "a"], 0, "a"),
            (&["echo"], 0, "\n"),
            (&["cat"], 0, "input"),
            (&["cat", "-", "-", "/etc/hostname"], 0, "inputhost\n"),
            (&["cat", "/nowhere"], 1, ""),
            (&["head", "-c", "2"], 0, "in"),
            (&["head", "-c", "99", "/etc/hostname"], 0, "host\n"),
            (&["head", "-c", "2", "/dev/zero"], 0, "\0\0"),
            (&["head", "-c", "-1"], 1, ""),
            (&["head"], 1, ""),
            (&["/usr/bin/env"], 0, "A=1 2\nB=\n"),
            (&["env", "true"], 1, ""),
            (&["printf", "%s-%d%%\\n\\x41\\1012\\t", "é", "7"], 0, "é-7%\nAA2\t"),
            (&["printf", "<%s>", "a", "b"], 0, "<a><b>"),
            (&["printf", "<%s>"], 0, "<>"),
            (&["printf", "x", "a", "b"], 0, "x"),
            (&["printf", "%q"], 1, ""),
            (&["printf", "\\"], 1, ""),
            (&["printf"], 1, ""),
            (&["sleep"], 1, ""),
            (&["sleep", "-1"], 1, ""),
            (&["sleep", "nan"], 1, ""),
        ] {
            let (ending, out, err, _) = outcome(words);
            assert_eq!((ending, out.as_str()), (Ending::Code(code), printed), "{words:?}");
            assert_eq!(err.is_empty(), code == 0 || words[0] == "false", "{words:?}");
        }
    }

    #[test]
    fn only_sleep_takes_time() {
        assert_eq!(outcome(&["sleep", "1.5", "1"]).3, 2_500_000_000);
        assert_eq!(outcome(&["sleep", "infinity"]).3, i64::MAX);
        assert_eq!(outcome(&["cat"]).3, 0);
    }

    #[test]
    fn a_stream_keeps_its_first_bytes() {
        let mut stream = Stream::default();
        stream.write(&vec![1; STREAM_MAX_BYTES - 1]);
        stream.write(&[2]);
        assert!(!stream.truncated);
        stream.write(&[3]);
        assert_eq!((stream.bytes.len(), stream.truncated), (STREAM_MAX_BYTES, true));
    }

    #[test]
    fn names_are_searched_for_and_paths_are_not() {
        let environment = |path: &str| vec![format!("PATH={path}")];
        assert!(find("true", &[]).is_some());
        assert!(find("true", &environment("/sbin:/usr/bin")).is_some());
        assert!(find("true", &environment("/sbin")).is_none());
        assert!(find("/bin/true", &environment("/sbin")).is_some());
        for path in
            ["", "/", "/bin/", "/true", "./true", "bin/true", "/usr/local/bin/true", "True", "/bin//true"]
        {
            assert!(find(path, &[]).is_none(), "{path}");
        }
    }
}
