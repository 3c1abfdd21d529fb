//! A WebAssembly module as it is written: sections that can be filled and changed before they are put together.

use std::convert::Infallible;

use anyhow::{Context as _, Result};
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, EntityType, ExportSection, FunctionSection,
    GlobalSection, ImportSection, MemorySection, Module, StartSection, TableSection, TypeSection, ValType,
};
use wasmparser::{TypeRef, Validator};

use crate::program::Program;

#[derive(Default)]
pub struct Sections {
    pub types: TypeSection,
    pub imports: ImportSection,
    pub functions: FunctionSection,
    pub tables: TableSection,
    pub memories: MemorySection,
    pub globals: GlobalSection,
    pub exports: ExportSection,
    pub start: Option<u32>,
    pub elements: ElementSection,
    pub code: CodeSection,
    pub data: DataSection,
}

impl Sections {
    /// Only the types of a program; types keep their numbers everywhere.
    pub fn with_types(program: &Program<'_>, encoder: &mut impl Encoder) -> Result<Self> {
        let mut sections = Self::default();
        for kind in &program.types {
            let kind = encoder.func_type(kind.clone())?;
            sections.types.ty().func_type(&kind);
        }
        Ok(sections)
    }

    /// Everything of a program but its functions and their code.
    pub fn around(program: &Program<'_>, encoder: &mut impl Encoder) -> Result<Self> {
        let mut sections = Self::with_types(program, encoder)?;
        for import in &program.imports {
            if let TypeRef::Func(kind) = import.ty {
                sections.imports.import(import.module, import.name, EntityType::Function(kind));
            }
        }
        for table in &program.tables {
            encoder.parse_table(&mut sections.tables, table.clone())?;
        }
        for memory in &program.memories {
            sections.memories.memory(encoder.memory_type(*memory)?);
        }
        for global in &program.globals {
            encoder.parse_global(&mut sections.globals, global.clone())?;
        }
        for export in &program.exports {
            encoder.parse_export(&mut sections.exports, *export)?;
        }
        for element in &program.elements {
            encoder.parse_element(&mut sections.elements, element.clone())?;
        }
        for data in &program.data {
            encoder.parse_data(&mut sections.data, data.clone())?;
        }
        sections.start = program.start.map(|start| encoder.function_index(start)).transpose()?;
        Ok(sections)
    }

    /// Puts pieces into memory at the start, by their addresses.
    pub fn put_content(&mut self, pieces: &[(u32, &[u8])]) {
        for (address, bytes) in pieces {
            let offset = ConstExpr::i32_const(address.cast_signed());
            self.data.active(0, &offset, bytes.iter().copied());
        }
    }

    /// The number of a function's type, which is added if the program does not have it.
    pub fn type_of(&mut self, program: &Program<'_>, parameters: &[ValType], results: &[ValType]) -> u32 {
        let is_wanted = |kind: &wasmparser::FuncType| {
            let same = |here: &[wasmparser::ValType], there: &[ValType]| {
                here.iter().map(|kind| ValType::try_from(*kind).ok()).eq(there.iter().map(|kind| Some(*kind)))
            };
            same(kind.params(), parameters) && same(kind.results(), results)
        };
        if let Some(known) = program.types.iter().position(is_wanted) {
            return known as u32;
        }
        self.types.ty().function(parameters.iter().copied(), results.iter().copied());
        self.types.len() - 1
    }

    /// The bytes of the module, which are looked over first: better no app than one that a browser refuses.
    pub fn finish(&self) -> Result<Vec<u8>> {
        let mut module = Module::new();
        module.section(&self.types).section(&self.imports).section(&self.functions);
        if !self.tables.is_empty() {
            module.section(&self.tables);
        }
        if !self.memories.is_empty() {
            module.section(&self.memories);
        }
        if !self.globals.is_empty() {
            module.section(&self.globals);
        }
        module.section(&self.exports);
        if let Some(function_index) = self.start {
            module.section(&StartSection { function_index });
        }
        module.section(&self.elements).section(&self.code);
        if !self.data.is_empty() {
            module.section(&self.data);
        }
        let bytes = module.finish();
        Validator::new().validate_all(&bytes).context("what was made is not valid")?;
        Ok(bytes)
    }
}

/// Writes what was read, with other numbers where needed.
pub trait Encoder: Reencode<Error = Infallible> {}

impl<T: Reencode<Error = Infallible>> Encoder for T {}
