//! `qgaspec run`: test an agent, print what was found, write reports.

use std::io;
use std::time::Duration;

use crate::agent::sandbox::Guest;
use crate::agent::target::TargetSpec;
use crate::cli::args::RunArguments;
use crate::cli::exit::Stop;
use crate::cli::progress::Bar;
use crate::cli::recording::Recording;
use crate::cli::reports;
use crate::cli::schemas;
use crate::cli::terminal::Terminal;
use crate::cli::waivers;
use crate::report::terminal::text;
use crate::run::{self, Drawn, Plan, RunError, SchemaChoice};
use crate::verdict::Exit;

/// Runs, or prints the plan.
pub(in crate::cli) fn execute(arguments: &RunArguments, terminal: &mut Terminal<'_>) -> Result<Exit, Stop> {
    let schema = schemas::choose(&arguments.yardstick, terminal)?;
    let target = target(arguments, &schema)?;
    let waivers = waivers::load(&arguments.outcome, schema.widest(), terminal)?;
    let options = arguments.options(schema, waivers);
    if arguments.list {
        let plan = run::plan(&target, &options).map_err(|error| stop(&error))?;
        print_plan(&plan, terminal)?;
        return Ok(Exit::Conforms);
    }
    reports::refuse_missing_folders(&arguments.outcome)?;
    let mut recording = Recording::new(
        Bar::new(terminal.watched),
        arguments.transcript.as_deref(),
        arguments.findings.clone(),
    )?;
    let result = run::run_before(&target, &options, &mut recording);
    drop(recording);
    let mut ledger = result.map_err(|error| stop(&error))?;
    let bar = Bar::of_findings(terminal.watched);
    let budget = Duration::from_secs(arguments.confirm_s);
    run::confirm(&target, &options, &mut ledger, budget, &mut |done, total| bar.count(done, total));
    drop(bar);
    reports::deliver(&ledger, &arguments.outcome, terminal)
}

fn target(arguments: &RunArguments, schema: &SchemaChoice) -> Result<TargetSpec, Stop> {
    let target = match schema {
        SchemaChoice::Own { schema, .. } => arguments.target.clone().following(schema),
        SchemaChoice::Version(_) | SchemaChoice::Auto => arguments.target.clone(),
    };
    if !arguments.sandbox {
        return Ok(target);
    }
    target.sandboxed(Guest::default()).map_err(|error| Stop::usage(error.to_string()))
}

fn stop(error: &RunError) -> Stop {
    Stop::Failure { exit: error.exit(), message: error.to_string() }
}

/// One line a case, then the counts.
fn print_plan(plan: &Plan, terminal: &mut Terminal<'_>) -> io::Result<()> {
    let out = &mut *terminal.out;
    let width = plan.drawn().map(|drawn| drawn.label.len()).max().unwrap_or(0).max("CASE".len());
    writeln!(out, "{:<width$}  HAZARD   STEPS  PLAN", "CASE")?;
    for Drawn { planned, label, case } in plan.drawn() {
        let what = match &planned.skip {
            None => "send".to_owned(),
            Some(skip) => format!("skip: {}", skip.detail),
        };
        let (hazard, steps) = (planned.hazard().hazard.name(), case.stimuli.len());
        writeln!(out, "{label:<width$}  {hazard:<7}  {steps:>5}  {what}")?;
    }
    let skipped = plan.cases.iter().filter(|case| case.skip.is_some()).count();
    let sent = text::plural((plan.cases.len() - skipped) as u64, "case");
    writeln!(out, "{sent} would be sent, {skipped} skipped; nothing was sent")
}
