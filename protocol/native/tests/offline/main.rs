//! The command without a server: what is typed is kept, what is typed wrongly is one clear line, and nothing is lost.

use std::fs;

use data_encoding::BASE64URL_NOPAD;

use device::Device;

// Marked as test code for the lints.
#[cfg(test)]
mod archive;
#[cfg(test)]
mod device;
#[cfg(test)]
mod minutes;
#[cfg(test)]
mod watch;
#[cfg(test)]
mod yearly;

/// Nobody listens there: the port is reserved (discard), and the group is founded all the same.
const NOWHERE: &str = "http://127.0.0.1:9";

#[test]
fn a_group_is_founded_and_used_without_a_network() {
    let device = Device::founded();
    let founded = device.json(&["status"]);
    let group = &founded["groups"][0];
    assert_eq!((group["name"].as_str(), group["stage"].as_str()), (Some("Maple Street"), Some("founding")));
    assert_eq!(group["saving"], "saved_here");

    let added = device.json(&["contacts", "add", "--name", "Mrs. Tran", "--phone", "mobile:(202) 555-0190"]);
    assert_eq!(added["contact"]["details"]["phones"][0]["e164"], "+12025550190");
    let id = added["contact"]["id"].as_str().unwrap().to_owned();
    device.json(&["contacts", "edit", &id, "--note", "third floor", "--speaks", "Vietnamese, English"]);
    device.json(&["contacts", "edit", &id[..6], "--phone", "202 555 0191", "--without", "+1 202 555 0190"]);
    let shown = device.json(&["contacts", "show", "mrs. tran"]);
    let details = &shown["contact"]["details"];
    assert_eq!(details["note"], "third floor");
    assert_eq!(details["speaks"], serde_json::json!(["en", "vi"]));
    assert_eq!(details["phones"].as_array().unwrap().len(), 1);

    assert_eq!(device.names(&["--search", "5550191"]), ["Mrs. Tran"]);
    assert_eq!(device.names(&["--search", "nobody"]), [""; 0]);
    device.json(&["contacts", "remove", &id, "--reason", "moved"]);
    assert_eq!(device.names(&[]), [""; 0]);
    device.json(&["contacts", "keep", &id]);
    assert_eq!(device.names(&[]), ["Mrs. Tran"]);
    let members = device.json(&["members", "list"]);
    assert_eq!(
        (&members["members"][0]["name"], &members["members"][0]["self"]),
        (&"Rosa".into(), &true.into())
    );
}

#[test]
fn an_invitation_is_made_without_a_network_and_says_so() {
    let device = Device::founded();
    let invited = device.json(&["invite", "--uses", "1", "--role", "reader"]);
    assert!(invited["link"].as_str().unwrap().starts_with(&format!("{NOWHERE}/#/join/")));
    assert_eq!(invited["sent"], false);
    assert!(invited["note"].as_str().unwrap().contains("once the server has heard of it"));
    let text = device.text(&["invite"]);
    assert!(text.lines().filter(|line| line.contains('█')).count() > 20, "no picture:\n{text}");
}

#[test]
fn sync_without_a_server_fails_in_one_line_and_keeps_everything() {
    let device = Device::founded();
    device.json(&["contacts", "add", "--name", "Mrs. Tran"]);
    for way in [&["sync"][..], &["sync", "--http"]] {
        let (line, code) = device.refused(way);
        assert!(line.contains("cannot be reached") && line.contains("everything is saved here"), "{line}");
        assert_eq!(code, 1);
    }
    assert_eq!(device.names(&[]), ["Mrs. Tran"]);
}

#[test]
fn a_join_without_a_network_is_kept_for_later() {
    let link = Device::founded().json(&["invite"])["link"].as_str().unwrap().to_owned();
    let ben = Device::new();
    let (line, _) = ben.refused(&["join", &link, "--as", "Ben"]);
    assert!(line.contains("the invitation is kept") && !line.contains("#/join"), "{line}");
    assert_eq!(ben.json(&["status"])["groups"][0]["stage"], "joining");
    let (line, _) = ben.refused(&["contacts", "add", "--name", "Too early"]);
    assert!(line.contains("joining is not finished"), "{line}");
}

#[test]
fn an_import_tells_every_row_and_its_export_brings_nothing_new() {
    let device = Device::founded();
    let sheet = "Wer,Handy,Extra\nAna Example,202 555 0143,likes tea\nBen Example,202 555 0144,\n,,\n";
    let file = device.file("sheet.csv", sheet.as_bytes());
    let map = ["--map", "Wer=name", "--map", "2=phone:mobile", "--map", "Extra=note"];
    let import = [&["contacts", "import", &file][..], &map].concat();
    let looked = device.json(&[&import[..], &["--preview"]].concat());
    assert_eq!(looked["preview"]["mapping"]["columns"][1]["column"]["kind"], "phone");
    assert_eq!(device.names(&[]), [""; 0], "a preview writes nothing");
    let report = device.json(&import);
    assert_eq!(report["report"]["totals"]["added"], 2);
    assert_eq!(device.names(&[]), ["Ana Example", "Ben Example"]);

    for format in ["csv", "vcf"] {
        let output = device.path(&format!("out.{format}"));
        device.json(&["contacts", "export", "--format", format, "-o", &output]);
        let again = device.json(&["contacts", "import", &output]);
        assert_eq!(again["report"]["totals"]["unchanged"], 2, "{format}: {again}");
    }
    let cards = device.text(&["contacts", "export", "--format", "vcf", "--version", "4.0"]);
    assert!(cards.starts_with("BEGIN:VCARD\r\nVERSION:4.0"), "{cards}");
}

#[test]
fn lines_that_reach_nobody_are_taken_only_by_somebody_who_says_what_they_are() {
    let device = Device::founded();
    let file = device.file("key.pem", b"-----BEGIN NOTHING-----\nQUJD\n-----END NOTHING-----\n");
    let (line, code) = device.refused(&["contacts", "import", &file]);
    assert!(line.contains("no row has a number or an address") && code == 2, "{code}: {line}");
    assert_eq!(device.names(&[]), [""; 0]);
    let names = device.file("names.txt", b"Ana Example\nBen Example\n");
    device.json(&["contacts", "import", &names, "--map", "1=name"]);
    assert_eq!(device.names(&[]), ["Ana Example", "Ben Example"]);
}

#[test]
fn letters_that_were_guessed_wrongly_are_read_as_somebody_says() {
    let device = Device::founded();
    let file = device.file("sheet.csv", b"Name,Phone\nZo\xeb,202 555 0143\n");
    let import = ["contacts", "import", &file];
    let preview = |more: &[&str]| device.text(&[&import[..], &["--preview"], more].concat());
    let guessed = preview(&[]);
    assert!(
        guessed.contains("Zoë") && guessed.contains("choose another encoding with --encoding"),
        "{guessed}"
    );
    let chosen = preview(&["--encoding", "CP1251"]);
    assert!(chosen.contains("Zoл") && !chosen.contains("--encoding"), "{chosen}");
    let (line, code) = device.refused(&[&import[..], &["--encoding", "utf-99"]].concat());
    assert!(code == 2 && line.contains("--encoding") && line.contains("windows-1252"), "{line}");
    device.json(&[&import[..], &["--encoding", "windows-1253"]].concat());
    assert_eq!(device.names(&[]), ["Zoλ"]);
}

#[test]
fn what_is_typed_wrongly_is_one_line_and_exit_code_2() {
    let device = Device::founded();
    let secret = "s".repeat(64);
    for (arguments, part) in [
        (&["frob"][..], "frob"),
        (&["contacts"], "say what to do"),
        (&["contacts", "add", "--name"], "--name"),
        (&["contacts", "add", "--shoe-size", "7"], "--shoe-size"),
        (&["contacts", "edit", "somebody"], "say what to change"),
        (&["contacts", "export", "--format", "pdf"], "vcf"),
        (&["contacts", "export", "--format", "vcf", "--version", "9"], "4.0"),
        (&["invite", "--uses", "0"], "--uses"),
        (&["invite", "--days", "many"], "--days"),
        (&["sync", "--timeout", "0"], "--timeout"),
        (&["join", "one", "two", "--as", "Ben"], "two"),
        (&["join", &secret, &secret, "--as", "Ben"], "unexpected"),
        (&["create-group", "G", "--as", "R"], "--server"),
        (&["create-group", "G", "--as", "R", "--server", "example.org"], "https://"),
        (&["create-group", "G", "--as", "R", "--server", "https://u:secret@example.org"], "address"),
    ] {
        let (line, code) = device.refused(arguments);
        assert_eq!(code, 2, "{arguments:?}: {line}");
        assert!(line.contains(part), "{arguments:?}: {line}");
        assert!(!line.contains(&secret) && !line.contains("u:secret"), "{line}");
    }
}

#[test]
fn what_cannot_be_done_is_one_line_and_exit_code_1() {
    let device = Device::founded();
    device.json(&["contacts", "add", "--name", "Mrs. Tran"]);
    let token = BASE64URL_NOPAD.encode(&[7; 48]);
    let picture = device.file("picture.vcf", &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01".repeat(50));
    let page = device.file("page.csv", b"<html><body>Sign in</body></html>");
    for (arguments, part) in [
        (&["contacts", "add"][..], "a name, a number"),
        (&["contacts", "show", "nobody"], "no contact 'nobody'"),
        (&["contacts", "edit", "nobody", "--note", "x"], "no contact 'nobody'"),
        (&["contacts", "resolve", "Mrs. Tran", "note", "--both"], "only one version"),
        (&["contacts", "import", "/nowhere/cards.vcf"], "cannot read /nowhere/cards.vcf"),
        (&["contacts", "import", &picture], "picture.vcf"),
        (&["contacts", "import", &page], "neither contact cards"),
        (&["contacts", "export", "--format", "vcf", "-o", "/nowhere/out.vcf"], "cannot write"),
        (&["--group", "Elm Street", "contacts", "list"], "Maple Street"),
        (&["join", "hello", "--as", "Ben"], "not an invitation link"),
        (&["join", "https://example.org/#/join/AAAA", "--as", "Ben"], "damaged"),
        (&["create-group", "G", "--server", NOWHERE, "--as", "R"], "cannot be reached now"),
        (&["create-group", "G", "--server", NOWHERE, "--as", "R", "--token", "short"], "not a token"),
        (&["create-group", " ", "--server", NOWHERE, "--as", "R", "--token", &token], "a name is needed"),
        (&["sync", "--ca-cert", &page], "certificates"),
    ] {
        let (line, code) = device.refused(arguments);
        assert_eq!(code, 1, "{arguments:?}: {line}");
        assert!(line.contains(part), "{arguments:?}: {line}");
    }
    assert_eq!(device.names(&[]), ["Mrs. Tran"], "nothing of this changed anything");
}

#[test]
fn two_groups_are_told_apart() {
    let device = Device::founded();
    let token = BASE64URL_NOPAD.encode(&[7; 48]);
    let made =
        device.json(&["create-group", "Elm Street", "--server", NOWHERE, "--token", &token, "--as", "R"]);
    let (line, _) = device.refused(&["contacts", "list"]);
    assert!(line.contains("which group?") && line.contains("Elm Street"), "{line}");
    device.json(&["contacts", "add", "--name", "Mrs. Tran", "--group", "elm street"]);
    let id = made["group"].as_str().unwrap();
    assert_eq!(device.names(&["--group", &id[..8]]), ["Mrs. Tran"]);
    assert_eq!(device.names(&["--group", "Maple Street"]), [""; 0]);
}

#[test]
fn a_home_in_use_missing_or_damaged_is_a_clear_line() {
    let nobody = Device::new();
    let (line, _) = nobody.refused(&["status"]);
    assert!(line.contains("there is no device in"), "{line}");
    assert!(!nobody.home.exists(), "looking made a folder");

    let device = Device::founded();
    let lock = fs::File::open(device.home.join("device.lock")).unwrap();
    lock.lock().unwrap();
    let (line, _) = device.refused(&["status"]);
    assert!(line.contains("another porchlight-device is using"), "{line}");
    drop(lock);

    let database = device.home.join("device.sqlite");
    let whole = fs::read(&database).unwrap();
    fs::write(&database, b"something else entirely".repeat(99)).unwrap();
    let (line, _) = device.refused(&["contacts", "list"]);
    assert!(line.contains("is damaged"), "{line}");
    fs::remove_file(&database).unwrap();
    let (line, _) = device.refused(&["contacts", "add", "--name", "Mrs. Tran"]);
    assert!(line.contains("is missing"), "{line}");
    fs::write(&database, whole).unwrap();
    assert_eq!(device.json(&["status"])["groups"][0]["name"], "Maple Street");
}

#[test]
fn a_token_may_begin_with_a_hyphen() {
    let token = BASE64URL_NOPAD.encode(&[0xf8; 48]);
    assert!(token.starts_with('-'));
    let founded = ["create-group", "Oak Street", "--server", NOWHERE, "--token", &token, "--as", "Rosa"];
    assert_eq!(Device::new().json(&founded)["sent"], false);
}

#[test]
fn a_secret_can_come_by_the_input() {
    let device = Device::new();
    let token = BASE64URL_NOPAD.encode(&[7; 48]);
    fs::write(device.path("token"), format!("{NOWHERE}/#/start/{token}\n")).unwrap();
    let input = fs::File::open(device.path("token")).unwrap();
    let mut command =
        device.command(&["create-group", "Oak Street", "--server", NOWHERE, "--token", "-", "--as", "R"]);
    assert!(command.stdin(input).output().unwrap().status.success());
}
