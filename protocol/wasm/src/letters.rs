//! What the browser knows of letters, for the core: other encodings than Unicode's, and how letters and marks go together.

use js_sys::{Array, Function, JsString, Reflect, Uint8Array, global};
use porchlight_documents::letters::{self, Letters};
use wasm_bindgen::{JsCast, JsValue};

/// Gives it to the core. More often than once does no harm.
pub(crate) fn give() {
    letters::give(Letters { decode, compose });
}

fn decode(bytes: &[u8], label: &str) -> String {
    // Every browser has these encodings: the standard lists them all.
    decoded(bytes, label).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}

fn decoded(bytes: &[u8], label: &str) -> Result<String, JsValue> {
    let decoder: Function = Reflect::get(&global(), &"TextDecoder".into())?.dyn_into()?;
    let decoder = Reflect::construct(&decoder, &Array::of1(&label.into()))?;
    let decode: Function = Reflect::get(&decoder, &"decode".into())?.dyn_into()?;
    let text = decode.call1(&decoder, &Uint8Array::from(bytes))?;
    text.as_string().ok_or(JsValue::UNDEFINED)
}

fn compose(text: &str) -> String {
    JsString::from(text).normalize("NFC").into()
}
