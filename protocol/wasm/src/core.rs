//! The device as JavaScript holds it. Step 4; next: protocol/device/src/device.rs
//!
//! The worker feeds it, drains [`Core::poll_output`] after every call and carries out what it gets, in order. Times are
//! milliseconds since 1970 UTC.

use js_sys::{Array, Uint8Array};
use porchlight_device::{Device, Input, LinkId};
use porchlight_wire::Timestamp;
use wasm_bindgen::prelude::*;

use crate::answer::Answer;
use crate::letters;
use crate::operation;
use crate::output;
use crate::request::Request;

/// One device.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Core {
    device: Device,
}

#[wasm_bindgen]
impl Core {
    /// A device from all stored `[key, value]` pairs and 32 bytes of the browser's randomness. Throws the reason as
    /// text where the pairs cannot be read: they stay as they are, and no empty device takes their place.
    pub fn open(stored: &Array, entropy: &[u8], now: f64) -> Result<Core, JsValue> {
        letters::give();
        let entropy =
            entropy.try_into().map_err(|_| JsValue::from_str("32 bytes of randomness are needed"))?;
        let stored = stored.iter().map(|pair| {
            let pair = Array::from(&pair);
            (Uint8Array::new(&pair.get(0)).to_vec(), Uint8Array::new(&pair.get(1)).to_vec())
        });
        let device = Device::open(stored.collect(), entropy, time(now));
        Ok(Self { device: device.map_err(|error| JsValue::from_str(&error.to_string()))? })
    }

    /// The network may be back: connect now.
    pub fn connect(&mut self, now: f64) {
        self.device.connect(time(now));
    }

    /// A connection stands.
    pub fn opened(&mut self, link: f64, now: f64) {
        self.device.handle(Input::Opened { link: link_id(link) }, time(now));
    }

    /// A frame arrived.
    pub fn received(&mut self, link: f64, frame: Vec<u8>, now: f64) {
        self.device.handle(Input::Received { link: link_id(link), frame }, time(now));
    }

    /// A connection ended, or could not be made.
    pub fn closed(&mut self, link: f64, reason: String, now: f64) {
        self.device.handle(Input::Closed { link: link_id(link), reason }, time(now));
    }

    /// The time it asked to be woken at has come.
    pub fn tick(&mut self, now: f64) {
        self.device.handle(Input::Tick, time(now));
    }

    /// Carries out one request, as JSON, with the bytes of a file where it needs one; the answer is JSON too.
    pub fn perform(&mut self, request: &str, bytes: &[u8], now: f64) -> String {
        let answer = match serde_json::from_str::<Request>(request) {
            Ok(request) => operation::perform(&mut self.device, request, bytes, time(now)),
            Err(error) => Answer::misused(error.to_string()),
        };
        answer.into_json()
    }

    /// What is to be done outside next; nothing when all is done.
    #[wasm_bindgen(js_name = pollOutput, unchecked_return_type = "Output | undefined")]
    pub fn poll_output(&mut self) -> JsValue {
        self.device.poll_output().map_or(JsValue::UNDEFINED, output::to_js)
    }
}

/// JavaScript's numbers hold whole milliseconds exactly for the next 285,000 years.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and is never below zero"
)]
fn time(millis: f64) -> Timestamp {
    Timestamp::from_millis(millis as u64)
}

/// The device counts links from 1; nobody opens 2^53 of them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the device made this number")]
fn link_id(link: f64) -> LinkId {
    LinkId(link as u64)
}
