//! The whole list of cases.

use crate::schema::Schema;

use super::variant::Variants;
use super::{
    Case, Deck, Family, GuestProfile, framing, malform, recovery, requests, sessions, silent, takeover,
};

/// All cases for a schema, in the order of danger.
pub fn cases(schema: &Schema, profile: &GuestProfile, seed: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    Deck::new(schema, profile, seed).deal(|_, case| cases.push(case));
    cases.sort_by_key(|case| case.family);
    cases
}

/// Every file that thinks of cases, with the family of its cases.
pub(super) fn sources() -> impl Iterator<Item = (Family, Variants)> {
    let valid: [(Family, Variants); _] = [
        (Family::Valid, requests::variants),
        (Family::Session, sessions::files::variants),
        (Family::Session, sessions::exec::variants),
        (Family::Session, sessions::people::variants),
        (Family::Session, sessions::hardware::variants),
        (Family::Session, sessions::clock::variants),
        (Family::Session, sessions::freeze::variants),
        (Family::Session, sessions::guest::variants),
        (Family::Framing, framing::variants),
        (Family::Recovery, recovery::variants),
        (Family::Takeover, takeover::variants),
        (Family::Takeover, sessions::takeover::variants),
        (Family::Power, silent::variants),
        (Family::Power, sessions::power::variants),
    ];
    valid.into_iter().chain(malform::WAYS)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, HashSet};
    use std::fmt::Write;
    use std::iter::once;

    use proptest::prelude::*;

    use super::*;
    use crate::generate::variant::Ground;
    use crate::generate::{CaseId, Effort, Part, Purpose};
    use crate::schema::builtin;
    use crate::text::Limits;
    use crate::text::json;
    use crate::wire::Facts;

    fn profile() -> GuestProfile {
        GuestProfile {
            scratch: Some("/tmp/scratch".to_owned()),
            programs: sessions::PROGRAMS.map(str::to_owned).to_vec(),
            user: Some("somebody".to_owned()),
            facts: Facts::default(),
        }
    }

    fn schema(text: &str) -> Schema {
        let (schema, diagnostics) = crate::schema::read("test", text);
        assert!(
            diagnostics.iter().all(|found| found.severity < crate::schema::Severity::Error),
            "{diagnostics:?}"
        );
        schema
    }

    /// A schema of nobody's, with everything that a schema can have.
    fn made_up() -> Schema {
        schema(
            "{ 'enum': 'Colour', 'data': [ 'red', 'blue-green' ] }
             { 'struct': 'Base', 'data': { 'weight': 'uint8' } }
             { 'struct': 'Thing', 'base': 'Base', 'data': { 'name': 'str', '*colours': ['Colour'] } }
             { 'struct': 'Loop', 'data': { '*next': 'Loop', '*others': ['Loop'] } }
             { 'struct': 'Red', 'data': { 'shade': 'int16' } }
             { 'union': 'Paint', 'base': { 'kind': 'Colour', '*note': 'str' }, 'discriminator': 'kind',
               'data': { 'red': 'Red' } }
             { 'alternate': 'Choice', 'data': { 'flag': 'bool', 'colour': 'Colour', 'thing': 'Thing' } }
             { 'command': 'made-ask' }
             { 'command': 'made-up', 'data': { 'thing': 'Thing', '*paint': 'Paint', 'choice': 'Choice',
               '*things': ['Thing'], '*size': 'size', '*ratio': 'number', '*anything': 'any', '*nothing': 'null',
               '*loop': 'Loop', 'flag': 'bool' } }
             { 'command': 'made-silent', 'data': { '*how': 'Colour' }, 'success-response': false }",
        )
    }

    fn bytes(case: &Case) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in case.stimuli.iter().flat_map(|stimulus| stimulus.writes.iter().flatten()) {
            match part {
                Part::Bytes(known) => bytes.extend_from_slice(known),
                Part::Hole(symbol) => bytes.extend_from_slice(symbol.stand_in().as_bytes()),
            }
        }
        bytes
    }

    fn texts(cases: &[Case]) -> BTreeMap<&str, String> {
        cases
            .iter()
            .map(|case| (case.id.0.as_str(), String::from_utf8_lossy(&bytes(case)).into_owned()))
            .collect()
    }

    #[test]
    fn no_two_variants_have_one_name() {
        for schema in [builtin::seed(), &made_up()] {
            let profile = profile();
            let ground = Ground { schema, profile: &profile };
            let mut known = HashSet::new();
            for (family, variants) in sources() {
                for command in once(None).chain(schema.commands().iter().map(Some)) {
                    for case in
                        variants(ground, command).into_iter().filter_map(|it| it.draw(family, command, 0))
                    {
                        assert!(known.insert(case.id.clone()), "{}", case.id);
                    }
                }
            }
        }
    }

    #[test]
    fn the_same_arguments_give_the_same_cases() {
        let all = |seed| {
            let cases = cases(builtin::seed(), &profile(), seed);
            cases.into_iter().map(|case| (case.id.clone(), case.stimuli)).collect::<Vec<_>>()
        };
        assert_eq!(all(7), all(7));
        assert_ne!(all(7), all(8));
    }

    #[test]
    fn a_case_depends_on_no_other() {
        let whole = cases(&made_up(), &profile(), 3);
        let part = schema(
            "{ 'command': 'made-new' }
             { 'enum': 'Colour', 'data': [ 'red', 'blue-green' ] }
             { 'command': 'made-silent', 'data': { '*how': 'Colour' }, 'success-response': false }",
        );
        let part = cases(&part, &profile(), 3);
        let (whole, part) = (texts(&whole), texts(&part));
        let silent = |texts: &BTreeMap<&str, String>| -> Vec<(String, String)> {
            let about = texts.iter().filter(|(id, _)| id.contains("/made-silent/"));
            about.map(|(id, text)| ((*id).to_owned(), text.clone())).collect()
        };
        assert!(!silent(&part).is_empty());
        assert_eq!(silent(&whole), silent(&part));
    }

    #[test]
    fn cases_come_in_the_order_of_danger() {
        let cases = cases(builtin::seed(), &profile(), 0);
        assert!(cases.is_sorted_by_key(|case| case.family));
        assert!(cases.iter().all(|case| case.id.0.starts_with(case.family.name())));
    }

    #[test]
    fn every_command_of_the_seed_has_cases() {
        let cases = cases(builtin::seed(), &profile(), 0);
        for command in builtin::seed().commands() {
            let has = |family: Family| {
                cases
                    .iter()
                    .any(|case| case.family == family && case.command.as_deref() == Some(&command.name))
            };
            let good = if command.success_response { Family::Valid } else { Family::Power };
            assert!(has(good) && has(Family::Argument) && has(Family::Envelope), "{}", command.name);
        }
    }

    #[test]
    fn without_a_scratch_folder_no_case_makes_a_file() {
        let cases = cases(builtin::seed(), &GuestProfile::default(), 0);
        assert!(!cases.is_empty());
        let opens = |case: &&Case| case.command.as_deref() == Some("guest-file-open");
        assert!(!cases.iter().filter(opens).any(|case| case.purpose == Purpose::Valid));
    }

    #[test]
    fn without_programs_and_users_no_case_needs_one() {
        let cases = cases(builtin::seed(), &GuestProfile::default(), 0);
        let sessions = cases.iter().filter(|case| case.family == Family::Session);
        let about: BTreeSet<_> = sessions.filter_map(|case| case.command.as_deref()).collect();
        assert!(about.contains("guest-fsfreeze-freeze") && about.contains("guest-set-vcpus"));
        let needs_one = |name: &&&str| ["exec", "ssh", "set-user"].iter().any(|part| name.contains(part));
        assert_eq!(about.iter().find(needs_one), None);
    }

    #[test]
    fn a_quick_run_is_a_small_part_of_a_full_one() {
        let cases = cases(builtin::seed(), &profile(), 0);
        let count = |effort| cases.iter().filter(|case| case.effort <= effort).count();
        let (quick, full, stress) = (count(Effort::Quick), count(Effort::Full), count(Effort::Stress));
        assert!(quick * 2 < full && full < stress, "{quick} {full} {stress}");
        let large = |case: &&Case| bytes(case).len() >= 1 << 20;
        assert!(cases.iter().filter(large).all(|case| case.effort == Effort::Stress));
    }

    #[test]
    fn a_new_schema_has_cases_of_all_families_without_a_session() {
        let cases = cases(&made_up(), &profile(), 0);
        for family in [
            Family::Valid,
            Family::Argument,
            Family::Envelope,
            Family::Lexical,
            Family::Framing,
            Family::Open,
            Family::Recovery,
            Family::Power,
        ] {
            assert!(cases.iter().any(|case| case.family == family), "{family:?}");
        }
        let texts = texts(&cases);
        for id in [
            "valid/made-up/minimal",
            "valid/made-up/maximal",
            "valid/made-up/with-paint",
            "valid/made-up/with-thing.colours",
            "valid/made-up/paint:red-any",
            "valid/made-up/paint:blue-green-any",
            "valid/made-up/paint:red.shade-min",
            "valid/made-up/choice:colour-blue-green",
            "valid/made-up/choice:thing.weight-max",
            "valid/made-up/things-several",
            "valid/made-up/things-long",
            "valid/made-up/with-paint-and-things",
            "valid/made-up/with-ratio-and-loop",
            "recovery/made-ask/prefix-012-delimiter",
            "recovery/made-ask/prefix-012-nul",
            "valid/made-up/size-2-63",
            "argument/made-up/missing-thing.weight",
            "argument/made-up/missing-paint.kind",
            "argument/made-up/missing-paint:red.shade",
            "argument/made-up/unknown-in-things.1",
            "argument/made-up/unknown-in-paint:blue-green",
            "argument/made-up/type-choice-number",
            "argument/made-up/type-things.1-string",
            "argument/made-up/type-nothing-true",
            "argument/made-up/range-paint:red.shade-below-min",
            "argument/made-up/enum-thing.colours.1-underscores",
            "argument/made-silent/type-how-null",
            "open/made-up/range-size-negative",
            "power/made-silent/how-red",
            "lexical/made-ask/syntax-comma-trailing",
        ] {
            assert!(texts.contains_key(id), "{id} is not among {:#?}", texts.keys());
        }
        assert!(texts["valid/made-up/paint:red.shade-min"].contains(r#""kind":"red","shade":-32768"#));
        assert!(!texts["argument/made-up/missing-thing.weight"].contains(r#""thing":{"weight""#));
    }

    #[test]
    fn every_forbidden_json_type_is_tried_for_every_schema_type() {
        let mut text = String::from("{ 'enum': 'E', 'data': [ 'a' ] } { 'struct': 'S', 'data': {} }");
        let mut types: Vec<String> =
            crate::schema::Builtin::ALL.iter().map(|builtin| format!("'{}'", builtin.name())).collect();
        types.extend(["'E'", "'S'", "['int']", "['S']"].map(str::to_owned));
        for (at, ty) in types.iter().enumerate() {
            write!(text, "{{ 'command': 'c{at}', 'data': {{ 'x': {ty} }} }}").unwrap();
        }
        let cases = cases(&schema(&text), &profile(), 0);
        let texts = texts(&cases);
        for (at, ty) in types.iter().enumerate() {
            let own: &[&str] = match ty.trim_matches('\'') {
                "str" | "E" | "QType" => &["string"],
                "S" => &["object"],
                "bool" => &["true"],
                "null" => &["null"],
                "any" => &["null", "true", "number", "string", "array", "object"],
                other if other.starts_with('[') => &["array"],
                _ => &["number"],
            };
            for word in ["null", "true", "number", "string", "array", "object"] {
                let id = format!("argument/c{at}/type-x-{word}");
                assert_eq!(texts.contains_key(id.as_str()), !own.contains(&word), "{word} for {ty}");
            }
        }
    }

    #[test]
    fn a_schema_without_end_has_an_end() {
        let endless =
            "{ 'struct': 'A', 'data': { 'a': 'A', 'b': 'A' } } { 'command': 'c', 'data': { 'a': 'A' } }";
        let (endless, _) = crate::schema::read("test", endless);
        assert!(!cases(&endless, &profile(), 0).iter().any(|case| case.id.0 == "valid/c/minimal"));
        assert!(!cases(&Schema::default(), &profile(), 0).is_empty());
    }

    #[test]
    fn an_id_names_its_case() {
        let cases = cases(builtin::seed(), &profile(), 0);
        let texts = texts(&cases);
        assert_eq!(texts["valid/guest-ping/minimal"], "{\"execute\":\"guest-ping\"}\n");
        assert_eq!(
            texts["valid/guest-sync/id-2-53-plus-1"],
            "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":9007199254740993}}\n"
        );
        assert_eq!(texts["recovery/guest-ping/prefix-017"], "{\"execute\":\"guest");
        assert!(cases.iter().any(|case| case.id == CaseId("session/guest-file-write/all-bytes".to_owned())));
    }

    proptest! {
        #[test]
        fn any_bytes_draw_a_case_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let case = crate::generate::drawn(builtin::seed(), &profile(), &bytes);
            prop_assert!(case.is_none_or(|case| !case.stimuli.is_empty()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn valid_requests_are_json_with_every_seed(seed: u64) {
            for case in cases(builtin::seed(), &profile(), seed) {
                let right = matches!(case.family, Family::Valid | Family::Power | Family::Session);
                for line in bytes(&case).split_inclusive(|byte| *byte == b'\n').filter(|_| right) {
                    let document = json::read(line, Limits::default());
                    prop_assert!(document.is_ok(), "{}: {:?}", case.id, document.err());
                }
            }
        }
    }
}
