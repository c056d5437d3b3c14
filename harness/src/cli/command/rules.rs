//! `qgaspec rules`: list all rules, or explain one.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::args::RulesArguments;
use crate::cli::exit::Stop;
use crate::cli::terminal::Terminal;
use crate::report::rulebook::{class_meaning, evidence};
use crate::report::terminal::text;
use crate::rules::{self, Rule};
use crate::spec::{self, Clause};
use crate::text::suggest;
use crate::verdict::{Class, Evidence, Exit};

/// Lists or explains.
pub(in crate::cli) fn execute(arguments: &RulesArguments, terminal: &mut Terminal<'_>) -> Result<Exit, Stop> {
    let rule = arguments.code.as_deref().map(find).transpose()?;
    let out = &mut *terminal.out;
    match (rule, arguments.json) {
        (Some(rule), true) => print_json(&RuleJson::new(rule), out)?,
        (None, true) => print_json(&rules::rules().map(RuleJson::new).collect::<Vec<_>>(), out)?,
        (Some(rule), false) => out.write_all(explain(rule, terminal.width).as_bytes())?,
        (None, false) => list(out)?,
    }
    Ok(Exit::Conforms)
}

fn find(code: &str) -> Result<&'static Rule, Stop> {
    rules::rule(code).ok_or_else(|| {
        let hint = suggest::did_you_mean(code, rules::rules().map(|rule| rule.code));
        Stop::usage(format!("there is no rule `{code}`{hint}\n`qgaspec rules` lists all"))
    })
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    let all: Vec<&Rule> = rules::rules().collect();
    let width = all.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    for (at, chapter) in all.chunk_by(|a, b| a.chapter() == b.chapter()).enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", chapter[0].chapter())?;
        for rule in chapter {
            writeln!(out, "  {:<width$}  {:<10}  {}", rule.code, text::class(rule.class), rule.title)?;
        }
    }
    writeln!(out, "\n{} rules; `qgaspec rules CODE` explains one", all.len())
}

fn explain(rule: &Rule, width: usize) -> String {
    let mut page = format!("{}: {}\n\n", rule.code, rule.title);
    let mut field = |name: &str, value: &str| {
        text::paragraph(&mut page, &format!("  {name:<10}"), &" ".repeat(12), value, width);
    };
    field("class", &format!("{} ({})", text::class(rule.class), class_meaning(rule.class)));
    field("evidence", evidence(rule.evidence));
    for id in rule.clauses {
        let cited = match spec::clause(id) {
            Some(clause) => {
                format!("{id} ({}, {}, {}): {}", clause.source, clause.place, clause.strength, clause.says)
            }
            None => (*id).to_owned(),
        };
        field("clause", &cited);
    }
    for paragraph in rule.explanation.split("\n\n") {
        page.push('\n');
        text::paragraph(&mut page, "", "", paragraph, width);
    }
    page
}

/// A rule for programs.
#[derive(Serialize)]
struct RuleJson {
    code: &'static str,
    class: Class,
    title: &'static str,
    evidence: Evidence,
    clauses: Vec<ClauseJson>,
    explanation: &'static str,
}

impl RuleJson {
    fn new(rule: &'static Rule) -> Self {
        Self {
            code: rule.code,
            class: rule.class,
            title: rule.title,
            evidence: rule.evidence,
            clauses: rule.clauses.iter().filter_map(|id| spec::clause(id)).map(ClauseJson::new).collect(),
            explanation: rule.explanation,
        }
    }
}

/// A clause for programs.
#[derive(Serialize)]
struct ClauseJson {
    id: &'static str,
    source: &'static str,
    place: &'static str,
    strength: &'static str,
    says: &'static str,
}

impl ClauseJson {
    fn new(clause: &'static Clause) -> Self {
        Self {
            id: &clause.id,
            source: clause.source.name(),
            place: &clause.place,
            strength: clause.strength.name(),
            says: &clause.says,
        }
    }
}

fn print_json(value: &impl Serialize, out: &mut dyn Write) -> Result<(), Stop> {
    let text = serde_json::to_string_pretty(value).expect("structs of strings always have a JSON form");
    Ok(writeln!(out, "{text}")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::terminal::tests::Written;

    fn printed(code: Option<&str>, json: bool) -> Result<String, Stop> {
        let mut written = Written::default();
        let arguments = RulesArguments { code: code.map(str::to_owned), json };
        execute(&arguments, &mut written.terminal())?;
        Ok(written.out_text().to_owned())
    }

    #[test]
    fn every_rule_is_listed_and_explained() {
        let list = printed(None, false).unwrap();
        for rule in rules::rules() {
            assert!(list.contains(rule.title), "{list}");
            let explained = printed(Some(rule.code), false).unwrap();
            assert!(explained.starts_with(&format!("{}: {}", rule.code, rule.title)), "{explained}");
            for id in rule.clauses {
                assert!(explained.contains(id), "{explained}");
            }
        }
    }

    #[test]
    fn json_has_every_rule() {
        let all: serde_json::Value = serde_json::from_str(&printed(None, true).unwrap()).unwrap();
        assert_eq!(all.as_array().map(Vec::len), Some(rules::rules().count()));
    }

    #[test]
    fn an_unknown_rule_is_a_usage_error_with_a_hint() {
        let known = rules::rules().next().unwrap().code;
        let Err(Stop::Failure { exit, message }) = printed(Some(&format!("{known}x")), false) else {
            panic!("accepted");
        };
        assert_eq!(exit, Exit::Usage);
        assert!(message.contains(&format!("did you mean `{known}`?")), "{message}");
    }
}
