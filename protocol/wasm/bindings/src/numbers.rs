//! The numbers that functions get in a part of the program, and the code written with them.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};

/// Gives each function of the whole program its number in one part, as far as it is there.
pub struct Numbers {
    numbers: Vec<Option<u32>>,
    count: u32,
    /// A function that was written although it is not there: a fault of whoever planned the parts.
    pub missing: Option<u32>,
}

impl Numbers {
    /// For a whole program of so many functions.
    pub fn new(functions: usize) -> Self {
        Self { numbers: vec![None; functions], count: 0, missing: None }
    }

    /// The next number is this function's.
    pub fn give(&mut self, function: u32) {
        self.numbers[function as usize] = Some(self.count);
        self.count += 1;
    }

    /// The next number is that of a function that the whole program does not have.
    pub fn give_new(&mut self) -> u32 {
        self.count += 1;
        self.count - 1
    }

    pub fn of(&mut self, function: u32) -> u32 {
        let number = self.numbers[function as usize];
        if number.is_none() {
            self.missing = Some(function);
        }
        number.unwrap_or(u32::MAX)
    }
}

impl Reencode for Numbers {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.of(function))
    }
}
