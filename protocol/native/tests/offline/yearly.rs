//! Whether what is said about people is still right, and that nobody is forgotten for good without a network.

use crate::device::Device;

#[test]
fn people_are_asked_once_a_year_and_forgotten_for_good_only_with_a_network() {
    let device = Device::founded();
    device.json(&["contacts", "add", "--name", "Dana Kim", "--phone", "(202) 555-0181", "--no-device"]);
    device.json(&["contacts", "add", "--name", "Mr. Osei", "--phone", "mobile:+1 202 555 0195"]);
    device.json(&["contacts", "edit", "Dana Kim", "--confirmed", "2020-05-02"]);
    let names = |device: &Device| {
        let due = device.json(&["contacts", "due"]);
        let due = due["due"].as_array().unwrap().iter();
        due.map(|due| due["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&device), ["Dana Kim"], "whoever was added within the year is not asked yet");
    assert_eq!(device.json(&["contacts", "confirm", "mr. osei"])["confirmed"].as_array().unwrap().len(), 1);
    assert_eq!(names(&device), ["Dana Kim"]);
    device.json(&["contacts", "confirm", "--all"]);
    assert_eq!(names(&device), [""; 0]);
    assert_eq!(device.names(&["--no-device"]), ["Dana Kim"]);

    device.json(&["contacts", "add", "--name", "D. Kim", "--phone", "202 555 0181"]);
    device.json(&["contacts", "merge", "Dana Kim", "D. Kim"]);
    // Whoever has not read all that others wrote could forget somebody and have them come back.
    let (line, code) = device.refused(&["contacts", "forget", "Dana Kim"]);
    assert!(line.contains("connect first"), "{line}");
    assert_eq!((code, device.names(&[])), (1, vec!["Dana Kim".to_owned(), "Mr. Osei".to_owned()]));
    let (line, _) = device.refused(&["contacts", "forget", "Nobody"]);
    assert!(line.contains("no contact"), "{line}");
}
