//! `qgaspec run`: test an agent, print what was found, write reports.

use std::fs;
use std::io::{self, Write};

use crate::agent::sandbox::Guest;
use crate::agent::target::TargetSpec;
use crate::cli::args::{ReportFormat, ReportTarget, RunArguments};
use crate::cli::exit::Stop;
use crate::cli::progress::Bar;
use crate::cli::terminal::Terminal;
use crate::report::terminal::{TerminalOptions, text};
use crate::report::{json, junit, terminal as page};
use crate::run::{self, Ledger, Plan, RunError};
use crate::verdict::Exit;

/// Runs, or prints the plan.
pub(in crate::cli) fn execute(arguments: &RunArguments, terminal: &mut Terminal<'_>) -> Result<Exit, Stop> {
    let options = arguments.options();
    let target = target(arguments)?;
    if arguments.list {
        let plan = run::plan(&target, &options).map_err(|error| stop(&error))?;
        print_plan(&plan, terminal)?;
        return Ok(Exit::Conforms);
    }
    for report in &arguments.report {
        refuse_missing_folder(report)?;
    }
    let bar = Bar::new(terminal.watched);
    let result = run::run(&target, &options, &mut |progress| bar.show(progress));
    drop(bar);
    let ledger = result.map_err(|error| stop(&error))?;
    // The files come first: a closed pipe must not cost a report.
    for report in &arguments.report {
        write_report(report, &ledger)?;
    }
    let verbose = arguments.verbose;
    let options = TerminalOptions { colour: terminal.colour, width: terminal.width, verbose };
    let printed = write_through(terminal.out, &page::render(&ledger, &options));
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(ledger.summary.exit),
    }
}

fn target(arguments: &RunArguments) -> Result<TargetSpec, Stop> {
    let target = arguments.target.clone();
    if !arguments.sandbox {
        return Ok(target);
    }
    target.sandboxed(Guest::default()).map_err(|error| Stop::usage(error.to_string()))
}

fn stop(error: &RunError) -> Stop {
    Stop::Failure { exit: error.exit(), message: error.to_string() }
}

fn write_through(out: &mut dyn Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Better said before the run than after it.
fn refuse_missing_folder(report: &ReportTarget) -> Result<(), Stop> {
    let path = &report.path;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if path.is_dir() {
        return Err(Stop::usage(format!("cannot write the report to `{}`: it is a folder", path.display())));
    }
    match folder.filter(|folder| !folder.is_dir()) {
        Some(folder) => Err(Stop::usage(format!(
            "cannot write the report to `{}`: there is no folder `{}`",
            path.display(),
            folder.display()
        ))),
        None => Ok(()),
    }
}

fn write_report(report: &ReportTarget, ledger: &Ledger) -> Result<(), Stop> {
    let text = match report.format {
        ReportFormat::Json => json::render(ledger),
        ReportFormat::Junit => junit::render(ledger),
    };
    fs::write(&report.path, text)
        .map_err(|error| Stop::could_not_run(format!("cannot write `{}`: {error}", report.path.display())))
}

/// One line a case, then the counts.
fn print_plan(plan: &Plan, terminal: &mut Terminal<'_>) -> io::Result<()> {
    let out = &mut *terminal.out;
    let width = plan.cases.iter().map(|planned| planned.case.id.0.len()).max().unwrap_or(0).max("CASE".len());
    writeln!(out, "{:<width$}  HAZARD   STEPS  PLAN", "CASE")?;
    for planned in &plan.cases {
        let what = match &planned.skip {
            None => "send".to_owned(),
            Some(skip) => format!("skip: {}", skip.detail),
        };
        let (hazard, steps) = (planned.hazard.hazard.name(), planned.case.stimuli.len());
        writeln!(out, "{:<width$}  {hazard:<7}  {steps:>5}  {what}", planned.case.id.0)?;
    }
    let skipped = plan.cases.iter().filter(|case| case.skip.is_some()).count();
    let sent = text::plural((plan.cases.len() - skipped) as u64, "case");
    writeln!(out, "{sent} would be sent, {skipped} skipped; nothing was sent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_a_folder_is_refused_before_the_run() {
        let report = |path: &str| ReportTarget { format: ReportFormat::Json, path: path.into() };
        assert_eq!(refuse_missing_folder(&report("report.json")), Ok(()));
        let Err(Stop::Failure { exit, message }) = refuse_missing_folder(&report("no/such/report.json"))
        else {
            panic!("accepted");
        };
        assert_eq!(exit, Exit::Usage);
        assert!(message.contains("there is no folder `no/such`"), "{message}");
    }
}
