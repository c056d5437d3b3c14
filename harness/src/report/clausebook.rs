//! All clauses as one page of Markdown, for `docs/clauses.md`, with what becomes of each: the rules that test it, why none
//! can, or that a rule is owed.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use crate::rules;
use crate::spec::{self, Clause, Source};

use super::rulebook::escaped;

/// How many clauses of some kind are tested, cannot be, and are owed a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub all: usize,
    /// Those that at least one rule cites.
    pub tested: usize,
    /// Those that no rule can ever test, each with its reason.
    pub untestable: usize,
}

impl Count {
    /// Those that a rule could test and none does.
    pub const fn owed(self) -> usize {
        self.all - self.tested - self.untestable
    }

    fn add(&mut self, fate: &Fate<'_>) {
        self.all += 1;
        match fate {
            Fate::Tested(_) => self.tested += 1,
            Fate::Untestable(_) => self.untestable += 1,
            Fate::Owed => {}
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { all, tested, untestable } = self;
        write!(f, "{all} clauses: {tested} tested, {untestable} beyond any test, {} owed a rule", self.owed())
    }
}

/// What becomes of a clause.
enum Fate<'c> {
    Tested(Vec<&'static str>),
    Untestable(&'c str),
    Owed,
}

/// The counts of all clauses that are written down.
pub fn count() -> Count {
    let mut count = Count::default();
    for (clause, rules) in fates() {
        count.add(&fate(clause, rules));
    }
    count
}

/// The page.
pub fn markdown() -> String {
    let mut page = format!(
        "# Clauses\n\nThe normative statements behind the rules, in this project's words: {}. A rule that tests a \
         clause is linked. This page is made from `harness/spec/clauses.toml` and from the rules by \
         `BLESS=1 cargo test --test it generated`; do not edit it.\n",
        count()
    );
    let mut add = |text: fmt::Arguments<'_>| page.write_fmt(text).expect("a string can be written to");
    add(format_args!("\n| Source | Clauses | Tested | Beyond any test | Owed |\n|---|---|---|---|---|\n"));
    for source in Source::ALL {
        let mut count = Count::default();
        for (clause, rules) in fates().filter(|(clause, _)| clause.source == source) {
            count.add(&fate(clause, rules));
        }
        let Count { all, tested, untestable } = count;
        add(format_args!("| {source} | {all} | {tested} | {untestable} | {} |\n", count.owed()));
    }
    for source in Source::ALL {
        add(format_args!(
            "\n## {source}\n\n| Clause | Place | Strength | Says | Rules |\n|---|---|---|---|---|\n"
        ));
        for (clause, rules) in fates().filter(|(clause, _)| clause.source == source) {
            let Clause { id, place, strength, says, .. } = clause;
            let (place, says) = (escaped(place), escaped(says));
            add(format_args!("| `{id}` | {place} | {strength} | {says} | {} |\n", fate(clause, rules)));
        }
    }
    page
}

impl fmt::Display for Fate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tested(rules) => {
                let link = |code: &&str| format!("[{code}](rules.md#{})", code.replace('/', ""));
                write!(f, "{}", rules.iter().map(link).collect::<Vec<_>>().join(", "))
            }
            Self::Untestable(reason) => write!(f, "none can: {}", escaped(reason)),
            Self::Owed => write!(f, "owed"),
        }
    }
}

/// Every clause with the rules that cite it.
fn fates() -> impl Iterator<Item = (&'static Clause, Vec<&'static str>)> {
    let mut citing: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    for rule in rules::rules() {
        rule.clauses.iter().for_each(|id| citing.entry(*id).or_default().push(rule.code));
    }
    spec::clauses().iter().map(move |clause| (clause, citing.remove(&*clause.id).unwrap_or_default()))
}

fn fate<'c>(clause: &'c Clause, rules: Vec<&'static str>) -> Fate<'c> {
    match &clause.untestable {
        _ if !rules.is_empty() => Fate::Tested(rules),
        Some(reason) => Fate::Untestable(reason),
        None => Fate::Owed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clause_is_counted_once() {
        let count = count();
        assert_eq!(count.all, spec::clauses().len());
        assert!(count.tested > count.all / 2, "{count}");
        assert_eq!(markdown().matches("| owed |").count(), count.owed());
    }
}
