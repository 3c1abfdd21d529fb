//! The trail of a change: fourteen files, each of whose first lines names its step and the file of the next.

use std::collections::BTreeMap;

use anyhow::Result;
use porchlight_tests::repository::{self, TextFile};

use crate::fault::{Fault, assert_none, assert_one};

/// Screen, state, worker, wasm, device, document, seal, outbox, frame, socket, session, log, hub, inbox.
const STEPS: usize = 14;

/// How many lines from the top of a file the step may stand in.
const FIRST_LINES: usize = 8;

#[test]
fn the_trail_is_whole() -> Result<()> {
    let files = repository::files()?;
    assert_none(&faults(&files, STEPS));
    Ok(())
}

#[test]
fn the_readme_tells_the_same_trail() -> Result<()> {
    let files = repository::files()?;
    let readme = files.iter().find(|file| file.path == "README.md").map_or("", |file| &file.text);
    let (steps, _) = read(&files);
    assert_none(&untold(readme, &steps));
    Ok(())
}

#[test]
fn a_step_that_is_missing_is_found() {
    let files = [step("a.ts", 1, "b.ts"), step("c.ts", 3, "a.ts")];
    assert!(faults(&files, 3).iter().any(|fault| fault.what.contains("no file is step 2")));
}

#[test]
fn a_next_that_is_not_there_or_is_another_step_is_found() {
    assert_one(&faults(&[step("a.ts", 1, "gone.ts"), step("b.ts", 2, "a.ts")], 2), "b.ts is step 2");
    assert_one(&faults(&[step("a.ts", 1, "b.ts"), step("b.ts", 2, "gone.ts")], 2), "gone.ts does not exist");
}

#[test]
fn two_files_for_one_step_are_found() {
    let files = [step("a.ts", 1, "b.ts"), step("b.ts", 2, "a.ts"), step("c.ts", 2, "a.ts")];
    assert_one(&faults(&files, 2), "is step 2 too");
}

#[test]
fn a_step_is_read_over_two_lines_and_from_its_own_folder() {
    let text = "//! Seals a payload. Step 1 of a change's\n//! life; next: the `b.rs`.\n";
    let files = [TextFile::new("x/a.rs", text), step("x/b.rs", 2, "x/a.rs")];
    assert_none(&faults(&files, 2));
}

#[test]
fn a_whole_trail_passes() {
    let files = [step("a.ts", 1, "b.ts"), step("b.ts", 2, "a.ts")];
    assert_none(&faults(&files, 2));
    let (steps, _) = read(&files);
    assert_none(&untold("1. [screen](a.ts)\n2. [state](b.ts)\n", &steps));
    assert_one(&untold("1. [screen](a.ts)\n", &steps), "does not tell step 2");
}

fn step(path: &str, number: usize, next: &str) -> TextFile {
    TextFile::new(path, &format!("// A sample. Step {number}; next: {next}\n"))
}

/// Everything that is wrong with a trail of `count` steps. The last step leads back to any file there is: the
/// screen of the other phone.
fn faults(files: &[TextFile], count: usize) -> Vec<Fault> {
    let (steps, mut faults) = read(files);
    for number in 1..=count {
        let Some((path, next)) = steps.get(&number) else {
            faults.push(Fault::new("trail", 0, format!("no file is step {number}")));
            continue;
        };
        match steps.get(&(number + 1)) {
            Some((following, _)) if following != next => {
                faults.push(Fault::new(
                    path,
                    0,
                    format!("names {next} as next, but {following} is step {}", number + 1),
                ));
            }
            _ if !files.iter().any(|file| &file.path == next) => {
                faults.push(Fault::new(path, 0, format!("{next} does not exist")));
            }
            _ => {}
        }
    }
    faults
}

/// Step number to the file of that step and what it names as next; and files that claim a step taken already.
fn read(files: &[TextFile]) -> (BTreeMap<usize, (String, String)>, Vec<Fault>) {
    let mut steps = BTreeMap::new();
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| ["rs", "ts", "svelte"].contains(&file.extension())) {
        let exists = |path: &str| files.iter().any(|file| file.path == path);
        let Some((number, next)) = claimed(file, &exists) else { continue };
        if let Some((other, _)) = steps.get(&number) {
            faults.push(Fault::new(&file.path, 0, format!("is step {number} too, like {other}")));
        } else {
            steps.insert(number, (file.path.clone(), next));
        }
    }
    (steps, faults)
}

/// The step that a file claims in its first lines, and the path of the next: "Step 5 of a change's life; next:
/// `document.rs`", where the path starts from the top of the repository or from the file's own folder.
fn claimed(file: &TextFile, exists: &dyn Fn(&str) -> bool) -> Option<(usize, String)> {
    let marks = ['/', '!', '*', '<', '-', ' '];
    let first: Vec<&str> =
        file.text.lines().take(FIRST_LINES).map(|line| line.trim_start_matches(marks).trim()).collect();
    let first = first.join(" ");
    let (number, rest) = first.split_once("Step ")?.1.split_once(|c: char| !c.is_ascii_digit())?;
    let (_, next) = rest.split_once("next: ").or_else(|| rest.split_once("Next: "))?;
    let path = next.split_whitespace().find_map(path)?;
    let beside = match file.path.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{path}"),
        None => path.to_owned(),
    };
    let path = if exists(path) || !exists(&beside) { path.to_owned() } else { beside };
    Some((number.parse().ok()?, path))
}

/// The word without what stands around it, if it names a source file.
fn path(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    [".rs", ".ts", ".svelte"].iter().any(|end| word.ends_with(end)).then_some(word)
}

/// Steps whose file the README does not name, in order.
fn untold(readme: &str, steps: &BTreeMap<usize, (String, String)>) -> Vec<Fault> {
    let mut rest = readme;
    let mut faults = Vec::new();
    for (number, (path, _)) in steps {
        match rest.split_once(&format!("]({path})")) {
            Some((_, after)) => rest = after,
            None => faults.push(Fault::new(
                "README.md",
                0,
                format!("does not tell step {number}, {path}, in order"),
            )),
        }
    }
    faults
}
