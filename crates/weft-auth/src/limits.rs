//! The bounds of everything that strangers can fill.

/// The longest `authorization` header, in bytes.
pub const HEADER_BYTES_MAX: usize = 64 * 1024;

/// The longest password, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// The shortest password that is hashed for somebody, in characters.
pub const PASSWORD_CHARS_MIN: usize = 8;

/// How many tokens one user may have that still work.
pub const TOKENS_PER_USER_MAX: usize = 100;

/// The largest token file, in bytes.
pub const TOKEN_FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How long a session lasts, in seconds.
pub const SESSION_SECONDS: i64 = 12 * 60 * 60;

/// How many wrong passwords for one user from one address are taken at once.
pub const USER_BURST: u32 = 10;

/// After that, one every so many seconds.
pub const USER_SECONDS_PER_ATTEMPT: u32 = 6;

/// How many wrong passwords from one address are taken at once.
pub const PEER_BURST: u32 = 100;

/// After that, one every so many seconds.
pub const PEER_SECONDS_PER_ATTEMPT: u32 = 1;

/// How many addresses, and users at addresses, are remembered for their wrong passwords.
pub const ATTEMPT_ENTRIES_MAX: usize = 16 * 1024;

/// How many passwords are checked at once; each takes some 20 MiB of memory.
pub const VERIFICATIONS_AT_ONCE: usize = 4;

/// How many more may wait for that.
pub const VERIFICATIONS_WAITING: usize = 252;

/// How long a password that was right is not checked again, in seconds.
pub const VERIFIED_SECONDS: i64 = 60;

/// How many passwords that were right are remembered.
pub const VERIFIED_ENTRIES_MAX: usize = 1024;

/// The most memory a stored password may ask for when it is checked, in KiB.
pub const ARGON2_KIB_MAX: u32 = 256 * 1024;

/// The most rounds a stored password may ask for.
pub const ARGON2_ROUNDS_MAX: u32 = 16;

/// The most lanes a stored password may ask for.
pub const ARGON2_LANES_MAX: u32 = 16;

/// The least memory a stored password should ask for, in KiB.
pub const ARGON2_KIB_ADVISED: u32 = 7 * 1024;

/// The longest plain text that is sealed, in bytes.
pub const SEALED_BYTES_MAX: usize = 8 * 1024 * 1024;
