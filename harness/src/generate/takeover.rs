//! One client leaves and another one takes over: nothing that was for the first may reach the second, and nothing that
//! the first left unfinished may be in its way.

use crate::schema::Command;
use crate::text::Node;
use crate::wire::request::Request;

use super::requests::{is_carrier, is_sync};
use super::variant::{Ground, Variant};
use super::vocabulary::STRANGER;
use super::{Effort, Need, Purpose, Stimulus, Takeover};

/// Takeovers between two harmless requests.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command else { return Vec::new() };
    let request = Request::new(&command.name);
    if is_carrier(ground.schema, command) {
        let next = request.clone().id(Node::Int(2)).to_line();
        let mut variants = settled(&request, &next);
        variants.extend(halves(&command.name).into_iter().map(|(name, half)| {
            let name = format!("half-{name}");
            left_behind(&name, vec![half], &next)
                .quick_if(matches!(name.as_str(), "half-string" | "half-opener"))
        }));
        let two = vec![b"{\"execute\":\"".to_vec(), b"[[{\"a\":".to_vec()];
        variants.push(left_behind("half-twice", two, &next));
        variants
    } else if is_sync(ground.schema, command) {
        let with = |id: i128| request.clone().arguments(Node::object([("id", Node::Int(id))])).to_line();
        vec![after("reply", vec![Stimulus::bytes(with(301))], with(302))]
    } else {
        Vec::new()
    }
}

/// What an earlier client may have said and got its replies to.
fn settled(request: &Request, next: &[u8]) -> Vec<Variant<'static>> {
    let with = |id: Node| Stimulus::bytes(request.clone().id(id).to_line());
    let plain = || Stimulus::bytes(request.to_line());
    let stranger = Request::new(STRANGER).id(Node::string("earlier"));
    let three = [request.to_line(), request.to_line(), request.to_line()].concat();
    let again = with(Node::Int(1)).after(Takeover::default());
    let earlier = [
        ("nothing", Vec::new()),
        ("reply", vec![plain()]),
        ("id", vec![with(Node::object([("client", Node::Int(1))]))]),
        ("long-id", vec![with(Node::string("x".repeat(5000)))]),
        ("error", vec![Stimulus::bytes(stranger.to_line())]),
        ("malformed", vec![Stimulus::bytes("{\"execute\":}\n")]),
        ("another", vec![plain(), again.clone(), again]),
    ];
    let mut variants: Vec<Variant<'static>> = earlier
        .into_iter()
        .map(|(name, stimuli)| after(name, stimuli, next.to_vec()).quick_if(name == "reply"))
        .collect();
    variants
        .push(after("several", vec![Stimulus::bytes(three)], next.to_vec()).need(Need::SeveralInOneWrite));
    variants
}

fn after(name: &str, earlier: Vec<Stimulus>, next: Vec<u8>) -> Variant<'static> {
    Variant::new(format!("after-{name}"), Purpose::Valid, move |_| {
        let mut stimuli = earlier.clone();
        stimuli.push(Stimulus::bytes(next.clone()).after(Takeover::default()));
        Some(stimuli)
    })
}

/// A client for each half, and one that has something to ask.
fn left_behind(name: &str, halves: Vec<Vec<u8>>, next: &[u8]) -> Variant<'static> {
    let next = next.to_vec();
    Variant::new(name, Purpose::Valid, move |_| {
        let take_over = |left: &Vec<u8>| Stimulus::writes(Vec::new()).after(Takeover { left: left.clone() });
        Some(halves.iter().map(take_over).chain([Stimulus::bytes(next.clone())]).collect())
    })
    .need(Need::DelimiterResets)
    .effort(Effort::Full)
}

fn halves(command: &str) -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: String| text.into_bytes();
    vec![
        ("opener", b"{".to_vec()),
        ("value-due", b"{\"execute\":".to_vec()),
        ("string", text(format!("{{\"execute\":\"{command}"))),
        ("backslash", text(format!("{{\"execute\":\"{command}\\"))),
        ("escape", text(format!("{{\"execute\":\"{command}\\u00"))),
        ("number", b"{\"id\":-12".to_vec()),
        ("word", b"{\"id\":tru".to_vec()),
        ("all-but-brace", text(format!("{{\"execute\":\"{command}\",\"id\":\"half\""))),
        ("comma", text(format!("{{\"execute\":\"{command}\","))),
        ("line-end", text(format!("{{\"execute\":\"{command}\"\n"))),
        ("openers", [b"{\"id\":".to_vec(), b"[{\"a\":".repeat(50)].concat()),
        ("long", [b"{\"id\":\"".to_vec(), b"x".repeat(5000)].concat()),
    ]
}
