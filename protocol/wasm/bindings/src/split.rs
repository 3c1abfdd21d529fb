//! Takes a program apart into a first part, which runs by itself, and a rest of the same program in the same memory.
//!
//! In the first part a stub stands for each function of the rest that the first part mentions. The stub has the rest
//! loaded if it is not there yet, and calls the function through its slot in the table of functions:
//!
//! ```text
//! first part                                     rest
//! f: … call stub_of_g …                          imports memory, tables, globals, and functions such as h
//! stub_of_g: (if restLoaded = 0, loadRest)       g: … call h …
//!            call through slot 17                its element segments put g into slot 17
//! h: …                    slot 17: stub_of_g
//! ```
//!
//! Where a function of the rest is in the table already, for calls through pointers, its slots first hold the stub.
//! Constants that only the rest looks at come with it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use anyhow::{Context as _, Result, bail, ensure};
use wasm_encoder::TableType;
use wasmparser::{ElementItems, ElementKind, ExternalKind, FunctionBody, Operator};

use crate::data::{self, Content};
use crate::first;
use crate::name::Name;
use crate::program::Program;
use crate::rest;
use crate::sections::Encoder;

/// Both parts of a program, as modules.
pub struct Parts {
    pub first: Vec<u8>,
    pub rest: Vec<u8>,
    /// How many functions are in the rest.
    pub moved: usize,
}

/// Takes `program` apart; the rest gets those functions whose name `is_later`.
pub fn split(program: &Program<'_>, linked: &[u8], is_later: impl Fn(Name) -> bool) -> Result<Parts> {
    let content = data::take_apart(program, linked, &is_later)?;
    let plan = Plan::make(program, content, is_later)?;
    let moved = plan.bodies(Part::Rest).len();
    Ok(Parts { first: first::write(&plan)?, rest: rest::write(&plan)?, moved })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    First,
    Rest,
}

/// Which function goes where.
pub struct Plan<'a> {
    pub program: &'a Program<'a>,
    /// How many functions are imported.
    pub imported: u32,
    /// The table of functions, and how large it has to be.
    pub table: u32,
    pub table_size: u32,
    /// The slots of each function of the rest that the first part mentions.
    pub slots: BTreeMap<u32, Vec<u32>>,
    /// What the rest imports from the first part.
    pub links: Vec<Link>,
    /// What is in memory at the start.
    pub content: Content<'a>,
    parts: Vec<Part>,
}

/// Something of the first part that the rest imports, by its name among the exports.
pub struct Link {
    pub kind: ExternalKind,
    pub index: u32,
    pub name: String,
    /// Whether the program exports it already.
    pub is_exported: bool,
}

impl<'a> Plan<'a> {
    fn make(program: &'a Program<'a>, content: Content<'a>, is_later: impl Fn(Name) -> bool) -> Result<Self> {
        let imported = program.imported();
        let mut parts = vec![Part::First; program.functions.len()];
        for (function, name) in (imported..).zip(&program.names) {
            if program.start != Some(function) && name.is_some_and(&is_later) {
                parts[function as usize] = Part::Rest;
            }
        }
        let table = table_of_functions(program)?;
        let mut plan = Self {
            program,
            imported,
            table,
            table_size: u32::try_from(program.tables[table as usize].ty.initial)?,
            slots: BTreeMap::new(),
            links: Vec::new(),
            content,
            parts,
        };
        let wanted = plan.look_through_code()?;
        plan.give_slots()?;
        plan.link(&wanted);
        Ok(plan)
    }

    pub fn part_of(&self, function: u32) -> Part {
        self.parts[function as usize]
    }

    /// The type of a table, large enough for all slots.
    pub fn table_type(&self, table: u32, encoder: &mut impl Encoder) -> Result<TableType> {
        let mut kind = encoder.table_type(self.program.tables[table as usize].ty)?;
        if table == self.table {
            kind.minimum = kind.minimum.max(self.table_size.into());
            kind.maximum = kind.maximum.map(|maximum| maximum.max(kind.minimum));
        }
        Ok(kind)
    }

    /// The functions of one part that have bodies. Those of the same type and size stand together: they look alike, and
    /// compress the better.
    pub fn bodies(&self, part: Part) -> Vec<(u32, &FunctionBody<'a>)> {
        let all = (self.imported..).zip(&self.program.bodies);
        let mut bodies: Vec<_> = all.filter(|(function, _)| self.part_of(*function) == part).collect();
        bodies
            .sort_by_key(|(function, body)| (self.program.functions[*function as usize], body.range().len()));
        bodies
    }

    /// Finds where the parts mention each other; gives what the rest wants of the first part.
    fn look_through_code(&mut self) -> Result<BTreeSet<u32>> {
        let mut wanted = BTreeSet::new();
        for (function, body) in (self.imported..).zip(&self.program.bodies) {
            for mentioned in mentioned(body)? {
                match (self.part_of(function), self.part_of(mentioned)) {
                    (Part::First, Part::Rest) => drop(self.slots.entry(mentioned).or_default()),
                    (Part::Rest, Part::First) => drop(wanted.insert(mentioned)),
                    _ => {}
                }
            }
        }
        Ok(wanted)
    }

    /// The slots that are there already, or new ones at the end of the table.
    fn give_slots(&mut self) -> Result<()> {
        for (slot, function) in slots_of(self.program, self.table)? {
            if self.part_of(function) == Part::Rest {
                self.slots.entry(function).or_default().push(slot);
            }
        }
        for export in &self.program.exports {
            if export.kind == ExternalKind::Func && self.part_of(export.index) == Part::Rest {
                self.slots.entry(export.index).or_default();
            }
        }
        for slots in self.slots.values_mut().filter(|slots| slots.is_empty()) {
            slots.push(self.table_size);
            self.table_size += 1;
        }
        Ok(())
    }

    fn link(&mut self, wanted: &BTreeSet<u32>) {
        let program = self.program;
        let all = |kind, count: usize| (0..count).map(move |index| (kind, index as u32));
        let shared = all(ExternalKind::Memory, program.memories.len())
            .chain(all(ExternalKind::Table, program.tables.len()))
            .chain(all(ExternalKind::Global, program.globals.len()))
            .chain(wanted.iter().map(|function| (ExternalKind::Func, *function)));
        let taken: HashSet<&str> = program.exports.iter().map(|export| export.name).collect();
        let mut fresh = (0..).map(short_name).filter(|name| !taken.contains(name.as_str()));
        for (kind, index) in shared {
            let exported = program.exports.iter().find(|export| export.kind == kind && export.index == index);
            let name = exported.map(|export| export.name.to_owned()).or_else(|| fresh.next());
            self.links.extend(name.map(|name| Link { kind, index, name, is_exported: exported.is_some() }));
        }
    }
}

/// The functions that a body calls or takes the address of.
pub fn mentioned(body: &FunctionBody<'_>) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Call { function_index }
            | Operator::RefFunc { function_index }
            | Operator::ReturnCall { function_index } => {
                found.push(function_index);
            }
            _ => {}
        }
    }
    Ok(found)
}

fn table_of_functions(program: &Program<'_>) -> Result<u32> {
    let mut found = (0..).zip(&program.tables).filter(|(_, table)| table.ty.element_type.is_func_ref());
    let (table, _) = found.next().context("there is no table of functions")?;
    ensure!(found.next().is_none(), "there are several tables of functions");
    Ok(table)
}

/// What is in the table of functions from the beginning: slots and functions.
fn slots_of(program: &Program<'_>, table: u32) -> Result<Vec<(u32, u32)>> {
    let mut slots = Vec::new();
    for element in &program.elements {
        let ElementKind::Active { table_index, offset_expr } = &element.kind else { continue };
        if table_index.unwrap_or(0) != table {
            continue;
        }
        let mut offset = offset_expr.get_operators_reader();
        let Operator::I32Const { value } = offset.read()? else {
            bail!("the place of elements is not a constant")
        };
        let first = u32::try_from(value)?;
        match &element.items {
            ElementItems::Functions(functions) => {
                for (slot, function) in (first..).zip(functions.clone()) {
                    slots.push((slot, function?));
                }
            }
            ElementItems::Expressions(_, expressions) => {
                for (slot, expression) in (first..).zip(expressions.clone()) {
                    if let Operator::RefFunc { function_index } = expression?.get_operators_reader().read()? {
                        slots.push((slot, function_index));
                    }
                }
            }
        }
    }
    Ok(slots)
}

/// The shortest names there are: thousands of them are downloaded.
fn short_name(number: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut name = String::new();
    let mut left = number;
    loop {
        name.push(char::from(LETTERS[left % LETTERS.len()]));
        left /= LETTERS.len();
        if left == 0 {
            return name;
        }
        left -= 1;
    }
}
