//! What the device wants done, as plain JavaScript objects.

use js_sys::{Array, Object, Reflect, Uint8Array};
use porchlight_device::{LinkId, Output, Write};
use porchlight_wire::Timestamp;
use wasm_bindgen::prelude::*;

use crate::answer::News;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What the device wants done outside, in exactly this order. */
export type Output =
  | { kind: "persist" | "keep"; writes: { key: Uint8Array<ArrayBuffer>; value: Uint8Array<ArrayBuffer> | undefined }[] }
  | { kind: "connect"; link: number; url: string }
  | { kind: "send"; link: number; frame: Uint8Array<ArrayBuffer> }
  | { kind: "close"; link: number }
  | { kind: "wakeAt"; time: number }
  | { kind: "event"; news: string };
"#;

pub(crate) fn to_js(output: Output) -> JsValue {
    match output {
        Output::Persist(writes) => stored("persist", &writes),
        Output::Keep(writes) => stored("keep", &writes),
        Output::Connect { link, url } => object("connect", &[("link", number(link)), ("url", url.into())]),
        Output::Send { link, frame } => object("send", &[("link", number(link)), ("frame", bytes(&frame))]),
        Output::Close { link } => object("close", &[("link", number(link))]),
        Output::WakeAt(time) => object("wakeAt", &[("time", millis(time))]),
        Output::Event(event) => object("event", &[("news", News::from(event).into_json().into())]),
    }
}

fn stored(kind: &str, writes: &[Write]) -> JsValue {
    let writes: Array = writes.iter().map(write).collect();
    object(kind, &[("writes", writes.into())])
}

fn write(write: &Write) -> JsValue {
    let object = Object::new();
    let (key, value) = match write {
        Write::Put { key, value } => (key, bytes(value)),
        Write::Delete { key } => (key, JsValue::UNDEFINED),
    };
    set(&object, "key", &bytes(key));
    set(&object, "value", &value);
    object.into()
}

fn object(kind: &str, fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    set(&object, "kind", &kind.into());
    for (name, value) in fields {
        set(&object, name, value);
    }
    object.into()
}

/// A plain new object takes every field.
fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

#[expect(clippy::cast_precision_loss, reason = "the device counts links from 1")]
fn number(link: LinkId) -> JsValue {
    (link.0 as f64).into()
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^53")]
fn millis(time: Timestamp) -> JsValue {
    (time.millis() as f64).into()
}
