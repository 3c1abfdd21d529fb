//! What the specification says is compared with the golden vectors, the codes and the limits.

use std::collections::BTreeMap;

use porchlight_wire::frame::Code;

use crate::cddl::Rules;

const SPECIFICATION: &str = include_str!("../../../README.md");
const VECTORS: &str = include_str!("../../vectors/protocol.json");

/// Vectors that are CBOR, by section and the beginning of their name, with the rule they follow.
const STRUCTURES: [(&str, &str, &str); 30] = [
    ("roster", "found", "signed-change"),
    ("roster", "invite", "signed-change"),
    ("roster", "join", "signed-change"),
    ("roster", "close invite, not applied", "signed-change"),
    ("entry", "content", "payload"),
    ("entry", "sealed entry", "sealed-entry"),
    ("log", "signed head", "signed-head"),
    ("by hand", "greeting", "greeting"),
    ("by hand", "bundle, after its mark", "bundle"),
    ("frames of a device", "", "client-frame"),
    ("frames of a server", "", "server-frame"),
    ("roster, further changes", "", "signed-change"),
    ("further frames of a device", "", "client-frame"),
    ("further frames of a server", "", "server-frame"),
    ("further key box", "", "sealed-key"),
    ("words", "list", "list"),
    ("words", "recovery words, added", "signed-change"),
    ("snapshot", "whole document", "whole-document"),
    ("snapshot", "part of the document", "part"),
    ("snapshot", "forgotten", "forgotten"),
    ("snapshot", "index", "index"),
    ("snapshot", "part of the index", "part"),
    ("snapshot", "sealed in a forget", "part"),
    ("snapshot", "manifest", "manifest"),
    ("snapshot", "offer", "signed-statement"),
    ("snapshot", "endorse", "signed-statement"),
    ("snapshot", "object", "signed-statement"),
    ("snapshot", "forget", "signed-statement"),
    ("frames of a device about snapshots", "", "client-frame"),
    ("frames of a server about snapshots", "", "server-frame"),
];

type Vectors = BTreeMap<String, BTreeMap<String, String>>;

fn rules() -> Rules {
    let blocks = SPECIFICATION.split("```cddl\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let text: Vec<&str> = blocks.collect();
    assert!(!text.is_empty(), "the specification has no CDDL");
    Rules::read(&text.join("\n")).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The vectors that a rule describes: exact names, or whole sections.
fn described() -> Vec<(&'static str, String, Vec<u8>)> {
    let vectors: Vectors = serde_json::from_str(VECTORS).unwrap();
    let mut described = Vec::new();
    for (section, wanted, rule) in STRUCTURES {
        for (name, value) in &vectors[section] {
            let raw = name.ends_with("hash")
                || name.ends_with(" id")
                || name.ends_with(", raw")
                || name == "entry carried";
            if !raw && (wanted.is_empty() || name == wanted) {
                described.push((rule, format!("{section}, {name}"), hex(value)));
            }
        }
    }
    described
}

#[test]
fn the_cddl_of_the_specification_describes_every_golden_vector() {
    let rules = rules();
    assert_eq!(rules.undefined(), Vec::<String>::new());
    let described = described();
    assert!(described.len() >= 24, "{}", described.len());
    for (rule, name, bytes) in described {
        assert_eq!(rules.check(rule, &bytes), Ok(()), "{name} is not a {rule}");
    }
}

#[test]
fn the_cddl_would_notice_another_structure() {
    let rules = rules();
    for (rule, name, bytes) in described() {
        let other = if rule == "signed-head" { "signed-change" } else { "signed-head" };
        assert!(rules.check(other, &bytes).is_err(), "{name} is not a {other}");
        assert!(rules.check(rule, &bytes[..bytes.len() - 1]).is_err(), "{name}, cut off");
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(rules.check(rule, &longer).is_err(), "{name}, with something behind it");
    }
}

#[test]
fn every_frame_kind_of_the_program_is_in_the_specification() {
    let rules = rules();
    let described = described();
    let kinds = [("client-frame", 1..=13_u8), ("client-frame", 15..=21), ("server-frame", 64..=84)];
    for (kind, rule) in kinds {
        for number in rule {
            // A frame is [ kind, [ body ] ]; small kinds are one byte, others two.
            let head = if number < 24 { vec![0x82, number] } else { vec![0x82, 0x18, number] };
            let found = described.iter().any(|(of, _, bytes)| *of == kind && bytes.starts_with(&head));
            assert!(found, "there is no golden vector of frame {number}");
        }
        assert!(rules.has(kind));
    }
}

#[test]
fn every_code_is_in_the_specification_with_what_a_client_should_do() {
    for (code, name) in Code::ALL {
        let row = format!("| {} | {name} |", code.0);
        let found = SPECIFICATION.lines().find(|line| line.starts_with(&row));
        let advice = found.and_then(|line| line.split('|').nth(4)).unwrap_or_default();
        assert!(advice.trim().len() > 8, "the specification has no row '{row} meaning | what to do |'");
    }
}

#[test]
fn every_limit_is_in_the_specification() {
    let limits = include_str!("../../src/limits.rs");
    let names = limits.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    for name in names {
        assert!(SPECIFICATION.contains(&format!("`{name}`")), "the specification does not name {name}");
    }
}
