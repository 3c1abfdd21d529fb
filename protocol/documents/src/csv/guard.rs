//! Keeps spreadsheets from running a cell as a formula or dropping its digits, and undoes that exactly.

/// A cell that a spreadsheet shows as text. An apostrophe is put before what would be run or shortened, and before
/// what would lose an apostrophe of its own on the way back.
pub(super) fn guarded(cell: &str) -> String {
    let is_safe = is_grouped(cell) || !is_at_risk(cell.trim_start_matches('\''));
    if is_safe { cell.to_owned() } else { format!("'{cell}") }
}

/// A phone number with its country and blanks: shown in full as it is, and no formula.
fn is_grouped(cell: &str) -> bool {
    cell.strip_prefix('+').is_some_and(|rest| {
        rest.starts_with(|letter: char| letter.is_ascii_digit())
            && rest.contains(' ')
            && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ')
    })
}

/// Takes the apostrophe away again, ours or another program's, or the formula `="…"` by which others keep digits.
pub(super) fn unguarded(cell: &str) -> &str {
    let kept = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    if let Some(kept) = kept.filter(|kept| !kept.contains('"')) {
        return kept;
    }
    match cell.strip_prefix('\'') {
        Some(rest) if is_at_risk(rest.trim_start_matches('\'')) => rest,
        _ => cell,
    }
}

fn is_at_risk(text: &str) -> bool {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_formula || (is_number && ((text.starts_with('0') && text.len() > 1) || text.len() > 11))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_were() {
        for cell in [
            "=1+1",
            "+44",
            "-1",
            "@x",
            "\tx",
            "'=x",
            "''@",
            "'",
            "''",
            "o'x",
            "'tis",
            "007",
            "'007",
            "7",
            "0",
            "123456789012",
            "",
            "＝x",
        ] {
            let safe = guarded(cell);
            assert!(!safe.starts_with(['=', '+', '-', '@', '\t', '\r']), "{safe}");
            assert_eq!(unguarded(&safe), cell);
        }
        assert_eq!(guarded("'tis"), "'tis");
        assert_eq!(unguarded("'+44 20 7946 0019"), "+44 20 7946 0019");
    }
}
