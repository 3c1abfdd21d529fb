//! Words for people: texts made safe to print, stretches of time, and numbers of things.

/// A text of somebody else without what would move the cursor, change colors or turn the writing direction around.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if moves(c) { ' ' } else { c }).collect()
}

fn moves(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// A text without what may be the secret of an invitation, a start link or a token: long runs of base64url.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut clean = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
            run.push(c);
            continue;
        }
        clean.push_str(if run.len() >= LONGEST_WORD { "…" } else { &run });
        clean.push(c);
        run.clear();
    }
    clean.pop();
    clean
}

/// How long ago something was, roughly, as in "5 minutes ago".
pub(crate) fn ago(millis: u64) -> String {
    let minutes = millis / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{} ago", count(minutes, "minute")),
        60..1440 => format!("{} ago", count(minutes / 60, "hour")),
        _ => format!("{} ago", count(minutes / 1440, "day")),
    }
}

/// As in "1 change", "2 changes".
pub(crate) fn count(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// No option or command is as long; a token has 64 characters, a link more.
const LONGEST_WORD: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_paint_the_terminal() {
        assert_eq!(plain("Ana\u{1b}[31m\r\nB\u{202e}en"), "Ana [31m  B en");
        assert_eq!(plain("Trần Thị Bình ❤"), "Trần Thị Bình ❤");
    }

    #[test]
    fn secrets_are_left_out() {
        let secret = "s".repeat(64);
        assert_eq!(
            without_secrets(&format!("unexpected 'http://a/#/join/{secret}'")),
            "unexpected 'http://a/#/join/…'"
        );
        assert_eq!(without_secrets("unexpected argument '--colour'"), "unexpected argument '--colour'");
    }

    #[test]
    fn times_are_rough() {
        let minute = 60_000;
        let told = [0, minute, 59 * minute, 60 * minute, 48 * 60 * minute].map(ago);
        assert_eq!(told, ["just now", "1 minute ago", "59 minutes ago", "1 hour ago", "2 days ago"]);
    }
}
