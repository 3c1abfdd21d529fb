//! The repository as a list of text files, as the tidy checks see it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// One text file of the repository.
#[derive(Clone, Debug)]
pub struct TextFile {
    /// Path from the top of the repository, with `/` between parts.
    pub path: String,
    /// The whole content.
    pub text: String,
}

impl TextFile {
    /// A file that need not be on disk: samples in the checks' own tests are made with this.
    pub fn new(path: &str, text: &str) -> TextFile {
        TextFile { path: path.to_owned(), text: text.to_owned() }
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// What follows the last dot of the name, or nothing.
    pub fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Line numbers (from 1) and lines.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// The top folder of the repository.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// Every text file that belongs to the repository: what is built, downloaded or kept by a run is left out.
pub fn files() -> Result<Vec<TextFile>> {
    let root = root();
    let mut found = Vec::new();
    collect(&root, &root, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Folders that hold no source: the same list as `.gitignore`, by name.
const NOT_OURS: [&str; 8] =
    [".git", "target", "node_modules", "dist", "pkg", "porchlight-data", "test-results", "playwright-report"];

fn collect(root: &Path, folder: &Path, found: &mut Vec<TextFile>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        // A `.git` is a file where the repository is one of several working trees.
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(root, &path, found)?;
        } else if let Some(text) = read_text(&path)? {
            let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            found.push(TextFile { path: relative, text });
        }
    }
    Ok(())
}

/// The content, or `None` for a picture, an archive or text in an older encoding (which only test data has).
fn read_text(path: &Path) -> Result<Option<String>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')))
}
