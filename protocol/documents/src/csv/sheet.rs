//! Cuts the text of a CSV file into rows and cells, and finds out what stands between the cells.

use super::{cells, column};

/// A sheet as rows of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) delimiter: char,
    pub(super) rows: Vec<Row>,
}

/// One row that is not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Where it begins in the file, counted from 1.
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
    /// Whether a quote in it was opened and never closed.
    pub(super) has_open_quote: bool,
}

/// What may stand between cells.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// How many rows are looked at to find out.
const SAMPLE_ROWS: usize = 25;
/// Enough of a file to hold that many rows.
const SAMPLE_BYTES: usize = 64 * 1024;

impl Sheet {
    /// Reads a sheet; without a choice, the delimiter is guessed.
    pub(super) fn read(text: &str, chosen: Option<char>) -> Self {
        let (text, named, skipped) = named_delimiter(text);
        let delimiter = chosen.or(named).unwrap_or_else(|| guess(text));
        Self { delimiter, rows: rows(text, delimiter, skipped, usize::MAX) }
    }
}

/// Excel can write a first line `sep=;` that is not part of the sheet.
fn named_delimiter(text: &str) -> (&str, Option<char>, u64) {
    let Some((first, rest)) = text.split_once('\n') else { return (text, None, 0) };
    let first = first.trim_end_matches('\r').trim_matches('"');
    let Some(named) =
        first.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and_then(|_| first.get(4..))
    else {
        return (text, None, 0);
    };
    let mut letters = named.chars();
    match (letters.next(), letters.next()) {
        (Some(delimiter), None) if delimiter.is_ascii() => (rest, Some(delimiter), 1),
        _ => (text, None, 0),
    }
}

/// The delimiter by which most headings are known, or else by which most rows have a number or an address in a cell of its
/// own, or else the one that cuts the rows most evenly.
fn guess(text: &str) -> char {
    let mut end = text.len().min(SAMPLE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sample = text.get(..end).unwrap_or(text);
    let score = |delimiter: &char| {
        let rows = rows(sample, *delimiter, 0, SAMPLE_ROWS);
        let widths: Vec<_> = rows.iter().map(|row| row.cells.len()).collect();
        let known = rows
            .first()
            .map_or(0, |row| row.cells.iter().filter(|cell| column::known(cell).is_some()).count());
        let reached = rows.iter().filter(|row| row.cells.iter().any(|cell| cells::is_reach(cell))).count();
        let even = widths
            .iter()
            .map(|width| widths.iter().filter(|other| *other == width).count() * (*width - 1).min(1))
            .max();
        (if known > 1 { known } else { 0 }, reached, even.unwrap_or(0), widths.iter().max().copied())
    };
    // The first of equals wins, so that a sheet with one column counts as separated by commas.
    DELIMITERS.iter().rev().max_by_key(|delimiter| score(delimiter)).copied().unwrap_or(',')
}

fn rows(text: &str, delimiter: char, skipped: u64, limit: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let (mut rest, mut line) = (text, skipped.saturating_add(1));
    let width =
        text.lines().map(|line| line.matches(delimiter).count()).find(|count| *count > 0).unwrap_or(0) + 1;
    // A quote that is never closed swallows all that follows, or all up to the next quote. Then its line is read
    // without quotes and reading goes on after it.
    while !rest.is_empty() && rows.len() < limit {
        let (mut read, open) = quoted_rows(rest, (delimiter, width), line, limit - rows.len());
        rows.append(&mut read);
        let Some(open) = open else { break };
        let (broken, after) = split_line(rest.get(open.start..).unwrap_or_default());
        let cells = broken.split(delimiter).map(|cell| cell.trim_matches('"').to_owned()).collect();
        rows.push(Row { line: open.line, cells, has_open_quote: true });
        (rest, line) = (after, open.line.saturating_add(1));
    }
    rows.retain(|row| row.cells.iter().any(|cell| !cell.trim().is_empty()));
    rows
}

/// Where a row begins whose quote is never closed.
struct Open {
    start: usize,
    line: u64,
}

fn quoted_rows(
    text: &str,
    (delimiter, width): (char, usize),
    line: u64,
    limit: usize,
) -> (Vec<Row>, Option<Open>) {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    let (mut start, mut counted, mut lines) = (0_usize, 0_usize, line);
    while rows.len() < limit && matches!(reader.read_record(&mut record), Ok(true)) {
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        // The reader's place may lie before line ends that belong to no row.
        let piece = text.get(start..end).unwrap_or_default();
        let blank = piece.len() - piece.trim_start_matches(['\r', '\n']).len();
        let begin = start.saturating_add(blank);
        lines = lines.saturating_add(count_lines(text.get(counted..begin).unwrap_or_default()));
        counted = begin;
        let quotes = quotes(piece, delimiter);
        let is_open = end >= text.len() && quotes == Quotes::Open;
        if is_open || (quotes == Quotes::Torn && swallows(piece, delimiter, width)) {
            return (rows, Some(Open { start: begin, line: lines }));
        }
        rows.push(Row {
            line: lines,
            cells: record.iter().map(str::to_owned).collect(),
            has_open_quote: false,
        });
        start = end;
    }
    (rows, None)
}

/// How the quotes of a row end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    /// As they should.
    Closed,
    /// The last cell is within quotes when the row ends.
    Open,
    /// A cell of several lines ends at a quote with text behind it: that one opens another cell.
    Torn,
}

fn quotes(row: &str, delimiter: char) -> Quotes {
    let (mut is_quoted, mut is_cell_start, mut has_lines, mut is_torn) = (false, true, false, false);
    let is_end = |letter: char| letter == delimiter || letter == '\n' || letter == '\r';
    let mut letters = row.chars().peekable();
    while let Some(letter) = letters.next() {
        if is_quoted {
            has_lines |= letter == '\n' || letter == '\r';
            if letter == '"' && letters.next_if_eq(&'"').is_none() {
                is_quoted = false;
                is_torn |= has_lines && letters.peek().is_some_and(|next| !is_end(*next));
            }
            is_cell_start = false;
        } else {
            is_quoted = letter == '"' && is_cell_start;
            has_lines &= !is_quoted;
            is_cell_start = is_end(letter);
        }
    }
    match (is_quoted, is_torn) {
        (true, _) => Quotes::Open,
        (false, true) => Quotes::Torn,
        (false, false) => Quotes::Closed,
    }
}

/// Whether a row goes over several lines each of which looks like a row of its own.
fn swallows(row: &str, delimiter: char, width: usize) -> bool {
    let mut more =
        row.trim_end_matches(['\n', '\r']).split(['\n', '\r']).skip(1).filter(|line| !line.is_empty());
    let is_row = |line: &str| line.matches(delimiter).count() + 1 >= width;
    width > 1 && more.next().is_some_and(is_row) && more.all(is_row)
}

fn split_line(text: &str) -> (&str, &str) {
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    (line, rest.strip_prefix("\r\n").or_else(|| rest.get(1..)).unwrap_or_default())
}

fn count_lines(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let ends = bytes.iter().enumerate().filter(|(place, byte)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(place.saturating_add(1)) != Some(&b'\n'),
        _ => false,
    });
    u64::try_from(ends.count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (char, Vec<(u64, Vec<String>)>) {
        let sheet = Sheet::read(text, None);
        (sheet.delimiter, sheet.rows.into_iter().map(|row| (row.line, row.cells)).collect())
    }

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn delimiters_are_found() {
        assert_eq!(read("Name;Telefon\nA, B;1\nC;2").0, ';');
        assert_eq!(read("Name\tPhone\nA, B\t1, 2").0, '\t');
        assert_eq!(read("x|y|z\na|b|c\nd, e|f|g").0, '|');
        assert_eq!(read("Ana\nBen").0, ',');
        assert_eq!(read("Ana, 1\nBen, 2").0, ',');
        assert_eq!(
            read("sep=|\nName|Phone\nA|1"),
            ('|', vec![(2, cells(&["Name", "Phone"])), (3, cells(&["A", "1"]))])
        );
    }

    #[test]
    fn rows_have_their_lines() {
        let text = "a,\"b\r\nc\",d\r\n\r\n,,\r\ne,f\rg\n\n\"h\"\"i\",j";
        let expected = [
            (1, cells(&["a", "b\r\nc", "d"])),
            (5, cells(&["e", "f"])),
            (6, cells(&["g"])),
            (8, cells(&["h\"i", "j"])),
        ];
        assert_eq!(read(text), (',', expected.to_vec()));
    }

    #[test]
    fn an_open_quote_costs_one_row() {
        let sheet = Sheet::read("a,b\n\"c,d\ne,f\n\"g\",h\n", None);
        let rows: Vec<_> = sheet.rows.iter().map(|r| (r.line, r.cells.clone(), r.has_open_quote)).collect();
        let expected = [
            (1, cells(&["a", "b"]), false),
            (2, cells(&["c", "d"]), true),
            (3, cells(&["e", "f"]), false),
            (4, cells(&["g", "h"]), false),
        ];
        assert_eq!(rows, expected);
        let simple = Sheet::read("a,b\n\"c,d\ne,f\n", None);
        let rows: Vec<_> = simple.rows.iter().map(|r| (r.line, r.cells.clone(), r.has_open_quote)).collect();
        assert_eq!(rows, expected[..3]);
    }

    #[test]
    fn a_quote_that_swallows_rows_up_to_the_next_one_is_open() {
        let lines = |text: &str| -> Vec<_> {
            Sheet::read(text, Some(',')).rows.iter().map(|row| (row.line, row.has_open_quote)).collect()
        };
        let plain = |lines: &[u64]| lines.iter().map(|line| (*line, false)).collect::<Vec<_>>();
        assert_eq!(
            lines("n,p,x\n\"a,1,\nb,2,\nc,3,\"d, e\"\nf,4,\n"),
            [(1, false), (2, true), (3, false), (4, false), (5, false)]
        );
        // Notes of several lines are no rows, whatever stands in them.
        assert_eq!(lines("n,x\na,\"y, z\nu, v\"\nb,\"\"\n"), plain(&[1, 2, 4]));
        assert_eq!(lines("n,p,x\na,1,\"y, z\nsaid \"\"u\"\", v, w\"\nb,2,\n"), plain(&[1, 2, 4]));
        assert_eq!(lines("n,p,x\na,1,\"y\nsaid \"u\" again\"\nb,2,\n"), plain(&[1, 2, 4]));
    }
}
