//! What server and devices both know; it verifies and cannot open.
