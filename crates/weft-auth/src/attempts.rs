//! How many wrong passwords an address may send.

use std::collections::HashMap;
use std::net::IpAddr;

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::limits::{ATTEMPT_ENTRIES_MAX, PEER_BURST, PEER_SECONDS_PER_ATTEMPT, USER_BURST, USER_SECONDS_PER_ATTEMPT};

/// Two buckets for each attempt: one for the user at an address, one for the address.
///
/// An attempt is paid before the password is checked, so that many at once do not slip through, and paid back when
/// the password was right. An attempt that the user's bucket refuses does not cost the address anything: one client
/// with an old password does not lock out everybody behind the same gateway.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    buckets: HashMap<Key, Bucket>,
}

/// Whose bucket it is; the name of a user is digested, because strangers choose its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    peer: Option<IpAddr>,
    user: Option<[u8; 32]>,
}

/// Counts what was used, in seconds until it is forgotten.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    used: u32,
    at: i64,
}

#[derive(Clone, Copy)]
struct Rate {
    burst: u32,
    seconds: u32,
}

const USER: Rate = Rate { burst: USER_BURST, seconds: USER_SECONDS_PER_ATTEMPT };
const PEER: Rate = Rate { burst: PEER_BURST, seconds: PEER_SECONDS_PER_ATTEMPT };

impl Attempts {
    /// Pays for one attempt.
    pub(crate) fn take(&mut self, user: &str, peer: Option<IpAddr>, now: i64) -> Result<(), Error> {
        let [user, peer] = keys(user, peer);
        for (key, rate) in [(user, USER), (peer, PEER)] {
            let used = self.used(key, now);
            let full = rate.burst * rate.seconds;
            if used + rate.seconds > full {
                return Err(Error::TooManyAttempts { seconds: used + rate.seconds - full });
            }
        }
        self.pay(user, USER, now);
        self.pay(peer, PEER, now);
        Ok(())
    }

    /// Pays an attempt back.
    pub(crate) fn give_back(&mut self, user: &str, peer: Option<IpAddr>, now: i64) {
        for (key, rate) in keys(user, peer).into_iter().zip([USER, PEER]) {
            let used = self.used(key, now).saturating_sub(rate.seconds);
            if used == 0 {
                self.buckets.remove(&key);
            } else {
                self.buckets.insert(key, Bucket { used, at: now });
            }
        }
    }

    fn used(&self, key: Key, now: i64) -> u32 {
        self.buckets.get(&key).map_or(0, |bucket| bucket.used_at(now))
    }

    fn pay(&mut self, key: Key, rate: Rate, now: i64) {
        let used = self.used(key, now) + rate.seconds;
        if self.buckets.len() >= ATTEMPT_ENTRIES_MAX && !self.buckets.contains_key(&key) {
            self.make_room(now);
        }
        self.buckets.insert(key, Bucket { used, at: now });
    }

    /// Forgets what has run out, and if that is not enough, those with the least use.
    fn make_room(&mut self, now: i64) {
        self.buckets.retain(|_, bucket| bucket.used_at(now) > 0);
        if self.buckets.len() < ATTEMPT_ENTRIES_MAX {
            return;
        }
        let mut used: Vec<u32> = self.buckets.values().map(|bucket| bucket.used_at(now)).collect();
        let (_, &mut middle, _) = used.select_nth_unstable(ATTEMPT_ENTRIES_MAX / 8);
        let mut room = ATTEMPT_ENTRIES_MAX / 8;
        self.buckets.retain(|_, bucket| {
            let forget = room > 0 && bucket.used_at(now) <= middle;
            room -= usize::from(forget);
            !forget
        });
    }
}

impl Bucket {
    fn used_at(&self, now: i64) -> u32 {
        let passed = u32::try_from(now.saturating_sub(self.at).max(0)).unwrap_or(u32::MAX);
        self.used.saturating_sub(passed)
    }
}

fn keys(user: &str, peer: Option<IpAddr>) -> [Key; 2] {
    let peer = peer.map(network);
    [Key { peer, user: Some(Sha256::digest(user.as_bytes()).into()) }, Key { peer, user: None }]
}

/// One customer has a whole /64 of IPv6 addresses to choose from.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect(text))
    }

    #[test]
    fn a_user_at_an_address_is_held_back_and_recovers() {
        let mut attempts = Attempts::default();
        let home = peer("192.0.2.1");
        for _ in 0..USER_BURST {
            attempts.take("ana", home, 0).expect("free");
        }
        assert_eq!(attempts.take("ana", home, 0), Err(Error::TooManyAttempts { seconds: 6 }));
        assert_eq!(attempts.take("ana", home, 4), Err(Error::TooManyAttempts { seconds: 2 }));
        attempts.take("ana", home, 6).expect("one more");
        assert!(attempts.take("ana", home, 6).is_err());
        attempts.take("bob", home, 6).expect("another user");
        attempts.take("ana", peer("192.0.2.2"), 6).expect("another address");
        attempts.take("ana", None, 6).expect("no address");
    }

    #[test]
    fn an_address_is_held_back_whatever_users_it_tries() {
        let mut attempts = Attempts::default();
        for at in 0..PEER_BURST {
            attempts.take(&at.to_string(), peer("2001:db8::1"), 0).expect("free");
        }
        let limited = Err(Error::TooManyAttempts { seconds: 1 });
        assert_eq!(attempts.take("x", peer("2001:db8::ffff:2"), 0), limited);
        attempts.take("x", peer("2001:db8:0:1::1"), 0).expect("another network");
        attempts.take("x", peer("2001:db8::1"), 1).expect("one more");
        for at in 0..PEER_BURST {
            attempts.take(&at.to_string(), peer("192.0.2.1"), 0).expect("free");
        }
        assert_eq!(attempts.take("x", peer("::ffff:192.0.2.1"), 0), limited, "the same address as IPv6");
    }

    #[test]
    fn a_right_password_is_paid_back() {
        let mut attempts = Attempts::default();
        for _ in 0..1000 {
            attempts.take("ana", None, 0).expect("free");
            attempts.give_back("ana", None, 0);
        }
        assert!(attempts.buckets.is_empty());
        for _ in 0..USER_BURST {
            attempts.take("ana", None, 0).expect("free");
        }
        for _ in 0..100 {
            assert!(attempts.take("ana", None, 0).is_err());
        }
        attempts.take("bob", None, 0).expect("refused attempts cost the address nothing");
    }

    #[test]
    fn what_is_remembered_is_bounded_and_keeps_the_worst() {
        let mut attempts = Attempts::default();
        for _ in 0..USER_BURST {
            attempts.take("worst", peer("192.0.2.1"), 0).expect("free");
        }
        for at in 0..u32::try_from(ATTEMPT_ENTRIES_MAX).expect("bound") {
            attempts.take("x", Some(IpAddr::from(at.to_be_bytes())), 0).expect("free");
            assert!(attempts.buckets.len() <= ATTEMPT_ENTRIES_MAX);
        }
        assert!(attempts.take("worst", peer("192.0.2.1"), 0).is_err());
    }

    #[test]
    fn a_clock_that_goes_back_forgives_nothing() {
        let mut attempts = Attempts::default();
        for _ in 0..USER_BURST {
            attempts.take("ana", None, 1000).expect("free");
        }
        assert!(attempts.take("ana", None, 0).is_err());
    }
}
