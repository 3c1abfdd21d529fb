//! The server's addresses: `/sync` by WebSocket or by POST, `/about`, `/healthz`, and the app.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::BASE64URL_NOPAD;
use hyper::upgrade;
use hyper_util::rt::TokioIo;
use porchlight_wire::frame::Versions;
use thiserror::Error;

use crate::node::Node;
use crate::post::{self, PostError};
use crate::{app, clock, limits, log, socket, taking, zones};

/// What a phone of another server's app may do here too: there are no cookies, keys are all that counts.
const FOR_ALL_ORIGINS: [(HeaderName, &str); 2] =
    [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (header::CACHE_CONTROL, "no-store")];

/// All routes.
pub(crate) fn routes(node: Arc<Node>) -> Router {
    Router::new()
        .route("/sync", get(upgrade_to_socket).post(post).options(allow_all))
        .route("/about", get(about).post(asked))
        .route("/healthz", get(async || "ok"))
        .route("/zones/{*name}", get(zones::serve))
        .fallback(get(app::serve))
        .layer(map_response(app::fence))
        .with_state(node)
}

async fn about(State(node): State<Arc<Node>>) -> Response {
    told(&node, "")
}

/// The same, and whether a Group that moves here would be taken: asked before its organizer signs that.
async fn asked(
    State(node): State<Arc<Node>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<Response, HttpError> {
    let visit = node.admit(peer.ip()).ok_or(HttpError::TooManyConnections)?;
    let body = post::small(&mut request.into_body(), limits::MAX_QUESTION).await?;
    let question = taking::Question::read(&body).ok_or(HttpError::NoQuestion)?;
    if !node.asked.lock().unwrap_or_else(PoisonError::into_inner).allows(visit.address(), clock::now()) {
        return Err(HttpError::TooOften);
    }
    let takes = taking::answer(&node, question).await.ok_or(HttpError::Failed)?;
    Ok(told(&node, &format!(r#","takes":"{}""#, takes.word())))
}

fn told(node: &Node, more: &str) -> Response {
    let Versions { lowest, highest } = Versions::OURS;
    let groups = match node.founding {
        log::Founding::Token => "token",
        log::Founding::Open => "open",
        log::Founding::Closed => "closed",
    };
    let key = BASE64URL_NOPAD.encode(node.identity.public().as_bytes());
    let software = concat!("porchlight ", env!("CARGO_PKG_VERSION"));
    let json = format!(
        r#"{{"server_key":"{key}","versions":[{lowest},{highest}],"groups":"{groups}","software":"{software}"{more}}}"#
    );
    (FOR_ALL_ORIGINS, [(header::CONTENT_TYPE, "application/json")], json).into_response()
}

async fn allow_all() -> Response {
    let methods = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
    ];
    (StatusCode::NO_CONTENT, FOR_ALL_ORIGINS, methods).into_response()
}

async fn upgrade_to_socket(
    State(node): State<Arc<Node>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
) -> Result<Response, HttpError> {
    let accept = handshake(request.headers())?;
    let visit = node.admit(peer.ip()).ok_or(HttpError::TooManyConnections)?;
    let upgrade = upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(stream) = upgrade.await {
            socket::serve(TokioIo::new(stream), visit).await;
        }
    });
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// Checks a WebSocket handshake (RFC 6455, section 4.2.1).
fn handshake(headers: &HeaderMap) -> Result<HeaderValue, HttpError> {
    let has = |name, token: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    if !has(header::CONNECTION, "upgrade") || !has(header::UPGRADE, "websocket") {
        return Err(HttpError::NotASocket);
    }
    if !has(header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(HttpError::BadHandshake);
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok());
    let accept = key.and_then(socket::accept_key).ok_or(HttpError::BadHandshake)?;
    HeaderValue::from_str(&accept).map_err(|_| HttpError::BadHandshake)
}

async fn post(
    State(node): State<Arc<Node>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Result<Response, HttpError> {
    let visit = node.admit(peer.ip()).ok_or(HttpError::TooManyConnections)?;
    let body = post::answer(visit, request.into_body()).await?;
    Ok((FOR_ALL_ORIGINS, [(header::CONTENT_TYPE, "application/octet-stream")], body).into_response())
}

/// What is answered outside the protocol's own frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
enum HttpError {
    /// A browser was pointed at the address.
    #[error("This is the address for the app. Open the server's start page instead.")]
    NotASocket,
    /// Not RFC 6455.
    #[error("The WebSocket handshake is not right.")]
    BadHandshake,
    /// See [`limits::CONNECTIONS_PER_ADDRESS`].
    #[error("Too many connections from this address.")]
    TooManyConnections,
    /// A POST that does not become frames.
    #[error(transparent)]
    Post(#[from] PostError),
    /// A question in no form that is known here.
    #[error("The question cannot be read.")]
    NoQuestion,
    /// See [`limits::LOOKUPS_PER_ADDRESS`].
    #[error("Too much was asked; wait some minutes.")]
    TooOften,
    /// What was wrong was said to the operator.
    #[error("The server could not look.")]
    Failed,
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotASocket => StatusCode::UPGRADE_REQUIRED,
            Self::BadHandshake | Self::NoQuestion | Self::Post(PostError::CutShort) => {
                StatusCode::BAD_REQUEST
            }
            Self::TooManyConnections | Self::TooOften => StatusCode::TOO_MANY_REQUESTS,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Post(PostError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Post(PostError::Stalled) => StatusCode::REQUEST_TIMEOUT,
            Self::Post(PostError::Busy(_)) => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut answer = (status, FOR_ALL_ORIGINS, format!("{self}\n")).into_response();
        let headers = answer.headers_mut();
        match self {
            Self::NotASocket => drop(headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"))),
            Self::TooManyConnections | Self::TooOften | Self::Post(PostError::Busy(_)) => {
                let after =
                    if self == Self::TooOften { limits::ASK_AGAIN_AFTER } else { limits::COME_BACK_AFTER };
                headers.insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs()));
                let seen = HeaderValue::from_static("retry-after");
                headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, seen);
            }
            _ => {}
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_real_handshake_is_accepted() {
        let good = [
            (header::CONNECTION, "keep-alive, Upgrade"),
            (header::UPGRADE, "WebSocket"),
            (header::SEC_WEBSOCKET_VERSION, "13"),
            (header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let headers = |left_out: usize| {
            let kept = good.iter().enumerate().filter(|(index, _)| *index != left_out);
            kept.map(|(_, (name, value))| (name.clone(), HeaderValue::from_static(value)))
                .collect::<HeaderMap>()
        };
        assert_eq!(handshake(&headers(4)).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(handshake(&headers(0)), Err(HttpError::NotASocket));
        assert_eq!(handshake(&headers(1)), Err(HttpError::NotASocket));
        assert_eq!(handshake(&headers(2)), Err(HttpError::BadHandshake));
        assert_eq!(handshake(&headers(3)), Err(HttpError::BadHandshake));
    }
}
