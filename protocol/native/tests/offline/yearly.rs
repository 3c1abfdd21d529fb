//! Whether what is said about people is still right, and forgetting them for good, without a network.

use std::fs;

use crate::device::Device;

#[test]
fn people_are_asked_once_a_year_and_forgotten_for_good() {
    let device = Device::founded();
    device.json(&["contacts", "add", "--name", "Dana Kim", "--phone", "(202) 555-0181", "--no-device"]);
    device.json(&["contacts", "add", "--name", "Mr. Osei", "--phone", "mobile:+1 202 555 0195"]);
    device.json(&["contacts", "edit", "Dana Kim", "--confirmed", "2020-05-02"]);
    let names = |device: &Device| {
        let due = device.json(&["contacts", "due"]);
        let due = due["due"].as_array().unwrap().iter();
        due.map(|due| due["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&device), ["Mr. Osei", "Dana Kim"], "whoever never said so comes first");
    assert_eq!(device.json(&["contacts", "confirm", "mr. osei"])["confirmed"].as_array().unwrap().len(), 1);
    assert_eq!(names(&device), ["Dana Kim"]);
    device.json(&["contacts", "confirm", "--all"]);
    assert_eq!(names(&device), [""; 0]);
    assert_eq!(device.names(&["--no-device"]), ["Dana Kim"]);

    device.json(&["contacts", "add", "--name", "D. Kim", "--phone", "202 555 0181"]);
    device.json(&["contacts", "merge", "Dana Kim", "D. Kim"]);
    let receipt = device.text(&["contacts", "forget", "Dana Kim"]);
    assert!(receipt.contains("Who may still hold a copy") && receipt.contains("Not sent yet"), "{receipt}");
    assert_eq!(device.names(&[]), ["Mr. Osei"]);
    let file = device.path("after.zip");
    device.json(&["archive", "export", &file, "--document", "contacts"]);
    let left = fs::read_to_string(&file).unwrap();
    assert!(
        !left.contains("Kim") && left.contains("Osei"),
        "who was merged into them is forgotten as well: {left}"
    );
    let (line, _) = device.refused(&["contacts", "forget", "Dana Kim"]);
    assert!(line.contains("no contact"), "{line}");
}
