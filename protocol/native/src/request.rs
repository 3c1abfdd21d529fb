//! One HTTP request and its answer, piece by piece.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use porchlight_wire::limits;
use thiserror::Error;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::address::Address;
use crate::connection::{self, ConnectError, Trust};

/// An answer with status 200 whose body is still to come.
pub(crate) struct Answer {
    response: Response<Incoming>,
    connection: JoinHandle<()>,
}

impl Answer {
    /// Asks for what is at this path under the address.
    pub(crate) async fn get(address: &Address, path: &str, trust: &Trust) -> Result<Self, RequestError> {
        Self::of(Method::GET, address, path, Bytes::new(), trust).await
    }

    /// Sends bytes to this path under the address.
    pub(crate) async fn post(
        address: &Address,
        path: &str,
        body: Bytes,
        trust: &Trust,
    ) -> Result<Self, RequestError> {
        Self::of(Method::POST, address, path, body, trust).await
    }

    async fn of(
        method: Method,
        address: &Address,
        path: &str,
        body: Bytes,
        trust: &Trust,
    ) -> Result<Self, RequestError> {
        let stream = TokioIo::new(connection::open(address, trust).await?);
        let (mut sender, connection) = http1::handshake(stream).await?;
        // Ends by itself when the answer has been read, or with the Answer.
        let connection = tokio::spawn(async move {
            let _ = connection.await;
        });
        let patience = PATIENCE + upload_time(body.len());
        let mut answer = Request::builder()
            .method(method)
            .uri(address.path_of(path))
            .header(HOST, address.authority())
            .header(USER_AGENT, concat!("porchlight-device/", env!("CARGO_PKG_VERSION")));
        if !body.is_empty() {
            answer = answer.header(CONTENT_TYPE, "application/octet-stream");
        }
        let request = answer.body(Full::new(body)).map_err(|_| RequestError::Unsendable)?;
        let response =
            timeout(patience, sender.send_request(request)).await.map_err(|_| RequestError::Slow)??;
        match response.status() {
            StatusCode::OK => Ok(Self { response, connection }),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Err(RequestError::Busy),
            status => Err(RequestError::Status(status.as_u16())),
        }
    }

    /// The next piece of the body, or none at its end.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, RequestError> {
        loop {
            let frame =
                timeout(PATIENCE, self.response.body_mut().frame()).await.map_err(|_| RequestError::Slow)?;
            match frame.transpose()?.map(hyper::body::Frame::into_data) {
                None => return Ok(None),
                Some(Ok(data)) => return Ok(Some(data)),
                Some(Err(_trailers)) => {}
            }
        }
    }

    /// The whole body, if it is not longer than this.
    pub(crate) async fn whole(mut self, longest: usize) -> Result<Vec<u8>, RequestError> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece().await? {
            if body.len() + piece.len() > longest {
                return Err(RequestError::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub(crate) enum RequestError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It does not speak HTTP, or stopped in the middle.
    #[error("its answer cannot be read: {0}")]
    Http(#[from] hyper::Error),
    /// It stopped speaking. Try again later.
    #[error("it does not answer")]
    Slow,
    /// It has no room for one more at the moment. Try again later.
    #[error("it has too much to do at the moment")]
    Busy,
    /// It answers something else: most likely another kind of server.
    #[error("it answers with status {0}")]
    Status(u16),
    /// More than any right answer holds.
    #[error("its answer is too long")]
    TooLong,
    /// The address does not make a request.
    #[error("its address does not make a request")]
    Unsendable,
}

/// What a body takes on its way at most: nothing tells how much of it has arrived.
fn upload_time(length: usize) -> Duration {
    Duration::from_millis(
        u64::try_from(length).unwrap_or(u64::MAX).saturating_mul(1_000) / limits::SLOWEST_LINE,
    )
}

/// No byte for this long, and the server counts as gone.
const PATIENCE: Duration = Duration::from_secs(20);
