//! The report of the harness about itself: a page for people, and JSON for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Serialize;

use super::terminal::text::paragraph;
use crate::run::selftest::{Score, Scores, SelftestReport};

/// The name of the format; the number changes when a member goes away or changes its meaning.
pub const FORMAT: &str = "qgaspec-selftest/1";

/// Complaints shown of one variant.
const COMPLAINTS_SHOWN: usize = 5;

/// A page in plain text, `width` columns wide.
pub fn page(report: &SelftestReport, width: usize) -> String {
    let mut page = String::new();
    for result in report.faults.iter().filter(|result| !result.caught) {
        let fault = result.fault;
        let text = format!("fault {} passes under {}: {}", fault.name, fault.trips, fault.summary);
        paragraph(&mut page, "missed    ", "          ", &text, width);
    }
    for result in report.variants.iter().filter(|result| !result.complaints.is_empty()) {
        for complaint in result.complaints.iter().take(COMPLAINTS_SHOWN) {
            let row = format!("{} {}", complaint.code, complaint.command);
            let text = format!(
                "variant {} is correct, but {}: {}",
                result.variant.name,
                row.trim(),
                complaint.detail
            );
            paragraph(&mut page, "rejected  ", "          ", &text, width);
        }
    }
    for code in &report.unguarded {
        let _ = writeln!(page, "unguarded {code}: no fault is about this rule");
    }
    if !page.is_empty() {
        page.push('\n');
    }
    table(&mut page, report);
    page
}

fn table(page: &mut String, report: &SelftestReport) {
    let line = |page: &mut String, name: &str, caught: &str, accepted: &str| {
        let _ = writeln!(page, "{name:<12}{caught:>16}{accepted:>20}");
    };
    line(page, "chapter", "faults caught", "variants accepted");
    for (chapter, scores) in report.chapters() {
        line(page, chapter, &ratio(scores.caught), &ratio(scores.accepted));
    }
    let all = report.scores();
    line(page, "all", &ratio(all.caught), &ratio(all.accepted));
    let _ = writeln!(
        page,
        "\n{} of {} faults caught by the rule that they break, {} of {} variants accepted by all rules",
        all.caught.right, all.caught.of, all.accepted.right, all.accepted.of,
    );
}

fn ratio(score: Score) -> String {
    format!("{}/{}", score.right, score.of)
}

/// The report for programs, with a line end.
#[expect(clippy::missing_panics_doc, reason = "it cannot panic, as the expectation says")]
pub fn json(report: &SelftestReport) -> String {
    let mut text = serde_json::to_string_pretty(&Document::new(report))
        .expect("strings and numbers always have a JSON form");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Document<'r> {
    format: &'static str,
    tool: &'static str,
    clean: bool,
    scores: ScoresJson,
    chapters: Vec<ChapterJson>,
    faults: Vec<FaultJson<'r>>,
    /// By rule.
    buckets: BTreeMap<&'static str, BTreeSet<&'r str>>,
    variants: Vec<VariantJson<'r>>,
    unguarded: &'r [&'static str],
}

#[derive(Serialize)]
struct ScoresJson {
    faults_caught: usize,
    faults: usize,
    variants_accepted: usize,
    variants: usize,
}

#[derive(Serialize)]
struct ChapterJson {
    chapter: &'static str,
    #[serde(flatten)]
    scores: ScoresJson,
}

#[derive(Serialize)]
struct FaultJson<'r> {
    name: &'static str,
    summary: &'static str,
    trips: &'static str,
    caught: bool,
    buckets: &'r BTreeSet<String>,
    others: &'r [&'static str],
}

#[derive(Serialize)]
struct VariantJson<'r> {
    name: &'static str,
    summary: &'static str,
    accepted: bool,
    complaints: Vec<ComplaintJson<'r>>,
}

#[derive(Serialize)]
struct ComplaintJson<'r> {
    code: &'static str,
    command: &'r str,
    detail: &'r str,
}

impl<'r> Document<'r> {
    fn new(report: &'r SelftestReport) -> Self {
        let chapters = report.chapters().into_iter();
        let faults = report.faults.iter().map(|result| FaultJson {
            name: result.fault.name,
            summary: result.fault.summary,
            trips: result.fault.trips,
            caught: result.caught,
            buckets: &result.buckets,
            others: &result.others,
        });
        let variants = report.variants.iter().map(|result| VariantJson {
            name: result.variant.name,
            summary: result.variant.summary,
            accepted: result.complaints.is_empty(),
            complaints: result
                .complaints
                .iter()
                .map(|it| ComplaintJson { code: it.code, command: &it.command, detail: &it.detail })
                .collect(),
        });
        Self {
            format: FORMAT,
            tool: concat!("qgaspec ", env!("CARGO_PKG_VERSION")),
            clean: report.is_clean(),
            scores: ScoresJson::new(report.scores()),
            chapters: chapters
                .map(|(chapter, scores)| ChapterJson { chapter, scores: ScoresJson::new(scores) })
                .collect(),
            faults: faults.collect(),
            buckets: report.buckets(),
            variants: variants.collect(),
            unguarded: &report.unguarded,
        }
    }
}

impl ScoresJson {
    const fn new(Scores { caught, accepted }: Scores) -> Self {
        Self {
            faults_caught: caught.right,
            faults: caught.of,
            variants_accepted: accepted.right,
            variants: accepted.of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::reference::{fault, variant};
    use crate::run::selftest::{Complaint, FaultResult, VariantResult};

    fn report() -> SelftestReport {
        let complaint = Complaint {
            code: "framing/terminated",
            command: String::new(),
            detail: "valid/guest-ping/minimal: expected LF or CRLF behind the reply, got none".to_owned(),
        };
        let fault = |at: usize| fault::all().nth(at).expect("there are faults");
        let variant = |at: usize| variant::all().nth(at).expect("there are variants");
        SelftestReport {
            faults: vec![
                FaultResult {
                    fault: fault(0),
                    caught: true,
                    buckets: BTreeSet::from(["unterminated".to_owned()]),
                    others: vec!["core/ping"],
                },
                FaultResult { fault: fault(1), caught: false, buckets: BTreeSet::new(), others: Vec::new() },
            ],
            variants: vec![
                VariantResult { variant: variant(0), complaints: vec![complaint] },
                VariantResult { variant: variant(1), complaints: Vec::new() },
            ],
            unguarded: Vec::new(),
        }
    }

    #[test]
    fn the_page_names_what_went_wrong_and_counts() {
        let page = page(&report(), 100);
        let missed = fault::all().nth(1).expect("there are faults").name;
        assert!(page.starts_with(&format!("missed    fault {missed} passes under framing/")), "{page}");
        assert!(page.contains("rejected  variant crlf is correct, but framing/terminated: "), "{page}");
        assert!(page.contains("\nframing                  1/2                 1/2\n"), "{page}");
        assert!(
            page.ends_with(
                "1 of 2 faults caught by the rule that they break, 1 of 2 variants accepted by all rules\n"
            ),
            "{page}"
        );
        assert!(!report().is_clean());
    }

    #[test]
    fn the_json_has_the_same_counts() {
        let document: serde_json::Value = serde_json::from_str(&json(&report())).expect("it is JSON");
        assert_eq!(document["format"], FORMAT);
        assert_eq!(document["scores"]["faults_caught"], 1);
        assert_eq!(document["variants"][0]["accepted"], false);
        assert_eq!(document["faults"][0]["others"][0], "core/ping");
        assert_eq!(document["buckets"]["framing/terminated"][0], "unterminated");
    }
}
