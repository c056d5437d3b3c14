//! Which names are allowed, and which name was probably meant.

use super::Context;
use crate::schema::model::Builtin;
use crate::text::Span;

/// What a name is for; each has its own spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameKind {
    Command,
    Event,
    Type,
    Member,
    EnumValue,
    Branch,
    Feature,
}

impl NameKind {
    fn describe(self) -> &'static str {
        match self {
            Self::Command => "a command",
            Self::Event => "an event",
            Self::Type => "a type",
            Self::Member => "a member",
            Self::EnumValue => "an enum value",
            Self::Branch => "a branch",
            Self::Feature => "a feature",
        }
    }

    /// How names of this kind are written, if this one is not.
    fn style_fault(self, name: &str) -> Option<&'static str> {
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        match self {
            Self::Type => {
                let good = name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains(['-', '_']);
                (!good).then_some("types are named in CamelCase")
            }
            Self::Event => {
                let good = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
                (!good).then_some("events are named in UPPER_CASE")
            }
            Self::Command | Self::Member | Self::EnumValue | Self::Branch | Self::Feature => {
                (!name.chars().all(lower)).then_some("use lower case with `-` between words")
            }
        }
    }
}

/// Reports what is wrong with a name. `exempt` says that a pragma allows another spelling.
pub(super) fn check_name(context: &mut Context<'_>, kind: NameKind, name: &str, span: Span, exempt: bool) {
    let what = kind.describe();
    let stem = without_vendor(name);
    if let Some(fault) = character_fault(kind, stem) {
        let remark = context.remarks.error("bad-name", span, format!("bad name of {what}"));
        remark.label(fault).help("names start with a letter and consist of letters, digits, `-` and `_`");
        return;
    }
    if let Some(reason) = reserved(kind, stem) {
        let remark =
            context.remarks.error("reserved-name", span, format!("`{name}` cannot be the name of {what}"));
        remark.label(reason).help("choose another name");
    } else if let Some(style) = kind.style_fault(stem).filter(|_| !exempt) {
        context.remarks.warning("name-style", span, format!("unusual name of {what}")).help(style);
    }
}

/// The name without the prefix `__com.example_` that vendors put before their own.
fn without_vendor(name: &str) -> &str {
    let Some((vendor, stem)) = name.strip_prefix("__").and_then(|rest| rest.split_once('_')) else {
        return name;
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    if !vendor.is_empty() && vendor.chars().all(allowed) { stem } else { name }
}

fn character_fault(kind: NameKind, name: &str) -> Option<String> {
    if let Some(bad) = name.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-' && *c != '_') {
        return Some(format!("`{}` is not allowed", bad.escape_default()));
    }
    match name.chars().next() {
        None => Some("it is empty".to_owned()),
        Some(c) if c.is_ascii_alphabetic() || (kind == NameKind::EnumValue && c.is_ascii_digit()) => None,
        Some(c) => Some(format!("`{c}` cannot start a name")),
    }
}

fn reserved(kind: NameKind, name: &str) -> Option<&'static str> {
    match kind {
        NameKind::Type | NameKind::Command | NameKind::Event if Builtin::from_name(name).is_some() => {
            Some("every schema has a type of this name already")
        }
        NameKind::Type if name.ends_with("List") => Some("names with this ending are taken by array types"),
        NameKind::Member if name == "u" || name.starts_with("has-") || name.starts_with("has_") => {
            Some("QEMU's generated code uses this name itself")
        }
        _ if name.starts_with("q_") || name.starts_with("q-") => {
            Some("names that start with `q_` in C are taken by generated code")
        }
        _ => None,
    }
}

/// The form in which two names must differ: `-`, `_` and `.` are the same in C.
pub(super) fn munged(name: &str) -> String {
    name.replace(['-', '.'], "_")
}

/// The candidate that was probably meant: the nearest one, if it is near enough to be a slip.
pub(super) fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer names are not compared, so that the work is bounded.
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return None;
    }
    let allowed = (name.len() / 3).clamp(1, 3);
    let near =
        |candidate: &&str| candidate.len() <= LONGEST && candidate.len().abs_diff(name.len()) <= allowed;
    let distances =
        candidates.into_iter().filter(near).map(|candidate| (distance(name, candidate), candidate));
    distances
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Help that names the nearest candidate, or `otherwise`.
pub(super) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    match closest(name, candidates) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => otherwise(),
    }
}

/// How many letters to insert, remove or replace; a change of case counts as none.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<u8> = b.bytes().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(!x.eq_ignore_ascii_case(y));
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let types = ["GuestExec", "GuestExecStatus", "str", "int"];
        assert_eq!(closest("GuestExce", types), Some("GuestExec"));
        assert_eq!(closest("guestexec", types), Some("GuestExec"));
        assert_eq!(closest("string", types), None);
        assert_eq!(closest("strr", types), Some("str"));
        assert_eq!(closest("Unrelated", types), None);
    }

    #[test]
    fn vendors_have_a_prefix() {
        assert_eq!(without_vendor("__com.example_do-it"), "do-it");
        assert_eq!(without_vendor("__"), "__");
        assert_eq!(without_vendor("plain_name"), "plain_name");
    }
}
