//! The handshake: a credential in, a bearer out.

use prost::Message;
use tokio::time::timeout;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Request, Response, Status, Streaming};
use weft_auth::credential::Credential;
use weft_auth::secret::Secret;
use weft_proto::flight::{BasicAuth, HandshakeRequest, HandshakeResponse};

use crate::call::credential;
use crate::error::Error;
use crate::limits::{HANDSHAKE_BYTES_MAX, HANDSHAKE_WAIT};
use crate::server::State;
use crate::status::status;

/// Answers a password with a session bearer, and a bearer with itself. The token goes where each kind of client looks:
/// into the `authorization` header of the answer and into its payload.
pub(crate) async fn handshake(
    state: &State,
    request: Request<Streaming<HandshakeRequest>>,
) -> Result<Response<futures::stream::BoxStream<'static, Result<HandshakeResponse, Status>>>, Status> {
    let peer = request.remote_addr().map(|peer| peer.ip());
    let (headers, _, stream) = request.into_parts();
    let presented = presented(&headers, stream).await?;
    let authenticated = state.auth.authenticate(&presented, peer).await.map_err(|error| status(&error))?;
    let bearer = match presented {
        Credential::Bearer(bearer) => bearer,
        Credential::Basic { .. } | Credential::None => {
            state.auth.session(&authenticated).await.map_err(|error| status(&error))?.bearer
        }
    };
    let payload = bearer.expose().as_bytes().to_vec().into();
    let answer = HandshakeResponse { protocol_version: 0, payload };
    let mut response = Response::new(
        Box::pin(futures::stream::once(async move { Ok(answer) })) as futures::stream::BoxStream<'static, _>
    );
    let mut header = format!("Bearer {}", bearer.expose())
        .parse::<MetadataValue<_>>()
        .map_err(|_| Status::from(Error::Handshake))?;
    header.set_sensitive(true);
    response.metadata_mut().insert("authorization", header);
    Ok(response)
}

/// The credential of a handshake. With a header nothing is read from the stream: some clients send nothing on it.
async fn presented(headers: &MetadataMap, mut stream: Streaming<HandshakeRequest>) -> Result<Credential, Status> {
    let by_header = credential(headers).map_err(|error| status(&error))?;
    if !matches!(by_header, Credential::None) {
        return Ok(by_header);
    }
    match timeout(HANDSHAKE_WAIT, stream.message()).await {
        Ok(Ok(Some(message))) if !message.payload.is_empty() => Ok(from_payload(&message.payload)?),
        // Nothing but an empty message: whether that is enough is for the authenticator to say.
        Ok(Ok(_)) => Ok(Credential::None),
        Ok(Err(status)) => Err(status),
        Err(_) => Err(Error::Handshake.into()),
    }
}

/// The user name and password that clients of the older scheme put into the payload.
fn from_payload(payload: &[u8]) -> Result<Credential, Error> {
    if payload.len() > HANDSHAKE_BYTES_MAX {
        return Err(Error::Handshake);
    }
    let basic = BasicAuth::decode(payload).map_err(|_| Error::Malformed("BasicAuth"))?;
    Ok(Credential::Basic { user: basic.username, password: Secret::new(basic.password) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_holds_a_user_and_a_password() {
        let basic = BasicAuth { username: "ana".to_owned(), password: "secret".to_owned() };
        let credential = from_payload(&basic.encode_to_vec()).unwrap();
        assert_eq!(format!("{credential:?}"), r#"Basic { user: "ana", password: [redacted] }"#);
        assert_eq!(from_payload(&[0xff]).unwrap_err().to_string(), "the request holds no valid `BasicAuth`");
    }
}
