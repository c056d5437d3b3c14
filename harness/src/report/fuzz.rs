//! A campaign and its findings as text: for people, and as files that keep a finding.

use std::fmt::Write;

use crate::generate::{Action, Part, Step, Stimulus, Symbol};
use crate::rules;
use crate::run::fuzz::{CampaignReport, Finding};
use crate::text::printable;
use crate::verdict::Class;

use super::terminal::text::{number, plural};

/// Shown of one step, in bytes.
const STEP_SHOWN: usize = 400;
/// Shown of a reply, in bytes.
const BYTES_SHOWN: usize = 600;
/// Steps shown of one finding.
const STEPS_SHOWN: usize = 20;

/// The whole campaign: what was found, and how far it came.
pub fn page(report: &CampaignReport) -> String {
    let mut out = String::new();
    for finding in report.findings.values() {
        out.push_str(&paragraph(finding));
        out.push('\n');
    }
    let progress = report.progress;
    for gone in &report.gone {
        // Writing into a string cannot fail.
        let _ = writeln!(out, "a worker stopped early: {gone}");
    }
    let _ = writeln!(
        out,
        "{} in {}: {} in {:.1} s ({:.0} a second), {} spoke, {}; seed {}, next session {}",
        plural(report.findings.len() as u64, "finding"),
        plural(progress.scripts, "session"),
        plural(progress.requests, "request"),
        progress.seconds,
        progress.requests as f64 / progress.seconds.max(0.001),
        plural(progress.rows as u64, "row"),
        plural(progress.restarts, "restart"),
        report.seed,
        progress.next_script,
    );
    out
}

/// One finding, told so that nobody has to look anything up.
pub fn paragraph(finding: &Finding) -> String {
    let mut out = String::new();
    let title = rules::rule(finding.rule).map_or("", |rule| rule.title);
    let subject = if finding.command.is_empty() { "the connection" } else { &finding.command };
    let _ =
        writeln!(out, "{} {} ({}, {}): {title}", finding.rule, subject, class(finding.class), finding.bucket);
    let mut field = |label: &str, text: &str| {
        let _ = writeln!(out, "  {label:<9} {text}");
    };
    field("expected", &finding.expected);
    field("got", &finding.got);
    for (at, step) in finding.steps.iter().take(STEPS_SHOWN).enumerate() {
        field(&format!("step {}", at + 1), &step_text(step));
    }
    if finding.steps.len() > STEPS_SHOWN {
        field("", &format!("and {} more steps", finding.steps.len() - STEPS_SHOWN));
    }
    if !finding.received.bytes.is_empty() {
        field("reply", &printable(&finding.received.bytes, BYTES_SHOWN).text);
    }
    if let Some(exit) = &finding.exit {
        field("agent", exit);
    }
    let cost = finding.cost;
    field(
        "seen",
        &format!(
            "in session {} of seed {} after {} and {:.1} s, in {}; now {}, again {} of {}",
            finding.script,
            finding.seed,
            plural(cost.requests, "request"),
            cost.seconds,
            plural(cost.steps_before as u64, "step"),
            plural(finding.steps.len() as u64, "step"),
            number(u64::from(finding.reproduced.times)),
            number(u64::from(finding.reproduced.of)),
        ),
    );
    out
}

/// A finding as a file that says everything needed to see it again.
pub fn file(finding: &Finding) -> String {
    let mut out = String::from("format = \"qgaspec-finding/1\"\n");
    let mut field = |name: &str, text: &str| {
        let _ = writeln!(out, "{name} = {}", toml::Value::from(text));
    };
    field("rule", finding.rule);
    field("class", class(finding.class));
    field("command", &finding.command);
    field("bucket", &finding.bucket);
    field("fingerprint", &finding.fingerprint);
    field("expected", &finding.expected);
    field("got", &finding.got);
    if let Some(exit) = &finding.exit {
        field("agent", exit);
    }
    field("reproduced", &format!("{} of {}", finding.reproduced.times, finding.reproduced.of));
    let _ = writeln!(out, "seed = {}\nsession = {}", finding.seed, finding.script);
    for step in &finding.steps {
        let _ = writeln!(out, "\n[[step]]\nspeaker = {}", step.speaker);
        match &step.action {
            Action::Leave { last_words } => {
                let _ = writeln!(out, "leave = {}", toml::Value::from(spelled(last_words)));
            }
            Action::Say(stimulus) => {
                let writes: Vec<toml::Value> = writes(stimulus).into_iter().map(toml::Value::from).collect();
                let _ = writeln!(out, "send = {}", toml::Value::from(writes));
                if let Some(binding) = &stimulus.binding {
                    let path = binding.path.join(".");
                    let _ = writeln!(out, "learn = {}", toml::Value::from(symbol(binding.symbol)));
                    let _ = writeln!(out, "from = {}", toml::Value::from(path));
                }
            }
        }
    }
    out
}

/// The name of its file. Equal findings have equal names.
pub fn file_name(finding: &Finding) -> String {
    format!("{}-{}.toml", finding.rule.replace('/', "-"), finding.fingerprint)
}

fn step_text(step: &Step) -> String {
    match &step.action {
        Action::Leave { last_words } if last_words.is_empty() => {
            "(the client leaves and comes again)".to_owned()
        }
        Action::Leave { last_words } => {
            format!("{} (the client leaves and comes again)", printable(last_words, STEP_SHOWN).text)
        }
        Action::Say(stimulus) => writes(stimulus).join(" | "),
    }
}

/// The writes, each on one line, with names for what only the run knows.
fn writes(stimulus: &Stimulus) -> Vec<String> {
    let part = |part: &Part| match part {
        Part::Bytes(bytes) => spelled(bytes),
        Part::Hole(hole) => format!("\\{{{}}}", symbol(*hole)),
    };
    stimulus.writes.iter().map(|write| write.iter().map(part).collect()).collect()
}

fn spelled(bytes: &[u8]) -> String {
    printable(bytes, usize::MAX).text
}

fn symbol(symbol: Symbol) -> String {
    match symbol {
        Symbol::Handle(number) => format!("handle-{number}"),
        Symbol::Pid(number) => format!("pid-{number}"),
        Symbol::Time => "time".to_owned(),
        Symbol::List => "list".to_owned(),
        Symbol::MountPoints => "mount-points".to_owned(),
    }
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Violation => "violation",
        Class::Robustness => "robustness",
        Class::Difference => "difference",
    }
}
