//! The house rules that a machine can check: first lines, names, sizes, and no tests that do not run.

use anyhow::Result;
use porchlight_tests::repository::{self, TextFile};

use crate::fault::{Fault, assert_none, assert_one};

/// A file longer than this is a hub that wants to be two files.
const LONGEST: usize = 600;

/// Names that say nothing about what is inside.
const SAYS_NOTHING: [&str; 11] =
    ["mod", "util", "utils", "common", "helper", "helpers", "manager", "misc", "types", "stuff", "shared"];

#[test]
fn every_source_file_says_what_it_is() -> Result<()> {
    assert_none(&check(opening)?);
    Ok(())
}

#[test]
fn every_source_file_is_named_for_what_it_holds() -> Result<()> {
    assert_none(&check(name)?);
    Ok(())
}

#[test]
fn no_source_file_is_a_hub() -> Result<()> {
    assert_none(&check(length)?);
    Ok(())
}

#[test]
fn nothing_is_unfinished_and_no_test_is_left_out() -> Result<()> {
    assert_none(&check(unfinished)?);
    Ok(())
}

#[test]
fn every_list_on_a_screen_stays_a_list() -> Result<()> {
    assert_none(&check(lists)?);
    Ok(())
}

#[test]
fn a_list_with_the_role_of_something_else_is_found() {
    assert_one(&lists(&TextFile::new("A.svelte", "<div>\n  <ul class=\"a\" role=\"status\">\n")), ":2:");
    assert_none(&lists(&TextFile::new(
        "A.svelte",
        "<div role=\"status\"><ul role=\"list\"><li>a</li></ul></div>\n",
    )));
}

#[test]
fn a_file_that_does_not_say_what_it_is_is_found() {
    for (path, text) in [
        ("a.rs", "use std::fmt;\n"),
        ("a.rs", "//! \n"),
        ("a.rs", "//! No sentence\n"),
        ("a.ts", "export const a = 1;\n"),
        ("A.svelte", "<script lang=\"ts\">\n"),
        ("a.sh", "#!/bin/sh\nset -e\n"),
        ("a.css", "body {}\n"),
    ] {
        assert_one(&opening(&TextFile::new(path, text)), "one sentence");
    }
}

#[test]
fn a_file_that_says_what_it_is_passes() {
    for (path, text) in [
        ("a.rs", "//! What a thing is, in one sentence.\nuse std::fmt;\n"),
        ("a.rs", "//! A first line that goes on\n//! in the second one.\n"),
        ("a.ts", "// The state of a screen.\n"),
        ("a.ts", "/** The state of a screen. */\n"),
        ("A.svelte", "<!-- A list of contacts: search, add. -->\n<script>\n"),
        ("a.sh", "#!/bin/sh\n# Finds a browser.\n"),
        ("a.css", "/* Colours and sizes. */\n"),
    ] {
        assert_none(&opening(&TextFile::new(path, text)));
    }
}

#[test]
fn a_name_that_says_nothing_is_found() {
    for path in
        ["server/src/mod.rs", "server/src/utils.rs", "server/web/src/helpers.ts", "protocol/types/a.rs"]
    {
        assert_one(&name(&TextFile::new(path, "")), "says nothing");
    }
    assert_none(&name(&TextFile::new("server/src/hub.rs", "")));
}

#[test]
fn a_hub_is_found() {
    assert_one(&length(&TextFile::new("a.rs", &"line\n".repeat(LONGEST + 1))), "601 lines");
    assert_none(&length(&TextFile::new("a.rs", &"line\n".repeat(LONGEST))));
}

#[test]
fn a_test_that_does_not_run_is_found() {
    let marks = [
        ("a.rs", "#[ign", "ore]"),
        ("a.rs", "todo", "!()"),
        ("a.rs", "unimplem", "ented!()"),
        ("a.rs", "// TO", "DO mend"),
        ("a.ts", "// FIX", "ME mend"),
        ("a.ts", "test.sk", "ip('x')"),
        ("a.ts", "test.on", "ly('x')"),
        ("a.ts", "test.fix", "me('x')"),
        ("a.rs", "#[cfg(an", "y())]"),
    ];
    for (path, first, second) in marks {
        assert_one(&unfinished(&TextFile::new(path, &format!("fine\n{first}{second}\n"))), ":2:");
    }
}

fn check(rule: fn(&TextFile) -> Vec<Fault>) -> Result<Vec<Fault>> {
    let files = repository::files()?;
    let sources: Vec<&TextFile> = files.iter().filter(|file| is_source(file)).collect();
    assert!(sources.len() > 20, "the sources were not found");
    Ok(sources.into_iter().flat_map(rule).collect())
}

/// A screen reader counts the entries of a list only as long as it is one: what is to be read out goes around it.
fn lists(file: &TextFile) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (line, number) in file.text.lines().zip(1..) {
        let tags = line.split('<').filter(|tag| tag.starts_with("ul ") || tag.starts_with("ol "));
        for tag in tags.filter_map(|tag| tag.split('>').next()) {
            if file.extension() == "svelte" && tag.contains("role=") && !tag.contains("role=\"list\"") {
                faults.push(Fault::new(&file.path, number, "a list must stay one: put the role around it"));
            }
        }
    }
    faults
}

fn is_source(file: &TextFile) -> bool {
    ["rs", "ts", "mjs", "js", "svelte", "sh", "css"].contains(&file.extension())
}

/// The first line, a comment, begins a sentence that ends with a stop within the comment.
fn opening(file: &TextFile) -> Vec<Fault> {
    let (begin, next) = match file.extension() {
        "rs" => ("//!", "//!"),
        "svelte" => ("<!--", ""),
        "css" => ("/*", ""),
        "sh" => ("#", "#"),
        _ if file.text.starts_with("/*") => ("/*", ""),
        _ => ("//", "//"),
    };
    let text =
        file.text.strip_prefix("#!").and_then(|rest| rest.split_once('\n')).map_or(&*file.text, |(_, t)| t);
    let sentence: String = text
        .lines()
        .take(4)
        .take_while(|line| line.trim_start().starts_with(next))
        .map(|line| line.trim_start().trim_start_matches(['/', '!', '*', '#', '<', '-', ' ']))
        .collect::<Vec<_>>()
        .join(" ");
    let ends = [". ", ".\n", "; ", ": ", "? "].iter().any(|stop| format!("{sentence}\n").contains(stop));
    let begins = sentence.chars().next().is_some_and(|first| !first.is_whitespace());
    if text.starts_with(begin) && begins && ends {
        return Vec::new();
    }
    vec![Fault::new(&file.path, 1, "must begin with a comment that says in one sentence what the file is")]
}

fn name(file: &TextFile) -> Vec<Fault> {
    file.path
        .split('/')
        .map(|part| part.split('.').next().unwrap_or(part))
        .filter(|part| SAYS_NOTHING.contains(&part.to_lowercase().as_str()))
        .map(|part| Fault::new(&file.path, 0, format!("the name '{part}' says nothing about what is inside")))
        .collect()
}

fn length(file: &TextFile) -> Vec<Fault> {
    match file.lines().count() {
        lines if lines > LONGEST => {
            vec![Fault::new(
                &file.path,
                0,
                format!("{lines} lines: split it along its nouns (at most {LONGEST})"),
            )]
        }
        _ => Vec::new(),
    }
}

/// Marks of work left undone and of tests left out, written so that this file does not hold them.
fn unfinished(file: &TextFile) -> Vec<Fault> {
    let everywhere = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let rust = [
        concat!("todo", "!("),
        concat!("unimplem", "ented!("),
        concat!("#[ign", "ore"),
        concat!("cfg(an", "y())"),
        concat!("#[allow(cl", "ippy::all"),
    ];
    let web = [
        concat!("test.sk", "ip"),
        concat!("test.on", "ly"),
        concat!("it.sk", "ip("),
        concat!("it.on", "ly("),
        concat!("describe.sk", "ip"),
        concat!("describe.on", "ly"),
        concat!("test.fix", "me"),
        concat!("@ts-ign", "ore"),
    ];
    let marks = everywhere.iter().chain(if file.extension() == "rs" { rust.iter() } else { web.iter() });
    let marks: Vec<&&str> = marks.collect();
    file.lines()
        .filter_map(|(number, line)| {
            let mark = marks.iter().find(|mark| line.contains(***mark))?;
            Some(Fault::new(&file.path, number, format!("'{mark}' is left in")))
        })
        .collect()
}
