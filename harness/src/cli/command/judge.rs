//! `qgaspec judge`: judge recorded transcripts, print what was found, write reports.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use crate::cli::args::JudgeArguments;
use crate::cli::exit::Stop;
use crate::cli::reports;
use crate::cli::schemas;
use crate::cli::terminal::Terminal;
use crate::cli::waivers;
use crate::run::waivers::Waivers;
use crate::run::{self, Ledger};
use crate::schema::Schema;
use crate::schema::versions::{Version, model};
use crate::verdict::Exit;

/// Judges one transcript after the other, and returns the worst that came of them.
pub(in crate::cli) fn execute(arguments: &JudgeArguments, terminal: &mut Terminal<'_>) -> Result<Exit, Stop> {
    let outcome = &arguments.outcome;
    if arguments.files.len() > 1 && !outcome.report.is_empty() {
        return Err(Stop::usage("a report can be written of one transcript only"));
    }
    reports::refuse_missing_folders(outcome)?;
    let own = match &arguments.schema {
        Some(file) => Some((file.display().to_string(), schemas::own(file, terminal)?)),
        None => None,
    };
    let own = own.as_ref().map(|(name, schema)| (name.as_str(), *schema));
    let known = own.map_or_else(|| model(Version::LAST), |(_, schema)| schema);
    let waivers = waivers::load(outcome, known, terminal)?;
    let mut worst = Exit::Conforms;
    for (at, file) in arguments.files.iter().enumerate() {
        if at > 0 {
            writeln!(terminal.out)?;
        }
        let exit = match judge(file, own, outcome.strict, &waivers) {
            Ok(ledger) => reports::deliver(&ledger, outcome, terminal)?,
            Err(message) => {
                terminal.error(&message)?;
                Exit::InputRefused
            }
        };
        worst = worst.or_worse(exit);
    }
    Ok(worst)
}

fn judge(
    file: &Path,
    own: Option<(&str, &Schema)>,
    strict: bool,
    waivers: &Waivers,
) -> Result<Ledger, String> {
    let opened = File::open(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    run::judge(BufReader::new(opened), own, strict, waivers)
        .map_err(|error| format!("cannot judge `{}`: {error}", file.display()))
}
