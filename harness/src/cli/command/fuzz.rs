//! `qgaspec fuzz`: play random sessions to an agent, print and save what is found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use crate::agent::sandbox::Guest;
use crate::agent::target::TargetSpec;
use crate::cli::args::{HazardWord, absolute};
use crate::cli::exit::Stop;
use crate::cli::progress::Bar;
use crate::cli::terminal::Terminal;
use crate::report::fuzz as render;
use crate::run::fuzz::{CampaignEvent, CampaignOptions, Finding, can_be_several, fuzz};
use crate::verdict::Exit;

/// How long a campaign takes if nobody says when it ends.
const TIME_DEFAULT: Duration = Duration::from_mins(1);
/// The file that says how far a campaign came.
const STATE_FILE: &str = "campaign.toml";

const EXAMPLES: &str = "\
Examples:
  qgaspec fuzz reference --cases 1000
  qgaspec fuzz qemu-ga --time 10m --workers 2 --findings found
  qgaspec fuzz 'spawn:my-agent --path {socket}' --time 8h --findings found --resume
  qgaspec fuzz unix:/run/agent.sock --allow scratch --scratch /tmp/qgaspec

Exit codes: 0 nothing was found, 1 something was; 4 the agent could not be reached; 130 interrupted";

/// Arguments of `fuzz`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct FuzzArguments {
    /// The agent, as for `run`.
    #[arg(value_parser = TargetSpec::parse)]
    target: TargetSpec,
    /// Run the agent that `spawn:` starts in a sandbox, where it can do no harm; needs bubblewrap.
    #[arg(long)]
    sandbox: bool,
    /// How dangerous requests may be, as for `run`.
    #[arg(long, value_enum, value_name = "HAZARD")]
    allow: Option<HazardWord>,
    /// End after this time, such as `90s`, `10m` or `8h`; a minute, unless --cases is given.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    time: Option<Duration>,
    /// End after so many sessions.
    #[arg(long, value_name = "N")]
    cases: Option<u64>,
    /// End at the first finding.
    #[arg(long)]
    fail_fast: bool,
    /// Seed of the sessions; the same seed gives the same bytes.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How many agents are played to at a time, where they are started for it.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    workers: u32,
    /// Save every finding in this folder as soon as it is made.
    #[arg(long, value_name = "DIR")]
    findings: Option<PathBuf>,
    /// Go on where the campaign in the folder of findings ended.
    #[arg(long, requires = "findings")]
    resume: bool,
    /// Longest wait for a reply.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..))]
    deadline_ms: u64,
    /// Longest wait for a started agent to connect.
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = clap::value_parser!(u64).range(1..))]
    start_ms: u64,
    /// An absolute path of a folder in the guest in which files may be made.
    #[arg(long, value_name = "PATH", value_parser = absolute)]
    scratch: Option<String>,
    /// Go on although the agent speaks before it is spoken to.
    #[arg(long)]
    ignore_early_bytes: bool,
}

/// Plays, and prints what was found.
pub(in crate::cli) fn execute(arguments: &FuzzArguments, terminal: &mut Terminal<'_>) -> Result<Exit, Stop> {
    let target = target(arguments)?;
    if arguments.workers > 1 && !can_be_several(&target) {
        return Err(Stop::usage(
            "an agent that is there already serves one client at a time; leave --workers out",
        ));
    }
    let mut options = options(arguments);
    let folder = arguments.findings.as_deref();
    if let Some(folder) = folder {
        prepare(folder, arguments.resume, &mut options)?;
    }
    let bar = Bar::of_campaign(terminal.watched);
    let mut lost = None;
    let mut saved_at = 0.0;
    let result = fuzz(&target, &options, &mut |event| {
        let outcome = match (event, folder) {
            (CampaignEvent::Progress(progress), folder) => {
                bar.campaign(progress);
                match folder {
                    Some(folder) if progress.seconds - saved_at >= 1.0 => {
                        saved_at = progress.seconds;
                        save_state(folder, options.seed, progress.next_script)
                    }
                    _ => Ok(()),
                }
            }
            (CampaignEvent::Found(finding) | CampaignEvent::Minimised(finding), Some(folder)) => {
                save(folder, finding)
            }
            (CampaignEvent::Found(_) | CampaignEvent::Minimised(_), None) => Ok(()),
        };
        if let Err(error) = outcome {
            lost.get_or_insert(error);
        }
    });
    drop(bar);
    let report = result.map_err(|error| Stop::Failure { exit: error.exit(), message: error.to_string() })?;
    if let Some(folder) = folder {
        save_state(folder, options.seed, report.progress.next_script)?;
    }
    terminal.out.write_all(render::page(&report).as_bytes())?;
    if let Some(error) = lost {
        return Err(error);
    }
    Ok(if report.interrupted {
        Exit::Interrupted
    } else if !report.findings.is_empty() || !options.known.is_empty() {
        Exit::DoesNotConform
    } else if report.progress.scripts == 0 {
        Exit::CouldNotRun
    } else {
        Exit::Conforms
    })
}

fn target(arguments: &FuzzArguments) -> Result<TargetSpec, Stop> {
    let target = arguments.target.clone();
    if !arguments.sandbox {
        return Ok(target);
    }
    target.sandboxed(Guest::default()).map_err(|error| Stop::usage(error.to_string()))
}

fn options(arguments: &FuzzArguments) -> CampaignOptions {
    CampaignOptions {
        allow: arguments.allow.map(HazardWord::hazard),
        seed: arguments.seed,
        time: arguments.time.or(arguments.cases.is_none().then_some(TIME_DEFAULT)),
        scripts: arguments.cases,
        first_script: 0,
        known: BTreeSet::new(),
        workers: arguments.workers,
        fail_fast: arguments.fail_fast,
        deadline_ms: arguments.deadline_ms,
        start_ms: arguments.start_ms,
        scratch: arguments.scratch.clone(),
        ignore_early_bytes: arguments.ignore_early_bytes,
    }
}

/// Makes the folder, or takes up what is in it.
fn prepare(folder: &Path, resume: bool, options: &mut CampaignOptions) -> Result<(), Stop> {
    let cannot = |error: std::io::Error| {
        Stop::could_not_run(format!("cannot use the folder `{}`: {error}", folder.display()))
    };
    fs::create_dir_all(folder).map_err(cannot)?;
    if !resume {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let name = entry.map_err(cannot)?.file_name().to_string_lossy().into_owned();
        let fingerprint = name.strip_suffix(".toml").and_then(|stem| stem.rsplit_once('-'));
        options.known.extend(fingerprint.map(|(_, fingerprint)| fingerprint.to_owned()));
    }
    let state = match fs::read_to_string(folder.join(STATE_FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(cannot(error)),
    };
    let refused = |what: &str| Stop::Failure {
        exit: Exit::InputRefused,
        message: format!("`{}` {what}", folder.join(STATE_FILE).display()),
    };
    let table: toml::Table = state.parse().map_err(|_| refused("is no TOML"))?;
    let number = |name: &str| table.get(name)?.as_integer().and_then(|number| u64::try_from(number).ok());
    let (Some(seed), Some(next)) = (number("seed"), number("next-session")) else {
        return Err(refused("lacks `seed` or `next-session`"));
    };
    (options.seed, options.first_script) = (seed, next);
    Ok(())
}

fn save_state(folder: &Path, seed: u64, next: u64) -> Result<(), Stop> {
    write(folder, STATE_FILE, &format!("seed = {seed}\nnext-session = {next}\n"))
}

fn save(folder: &Path, finding: &Finding) -> Result<(), Stop> {
    write(folder, &render::file_name(finding), &render::file(finding))
}

/// Writes a file so that at any time either the old one or the new one is there.
fn write(folder: &Path, name: &str, text: &str) -> Result<(), Stop> {
    let path = folder.join(name);
    let draft = folder.join(format!(".{name}.new"));
    fs::write(&draft, text)
        .and_then(|()| fs::rename(&draft, &path))
        .map_err(|error| Stop::could_not_run(format!("cannot write `{}`: {error}", path.display())))
}

fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let seconds = match &text[digits.len()..] {
        "s" | "" => 1,
        "m" => 60,
        "h" => 3600,
        _ => 0,
    };
    let number: u64 = digits.parse().unwrap_or(0);
    match number.checked_mul(seconds) {
        Some(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
        Some(0) | None => Err("expected a time, such as `90s`, `10m` or `8h`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("10m"), Ok(Duration::from_mins(10)));
        assert_eq!(duration("2h"), Ok(Duration::from_hours(2)));
        for wrong in ["", "m", "0s", "1d", "-1s", "1.5h", "99999999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
