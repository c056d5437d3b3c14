//! The guest's shell: `sh -c` with simple commands, one after the other.
//!
//! There are quotes, `$NAME`, `$$`, `>&2`, and the builtins `exit` and `kill`. Nothing else of a shell is here,
//! no pipes, no conditions and no shell within a shell; asked for it, the shell complains of bad syntax.

use std::collections::BTreeMap;

use super::processes::Ending;
use super::programs::{self, MISUSED, Run};

/// How much the variables in one script may come to.
const EXPANSION_MAX_BYTES: usize = 1 << 20;
const NOT_FOUND: Ending = Ending::Code(127);
const SIGNALS: [(&str, u8); 10] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ILL", 4),
    ("ABRT", 6),
    ("KILL", 9),
    ("USR1", 10),
    ("SEGV", 11),
    ("USR2", 12),
    ("TERM", 15),
];

/// The program `sh`.
pub(super) fn run(run: &mut Run<'_>, arguments: &[String]) -> Ending {
    let [option, script, ..] = arguments else {
        run.complain("sh: only -c SCRIPT is understood");
        return MISUSED;
    };
    if option != "-c" {
        run.complain("sh: only -c SCRIPT is understood");
        return MISUSED;
    }
    let mut script = Script::new(script, run);
    let mut last = Ending::Code(0);
    loop {
        match script.command() {
            Ok(None) => return last,
            Ok(Some(command)) => match execute(run, &command, last) {
                Flow::Next(ending) => last = ending,
                Flow::End(ending) => return ending,
            },
            Err(BadSyntax) => {
                run.complain("sh: this syntax is not understood");
                return MISUSED;
            }
        }
    }
}

enum Flow {
    Next(Ending),
    End(Ending),
}

fn execute(run: &mut Run<'_>, command: &Command, last: Ending) -> Flow {
    let [name, arguments @ ..] = &command.words[..] else { return Flow::Next(last) };
    match name.as_str() {
        "exit" => Flow::End(exit(run, arguments, last)),
        "kill" => kill(run, arguments),
        _ => Flow::Next(start(run, command, name, arguments)),
    }
}

fn start(run: &mut Run<'_>, command: &Command, name: &str, arguments: &[String]) -> Ending {
    let Some(program) = programs::find(name, run.environment).filter(|_| !name.ends_with("sh")) else {
        run.complain(&format!("sh: {name}: not found"));
        return NOT_FOUND;
    };
    run.redirected = command.redirected;
    let ending = program(run, arguments);
    run.redirected = false;
    ending
}

fn exit(run: &mut Run<'_>, arguments: &[String], last: Ending) -> Ending {
    match arguments.first().map(|code| code.parse::<u64>()) {
        None => last,
        // Only eight bits of a code reach the parent.
        Some(Ok(code)) => Ending::Code(code as u8),
        Some(Err(_)) => {
            run.complain("sh: exit: this is no number");
            MISUSED
        }
    }
}

/// Sends a signal to the process itself; there are no others.
fn kill(run: &mut Run<'_>, arguments: &[String]) -> Flow {
    let (signal, pid) = match arguments {
        [pid] => ("TERM", pid),
        [signal, pid] => (signal.strip_prefix('-').unwrap_or_default(), pid),
        _ => ("", &String::new()),
    };
    let name = signal.strip_prefix("SIG").unwrap_or(signal);
    let number = SIGNALS.iter().find(|(known, number)| *known == name || number.to_string() == name);
    match number {
        Some((_, number)) if *pid == run.pid.to_string() => Flow::End(Ending::Signal(*number)),
        _ => Flow::Next(run.complain("sh: kill: there is no such signal or process")),
    }
}

/// One simple command.
struct Command {
    words: Vec<String>,
    /// Whether its standard output goes to standard error.
    redirected: bool,
}

struct BadSyntax;

/// What is left of a script, and what its variables are.
struct Script<'s> {
    rest: &'s str,
    variables: BTreeMap<&'s str, &'s str>,
    pid: String,
    room_bytes: usize,
}

impl<'s> Script<'s> {
    fn new(script: &'s str, run: &Run<'s>) -> Self {
        Self {
            rest: script,
            // The first of several with the same name counts.
            variables: run.environment.iter().rev().filter_map(|pair| pair.split_once('=')).collect(),
            pid: run.pid.to_string(),
            room_bytes: EXPANSION_MAX_BYTES,
        }
    }

    /// The next command; it may be empty.
    fn command(&mut self) -> Result<Option<Command>, BadSyntax> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut command = Command { words: Vec::new(), redirected: false };
        let mut word: Option<String> = None;
        while let Some(character) = self.next() {
            match character {
                ';' | '\n' => break,
                ' ' | '\t' => command.words.extend(word.take()),
                '>' if word.is_none() => {
                    self.rest = self.rest.strip_prefix("&2").ok_or(BadSyntax)?;
                    command.redirected = true;
                }
                '\'' => {
                    let (quoted, rest) = self.rest.split_once('\'').ok_or(BadSyntax)?;
                    word.get_or_insert_default().push_str(quoted);
                    self.rest = rest;
                }
                '"' => self.quoted(word.get_or_insert_default())?,
                '$' => self.variable(word.get_or_insert_default())?,
                '\\' => word.get_or_insert_default().push(self.next().ok_or(BadSyntax)?),
                '|' | '&' | '<' | '>' | '(' | ')' | '{' | '}' | '`' | '*' | '?' | '[' | '#' | '~' => {
                    return Err(BadSyntax);
                }
                _ => word.get_or_insert_default().push(character),
            }
        }
        command.words.extend(word);
        Ok(Some(command))
    }

    /// What is left up to a double quote.
    fn quoted(&mut self, word: &mut String) -> Result<(), BadSyntax> {
        loop {
            match self.next().ok_or(BadSyntax)? {
                '"' => return Ok(()),
                '$' => self.variable(word)?,
                '`' => return Err(BadSyntax),
                '\\' => {
                    let escaped = self.next().ok_or(BadSyntax)?;
                    if !matches!(escaped, '"' | '$' | '\\' | '`') {
                        word.push('\\');
                    }
                    word.push(escaped);
                }
                character => word.push(character),
            }
        }
    }

    /// The value of the variable whose name comes next. It is one word, whatever is in it.
    fn variable(&mut self, word: &mut String) -> Result<(), BadSyntax> {
        let value = if let Some(rest) = self.rest.strip_prefix('$') {
            self.rest = rest;
            self.pid.as_str()
        } else {
            let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
            let end = self.rest.find(|character| !is_part(character)).unwrap_or(self.rest.len());
            let (name, rest) = self.rest.split_at(end);
            if name.is_empty() {
                return Err(BadSyntax);
            }
            self.rest = rest;
            self.variables.get(name).copied().unwrap_or_default()
        };
        self.room_bytes = self.room_bytes.checked_sub(value.len()).ok_or(BadSyntax)?;
        word.push_str(value);
        Ok(())
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }
}

#[cfg(test)]
mod tests {
    use super::super::programs::tests::outcome;
    use super::*;

    #[test]
    fn scripts_do_what_they_say() {
        for (script, ending, out, err) in [
            ("", Ending::Code(0), "", ""),
            ("exit 3", Ending::Code(3), "", ""),
            ("exit 300; echo never", Ending::Code(44), "", ""),
            ("false; exit", Ending::Code(1), "", ""),
            ("false\n", Ending::Code(1), "", ""),
            ("false;true", Ending::Code(0), "", ""),
            ("kill -9 $$; echo never", Ending::Signal(9), "", ""),
            ("kill -SIGSEGV $$", Ending::Signal(11), "", ""),
            ("kill -TERM $$", Ending::Signal(15), "", ""),
            ("kill $$", Ending::Signal(15), "", ""),
            ("echo out; echo err >&2; cat; echo $A; exit 3", Ending::Code(3), "out\ninput1 2\n", "err\n"),
            ("echo 'a  $B' \"b $A \\\" \\n\" \\$A", Ending::Code(0), "a  $B b 1 2 \" \\n $A\n", ""),
            ("echo a'b'\"c\"$C''", Ending::Code(0), "abc\n", ""),
            ("echo '' \"\"", Ending::Code(0), " \n", ""),
            (">&2 echo x; echo y", Ending::Code(0), "y\n", "x\n"),
        ] {
            assert_eq!(
                outcome(&["sh", "-c", script]),
                (ending, out.to_owned(), err.to_owned(), 0),
                "{script}"
            );
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (script, code) in [
            ("echo a | cat", 2),
            ("echo $(cat)", 2),
            ("echo a > /tmp/x", 2),
            ("echo 'a", 2),
            ("echo \"a", 2),
            ("echo $", 2),
            ("exit x", 2),
            ("nothing", 127),
            ("sh -c true", 127),
            ("/bin/sh -c true", 127),
            ("kill -9 1", 1),
            ("kill -99 $$", 1),
            ("kill", 1),
        ] {
            let (ending, _, err, _) = outcome(&["sh", "-c", script]);
            assert_eq!((ending, err.is_empty()), (Ending::Code(code), false), "{script}");
        }
        assert_eq!(outcome(&["sh"]).0, MISUSED);
        assert_eq!(outcome(&["sh", "true"]).0, MISUSED);
    }

    #[test]
    fn times_add_up() {
        assert_eq!(outcome(&["sh", "-c", "sleep 1; sleep 2"]).3, 3_000_000_000);
    }
}
