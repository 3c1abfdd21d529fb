//! A device's whole behaviour, without I/O.
