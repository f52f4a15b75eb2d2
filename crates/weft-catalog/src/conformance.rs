//! What every catalog must do: the suite that the file catalog and its twin in memory both pass.

pub mod mesh;

use std::error::Error as StdError;
use std::sync::Arc;

use crate::catalog::ProductCatalog;
use crate::conformance::mesh::{BOARD, DOMAIN_POLICY, Files, contract, mesh, port, product};
use crate::error::Error;
use crate::snapshot::{CatalogSnapshot, Resolution};

/// A day on which nothing of the suite's mesh is past its sunset: 2026-06-15.
pub const TODAY: i32 = 20_619;

/// The day after the sunset of `orders` 1.4.2: 2027-04-01.
pub const AFTER_SUNSET: i32 = 20_909;

/// A catalog whose files the suite can change.
pub trait Subject: Sized {
    /// Opens a catalog of these files.
    ///
    /// # Errors
    /// What the catalog says.
    fn open(files: &Files) -> Result<Self, Error>;

    /// The catalog.
    fn catalog(&self) -> &dyn ProductCatalog;

    /// Makes these files the catalog's, all at once, and has it look.
    ///
    /// # Errors
    /// What the catalog says.
    fn replace(&self, files: &Files) -> Result<Arc<CatalogSnapshot>, Error>;
}

/// What a case of the suite comes to.
type Outcome = Result<(), Box<dyn StdError>>;

/// Runs the whole suite.
///
/// # Errors
/// When the catalog fails where it must not.
///
/// # Panics
/// When the catalog answers wrongly.
pub async fn conforms<S: Subject>() -> Outcome {
    reads_a_mesh::<S>().await?;
    answers_names::<S>()?;
    needs_a_board::<S>()?;
    tells_of_changes::<S>().await?;
    keeps_what_was_good::<S>()?;
    lets_go_of_what_was_removed::<S>()?;
    keeps_policies::<S>()?;
    keeps_the_board::<S>()
}

/// Every problem of a snapshot, as people read it.
#[must_use]
pub fn problems(snapshot: &CatalogSnapshot) -> Vec<String> {
    snapshot
        .problems()
        .iter()
        .map(|problem| {
            let whose = match (&problem.product, &problem.domain) {
                (Some(product), _) => product.to_string(),
                (None, Some(domain)) => domain.to_string(),
                (None, None) => "mesh".to_owned(),
            };
            format!("{whose} | {}", problem.finding)
        })
        .collect()
}

/// What a name comes to, in one line.
#[must_use]
pub fn resolved(snapshot: &CatalogSnapshot, domain: &str, table: &str, today: i32) -> String {
    match snapshot.resolve(domain, table, today) {
        Resolution::Found(found) => {
            let pin = if found.pinned_version { " pinned" } else { "" };
            format!("{} {} {} {}{pin}", found.port.name, found.port.version, found.object.name, found.status)
        }
        Resolution::Broken(broken) => {
            format!("broken {}", broken.name.as_ref().map_or_else(String::new, ToString::to_string))
        }
        Resolution::Retired(retired) => {
            let successor = retired.successor.map_or_else(|| "nothing".to_owned(), |successor| successor.name);
            format!("retired {} {}, use {successor}", retired.target.port.version, retired.target.object.name)
        }
        Resolution::Missing => "missing".to_owned(),
    }
}

async fn reads_a_mesh<S: Subject>() -> Outcome {
    let subject = S::open(&mesh())?;
    let snapshot = subject.catalog().snapshot().await?;
    assert_eq!(problems(&snapshot), Vec::<String>::new());
    assert_eq!(snapshot.epoch(), 1);
    assert_eq!(&**snapshot.mesh(), "weft");
    let domains = snapshot.domains().map(|(name, info)| format!("{name} {:?}", info.title)).collect::<Vec<_>>();
    assert_eq!(domains, ["customers None", "orders Some(\"Orders\")"]);
    let products = snapshot.products().iter().map(|product| product.name.to_string()).collect::<Vec<_>>();
    assert_eq!(products, ["customers.profiles", "orders.orders"]);
    let again = S::open(&mesh())?.catalog().snapshot().await?;
    assert_eq!(again.id(), snapshot.id(), "the same files give the same id");
    Ok(())
}

fn answers_names<S: Subject>() -> Outcome {
    let subject = S::open(&mesh())?;
    let snapshot = subject.replace(&mesh())?;
    let name = |table: &str| resolved(&snapshot, "orders", table, TODAY);
    assert_eq!(name("orders"), "orders 2.1.0 orders active");
    assert_eq!(name("orders_v1"), "orders 1.4.2 orders deprecated pinned");
    assert_eq!(name("orders__order_items"), "orders 2.1.0 order_items active");
    assert_eq!(name("nothing"), "missing");
    assert_eq!(resolved(&snapshot, "nothing", "orders", TODAY), "missing");
    for product in snapshot.products() {
        for listed in snapshot.names(product, TODAY) {
            let domain = product.name.domain.as_str();
            let Resolution::Found(found) = snapshot.resolve(domain, &listed.name, TODAY) else {
                return Err(format!("{} is listed and not found", listed.name).into());
            };
            assert!(Arc::ptr_eq(&found.object, &listed.target.object), "{}", listed.name);
            assert_eq!(found.pinned_version, listed.target.pinned_version, "{}", listed.name);
        }
    }
    Ok(())
}

fn needs_a_board<S: Subject>() -> Outcome {
    let mut files = mesh();
    files.remove("_governance/board.policy.yaml");
    let refused = S::open(&files).err().map(|error| error.to_string());
    assert_eq!(refused.as_deref(), Some("the policy of the governance board is not valid"));
    Ok(())
}

async fn tells_of_changes<S: Subject>() -> Outcome {
    let subject = S::open(&mesh())?;
    let first = subject.catalog().snapshot().await?;
    let mut changes = subject.catalog().changes().ok_or("the catalog tells nobody about changes")?;
    let same = subject.replace(&mesh())?;
    assert!(Arc::ptr_eq(&same, &first), "nothing changed");
    assert!(!changes.has_changed()?);

    let mut files = mesh();
    files.insert("orders/domain.yaml".to_owned(), "title: All orders\n".to_owned());
    let second = subject.replace(&files)?;
    assert!(changes.has_changed()?);
    assert!(Arc::ptr_eq(&changes.borrow_and_update(), &second));
    assert!(Arc::ptr_eq(&subject.catalog().snapshot().await?, &second));
    assert_ne!(second.id(), first.id());
    assert_eq!(second.epoch(), 2);
    for (old, new) in first.products().iter().zip(second.products()) {
        assert!(Arc::ptr_eq(old, new), "an unchanged product is carried over");
    }
    Ok(())
}

fn keeps_what_was_good<S: Subject>() -> Outcome {
    let subject = S::open(&mesh())?;
    let mut files = mesh();
    files.insert("orders/orders/orders-v2.odcs.yaml".to_owned(), "kind: DataContract\nid: [\n".to_owned());
    let broken = subject.replace(&files)?;
    assert_eq!(resolved(&broken, "orders", "orders", TODAY), "orders 2.1.0 orders active");
    assert!(
        problems(&broken).contains(
            &"orders.orders | orders/orders/orders-v2.odcs.yaml: error[CAT-007]: the file no longer loads and counts as \
              it was\n  hint: Correct the file, or remove it."
                .to_owned()
        ),
        "{:#?}",
        problems(&broken)
    );

    files = mesh();
    files.remove("orders/orders/orders-v2.odcs.yaml");
    let lost = subject.replace(&files)?;
    assert_eq!(resolved(&lost, "orders", "orders", TODAY), "orders 2.1.0 orders active");
    assert!(
        problems(&lost).contains(
            &"orders.orders | orders/orders/orders.odps.yaml: error[CAT-007]: the product no longer loads and stays as \
              it was\n  hint: Correct the files, or remove the product file and all of its contracts."
                .to_owned()
        ),
        "{:#?}",
        problems(&lost)
    );
    assert_ne!(lost.id(), broken.id());

    let well = subject.replace(&mesh())?;
    assert_eq!(problems(&well), Vec::<String>::new());
    Ok(())
}

fn lets_go_of_what_was_removed<S: Subject>() -> Outcome {
    let subject = S::open(&mesh())?;
    let mut files = mesh();
    files.remove("orders/orders/orders.odps.yaml");
    let orphaned = subject.replace(&files)?;
    assert_eq!(resolved(&orphaned, "orders", "orders", TODAY), "orders 2.1.0 orders active");
    let kept = "orders.orders | orders/orders/orders.odps.yaml: error[CAT-007]: the product file vanished while its \
                contracts remain; the product stays as it was\n  hint: Correct the files, or remove the product file \
                and all of its contracts.";
    assert!(problems(&orphaned).contains(&kept.to_owned()), "{:#?}", problems(&orphaned));

    files.retain(|path, _| !path.starts_with("orders/orders/"));
    let gone = subject.replace(&files)?;
    assert_eq!(resolved(&gone, "orders", "orders", TODAY), "missing");
    assert_eq!(problems(&gone), Vec::<String>::new());

    files.insert("orders/sales/sales.odps.yaml".to_owned(), product("orders", "sales", &[port("sales", "1.0.0")], &[]));
    files.insert(
        "orders/sales/sales-v1.odcs.yaml".to_owned(),
        contract("orders", "sales", "sales", "1.0.0", "active", &["sales"]),
    );
    let came = subject.replace(&files)?;
    assert_eq!(resolved(&came, "orders", "sales", TODAY), "sales 1.0.0 sales active");
    Ok(())
}

fn keeps_policies<S: Subject>() -> Outcome {
    let subject = S::open(&mesh())?;
    let mut files = mesh();
    files.remove("orders/policy.yaml");
    let vanished = subject.replace(&files)?;
    let complaint = "orders | orders/policy.yaml: error[CAT-008]: the policy file vanished; its last rules stay in force\
                     \n  hint: Put the file back. To end its rules, keep the file with an empty list of rules, or start \
                     the server again.";
    assert_eq!(problems(&vanished), [complaint]);

    files.insert("orders/policy.yml".to_owned(), DOMAIN_POLICY.to_owned());
    let moved = subject.replace(&files)?;
    assert_eq!(problems(&moved), Vec::<String>::new(), "a file that was moved has not vanished");

    let back = subject.replace(&mesh())?;
    assert_eq!(problems(&back), Vec::<String>::new());
    Ok(())
}

fn keeps_the_board<S: Subject>() -> Outcome {
    let subject = S::open(&mesh())?;
    let mut files = mesh();
    files.insert("_governance/board.policy.yaml".to_owned(), BOARD.replace("allow: read", "allow: everything"));
    let stale = subject.replace(&files)?;
    assert!(stale.policy().board_valid());
    let complaint = "mesh | _governance: error[CAT-014]: the policy of the governance board is not valid; its last valid \
                     rules stay in force\n  hint: Correct the files below `_governance`.";
    assert!(problems(&stale).contains(&complaint.to_owned()), "{:#?}", problems(&stale));

    files.remove("_governance/board.policy.yaml");
    let vanished = subject.replace(&files)?;
    assert!(vanished.policy().board_valid());

    let well = subject.replace(&mesh())?;
    assert!(well.policy().board_valid());
    assert_eq!(problems(&well), Vec::<String>::new());
    Ok(())
}
