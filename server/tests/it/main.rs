//! The real program on a free port, with clients that speak frames.

mod bad_input;
mod client;
mod pages;
mod people;
mod program;
mod restart;
mod sync;
