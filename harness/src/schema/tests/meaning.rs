//! What a schema says arrives in the model.

use crate::schema::{Builtin, CommandFlag, Condition, Definition, Schema, TypeRef, read};

/// The model of a text about which there is nothing to say.
#[track_caller]
fn model(text: &str) -> Schema {
    let (schema, diagnostics) = read("t.json", text);
    assert_eq!(diagnostics, []);
    schema
}

#[test]
fn a_command_has_its_arguments_and_flags() {
    let schema = model(
        "{ 'struct': 'R', 'data': {} }\n\
         { 'command': 'a', 'data': { 'x': 'int', '*y': { 'type': ['str'], 'if': 'Y', 'features': ['f'] } },\n\
         'returns': ['R'], 'success-response': false, 'allow-preconfig': true, 'coroutine': true,\n\
         'gen': false, 'if': { 'all': ['A', { 'not': 'B' }] },\n\
         'features': [ 'deprecated', { 'name': 'unstable', 'if': 'C' } ] }",
    );
    let command = schema.command("a").expect("it is defined");
    let x = command.argument("x").expect("an argument");
    assert_eq!((x.optional, &x.ty), (false, &TypeRef::Builtin(Builtin::Int)));
    let y = command.argument("y").expect("an argument");
    assert_eq!((y.optional, y.ty.to_string().as_str()), (true, "[str]"));
    assert_eq!(y.condition, Some(Condition::Symbol("Y".to_owned())));
    assert_eq!(y.features[0].name, "f");
    assert_eq!(command.returns, Some(TypeRef::Array(Box::new(TypeRef::Named("R".to_owned())))));
    assert!(!command.success_response);
    let not_b = Condition::Not(Box::new(Condition::Symbol("B".to_owned())));
    assert_eq!(command.condition, Some(Condition::All(vec![Condition::Symbol("A".to_owned()), not_b])));
    assert_eq!(command.features[1].condition, Some(Condition::Symbol("C".to_owned())));
    assert_eq!((command.place.line, command.place.column), (2, 1));
    assert_eq!(&*command.place.source, "t.json");
}

#[test]
fn data_that_names_a_struct_becomes_the_arguments_bases_first() {
    let schema = model(
        "{ 'command': 'c', 'data': 'Derived' }\n\
         { 'struct': 'Derived', 'base': 'Base', 'data': { 'own': 'str' } }\n\
         { 'struct': 'Base', 'data': { 'first': 'int', '*second': 'bool' } }",
    );
    let arguments = &schema.command("c").expect("it is defined").arguments;
    let names: Vec<_> = arguments.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["first", "second", "own"]);
}

#[test]
fn a_union_may_name_its_base() {
    let schema = model(
        "{ 'enum': 'Kind', 'data': [ 'x' ] }\n{ 'struct': 'Base', 'data': { 'kind': 'Kind' } }\n\
         { 'struct': 'X', 'data': {} }\n\
         { 'union': 'U', 'base': 'Base', 'discriminator': 'kind', 'data': { 'x': 'X' } }",
    );
    let Some(Definition::Union(union)) = schema.definition("U").map(|ty| &ty.definition) else {
        panic!("a union")
    };
    assert_eq!((union.base[0].name.as_str(), union.discriminator.as_str()), ("kind", "kind"));
    assert_eq!(union.branches[0].ty, TypeRef::Named("X".to_owned()));
}

#[test]
fn events_have_data_and_flags() {
    let schema = model(
        "{ 'event': 'SHUTDOWN', 'data': { 'guest': 'bool' }, 'if': 'X', 'features': ['f'] }\n\
         { 'struct': 'S', 'data': { 'a': 'int' } }\n{ 'event': 'B', 'data': 'S', 'boxed': true }\n\
         { 'event': 'C' }",
    );
    let [shutdown, boxed, bare] = schema.events() else { panic!("three events") };
    assert_eq!((shutdown.name.as_str(), shutdown.data[0].name.as_str()), ("SHUTDOWN", "guest"));
    assert_eq!(shutdown.condition, Some(Condition::Symbol("X".to_owned())));
    assert_eq!((shutdown.features[0].name.as_str(), shutdown.place.line), ("f", 1));
    assert_eq!(
        (boxed.data[0].name.as_str(), boxed.data_type.as_deref(), boxed.boxed),
        ("a", Some("S"), true)
    );
    assert!(bare.data.is_empty() && bare.data_type.is_none() && !bare.boxed);
}

#[test]
fn a_boxed_union_gives_its_name_and_what_is_always_there() {
    let schema = model(
        "{ 'enum': 'E', 'data': [ 'one' ], 'prefix': 'EE' }\n{ 'struct': 'S', 'data': { 'a': 'int' } }\n\
         { 'union': 'U', 'base': { 'k': 'E' }, 'discriminator': 'k',\n\
         'data': { 'one': { 'type': 'S', 'if': 'X' } } }\n\
         { 'command': 'c', 'data': 'U', 'boxed': true, 'allow-oob': true, 'gen': false }",
    );
    let command = schema.command("c").expect("it is defined");
    assert_eq!(command.arguments.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), ["k"]);
    assert_eq!(command.data_type.as_deref(), Some("U"));
    assert_eq!(command.flags, [CommandFlag::AllowOob, CommandFlag::Boxed, CommandFlag::NoGen]);
    let Some(Definition::Union(union)) = schema.definition("U").map(|ty| &ty.definition) else {
        panic!("a union")
    };
    assert_eq!(union.branches[0].condition, Some(Condition::Symbol("X".to_owned())));
    let Some(Definition::Enum(values)) = schema.definition("E").map(|ty| &ty.definition) else {
        panic!("an enum")
    };
    assert_eq!(values.prefix.as_deref(), Some("EE"));
}

#[test]
fn what_could_be_understood_is_in_the_model_despite_errors() {
    let (schema, diagnostics) = read(
        "t",
        "{ 'struct': 'Broken', 'data': { 'a': \n\n\
         { 'command': 'a', 'data': { 'x': 'Broken', 'y': 'Missing' } }\n",
    );
    let codes: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["unclosed-bracket", "undefined-type"], "a broken definition is not an undefined one");
    assert_eq!(schema.command("a").map(|command| command.arguments.len()), Some(2));
    assert!(schema.definition("Broken").is_none());
}
