//! Makes each function note that it was executed.
//!
//! The notes are bytes behind the memory that the program began with, one for each function that has a body: nothing of
//! the program looks there, because what it allocates lies in memory that it asked for.

use anyhow::{Context as _, Result, ensure};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ConstExpr, ExportKind, GlobalType, Instruction, MemArg, MemorySection, ValType};

use crate::program::Program;
use crate::sections::Sections;

const PAGE: u64 = 65_536;

/// The global that says where the notes begin.
const NOTES: &str = "notes";

/// The program with notes.
pub fn mark(program: &Program<'_>) -> Result<Vec<u8>> {
    let mut same = RoundtripReencoder;
    let mut sections = Sections::around(program, &mut same)?;
    let memory = program.memories.first().context("there is no memory")?;
    ensure!(memory.maximum.is_none(), "the memory cannot grow");
    let begin = memory.initial * PAGE;
    let mut larger = *memory;
    larger.initial += (program.bodies.len() as u64).div_ceil(PAGE);
    sections.memories = MemorySection::new();
    sections.memories.memory(same.memory_type(larger)?);

    let kind = GlobalType { val_type: ValType::I32, mutable: false, shared: false };
    sections.globals.global(kind, &ConstExpr::i32_const(i32::try_from(begin)?));
    sections.exports.export(NOTES, ExportKind::Global, u32::try_from(program.globals.len())?);

    let imported = program.imported() as usize;
    for kind in &program.functions[imported..] {
        sections.functions.function(*kind);
    }
    for (number, body) in program.bodies.iter().enumerate() {
        let mut function = same.new_function_with_parsed_locals(body)?;
        let note = i32::try_from(begin + number as u64)?;
        function.instruction(&Instruction::I32Const(note));
        function.instruction(&Instruction::I32Const(1));
        function.instruction(&Instruction::I32Store8(MemArg { offset: 0, align: 0, memory_index: 0 }));
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            function.instruction(&same.parse_instruction(&mut reader)?);
        }
        sections.code.function(&function);
    }
    sections.finish()
}
