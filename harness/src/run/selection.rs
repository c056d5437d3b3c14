//! Which rows are wanted: globs over rule codes and command names.

use globset::{Glob, GlobMatcher};

use super::options::Options;
use crate::scenario::NoScratch;

/// Why a selection makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// The glob itself is malformed.
    #[error("the glob `{glob}` of {option} is malformed: {reason}")]
    Glob {
        /// The option that it was given to.
        option: &'static str,
        /// The glob.
        glob: String,
        /// What is wrong.
        reason: String,
    },
    /// The glob matches nothing, which is more likely a slip than a wish.
    #[error(
        "the glob `{glob}` of {option} matches nothing that there is (see `qgaspec rules`, `qgaspec agent --list-faults`)"
    )]
    Unmatched {
        /// The option that it was given to.
        option: &'static str,
        /// The glob.
        glob: String,
    },
    /// The scenario needs what the guest does not have.
    #[error(transparent)]
    Scenario(#[from] NoScratch),
    /// There is no such case.
    #[error("there is no case `{id}`{}", nearest.as_deref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    NoCase {
        /// The id that was asked for.
        id: String,
        /// The id that is most like it.
        nearest: Option<String>,
    },
}

/// The compiled selection.
#[derive(Debug)]
pub(super) struct Selection {
    only: Vec<GlobMatcher>,
    skip: Vec<GlobMatcher>,
    require: Vec<GlobMatcher>,
}

impl Selection {
    /// All rows, and none that must speak.
    pub(super) const fn everything() -> Self {
        Self { only: Vec::new(), skip: Vec::new(), require: Vec::new() }
    }

    /// Compiles the globs of the options; each must match at least one of the names.
    pub(super) fn new(options: &Options, names: &[&str]) -> Result<Self, SelectionError> {
        Ok(Self {
            only: compile("--only", &options.only, names)?,
            skip: compile("--skip", &options.skip, names)?,
            require: compile("--require", &options.require, names)?,
        })
    }

    /// Whether the row is wanted.
    pub(super) fn selects(&self, rule: &str, command: &str) -> bool {
        let any = |globs: &[GlobMatcher]| matches_row(globs, rule, command);
        (self.only.is_empty() || any(&self.only)) && !any(&self.skip)
    }

    /// Whether the row must get a verdict of its own.
    pub(super) fn requires(&self, rule: &str, command: &str) -> bool {
        matches_row(&self.require, rule, command)
    }
}

fn matches_row(globs: &[GlobMatcher], rule: &str, command: &str) -> bool {
    globs.iter().any(|glob| glob.is_match(rule) || (!command.is_empty() && glob.is_match(command)))
}

/// Compiles globs; each must match at least one of the names.
pub(super) fn compile(
    option: &'static str,
    globs: &[String],
    names: &[&str],
) -> Result<Vec<GlobMatcher>, SelectionError> {
    globs.iter().map(|glob| compile_one(option, glob, names)).collect()
}

fn compile_one(option: &'static str, glob: &str, names: &[&str]) -> Result<GlobMatcher, SelectionError> {
    let matcher = Glob::new(glob)
        .map_err(|error| SelectionError::Glob {
            option,
            glob: glob.to_owned(),
            reason: error.kind().to_string(),
        })?
        .compile_matcher();
    if names.iter().any(|name| matcher.is_match(name)) {
        Ok(matcher)
    } else {
        Err(SelectionError::Unmatched { option, glob: glob.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["framing/split", "sync/echo", "guest-ping"];

    fn selection(only: &[&str], skip: &[&str]) -> Result<Selection, SelectionError> {
        let owned = |globs: &[&str]| globs.iter().map(ToString::to_string).collect();
        Selection::new(&Options { only: owned(only), skip: owned(skip), ..Options::default() }, &NAMES)
    }

    #[test]
    fn globs_match_rules_and_commands() {
        let chosen = selection(&["framing/*", "guest-ping"], &[]).unwrap();
        assert!(chosen.selects("framing/split", "guest-sync"));
        assert!(chosen.selects("sync/echo", "guest-ping"));
        assert!(!chosen.selects("sync/echo", ""));
        assert!(!selection(&[], &["sync/*"]).unwrap().selects("sync/echo", "guest-ping"));
    }

    #[test]
    fn an_unmatched_or_malformed_glob_is_an_error() {
        assert!(selection(&["frmaing/*"], &[]).unwrap_err().to_string().contains("matches nothing"));
        assert!(selection(&["[x"], &[]).unwrap_err().to_string().contains("malformed"));
    }
}
