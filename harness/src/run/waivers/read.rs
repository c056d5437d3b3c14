//! The file of waivers: TOML, every mistake with its place and what to do about it.

use std::sync::Arc;

use globset::Glob;
use serde::Deserialize;
use toml::Spanned;

use super::{CONNECTION, Date, Pattern, Waiver};
use crate::rules;
use crate::schema::{Diagnostic, Schema};
use crate::text::{Span, suggest};

/// Understands a file of waivers. Rules and commands must exist, because one that is misspelled would waive nothing,
/// and nobody would notice.
pub fn read(source: &str, text: &str, schema: &Schema) -> Result<Vec<Waiver>, Vec<Diagnostic>> {
    let source = Arc::from(source);
    let file: File = toml::from_str(text).map_err(|error| vec![Diagnostic::toml(&source, text, &error)])?;
    let mut desk = Desk { source, schema, diagnostics: Vec::new() };
    let waivers: Vec<Option<Waiver>> = file.waiver.iter().map(|entry| desk.waiver(entry)).collect();
    if desk.diagnostics.is_empty() {
        Ok(waivers.into_iter().flatten().collect())
    } else {
        Err(desk.diagnostics)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    waiver: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: Spanned<String>,
    command: Option<Spanned<String>>,
    fingerprint: Option<Spanned<String>>,
    reason: Spanned<String>,
    expires: Spanned<toml::Value>,
}

/// Where entries are looked at.
struct Desk<'s> {
    source: Arc<str>,
    schema: &'s Schema,
    diagnostics: Vec<Diagnostic>,
}

impl Desk<'_> {
    /// The waiver, unless something is wrong with it. All that is wrong is told.
    fn waiver(&mut self, entry: &Entry) -> Option<Waiver> {
        let rule = self.rule(&entry.rule);
        let command = entry.command.as_ref().map(|command| self.command(command));
        let fingerprint = entry.fingerprint.as_ref().map(|fingerprint| self.fingerprint(fingerprint));
        let reason = self.reason(&entry.reason);
        let expires = self.expires(&entry.expires);
        Some(Waiver {
            rule: rule?,
            command: command.map_or(Some(None), |command| command.map(Some))?,
            fingerprint: fingerprint.map_or(Some(None), |fingerprint| fingerprint.map(Some))?,
            reason: reason?,
            expires: expires?,
        })
    }

    fn rule(&mut self, rule: &Spanned<String>) -> Option<Pattern> {
        let codes: Vec<&str> = rules::rules().map(|rule| rule.code).collect();
        self.pattern(rule, &codes, "rule", "`qgaspec rules` lists all")
    }

    fn command(&mut self, command: &Spanned<String>) -> Option<Pattern> {
        let names = self.schema.commands().iter().map(|command| command.name.as_str());
        let names: Vec<&str> = names.chain([CONNECTION]).collect();
        let help = "`qgaspec schema show` lists all; `connection` is the row that belongs to no command";
        self.pattern(command, &names, "command", help)
    }

    /// A name, or a glob, that means at least one of these.
    fn pattern(
        &mut self,
        text: &Spanned<String>,
        names: &[&str],
        noun: &'static str,
        list: &str,
    ) -> Option<Pattern> {
        let written = text.get_ref();
        let glob = match Glob::new(written) {
            Ok(glob) => glob,
            Err(error) => {
                self.error(
                    text,
                    "malformed-glob",
                    format!("the glob `{written}` is malformed: {}", error.kind()),
                );
                return None;
            }
        };
        let matcher = glob.compile_matcher();
        if names.iter().any(|name| matcher.is_match(name)) {
            return Some(Pattern { text: written.clone(), matcher });
        }
        let code = if noun == "rule" { "unknown-rule" } else { "unknown-command" };
        let help = match suggest::nearest(written, names.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => list.to_owned(),
        };
        self.error(text, code, format!("there is no {noun} `{written}`")).help(help);
        None
    }

    fn fingerprint(&mut self, fingerprint: &Spanned<String>) -> Option<String> {
        let text = fingerprint.get_ref();
        let is_one = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_one {
            self.error(fingerprint, "malformed-fingerprint", format!("`{text}` is no fingerprint"))
                .help("a fingerprint is 16 hexadecimal digits in lower case, as reports have it");
        }
        is_one.then(|| text.clone())
    }

    fn reason(&mut self, reason: &Spanned<String>) -> Option<String> {
        let text = reason.get_ref().trim();
        if text.is_empty() {
            self.error(reason, "no-reason", "a waiver without a reason".to_owned())
                .help("say why the failure is tolerated, such as the number of a bug");
        }
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn expires(&mut self, expires: &Spanned<toml::Value>) -> Option<Date> {
        let date = match expires.get_ref() {
            toml::Value::Datetime(toml::value::Datetime { date: Some(date), time: None, offset: None }) => {
                Date::new(date.year, date.month, date.day)
            }
            _ => None,
        };
        if date.is_none() {
            self.error(expires, "bad-date", "`expires` is no day".to_owned())
                .help("write the last day on which the waiver holds, without quotes: expires = 2030-12-31");
        }
        date
    }

    fn error<T>(&mut self, place: &Spanned<T>, code: &'static str, message: String) -> &mut Diagnostic {
        let span = Span::new(place.span().start, place.span().end);
        self.diagnostics.push(Diagnostic::error(&self.source, code, span, message));
        self.diagnostics.last_mut().expect("one was pushed just now")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::builtin;

    fn mistakes(text: &str) -> Vec<(&'static str, String, Option<String>)> {
        let diagnostics = read("w.toml", text, builtin::seed()).err().unwrap_or_default();
        diagnostics
            .into_iter()
            .map(|found| (found.code, text[found.span.range()].to_owned(), found.help))
            .collect()
    }

    fn waiver(lines: &str) -> String {
        format!("[[waiver]]\n{lines}\n")
    }

    #[test]
    fn a_good_file_is_understood() {
        let text = "# Known.\n\n[[waiver]]\nrule = \"file/*\"\ncommand = \"guest-file-*\"\nfingerprint = \"0123456789abcdef\"\nreason = \" bug 7 \"\nexpires = 2030-01-31\n\n[[waiver]]\nrule = \"envelope/ascii\"\ncommand = \"connection\"\nreason = \"never\"\nexpires = 2030-02-01\n";
        let waivers = read("w.toml", text, builtin::seed()).expect("nothing is wrong with it");
        let [first, second] = waivers.as_slice() else { panic!("{waivers:?}") };
        assert_eq!((first.reason.as_str(), first.expires.to_string().as_str()), ("bug 7", "2030-01-31"));
        assert!(first.is_about("file/open", "guest-file-open") && !first.is_about("file/open", ""));
        assert!(first.covers(Some("0123456789abcdef")) && !first.covers(Some("x")) && !first.covers(None));
        assert!(second.is_about("envelope/ascii", "") && !second.is_about("envelope/ascii", "guest-ping"));
        assert!(second.covers(None) && second.covers(Some("x")));
        assert!(mistakes("").is_empty());
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let text = waiver(
            "rule = \"framing/terminatd\"\ncommand = \"guest-pong\"\nfingerprint = \"0123\"\nreason = \" \"\nexpires = \"2030-01-01\"",
        );
        let found: Vec<_> = mistakes(&text).into_iter().map(|(code, place, _)| (code, place)).collect();
        let expected = [
            ("unknown-rule", "\"framing/terminatd\""),
            ("unknown-command", "\"guest-pong\""),
            ("malformed-fingerprint", "\"0123\""),
            ("no-reason", "\" \""),
            ("bad-date", "\"2030-01-01\""),
        ];
        assert_eq!(found, expected.map(|(code, place)| (code, place.to_owned())));
        let helps: Vec<_> = mistakes(&text).into_iter().filter_map(|(.., help)| help).collect();
        assert_eq!(helps[..2], ["did you mean `framing/terminated`?", "did you mean `guest-ping`?"]);
        assert_eq!(helps.len(), 5);
    }

    #[test]
    fn days_that_do_not_exist_and_other_values_are_no_dates() {
        for value in ["2030-01-01T00:00:00", "12:00:00", "7", "true"] {
            let text = waiver(&format!("rule = \"core/ping\"\nreason = \"x\"\nexpires = {value}"));
            let found = mistakes(&text);
            assert_eq!(found.len(), 1, "{value}: {found:?}");
            assert_eq!((found[0].0, found[0].1.as_str()), ("bad-date", value));
        }
        let text = waiver("rule = \"core/ping\"\nreason = \"x\"\nexpires = 2030-02-30");
        assert_eq!(mistakes(&text).len(), 1);
    }

    #[test]
    fn what_is_no_waiver_is_refused_with_a_place() {
        for (text, place) in [
            ("[[waiver]]\nrule = \"core/ping\"\nreason = \"x\"\n", "[[waiver]]"),
            ("[[waivers]]\nrule = \"core/ping\"\n", "waivers"),
            ("[[waiver]]\nrule = \"core/ping\"\nreason = \"x\"\nexpires = 2030-01-01\nuntil = 3\n", "until"),
            ("[[waiver]]\nrule = 3\nreason = \"x\"\nexpires = 2030-01-01\n", "3"),
            ("[[waiver]\n", "\n"),
        ] {
            let found = mistakes(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!((found[0].0, found[0].1.trim_end()), ("toml", place.trim_end()), "{text}");
        }
        let found = mistakes(&waiver("rule = \"[x\"\nreason = \"x\"\nexpires = 2030-01-01"));
        assert_eq!(found[0].0, "malformed-glob");
    }
}
