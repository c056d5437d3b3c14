//! A message as a whole: what its spelling leaves open, and its members at the top level.

use crate::schema::Schema;
use crate::text::{Document, Json, NoteKind};

use super::arguments;
use super::standing::{Defect, DefectKind, Latitude, Standing};

/// Deeper nesting is not asked of an agent. `qemu-ga` takes 1024 levels.
const DEPTH_MAX: usize = 1000;

/// Names that start so are reserved for downstream use (qmp-spec, "Downstream extension").
const DOWNSTREAM_PREFIX: &[u8] = b"__";

/// What was found out about a message so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) defects: Vec<Defect>,
    pub(super) latitudes: Vec<Latitude>,
}

impl Findings {
    pub(super) fn defect(&mut self, kind: DefectKind, path: impl Into<String>) {
        self.defects.push(Defect { kind, path: path.into() });
    }

    pub(super) fn latitude(&mut self, latitude: Latitude) {
        if !self.latitudes.contains(&latitude) {
            self.latitudes.push(latitude);
        }
    }
}

/// Whether the bytes are JSON: a text that is not UTF-8 is not.
pub(super) fn is_json(document: &Document<'_>) -> bool {
    document.notes.iter().all(|note| note.kind != NoteKind::InvalidUtf8)
}

/// Why a reader may take the message for malformed, although its grammar is right.
pub(super) fn lexical_latitudes(document: &Document<'_>) -> Vec<Latitude> {
    let mut latitudes: Vec<_> = document.notes.iter().filter_map(|note| latitude(note.kind)).collect();
    if document.depth > DEPTH_MAX || document.value.member("id").is_some_and(has_great_number) {
        latitudes.push(Latitude::Limits);
    }
    latitudes.sort_unstable();
    latitudes.dedup();
    latitudes
}

/// Whether a number is beyond those of a double. RFC 8259 lets a reader limit the range of numbers.
fn has_great_number(value: &Json<'_>) -> bool {
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        if value.as_number().is_some_and(|number| number.as_f64().is_infinite()) {
            return true;
        }
        rest.extend(value.as_array().unwrap_or_default());
        rest.extend(value.members().iter().map(|member| &member.value));
    }
    false
}

fn latitude(note: NoteKind) -> Option<Latitude> {
    match note {
        NoteKind::DuplicateKey => Some(Latitude::DuplicateKey),
        NoteKind::LoneSurrogate => Some(Latitude::LoneSurrogate),
        NoteKind::Noncharacter => Some(Latitude::Noncharacter),
        NoteKind::SingleQuotes => Some(Latitude::SingleQuotes),
        NoteKind::OverlongNul => Some(Latitude::ModifiedUtf8),
        NoteKind::InvalidUtf8 | NoteKind::NonAscii => None,
    }
}

/// The standing of a message whose text is JSON.
///
/// What is no object must be refused however it is spelled. With a doubtful spelling everything else is open,
/// even if there are defects too: a reader may refuse it as malformed, and then its error has neither the id nor
/// the class that the defect asks for; or of two members with one key, the defect may be in the one that does
/// not count.
pub(super) fn standing(document: &Document<'_>, lexical: Vec<Latitude>, schema: &Schema) -> Standing {
    let message = &document.value;
    let findings = if !message.is_object() {
        let mut findings = Findings::default();
        findings.defect(DefectKind::NotAnObject, "");
        findings
    } else if lexical.is_empty() {
        object(message, schema)
    } else {
        return Standing::Open(lexical);
    };
    if !findings.defects.is_empty() {
        Standing::Invalid(findings.defects)
    } else if !findings.latitudes.is_empty() {
        Standing::Open(findings.latitudes)
    } else {
        Standing::Valid
    }
}

/// What is wrong with a message by this schema may be right by a later version of it.
fn object(message: &Json<'_>, schema: &Schema) -> Findings {
    let mut findings = Findings::default();
    top_level(message, schema, &mut findings);
    if findings.defects.is_empty() {
        return findings;
    }
    let Some(later) = schema.later() else { return findings };
    let mut newer = Findings::default();
    newer.latitude(Latitude::LaterVersion);
    top_level(message, later, &mut newer);
    if newer.defects.is_empty() { newer } else { findings }
}

fn top_level(message: &Json<'_>, schema: &Schema, findings: &mut Findings) {
    for member in message.members() {
        let key = member.key.decoded();
        match &*key {
            b"execute" | b"arguments" | b"id" => {}
            downstream if is_downstream(downstream) => findings.latitude(Latitude::DownstreamName),
            unknown => findings.defect(DefectKind::UnknownMember, String::from_utf8_lossy(unknown)),
        }
    }
    let given = message.member("arguments");
    if given.is_some_and(|arguments| !arguments.is_object()) {
        findings.defect(DefectKind::ArgumentsType, "arguments");
    }
    let Some(execute) = message.member("execute") else {
        findings.defect(DefectKind::ExecuteMissing, "execute");
        return;
    };
    let Some(name) = execute.as_str() else {
        findings.defect(DefectKind::ExecuteType, "execute");
        return;
    };
    match schema.command(&name) {
        Some(command) if given.is_none_or(Json::is_object) => {
            arguments::check(given.map_or(&[], Json::members), command, schema, findings);
        }
        Some(_) => {}
        None if is_downstream(name.as_bytes()) => findings.latitude(Latitude::DownstreamName),
        None => findings.defect(DefectKind::UnknownCommand, "execute"),
    }
}

/// Whether the name is reserved for downstream use.
pub(super) fn is_downstream(name: &[u8]) -> bool {
    name.starts_with(DOWNSTREAM_PREFIX)
}
