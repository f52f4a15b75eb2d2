//! Masks over e-mail and IP addresses.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a value that is no address looks like.
const HIDDEN: &[u8] = b"***";

/// `***@` and what stands behind the last `@`. A value without one, with nothing on either side of it, or with white
/// space or a control character behind it is no address and hidden whole.
pub(super) fn email_domain(value: &str, shown: &mut Vec<u8>) {
    shown.extend_from_slice(HIDDEN);
    let Some((local, domain)) = value.rsplit_once('@') else { return };
    let plain = |character: char| !character.is_whitespace() && !character.is_control();
    if !local.is_empty() && !domain.is_empty() && domain.chars().all(plain) {
        shown.push(b'@');
        shown.extend_from_slice(domain.as_bytes());
    }
}

/// The network an address is in, as canonical text; anything else is hidden whole.
pub(super) fn ip_prefix(value: &str, shown: &mut Vec<u8>, v4: u8, v6: u8) {
    let network = match value.parse() {
        Ok(IpAddr::V4(address)) => IpAddr::V4(network_v4(address, v4)),
        Ok(IpAddr::V6(address)) => {
            // An IPv4 address in IPv6 clothes shows no more of itself than it would without them.
            let bits = if address.to_ipv4_mapped().is_some() { v6.min(v4.saturating_add(96)) } else { v6 };
            IpAddr::V6(network_v6(address, bits))
        }
        Err(_) => return shown.extend_from_slice(HIDDEN),
    };
    // Writing into memory does not fail.
    let _ = write!(shown, "{network}");
}

fn network_v4(address: Ipv4Addr, bits: u8) -> Ipv4Addr {
    let hidden = u32::MAX.checked_shr(u32::from(bits)).unwrap_or(0);
    Ipv4Addr::from_bits(address.to_bits() & !hidden)
}

fn network_v6(address: Ipv6Addr, bits: u8) -> Ipv6Addr {
    let hidden = u128::MAX.checked_shr(u32::from(bits)).unwrap_or(0);
    Ipv6Addr::from_bits(address.to_bits() & !hidden)
}
