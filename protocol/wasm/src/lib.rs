//! A device in a browser.
