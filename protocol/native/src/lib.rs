//! A device on a computer.
