//! File commands as a client sees them. What files do is tested where they are.

use super::*;

/// Executes a command, and gives its result or the class of its error.
fn execute(agent: &mut ReferenceAgent, command: &str, arguments: &str) -> String {
    let request = format!(r#"{{"execute":"guest-file-{command}","arguments":{{{arguments}}}}}"#);
    let reply = printable(&replies(agent, request.as_bytes()));
    let result = reply.strip_prefix("{\"return\": ").and_then(|rest| rest.strip_suffix("}\n"));
    result.unwrap_or_else(|| if reply.contains("GenericError") { "refused" } else { "odd" }).to_owned()
}

#[test]
fn a_file_is_written_and_read() {
    let agent = &mut ReferenceAgent::new(Config::default());
    for (command, arguments, result) in [
        ("open", r#""path":"/qgaspec/a","mode":"w+""#, "1000"),
        ("write", r#""handle":1000,"buf-b64":"aGVsbG8=""#, r#"{"count": 5, "eof": false}"#),
        ("write", r#""handle":1000,"buf-b64":"IQAA","count":1"#, r#"{"count": 1, "eof": false}"#),
        ("write", r#""handle":1000,"buf-b64":"IQAA","count":4"#, "refused"),
        ("write", r#""handle":1000,"buf-b64":"IQAA","count":-1"#, "refused"),
        ("write", r#""handle":1000,"buf-b64":"I*AA""#, "refused"),
        ("write", r#""handle":1,"buf-b64":"IQAA""#, "refused"),
        ("read", r#""handle":1000"#, r#"{"count": 0, "buf-b64": "", "eof": true}"#),
        ("seek", r#""handle":1000,"offset":-2,"whence":"end""#, r#"{"position": 4, "eof": false}"#),
        ("seek", r#""handle":1000,"offset":-3,"whence":1"#, r#"{"position": 1, "eof": false}"#),
        ("seek", r#""handle":1000,"offset":-3,"whence":"cur""#, "refused"),
        ("seek", r#""handle":1000,"offset":0,"whence":3"#, "refused"),
        ("seek", r#""handle":1000,"offset":0,"whence":"begin""#, "refused"),
        ("seek", r#""handle":1000,"offset":0,"whence":true"#, "refused"),
        ("seek", r#""handle":1000,"offset":0,"whence":1.5"#, "refused"),
        ("read", r#""handle":1000,"count":4"#, r#"{"count": 4, "buf-b64": "ZWxsbw==", "eof": false}"#),
        ("read", r#""handle":1000,"count":0"#, r#"{"count": 0, "buf-b64": "", "eof": false}"#),
        ("read", r#""handle":1000,"count":50331648"#, r#"{"count": 1, "buf-b64": "IQ==", "eof": true}"#),
        ("read", r#""handle":1000,"count":50331649"#, "refused"),
        ("read", r#""handle":1000,"count":-1"#, "refused"),
        ("flush", r#""handle":1000"#, "{}"),
        ("flush", r#""handle":1001"#, "refused"),
        ("close", r#""handle":1000"#, "{}"),
        ("close", r#""handle":1000"#, "refused"),
        ("open", r#""path":"/qgaspec/a","mode":"rw""#, "refused"),
        ("open", r#""path":"/qgaspec/missing""#, "refused"),
        ("open", r#""path":"/etc/hostname""#, "1001"),
        ("read", r#""handle":1001"#, r#"{"count": 10, "buf-b64": "cmVmZXJlbmNlCg==", "eof": true}"#),
    ] {
        assert_eq!(execute(agent, command, arguments), result, "{command} {arguments}");
    }
}
