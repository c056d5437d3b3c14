//! How dangerous a stretch of bytes could be to a guest, whatever reader it meets.

//!
//! The bytes are searched, not parsed: a reader that we do not know may see a command where a strict reader sees
//! a malformed message, a key, or the inside of a string. Only harmless arguments need a strict reading.

use std::collections::BTreeSet;

use memchr::memmem;

use crate::schema::Schema;
use crate::text::printable;

use super::harmless::{Scope, is_harmless};
use super::lenient::{CUT, Folded, GAP, fold};
use super::names::{self, Danger, Role};
use super::reading::read;

/// What a stimulus could do to a guest. The order is that of danger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hazard {
    /// Only asks.
    Read,
    /// Files in a scratch folder, and harmless programs with arguments from a fixed list.
    Scratch,
    /// Reversible changes with exact harmless arguments.
    State,
    /// Everything else.
    Power,
}

impl Hazard {
    /// The level with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Read, Self::Scratch, Self::State, Self::Power].into_iter().find(|hazard| hazard.name() == name)
    }

    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Scratch => "scratch",
            Self::State => "state",
            Self::Power => "power",
        }
    }
}

/// What the harness knows about the guest, so that harmless arguments can be told from others.
#[derive(Clone, Debug, Default)]
pub struct HazardContext {
    /// The scratch folder, absolute and without a trailing slash.
    pub scratch: Option<String>,
    /// Handles that this session opened, also those closed since.
    pub handles: BTreeSet<i64>,
    /// Process ids that this session started.
    pub pids: BTreeSet<i64>,
}

/// The finding about a stretch of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Assessment {
    /// The level of the most dangerous reading.
    pub hazard: Hazard,
    /// The command name or text that decides it, if any.
    pub because: Option<String>,
}

/// Assesses the final bytes of a stimulus, together with whatever may be unfinished before them.
///
/// A command counts wherever a lenient reader could see its name: in any case, with `_` for `-`, escaped,
/// interrupted by bytes that a reader drops, in keys, values and comments, as the beginning of a longer word. A
/// string that only begins like a name counts as the worst name that it begins like. What stands behind
/// `execute` and is unknown may be a command that only this agent has: power.
///
/// The commands that depend on their arguments are less than power only if every occurrence of their names is
/// in a message that a strict reader sees, and that message is harmless if it is a request to this command.
pub fn assess(bytes: &[u8], schema: &Schema, context: &HazardContext) -> Assessment {
    Search::new(schema).run(bytes, Some(context))
}

/// Like [`assess`], for bytes before which something is missing: no arguments count as harmless then.
pub(crate) fn assess_remainder(bytes: &[u8], schema: &Schema) -> Assessment {
    Search::new(schema).run(bytes, None)
}

/// The words whose value is a command name.
const EXECUTE: [&[u8]; 2] = [b"execute", b"exec-oob"];
/// Words that no reader takes for a string, as far as they may be cut.
const LITERALS: [&[u8]; 8] = [b"true", b"false", b"null", b"none", b"nil", b"nan", b"infinity", b"undefined"];
/// How much of a text is shown as the reason.
const SHOWN_BYTES: usize = 80;

/// The search for names in one stretch of bytes.
struct Search<'s> {
    schema: &'s Schema,
    found: Assessment,
    /// Occurrences of names whose danger depends on arguments, first in the one way to look and then in the
    /// other.
    depending: Vec<(&'s str, Role)>,
}

impl<'s> Search<'s> {
    fn new(schema: &'s Schema) -> Self {
        let found = Assessment { hazard: Hazard::Read, because: None };
        Self { schema, found, depending: Vec::new() }
    }

    fn run(mut self, bytes: &[u8], context: Option<&HazardContext>) -> Assessment {
        self.look(bytes);
        if let Some((name, _)) = self.depending.first().copied()
            && self.found.hazard < Hazard::Power
        {
            let level = context.and_then(|context| self.justified(bytes, context));
            self.see(level.unwrap_or(Hazard::Power), name.as_bytes());
        }
        self.found
    }

    /// Looks at the bytes in two ways, with an end or nothing where bytes were dropped.
    fn look(&mut self, bytes: &[u8]) {
        let Folded { text, joined } = fold(bytes);
        self.names(&text);
        self.beginnings(&text);
        self.unknown(&text, None);
        match joined {
            Some(joined) => {
                self.names(&joined);
                self.unknown(&joined, Some(&text));
            }
            None => self.depending.extend_from_within(..),
        }
    }

    /// Looks for known names, whatever comes before and behind them.
    fn names(&mut self, text: &[u8]) {
        for at in memmem::find_iter(text, names::PREFIX) {
            match names::longest_at(&text[at..], self.schema) {
                Some((name, Danger::Always(hazard))) => self.see(hazard, name.as_bytes()),
                Some((name, Danger::Depends(role))) => self.depending.push((name, role)),
                None => {}
            }
            if self.found.hazard == Hazard::Power {
                return;
            }
        }
        for name in names::foreign_names(self.schema) {
            if memmem::find_iter(text, name).any(|at| is_word(text, at, name.len())) {
                self.see(Hazard::Power, name.as_bytes());
            }
        }
    }

    /// Looks for words that only begin like a known name. One that is not finished here is none of them: its
    /// rest is yet to come, and is then assessed together with this.
    fn beginnings(&mut self, text: &[u8]) {
        for at in memmem::find_iter(text, names::PREFIX) {
            let word = names::run(&text[at..]);
            let ends = text.get(at + word.len()).is_some_and(|byte| *byte != GAP);
            let is_known =
                || names::longest_at(word, self.schema).is_some_and(|(name, _)| name.len() == word.len());
            if ends
                && let Some((_, hazard)) = names::worst_completion(word, self.schema)
                && !is_known()
            {
                self.see(hazard, word);
            }
        }
    }

    /// Looks for unknown names behind `execute`. In a text that was joined up only names count that are
    /// whole in `unjoined` too.
    fn unknown(&mut self, text: &[u8], unjoined: Option<&[u8]>) {
        for key in EXECUTE {
            for at in memmem::find_iter(text, key) {
                if self.found.hazard == Hazard::Power {
                    return;
                }
                let Some(name) = value_behind(&text[at + key.len()..]) else { continue };
                let is_whole = || unjoined.is_none_or(|unjoined| memmem::find(unjoined, name).is_some());
                if names::could_be_an_extension(name, self.schema) && is_whole() {
                    self.see(Hazard::Power, name);
                }
            }
        }
    }

    /// The level of the messages that hold names of commands that depend on their arguments, if these account
    /// for every occurrence and are harmless.
    fn justified(&self, bytes: &[u8], context: &HazardContext) -> Option<Hazard> {
        let reading = read(bytes, self.schema);
        let mut accounted = 0;
        let mut level = Hazard::Read;
        // Behind something malformed, readers may disagree on what belongs to which message.
        for message in reading.messages.iter().take_while(|message| message.document.is_some()) {
            let mut within = Self::new(self.schema);
            within.look(&bytes[message.span.range()]);
            let named = within.depending;
            let is_plain = matches!(named[..], [one, other] if one == other && message.command.as_deref() == Some(one.0));
            let scope = if is_plain { Scope::Arguments } else { Scope::Everything };
            for (_, role) in &named {
                if !is_harmless(message, *role, scope, context) {
                    return None;
                }
                level = level.max(role.harmless_level());
            }
            accounted += named.len();
        }
        (accounted == self.depending.len()).then_some(level)
    }

    fn see(&mut self, hazard: Hazard, because: &[u8]) {
        if self.found.because.is_none() || hazard > self.found.hazard {
            self.found = Assessment { hazard, because: Some(printable(because, SHOWN_BYTES).text) };
        }
    }
}

/// The string or bare word that is the value of the key which ends before `rest`, if there is one.
fn value_behind(rest: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    if rest.first() == Some(&CUT) {
        // The key goes on behind what is its end for some readers.
        at = memchr::memchr2(b'"', b'\'', rest)?;
    }
    if let Some(b'"' | b'\'') = rest.get(at) {
        at += 1;
    }
    at = skip_blanks(rest, at);
    if let Some(b':' | b'=') = rest.get(at) {
        at = skip_blanks(rest, at + 1);
    }
    let value = &rest[at..];
    match value.first()? {
        quote @ (b'"' | b'\'') => {
            let string = &value[1..];
            // At a gap or at the end the string is not finished.
            let end = memchr::memchr3(*quote, CUT, GAP, string).filter(|end| string[*end] != GAP)?;
            Some(string[..end].trim_ascii()).filter(|name| !name.is_empty())
        }
        b'a'..=b'z' if at > 0 => {
            let belongs = |byte: &u8| names::is_name_byte(*byte) || matches!(byte, b'.' | b'/');
            let end = value.iter().position(|byte| !belongs(byte)).filter(|end| value[*end] != GAP)?;
            Some(&value[..end]).filter(|word| !LITERALS.iter().any(|literal| literal.starts_with(word)))
        }
        _ => None,
    }
}

/// Whether what is at `at` is not a part of a longer word. Names without the prefix of the protocol may be
/// common syllables.
fn is_word(text: &[u8], at: usize, length: usize) -> bool {
    let before = at.checked_sub(1).map(|before| text[before]);
    let behind = text.get(at + length).copied();
    ![before, behind].into_iter().flatten().any(names::is_name_byte)
}

fn skip_blanks(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| matches!(**byte, b' ' | CUT | GAP)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Hazard::{Power, Read, Scratch, State};
    use super::*;
    use crate::schema::builtin;

    fn context() -> HazardContext {
        HazardContext { scratch: Some("/tmp/q.1".to_owned()), handles: [1000].into(), pids: [77].into() }
    }

    fn level(text: impl AsRef<[u8]>) -> Hazard {
        assess(text.as_ref(), builtin::seed(), &context()).hazard
    }

    fn call(name: &str) -> String {
        format!("{{\"execute\":\"{name}\"}}\n")
    }

    #[test]
    fn plain_requests_have_the_level_of_their_command() {
        for (name, expected) in [
            ("guest-ping", Read),
            ("guest-ssh-get-authorized-keys", Read),
            ("guest-fsfreeze-status", Read),
            ("guest-fsfreeze-freeze", State),
            ("guest-fstrim", State),
            ("guest-shutdown", Power),
            ("guest-set-time", Power),
            ("guest-suspend-ram", Power),
            ("guest-qgaspec-unknown", Read),
            ("guest-nope", Power),
            ("query-status", Power),
            ("", Read),
        ] {
            let assessment = assess(call(name).as_bytes(), builtin::seed(), &context());
            assert_eq!(assessment.hazard, expected, "{name}");
            assert_eq!(assessment.because.is_some(), !matches!(name, "" | "guest-qgaspec-unknown"), "{name}");
        }
    }

    #[test]
    fn bytes_without_a_name_only_ask() {
        for text in [
            "",
            "\n",
            "12",
            "{}",
            "[[[",
            "\u{0}\u{1}",
            "{\"id\":1}",
            "guest-",
            "{\"arguments\":{\"path\":\"/\"}}",
        ] {
            assert_eq!(
                assess(text.as_bytes(), builtin::seed(), &context()),
                Assessment { hazard: Read, because: None }
            );
        }
        for value in ["5", "true", "null", "{}", "[]", "tru", "NaN", "-Infinity", "[\"x\"]"] {
            assert_eq!(level(format!("{{\"execute\":{value}}}")), Read, "{value}");
        }
    }

    #[test]
    fn lenient_readers_see_names_in_many_spellings() {
        for text in [
            &b"{\"execute\":\"guest\\u002dshutdown\"}"[..],
            b"{\"execute\":\"\\u0067uest-shut\\u0044own\"}",
            b"{\"execute\":\"GUEST_Shutdown\"}",
            b"{\"execute\":\"gue\\u017ft-shutdown\"}",
            b"{\"execute\":\" guest-shutdown\\n\"}",
            b"{\"execute\":\"guest-shutdown\\u0000x\"}",
            b"{\"execute\":\"guest-shut\\u0000down\"}",
            b"{\"execute\":\"guest-shut\0down\"}",
            b"{\"execute\":\"gu\xFFest-shut\x1B\ndown\"}",
            b"{\"execute\":\"guest-shutdownX\"}",
            b"{\"execute\":\"xguest-shutdown\"}",
            b"{'execute':'guest-shutdown'}",
            b"{execute:guest-shutdown}",
            b"{\"execute\":\"guest-shutdown",
            b"{\"execute\":[\"guest-shutdown\"]}",
            b"{\"execute\":\"guest-ping\",\"execute\":\"guest-shutdown\"}",
            b"{\"execute\":\"guest-shutdown\",\"execute\":\"guest-ping\"}",
            b"{\"execute\":\"guest-ping\",\"id\":\"guest-shutdown\"}",
            b"{\"execute\":\"guest-ping\",\"arguments\":{\"guest-shutdown\":1}}",
            b"guest-shutdown\n",
            b"/*guest-shutdown*/{}",
            b"{\0\"\0e\0x\0e\0c\0u\0t\0e\0\"\0:\0\"\0g\0u\0e\0s\0t\0-\0s\0h\0u\0t\0d\0o\0w\0n\0\"\0}\0",
            b"{\"execute\":\"guest-s\"}",
            b"{\"execute\":\"guest-s\\u0000\"}",
            b"{\"execute\":guest-shutdow}",
        ] {
            assert_eq!(level(text), Power, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn damaged_names_that_only_ask_still_only_ask() {
        for name in
            ["guest-pin", "Guest-Ping", "guest_ping", "guest-ping\\u0000x", "guest-ping ", "gue", "guest-i"]
        {
            assert_eq!(level(call(name)), Read, "{name}");
        }
        for name in ["guest-pingx", "guest-foo", "g-ping"] {
            assert_eq!(level(call(name)), Power, "{name}");
        }
    }

    #[test]
    fn unknown_names_are_found_behind_anything_like_execute() {
        for text in [
            "{\"EXECUTE\":\"query-status\"}",
            "{\"exec-oob\":\"query-status\"}",
            "{\"exe\\u0063ute\" : 'query-status'}",
            "{\"exe\\u0000cute\":\"query-status\"}",
            "{\"execute\\u0000x\":\"query-status\"}",
            "{\"execute\":\"query-status\\u0000\"}",
            "{\"execute\":\"\\u0000query-status\"}",
            "{execute=query-status}",
            "{\"x\":[{\"execute\":\"query-status\"}]}",
        ] {
            assert_eq!(level(text), Power, "{text}");
        }
        assert_eq!(level("{\"id\":\"execute\",\"x\":\"query-status\"}"), Read);
    }

    #[test]
    fn unfinished_names_count_with_what_completes_them() {
        let request = call("guest-set-time");
        for cut in 0..request.len() {
            let (begun, rest) = request.split_at(cut);
            assert!(cut > request.find("time").unwrap() + 3 || level(begun) < Power, "{begun}");
            assert_eq!(level([begun, rest].concat()), Power);
        }
        for reset in ["\u{1}", "\n", "\u{1b}"] {
            let fence = "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":1}}\n";
            for cut in 0.."{\"execute\":\"guest-s".len() {
                assert_eq!(level([&request[..cut], reset, fence].concat()), Read, "{cut}");
                let closers = "\n\"}]}]\n";
                assert_eq!(
                    level([&request[..cut.min(17)], reset, fence, closers, fence].concat()),
                    Read,
                    "{cut}"
                );
            }
        }
    }

    #[test]
    fn arguments_count_only_where_every_reader_sees_them() {
        let read = "{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":1000}}\n";
        let open = "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/tmp/q.1/guest-file-open\"},\"id\":1}\n";
        let status = "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":77}}";
        let vcpus = "{\"execute\":\"guest-set-vcpus\",\"arguments\":{\"vcpus\":[]}}\n";
        assert_eq!(level(read), Scratch);
        assert_eq!(level([read, status, "\n", read].concat()), Scratch);
        assert_eq!(level([read, vcpus].concat()), State);
        assert_eq!(level([b"\xFF", read.as_bytes(), b"\xFF{\"execute\":\"gu"].concat()), Scratch);
        assert_eq!(level([read, "}]}]}\n"].concat()), Scratch);
        assert_eq!(level(open), Scratch);
        for text in [
            read.replace("1000", "1001"),
            open.replace("\"id\":1", "\"id\":\"guest-exec\""),
            read.replace("}}", "},\"id\":{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":5}}}"),
            read.replace("read", "re\\u0000ad").replace("1000", "5"),
            status.replace("-status", "\\u0000-status").replace("77", "77,\"path\":\"sh\""),
            read.replace("}}", "}"),
            read.replace('"', "'"),
            read.replace("}}", "},\"id\":\"guest-shut\\u0000down\"}"),
            format!("}}\n{read}"),
            format!("[{}]", read.trim_end()),
            read.replace("guest-file-read", "guest-file-rea"),
            read.replace("guest-file-read", "guest-file-readx"),
        ] {
            assert_eq!(level(&text), Power, "{text}");
        }
        assert_eq!(assess_remainder(read.as_bytes(), builtin::seed()).hazard, Power);
    }

    #[test]
    fn the_reason_is_printable() {
        let assessment = assess(b"{\"execute\":\"\x1B2Jvendor\\\\thing\"}", builtin::seed(), &context());
        assert_eq!(assessment.because.as_deref(), Some("2jvendor\\\\thing"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::sample::select(
            &b"{}[]\",:'\\u0123 \n\x00\xFFexecute:guest-sh"[..]
        ), 0..120)) {
            level(&bytes);
        }

        #[test]
        fn a_name_stays_in_sight_among_any_bytes(
            before in proptest::collection::vec(any::<u8>(), 0..40),
            after in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            // A backslash directly before the name would be an escape of its first letter.
            let text = [&before[..], b" guest-shutdown", &after].concat();
            prop_assert_eq!(level(&text), Power);
        }
    }
}
