use super::*;
use weft_proto::sql::CommandGetCatalogs;

fn sealer() -> Sealer {
    Sealer::new(&[7; 32])
}

/// The time these tests live in.
const NOW: i64 = 1_800_000_000;

const LATER: i64 = NOW + 60;

fn ticket(sealer: &Sealer, principal: &str, expires: i64) -> Ticket {
    let claim = Claim::Command(any::pack(&CommandGetCatalogs {}));
    seal_ticket(sealer, principal, &claim, Profile::Jdbc, expires).unwrap().0
}

#[test]
fn a_ticket_opens_for_its_owner_with_its_profile() {
    let opened = open_ticket(&sealer(), "ana", &ticket(&sealer(), "ana", LATER), NOW).unwrap();
    assert_eq!(opened.profile, Profile::Jdbc);
    assert!(matches!(opened.claim, Claim::Command(command) if any::name(&command).ends_with("CommandGetCatalogs")));
}

#[test]
fn everything_else_is_one_error() {
    let good = ticket(&sealer(), "ana", LATER);
    let mut forged = good.ticket.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let handle = seal_prepared(
        &sealer(),
        "ana",
        Prepared { sql: "SELECT 1".to_owned(), parameters: Bytes::new(), parameter_count: 0 },
        LATER,
    );
    let crossed = any::pack_bytes(&TicketStatementQuery { statement_handle: handle.unwrap() });
    for (what, principal, ticket) in [
        ("another's", "eve", good.clone()),
        ("forged", "ana", Ticket { ticket: forged.into() }),
        ("too old", "ana", ticket(&sealer(), "ana", NOW)),
        ("from another server", "ana", ticket(&Sealer::new(&[8; 32]), "ana", LATER)),
        ("a prepared statement", "ana", Ticket { ticket: crossed.into() }),
        ("no package", "ana", Ticket { ticket: Bytes::from_static(b"SELECT 1") }),
        ("empty", "ana", Ticket { ticket: Bytes::new() }),
        ("an open command", "ana", Ticket { ticket: any::pack_bytes(&CommandGetCatalogs {}).into() }),
    ] {
        let error = open_ticket(&sealer(), principal, &ticket, NOW).unwrap_err();
        assert_eq!(error.to_string(), "the ticket is not valid", "{what}");
    }
}

#[test]
fn a_handle_keeps_everything_there_is_to_it() {
    let prepared = Prepared { sql: "SELECT ?".to_owned(), parameters: Bytes::from_static(b"ipc"), parameter_count: 1 };
    let handle = seal_prepared(&sealer(), "ana", prepared.clone(), LATER).unwrap();
    assert!(!handle.windows(6).any(|window| window == b"SELECT"));
    assert_eq!(open_prepared(&sealer(), "ana", &handle, NOW).unwrap(), prepared);
    for (principal, handle) in [
        ("eve", handle.clone()),
        ("ana", seal_prepared(&sealer(), "ana", prepared.clone(), NOW).unwrap()),
        ("ana", ticket(&sealer(), "ana", LATER).ticket),
    ] {
        let error = open_prepared(&sealer(), principal, &handle, NOW).unwrap_err();
        assert_eq!(error.to_string(), "the ticket is not valid");
    }
}

#[test]
fn nothing_outlives_the_credential() {
    assert_eq!(expiry(NOW, Duration::from_secs(3_600), Some(NOW + 5)), NOW + 5);
    assert_eq!(expiry(NOW, Duration::from_secs(5), Some(NOW + 3_600)), NOW + 5);
    assert_eq!(expiry(NOW, Duration::from_secs(5), None), NOW + 5);
}
