//! Sealed texts: only who holds the key can read, make or change them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::error::Error;
use crate::limits::SEALED_BYTES_MAX;
use crate::random;

/// The bytes of a nonce.
const NONCE_BYTES: usize = 24;

/// The salt of HKDF.
const SALT: &[u8] = b"weft";

/// What the format costs over the plain text: key id, nonce, authentication tag.
pub const SEAL_OVERHEAD_BYTES: usize = 1 + NONCE_BYTES + 16;

/// Seals with one key and opens with it or its predecessors.
///
/// A sealed text is a byte that names the key, 24 random bytes, and the plain text under XChaCha20-Poly1305. Every
/// context (`ticket`, `session`, …) has a key of its own, derived with HKDF, so that a text sealed for one use never
/// opens for another. Servers with the same key open each other's texts.
pub struct Sealer {
    current: Key,
    previous: Vec<Key>,
}

struct Key {
    id: u8,
    /// HMAC under the extracted key: what HKDF expands with.
    expand: Hmac<Sha256>,
}

impl Sealer {
    /// A sealer with a key from the configuration.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self { current: Key::new(key), previous: Vec::new() }
    }

    /// A sealer with a key of its own: what it seals opens until the process ends.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn random() -> Result<Self, Error> {
        Ok(Self::new(&random::bytes()?))
    }

    /// Opens what an earlier key sealed, too.
    #[must_use]
    pub fn with_previous(mut self, key: &[u8; 32]) -> Self {
        self.previous.push(Key::new(key));
        self
    }

    /// Seals bytes for one context.
    ///
    /// # Errors
    /// When the text is longer than [`SEALED_BYTES_MAX`] or there are no random bytes.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
        if plain.len() > SEALED_BYTES_MAX {
            return Err(Error::SealTooLong);
        }
        let nonce: [u8; NONCE_BYTES] = random::bytes()?;
        let aad = associated(self.current.id, context);
        let payload = Payload { msg: plain, aad: &aad };
        let cipher = self.current.cipher(context);
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| Error::SealTooLong)?;
        let mut out = Vec::with_capacity(plain.len() + SEAL_OVERHEAD_BYTES);
        out.push(self.current.id);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what [`Sealer::seal`] made for the same context; `None` for everything else.
    #[must_use]
    pub fn open(&self, context: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        if sealed.len() > SEALED_BYTES_MAX + SEAL_OVERHEAD_BYTES {
            return None;
        }
        let (&id, rest) = sealed.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let aad = associated(id, context);
        std::iter::once(&self.current).chain(&self.previous).filter(|key| key.id == id).find_map(|key| {
            let payload = Payload { msg: sealed, aad: &aad };
            key.cipher(context).decrypt(&XNonce::from(*nonce), payload).ok()
        })
    }

    /// Seals to text that goes through headers and URLs.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn seal_text(&self, context: &str, plain: &[u8]) -> Result<String, Error> {
        Ok(URL_SAFE_NO_PAD.encode(self.seal(context, plain)?))
    }

    /// Opens what [`Sealer::seal_text`] made.
    #[must_use]
    pub fn open_text(&self, context: &str, sealed: &str) -> Option<Vec<u8>> {
        self.open(context, &URL_SAFE_NO_PAD.decode(sealed).ok()?)
    }

    /// A digest that only who holds the current key can compute or compare with a guess.
    #[must_use]
    pub fn keyed_digest(&self, context: &str, bytes: &[u8]) -> [u8; 32] {
        authenticated(&hmac(self.current.derived("digest", context)), &[bytes])
    }
}

impl Key {
    fn new(key: &[u8; 32]) -> Self {
        let (extracted, _) = Hkdf::<Sha256>::extract(Some(SALT), key);
        let mut key = Self { id: 0, expand: hmac(extracted.into()) };
        let [id, ..] = key.derived("key id", "");
        key.id = id;
        key
    }

    /// The first 32 bytes that HKDF expands to, written out because the library's call can fail for other lengths.
    fn derived(&self, purpose: &str, context: &str) -> [u8; 32] {
        authenticated(&self.expand, &[b"weft ", purpose.as_bytes(), b" 1\0", context.as_bytes(), &[1]])
    }

    fn cipher(&self, context: &str) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.derived("seal", context).into())
    }
}

/// HMAC with a key of 32 bytes, which it fills up with zeros to its own length.
fn hmac(key: [u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = from;
    }
    Hmac::new(&block.into())
}

fn authenticated(mac: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac.clone();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn associated(key_id: u8, context: &str) -> Vec<u8> {
    [b"weft seal 1\0", &[key_id][..], context.as_bytes()].concat()
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({} keys)", 1 + self.previous.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_context_only() {
        let sealer = Sealer::new(&[7; 32]);
        let sealed = sealer.seal("ticket", b"select 1").expect("sealed");
        assert_eq!(sealed.len(), 8 + SEAL_OVERHEAD_BYTES);
        assert_eq!(sealer.open("ticket", &sealed).as_deref(), Some(&b"select 1"[..]));
        for context in ["", "tickets", "session", "Ticket"] {
            assert_eq!(sealer.open(context, &sealed), None);
        }
        assert_eq!(Sealer::new(&[7; 32]).open("ticket", &sealed).as_deref(), Some(&b"select 1"[..]));
        assert_eq!(Sealer::new(&[8; 32]).open("ticket", &sealed), None);
        assert_ne!(sealer.seal("ticket", b"select 1").expect("sealed"), sealed);
        let empty = sealer.seal_text("t", b"").expect("sealed");
        assert_eq!(sealer.open_text("t", &empty).as_deref(), Some(&b""[..]));
    }

    #[test]
    fn no_changed_bit_opens() {
        let sealer = Sealer::random().expect("random");
        let sealed = sealer.seal("ticket", b"some longer text").expect("sealed");
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert_eq!(sealer.open("ticket", &changed), None, "byte {at} bit {bit}");
            }
            assert_eq!(sealer.open("ticket", &sealed[..at]), None, "cut at {at}");
        }
        let longer = [&sealed[..], b"x"].concat();
        assert_eq!(sealer.open("ticket", &longer), None);
        let text = sealer.seal_text("ticket", b"12").expect("sealed").into_bytes();
        for at in 0..text.len() {
            for bit in 0..7 {
                let mut changed = text.clone();
                changed[at] ^= 1 << bit;
                let changed = String::from_utf8(changed).expect("ascii");
                assert_eq!(sealer.open_text("ticket", &changed), None, "{changed}");
            }
        }
    }

    #[test]
    fn earlier_keys_open_and_do_not_seal() {
        let old = Sealer::new(&[1; 32]);
        let new = Sealer::new(&[2; 32]).with_previous(&[1; 32]);
        let sealed = old.seal("t", b"x").expect("sealed");
        assert_eq!(new.open("t", &sealed).as_deref(), Some(&b"x"[..]));
        assert_eq!(old.open("t", &new.seal("t", b"x").expect("sealed")), None);
        assert_eq!(format!("{new:?}"), "Sealer(2 keys)");
    }

    #[test]
    fn digests_depend_on_key_context_and_bytes() {
        let sealer = Sealer::new(&[1; 32]);
        let digest = sealer.keyed_digest("decision", b"a");
        assert_eq!(digest, Sealer::new(&[1; 32]).keyed_digest("decision", b"a"));
        assert_ne!(digest, sealer.keyed_digest("decision", b"b"));
        assert_ne!(digest, sealer.keyed_digest("receipt", b"a"));
        assert_ne!(digest, Sealer::new(&[2; 32]).keyed_digest("decision", b"a"));
    }

    #[test]
    fn keys_are_derived_as_hkdf_does() {
        let mut expected = [0; 32];
        let hkdf = Hkdf::<Sha256>::new(Some(SALT), &[1; 32]);
        hkdf.expand(b"weft seal 1\0ticket", &mut expected).expect("length");
        assert_eq!(Key::new(&[1; 32]).derived("seal", "ticket"), expected);
    }

    #[test]
    fn too_long_a_text_is_refused() {
        let sealer = Sealer::new(&[1; 32]);
        assert_eq!(sealer.seal("t", &vec![0; SEALED_BYTES_MAX + 1]), Err(Error::SealTooLong));
        assert_eq!(sealer.open("t", &vec![0; SEALED_BYTES_MAX + SEAL_OVERHEAD_BYTES + 1]), None);
    }
}
