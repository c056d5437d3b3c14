//! Whatever clients ask for, in whatever order: no panic, one reply each, and never more memory than configured.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::agent::reference::commands;

const CAPACITY_BYTES: usize = 2000;
const PROCESS_LIMIT: usize = 3;

/// Values that arguments have, some of them by accident.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "1",
    "1000",
    "1001",
    "2000",
    "2001",
    "-1",
    "9223372036854775807",
    "18446744073709551615",
    "1.5",
    r#""""#,
    r#""a""#,
    r#""r""#,
    r#""w+""#,
    r#""end""#,
    r#""alice""#,
    r#""/qgaspec/a""#,
    r#""/etc/shadow""#,
    r#""/home/alice/.ssh/authorized_keys""#,
    r#""/bin/sh""#,
    r#""cat""#,
    r#""head""#,
    r#""sleep""#,
    r#""AAAA""#,
    "[]",
    r#"["/srv","/nosuch"]"#,
    r#"["-c","exit 3"]"#,
    r#"["-c","1500","/dev/zero"]"#,
    r#"["3600"]"#,
    r#"["ssh-rsa AAAA one","ssh-rsa BBBB two"]"#,
    r#"[{"logical-id":1,"online":false},{"logical-id":4,"online":true}]"#,
    r#"[{"phys-index":1,"online":false},{"phys-index":33,"online":true}]"#,
];

/// A request for some command, with some of its arguments, often of the wrong type.
fn request() -> impl Strategy<Value = String> {
    let names: Vec<&str> = commands::all().map(|command| command.name).collect();
    select(names).prop_flat_map(|name| {
        let definition = crate::schema::builtin::seed().command(name).expect("it is in the table");
        let arguments: Vec<_> = definition.arguments.iter().map(|member| member.name.clone()).collect();
        let values = vec(proptest::option::weighted(0.9, value()), arguments.len());
        values.prop_map(move |values| {
            let members: Vec<String> = arguments
                .iter()
                .zip(values)
                .filter_map(|(name, value)| Some(format!("\"{name}\":{}", value?)))
                .collect();
            format!("{{\"execute\":\"{name}\",\"arguments\":{{{}}}}}", members.join(","))
        })
    })
}

fn value() -> impl Strategy<Value = String> {
    let long = (1..1500_usize).prop_map(|length| format!("\"{}\"", "AAAA".repeat(length / 4)));
    prop_oneof![9 => select(VALUES).prop_map(str::to_owned), 1 => long]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_requests_in_any_order_are_dealt_with(requests in vec(request(), 1..60)) {
        let mut agent = ReferenceAgent::new(Config {
            file_capacity_bytes: CAPACITY_BYTES,
            process_limit: PROCESS_LIMIT,
            output_capacity_bytes: CAPACITY_BYTES,
            ..Config::default()
        });
        for request in &requests {
            let effects = agent.feed(request.as_bytes(), NOW_NS);
            let is_silent = request.contains("guest-suspend-") || request.contains("guest-shutdown");
            prop_assert!(effects.len() == 1 || (is_silent && effects.is_empty()), "{request}");
            prop_assert!(agent.guest.processes.kept_bytes() <= CAPACITY_BYTES, "{request}");
            prop_assert!(agent.guest.processes.count() <= PROCESS_LIMIT, "{request}");
            prop_assert!(agent.guest.files.used_bytes() <= CAPACITY_BYTES, "{request}");
        }
        replies(&mut agent, br#"{"execute":"guest-fsfreeze-thaw"}"#);
        prop_assert_eq!(replies(&mut agent, br#"{"execute":"guest-sync","arguments":{"id":5}}"#), b"{\"return\": 5}\n");
    }

    #[test]
    fn any_script_comes_to_an_end(script in "[ -~\n]{0,60}|([a-z0-9$;>&2'\"\\\\ -]|echo |kill |exit |\\$\\$|\\$PATH|>&2){0,30}") {
        let script = crate::text::Node::string(script);
        let mut text = Vec::new();
        script.write(&crate::text::Style::QEMU, &mut text);
        let script = String::from_utf8(text).expect("it is ASCII");
        for program in ["sh", "printf"] {
            let option = if program == "sh" { "\"-c\"," } else { "" };
            let arguments = format!(r#"{{"path":"{program}","arg":[{option}{script}],"capture-output":true}}"#);
            let mut agent = ReferenceAgent::new(Config::default());
            let request = format!(r#"{{"execute":"guest-exec","arguments":{arguments}}}"#);
            prop_assert_eq!(replies(&mut agent, request.as_bytes()), b"{\"return\": {\"pid\": 2000}}\n");
            let status = br#"{"execute":"guest-exec-status","arguments":{"pid":2000}}"#;
            let ended = replies(&mut agent, status);
            prop_assert!(ended.starts_with(b"{\"return\": {\"exited\": true, "), "{}", printable(&ended));
        }
    }
}
