//! Whether one condition holds wherever another one does.

use crate::schema::Condition;

/// More symbols than the conditions of a real definition have; each one doubles the work.
const MAX_SYMBOLS: usize = 10;

/// Whether `new` holds in every build in which `old` does; `None` always holds. False also if there are too
/// many symbols to try.
pub(super) fn implies(old: Option<&Condition>, new: Option<&Condition>) -> bool {
    if old == new {
        return true;
    }
    let mut symbols = Vec::new();
    for condition in [old, new].into_iter().flatten() {
        collect(condition, &mut symbols);
    }
    if symbols.len() > MAX_SYMBOLS {
        return false;
    }
    let holds = |condition: Option<&Condition>, build: u32| {
        condition.is_none_or(|condition| evaluate(condition, &symbols, build))
    };
    (0..1_u32 << symbols.len()).all(|build| !holds(old, build) || holds(new, build))
}

fn collect<'c>(condition: &'c Condition, symbols: &mut Vec<&'c str>) {
    match condition {
        Condition::Symbol(symbol) => {
            let symbol = name(symbol);
            if symbols.len() <= MAX_SYMBOLS && !symbols.contains(&symbol) {
                symbols.push(symbol);
            }
        }
        Condition::All(inner) | Condition::Any(inner) => {
            for condition in inner {
                collect(condition, symbols);
            }
        }
        Condition::Not(inner) => collect(inner, symbols),
    }
}

/// `build` has a bit for each symbol that is defined.
fn evaluate(condition: &Condition, symbols: &[&str], build: u32) -> bool {
    match condition {
        Condition::Symbol(symbol) => {
            symbols.iter().position(|known| *known == name(symbol)).is_some_and(|at| build >> at & 1 == 1)
        }
        Condition::All(inner) => inner.iter().all(|condition| evaluate(condition, symbols, build)),
        Condition::Any(inner) => inner.iter().any(|condition| evaluate(condition, symbols, build)),
        Condition::Not(inner) => !evaluate(inner, symbols, build),
    }
}

/// Schemas before 6.2 wrote the expression of C that names of symbols stand for now.
fn name(symbol: &str) -> &str {
    symbol.strip_prefix("defined(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(symbol).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(name: &str) -> Condition {
        Condition::Symbol(name.to_owned())
    }

    #[test]
    fn implication_is_about_all_builds() {
        let (x, y) = (symbol("X"), symbol("Y"));
        let any = Condition::Any(vec![x.clone(), y.clone()]);
        let all = Condition::All(vec![y.clone(), x.clone()]);
        let not = Condition::Not(Box::new(x.clone()));
        for (old, new, expected) in [
            (None, None, true),
            (Some(&x), None, true),
            (None, Some(&x), false),
            (Some(&x), Some(&any), true),
            (Some(&any), Some(&x), false),
            (Some(&all), Some(&x), true),
            (Some(&x), Some(&not), false),
            (Some(&symbol("defined(X)")), Some(&x), true),
        ] {
            assert_eq!(implies(old, new), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn too_many_symbols_are_not_tried() {
        let many: Vec<Condition> = (0..40).map(|number| symbol(&format!("S{number}"))).collect();
        assert!(!implies(Some(&Condition::All(many.clone())), Some(&symbol("S0"))));
        assert!(implies(Some(&Condition::All(many.clone())), Some(&Condition::All(many))));
    }
}
