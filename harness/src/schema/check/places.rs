//! Places in the text of all files into places in one of them.
//!
//! The last step: until then a place is a number in the text that the reader sees.

use std::sync::Arc;

use crate::schema::diagnostic::Remarks;
use crate::schema::model::{Branch, Definition, Doc, Member, Place, Schema};

/// Tells all places of a schema in terms of files.
pub(super) fn localise(remarks: &Remarks, schema: &mut Schema) {
    for command in schema.commands_mut() {
        members(remarks, &mut command.arguments);
        doc(remarks, &mut command.doc);
        place(remarks, &mut command.place);
    }
    for event in schema.events_mut() {
        members(remarks, &mut event.data);
        doc(remarks, &mut event.doc);
        place(remarks, &mut event.place);
    }
    for definition in schema.types_mut() {
        match &mut definition.definition {
            Definition::Struct(it) => members(remarks, &mut it.members),
            Definition::Enum(_) => {}
            Definition::Union(it) => {
                members(remarks, &mut it.base);
                branches(remarks, &mut it.branches);
            }
            Definition::Alternate(it) => branches(remarks, &mut it.branches),
        }
        doc(remarks, &mut definition.doc);
        place(remarks, &mut definition.place);
    }
    for free in schema.free_docs_mut() {
        doc(remarks, free);
    }
}

fn members(remarks: &Remarks, members: &mut [Member]) {
    for member in members {
        place(remarks, &mut member.place);
    }
}

fn branches(remarks: &Remarks, branches: &mut [Branch]) {
    for branch in branches {
        place(remarks, &mut branch.place);
    }
}

fn doc(remarks: &Remarks, doc: &mut Doc) {
    let Some(span) = &mut doc.span else { return };
    let found = remarks.place(*span);
    *span = found.span;
    doc.source = Arc::clone(&found.source);
    for section in &mut doc.sections {
        section.span = remarks.place(section.span).span;
    }
}

fn place(remarks: &Remarks, place: &mut Place) {
    *place = remarks.place(place.span);
}
