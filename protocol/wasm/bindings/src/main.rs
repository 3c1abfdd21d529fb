//! Makes of a compiled core what the phone app loads: its JavaScript side, and two parts of its code.
//!
//! - `bind INPUT.wasm FOLDER` writes `core.js` and its neighbors, and `whole.wasm`, which still has names.
//! - `split WHOLE.wasm LINKED.wasm LATER.txt FOLDER` writes `core_bg.wasm`, which the first visit needs, and `rest_bg.wasm`.
//! - `mark WHOLE.wasm FOLDER` writes `marked.wasm`, which notes what it executes, and `names.txt` to read the notes with.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

mod data;
mod first;
mod mark;
mod merging;
mod name;
mod numbers;
mod program;
mod rest;
mod sections;
mod split;

use crate::name::Name;
use crate::program::Program;

/// The module of the app that exports `loadRest`, as seen from core.js.
const LOADER: &str = "../src/device/rest.ts";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match perform(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("porchlight-bindings: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(arguments: &[OsString]) -> Result<()> {
    let texts: Vec<&str> = arguments.iter().map(|argument| argument.to_str().unwrap_or_default()).collect();
    match *texts {
        ["bind", input, folder] => bind(input.as_ref(), folder.as_ref()),
        ["split", whole, linked, later, folder] => {
            split(whole.as_ref(), linked.as_ref(), later.as_ref(), folder.as_ref())
        }
        ["mark", whole, folder] => mark(whole.as_ref(), folder.as_ref()),
        _ => bail!(
            "usage: bind INPUT.wasm FOLDER | split WHOLE.wasm LINKED.wasm LATER.txt FOLDER | mark WHOLE.wasm FOLDER"
        ),
    }
}

fn bind(input: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    let mut output = bindgen
        .input_path(input)
        .out_name("core")
        .typescript(true)
        .demangle(false)
        .remove_producers_section(true)
        .omit_default_module_path(true)
        .web(true)?
        .generate_output()?;
    output.emit(folder)?;
    fs::write(folder.join("whole.wasm"), output.wasm_mut().emit_wasm())?;
    let script = folder.join("core.js");
    let text = with_rest(&fs::read_to_string(&script)?)?;
    fs::write(script, text)?;
    Ok(())
}

/// The script that gives the core its imports also gives it the one that loads its rest.
fn with_rest(script: &str) -> Result<String> {
    const LAST: &str = "\"./core_bg.js\": import0,\n";
    ensure!(script.matches(LAST).count() == 1, "core.js has changed: it is not clear where its imports end");
    let import = format!("import {{ loadRest }} from \"{LOADER}\";\n");
    Ok(import + &script.replace(LAST, &format!("{LAST}        \"./rest.js\": {{ loadRest }},\n")))
}

fn split(whole: &Path, linked: &Path, later: &Path, folder: &Path) -> Result<()> {
    let bytes = read(whole)?;
    let linked = read(linked)?;
    let program = Program::read(&bytes)?;
    let listed = name::read_list(&String::from_utf8(read(later)?)?)?;
    let later = merging::without(&program, &listed)?;
    let parts = split::split(&program, &linked, |name| later.contains(&name))?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("core_bg.wasm"), parts.first)?;
    fs::write(folder.join("rest_bg.wasm"), parts.rest)?;
    let known: HashSet<Name> = program.names.iter().flatten().copied().collect();
    let gone = listed.difference(&known).count();
    println!("{:>8}  functions of {} are in the rest", parts.moved, program.bodies.len());
    println!("{gone:>8}  of {} names that were listed are gone", listed.len());
    Ok(())
}

fn mark(whole: &Path, folder: &Path) -> Result<()> {
    let bytes = read(whole)?;
    let program = Program::read(&bytes)?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("marked.wasm"), mark::mark(&program)?)?;
    let mut names = String::new();
    for name in &program.names {
        match name {
            Some(name) => writeln!(names, "{name}")?,
            None => writeln!(names, "-")?,
        }
    }
    fs::write(folder.join("names.txt"), names)?;
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}
