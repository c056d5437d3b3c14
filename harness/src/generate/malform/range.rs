//! Numbers of the right JSON type that are no integer of the type: out of range, or with a fraction. Integers in
//! an unusual spelling are open.

use crate::generate::Purpose;
use crate::generate::sites::{Site, sites};
use crate::generate::values::{Amount, Edit};
use crate::generate::variant::{Ground, Variant};
use crate::generate::vocabulary::{Pool, is_impossible, pool};
use crate::schema::{Command, TypeRef};
use crate::text::Node;

/// At each site of an integer, numbers that are none of its type.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command else { return Vec::new() };
    let mut variants = Vec::new();
    for site in sites(ground.schema, command) {
        for (word, purpose, number) in numbers(command, &site) {
            let name = format!("range-{}-{word}", site.name());
            let plan = (Amount::Most, site.route.clone(), Edit::Replace(Node::Number(number)));
            let variant = Variant::edited(ground, command, name, purpose, plan);
            variants.push(
                variant
                    .quick_if(matches!(word, "above-max" | "below-min" | "minus-2-63-minus-1" | "fraction")),
            );
        }
    }
    variants
}

fn numbers(command: &Command, site: &Site<'_>) -> Vec<(&'static str, Purpose, String)> {
    let TypeRef::Builtin(builtin) = &site.ty else { return Vec::new() };
    let Some((least, most)) = builtin.range() else { return Vec::new() };
    // Code that rounds a wrong number must not meet a real handle or process. The fraction without a sign is the
    // largest that a double can hold.
    let pool = pool(&command.name, site.member);
    let [fraction, whole, exponent] = match pool {
        Some(Pool::Impossible) if least < 0 => ["-1.5", "-1.0", "-1e1"],
        Some(Pool::Impossible) => ["4503599627370495.5", "4611686018427387904.0", "5e18"],
        _ => ["1.5", "1.0", "1e1"],
    };
    let beyond = [
        ("above-max", most + 1),
        ("2-64", 1 << 64),
        ("2-64-plus-1", (1 << 64) + 1),
        ("minus-2-63-minus-1", i128::from(i64::MIN) - 1),
    ];
    let mut numbers: Vec<(&str, Purpose, String)> = Vec::new();
    for (name, number) in beyond {
        if pool == Some(Pool::Impossible) && !is_impossible(number) {
            continue;
        }
        let number = number.to_string();
        if !numbers.iter().any(|(_, _, known)| *known == number) {
            numbers.push((name, Purpose::Invalid, number));
        }
    }
    numbers.push(("1e400", Purpose::Invalid, "1e400".to_owned()));
    numbers.push(("fraction", Purpose::Invalid, fraction.to_owned()));
    if least == 0 {
        // Accepted by some, for the sake of old clients.
        numbers.push(("negative", Purpose::Open, "-1".to_owned()));
    } else if least > i128::from(i64::MIN) {
        numbers.push(("below-min", Purpose::Invalid, (least - 1).to_string()));
    }
    numbers.push(("whole-fraction", Purpose::Open, whole.to_owned()));
    numbers.push(("exponent", Purpose::Open, exponent.to_owned()));
    numbers
}
