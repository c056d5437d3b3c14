//! `qgaspec schema`: judge QAPI schemas, show what is in them, tell two of them apart.

mod diff;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::exit::Stop;
use crate::cli::schemas::{count, load, name_of};
use crate::cli::terminal::Terminal;
use crate::schema::Dialect;
use crate::verdict::Exit;

/// Arguments of `qgaspec schema`.
#[derive(Debug, Args)]
pub(in crate::cli) struct SchemaArgs {
    /// What to do with the schemas.
    #[command(subcommand)]
    action: SchemaAction,
}

/// What to do with schemas.
#[derive(Debug, Subcommand)]
enum SchemaAction {
    /// Check schemas for errors.
    Check {
        #[command(flatten)]
        reading: Reading,
        /// QAPI schemas; each includes what it needs.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Show the commands and types of schemas.
    Show {
        #[command(flatten)]
        reading: Reading,
        /// Print one JSON document instead of a listing.
        #[arg(long)]
        json: bool,
        /// QAPI schemas; each includes what it needs. Without any, the built-in schema is shown.
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Tell what changed between two schemas, and whom it hurts.
    #[command(after_help = diff::HELP)]
    Diff {
        #[command(flatten)]
        reading: Reading,
        /// Print one JSON document instead of a listing.
        #[arg(long)]
        json: bool,
        /// The schema before: a file, or a release of QEMU such as `7.2`, or `seed`.
        #[arg(value_name = "OLD")]
        old: PathBuf,
        /// The schema after: the same.
        #[arg(value_name = "NEW")]
        new: PathBuf,
    },
}

/// How schema files are read.
#[derive(Clone, Copy, Debug, Args)]
struct Reading {
    /// Forgive what schemas of other ages do, such as missing commas, with a warning.
    #[arg(long)]
    lenient: bool,
}

impl Reading {
    fn dialect(self) -> Dialect {
        if self.lenient { Dialect::Lenient } else { Dialect::Strict }
    }
}

/// Does what the arguments say.
pub(in crate::cli) fn execute(arguments: &SchemaArgs, terminal: &mut Terminal<'_>) -> Result<Exit, Stop> {
    match &arguments.action {
        SchemaAction::Check { reading, files } => check(files, reading.dialect(), terminal),
        SchemaAction::Show { reading, json, files } => show::show(files, *json, reading.dialect(), terminal),
        SchemaAction::Diff { reading, json, old, new } => {
            diff::compare(old, new, *json, reading.dialect(), terminal)
        }
    }
}

/// Checks each file by itself. Remarks go to standard error, a line for each flawless file to standard output.
fn check(files: &[PathBuf], dialect: Dialect, terminal: &mut Terminal<'_>) -> Result<Exit, Stop> {
    let mut exit = Exit::Conforms;
    for file in files {
        match load(file, dialect, terminal)? {
            Some(schema) => {
                let commands = count(schema.commands().len(), "command");
                let types = count(schema.types().len(), "type");
                writeln!(terminal.out, "{}: {commands}, {types}", name_of(file))?;
            }
            None => exit = Exit::InputRefused,
        }
    }
    Ok(exit)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::schemas::MAX_BYTES;
    use crate::cli::terminal::tests::Written;

    const GOOD: &str = "{ 'pragma': { 'returns-whitelist': [ 'guest-file-open' ] } }\n\
        ##\n\
        # @Mode:\n\
        #\n\
        # How.\u{9b}\n\
        #\n\
        # Since: 1\n\
        ##\n\
        { 'enum': 'Mode', 'data': [ 'r', 'w' ], 'if': { 'not': 'X' } }\n\
        { 'struct': 'Base', 'data': { 'n': 'int' } }\n\
        { 'struct': 'Own', 'base': 'Base', 'data': { '*l': ['str'] } }\n\
        { 'union': 'U', 'base': { 'm': 'Mode' }, 'discriminator': 'm', 'data': { 'r': 'Base' } }\n\
        { 'alternate': 'A', 'data': { 'i': 'int', 's': 'Own' } }\n\
        { 'command': 'guest-file-open', 'data': { 'path': 'str', '*mode': 'Mode' }, 'returns': 'int' }\n\
        { 'command': 'guest-shutdown', 'data': 'Own', 'success-response': false, 'features': [ 'deprecated' ] }\n";

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        schema: SchemaArgs,
    }

    /// A folder with files of these contents, and what the command line then gives.
    fn run(arguments: &[&str], files: &[(&str, &[u8])]) -> (Exit, String, String) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut line = vec!["schema".to_owned()];
        line.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("a temporary file can be written");
            line.push(path.to_string_lossy().into_owned());
        }
        let program = Program::try_parse_from(line).expect("the arguments are right");
        let mut written = Written::default();
        let exit = execute(&program.schema, &mut written.terminal()).expect("memory can be written");
        let Written { out, err } = written;
        let place = format!("{}/", folder.path().display());
        let clean = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8").replace(&place, "");
        (exit, clean(out), clean(err))
    }

    #[test]
    fn check_counts_what_is_in_a_good_file() {
        let (exit, out, err) = run(&["check"], &[("good.json", GOOD.as_bytes())]);
        assert_eq!((exit, exit.code(), err.as_str()), (Exit::Conforms, 0, ""));
        assert_eq!(out, "good.json: 2 commands, 5 types\n");
    }

    #[test]
    fn check_goes_on_after_a_bad_file() {
        let files: [(&str, &[u8]); 2] =
            [("bad.json", b"{ 'command': 'a', }\n"), ("good.json", b"{ 'command': 'a' }\n")];
        let (exit, out, err) = run(&["check"], &files);
        assert_eq!((exit, exit.code()), (Exit::InputRefused, 3));
        assert_eq!(out, "good.json: 1 command, 0 types\n");
        assert!(
            err.contains("error[trailing-comma]") && err.ends_with("bad.json: 1 error, 0 warnings\n"),
            "{err}"
        );
    }

    #[test]
    fn warnings_alone_are_no_failure() {
        let (exit, out, err) = run(&["check"], &[("t.json", b"{ 'command': 'a_b' }")]);
        assert_eq!((exit, out.as_str()), (Exit::Conforms, "t.json: 1 command, 0 types\n"));
        assert!(err.contains("warning[name-style]"), "{err}");
    }

    #[test]
    fn files_that_are_no_text_are_refused() {
        let (exit, out, err) = run(&["check"], &[("t.json", b"#\n\xff")]);
        assert_eq!((exit, out.as_str()), (Exit::InputRefused, ""));
        assert_eq!(err, "error: cannot read t.json: not UTF-8: byte 0xff at offset 2, in line 2\n");
        let (exit, _, err) = run(&["show", "/nonexistent/\u{1b}.json"], &[]);
        assert_eq!(exit, Exit::InputRefused);
        assert!(err.starts_with("error: cannot read /nonexistent/\\u{1b}.json: "), "{err}");
        let large = vec![b'#'; usize::try_from(MAX_BYTES).expect("it fits") + 1];
        let (exit, _, err) = run(&["check"], &[("t.json", &large)]);
        assert_eq!(exit, Exit::InputRefused);
        assert!(err.contains("larger than 4194304 bytes"), "{err}");
    }

    #[test]
    fn show_lists_commands_and_types() {
        let (exit, out, err) = run(&["show"], &[("good.json", GOOD.as_bytes())]);
        assert_eq!((exit, err.as_str()), (Exit::Conforms, ""));
        insta::assert_snapshot!(out);
    }

    #[test]
    fn show_prints_one_json_document() {
        let (exit, out, err) = run(&["show", "--json"], &[("good.json", GOOD.as_bytes())]);
        assert_eq!((exit, err.as_str()), (Exit::Conforms, ""));
        assert!(out.contains("How.\\u009b") && !out.contains('\u{9b}'));
        let json: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
        let keys: Vec<_> = json.as_object().expect("an object").keys().cloned().collect();
        assert_eq!(keys, ["commands", "types"]);
        let place = &json["types"][0]["place"];
        let (start, end) = (place["start"].as_u64(), place["end"].as_u64());
        let range = start.zip(end).map(|(start, end)| start as usize..end as usize).expect("both are there");
        assert!(GOOD[range].starts_with("{ 'enum': 'Mode'"));
        insta::assert_snapshot!(out);
    }

    #[test]
    fn show_without_files_shows_the_built_in_schema() {
        let (exit, out, _) = run(&["show"], &[]);
        assert_eq!(exit, Exit::Conforms);
        assert!(out.contains("command guest-ping()"), "{out}");
    }

    #[test]
    fn show_shows_nothing_of_a_bad_schema() {
        let (exit, out, err) =
            run(&["show", "--json"], &[("good.json", GOOD.as_bytes()), ("bad.json", b"@")]);
        assert_eq!((exit, out.as_str()), (Exit::InputRefused, ""));
        assert!(err.contains("stray-character"), "{err}");
    }
}
