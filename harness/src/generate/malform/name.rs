//! Commands that do not exist.

use crate::generate::ids::ids;
use crate::generate::requests::is_carrier;
use crate::generate::variant::{Ground, Variant};
use crate::generate::vocabulary::STRANGER;
use crate::generate::{Effort, Purpose};
use crate::schema::Command;
use crate::text::Node;
use crate::wire::request::Request;

/// Without a command, names that are nobody's; with a harmless command, names like its own. Names like those of
/// other commands are not tried: careless code could take one for the command.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    match command {
        None => strangers(ground),
        Some(command) if is_carrier(ground.schema, command) => similar(ground, command),
        Some(_) => Vec::new(),
    }
}

fn strangers(ground: Ground<'_>) -> Vec<Variant<'static>> {
    let request = Request::new(STRANGER);
    let arguments = Node::object([("handle", Node::Int(-1)), ("x", Node::list([Node::Null]))]);
    let mut variants = vec![
        Variant::request("command-unknown", Purpose::Invalid, &request),
        Variant::request(
            "command-unknown-arguments-empty",
            Purpose::Invalid,
            &request.clone().arguments(Node::Object(Vec::new())),
        ),
        Variant::request(
            "command-unknown-arguments",
            Purpose::Invalid,
            &request.clone().arguments(arguments.clone()),
        ),
        Variant::request(
            "command-unknown-arguments-id",
            Purpose::Invalid,
            &request.clone().arguments(arguments).id(Node::string("unknown")),
        ),
    ];
    variants.extend(ids().into_iter().map(|(name, id)| {
        let request = request.clone().id(id);
        Variant::request(format!("command-unknown-id-{name}"), Purpose::Invalid, &request)
    }));
    let odd = [
        ("long", format!("guest-qgaspec-{}", "x".repeat(2000))),
        ("format", "guest-qgaspec-%s%n%p".to_owned()),
        ("unicode", "guest-qgaspec-\u{e9}\u{1f600}".to_owned()),
        ("nul", "guest-qgaspec-\0-".to_owned()),
        ("quotes", "guest-qgaspec-\"'\\".to_owned()),
        ("line-end", "guest-qgaspec-\r\n".to_owned()),
        ("path", "guest-qgaspec-/../..".to_owned()),
    ];
    variants.extend(named(ground, "command", odd));
    variants.into_iter().map(|variant| variant.effort(Effort::Quick)).collect()
}

fn similar(ground: Ground<'_>, command: &Command) -> Vec<Variant<'static>> {
    let name = &command.name;
    let mut cut = name.clone();
    cut.pop();
    let mut capital = name.clone();
    if let Some(first) = capital.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let similar = [
        ("upper-case", name.to_uppercase()),
        ("capital", capital),
        ("underscores", name.replace('-', "_")),
        ("no-dashes", name.replace('-', "")),
        ("blank-before", format!(" {name}")),
        ("blank-behind", format!("{name} ")),
        ("line-end-behind", format!("{name}\n")),
        ("nul-behind", format!("{name}\0")),
        ("nul-and-more-behind", format!("{name}\0qgaspec")),
        ("longer", format!("{name}x")),
        ("cut", cut),
        ("twice", format!("{name}{name}")),
        ("dot-before", format!("./{name}")),
        ("zero-width-behind", format!("{name}\u{200b}")),
        ("cyrillic", name.replace('e', "\u{435}")),
        ("empty", String::new()),
        ("blank", " ".to_owned()),
    ];
    named(ground, "name", similar).map(|variant| variant.effort(Effort::Quick)).collect()
}

fn named<'a>(
    ground: Ground<'a>,
    what: &'a str,
    names: impl IntoIterator<Item = (&'static str, String)> + 'a,
) -> impl Iterator<Item = Variant<'static>> + 'a {
    let unknown = names.into_iter().filter(move |(_, name)| ground.schema.command(name).is_none());
    unknown.map(move |(word, name)| {
        let request = Request::new(name).id(Node::string(word));
        Variant::request(format!("{what}-{word}"), Purpose::Invalid, &request)
    })
}
