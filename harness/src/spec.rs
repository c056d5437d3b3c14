//! The clauses: every normative statement that a rule can cite, with where it comes from.
//!
//! The statements themselves are data, in `spec/clauses.toml`. Which rules test a clause is computed from the
//! rules, which name the clauses they test; nothing here knows a rule.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

/// One normative statement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// What rules cite: source, subject and statement, with dots in between.
    pub id: String,
    /// The document that makes the statement.
    pub source: Source,
    /// The definition of the schema, the section of the document, or the client.
    pub place: String,
    /// How binding the statement is.
    pub strength: Strength,
    /// The statement, in this project's words.
    pub says: String,
    /// Why no rule can ever test it. A clause without a reason is tested, or a test is owed.
    pub untestable: Option<String>,
}

/// A document that makes normative statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The guest agent's schema with its documentation.
    Schema,
    /// The specification of QEMU's machine protocol, as far as it concerns an agent.
    QmpSpec,
    /// The documentation of QEMU's schema language.
    QapiCodeGen,
    /// The JSON standard.
    Rfc8259,
    /// The classes of errors that QEMU's schema lists.
    ErrorClasses,
    /// No document: widespread clients, or the tests of `qemu-ga`, rely on it.
    Clients,
}

impl Source {
    /// All sources, in the order in which reports list them.
    pub const ALL: [Self; 6] =
        [Self::Schema, Self::QmpSpec, Self::QapiCodeGen, Self::Rfc8259, Self::ErrorClasses, Self::Clients];

    /// The name in the data and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::QmpSpec => "qmp-spec",
            Self::QapiCodeGen => "qapi-code-gen",
            Self::Rfc8259 => "rfc8259",
            Self::ErrorClasses => "error-classes",
            Self::Clients => "clients",
        }
    }

    /// The first part of the ids of its clauses.
    pub const fn id_prefix(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::QmpSpec => "qmp",
            Self::QapiCodeGen => "qapi",
            Self::Rfc8259 => "rfc8259",
            Self::ErrorClasses => "error",
            Self::Clients => "client",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How binding a clause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Breaking it is a violation.
    Must,
    /// It is advised.
    Should,
    /// It is permitted.
    May,
    /// It explains and asks for nothing.
    Info,
    /// No document asks for it, but clients rely on it. Breaking it is a difference.
    Habit,
}

impl Strength {
    /// The name in the data and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
            Self::Info => "info",
            Self::Habit => "habit",
        }
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// All clauses, in the order of the data.
pub fn clauses() -> &'static [Clause] {
    &SPEC.clauses
}

/// The clause of this id.
pub fn clause(id: &str) -> Option<&'static Clause> {
    SPEC.index.get(id).map(|at| &SPEC.clauses[*at])
}

static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../spec/clauses.toml"))
        .expect("the clauses are part of the program, and a test reads them");
    let index = file.clause.iter().enumerate().map(|(at, clause)| (clause.id.clone(), at)).collect();
    Spec { clauses: file.clause, index }
});

/// The clauses with the table that finds them.
struct Spec {
    clauses: Vec<Clause>,
    index: HashMap<String, usize>,
}

/// The data as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    clause: Vec<Clause>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const SCHEMA: &str = include_str!("../schema/guest-agent.json");

    /// Names of the definitions in the built-in schema that begin with one of these keywords.
    fn defined(keywords: &[&str]) -> Vec<&'static str> {
        SCHEMA
            .lines()
            .filter_map(|line| {
                let (keyword, rest) = line.strip_prefix("{ '")?.split_once("': '")?;
                keywords.contains(&keyword).then_some(rest.split_once('\'')?.0)
            })
            .collect()
    }

    #[test]
    fn ids_are_unique_and_found() {
        assert_eq!(SPEC.index.len(), clauses().len());
        for expected in clauses() {
            assert_eq!(clause(&expected.id), Some(expected));
        }
        assert_eq!(clause("schema.guest-sync"), None);
    }

    #[test]
    fn ids_begin_with_their_source_and_are_plain() {
        for clause in clauses() {
            let parts: Vec<&str> = clause.id.split('.').collect();
            assert_eq!(parts[0], clause.source.id_prefix(), "{}", clause.id);
            let wanted = if clause.source == Source::Schema { 3 } else { 2 };
            assert_eq!(parts.len(), wanted, "{}", clause.id);
            let plain = |part: &&str| {
                !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
            };
            assert!(parts.iter().all(plain), "{}", clause.id);
        }
    }

    #[test]
    fn statements_and_reasons_are_well_formed() {
        for clause in clauses() {
            assert!(!clause.place.is_empty(), "{}", clause.id);
            assert!(clause.says.len() > 1 && clause.says.ends_with('.'), "{}", clause.id);
            assert!(clause.says.starts_with(|first: char| first.is_ascii_uppercase()), "{}", clause.id);
            if let Some(reason) = &clause.untestable {
                assert!(!reason.is_empty() && !reason.ends_with('.'), "{}", clause.id);
            }
        }
    }

    #[test]
    fn habits_are_what_clients_rely_on() {
        for clause in clauses() {
            assert_eq!(clause.strength == Strength::Habit, clause.source == Source::Clients, "{}", clause.id);
        }
    }

    #[test]
    fn permissions_and_explanations_cannot_be_broken() {
        for clause in clauses() {
            if matches!(clause.strength, Strength::May | Strength::Info) {
                assert!(clause.untestable.is_some(), "{}", clause.id);
            }
        }
    }

    #[test]
    fn schema_clauses_name_definitions_and_all_definitions_have_clauses() {
        let definitions = defined(&["command", "struct", "enum", "union", "alternate"]);
        assert_eq!(defined(&["command"]).len(), 40);
        assert_eq!(definitions.len(), 78);
        let mut named = HashSet::new();
        for clause in clauses().iter().filter(|clause| clause.source == Source::Schema) {
            assert_eq!(clause.id.split('.').nth(1), Some(clause.place.as_str()));
            assert!(definitions.contains(&clause.place.as_str()), "{}", clause.id);
            named.insert(clause.place.as_str());
        }
        for definition in definitions {
            assert!(named.contains(definition), "no clause about {definition}");
        }
    }

    #[test]
    fn names_agree_with_the_data() {
        let written = include_str!("../spec/clauses.toml");
        for clause in clauses() {
            assert!(written.contains(&format!("source = \"{}\"", clause.source)));
            assert!(written.contains(&format!("strength = \"{}\"", clause.strength)));
        }
        for source in Source::ALL {
            assert!(clauses().iter().any(|clause| clause.source == source), "{source}");
        }
    }
}
