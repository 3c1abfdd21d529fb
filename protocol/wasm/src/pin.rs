//! Makes a key from a PIN: slowly, so that whoever copied the phone's storage cannot try many.

use argon2::{Algorithm, Argon2, Params, Version};
use wasm_bindgen::prelude::*;

/// Length of the key that comes out.
const KEY_BYTES: usize = 32;

/// Argon2id (RFC 9106) of a PIN with its salt of at least 8 bytes; `kib` of memory, gone over `passes` times. Gives 32
/// bytes, the same for the same four; throws where they make no sense, such as less memory than 8 KiB.
#[wasm_bindgen(js_name = stretchPin)]
pub fn stretch_pin(pin: &str, salt: &[u8], kib: u32, passes: u32) -> Result<Vec<u8>, JsValue> {
    stretch(pin, salt, kib, passes).map_err(|error| JsValue::from_str(&error.to_string()))
}

fn stretch(pin: &str, salt: &[u8], kib: u32, passes: u32) -> Result<Vec<u8>, argon2::Error> {
    let params = Params::new(kib, passes, 1, Some(KEY_BYTES))?;
    let mut key = vec![0; KEY_BYTES];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
        pin.as_bytes(),
        salt,
        &mut key,
    )?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_gives_the_key_that_other_implementations_give() {
        // Computed with the reference program: echo -n 246810 | argon2 somesalt -id -t 3 -k 64 -p 1 -l 32 -v 13
        let key = stretch("246810", b"somesalt", 64, 3).expect("these parameters are right");
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "7ae626473e3847fe168f5e945cf863657c8e5564f4945c9782c3c5022ce8582a");
    }

    #[test]
    fn another_pin_salt_or_cost_gives_another_key() {
        let key = |pin: &str, salt: &[u8], kib, passes| stretch(pin, salt, kib, passes).ok();
        let one = key("1234", b"saltsalt", 8, 1);
        assert!(one.is_some());
        assert_eq!(one, key("1234", b"saltsalt", 8, 1));
        for other in [
            key("1235", b"saltsalt", 8, 1),
            key("1234", b"saltsalu", 8, 1),
            key("1234", b"saltsalt", 16, 1),
            key("1234", b"saltsalt", 8, 2),
        ] {
            assert_ne!(one, other);
        }
        assert_eq!(key("1234", b"short", 8, 1), None);
    }
}
