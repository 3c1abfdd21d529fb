//! A WebAssembly module as it was read, section by section.

use anyhow::{Result, bail};
use wasmparser::{
    Data, Element, Export, FuncType, FunctionBody, Global, Import, Imports, KnownCustom, MemoryType, Parser,
    Payload, Table, TypeRef,
};

use crate::name::{self, Name};

/// How Automerge's paths begin.
const MERGING: &str = "automerge::";

/// Indexes of functions count imports first, as everywhere in WebAssembly.
#[derive(Default)]
pub struct Program<'a> {
    pub types: Vec<FuncType>,
    pub imports: Vec<Import<'a>>,
    /// The types of all functions, imported ones first.
    pub functions: Vec<u32>,
    pub tables: Vec<Table<'a>>,
    pub memories: Vec<MemoryType>,
    pub globals: Vec<Global<'a>>,
    pub exports: Vec<Export<'a>>,
    pub start: Option<u32>,
    pub elements: Vec<Element<'a>>,
    /// The bodies of the functions that are not imported.
    pub bodies: Vec<FunctionBody<'a>>,
    pub data: Vec<Data<'a>>,
    /// What the functions that have bodies are called.
    pub names: Vec<Option<Name>>,
    /// Which of them are of Automerge, or made for its types.
    pub merging: Vec<bool>,
}

impl<'a> Program<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut program = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            program.take(payload?)?;
        }
        program.names.resize(program.bodies.len(), None);
        program.merging.resize(program.bodies.len(), false);
        Ok(program)
    }

    /// How many functions are imported.
    pub fn imported(&self) -> u32 {
        self.imports.iter().filter(|import| matches!(import.ty, TypeRef::Func(_))).count() as u32
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::TypeSection(reader) => {
                self.types = reader.into_iter_err_on_gc_types().collect::<wasmparser::Result<_>>()?;
            }
            Payload::ImportSection(reader) => {
                for group in reader {
                    let Imports::Single(_, import) = group? else { bail!("imports in groups are not known") };
                    match import.ty {
                        TypeRef::Func(kind) => self.functions.push(kind),
                        _ => bail!("{}.{}: only functions can be imported", import.module, import.name),
                    }
                    self.imports.push(import);
                }
            }
            Payload::FunctionSection(reader) => {
                for kind in reader {
                    self.functions.push(kind?);
                }
            }
            Payload::TableSection(reader) => self.tables = all(reader)?,
            Payload::MemorySection(reader) => self.memories = all(reader)?,
            Payload::GlobalSection(reader) => self.globals = all(reader)?,
            Payload::ExportSection(reader) => self.exports = all(reader)?,
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(reader) => self.elements = all(reader)?,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(reader) => self.data = all(reader)?,
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(reader) = section.as_known() {
                    self.take_names(reader)?;
                }
            }
            Payload::Version { .. }
            | Payload::DataCountSection { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::End(_) => {}
            other => bail!("a section that is not known: {other:?}"),
        }
        Ok(())
    }

    fn take_names(&mut self, reader: wasmparser::NameSectionReader<'a>) -> Result<()> {
        let imported = self.imported();
        for part in reader {
            let wasmparser::Name::Function(names) = part? else { continue };
            for naming in names {
                let naming = naming?;
                let Some(local) = naming.index.checked_sub(imported) else { continue };
                let local = local as usize;
                if self.names.len() <= local {
                    self.names.resize(local + 1, None);
                    self.merging.resize(local + 1, false);
                }
                let path = name::path(naming.name);
                self.names[local] = Some(Name::of(&path));
                self.merging[local] = path.contains(MERGING);
            }
        }
        Ok(())
    }
}

fn all<'a, T: wasmparser::FromReader<'a>>(reader: wasmparser::SectionLimited<'a, T>) -> Result<Vec<T>> {
    Ok(reader.into_iter().collect::<wasmparser::Result<_>>()?)
}
