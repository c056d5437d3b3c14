//! The words of the command line. They are a stable contract; what they do is in `command/`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::agent::sandbox::Variation;
use crate::agent::target::TargetSpec;
use crate::classify::Hazard;
use crate::generate::Effort;
use crate::run;
use crate::run::SchemaChoice;
use crate::run::waivers::{Date, Waivers};
use crate::schema::versions::{self, Version};

use super::command::fuzz::FuzzArguments;
use super::command::schema::SchemaArgs;

const EXIT_CODES: &str = "\
Exit codes:
    0  the agent conforms
    1  the agent does not conform
    2  the command line could not be understood
    3  an input file was refused
    4  the harness could not do its job, such as connect or start the agent
    5  nothing was selected, or something planned got no verdict
  130  interrupted";

const EXAMPLES: &str = "\
Examples:
  qgaspec run reference                          try the harness on its own reference agent
  qgaspec run unix:/run/agent.sock               only ask an agent that listens on a socket
  qgaspec run 'spawn:my-agent --path {socket}'   start an agent; try files and programs, too
  qgaspec rules framing/terminated               explain a rule";

const RUN_EXAMPLES: &str = "\
Targets:
  reference             the built-in reference agent, in process
  unix:PATH             a Unix socket on which an agent, or a hypervisor's channel to one, listens
  tcp:HOST:PORT         a TCP port; IPv6 addresses in brackets, as in tcp:[::1]:7000
  char:DEVICE           a character device: a pty, a serial line, a virtio port
  listen:unix:PATH      we listen, and the agent or its channel connects; also listen:tcp:HOST:PORT
  spawn:COMMAND         a program to start; {socket}, {device}, {port} or {stdio} in it says how we meet
  qemu-ga[:PATH]        the real agent, always in a sandbox

Hazards, each including those before it:
  read      requests that only ask; the default when attaching to an agent
  scratch   files in a scratch folder, harmless programs; the default for spawn: without a sandbox
  state     reversible changes with harmless arguments
  power     everything, also shutdown and suspend; the default for reference and in a sandbox

Examples:
  qgaspec run unix:/run/agent.sock --list
  qgaspec run unix:/run/agent.sock --allow scratch --scratch /tmp/qgaspec
  qgaspec run 'spawn:my-agent --path {socket}' --only 'framing/*' --report json=report.json
  qgaspec run reference --case valid/guest-ping/plain";

/// Conformance test harness for the QEMU guest agent protocol.
#[derive(Debug, Parser)]
#[command(name = "qgaspec", version, max_term_width = 110, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(super) struct Arguments {
    /// When to use colours; the default also honours `NO_COLOR`.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(super) color: ColorChoice,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Test whether an agent conforms.
    Run(Box<RunArguments>),
    /// Judge recorded transcripts, without an agent.
    Judge(JudgeArguments),
    /// Play random sessions to an agent; every finding is minimised and saved.
    Fuzz(Box<FuzzArguments>),
    /// Play saved findings and scenarios against an agent.
    Replay(ReplayArguments),
    /// Serve the reference agent on a socket, if wanted with faults.
    Agent(AgentArguments),
    /// List the rules, or explain one.
    Rules(RulesArguments),
    /// Test the harness on its own agent: is each fault caught, each correct variant accepted?
    Selftest(SelftestArguments),
    /// Check, show or compare QAPI schemas.
    Schema(SchemaArgs),
}

/// Arguments of `run`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
pub(super) struct RunArguments {
    /// The agent to test; see below.
    #[arg(value_parser = TargetSpec::parse)]
    pub(super) target: TargetSpec,
    /// Run the agent that `spawn:` starts in a sandbox, where it can do no harm; needs bubblewrap.
    #[arg(long)]
    pub(super) sandbox: bool,
    /// Print the plan with the hazard of each case; send nothing.
    #[arg(long, conflicts_with = "report")]
    pub(super) list: bool,
    /// How dangerous requests may be; see below.
    #[arg(long, value_enum, value_name = "HAZARD")]
    allow: Option<HazardWord>,
    /// How much to try: `quick` takes seconds, `stress` also sends what is very large.
    #[arg(long, value_enum, value_name = "EFFORT", default_value_t = EffortWord::Full)]
    effort: EffortWord,
    /// Only rules and commands that match, such as `framing/*` or `guest-file-*`; repeatable.
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// No rules and commands that match; repeatable.
    #[arg(long, value_name = "GLOB")]
    skip: Vec<String>,
    /// Rules and commands that match must get a verdict; repeatable.
    #[arg(long, value_name = "GLOB")]
    require: Vec<String>,
    /// Only this case, with what it needs; `calibration/sync` sends none.
    #[arg(long, value_name = "ID")]
    case: Option<String>,
    /// Before the case, so many of those that come before it in the plan.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "case")]
    after: usize,
    /// How long findings are shown again after the run, each on an agent started anew.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(super) confirm_s: u64,
    /// Only this guest of those that the sandbox plays: usual, west, east, pm-utils, awake, failing, frozen, blocked.
    #[arg(long, value_name = "NAME", value_parser = guest)]
    guest: Option<Variation>,
    /// Seed of the generators; the same seed gives the same bytes.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    pub(super) yardstick: YardstickArguments,
    #[command(flatten)]
    pub(super) outcome: OutcomeArguments,
    /// Record everything that is sent and received in this file, for `qgaspec judge`.
    #[arg(long, value_name = "FILE")]
    pub(super) transcript: Option<PathBuf>,
    /// Save each kind of finding in this folder as soon as it is seen, for `qgaspec replay`.
    #[arg(long, value_name = "DIR")]
    pub(super) findings: Option<PathBuf>,
    /// Longest wait for a reply.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..))]
    deadline_ms: u64,
    /// Longest wait for a started agent to connect.
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = clap::value_parser!(u64).range(1..))]
    start_ms: u64,
    /// How often an agent that ended is started again.
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_restarts: u32,
    /// Stop at the first failure.
    #[arg(long)]
    fail_fast: bool,
    /// An absolute path of a folder in the guest in which files may be made.
    #[arg(long, value_name = "PATH", value_parser = absolute)]
    scratch: Option<String>,
    /// Go on although the agent speaks before it is spoken to.
    #[arg(long)]
    ignore_early_bytes: bool,
}

impl RunArguments {
    /// What the run is told.
    pub(super) fn options(&self, schema: SchemaChoice, waivers: Waivers) -> run::Options {
        run::Options {
            schema,
            allow: self.allow.map(HazardWord::hazard),
            effort: self.effort.effort(),
            seed: self.seed,
            only: self.only.clone(),
            skip: self.skip.clone(),
            require: self.require.clone(),
            cases: self
                .case
                .clone()
                .map_or(run::CaseChoice::All, |id| run::CaseChoice::One { id, after: self.after }),
            strict: self.outcome.strict,
            waivers,
            guest: self.guest,
            deadline_ms: self.deadline_ms,
            start_ms: self.start_ms,
            max_restarts: self.max_restarts,
            fail_fast: self.fail_fast,
            scratch: self.scratch.clone(),
            ignore_early_bytes: self.ignore_early_bytes,
        }
    }
}

/// Arguments that say what an agent is measured by.
#[derive(Debug, Args)]
pub(super) struct YardstickArguments {
    /// Measure by this QAPI schema and those that it includes.
    #[arg(long, value_name = "FILE", conflicts_with = "schema_version")]
    pub(super) schema: Option<PathBuf>,
    /// Measure by the schema of this release of QEMU; `seed` is between 7.0 and 7.1, `auto` the last that is not newer
    /// than the agent.
    #[arg(long, value_name = "VERSION", default_value = "seed", value_parser = schema_version())]
    pub(super) schema_version: SchemaVersion,
}

/// A word for `--schema-version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SchemaVersion {
    Fixed(Version),
    Auto,
}

fn schema_version() -> impl TypedValueParser<Value = SchemaVersion> {
    let names = ["auto"].into_iter().chain(versions::ALL.map(Version::name));
    PossibleValuesParser::new(names)
        .map(|name| Version::parse(&name).map_or(SchemaVersion::Auto, SchemaVersion::Fixed))
}

/// Arguments of every command that ends with a verdict: what counts, and where it is told.
#[derive(Debug, Args)]
pub(super) struct OutcomeArguments {
    /// Write a report as well, such as `json=report.json`; repeatable. Formats: json, junit.
    #[arg(long, value_name = "FORMAT=PATH")]
    pub(super) report: Vec<ReportTarget>,
    /// Fail on differences from `qemu-ga` too.
    #[arg(long)]
    pub(super) strict: bool,
    /// Tolerate the failures that this file lists, each with a reason and a last day.
    #[arg(long, value_name = "FILE")]
    pub(super) waivers: Option<PathBuf>,
    /// Which day it is for waivers, as YYYY-MM-DD; the clock's, in UTC, unless given.
    #[arg(long, value_name = "DATE", requires = "waivers")]
    pub(super) today: Option<Date>,
    /// Show every rule and every failing row.
    #[arg(short, long)]
    pub(super) verbose: bool,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// Saved findings and scenarios, or folders of them.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// The agent; as for `run`.
    #[arg(value_parser = TargetSpec::parse)]
    pub(super) target: TargetSpec,
    /// How dangerous requests may be; as for `run`.
    #[arg(long, value_enum, value_name = "HAZARD")]
    allow: Option<HazardWord>,
    /// Fail on differences from `qemu-ga` too.
    #[arg(long)]
    strict: bool,
    /// Longest wait for a reply.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..))]
    deadline_ms: u64,
    /// An absolute path of a folder in the guest in which files may be made.
    #[arg(long, value_name = "PATH", value_parser = absolute)]
    scratch: Option<String>,
}

impl ReplayArguments {
    /// What each run is told.
    pub(super) fn options(&self) -> run::Options {
        run::Options {
            allow: self.allow.map(HazardWord::hazard),
            strict: self.strict,
            deadline_ms: self.deadline_ms,
            scratch: self.scratch.clone(),
            ..run::Options::default()
        }
    }
}

/// Arguments of `judge`.
#[derive(Debug, Args)]
pub(super) struct JudgeArguments {
    /// Transcripts that `run --transcript` recorded.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Judge by this QAPI schema and those that it includes, and not by that of the recording.
    #[arg(long, value_name = "FILE")]
    pub(super) schema: Option<PathBuf>,
    #[command(flatten)]
    pub(super) outcome: OutcomeArguments,
}

/// Arguments of `agent`.
#[derive(Debug, Args)]
pub(super) struct AgentArguments {
    /// Where to listen: `unix:PATH` or `tcp:HOST:PORT`.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "list_faults")]
    pub(super) listen: Option<ListenAddress>,
    /// Switch a fault on, which breaks one rule; repeatable.
    #[arg(long = "fault", value_name = "NAME")]
    pub(super) faults: Vec<String>,
    /// Follow this QAPI schema; commands of its own return whatever their type allows.
    #[arg(long, value_name = "FILE")]
    pub(super) schema: Option<PathBuf>,
    /// List the faults, each with the rule that it breaks.
    #[arg(long)]
    pub(super) list_faults: bool,
}

/// Arguments of `rules`.
#[derive(Debug, Args)]
pub(super) struct RulesArguments {
    /// The rule to explain, such as `framing/terminated`; all are listed without one.
    pub(super) code: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `selftest`.
#[derive(Debug, Args)]
pub(super) struct SelftestArguments {
    /// Only faults, rules and variants that match, such as `file/*` or `one-handle-for-all`; repeatable.
    #[arg(long, value_name = "GLOB")]
    pub(super) only: Vec<String>,
    /// Print JSON, which also tells which other rules fail with each fault's own.
    #[arg(long)]
    pub(super) json: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// The words for hazards.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum HazardWord {
    Read,
    Scratch,
    State,
    Power,
}

impl HazardWord {
    pub(super) const fn hazard(self) -> Hazard {
        match self {
            Self::Read => Hazard::Read,
            Self::Scratch => Hazard::Scratch,
            Self::State => Hazard::State,
            Self::Power => Hazard::Power,
        }
    }
}

/// The words for efforts.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum EffortWord {
    Quick,
    Full,
    Stress,
}

impl EffortWord {
    const fn effort(self) -> Effort {
        match self {
            Self::Quick => Effort::Quick,
            Self::Full => Effort::Full,
            Self::Stress => Effort::Stress,
        }
    }
}

/// `FORMAT=PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReportTarget {
    /// What is written.
    pub(super) format: ReportFormat,
    /// Where to.
    pub(super) path: PathBuf,
}

/// The formats of reports for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportFormat {
    /// `qgaspec-report/1`.
    Json,
    /// `JUnit`'s XML.
    Junit,
}

/// Why `FORMAT=PATH` could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ReportTargetError {
    #[error("expected FORMAT=PATH, such as `json=report.json`")]
    Shape,
    #[error("unknown format `{0}`; there are: json, junit")]
    Format(String),
}

impl FromStr for ReportTarget {
    type Err = ReportTargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, path) =
            text.split_once('=').filter(|(_, path)| !path.is_empty()).ok_or(ReportTargetError::Shape)?;
        let format = match format {
            "json" => ReportFormat::Json,
            "junit" => ReportFormat::Junit,
            unknown => return Err(ReportTargetError::Format(unknown.to_owned())),
        };
        Ok(Self { format, path: PathBuf::from(path) })
    }
}

/// Where the reference agent listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListenAddress {
    /// A socket file that is made for it.
    Unix(PathBuf),
    /// `HOST:PORT`.
    Tcp(String),
}

/// Why an address to listen on could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected unix:PATH or tcp:HOST:PORT")]
pub(super) struct ListenAddressError;

impl FromStr for ListenAddress {
    type Err = ListenAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("unix", path)) if !path.is_empty() => Ok(Self::Unix(PathBuf::from(path))),
            Some(("tcp", address)) if address.contains(':') => Ok(Self::Tcp(address.to_owned())),
            Some(_) | None => Err(ListenAddressError),
        }
    }
}

fn guest(name: &str) -> Result<Variation, String> {
    Variation::by_name(name).ok_or_else(|| {
        format!("there is no such guest; there are: {}", Variation::ALL.map(Variation::name).join(", "))
    })
}

pub(super) fn absolute(path: &str) -> Result<String, String> {
    if path.starts_with('/') { Ok(path.to_owned()) } else { Err("expected an absolute path".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn report_targets_name_what_exists() {
        let parse = |text: &str| text.parse::<ReportTarget>();
        let json = |path: &str| Ok(ReportTarget { format: ReportFormat::Json, path: PathBuf::from(path) });
        assert_eq!(parse("json=a=b"), json("a=b"));
        assert_eq!(parse("json"), Err(ReportTargetError::Shape));
        assert_eq!(parse("json="), Err(ReportTargetError::Shape));
        assert_eq!(parse("xml=x"), Err(ReportTargetError::Format("xml".to_owned())));
    }

    #[test]
    fn listen_addresses_are_sockets() {
        assert_eq!("tcp:[::1]:0".parse(), Ok(ListenAddress::Tcp("[::1]:0".to_owned())));
        assert_eq!("unix:".parse::<ListenAddress>(), Err(ListenAddressError));
        assert_eq!("tcp:1".parse::<ListenAddress>(), Err(ListenAddressError));
    }
}
