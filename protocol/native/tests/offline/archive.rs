//! The archive of a group, the JSON of one document, and the list as a whole, without a network.

use std::fs;

use crate::device::Device;

fn filled() -> Device {
    let device = Device::founded();
    device.json(&["contacts", "add", "--name", "Dana Kim", "--phone", "(202) 555-0181", "--no-device"]);
    device.json(&["contacts", "add", "--name", "Mr. Osei", "--phone", "mobile:+1 202 555 0195"]);
    device.json(&["notes", "add", "May meeting", "--date", "2026-05-02", "--meeting"]);
    device.json(&["decisions", "add", "Paint the shed"]);
    device
}

#[test]
fn an_archive_goes_out_comes_in_without_a_change_and_fills_an_empty_group() {
    let device = filled();
    let (one, two) = (device.path("one.zip"), device.path("two.zip"));
    assert!(device.text(&["archive", "export", &one]).contains("keep it safe"));
    device.json(&["archive", "export", &two]);
    assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
    let looked = device.json(&["archive", "import", &one, "--preview"]);
    let taken = device.json(&["archive", "import", &one]);
    for report in [&looked, &taken] {
        assert_eq!(report["changes"], 0, "{report}");
        assert_eq!(report["report"]["totals"]["badFiles"], 0, "{report}");
    }
    let other = Device::founded();
    let looked = other.json(&["archive", "import", &one, "--preview"]);
    assert_eq!(other.names(&[]), [""; 0], "a preview writes nothing");
    let taken = other.json(&["archive", "import", &one]);
    assert_eq!(looked["report"], taken["report"]);
    assert_eq!(taken["report"]["totals"]["added"], 4, "{taken}");
    assert_eq!(other.names(&[]), ["Dana Kim", "Mr. Osei"]);
    assert_eq!(other.json(&["notes", "list"])["notes"][0]["title"], "May meeting");
    assert_eq!(other.json(&["decisions", "list"])["decisions"][0]["title"], "Paint the shed");
    let text = other.text(&["archive", "import", &one]);
    assert!(text.contains("unchanged"), "{text}");

    let cut = fs::read(&one).unwrap();
    let file = device.file("cut.zip", &cut[..cut.len() / 2]);
    let report = Device::founded().json(&["archive", "import", &file]);
    assert_eq!(report["report"]["isCut"], true);
    for (name, bytes) in [("page.zip", &b"<html>"[..]), ("old.zip", b"PK")] {
        let (line, code) = device.refused(&["archive", "import", &device.file(name, bytes)]);
        assert!(line.contains(name) && line.contains("no archive"), "{line}");
        assert_eq!(code, 1);
    }
}

#[test]
fn one_document_goes_out_as_json_and_comes_back() {
    let device = filled();
    let note = device.json(&["notes", "list"])["notes"][0]["id"].as_str().unwrap().to_owned();
    let decision = device.json(&["decisions", "list"])["decisions"][0]["id"].as_str().unwrap().to_owned();
    let other = Device::founded();
    for name in ["contacts".to_owned(), format!("note/{note}"), format!("decision/{decision}")] {
        let file = device.path("one.json");
        device.json(&["archive", "export", &file, "--document", &name]);
        let here = device.json(&["archive", "import", &file]);
        assert_eq!(here["changes"], 0, "{name}: {here}");
        let there = other.json(&["archive", "import", &file]);
        assert!(there["changes"].as_u64().unwrap() > 0, "{name}: {there}");
    }
    assert_eq!(other.names(&[]), ["Dana Kim", "Mr. Osei"]);
    let file = device.file("broken.json", b"{\n \"format\": \"porchlight/document\",,");
    let report = device.json(&["archive", "import", &file]);
    let why = report["report"]["files"][0]["why"].as_str().unwrap();
    assert!(why.contains("line 2, letter 34"), "{why}");
    let (line, _) = device.refused(&["archive", "export", &file, "--document", "shoes"]);
    assert!(line.contains("no document 'shoes'"), "{line}");

    let book = device.path("book.json");
    device.json(&["contacts", "export", "--format", "json", "-o", &book]);
    let report = device.json(&["contacts", "import", &book]);
    assert_eq!(report["report"]["totals"]["unchanged"], 2, "{report}");
    let text = fs::read_to_string(&book).unwrap().replace("Mr. Osei", "Kofi Osei");
    let report = device.json(&["contacts", "import", &device.file("edited.json", text.as_bytes())]);
    assert_eq!(report["report"]["totals"]["updated"], 1, "{report}");
}

#[test]
fn markdown_comes_in_as_a_note_and_minutes_are_kept_by_command() {
    let device = filled();
    let file = device.file("Street walk.md", b"We walked.\r\n\r\n- [ ] lamp at 5th @Ben due:2026-06-01\r\n");
    let looked = device.json(&["notes", "import", &file, "--preview"]);
    assert_eq!((&looked["was"], &looked["id"]), (&"added".into(), &serde_json::Value::Null));
    let taken = device.json(&["notes", "import", &file]);
    assert_eq!(taken["name"], "Street walk");
    assert_eq!(device.json(&["notes", "import", &file])["was"], "unchanged");
    assert_eq!(device.json(&["notes", "tasks"])["tasks"][0]["what"], "lamp at 5th");
    device.json(&["notes", "attend", "Street walk", "Mr. Osei", "--state", "late"]);
    let decision = device.json(&["decisions", "list"])["decisions"][0]["id"].as_str().unwrap().to_owned();
    device.json(&["notes", "link", "Street walk", &decision[..6]]);
    let ticked = device.json(&["notes", "tick", "Street walk", "LAMP at 5th"]);
    assert_eq!(ticked["lines"][2]["task"]["done"], true);
    let exported = device.json(&["notes", "export", "Street walk"])["markdown"].as_str().unwrap().to_owned();
    assert!(exported.contains("Present: Mr. Osei (late)\n") && exported.contains("- Paint the shed: Open"));
    let again = device.file("again.md", exported.as_bytes());
    assert_eq!(device.json(&["notes", "import", &again])["was"], "unchanged", "{exported}");
    let history = device.json(&["notes", "history", "Street walk"]);
    let version = history["spans"][0]["version"].as_str().unwrap().to_owned();
    device.json(&["notes", "edit", "Street walk", "--text", &device.file("new.md", b"We walked far.\n")]);
    let compared = device.json(&["notes", "compare", "Street walk", &version[..12]]);
    assert_eq!(
        (&compared["lines"][0]["after"], &compared["authors"][0][0]),
        (&"We walked far.".into(), &"Rosa".into())
    );
    let shown = device.json(&["notes", "attend", "Street walk", "mr. osei", "--drop"]);
    assert_eq!(shown["attendance"].as_array().unwrap().len(), 0);
}
