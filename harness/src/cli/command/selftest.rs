//! `qgaspec selftest`: is every fault caught by its rule, and every correct variant accepted?

use crate::cli::args::SelftestArguments;
use crate::cli::exit::Stop;
use crate::cli::progress::Bar;
use crate::cli::terminal::Terminal;
use crate::report::selftest as render;
use crate::run::selftest::selftest;
use crate::verdict::Exit;

/// Tries all faults and variants, and prints both scores.
pub(in crate::cli) fn execute(
    arguments: &SelftestArguments,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, Stop> {
    let bar = Bar::of_agents(terminal.watched);
    let result = selftest(&arguments.only, &mut |done, total| bar.count(done, total));
    drop(bar);
    let report = result.map_err(|error| Stop::Failure { exit: error.exit(), message: error.to_string() })?;
    let text = if arguments.json { render::json(&report) } else { render::page(&report, terminal.width) };
    terminal.out.write_all(text.as_bytes())?;
    Ok(if report.is_clean() { Exit::Conforms } else { Exit::DoesNotConform })
}
