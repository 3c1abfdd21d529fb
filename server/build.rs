//! Gathers the built phone app (`web/dist`) into one table that the server compiles in.
//!
//! Without a built app the table is empty and the server says so at `/`. The folder is made if it is absent, because
//! Cargo can only watch what exists.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let dist = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("web/dist");
    fs::create_dir_all(&dist)?;
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed=build.rs");

    let mut paths = Vec::new();
    walk(&dist, &mut paths)?;
    paths.sort();
    let mut table = String::from("&[\n");
    for path in paths.iter().filter(|path| !is_packed(path)) {
        write_entry(&mut table, &dist, path)?;
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("app_files.rs"), table)
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, paths)?;
        } else {
            println!("cargo::rerun-if-changed={}", path.display());
            paths.push(path);
        }
    }
    Ok(())
}

/// A `.br` or `.gz` that stands beside the file it was made from.
fn is_packed(path: &Path) -> bool {
    matches!(path.extension().and_then(|e| e.to_str()), Some("br" | "gz")) && path.with_extension("").exists()
}

fn write_entry(table: &mut String, dist: &Path, path: &Path) -> io::Result<()> {
    let name = path.strip_prefix(dist).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
    let mut hasher = DefaultHasher::new();
    fs::read(path)?.hash(&mut hasher);
    let tag = hasher.finish();
    writeln!(
        table,
        "    AppFile {{ path: {:?}, tag: \"{tag:016x}\", plain: {}, brotli: {}, gzip: {} }},",
        format!("/{name}"),
        include(path),
        packed(path, "br"),
        packed(path, "gz"),
    )
    .map_err(io::Error::other)
}

fn packed(path: &Path, extension: &str) -> String {
    let packed = PathBuf::from(format!("{}.{extension}", path.display()));
    if packed.exists() { format!("Some({})", include(&packed)) } else { "None".to_owned() }
}

fn include(path: &Path) -> String {
    format!("include_bytes!({:?})", path.display().to_string())
}
