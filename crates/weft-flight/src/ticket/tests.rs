use super::*;
use weft_proto::sql::CommandGetCatalogs;

fn sealer() -> Sealer {
    Sealer::new(&[7; 32])
}

fn later() -> i64 {
    expiry(Duration::from_secs(60), None)
}

fn ticket(sealer: &Sealer, principal: &str, expires: i64) -> Ticket {
    let claim = Claim::Command(any::pack(&CommandGetCatalogs {}));
    seal_ticket(sealer, principal, &claim, Profile::Jdbc, expires).unwrap().0
}

#[test]
fn a_ticket_opens_for_its_owner_with_its_profile() {
    let opened = open_ticket(&sealer(), "ana", &ticket(&sealer(), "ana", later())).unwrap();
    assert_eq!(opened.profile, Profile::Jdbc);
    assert!(matches!(opened.claim, Claim::Command(command) if any::name(&command).ends_with("CommandGetCatalogs")));
}

#[test]
fn everything_else_is_one_error() {
    let good = ticket(&sealer(), "ana", later());
    let mut forged = good.ticket.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let handle = seal_prepared(
        &sealer(),
        "ana",
        Prepared { sql: "SELECT 1".to_owned(), parameters: Bytes::new(), parameter_count: 0 },
        later(),
    );
    let crossed = any::pack_bytes(&TicketStatementQuery { statement_handle: handle.unwrap() });
    for (what, principal, ticket) in [
        ("another's", "eve", good.clone()),
        ("forged", "ana", Ticket { ticket: forged.into() }),
        ("too old", "ana", ticket(&sealer(), "ana", now())),
        ("from another server", "ana", ticket(&Sealer::new(&[8; 32]), "ana", later())),
        ("a prepared statement", "ana", Ticket { ticket: crossed.into() }),
        ("no package", "ana", Ticket { ticket: Bytes::from_static(b"SELECT 1") }),
        ("empty", "ana", Ticket { ticket: Bytes::new() }),
        ("an open command", "ana", Ticket { ticket: any::pack_bytes(&CommandGetCatalogs {}).into() }),
    ] {
        let error = open_ticket(&sealer(), principal, &ticket).unwrap_err();
        assert_eq!(error.to_string(), "the ticket is not valid", "{what}");
    }
}

#[test]
fn a_handle_keeps_everything_there_is_to_it() {
    let prepared = Prepared { sql: "SELECT ?".to_owned(), parameters: Bytes::from_static(b"ipc"), parameter_count: 1 };
    let handle = seal_prepared(&sealer(), "ana", prepared.clone(), later()).unwrap();
    assert!(!handle.windows(6).any(|window| window == b"SELECT"));
    assert_eq!(open_prepared(&sealer(), "ana", &handle).unwrap(), prepared);
    for (principal, handle) in [
        ("eve", handle.clone()),
        ("ana", seal_prepared(&sealer(), "ana", prepared.clone(), now()).unwrap()),
        ("ana", ticket(&sealer(), "ana", later()).ticket),
    ] {
        let error = open_prepared(&sealer(), principal, &handle).unwrap_err();
        assert_eq!(error.to_string(), "the ticket is not valid");
    }
}

#[test]
fn nothing_outlives_the_credential() {
    assert_eq!(expiry(Duration::from_secs(3_600), Some(now() + 5)), now() + 5);
    assert!(expiry(Duration::from_secs(5), Some(now() + 3_600)) <= now() + 6);
}
