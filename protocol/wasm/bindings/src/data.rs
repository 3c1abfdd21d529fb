//! Which constants of a program nothing but its rest looks at.
//!
//! The linker's output says it (`--emit-relocs`): where code or data holds the address of something, and of what. So what
//! the code of the first part can reach is known, through any chain of pointers. All other constants may come with the rest.
//! What is written to while the program runs is never among them.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context as _, Result, bail, ensure};
use wasmparser::{
    Data, DataKind, KnownCustom, Linking, Operator, Parser, Payload, RelocSectionReader, RelocationType,
    SymbolInfo,
};

use crate::name::Name;
use crate::program::Program;

/// The linker's name for what is never written to.
const CONSTANTS: &str = ".rodata";

/// To begin a new piece costs about so many bytes: shorter gaps stay where they are.
const GAP: usize = 8;

/// The content of a program's memory at its start, apart by who looks at it; pieces by their addresses.
pub struct Content<'a> {
    pub first: Vec<(u32, &'a [u8])>,
    pub rest: Vec<(u32, &'a [u8])>,
}

/// Takes the content of `program` apart, by what the linker says of the same program; `is_later` names functions of the rest.
pub fn take_apart<'a>(
    program: &Program<'a>,
    linked: &[u8],
    is_later: impl Fn(Name) -> bool,
) -> Result<Content<'a>> {
    let linked = Linked::read(linked)?;
    ensure!(
        linked.program.data.len() == program.data.len(),
        "the linker's output is that of another program"
    );
    let reached = linked.reached_by(is_later)?;
    let mut content = Content { first: Vec::new(), rest: Vec::new() };
    for (index, (data, known)) in program.data.iter().zip(&linked.program.data).enumerate() {
        let begin = address(data)?;
        ensure!(begin == address(known)? && data.data == known.data, "the linker's output has other data");
        if !linked.is_constant(index) {
            content.first.push((begin, data.data));
            continue;
        }
        let (bytes, at) = (data.data, |index: usize| begin + index as u32);
        content.first.extend(pieces(begin, bytes, |index| reached.wants(at(index), bytes[index])));
        content.rest.extend(pieces(begin, bytes, |index| reached.is_only_rest(at(index))));
    }
    Ok(content)
}

/// The runs of bytes that are wanted, over gaps that are too short to be worth a new piece.
fn pieces(begin: u32, bytes: &[u8], is_wanted: impl Fn(usize) -> bool) -> Vec<(u32, &[u8])> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for index in (0..bytes.len()).filter(|index| is_wanted(*index)) {
        match runs.last_mut() {
            Some(run) if index - run.end < GAP => run.end = index + 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs.into_iter().map(|run| (begin + run.start as u32, &bytes[run])).collect()
}

fn address(data: &Data<'_>) -> Result<u32> {
    let DataKind::Active { memory_index: 0, offset_expr } = &data.kind else {
        bail!("data that is not put into memory at the start")
    };
    match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value.cast_unsigned()),
        _ => bail!("the place of data is not a constant"),
    }
}

/// What the linker wrote.
struct Linked<'a> {
    program: Program<'a>,
    /// The names of the pieces of data.
    sections: BTreeMap<u32, &'a str>,
    /// Where in memory each symbol of data is; nothing for other symbols.
    symbols: Vec<Option<Range<u32>>>,
    /// Places in the file where code holds the address of a symbol.
    in_code: BTreeMap<usize, u32>,
    /// Addresses where memory holds the address of a symbol.
    in_data: BTreeMap<u32, u32>,
}

impl<'a> Linked<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self> {
        let program = Program::read(bytes)?;
        let mut linked = Self {
            program,
            sections: BTreeMap::new(),
            symbols: Vec::new(),
            in_code: BTreeMap::new(),
            in_data: BTreeMap::new(),
        };
        let (mut code, mut data) = (0, 0);
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::CodeSectionStart { range, .. } => code = range.start,
                Payload::DataSection(reader) => data = reader.range().start,
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Linking(reader) => linked.take_symbols(&reader)?,
                    KnownCustom::Reloc(reader) if section.name() == "reloc.CODE" => {
                        linked.in_code = places(&reader)?
                            .into_iter()
                            .map(|(place, symbol)| (code + place, symbol))
                            .collect();
                    }
                    KnownCustom::Reloc(reader) if section.name() == "reloc.DATA" => {
                        for (place, symbol) in places(&reader)? {
                            let at = linked.address_of(bytes, data + place)?;
                            linked.in_data.insert(at, symbol);
                        }
                    }
                    KnownCustom::Name(reader) => {
                        for part in reader {
                            let wasmparser::Name::Data(names) = part? else { continue };
                            for naming in names {
                                let naming = naming?;
                                linked.sections.insert(naming.index, naming.name);
                            }
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        ensure!(
            !linked.in_code.is_empty(),
            "the linker's output does not say where addresses are: --emit-relocs is missing"
        );
        ensure!(
            (0..).zip(&linked.program.data).any(|(index, _)| linked.is_constant(index)),
            "there are no constants"
        );
        Ok(linked)
    }

    fn is_constant(&self, data: usize) -> bool {
        self.sections.get(&(data as u32)).is_some_and(|name| name.starts_with(CONSTANTS))
    }

    fn take_symbols(&mut self, reader: &wasmparser::LinkingSectionReader<'a>) -> Result<()> {
        for part in reader.subsections() {
            let Linking::SymbolTable(symbols) = part? else { continue };
            for symbol in symbols {
                let place = match symbol? {
                    SymbolInfo::Data { symbol: Some(place), .. } => {
                        let data = self.program.data.get(place.index as usize);
                        // Memory that begins empty is in no piece of data.
                        data.map(|data| -> Result<_> {
                            let start = address(data)? + place.offset;
                            Ok(start..start + place.size)
                        })
                        .transpose()?
                    }
                    _ => None,
                };
                self.symbols.push(place);
            }
        }
        Ok(())
    }

    /// The address in memory of what stands at a place in the file.
    fn address_of(&self, bytes: &[u8], place: usize) -> Result<u32> {
        for data in &self.program.data {
            let start = data.data.as_ptr() as usize - bytes.as_ptr() as usize;
            if (start..start + data.data.len()).contains(&place) {
                return Ok(address(data)? + (place - start) as u32);
            }
        }
        bail!("an address outside of all data")
    }

    /// Follows all pointers from the code of the first part.
    fn reached_by(&self, is_later: impl Fn(Name) -> bool) -> Result<Reached> {
        let mut reached = Reached::nothing_of(self)?;
        let mut is_known = vec![false; self.symbols.len()];
        let mut open: Vec<u32> = Vec::new();
        for (body, name) in self.program.bodies.iter().zip(&self.program.names) {
            if !name.is_some_and(&is_later) {
                open.extend(self.in_code.range(body.range()).map(|(_, symbol)| *symbol));
            }
        }
        while let Some(symbol) = open.pop() {
            let known = is_known.get_mut(symbol as usize).context("a symbol that is not in the list")?;
            if std::mem::replace(known, true) {
                continue;
            }
            let Some(place) = self.symbols[symbol as usize].clone() else { continue };
            reached.mark(place.clone(), Look::First);
            open.extend(self.in_data.range(place).map(|(_, symbol)| *symbol));
        }
        Ok(reached)
    }
}

/// Who looks at a byte of memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Nobody,
    Rest,
    First,
}

struct Reached {
    begin: u32,
    bytes: Vec<Look>,
}

impl Reached {
    /// What is part of any symbol is for the rest until the first part is found to reach it.
    fn nothing_of(linked: &Linked<'_>) -> Result<Self> {
        let mut spans = Vec::new();
        for data in &linked.program.data {
            spans.push((address(data)?, address(data)? + data.data.len() as u32));
        }
        let begin = spans.iter().map(|(start, _)| *start).min().context("there is no data")?;
        let end = spans.iter().map(|(_, end)| *end).max().unwrap_or(begin);
        let mut reached = Self { begin, bytes: vec![Look::Nobody; (end - begin) as usize] };
        for place in linked.symbols.iter().flatten() {
            reached.mark(place.clone(), Look::Rest);
        }
        Ok(reached)
    }

    fn mark(&mut self, place: Range<u32>, look: Look) {
        for at in place {
            let byte = &mut self.bytes[(at - self.begin) as usize];
            *byte = (*byte).max(look);
        }
    }

    fn is_only_rest(&self, at: u32) -> bool {
        self.bytes[(at - self.begin) as usize] == Look::Rest
    }

    /// Whether the first part has to bring this byte. Between symbols there are zeros, as memory is without.
    fn wants(&self, at: u32, byte: u8) -> bool {
        match self.bytes[(at - self.begin) as usize] {
            Look::First => true,
            Look::Rest => false,
            Look::Nobody => byte != 0,
        }
    }
}

/// Where a section holds addresses of data, and of which symbols.
fn places(reader: &RelocSectionReader<'_>) -> Result<Vec<(usize, u32)>> {
    use RelocationType::{MemoryAddrI32, MemoryAddrLeb, MemoryAddrSleb};
    let mut found = Vec::new();
    for entry in reader.entries() {
        let entry = entry?;
        match entry.ty {
            MemoryAddrLeb | MemoryAddrSleb | MemoryAddrI32 => {
                found.push((entry.offset as usize, entry.index))
            }
            kind if format!("{kind:?}").starts_with("MemoryAddr") => {
                bail!("an address of a kind that is not known: {kind:?}")
            }
            // Functions, types, globals and tables.
            _ => {}
        }
    }
    Ok(found)
}
