//! The words that tell what a number or address is for, and the TYPE parameters that cards write for them.

/// A label and whether to use this one first, from TYPE parameters and the label that Apple's address book adds.
pub(super) fn read<'a>(types: impl Iterator<Item = &'a str>, custom: Option<&str>) -> (String, bool) {
    let (mut place, mut kind, mut is_preferred) = ("", "", false);
    let mut other = String::new();
    for word in types {
        match word.to_ascii_lowercase().as_str() {
            "pref" => is_preferred = true,
            "home" => place = "home",
            "work" => place = "work",
            "cell" | "mobile" | "iphone" | "car" => kind = "mobile",
            "fax" | "facsimile" => kind = "fax",
            "pager" => kind = "pager",
            "main" => kind = "main",
            "voice" | "msg" | "text" | "textphone" | "video" | "internet" | "x400" | "dom" | "intl"
            | "postal" | "parcel" | "other" | "uri" | "utf-8" | "" => {}
            word => other = word.trim_start_matches("x-").to_owned(),
        }
    }
    let custom = custom.map(plain).filter(|custom| !custom.is_empty());
    let label = match custom {
        Some(custom) => custom,
        None => [place, kind].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "),
    };
    (if label.is_empty() { other } else { label }, is_preferred)
}

/// The TYPE words for a label, if cards have words for it.
pub(super) fn types(label: &str) -> Option<Vec<&'static str>> {
    label
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| match word {
            "home" => Some("home"),
            "work" => Some("work"),
            "mobile" => Some("cell"),
            "fax" => Some("fax"),
            "pager" => Some("pager"),
            "main" => Some("main"),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()
        .filter(|types| read(types.iter().copied(), None).0 == label)
}

/// Apple writes its own labels as `_$!<Mobile>!$_`.
fn plain(label: &str) -> String {
    let label = label.trim();
    match label.strip_prefix("_$!<").and_then(|label| label.strip_suffix(">!$_")) {
        Some(own) => match own.to_lowercase().as_str() {
            "homefax" => "home fax".to_owned(),
            "workfax" => "work fax".to_owned(),
            "homepage" | "other" => String::new(),
            own => own.to_owned(),
        },
        None => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_go_out_and_come_back() {
        for label in ["", "home", "work", "mobile", "work mobile", "home fax", "pager", "main"] {
            let types = types(label).unwrap();
            assert_eq!(read(types.into_iter(), None), (label.to_owned(), false));
        }
        for label in ["Grandma's", "mobile work", "home home", "cell"] {
            assert_eq!(types(label), None, "{label}");
        }
        assert_eq!(read(["CELL", "VOICE", "pref"].into_iter(), None), ("mobile".to_owned(), true));
        assert_eq!(read(["x-shop"].into_iter(), None), ("shop".to_owned(), false));
        assert_eq!(read(["home"].into_iter(), Some("_$!<Mobile>!$_")).0, "mobile");
        assert_eq!(read([].into_iter(), Some("Bell tower")).0, "Bell tower");
    }
}
