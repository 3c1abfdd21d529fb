//! Reads the bytes of a change just far enough to know that Automerge can unfold it: it stops the whole program at an
//! actor that is not listed or an action that it does not know, and unfolds a few bytes into billions of operations if
//! they say so.
//!
//! ```text
//! magic 4 | checksum 4 | type 1 | length | count, 32-byte hashes | actor | sequence | start | time | message
//! | count, other actors | count, (column, length)… | columns | rest
//! ```
//!
//! Numbers are LEB128. See <https://automerge.org/automerge-binary-format-spec/>.

/// Columns by their specification: what they are about, and how they are written.
mod column {
    pub(super) const OBJECT_ACTOR: u64 = 0x01;
    pub(super) const OBJECT_COUNTER: u64 = 0x02;
    pub(super) const KEY_ACTOR: u64 = 0x11;
    pub(super) const KEY_COUNTER: u64 = 0x13;
    pub(super) const KEY_TEXT: u64 = 0x15;
    pub(super) const INSERT: u64 = 0x34;
    pub(super) const ACTION: u64 = 0x42;
    pub(super) const VALUE_META: u64 = 0x56;
    pub(super) const VALUE: u64 = 0x57;
    pub(super) const PRED_COUNT: u64 = 0x70;
    pub(super) const PRED_ACTOR: u64 = 0x71;
    pub(super) const PRED_COUNTER: u64 = 0x73;
    pub(super) const EXPAND: u64 = 0x94;
}

/// More operations than the largest import makes in one edit, and few enough to unfold in a moment.
const MOST_OPERATIONS: u64 = 500_000;

/// Making a map, putting a value, deleting, making a running text.
const ACTIONS: [u64; 4] = [0, 1, 3, 4];

/// Whether the bytes are a change that holds only what documents here hold: maps, running texts and plain values, by
/// listed actors.
pub(crate) fn are_plain(bytes: &[u8]) -> bool {
    check(bytes).is_some()
}

fn check(bytes: &[u8]) -> Option<()> {
    let mut reader = Reader(bytes.get(9..)?);
    reader.unsigned()?;
    let count = reader.unsigned()?;
    reader.take(count.checked_mul(32)?)?;
    reader.piece()?;
    reader.unsigned()?;
    reader.unsigned()?;
    reader.signed()?;
    reader.piece()?;
    let others = reader.unsigned()?;
    for _ in 0..others {
        reader.piece()?;
    }
    let actors = others.checked_add(1)?;
    let count = reader.unsigned()?;
    let mut columns = Vec::new();
    for _ in 0..count {
        columns.push((reader.unsigned()?, reader.unsigned()?));
    }
    for (column, length) in columns {
        let data = Reader(reader.take(length)?);
        let count = match column {
            column::OBJECT_ACTOR | column::KEY_ACTOR | column::PRED_ACTOR => {
                data.runs(|reader| reader.unsigned().filter(|a| *a < actors))?
            }
            column::ACTION => {
                data.runs(|reader| reader.unsigned().filter(|action| ACTIONS.contains(action)))?
            }
            // Here each value is itself a count: of what an operation replaces.
            column::PRED_COUNT => data.runs(Reader::unsigned)?,
            column::OBJECT_COUNTER | column::KEY_COUNTER | column::VALUE_META | column::PRED_COUNTER => {
                data.runs(Reader::unsigned)?
            }
            column::KEY_TEXT => data.runs(|reader| reader.piece().map(|_| 0))?,
            column::INSERT | column::EXPAND => data.switches()?,
            column::VALUE => Count::default(),
            _ => return None,
        };
        let sum = if column == column::PRED_COUNT { count.sum } else { 0 };
        if count.values > MOST_OPERATIONS || sum > MOST_OPERATIONS {
            return None;
        }
    }
    Some(())
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    fn piece(&mut self) -> Option<&'a [u8]> {
        let length = self.unsigned()?;
        self.take(length)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let (number, _) = self.number()?;
        Some(number)
    }

    fn signed(&mut self) -> Option<i64> {
        let (number, bits) = self.number()?;
        let shift = 64_u32.saturating_sub(bits);
        Some((number << shift).cast_signed() >> shift)
    }

    /// A number and how many bits of it were written.
    fn number(&mut self) -> Option<(u64, u32)> {
        let mut number = 0;
        for place in 0..10_u32 {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f).checked_shl(place * 7)?;
            if byte & 0x80 == 0 {
                return Some((number, (place + 1) * 7));
            }
        }
        None
    }

    /// Counts the values of a column, read one by one. They stand in runs: a count and one value, a negative count and
    /// that many values, or zero and a count of gaps.
    fn runs(mut self, mut read: impl FnMut(&mut Self) -> Option<u64>) -> Option<Count> {
        let mut count = Count::default();
        while !self.0.is_empty() {
            match self.signed()? {
                0 => count.add(self.unsigned()?, 0),
                run @ 1.. => count.add(run.unsigned_abs(), read(&mut self)?),
                run => {
                    for _ in 0..run.unsigned_abs() {
                        count.add(1, read(&mut self)?);
                    }
                }
            }
        }
        Some(count)
    }

    /// Counts the values of a column of yes and no: the lengths of runs of either in turn.
    fn switches(mut self) -> Option<Count> {
        let mut count = Count::default();
        while !self.0.is_empty() {
            count.add(self.unsigned()?, 0);
        }
        Some(count)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    values: u64,
    sum: u64,
}

impl Count {
    fn add(&mut self, times: u64, value: u64) {
        self.values = self.values.saturating_add(times);
        self.sum = self.sum.saturating_add(times.saturating_mul(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read() {
        assert_eq!(Reader(&[0xe5, 0x8e, 0x26]).unsigned(), Some(624_485));
        assert_eq!(Reader(&[0xc0, 0xbb, 0x78]).signed(), Some(-123_456));
        assert_eq!(Reader(&[0x7f]).signed(), Some(-1));
        assert_eq!(Reader(&[0x80; 11]).unsigned(), None);
        assert_eq!(Reader(&[0x80]).unsigned(), None);
    }

    #[test]
    fn runs_are_counted() {
        // Three times 1; then 2 and 4; then five gaps.
        let column = [3, 1, 0x7e, 2, 4, 0, 5];
        assert_eq!(Reader(&column).runs(Reader::unsigned), Some(Count { values: 10, sum: 9 }));
        assert_eq!(Reader(&column).runs(|reader| reader.unsigned().filter(|value| *value < 4)), None);
        assert_eq!(Reader(&column[..4]).runs(Reader::unsigned), None);
        assert_eq!(Reader(&[4, 1, 3]).switches(), Some(Count { values: 8, sum: 0 }));
        assert!(!are_plain(b""));
    }

    #[test]
    fn a_few_bytes_that_say_billions_are_refused() {
        let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
        let change = |column: u8, data: &[u8]| {
            let mut bytes = vec![0; 9];
            bytes.extend([0, 0, 0, 1, 1, 0, 0, 0, 1, column, u8::try_from(data.len()).unwrap()]);
            bytes.extend(data);
            bytes
        };
        assert!(are_plain(&change(0x42, &[3, 1])));
        assert!(!are_plain(&change(0x42, &[3, 2])), "a list");
        assert!(!are_plain(&change(0x42, &[&huge[..], &[1]].concat())));
        assert!(!are_plain(&change(0x70, &[&[1], &huge[..]].concat())));
        assert!(!are_plain(&change(0x34, &huge)));
        assert!(!are_plain(&change(0x01, &[1, 1])), "an actor that is not listed");
        assert!(!are_plain(&change(0x11, &[1, 1])), "a place by an actor that is not listed");
        assert!(!are_plain(&change(0x61, &[1, 1])), "a column that Automerge does not have");
    }
}
