//! What came out: on the terminal, and in the files that were asked for.

use std::fs;
use std::io::{self, Write};

use super::args::{OutcomeArguments, ReportFormat, ReportTarget};
use super::exit::Stop;
use super::terminal::Terminal;
use crate::report::terminal::TerminalOptions;
use crate::report::{json, junit, terminal as page};
use crate::run::Ledger;
use crate::verdict::Exit;

/// Better said before the run than after it.
pub(super) fn refuse_missing_folders(outcome: &OutcomeArguments) -> Result<(), Stop> {
    outcome.report.iter().try_for_each(refuse_missing_folder)
}

/// Writes the reports, prints the page, and says what the process ends with.
pub(super) fn deliver(
    ledger: &Ledger,
    outcome: &OutcomeArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, Stop> {
    // The files come first: a closed pipe must not cost a report.
    for report in &outcome.report {
        write_report(report, ledger)?;
    }
    let options =
        TerminalOptions { colour: terminal.colour, width: terminal.width, verbose: outcome.verbose };
    let printed = write_through(terminal.out, &page::render(ledger, &options));
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(ledger.summary.exit),
    }
}

fn write_through(out: &mut dyn Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

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
