//! Chapter `user`: passwords. Its rules about keys are in `keys`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::text::Json;
use crate::verdict::{Class, Evidence};
use crate::wire::FakeCall;

use super::error::refused;
use super::scene::{ExchangeScene, Turn};
use super::words::{fail, pass_if, shown};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&BASE64, &PASSED, &NAME];

const PASSWORD: &str = "guest-set-user-password";
const ADD_KEYS: &str = "guest-ssh-add-authorized-keys";

static BASE64: Rule = Rule {
    code: "account/password-base64",
    class: Class::Violation,
    title: "A password that is not base64 is refused, also one that is encrypted",
    clauses: &["schema.guest-set-user-password.base64"],
    evidence: Evidence::Error,
    explanation: "Passwords are set that contain characters outside the alphabet of base64, plain and encrypted ones. \
        They conform if the reply is an error. Line breaks and missing padding are not judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| strange(turn).is_some(), judge: base64 },
};

fn is_password(turn: &Turn<'_>) -> bool {
    turn.is_valid() && turn.command_name() == Some(PASSWORD)
}

fn text(turn: &Turn<'_>, name: &str) -> Option<String> {
    Some(turn.argument(name)?.as_str()?.into_owned())
}

fn is_crypted(turn: &Turn<'_>) -> bool {
    turn.argument("crypted").and_then(Json::as_bool) == Some(true)
}

/// A character of the password that base64 does not have.
fn strange(turn: &Turn<'_>) -> Option<char> {
    let belongs = |character: &char| character.is_ascii_alphanumeric() || "+/=\r\n\t ".contains(*character);
    text(turn, "password").filter(|_| is_password(turn))?.chars().find(|character| !belongs(character))
}

fn base64(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    refused(turn, scene, if is_crypted(turn) { "accepted-crypted" } else { "accepted" })
}

static PASSED: Rule = Rule {
    code: "account/password-passed",
    class: Class::Violation,
    title: "The password reaches the system as it is, for this user and no other",
    clauses: &["schema.guest-set-user-password.sets", "schema.guest-set-user-password.crypted"],
    evidence: Evidence::Success,
    explanation: "Passwords are set where a fake stands in for chpasswd. A success conforms if the fake was given the user \
        and the decoded password on one line and nothing else, with `-e` exactly if the password is encrypted, and did \
        not fail. A name or a password with a line break, and a name with a colon, would set the password of another \
        user; the program must not even be called with it. An agent that does it without the program is not judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.facts.has_fakes && is_password(turn), judge: passed },
};

fn passed(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let decoded = text(turn, "password").and_then(|password| STANDARD.decode(password).ok());
    let (Some(user), Some(password)) = (text(turn, "username"), decoded) else { return Outcome::Silent };
    if user.contains('\0') || password.contains(&0) {
        // No program can be given that.
        return Outcome::Silent;
    }
    let calls = || scene.calls.iter().filter(|call| call.program == "chpasswd");
    let Some(last) = calls().next_back().filter(|_| scene.reading.messages.len() == 1) else {
        return Outcome::Silent;
    };
    if password.contains(&b'\n') || user.contains(['\n', ':']) {
        return fail("another-user", "no call, since the line would mean something else", given(last));
    }
    if turn.success().is_none() {
        return Outcome::Silent;
    }
    let line = [user.as_bytes(), b":", &password].concat();
    let wrong = calls().find(|call| call.input.strip_suffix(b"\n").unwrap_or(&call.input) != line);
    if let Some(call) = wrong {
        return fail("input", shown(&line), given(call));
    }
    let says_so = |call: &FakeCall| call.arguments.iter().any(|word| word == b"-e" || word == b"--encrypted");
    match (is_crypted(turn), says_so(last)) {
        (true, false) => return fail("taken-as-plain", "`-e`, since the password is encrypted", "none"),
        (false, true) => return fail("taken-as-crypted", "no `-e`, since the password is plain", "`-e`"),
        (true, true) | (false, false) => {}
    }
    pass_if(calls().any(|call| call.status == 0), || {
        fail("failure-ignored", "an error, since chpasswd failed", "a success")
    })
}

fn given(call: &FakeCall) -> String {
    format!("chpasswd was given {}", shown(&call.input))
}

static NAME: Rule = Rule {
    code: "account/name",
    class: Class::Violation,
    title: "A name that no user can have is refused",
    clauses: &["schema.guest-set-user-password.sets", "schema.guest-ssh-add-authorized-keys.appends"],
    evidence: Evidence::Error,
    explanation: "Passwords and keys are set for names with a colon or a line break, which separate entries and fields in \
        the lists of users. Where the harness knows who there is, keys are added for others, too. They conform if the \
        reply is an error: nobody has the password or the keys afterwards.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_for_nobody, judge: |turn, scene| refused(turn, scene, "accepted") },
};

fn is_for_nobody(turn: &Turn<'_>) -> bool {
    let command = turn.command_name().filter(|_| turn.is_valid());
    let Some(user) = text(turn, "username") else { return false };
    let is_unknown = || turn.facts.accounts.as_ref().is_some_and(|accounts| !accounts.contains(&user));
    match command {
        // Fakes do not know who there is.
        Some(PASSWORD) => user.contains([':', '\n']),
        Some(ADD_KEYS) => user.contains([':', '\n']) || is_unknown(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Step, Witness, call, facts_with_fakes, fake};
    use crate::wire::{Facts, Observation};

    const OK: &str = "{\"return\":{}}";
    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}";

    fn set(user: &str, password: &str, crypted: bool, reply: &str) -> Step {
        let arguments =
            format!("{{\"username\":\"{user}\",\"password\":\"{password}\",\"crypted\":{crypted}}}");
        call("guest-set-user-password", &arguments, reply)
    }

    #[test]
    fn a_password_is_base64() {
        Witness::of([set("u", "!!!!", false, ERROR)]).accepts("account/password-base64");
        Witness::of([set("u", "!!!!", false, OK)]).rejects("account/password-base64", "accepted");
        Witness::of([set("u", "-_-_", true, OK)]).rejects("account/password-base64", "accepted-crypted");
        Witness::of([set("u", "cQ", true, OK)]).silences("account/password-base64");
    }

    #[test]
    fn a_password_is_passed_on() {
        // `s3cret`, plain.
        let with = |crypted, arguments: &[&str], input, status| {
            let step = set("u", "czNjcmV0", crypted, OK).observation();
            Witness::watching([facts_with_fakes(), fake("chpasswd", arguments, input, status), step])
        };
        with(false, &[], "u:s3cret\n", 0).accepts("account/password-passed");
        with(true, &["-e"], "u:s3cret", 0).accepts("account/password-passed");
        with(false, &[], "u:czNjcmV0\n", 0).rejects("account/password-passed", "input");
        with(true, &[], "u:s3cret\n", 0).rejects("account/password-passed", "taken-as-plain");
        with(false, &["-e"], "u:s3cret\n", 0).rejects("account/password-passed", "taken-as-crypted");
        with(false, &[], "u:s3cret\n", 1).rejects("account/password-passed", "failure-ignored");
        // `a`, a line break, `b`.
        let broken = |reply| set("u", "YQpi", false, reply).observation();
        let called = fake("chpasswd", &[], "u:a\nb\n", 1);
        Witness::watching([facts_with_fakes(), called, broken(ERROR)])
            .rejects("account/password-passed", "another-user");
        Witness::watching([facts_with_fakes(), broken(ERROR)]).silences("account/password-passed");
    }

    #[test]
    fn nobody_has_such_a_name() {
        Witness::of([set("a:b", "cQ==", false, ERROR)]).accepts("account/name");
        Witness::of([set("a:b", "cQ==", false, OK)]).rejects("account/name", "accepted");
        let add = |user: &str| {
            call("guest-ssh-add-authorized-keys", &format!("{{\"username\":\"{user}\",\"keys\":[]}}"), OK)
        };
        let accounts =
            || Observation::Facts(Facts { accounts: Some(["u".to_owned()].into()), ..Facts::default() });
        Witness::watching([accounts(), add("v").observation()]).rejects("account/name", "accepted");
        Witness::watching([accounts(), add("u").observation()]).silences("account/name");
    }
}
