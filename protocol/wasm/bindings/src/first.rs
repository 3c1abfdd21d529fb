//! Writes the part of a program that runs by itself, with stubs for what it mentions of the rest.

use anyhow::{Result, ensure};
use wasm_encoder::reencode::Reencode as _;
use wasm_encoder::{
    BlockType, ConstExpr, DataSection, EntityType, ExportKind, Function, GlobalType, Instruction,
    TableSection, ValType,
};
use wasmparser::TableInit;

use crate::numbers::Numbers;
use crate::sections::Sections;
use crate::split::{Part, Plan};

/// The import that has the rest loaded; it only returns once that is done.
const LOAD_REST: (&str, &str) = ("./rest.js", "loadRest");

/// The global that says whether the rest is there: 0 until whoever loads it writes 1.
const REST_LOADED: &str = "restLoaded";

pub fn write(plan: &Plan<'_>) -> Result<Vec<u8>> {
    let program = plan.program;
    // Stubs of the same type stand together: they look alike, and compress the better.
    let mut stubs: Vec<(u32, u32)> =
        plan.slots.iter().map(|(function, slots)| (*function, slots[0])).collect();
    stubs.sort_by_key(|(function, slot)| (program.functions[*function as usize], *slot));

    let mut numbers = Numbers::new(program.functions.len());
    (0..plan.imported).for_each(|function| numbers.give(function));
    let load_rest = numbers.give_new();
    plan.bodies(Part::First).iter().for_each(|(function, _)| numbers.give(*function));
    let ready = numbers.give_new();
    stubs.iter().for_each(|(function, _)| numbers.give(*function));

    let mut sections = Sections::around(program, &mut numbers)?;
    let nothing = sections.type_of(program, &[], &[]);
    sections.imports.import(LOAD_REST.0, LOAD_REST.1, EntityType::Function(nothing));
    sections.data = DataSection::new();
    sections.put_content(&plan.content.first);
    sections.tables = TableSection::new();
    for (index, table) in (0..).zip(&program.tables) {
        ensure!(matches!(table.init, TableInit::RefNull), "a table that does not begin empty");
        sections.tables.table(plan.table_type(index, &mut numbers)?);
    }
    let loaded = u32::try_from(program.globals.len())?;
    let kind = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    sections.globals.global(kind, &ConstExpr::i32_const(0));
    sections.exports.export(REST_LOADED, ExportKind::Global, loaded);
    for link in plan.links.iter().filter(|link| !link.is_exported) {
        let index = numbers.external_index(link.kind, link.index)?;
        sections.exports.export(&link.name, link.kind.into(), index);
    }

    for (function, body) in plan.bodies(Part::First) {
        sections.functions.function(program.functions[function as usize]);
        numbers.parse_function_body(&mut sections.code, body.clone())?;
    }
    let from_slot_to_slot = sections.type_of(program, &[ValType::I32], &[ValType::I32]);
    sections.functions.function(from_slot_to_slot);
    sections.code.function(&ready_function(loaded, load_rest));
    for (function, slot) in stubs {
        let kind = program.functions[function as usize];
        sections.functions.function(kind);
        sections.code.function(&stub(
            plan.table,
            kind,
            program.types[kind as usize].params().len(),
            slot,
            ready,
        ));
    }
    ensure!(numbers.missing.is_none(), "the first part mentions a function that it does not have");
    sections.finish()
}

/// Gives back the slot it is given, once the rest is there.
fn ready_function(loaded: u32, load_rest: u32) -> Function {
    let mut function = Function::new([]);
    for instruction in [
        Instruction::GlobalGet(loaded),
        Instruction::I32Eqz,
        Instruction::If(BlockType::Empty),
        Instruction::Call(load_rest),
        Instruction::End,
        Instruction::LocalGet(0),
        Instruction::End,
    ] {
        function.instruction(&instruction);
    }
    function
}

fn stub(table_index: u32, type_index: u32, parameters: usize, slot: u32, ready: u32) -> Function {
    let mut function = Function::new([]);
    for parameter in 0..parameters {
        function.instruction(&Instruction::LocalGet(parameter as u32));
    }
    function.instruction(&Instruction::I32Const(slot.cast_signed()));
    function.instruction(&Instruction::Call(ready));
    function.instruction(&Instruction::CallIndirect { type_index, table_index });
    function.instruction(&Instruction::End);
    function
}
