//! Writes the part of a program that is loaded into the first one: code, which puts itself into the table,
//! and the constants that only this code looks at.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use wasm_encoder::reencode::Reencode as _;
use wasm_encoder::{ConstExpr, Elements, EntityType};
use wasmparser::ExternalKind;

use crate::numbers::Numbers;
use crate::sections::Sections;
use crate::split::{Link, Part, Plan};

/// What the rest calls the first part where it imports.
const FIRST: &str = "first";

pub fn write(plan: &Plan<'_>) -> Result<Vec<u8>> {
    let mut numbers = Numbers::new(plan.program.functions.len());
    let functions = plan.links.iter().filter(|link| link.kind == ExternalKind::Func);
    functions.for_each(|link| numbers.give(link.index));
    plan.bodies(Part::Rest).iter().for_each(|(function, _)| numbers.give(*function));

    let mut sections = Sections::with_types(plan.program, &mut numbers)?;
    for link in &plan.links {
        let kind = kind_of(plan, link, &mut numbers)?;
        sections.imports.import(FIRST, &link.name, kind);
    }
    for (slot, functions) in runs(plan) {
        let functions: Vec<u32> = functions.into_iter().map(|function| numbers.of(function)).collect();
        let offset = ConstExpr::i32_const(slot.cast_signed());
        sections.elements.active(
            Some(plan.table).filter(|table| *table > 0),
            &offset,
            Elements::Functions(functions.into()),
        );
    }
    for (function, body) in plan.bodies(Part::Rest) {
        sections.functions.function(plan.program.functions[function as usize]);
        numbers.parse_function_body(&mut sections.code, body.clone())?;
    }
    sections.put_content(&plan.content.rest);
    ensure!(numbers.missing.is_none(), "the rest mentions a function that it does not have");
    sections.finish()
}

fn kind_of(plan: &Plan<'_>, link: &Link, numbers: &mut Numbers) -> Result<EntityType> {
    let (program, index) = (plan.program, link.index as usize);
    Ok(match link.kind {
        ExternalKind::Memory => EntityType::Memory(numbers.memory_type(program.memories[index])?),
        ExternalKind::Global => EntityType::Global(numbers.global_type(program.globals[index].ty)?),
        ExternalKind::Table => EntityType::Table(plan.table_type(link.index, numbers)?),
        _ => EntityType::Function(program.functions[index]),
    })
}

/// Functions for slots that follow one another, by the first of those slots.
fn runs(plan: &Plan<'_>) -> BTreeMap<u32, Vec<u32>> {
    let filled = plan.slots.iter().flat_map(|(function, slots)| slots.iter().map(|slot| (*slot, *function)));
    let filled: BTreeMap<u32, u32> = filled.collect();
    let mut runs: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (slot, function) in filled {
        match runs.last_entry() {
            Some(mut run) if *run.key() + run.get().len() as u32 == slot => run.get_mut().push(function),
            _ => drop(runs.insert(slot, vec![function])),
        }
    }
    runs
}
