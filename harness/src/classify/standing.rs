//! The standing of one message against the schema: valid, invalid or open.

/// How a message stands to the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A well-formed request that the schema allows. The agent may still refuse it.
    Valid,
    /// It must be refused, for each of these reasons.
    Invalid(Vec<Defect>),
    /// The specification leaves the reaction open; the agent must survive and stay in step.
    Open(Vec<Latitude>),
}

/// One reason why a message must be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// What is wrong.
    pub kind: DefectKind,
    /// Where, as a path of member names and indices from the request's arguments (`vcpus[0].logical-id`);
    /// for top-level members just the name; empty for the whole message.
    pub path: String,
}

/// What can be wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DefectKind {
    /// Not JSON, or JSON with bytes that are not UTF-8.
    Malformed,
    /// JSON, but not an object.
    NotAnObject,
    /// No member `execute`.
    ExecuteMissing,
    /// `execute` is not a string.
    ExecuteType,
    /// `arguments` is not an object.
    ArgumentsType,
    /// A top-level member besides `execute`, `arguments` and `id`.
    UnknownMember,
    /// No command of this name.
    UnknownCommand,
    /// A mandatory argument, or a mandatory member within one, is not there.
    ArgumentMissing,
    /// An argument, or a member within one, that the schema does not know.
    ArgumentUnknown,
    /// A value of the wrong JSON type.
    ArgumentType,
    /// An integer outside the range of its type, or a number with a fraction for an integer.
    ArgumentRange,
    /// A string that is no value of the enum.
    ArgumentEnum,
}

/// Why the reaction to a message is left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Latitude {
    /// The same member name twice in one object.
    DuplicateKey,
    /// An escape for half a surrogate pair.
    LoneSurrogate,
    /// A Unicode noncharacter.
    Noncharacter,
    /// Strings in single quotes, an extension.
    SingleQuotes,
    /// U+0000 as the two bytes C0 80. QEMU's reader documents "modified UTF-8" as its input, and RFC 8259 lets
    /// a reader accept more than JSON (section 9).
    ModifiedUtf8,
    /// A number such as `1.0` or `1e3` where an integer belongs.
    IntegerSpelling,
    /// A negative number for an unsigned type, accepted by some for compatibility.
    NegativeUnsigned,
    /// More nesting, tokens or bytes than every agent must take, or a number in the `id` beyond those of a double.
    Limits,
    /// A name that starts with `__`, reserved for downstream use.
    DownstreamName,
    /// Agents of later versions than the one that is measured by take it: a command or an argument that was added, or
    /// a value of a type that was widened.
    LaterVersion,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::read;
    use crate::schema::versions::{Version, model};
    use crate::schema::{Schema, builtin};

    const TYPES: &str = r"
        { 'enum': 'Kind', 'data': ['plain', 'pair', 'deep', 'bare'] }
        { 'struct': 'Pair', 'data': { 'left': 'int', '*right': 'str' } }
        { 'struct': 'More', 'base': 'Pair', 'data': { 'flag': 'bool' } }
        { 'union': 'Either', 'base': { 'kind': 'Kind', '*note': 'str' }, 'discriminator': 'kind',
          'data': { 'pair': 'Pair', 'deep': 'More' } }
        { 'alternate': 'Loose', 'data': { 'number': 'uint8', 'name': 'Kind', 'both': 'Pair', 'none': 'null' } }
        { 'command': 'guest-either', 'data': { 'either': 'Either' } }
        { 'command': 'guest-loose', 'data': { 'loose': ['Loose'] } }
        { 'command': 'guest-types',
          'data': { '*any': 'any', '*num': 'number', '*u64': 'uint64', '*i8': 'int8', '*s': 'str', '*b': 'bool',
                    '*more': 'More', '*kinds': ['Kind'] } }
    ";

    fn one(text: &str, schema: &Schema) -> Standing {
        let mut reading = read(text.as_bytes(), schema);
        assert_eq!(reading.messages.len(), 1, "{text}");
        reading.messages.remove(0).standing
    }

    fn seed(text: &str) -> Standing {
        one(text, builtin::seed())
    }

    fn invalid<const N: usize>(defects: [(DefectKind, &str); N]) -> Standing {
        Standing::Invalid(defects.map(|(kind, path)| Defect { kind, path: path.to_owned() }).into())
    }

    fn open<const N: usize>(latitudes: [Latitude; N]) -> Standing {
        Standing::Open(latitudes.into())
    }

    /// The standing of a request to a command of `TYPES`.
    fn call(command: &str, arguments: &str) -> Standing {
        let (schema, diagnostics) = crate::schema::read("types", TYPES);
        assert_eq!(diagnostics, []);
        one(&format!("{{\"execute\":\"guest-{command}\",\"arguments\":{arguments}}}"), &schema)
    }

    #[test]
    fn valid_requests_are_valid() {
        for text in [
            r#"{"execute":"guest-ping"}"#,
            r#"{"id":null,"arguments":{},"execute":"guest-ping"}"#,
            r#"{"\u0065xecute":"guest\u002dping"}"#,
            r#"{"execute":"guest-sync","arguments":{"id":-9223372036854775808}}"#,
            r#"{"execute":"guest-sync","arguments":{"id":-0}}"#,
            r#"{"execute":"guest-file-seek","arguments":{"handle":1,"offset":-1,"whence":"set"}}"#,
            r#"{"execute":"guest-file-seek","arguments":{"handle":1,"offset":-1,"whence":7}}"#,
            r#"{"execute":"guest-set-vcpus","arguments":{"vcpus":[{"logical-id":0,"online":true}]}}"#,
            r#"{"execute":"guest-ssh-get-authorized-keys","arguments":{"username":"ü\n"}}"#,
        ] {
            assert_eq!(seed(text), Standing::Valid, "{text}");
        }
    }

    #[test]
    fn envelopes_have_defects() {
        use DefectKind::{
            ArgumentsType, ExecuteMissing, ExecuteType, NotAnObject, UnknownCommand, UnknownMember,
        };
        for text in ["[]", "\"guest-ping\"", "true ", "-1.5\n", "['x']", "[{\"a\":1,\"a\":2}]"] {
            assert_eq!(seed(text), invalid([(NotAnObject, "")]), "{text}");
        }
        assert_eq!(seed("{}"), invalid([(ExecuteMissing, "execute")]));
        assert_eq!(seed(r#"{"execute":null}"#), invalid([(ExecuteType, "execute")]));
        assert_eq!(seed(r#"{"execute":""}"#), invalid([(UnknownCommand, "execute")]));
        assert_eq!(seed(r#"{"execute":"Guest-ping"}"#), invalid([(UnknownCommand, "execute")]));
        assert_eq!(
            seed(r#"{"exec-oob":"guest-ping","":1,"arguments":null}"#),
            invalid([
                (UnknownMember, "exec-oob"),
                (UnknownMember, ""),
                (ArgumentsType, "arguments"),
                (ExecuteMissing, "execute")
            ])
        );
        assert_eq!(
            seed(r#"{"execute":"guest-sync","arguments":[1]}"#),
            invalid([(ArgumentsType, "arguments")])
        );
    }

    #[test]
    fn bytes_that_are_no_json_are_malformed() {
        let schema = builtin::seed();
        for bytes in [&b"{\"execute\":NaN}\n"[..], b",\n", b"{\"execute\":\"guest-ping\xC3\"}"] {
            let reading = read(bytes, schema);
            let [message] = &reading.messages[..] else { panic!("{reading:?}") };
            assert_eq!(message.standing, invalid([(DefectKind::Malformed, "")]));
            assert!(message.document.is_none() && message.command.is_none() && !reading.counted);
        }
    }

    #[test]
    fn all_defects_of_arguments_are_found() {
        use DefectKind::{
            ArgumentEnum, ArgumentMissing, ArgumentRange, ArgumentType, ArgumentUnknown, UnknownMember,
        };
        assert_eq!(seed(r#"{"execute":"guest-sync"}"#), invalid([(ArgumentMissing, "id")]));
        for beyond in ["9223372036854775808", "-9223372036854775809", "1.5", "1e400", "1e19", "-0.1"] {
            let text = format!(r#"{{"execute":"guest-sync","arguments":{{"id":{beyond}}}}}"#);
            assert_eq!(seed(&text), invalid([(ArgumentRange, "id")]), "{text}");
        }
        assert_eq!(
            seed(
                r#"{"execute":"guest-file-seek","x":0,"arguments":{"offset":"1","whence":"zz","handle":null}}"#
            ),
            invalid([
                (UnknownMember, "x"),
                (ArgumentType, "handle"),
                (ArgumentType, "offset"),
                (ArgumentEnum, "whence")
            ])
        );
        assert_eq!(
            seed(
                r#"{"execute":"guest-set-vcpus","arguments":{"vcpus":[{"online":1,"zz":{}},[]],"a":1,"b":2}}"#
            ),
            invalid([
                (ArgumentMissing, "vcpus[0].logical-id"),
                (ArgumentType, "vcpus[0].online"),
                (ArgumentUnknown, "vcpus[0].zz"),
                (ArgumentType, "vcpus[1]"),
                (ArgumentUnknown, "a"),
                (ArgumentUnknown, "b")
            ])
        );
        assert_eq!(
            seed(r#"{"execute":"guest-shutdown","arguments":{"mode":null}}"#),
            invalid([(ArgumentType, "mode")])
        );
    }

    #[test]
    fn doubtful_spellings_are_open_whatever_else_is_wrong() {
        use Latitude::{DuplicateKey, Limits, LoneSurrogate, Noncharacter, SingleQuotes};
        assert_eq!(seed(r#"{"execute":"guest-ping","execute":"guest-ping","x":1}"#), open([DuplicateKey]));
        assert_eq!(seed(r#"{"execute":"guest-ping","id":[{"a":1,"a":1}]}"#), open([DuplicateKey]));
        assert_eq!(
            seed(r#"{"execute":"guest-nope","id":"\ud83d\uFFFE"}"#),
            open([LoneSurrogate, Noncharacter])
        );
        assert_eq!(seed("{'execute':'guest-ping'}"), open([SingleQuotes]));
        for great in ["1e400", "-1e999", r#"[{"a":1e400}]"#] {
            assert_eq!(
                seed(&format!(r#"{{"execute":"guest-ping","id":{great}}}"#)),
                open([Limits]),
                "{great}"
            );
        }
        assert_eq!(seed(r#"{"execute":"guest-ping","id":1e300}"#), Standing::Valid);
        let deep = |levels| {
            format!(r#"{{"execute":"guest-ping","id":{}{}}}"#, "[".repeat(levels), "]".repeat(levels))
        };
        assert_eq!(seed(&deep(999)), Standing::Valid);
        assert_eq!(seed(&deep(1000)), open([Limits]));
        assert_eq!(seed(&format!("{}\n", deep(5000))), open([Limits]));
    }

    #[test]
    fn names_for_downstream_are_open() {
        for text in [
            r#"{"execute":"__com.example_thing","arguments":{"x":1}}"#,
            r#"{"execute":"guest-ping","__com.example_x":1}"#,
            r#"{"execute":"guest-ping","arguments":{"__com.example_x":1}}"#,
            r#"{"execute":"guest-file-seek","arguments":{"handle":1,"offset":0,"whence":"__com.example_x"}}"#,
        ] {
            assert_eq!(seed(text), open([Latitude::DownstreamName]), "{text}");
        }
        assert_eq!(
            seed(r#"{"execute":"__com.example_thing","arguments":1}"#),
            invalid([(DefectKind::ArgumentsType, "arguments")])
        );
    }

    #[test]
    fn what_only_later_versions_take_is_open() {
        use DefectKind::{ArgumentType, ArgumentUnknown};
        let exec = |capture: &str| {
            format!(
                r#"{{"execute":"guest-exec","arguments":{{"path":"/bin/true","capture-output":{capture}}}}}"#
            )
        };
        let merged = exec("\"merged\"");
        let load = r#"{"execute":"guest-get-load"}"#;
        for newer in [merged.as_str(), load, r#"{"execute":"guest-get-diskstats","arguments":{}}"#] {
            assert_eq!(seed(newer), open([Latitude::LaterVersion]), "{newer}");
            assert_eq!(one(newer, model(Version::LAST)), Standing::Valid, "{newer}");
        }
        assert_eq!(one(&merged, model(Version::V8_0)), open([Latitude::LaterVersion]));
        assert_eq!(one(&merged, model(Version::V8_1)), Standing::Valid);
        // What is wrong by all versions is wrong, by the measure of this one.
        assert_eq!(seed(&exec("1")), invalid([(ArgumentType, "capture-output")]));
        assert_eq!(seed(&exec("\"both\"")), invalid([(ArgumentType, "capture-output")]));
        let beside = r#"{"execute":"guest-get-host-name","arguments":{"x":1}}"#;
        assert_eq!(seed(beside), invalid([(ArgumentUnknown, "x")]));
        // A schema of somebody's own has no later versions.
        let (own, _) = crate::schema::read("own", "{ 'command': 'guest-ping' }");
        assert_eq!(one(load, &own), invalid([(DefectKind::UnknownCommand, "execute")]));
    }

    #[test]
    fn integers_may_be_spelled_with_latitude() {
        use Latitude::{IntegerSpelling, NegativeUnsigned};
        for id in ["1.0", "1e3", "-1.0", "0.1e1", "-0.0", "1e-400"] {
            let text = format!(r#"{{"execute":"guest-sync","arguments":{{"id":{id}}}}}"#);
            assert_eq!(seed(&text), open([IntegerSpelling]), "{text}");
        }
        assert_eq!(call("types", r#"{"u64":-1}"#), open([NegativeUnsigned]));
        assert_eq!(call("types", r#"{"u64":-1.0}"#), open([IntegerSpelling, NegativeUnsigned]));
        assert_eq!(call("types", r#"{"u64":18446744073709551615,"i8":-128}"#), Standing::Valid);
        for beyond in
            [r#"{"u64":18446744073709551616}"#, r#"{"u64":-9223372036854775809}"#, r#"{"u64":-0.5}"#]
        {
            assert_eq!(call("types", beyond), invalid([(DefectKind::ArgumentRange, "u64")]), "{beyond}");
        }
        assert_eq!(call("types", r#"{"i8":128}"#), invalid([(DefectKind::ArgumentRange, "i8")]));
        assert_eq!(
            call("types", r#"{"i8":1.0,"b":0}"#),
            invalid([(DefectKind::ArgumentType, "b")]),
            "a defect outweighs a latitude"
        );
    }

    #[test]
    fn types_are_checked_to_any_depth() {
        use DefectKind::{ArgumentEnum, ArgumentMissing, ArgumentType, ArgumentUnknown};
        assert_eq!(
            call("types", r#"{"any":[{"x":null}],"num":-1.5e-3,"s":"","more":{"flag":false,"left":1}}"#),
            Standing::Valid
        );
        assert_eq!(
            call("types", r#"{"num":"1","s":null,"b":0,"kinds":["plain","x",1],"more":{"right":1}}"#),
            invalid([
                (ArgumentType, "num"),
                (ArgumentType, "s"),
                (ArgumentType, "b"),
                (ArgumentMissing, "more.left"),
                (ArgumentType, "more.right"),
                (ArgumentMissing, "more.flag"),
                (ArgumentEnum, "kinds[1]"),
                (ArgumentType, "kinds[2]"),
            ])
        );
        assert_eq!(call("types", r#"{"kinds":{}}"#), invalid([(ArgumentType, "kinds")]));
        assert_eq!(
            call("types", r#"{"more":[],"":1}"#),
            invalid([(ArgumentType, "more"), (ArgumentUnknown, "")])
        );
    }

    #[test]
    fn the_discriminator_selects_the_members_of_a_union() {
        use DefectKind::{ArgumentEnum, ArgumentMissing, ArgumentType, ArgumentUnknown};
        for fine in [
            r#"{"kind":"plain"}"#,
            r#"{"kind":"pair","left":1,"note":"x"}"#,
            r#"{"flag":true,"left":1,"right":"","kind":"deep"}"#,
        ] {
            assert_eq!(call("either", &format!(r#"{{"either":{fine}}}"#)), Standing::Valid, "{fine}");
        }
        for (wrong, kind, path) in [
            (r#"{"kind":"plain","left":1}"#, ArgumentUnknown, "either.left"),
            (r#"{"kind":"pair"}"#, ArgumentMissing, "either.left"),
            (r#"{"kind":"deep","left":1,"flag":0}"#, ArgumentType, "either.flag"),
            (r#"{"kind":"nope","left":1}"#, ArgumentEnum, "either.kind"),
            (r#"{"kind":1,"left":1}"#, ArgumentType, "either.kind"),
            (r#"{"left":1}"#, ArgumentMissing, "either.kind"),
            ("[]", ArgumentType, "either"),
        ] {
            assert_eq!(
                call("either", &format!(r#"{{"either":{wrong}}}"#)),
                invalid([(kind, path)]),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_json_type_selects_the_branch_of_an_alternate() {
        use DefectKind::{ArgumentEnum, ArgumentRange, ArgumentType, ArgumentUnknown};
        assert_eq!(call("loose", r#"{"loose":[0,"plain",{"left":1},null]}"#), Standing::Valid);
        assert_eq!(
            call("loose", r#"{"loose":[256,"x",{"left":1,"zz":1},true,[]]}"#),
            invalid([
                (ArgumentRange, "loose[0]"),
                (ArgumentEnum, "loose[1]"),
                (ArgumentUnknown, "loose[2].zz"),
                (ArgumentType, "loose[3]"),
                (ArgumentType, "loose[4]"),
            ])
        );
    }
}
