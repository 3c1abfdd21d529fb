//! The golden vectors as this browser computes them.

use wasm_bindgen::prelude::*;

/// The text of `protocol/wire/vectors/protocol.json`, made here and now: shows that sealing, signing and hashing come
/// out in WebAssembly as they do natively.
#[wasm_bindgen]
pub fn vectors() -> Option<String> {
    porchlight_device::vectors::text()
}
