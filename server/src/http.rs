//! The server's addresses: `/sync` by WebSocket or by POST, `/about`, `/healthz`, and the app.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::BASE64URL_NOPAD;
use http_body::{Body as HttpBody, Frame};
use hyper::upgrade;
use hyper_util::rt::TokioIo;
use porchlight_wire::frame::Versions;
use thiserror::Error;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::timeout;

use crate::node::{Connection, Node};
use crate::session::{Action, Carrier, Input};
use crate::{app, clock, limits, log, socket, zones};

/// What a phone of another server's app may do here too: there are no cookies, keys are all that counts.
const FOR_ALL_ORIGINS: [(HeaderName, &str); 2] =
    [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (header::CACHE_CONTROL, "no-store")];

/// All routes.
pub(crate) fn routes(node: Arc<Node>) -> Router {
    Router::new()
        .route("/sync", get(upgrade_to_socket).post(post).options(allow_all))
        .route("/about", get(about))
        .route("/healthz", get(async || "ok"))
        .route("/zones/{*name}", get(zones::serve))
        .fallback(get(app::serve))
        .layer(map_response(app::fence))
        .with_state(node)
}

async fn about(State(node): State<Arc<Node>>) -> Response {
    let Versions { lowest, highest } = Versions::OURS;
    let groups = match node.founding {
        log::Founding::Token => "token",
        log::Founding::Open => "open",
        log::Founding::Closed => "closed",
    };
    let key = BASE64URL_NOPAD.encode(node.identity.public().as_bytes());
    let software = concat!("porchlight ", env!("CARGO_PKG_VERSION"));
    let json = format!(
        r#"{{"server_key":"{key}","versions":[{lowest},{highest}],"groups":"{groups}","software":"{software}"}}"#
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
    if request.body().size_hint().lower() > limits::MAX_POST as u64 {
        return Err(HttpError::TooLarge);
    }
    let body = timeout(limits::STALLED_AFTER, to_bytes(request.into_body(), limits::MAX_POST)).await;
    let body = body.map_err(|_| HttpError::Stalled)?.map_err(|_| HttpError::TooLarge)?;
    let frames = split(body)?;
    let challenges = node.identity.shared_challenges(clock::now());
    let connection = Connection::new(visit, Carrier::Post(challenges));
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(answer_post(connection, frames, sender));
    let body = Body::new(FrameStream { receiver });
    Ok((FOR_ALL_ORIGINS, [(header::CONTENT_TYPE, "application/octet-stream")], body).into_response())
}

/// Splits a body into its frames, each with its length before it.
fn split(mut body: Bytes) -> Result<Vec<Bytes>, HttpError> {
    let mut frames = Vec::new();
    while !body.is_empty() {
        let length =
            body.first_chunk().map(|length| u32::from_be_bytes(*length)).ok_or(HttpError::CutShort)?;
        let mut frame = body.split_off(4);
        let length = usize::try_from(length).map_err(|_| HttpError::CutShort)?;
        if length > frame.len() {
            return Err(HttpError::CutShort);
        }
        body = frame.split_off(length);
        frames.push(frame);
        if frames.len() > limits::MAX_FRAMES_PER_POST {
            return Err(HttpError::TooLarge);
        }
    }
    Ok(frames)
}

/// Runs a session over the frames of one POST, to its end or until the peer stops reading.
async fn answer_post(
    mut connection: Connection,
    frames: Vec<Bytes>,
    mut replies: Sender<Bytes>,
) -> Option<()> {
    let mut frames = frames.into_iter();
    loop {
        carry_out(&mut connection, &mut replies).await?;
        if connection.take_delivery() {
            continue;
        }
        if connection.session.accepts_frames()
            && let Some(frame) = frames.next()
        {
            connection.session.handle(Input::Frame(&frame), clock::now());
        } else if connection.session.is_waiting() {
            let listener = Arc::clone(&connection.listener);
            listener.filled.notified().await;
        } else {
            let request = connection.session.next_read()?;
            connection.read(request).await;
        }
    }
}

async fn carry_out(connection: &mut Connection, replies: &mut Sender<Bytes>) -> Option<()> {
    while let Some(action) = connection.session.next_action() {
        match action {
            Action::Send(frame) => {
                let length = u32::try_from(frame.len()).ok()?;
                let mut piece = Vec::with_capacity(frame.len() + 4);
                piece.extend_from_slice(&length.to_be_bytes());
                piece.extend_from_slice(&frame);
                timeout(limits::STALLED_AFTER, replies.send(piece.into())).await.ok()?.ok()?;
            }
            Action::Order(order) => {
                let writer = connection.node.writer.clone();
                writer.order(&connection.listener, order).await;
            }
            Action::Read(request) => connection.read(request).await,
            // A POST ends when it was answered; it listens to nothing.
            Action::Listen(_) | Action::Leave(_) => {}
            Action::Tell(group, frame) => connection.node.hub.tell(&group, &connection.listener, &frame),
            Action::Close => return None,
        }
    }
    Some(())
}

/// A response body that is made while it is sent.
struct FrameStream {
    receiver: Receiver<Bytes>,
}

impl HttpBody for FrameStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.receiver.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
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
    /// See [`limits::MAX_POST`] and [`limits::MAX_FRAMES_PER_POST`].
    #[error("The request is too large.")]
    TooLarge,
    /// The lengths and the body do not fit.
    #[error("The request ends in the middle of a frame.")]
    CutShort,
    /// It did not arrive.
    #[error("The request took too long.")]
    Stalled,
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotASocket => StatusCode::UPGRADE_REQUIRED,
            Self::BadHandshake | Self::CutShort => StatusCode::BAD_REQUEST,
            Self::TooManyConnections => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Stalled => StatusCode::REQUEST_TIMEOUT,
        };
        let upgrade = [(header::UPGRADE, "websocket")];
        match self {
            Self::NotASocket => (status, upgrade, format!("{self}\n")).into_response(),
            _ => (status, format!("{self}\n")).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_split_into_its_frames() {
        let body = [&[0, 0, 0, 2][..], b"ab", &[0, 0, 0, 0], &[0, 0, 0, 1], b"c"].concat();
        let frames = split(body.clone().into()).unwrap();
        assert_eq!(frames, [&b"ab"[..], b"", b"c"]);
        assert!(split(Bytes::new()).unwrap().is_empty());
        for cut in [body.len() - 1, 1, 5] {
            assert_eq!(split(Bytes::copy_from_slice(&body[..cut])), Err(HttpError::CutShort));
        }
        let many = vec![0; 4 * (limits::MAX_FRAMES_PER_POST + 1)];
        assert_eq!(split(many.into()), Err(HttpError::TooLarge));
    }

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
