//! Carrying out rows: forwards from the built-in schema, or backwards.
//!
//! A row that does not find what it says it changes is a mistake in the rows; nothing is skipped.

use thiserror::Error;

use super::rows::{self, AddedMember, AddedValue, Release};
use crate::schema::{
    Command, Condition, Definition, Doc, DocSection, EnumValue, Member, Place, Schema, TypeDef, TypeRef,
};
use crate::text::Span;

/// Why a row cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Misfit {
    /// What it is about is not there.
    #[error("there is no `{name}` in {place}")]
    Missing { name: String, place: String },
    /// What it adds is there already.
    #[error("there is a `{0}` already")]
    Present(String),
    /// What it changes is something else.
    #[error("`{of}` should be {expected}, but is {found}")]
    Otherwise { of: String, expected: String, found: String },
}

impl Misfit {
    fn missing(name: &str, place: &str) -> Self {
        Self::Missing { name: name.to_owned(), place: place.to_owned() }
    }
}

/// A schema in the making.
pub(super) struct Draft {
    commands: Vec<Command>,
    types: Vec<TypeDef>,
    free_docs: Vec<Doc>,
}

impl Draft {
    pub(super) fn of(schema: &Schema) -> Self {
        let (commands, types) = (schema.commands().to_vec(), schema.types().to_vec());
        Self { commands, types, free_docs: schema.free_docs().to_vec() }
    }

    pub(super) fn finish(self) -> Schema {
        Schema::new(self.commands, self.types).with_free_docs(self.free_docs)
    }

    /// Does what a release did.
    pub(super) fn apply(&mut self, release: &Release) -> Result<(), Misfit> {
        for row in &release.definitions {
            self.add_definition(release, &row.name, row.after.as_deref())?;
        }
        for row in &release.members {
            self.add_member(row)?;
        }
        for row in &release.values {
            self.add_value(row)?;
        }
        for row in &release.arguments {
            self.retype(&row.of, &row.name, &row.from, &row.to)?;
            let says = &mut self.command(&row.of)?.doc;
            section(says, &row.name)?.text.clone_from(&row.says);
        }
        for row in &release.conditions {
            for name in &row.of {
                self.change_condition(name, row.from.as_ref(), row.to.as_ref())?;
            }
        }
        Ok(())
    }

    /// Takes back what a release did.
    pub(super) fn undo(&mut self, release: &Release) -> Result<(), Misfit> {
        for row in &release.conditions {
            for name in &row.of {
                self.change_condition(name, row.to.as_ref(), row.from.as_ref())?;
            }
        }
        for row in &release.arguments {
            self.retype(&row.of, &row.name, &row.to, &row.from)?;
        }
        for row in &release.values {
            let definition = self.type_def(&row.of)?;
            let Definition::Enum(it) = &mut definition.definition else {
                return Err(Misfit::missing(&row.of, "the enums"));
            };
            take(&mut it.values, &row.name, &row.of, |value| &value.name)?;
            remove_section(&mut definition.doc, &row.name)?;
        }
        for row in &release.members {
            let definition = self.type_def(&row.of)?;
            let Definition::Struct(it) = &mut definition.definition else {
                return Err(Misfit::missing(&row.of, "the structs"));
            };
            take(&mut it.members, &row.name, &row.of, |member| &member.name)?;
            remove_section(&mut definition.doc, &row.name)?;
        }
        for row in release.definitions.iter().rev() {
            take(&mut self.types, &row.name, "the schema", |definition| &definition.name)?;
        }
        Ok(())
    }

    fn add_definition(&mut self, release: &Release, name: &str, after: Option<&str>) -> Result<(), Misfit> {
        let additions = rows::additions(release.version);
        if let Some(command) = additions.and_then(|schema| schema.command(name)) {
            insert(&mut self.commands, command.clone(), after, |command| &command.name)
        } else if let Some(definition) = additions.and_then(|schema| schema.definition(name)) {
            insert(&mut self.types, definition.clone(), after, |definition| &definition.name)
        } else {
            Err(Misfit::missing(name, &format!("the additions of {}", release.version)))
        }
    }

    fn add_member(&mut self, row: &AddedMember) -> Result<(), Misfit> {
        let definition = self.type_def(&row.of)?;
        let Definition::Struct(it) = &mut definition.definition else {
            return Err(Misfit::missing(&row.of, "the structs"));
        };
        let member = Member {
            name: row.name.clone(),
            optional: true,
            ty: row.ty.clone(),
            condition: None,
            features: Vec::new(),
            place: definition.place.clone(),
        };
        insert(&mut it.members, member, Some(&row.after), |member| &member.name)?;
        add_section(&mut definition.doc, &row.name, &row.after, &row.says, &definition.place)
    }

    fn add_value(&mut self, row: &AddedValue) -> Result<(), Misfit> {
        let definition = self.type_def(&row.of)?;
        let Definition::Enum(it) = &mut definition.definition else {
            return Err(Misfit::missing(&row.of, "the enums"));
        };
        let value = EnumValue { name: row.name.clone(), condition: None, features: Vec::new() };
        insert(&mut it.values, value, Some(&row.after), |value| &value.name)?;
        add_section(&mut definition.doc, &row.name, &row.after, &row.says, &definition.place)
    }

    fn retype(&mut self, of: &str, name: &str, from: &TypeRef, to: &TypeRef) -> Result<(), Misfit> {
        let arguments = &mut self.command(of)?.arguments;
        let argument = arguments.iter_mut().find(|argument| argument.name == name);
        let argument = argument.ok_or_else(|| Misfit::missing(name, of))?;
        if argument.ty != *from {
            let (expected, found) = (from.to_string(), argument.ty.to_string());
            return Err(Misfit::Otherwise { of: format!("{of}.{name}"), expected, found });
        }
        argument.ty = to.clone();
        Ok(())
    }

    fn change_condition(
        &mut self,
        name: &str,
        from: Option<&Condition>,
        to: Option<&Condition>,
    ) -> Result<(), Misfit> {
        let condition = match self.commands.iter_mut().find(|command| command.name == name) {
            Some(command) => &mut command.condition,
            None => &mut self.type_def(name)?.condition,
        };
        if condition.as_ref() != from {
            let show = |condition: Option<&Condition>| {
                condition.map_or_else(|| "unconditional".to_owned(), Condition::to_string)
            };
            let (expected, found) = (show(from), show(condition.as_ref()));
            return Err(Misfit::Otherwise { of: name.to_owned(), expected, found });
        }
        *condition = to.cloned();
        Ok(())
    }

    fn command(&mut self, name: &str) -> Result<&mut Command, Misfit> {
        let found = self.commands.iter_mut().find(|command| command.name == name);
        found.ok_or_else(|| Misfit::missing(name, "the commands"))
    }

    fn type_def(&mut self, name: &str) -> Result<&mut TypeDef, Misfit> {
        let found = self.types.iter_mut().find(|definition| definition.name == name);
        found.ok_or_else(|| Misfit::missing(name, "the types"))
    }
}

/// Puts `item` behind the one called `after`, or to the end.
fn insert<T>(list: &mut Vec<T>, item: T, after: Option<&str>, name: fn(&T) -> &str) -> Result<(), Misfit> {
    if list.iter().any(|other| name(other) == name(&item)) {
        return Err(Misfit::Present(name(&item).to_owned()));
    }
    let at = match after {
        Some(after) => {
            let before = list.iter().position(|other| name(other) == after);
            before.ok_or_else(|| Misfit::missing(after, "the list"))? + 1
        }
        None => list.len(),
    };
    list.insert(at, item);
    Ok(())
}

/// Takes out the item called `wanted`.
fn take<T>(list: &mut Vec<T>, wanted: &str, place: &str, name: fn(&T) -> &str) -> Result<T, Misfit> {
    let at = list.iter().position(|item| name(item) == wanted);
    Ok(list.remove(at.ok_or_else(|| Misfit::missing(wanted, place))?))
}

fn section<'d>(doc: &'d mut Doc, name: &str) -> Result<&'d mut DocSection, Misfit> {
    let found = doc.sections.iter_mut().find(|section| section.title.strip_prefix('@') == Some(name));
    found.ok_or_else(|| Misfit::missing(name, "the documentation"))
}

/// Documents an added member. It has no place in the text, so it gets that of its definition.
fn add_section(doc: &mut Doc, name: &str, after: &str, says: &str, place: &Place) -> Result<(), Misfit> {
    let span = Span::at(place.span.start);
    let section = DocSection { title: format!("@{name}"), text: says.to_owned(), span };
    insert(&mut doc.sections, section, Some(&format!("@{after}")), |section| &section.title)
}

fn remove_section(doc: &mut Doc, name: &str) -> Result<(), Misfit> {
    take(&mut doc.sections, &format!("@{name}"), "the documentation", |section| &section.title).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "##\n# @E:\n# @one: first\n##\n{ 'enum': 'E', 'data': [ 'one', 'two' ] }\n\
        ##\n# @S:\n# @a: first\n##\n{ 'struct': 'S', 'data': { 'a': 'int' }, 'if': 'X' }\n\
        { 'command': 'c', 'data': { 'a': 'int' } }\n";

    fn draft() -> Draft {
        Draft::of(&crate::schema::read("t", SCHEMA).0)
    }

    fn release(rows: &str) -> Release {
        toml::from_str(&format!("version = \"6.1\"\n{rows}")).unwrap()
    }

    #[test]
    fn values_and_members_come_and_go_with_their_documentation() {
        let rows = release(
            "[[value]]\nof = 'E'\nname = 'new'\nafter = 'one'\nsays = 'added'\n\
             [[member]]\nof = 'S'\nname = 'b'\ntype = 'E'\nafter = 'a'\nsays = 'added'\n\
             [[condition]]\nof = ['S']\nfrom = 'X'\nto = { all = ['X', { not = 'Y' }] }",
        );
        let mut draft = draft();
        draft.apply(&rows).unwrap();
        let Definition::Enum(it) = &draft.types[0].definition else { panic!("an enum") };
        assert_eq!(
            it.values.iter().map(|value| value.name.as_str()).collect::<Vec<_>>(),
            ["one", "new", "two"]
        );
        let titles = |doc: &Doc| doc.sections.iter().map(|section| section.title.clone()).collect::<Vec<_>>();
        assert_eq!(titles(&draft.types[0].doc), ["@one", "@new"]);
        assert_eq!(titles(&draft.types[1].doc), ["@a", "@b"]);
        assert_eq!(draft.types[1].condition.as_ref().unwrap().to_string(), "all(X, not(Y))");
        draft.undo(&rows).unwrap();
        assert_eq!(titles(&draft.types[0].doc), ["@one"]);
        assert_eq!(titles(&draft.types[1].doc), ["@a"]);
        assert_eq!(draft.types[1].condition, Some(Condition::Symbol("X".to_owned())));
    }

    #[test]
    fn a_row_that_does_not_fit_is_refused() {
        for (rows, reason) in [
            ("[[definition]]\nname = 'D'", "there is no `D` in the additions of 6.1"),
            ("[[value]]\nof = 'S'\nname = 'x'\nafter = 'a'", "there is no `S` in the enums"),
            ("[[value]]\nof = 'E'\nname = 'two'\nafter = 'one'", "there is a `two` already"),
            ("[[value]]\nof = 'E'\nname = 'x'\nafter = 'three'", "there is no `three` in the list"),
            ("[[member]]\nof = 'T'\nname = 'x'\nafter = 'a'\ntype = 'int'", "there is no `T` in the types"),
            (
                "[[argument]]\nof = 'c'\nname = 'a'\nfrom = 'str'\nto = 'E'\nsays = ''",
                "`c.a` should be str, but is int",
            ),
            ("[[argument]]\nof = 'c'\nname = 'b'\nfrom = 'str'\nto = 'E'\nsays = ''", "there is no `b` in c"),
            ("[[condition]]\nof = ['S']\nto = 'Y'", "`S` should be unconditional, but is X"),
        ] {
            assert_eq!(draft().apply(&release(rows)).unwrap_err().to_string(), reason);
        }
        let gone = release("[[definition]]\nname = 'D'");
        assert_eq!(draft().undo(&gone).unwrap_err().to_string(), "there is no `D` in the schema");
    }
}
