//! A file as a scenario: every mistake with its place and what to do about it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::{FORMAT, Finding, Piece, Scenario, Step, text};
use crate::generate::Symbol;
use crate::rules;
use crate::schema::{Diagnostic, Schema};
use crate::text::{Span, suggest};

/// Understands a scenario. Rules and commands that it names must exist.
pub fn read(source: &str, text: &str, schema: &Schema) -> Result<Scenario, Vec<Diagnostic>> {
    let source = Arc::from(source);
    let file: File = toml::from_str(text).map_err(|error| vec![Diagnostic::toml(&source, text, &error)])?;
    let mut desk = Desk { source, diagnostics: Vec::new(), remembered: BTreeSet::new() };
    let scenario = desk.scenario(file, schema);
    if desk.diagnostics.is_empty() { Ok(scenario) } else { Err(desk.diagnostics) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: Spanned<String>,
    title: String,
    #[serde(default)]
    expect: Vec<Spanned<String>>,
    finding: Option<FindingEntry>,
    #[serde(default)]
    step: Vec<StepEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingEntry {
    rule: Spanned<String>,
    command: Option<Spanned<String>>,
    bucket: String,
    #[serde(default)]
    origin: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepEntry {
    send: Spanned<Send>,
    remember: Option<Spanned<String>>,
    until: Option<Spanned<String>>,
}

/// One write, or several.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a string, or a list of strings for several writes")]
enum Send {
    One(String),
    Several(Vec<String>),
}

struct Desk {
    source: Arc<str>,
    diagnostics: Vec<Diagnostic>,
    /// Values that earlier steps remember.
    remembered: BTreeSet<Symbol>,
}

impl Desk {
    fn scenario(&mut self, file: File, schema: &Schema) -> Scenario {
        if file.format.get_ref() != FORMAT {
            self.error(&file.format, "format", format!("unknown format `{}`", file.format.get_ref()))
                .help(format!("this program reads format = \"{FORMAT}\""));
        }
        self.expected_rules(&file.expect);
        let finding = file.finding.map(|entry| self.finding(entry, schema));
        Scenario {
            title: file.title,
            expect: file.expect.into_iter().map(Spanned::into_inner).collect(),
            finding,
            steps: file.step.into_iter().map(|entry| self.step(&entry)).collect(),
        }
    }

    fn expected_rules(&mut self, codes: &[Spanned<String>]) {
        for code in codes {
            self.known(code, "rule", rules::rules().map(|rule| rule.code).collect());
        }
    }

    fn finding(&mut self, entry: FindingEntry, schema: &Schema) -> Finding {
        self.known(&entry.rule, "rule", rules::rules().map(|rule| rule.code).collect());
        if let Some(command) = &entry.command {
            let names = schema.commands().iter().map(|command| command.name.as_str()).collect();
            self.known(command, "command", names);
        }
        Finding {
            rule: entry.rule.into_inner(),
            command: entry.command.map(Spanned::into_inner),
            bucket: entry.bucket,
            origin: entry.origin,
        }
    }

    fn known(&mut self, name: &Spanned<String>, noun: &str, names: Vec<&str>) {
        let written = name.get_ref();
        if names.contains(&written.as_str()) {
            return;
        }
        let code = if noun == "rule" { "unknown-rule" } else { "unknown-command" };
        let help = suggest::nearest(written, names.into_iter()).map(|near| format!("did you mean `{near}`?"));
        let help = help.unwrap_or_else(|| "`qgaspec rules` and `qgaspec schema show` list all".to_owned());
        self.error(name, code, format!("there is no {noun} `{written}`")).help(help);
    }

    fn step(&mut self, entry: &StepEntry) -> Step {
        let writes = match entry.send.get_ref() {
            Send::One(write) => std::slice::from_ref(write),
            Send::Several(writes) => writes.as_slice(),
        };
        let writes = writes.iter().map(|write| self.write(&entry.send, write)).collect();
        let remember = entry.remember.as_ref().and_then(|name| {
            let symbol = text::symbol(name.get_ref());
            if symbol.is_none() {
                self.error(name, "unknown-value", format!("`{}` is no value", name.get_ref())).help(VALUES);
            }
            symbol
        });
        self.remembered.extend(remember);
        if let Some(until) = entry.until.as_ref().filter(|until| until.get_ref() != "exited") {
            self.error(until, "until", format!("nothing is known about `{}`", until.get_ref()))
                .help("the only thing to wait for is until = \"exited\"");
        }
        Step { writes, remember, until_exited: entry.until.is_some() }
    }

    fn write(&mut self, place: &Spanned<Send>, write: &str) -> Vec<Piece> {
        let pieces = match text::parse(write) {
            Ok(pieces) => pieces,
            Err(name) => {
                self.error(place, "unknown-value", format!("`${{{name}}}` stands for nothing")).help(VALUES);
                return Vec::new();
            }
        };
        for piece in &pieces {
            if let Piece::Value(symbol) = piece
                && !self.remembered.contains(symbol)
            {
                let name = text::name(*symbol);
                self.error(place, "not-remembered", format!("no step before this one remembers `{name}`"))
                    .help(format!("write remember = \"{name}\" into the step whose reply gives it"));
            }
        }
        pieces
    }

    fn error<T>(&mut self, place: &Spanned<T>, code: &'static str, message: String) -> &mut Diagnostic {
        let span = Span::new(place.span().start, place.span().end);
        self.diagnostics.push(Diagnostic::error(&self.source, code, span, message));
        self.diagnostics.last_mut().expect("one was pushed just now")
    }
}

/// What can be remembered, and what stands for itself.
const VALUES: &str = "values are handle1, handle2 …, pid1, pid2 …, time and list; in a text there are also \
    ${scratch} and ${xHH} for a byte, and $${ stands for itself";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::builtin;

    const HEAD: &str = "format = \"qgaspec-scenario/1\"\ntitle = \"t\"\n";

    fn mistakes(text: &str) -> Vec<(&'static str, String)> {
        let found = read("s.toml", text, builtin::seed()).err().unwrap_or_default();
        found.into_iter().map(|found| (found.code, text[found.span.range()].to_owned())).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let scenario = Scenario {
            title: "a \"title\" \u{e4}\u{1b}".to_owned(),
            expect: vec!["core/ping".to_owned()],
            finding: Some(Finding {
                rule: "reply/type".to_owned(),
                command: Some("guest-info".to_owned()),
                bucket: "b".to_owned(),
                origin: "case x".to_owned(),
            }),
            steps: vec![
                Step {
                    writes: vec![vec![Piece::Bytes(b"\xFF{\\\"\n\x00".to_vec()), Piece::Scratch]],
                    remember: Some(Symbol::Pid(2)),
                    until_exited: false,
                },
                Step {
                    writes: vec![vec![Piece::Bytes(b"$${".to_vec())], vec![Piece::Value(Symbol::Pid(2))]],
                    remember: None,
                    until_exited: true,
                },
            ],
        };
        assert_eq!(read("s", &scenario.to_string(), builtin::seed()), Ok(scenario));
    }

    #[test]
    fn mistakes_have_a_place() {
        let step = |lines: &str| format!("{HEAD}[[step]]\n{lines}\n");
        for (text, code, place) in [
            (format!("{HEAD}expect = [\"core/pnig\"]\n"), "unknown-rule", "\"core/pnig\""),
            (HEAD.replace("/1", "/2"), "format", "\"qgaspec-scenario/2\""),
            (step("send = \"${handle1}\""), "not-remembered", "\"${handle1}\""),
            (step("send = \"${hendle1}\""), "unknown-value", "\"${hendle1}\""),
            (step("send = \"\"\nremember = \"x\""), "unknown-value", "\"x\""),
            (step("send = \"\"\nuntil = \"x\""), "until", "\"x\""),
            (step("sent = \"\""), "toml", "sent"),
            (step("send = 5"), "toml", "5"),
        ] {
            assert_eq!(mistakes(&text), [(code, place.to_owned())], "{text}");
        }
    }
}
