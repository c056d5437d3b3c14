//! `qgaspec judge`: judge recorded transcripts, print what was found, write reports.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use crate::cli::args::JudgeArguments;
use crate::cli::exit::Stop;
use crate::cli::reports;
use crate::cli::terminal::Terminal;
use crate::cli::waivers;
use crate::run::waivers::Waivers;
use crate::run::{self, Ledger};
use crate::verdict::Exit;

/// Judges one transcript after the other, and returns the worst that came of them.
pub(in crate::cli) fn execute(arguments: &JudgeArguments, terminal: &mut Terminal<'_>) -> Result<Exit, Stop> {
    let outcome = &arguments.outcome;
    if arguments.files.len() > 1 && !outcome.report.is_empty() {
        return Err(Stop::usage("a report can be written of one transcript only"));
    }
    reports::refuse_missing_folders(outcome)?;
    let waivers = waivers::load(outcome, terminal)?;
    let mut worst = Exit::Conforms;
    for (at, file) in arguments.files.iter().enumerate() {
        if at > 0 {
            writeln!(terminal.out)?;
        }
        let exit = match judge(file, outcome.strict, &waivers) {
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

fn judge(file: &Path, strict: bool, waivers: &Waivers) -> Result<Ledger, String> {
    let opened = File::open(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    run::judge(BufReader::new(opened), strict, waivers)
        .map_err(|error| format!("cannot judge `{}`: {error}", file.display()))
}
