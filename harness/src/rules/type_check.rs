//! Compares the value of a `return` with its type in the schema, down to the last member.

use std::fmt;

use crate::schema::{Alternate, Builtin, Definition, Enum, Member, Schema, TypeRef, Union};
use crate::text::{Json, Kind};

use super::words::{bucket_word, shown, shown_json};

/// Types inside each other that are followed. Only a schema that contains itself goes deeper.
const DEPTH_MAX: usize = 64;
/// Faults kept of one value.
const FAULTS_MAX: usize = 16;

/// How a value compares with its type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeReport {
    /// Where it breaks the type, in the order of the schema's members.
    pub faults: Vec<TypeFault>,
    /// Paths of members that the schema does not know, without indices.
    pub unknown: Vec<String>,
}

/// One place where a value breaks its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeFault {
    /// Where, as a path from `return`.
    pub path: String,
    /// What would conform.
    pub expected: String,
    /// What is there, escaped.
    pub got: String,
    /// A short stable word for the fault.
    pub bucket: String,
}

/// Compares `value`, a part of `message`, with the type that a command returns.
pub(super) fn compare(
    schema: &Schema,
    returns: Option<&TypeRef>,
    value: &Json<'_>,
    message: &[u8],
) -> TypeReport {
    let mut comparison = Comparison { schema, message, report: TypeReport::default() };
    match returns {
        Some(ty) => comparison.value(ty, value, &Path::Root, 0),
        // Members in it are the agent's own business.
        None if value.is_object() => {}
        None => comparison.fault(&Path::Root, "empty-return", "an empty object", value),
    }
    comparison.report
}

/// A path whose indices are left out, so that it names a place in the type.
pub(super) fn without_indices(path: &str) -> String {
    let mut named = String::with_capacity(path.len());
    let mut within = false;
    for character in path.chars() {
        match character {
            '[' => within = true,
            ']' => within = false,
            _ if within => continue,
            _ => {}
        }
        named.push(character);
    }
    named
}

/// A place in a value. It is spelled out only if something is wrong there.
enum Path<'p> {
    Root,
    Member(&'p Path<'p>, &'p str),
    Element(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("return"),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Element(parent, at) => write!(f, "{parent}[{at}]"),
        }
    }
}

struct Comparison<'c> {
    schema: &'c Schema,
    message: &'c [u8],
    report: TypeReport,
}

impl Comparison<'_> {
    fn value(&mut self, ty: &TypeRef, value: &Json<'_>, path: &Path<'_>, depth: usize) {
        if depth > DEPTH_MAX || self.report.faults.len() >= FAULTS_MAX {
            return;
        }
        match ty {
            TypeRef::Builtin(builtin) => self.builtin(*builtin, value, path),
            TypeRef::Array(element) => match value.as_array() {
                Some(items) => {
                    for (at, item) in items.iter().enumerate() {
                        self.value(element, item, &Path::Element(path, at), depth + 1);
                    }
                }
                None => self.wrong_type(path, "an array", value),
            },
            TypeRef::Named(name) => match self.schema.definition(name).map(|found| &found.definition) {
                Some(Definition::Struct(_)) => self.structure(name, value, path, depth),
                Some(Definition::Enum(definition)) => self.enumeration(definition, value, path),
                Some(Definition::Union(union)) => self.union(union, value, path, depth),
                Some(Definition::Alternate(alternate)) => self.alternate(alternate, value, path, depth),
                // A schema with a type that does not exist has been complained about already.
                None => {}
            },
        }
    }

    fn builtin(&mut self, builtin: Builtin, value: &Json<'_>, path: &Path<'_>) {
        if let Some((least, greatest)) = builtin.range() {
            return self.integer(builtin, least, greatest, value, path);
        }
        match (builtin, &value.kind) {
            (Builtin::Any, _)
            | (Builtin::Str | Builtin::QType, Kind::String(_))
            | (Builtin::Number, Kind::Number(_))
            | (Builtin::Bool, Kind::Bool(_))
            | (Builtin::Null, Kind::Null) => {}
            (Builtin::Str | Builtin::QType, _) => self.wrong_type(path, "a string", value),
            (Builtin::Number, _) => self.wrong_type(path, "a number", value),
            (Builtin::Bool, _) => self.wrong_type(path, "true or false", value),
            (_, _) => self.wrong_type(path, "null", value),
        }
    }

    fn integer(&mut self, builtin: Builtin, least: i128, greatest: i128, value: &Json<'_>, path: &Path<'_>) {
        let Some(number) = value.as_number() else {
            return self.wrong_type(path, "an integer", value);
        };
        if !number.is_integer() {
            return self.fault(path, "fraction", "an integer without fraction and exponent", value);
        }
        if !number.as_i128().is_some_and(|number| (least..=greatest).contains(&number)) {
            let expected = format!("a value of {}, from {least} to {greatest}", builtin.name());
            self.fault(path, "range", &expected, value);
        }
    }

    fn enumeration(&mut self, definition: &Enum, value: &Json<'_>, path: &Path<'_>) {
        let Some(text) = value.as_str() else { return self.wrong_type(path, "a string", value) };
        if !definition.values.iter().any(|known| known.name == text) {
            let known: Vec<&str> = definition.values.iter().map(|known| known.name.as_str()).collect();
            self.push(TypeFault {
                path: path.to_string(),
                expected: format!("one of {}", known.join(", ")),
                got: shown_json(value, self.message),
                bucket: format!("enum:{}", bucket_word(&text)),
            });
        }
    }

    fn structure(&mut self, name: &str, value: &Json<'_>, path: &Path<'_>, depth: usize) {
        let known = self.schema.members_of(name);
        self.object(&known, value, path, depth);
    }

    fn union(&mut self, union: &Union, value: &Json<'_>, path: &Path<'_>, depth: usize) {
        let mut known: Vec<&Member> = union.base.iter().collect();
        let selected = value.member(&union.discriminator).and_then(Json::as_str);
        let branch =
            selected.and_then(|selected| union.branches.iter().find(|branch| branch.name == selected));
        if let Some(TypeRef::Named(name)) = branch.map(|branch| &branch.ty) {
            known.extend(self.schema.members_of(name));
        }
        self.object(&known, value, path, depth);
    }

    fn object(&mut self, known: &[&Member], value: &Json<'_>, path: &Path<'_>, depth: usize) {
        if !value.is_object() {
            return self.wrong_type(path, "an object", value);
        }
        for member in known {
            let place = Path::Member(path, &member.name);
            match value.member(&member.name) {
                Some(found) => self.value(&member.ty, found, &place, depth + 1),
                None if member.optional || member.condition.is_some() => {}
                None => self.push(TypeFault {
                    path: place.to_string(),
                    expected: format!("the member `{}`", member.name),
                    got: shown_json(value, self.message),
                    bucket: format!("missing:{}", without_indices(&place.to_string())),
                }),
            }
        }
        for found in value.members() {
            let is_known = known.iter().any(|member| found.key == *member.name);
            if !is_known && self.report.unknown.len() < FAULTS_MAX {
                let name = shown(found.key.raw());
                let path = without_indices(&Path::Member(path, &name).to_string());
                if !self.report.unknown.contains(&path) {
                    self.report.unknown.push(path);
                }
            }
        }
    }

    /// The JSON type selects the branch, so the value must fit one of them.
    fn alternate(&mut self, alternate: &Alternate, value: &Json<'_>, path: &Path<'_>, depth: usize) {
        let mut closest: Option<TypeReport> = None;
        for branch in &alternate.branches {
            let mut trial =
                Comparison { schema: self.schema, message: self.message, report: TypeReport::default() };
            trial.value(&branch.ty, value, path, depth + 1);
            if trial.report.faults.is_empty() {
                self.report.unknown.extend(trial.report.unknown);
                return;
            }
            // A branch of the right JSON type has the better explanation.
            if !trial.report.faults.iter().any(|fault| fault.bucket.starts_with("type:")) {
                closest = Some(trial.report);
            }
        }
        match closest {
            Some(report) => report.faults.into_iter().for_each(|fault| self.push(fault)),
            None => self.wrong_type(path, "a value of one of the alternate's types", value),
        }
    }

    fn wrong_type(&mut self, path: &Path<'_>, expected: &str, value: &Json<'_>) {
        self.fault(path, if value.is_null() { "null" } else { "type" }, expected, value);
    }

    fn fault(&mut self, path: &Path<'_>, kind: &str, expected: &str, value: &Json<'_>) {
        let path = path.to_string();
        let bucket = format!("{kind}:{}", without_indices(&path));
        let got = format!("the JSON {} {}", value.type_name(), shown_json(value, self.message));
        self.push(TypeFault { path, expected: expected.to_owned(), got, bucket });
    }

    fn push(&mut self, fault: TypeFault) {
        if self.report.faults.len() < FAULTS_MAX {
            self.report.faults.push(fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::builtin;
    use crate::text::Limits;
    use crate::text::json::read;

    use super::*;

    /// The buckets of a value that a command of the built-in schema might return.
    fn buckets(command: &str, text: &str) -> Vec<String> {
        let schema = builtin::seed();
        let command = schema.command(command).expect("the command exists");
        let document = read(text.as_bytes(), Limits::default()).expect("the test's JSON is good");
        let report = compare(schema, command.returns.as_ref(), &document.value, text.as_bytes());
        report.faults.into_iter().map(|fault| fault.bucket).collect()
    }

    #[test]
    fn an_empty_return_is_an_object_and_may_hold_more() {
        assert!(buckets("guest-ping", "{}").is_empty());
        assert!(buckets("guest-ping", r#"{"x":1}"#).is_empty());
        assert_eq!(buckets("guest-ping", "[]"), ["empty-return:return"]);
        assert_eq!(buckets("guest-ping", "null"), ["empty-return:return"]);
    }

    #[test]
    fn integers_have_neither_fraction_nor_exponent_and_stay_in_range() {
        assert!(buckets("guest-get-time", "-9223372036854775808").is_empty());
        assert_eq!(buckets("guest-get-time", "1.79e+18"), ["fraction:return"]);
        assert_eq!(buckets("guest-get-time", "1.0"), ["fraction:return"]);
        assert_eq!(buckets("guest-get-time", "9223372036854775808"), ["range:return"]);
        assert_eq!(buckets("guest-get-time", "\"1\""), ["type:return"]);
        assert!(buckets("guest-get-memory-block-info", r#"{"size":18446744073709551615}"#).is_empty());
        assert_eq!(buckets("guest-get-memory-block-info", r#"{"size":-1}"#), ["range:return.size"]);
    }

    #[test]
    fn members_are_looked_for_at_every_depth() {
        let address = r#"{"ip-address":"::1","ip-address-type":"ipv6","prefix":128}"#;
        let with = |list: &str| format!(r#"[{{"name":"lo"}},{{"name":"eth0","ip-addresses":{list}}}]"#);
        let command = "guest-network-get-interfaces";
        assert!(buckets(command, &with(&format!("[{address}]"))).is_empty());
        assert_eq!(buckets(command, &with("null")), ["null:return[].ip-addresses"]);
        assert_eq!(
            buckets(command, &with(r#"[{"ip-address":"x","ip-address-type":"ipx"}]"#)),
            ["enum:ipx", "missing:return[].ip-addresses[].prefix"]
        );
        assert_eq!(buckets(command, "{}"), ["type:return"]);
    }

    #[test]
    fn a_union_takes_the_members_of_the_selected_branch() {
        let with = |smart: &str| format!(r#"[{{"name":"/dev/x","partition":false,"smart":{smart}}}]"#);
        assert!(buckets("guest-get-disks", &with(r#"{"type":"virtio"}"#)).is_empty());
        assert_eq!(
            buckets("guest-get-disks", &with(r#"{"type":"nvme"}"#))[0],
            "missing:return[].smart.critical-warning"
        );
        assert_eq!(buckets("guest-get-disks", &with(r#"{"type":"floppy"}"#)), ["enum:floppy"]);
        assert_eq!(buckets("guest-get-disks", &with("{}")), ["missing:return[].smart.type"]);
    }

    #[test]
    fn unknown_members_are_listed_and_no_faults() {
        let text =
            r#"[{"user":"u","login-time":1.5,"shell":"/bin/sh"},{"user":"v","login-time":1,"shell":""}]"#;
        let document = read(text.as_bytes(), Limits::default()).expect("the test's JSON is good");
        let schema = builtin::seed();
        let returns = schema.command("guest-get-users").and_then(|command| command.returns.as_ref());
        let report = compare(schema, returns, &document.value, text.as_bytes());
        assert_eq!(report, TypeReport { faults: Vec::new(), unknown: vec!["return[].shell".to_owned()] });
    }

    #[test]
    fn an_alternate_takes_any_of_its_branches() {
        let text = [
            "{ 'enum': 'E', 'data': ['a'] }",
            "{ 'alternate': 'A', 'data': { 'e': 'E', 'i': 'int' } }",
            "{ 'struct': 'S', 'data': { 'x': 'A' } }",
            "{ 'command': 'c', 'returns': 'S' }",
        ];
        let (schema, _) = crate::schema::read("test", &text.join("\n"));
        let faults = |text: &str| {
            let document = read(text.as_bytes(), Limits::default()).expect("the test's JSON is good");
            let returns = schema.command("c").expect("the command exists").returns.as_ref();
            let report = compare(&schema, returns, &document.value, text.as_bytes());
            report.faults.into_iter().map(|fault| fault.bucket).collect::<Vec<_>>()
        };
        assert!(faults(r#"{"x":"a"}"#).is_empty() && faults(r#"{"x":7}"#).is_empty());
        assert_eq!(faults(r#"{"x":"b"}"#), ["enum:b"]);
        assert_eq!(faults(r#"{"x":1.5}"#), ["fraction:return.x"]);
        assert_eq!(faults(r#"{"x":[]}"#), ["type:return.x"]);
    }
}
