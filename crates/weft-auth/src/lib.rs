//! Credentials in, principal out.
//!
//! Floor 2: weft-flight hands in what a client presented and gets the principal that policy then judges; the engine
//! seals its tickets here. It knows only weft-model. Whatever is wrong with a credential, the client learns one
//! thing: it was not accepted.
//!
//! Read in this order: [`authenticator`] (the seam), [`credential`] and [`secret`] (what a client presents),
//! [`local`] (users, tokens and sessions of this server), [`users`] and [`token`] (the two files behind it),
//! [`session`], [`password`], `attempts` and `verified` (its parts), [`seal`] (sealed texts that only this server
//! opens), [`random`], [`clock`], [`limits`], [`error`].

pub mod authenticator;
pub mod credential;
pub mod secret;

mod attempts;
pub mod local;
pub mod password;
pub mod session;
pub mod token;
pub mod token_file;
pub mod users;
mod verified;

pub mod clock;
pub mod limits;
pub mod random;
pub mod seal;

pub mod error;
