//! Calendars and address books that we write, read back by programs that others wrote (in Python): the same shifts at
//! the same points in time, the same people with the same numbers. `PROPTEST_RNG_SEED` draws other ones.

#[cfg(test)]
mod calendars;
#[cfg(test)]
mod dice;
#[cfg(test)]
mod people;

#[cfg(test)]
mod reading {
    use std::path::Path;
    use std::process::Command;

    use anyhow::{Context, Result, ensure};
    use porchlight_tests::repository;
    use serde_json::Value;
    use tempfile::TempDir;

    use crate::dice::Dice;
    use crate::{calendars, people};

    const FILES: u64 = 40;

    #[test]
    fn what_we_write_others_read_the_same() -> Result<()> {
        let folder = TempDir::new()?;
        let seed =
            std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_125);
        for number in 0..FILES {
            let mut dice = Dice::new(seed + number);
            let (calendar, expected) = calendars::make(&mut dice)?;
            keep(folder.path(), &format!("calendar-{number}"), &[("ics", calendar.as_bytes())], &expected)?;
            let (files, expected) = people::make(&mut dice)?;
            keep(folder.path(), &format!("cards-{number}"), &[("vcf", &files.cards)], &expected)?;
            keep(folder.path(), &format!("sheet-{number}"), &[("csv", &files.sheet)], &expected)?;
        }
        read_back(folder.path()).with_context(|| format!("PROPTEST_RNG_SEED={seed}"))
    }

    fn keep(folder: &Path, name: &str, files: &[(&str, &[u8])], expected: &Value) -> Result<()> {
        for (extension, content) in files {
            std::fs::write(folder.join(format!("{name}.{extension}")), content)?;
        }
        Ok(std::fs::write(folder.join(format!("{name}.json")), expected.to_string())?)
    }

    fn read_back(folder: &Path) -> Result<()> {
        let tests = repository::root().join("tests");
        let installed =
            Command::new(tests.join("tools/readers.sh")).output().context("cannot run readers.sh")?;
        ensure!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
        let python = String::from_utf8(installed.stdout)?;
        let mut read = Command::new(python.trim());
        // Zones of the package that is installed with the readers: a computer's own may be years old.
        read.env("PYTHONTZPATH", "");
        let output = read.arg(tests.join("readers/read_back.py")).arg(folder).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        // Something was compared, in each of the files.
        let count: u64 = said.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0);
        ensure!(count > 10 * FILES, "{said}");
        Ok(())
    }
}
