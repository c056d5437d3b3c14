//! `qgaspec replay`: play saved findings and scenarios against an agent.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::args::ReplayArguments;
use crate::cli::diagnostics::{self, Colour};
use crate::cli::exit::Stop;
use crate::cli::terminal::Terminal;
use crate::report::terminal::text;
use crate::run::{self, Replayed};
use crate::scenario::{self, Scenario};
use crate::schema::builtin;
use crate::text::escape::{foreign, typed};
use crate::verdict::Exit;

/// Plays one file after the other, and returns the worst that came of them. No agent is started before all files are
/// understood.
pub(in crate::cli) fn execute(
    arguments: &ReplayArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, Stop> {
    let scenarios = load(&arguments.files, terminal)?;
    let options = arguments.options();
    let mut worst = Exit::Conforms;
    for (path, scenario) in &scenarios {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let Replayed { outcome, detail } = run::replay(&arguments.target, &options, &name, scenario)
            .map_err(|error| Stop::Failure { exit: error.exit(), message: error.to_string() })?;
        let file = typed(&path.display().to_string());
        writeln!(terminal.out, "{:<13}  {file}: {}", outcome.word(), typed(&scenario.title))?;
        if !detail.is_empty() {
            writeln!(terminal.out, "{:<13}  {}", "", foreign(&detail))?;
        }
        worst = worst.or_worse(outcome.exit());
    }
    writeln!(terminal.out, "{} played", text::plural(scenarios.len() as u64, "file"))?;
    Ok(worst)
}

/// The scenarios of files, and of all files in folders, by name.
fn load(paths: &[PathBuf], terminal: &mut Terminal<'_>) -> Result<Vec<(PathBuf, Arc<Scenario>)>, Stop> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)
            .map_err(|error| Stop::input_refused(format!("cannot read `{}`: {error}", path.display())))?;
    }
    let (mut scenarios, mut refused) = (Vec::new(), 0);
    for file in files {
        let name = file.display().to_string();
        let text = fs::read_to_string(&file)
            .map_err(|error| Stop::input_refused(format!("cannot read `{name}`: {error}")))?;
        match scenario::read(&name, &text, builtin::seed()) {
            Ok(scenario) => scenarios.push((file, Arc::new(scenario))),
            Err(mistakes) => {
                let colour = if terminal.colour_err { Colour::Always } else { Colour::Never };
                terminal.err.write_all(diagnostics::render(&text, &mistakes, colour).as_bytes())?;
                refused += 1;
            }
        }
    }
    if refused > 0 {
        return Err(Stop::input_refused(format!("{} cannot be used", text::plural(refused, "file"))));
    }
    if scenarios.is_empty() {
        return Err(Stop::Failure {
            exit: Exit::Incomplete,
            message: "there is no scenario to play".to_owned(),
        });
    }
    Ok(scenarios)
}

/// The file itself, or every `.toml` below the folder.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> =
        fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() || entry.extension().is_some_and(|extension| extension == "toml") {
            collect(&entry, files)?;
        }
    }
    Ok(())
}
