//! Shifts.
pub mod rule;
pub mod when;
pub mod zone;
