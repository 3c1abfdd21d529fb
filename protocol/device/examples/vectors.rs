//! Prints the golden vectors: `cargo run -p porchlight-device --example vectors > protocol/wire/vectors/protocol.json`.

fn main() {
    match porchlight_device::vectors::text() {
        Some(text) => print!("{text}"),
        None => std::process::exit(1),
    }
}
