//! What a device says by requests, where WebSockets are blocked: the same rule as on a computer.

use js_sys::{Array, Uint8Array};
use porchlight_wire::frame;
use wasm_bindgen::prelude::*;

/// The last Open of each Group in requests that follow from one another.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Opens {
    opens: frame::Opens,
}

#[wasm_bindgen]
impl Opens {
    /// None so far.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Opens {
        Self::default()
    }

    /// The body of the next request, made of the first of these frames, and whether some were left out: they are said
    /// again after a new beginning. Nothing where not even the first can be said without one.
    #[wasm_bindgen(unchecked_return_type = "[body: Uint8Array<ArrayBuffer>, left: boolean] | undefined")]
    pub fn request(&mut self, said: &Array) -> JsValue {
        let said: Vec<Vec<u8>> = said.iter().map(|frame| Uint8Array::new(&frame).to_vec()).collect();
        self.opens.request(&said).map_or(JsValue::UNDEFINED, |request| {
            Array::of2(&Uint8Array::from(request.body.as_slice()), &request.left.into()).into()
        })
    }
}
