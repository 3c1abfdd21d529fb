//! A word typed on a device is nowhere outside the devices: not on the wire, not in the store, not in a log line.

use anyhow::{Result, ensure};
use porchlight_tests::tap::Direction;

use crate::neighbors::{GROUP, Neighborhood, names, sync_all};

/// Planted words, one for each place where people type: nobody else writes these.
const CANARIES: [&str; 5] = ["Zanzibarine", "Quokkaville 77", "+12025550177", "Wombatsdottir", "xylophonist"];

#[test]
fn the_server_never_sees_what_people_write() -> Result<()> {
    let street = Neighborhood::found()?;
    let [name, note, phone, member, imported] = CANARIES;
    let rosa = &street.rosa;
    rosa.json(&["contacts", "add", "--name", name, "--phone", phone, "--note", note])?;
    let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{imported}\r\nEND:VCARD\r\n");
    let file = porchlight_tests::device::file(street.folder(), "card.vcf", card.as_bytes())?;
    rosa.json(&["contacts", "import", &file])?;
    let newcomer = street.neighbor(member)?;
    sync_all(&[rosa, &newcomer])?;
    ensure!(names(&newcomer)?.iter().any(|it| it == name), "the words did travel");

    let up = street.tap.recorded(Direction::Up);
    let down = street.tap.recorded(Direction::Down);
    ensure!(up.len() > 1000 && down.len() > 1000, "the tap heard nothing");
    let store = street.server.stored()?;
    ensure!(store.len() > 4096, "the store was not read");
    let log = street.server.printed().join("\n").into_bytes();
    for (place, bytes) in
        [("sent", &unmasked(&up)), ("received", &down), ("stored", &store), ("logged", &log)]
    {
        let words = CANARIES.iter().chain(&[GROUP, "Rosa"]).copied().collect::<Vec<_>>();
        ensure!(found(bytes, &words).is_none(), "'{:?}' was {place} in the open", found(bytes, &words));
    }
    Ok(())
}

#[test]
fn the_invitation_secret_never_reaches_the_server() -> Result<()> {
    let street = Neighborhood::found()?;
    let link = street.rosa.invite()?;
    street.stranger("Ben").join(&link)?;
    let secret = link.rsplit('/').next().unwrap_or_default();
    let piece = secret.get(secret.len() / 2..).unwrap_or_default();
    ensure!(piece.len() > 20, "the link is too short: {link}");
    for bytes in [unmasked(&street.tap.recorded(Direction::Up)), street.server.stored()?] {
        ensure!(found(&bytes, &[piece]).is_none(), "the link reached the server");
    }
    Ok(())
}

#[test]
fn an_unsealed_word_would_be_found() {
    let mask = [7, 99, 200, 31];
    let text = b"....hello Zanzibarine";
    let mut frame = vec![0x82, 0x80 | text.len() as u8];
    frame.extend(mask);
    frame.extend(text.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    assert_eq!(found(&frame, &["Zanzibarine"]), None);
    assert_eq!(found(&unmasked(&frame), &["Zanzibarine"]), Some("Zanzibarine"));
}

#[test]
fn a_packed_but_unsealed_word_would_be_found() {
    let text = b"name: Zanzibarine, and again Zanzibarine, note: Quokkaville 77";
    let mut bytes = b"in front".to_vec();
    bytes.extend(miniz_oxide::deflate::compress_to_vec_zlib(text, 9));
    assert!(!contains(&bytes, "Zanzibarine"));
    assert_eq!(found(&bytes, &["Zanzibarine"]), Some("Zanzibarine"));
}

/// The first of the words that is in the bytes: as it is, or inside a zlib stream that begins anywhere in them, so
/// that content that was only packed (payloads are packed so) and never sealed is found too.
fn found<'a>(bytes: &[u8], words: &[&'a str]) -> Option<&'a str> {
    let in_bytes = |bytes: &[u8]| words.iter().find(|word| contains(bytes, word)).copied();
    in_bytes(bytes).or_else(|| zlib_starts(bytes).find_map(|start| in_bytes(&inflated(&bytes[start..]))))
}

/// Where a zlib stream could begin: method and window in the first byte, a check over both in the second (RFC 1950).
fn zlib_starts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let starts = bytes.windows(2).enumerate();
    starts
        .filter(|(_, head)| head[0] == 0x78 && u16::from_be_bytes([head[0], head[1]]) % 31 == 0)
        .map(|(at, _)| at)
}

fn contains(bytes: &[u8], word: &str) -> bool {
    memchr::memmem::find(bytes, word.as_bytes()).is_some()
}

/// What the start of the bytes unpacks to, as far as it does.
fn inflated(bytes: &[u8]) -> Vec<u8> {
    let near = &bytes[..bytes.len().min(16 * 1024)];
    match miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(near, 64 * 1024) {
        Ok(unpacked) => unpacked,
        Err(error) => error.output,
    }
}

/// The bytes and, behind them, the content of every masked WebSocket frame in them (RFC 6455, 5.2 and 5.3): what a
/// client sends is XORed with a mask that stands in the frame, which would hide a word from a plain search.
fn unmasked(bytes: &[u8]) -> Vec<u8> {
    let mut all = bytes.to_vec();
    for start in 0..bytes.len() {
        let Some((length, header)) = masked_frame(&bytes[start..]) else { continue };
        let Some(frame) = bytes.get(start + header..start + header + 4 + length) else { continue };
        let (mask, content) = frame.split_at(4);
        all.extend(content.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    }
    all
}

/// Length of the content and of what stands before the mask, if a masked binary frame could begin here.
fn masked_frame(bytes: &[u8]) -> Option<(usize, usize)> {
    if *bytes.first()? != 0x82 {
        return None;
    }
    match *bytes.get(1)? {
        length @ 0x80..=0xfd => Some((usize::from(length & 0x7f), 2)),
        0xfe => Some((usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4)),
        0xff => Some((usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?, 10)),
        _ => None,
    }
}
