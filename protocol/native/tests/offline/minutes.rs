//! Notes, decisions, duplicates and the phone tree, without a network.

use std::fs;

use crate::device::Device;

#[test]
fn minutes_are_taken_and_things_decided_without_a_network() {
    let device = Device::founded();
    let added = device.json(&["notes", "add", "May meeting", "--date", "2026-05-02", "--meeting"]);
    assert!(added["text"].as_str().unwrap().starts_with("## Agenda\n- "));
    let file = device.home.join("../minutes.md");
    fs::write(&file, "## Agenda\n- [x] welcome\n- [ ] keys @[Ana Ruiz] due:2026-05-09\n").unwrap();
    let file = file.to_str().unwrap();
    let edited = device.json(&["notes", "edit", "may meeting", "--text", file, "--place", "library"]);
    assert_eq!(edited["lines"][2]["task"]["owner"], "Ana Ruiz");
    let tasks = device.json(&["notes", "tasks"]);
    assert_eq!((tasks["tasks"].as_array().unwrap().len(), &tasks["tasks"][0]["what"]), (1, &"keys".into()));
    let list = device.json(&["notes", "list"]);
    assert_eq!((&list["notes"][0]["title"], &list["notes"][0]["open"]), (&"May meeting".into(), &1.into()));
    let exported = device.json(&["notes", "export", "May meeting"]);
    let expected = "# May meeting\n\n2026-05-02, library\n\n## Agenda\n- [x] welcome\n";
    assert!(exported["markdown"].as_str().unwrap().starts_with(expected), "{exported}");
    let history = device.json(&["notes", "history", "May meeting"]);
    let version = history["spans"][0]["version"].as_str().unwrap();
    assert_eq!(history["spans"][0]["author"], "Rosa");
    let restored = device.json(&["notes", "restore", "May meeting", &version[..12]]);
    assert_eq!(restored["text"], edited["text"]);
    device.json(&["notes", "remove", "May meeting"]);
    let id = added["id"].as_str().unwrap();
    assert_eq!(device.json(&["notes", "keep", id])["presence"]["is"], "here");

    device.json(&["decisions", "add", "Paint the shed", "--quorum", "50%", "--hours", "24"]);
    let voted = device.json(&["decisions", "vote", "paint the shed", "agree"]);
    assert_eq!((&voted["votes"][0]["standing"], &voted["stage"]), (&"waiting".into(), &"open".into()));
    let shown = device.json(&["decisions", "show", "Paint the shed"]);
    assert_eq!(shown["votes"][0]["name"], "Rosa");
    let refused = device.run(&["decisions", "vote", "Paint the shed", "block"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("whoever blocks says why"));
    device.json(&["decisions", "close", "Paint the shed"]);
    assert_eq!(device.json(&["decisions", "list"])["decisions"][0]["title"], "Paint the shed");

    for name in ["Dana Kim", "D. Kim"] {
        device.json(&["contacts", "add", "--name", name, "--phone", "(202) 555-0181"]);
    }
    device.json(&["contacts", "edit", "D. Kim", "--note", "night shifts"]);
    let found = device.json(&["contacts", "duplicates"]);
    assert_eq!(found["duplicates"][0]["number"], "+12025550181");
    let merged = device.json(&["contacts", "merge", "Dana Kim", "D. Kim", "--take", "note"]);
    assert_eq!(merged["contact"]["details"]["note"], "night shifts");
    assert!(device.json(&["contacts", "duplicates"])["duplicates"].as_array().unwrap().is_empty());
    // A couple shares a number: said once, it is not asked again.
    device.json(&["contacts", "add", "--name", "Lou Kim", "--phone", "(202) 555-0181"]);
    assert_eq!(device.json(&["contacts", "duplicates"])["duplicates"].as_array().unwrap().len(), 1);
    let left = device.json(&["contacts", "apart", "Dana Kim", "Lou Kim"]);
    assert!(left["duplicates"].as_array().unwrap().is_empty());
    assert!(device.json(&["contacts", "duplicates"])["duplicates"].as_array().unwrap().is_empty());
    assert!(!device.run(&["contacts", "apart", "Lou Kim", "Lou Kim"]).status.success());
    device.json(&["contacts", "remove", "Lou Kim"]);
    device.json(&["contacts", "add", "--name", "Mr. Osei", "--phone", "+1 202 555 0195"]);
    let tree = ["contacts", "tree", "--from", "Dana Kim", "--mark", "Mr. Osei", "--state", "reached"];
    let tree = device.json(&tree);
    assert_eq!(tree["branches"][0]["name"], "Dana Kim");
    assert_eq!(
        (&tree["branches"][1]["name"], &tree["branches"][1]["state"]),
        (&"Mr. Osei".into(), &"reached".into())
    );
}
