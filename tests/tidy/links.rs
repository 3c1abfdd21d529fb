//! Links in the documentation lead somewhere: to a file of the repository, and to a heading in it.

use std::path::Path;

use anyhow::Result;
use porchlight_tests::repository::{self, TextFile};

use crate::fault::{Fault, assert_none, assert_one};

#[test]
fn every_link_in_the_documentation_leads_somewhere() -> Result<()> {
    let files = repository::files()?;
    let exists = |path: &str| repository::root().join(path).exists();
    let text = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.text.clone());
    let pages: Vec<&TextFile> = files.iter().filter(|file| file.extension() == "md").collect();
    assert!(pages.iter().any(|page| page.path == "README.md"), "README.md was not found");
    assert_none(&pages.into_iter().flat_map(|page| faults(page, &exists, &text)).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_link_to_nowhere_is_found() {
    let page = TextFile::new("protocol/README.md", "see [the wire](wire/) and\n[this](gone.md)\n");
    let exists = |path: &str| path == "protocol/wire/";
    assert_one(&faults(&page, &exists, &|_| None), "README.md:2: gone.md");
}

#[test]
fn a_link_to_a_heading_that_is_not_there_is_found() {
    let page = TextFile::new("README.md", "# Run it\n[a](#run-it) [b](#stop-it)\n");
    assert_one(&faults(&page, &|_| true, &|_| Some(page.text.clone())), "#stop-it");
}

#[test]
fn links_above_and_outside_pass() {
    let page = TextFile::new("server/README.md", "[a](../README.md) [b](https://example.org/x) `[c](d)`\n");
    assert_none(&faults(&page, &|path| path == "README.md", &|_| None));
}

fn faults(
    page: &TextFile,
    exists: &dyn Fn(&str) -> bool,
    text: &dyn Fn(&str) -> Option<String>,
) -> Vec<Fault> {
    let folder = Path::new(&page.path).parent().unwrap_or(Path::new(""));
    let mut faults = Vec::new();
    for (number, target) in targets(page) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, heading) = target.split_once('#').unwrap_or((&target, ""));
        let path = if file.is_empty() { page.path.clone() } else { resolved(folder, file) };
        if !file.is_empty() && !exists(&path) {
            faults.push(Fault::new(&page.path, number, format!("{file} does not exist")));
        } else if !heading.is_empty() && text(&path).is_some_and(|text| !has_heading(&text, heading)) {
            faults.push(Fault::new(&page.path, number, format!("{path} has no heading #{heading}")));
        }
    }
    faults
}

/// Line numbers and targets of `[text](target)` outside code.
fn targets(page: &TextFile) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_code = None;
    for (number, line) in page.lines() {
        if line.trim_start().starts_with("```") {
            in_code = if in_code.is_some() { None } else { Some(number) };
        }
        if in_code.is_some() {
            continue;
        }
        let plain: String = line.split('`').step_by(2).collect();
        for part in plain.split("](").skip(1) {
            if let Some((target, _)) = part.split_once(')') {
                found.push((number, target.to_owned()));
            }
        }
    }
    found
}

fn resolved(folder: &Path, file: &str) -> String {
    let mut parts: Vec<&str> =
        folder.to_str().unwrap_or("").split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn has_heading(text: &str, wanted: &str) -> bool {
    text.lines().filter(|line| line.starts_with('#')).any(|line| {
        let heading: String = line
            .trim_start_matches('#')
            .trim()
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_')
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        heading == wanted
    })
}
