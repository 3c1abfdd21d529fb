//! Serves the phone app that is built into the binary: compressed, cached for ever where names change, and fenced in.

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

/// One file of the app, with the packed forms that the build left beside it.
#[derive(Debug)]
struct AppFile {
    path: &'static str,
    tag: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// Sorted by path.
static FILES: &[AppFile] = include!(concat!(env!("OUT_DIR"), "/app_files.rs"));

/// What the page may do. Scripts come from this server only and nothing is evaluated; WebAssembly is the app's core.
/// Connections go to other hosts too, because a phone may keep groups on several servers.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
     style-src 'self'; img-src 'self' data: blob:; font-src 'self'; manifest-src 'self'; \
     connect-src 'self' https: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (HeaderName::from_static("content-security-policy"), CONTENT_SECURITY_POLICY),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    // Group names and invitations are in the fragment, which is never sent; the path need not be either.
    (HeaderName::from_static("referrer-policy"), "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("x-frame-options"), "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Porchlight</title>\
    <h1>Porchlight server</h1><p>The phone app was not built into this binary. The server works: \
    <code>porchlight-device</code> can use it.</p>\
    <p>To build the app in: run <code>make web</code>, then build the server again.</p>\n";

/// Answers a request for a file of the app.
pub(crate) async fn serve(uri: Uri, headers: HeaderMap) -> Response {
    let path = if uri.path() == "/" { "/index.html" } else { uri.path() };
    match find(FILES, path) {
        Some(file) => file.respond(&headers),
        None if FILES.is_empty() && path == "/index.html" => {
            ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache")], NOT_BUILT)
                .into_response()
        }
        None => (StatusCode::NOT_FOUND, "There is nothing at this address.\n").into_response(),
    }
}

/// Adds the headers that every answer of the server carries.
pub(crate) async fn fence(mut response: Response) -> Response {
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn find(files: &'static [AppFile], path: &str) -> Option<&'static AppFile> {
    files.binary_search_by(|file| file.path.cmp(path)).ok().and_then(|index| files.get(index))
}

impl AppFile {
    fn respond(&'static self, request: &HeaderMap) -> Response {
        let (bytes, encoding) = self.choose(request);
        let tag = format!("\"{}{}\"", self.tag, encoding.unwrap_or_default());
        let known = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let unchanged = known.flat_map(|value| value.split(',')).any(|value| value.trim() == tag);

        let mut response = if unchanged {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Response::new(Body::from(Bytes::from_static(bytes)))
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type()));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(self.caching()));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(ETAG, tag);
        }
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }

    fn choose(&self, request: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
        match (self.brotli, self.gzip) {
            (Some(packed), _) if accepts(request, "br") => (packed, Some("br")),
            (_, Some(packed)) if accepts(request, "gzip") => (packed, Some("gzip")),
            _ => (self.plain, None),
        }
    }

    /// Names under /assets/ hold a hash of their content; the rest is asked for anew each time.
    fn caching(&self) -> &'static str {
        if self.path.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
    }

    fn media_type(&self) -> &'static str {
        match self.path.rsplit_once('.').map(|(_, extension)| extension) {
            Some("html") => "text/html; charset=utf-8",
            Some("js" | "mjs") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("json" | "map") => "application/json",
            Some("webmanifest") => "application/manifest+json",
            Some("wasm") => "application/wasm",
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("ico") => "image/x-icon",
            Some("woff2") => "font/woff2",
            Some("txt") => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }
}

/// Whether the request names `coding` in Accept-Encoding with a weight above zero (RFC 9110, section 12.5.3).
fn accepts(request: &HeaderMap, coding: &str) -> bool {
    let values = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
        name.trim().eq_ignore_ascii_case(coding) && weight > 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    static SAMPLE: &[AppFile] = &[
        AppFile {
            path: "/assets/a-1f.js",
            tag: "1",
            plain: b"plain",
            brotli: Some(b"br"),
            gzip: Some(b"gz"),
        },
        AppFile { path: "/index.html", tag: "2", plain: b"<p>", brotli: None, gzip: None },
    ];

    fn ask(path: &str, headers: &[(HeaderName, &'static str)]) -> Response {
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        find(SAMPLE, path).unwrap().respond(&headers)
    }

    #[test]
    fn the_best_packed_form_that_is_accepted_is_sent() {
        let encoding = |accept: &'static str| {
            let response = ask("/assets/a-1f.js", &[(ACCEPT_ENCODING, accept)]);
            response.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(encoding("gzip, deflate, br"), Some("br".to_owned()));
        assert_eq!(encoding("gzip, br;q=0"), Some("gzip".to_owned()));
        assert_eq!(encoding("identity"), None);
    }

    #[test]
    fn hashed_names_are_kept_for_ever_and_the_shell_is_asked_for() {
        let caching = |path: &str| ask(path, &[]).headers()[CACHE_CONTROL].to_str().unwrap().to_owned();
        assert!(caching("/assets/a-1f.js").contains("immutable"));
        assert_eq!(caching("/index.html"), "no-cache");
    }

    #[test]
    fn an_unchanged_file_is_not_sent_again() {
        assert_eq!(ask("/index.html", &[(IF_NONE_MATCH, "\"2\"")]).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(ask("/index.html", &[(IF_NONE_MATCH, "\"1\"")]).status(), StatusCode::OK);
    }
}
