//! The retail catalog, carried inside the binary.

use std::fs;
use std::path::Path;

use super::error::{Error, Result};

/// Every file of `catalogs/retail`: its path below the mesh root and its text.
pub const FILES: &[(&str, &str)] = &[
    ("_governance/board.policy.yaml", include_str!("../../../../catalogs/retail/_governance/board.policy.yaml")),
    ("_governance/personas.policy.md", include_str!("../../../../catalogs/retail/_governance/personas.policy.md")),
    (
        "customer360/customers/customers-v1.odcs.yaml",
        include_str!("../../../../catalogs/retail/customer360/customers/customers-v1.odcs.yaml"),
    ),
    (
        "customer360/customers/customers.odps.yaml",
        include_str!("../../../../catalogs/retail/customer360/customers/customers.odps.yaml"),
    ),
    ("customer360/domain.yaml", include_str!("../../../../catalogs/retail/customer360/domain.yaml")),
    ("customer360/policy.yaml", include_str!("../../../../catalogs/retail/customer360/policy.yaml")),
    ("customers/domain.yaml", include_str!("../../../../catalogs/retail/customers/domain.yaml")),
    ("customers/policy.yaml", include_str!("../../../../catalogs/retail/customers/policy.yaml")),
    (
        "customers/profiles/profiles-v1.odcs.yaml",
        include_str!("../../../../catalogs/retail/customers/profiles/profiles-v1.odcs.yaml"),
    ),
    (
        "customers/profiles/profiles.odps.yaml",
        include_str!("../../../../catalogs/retail/customers/profiles/profiles.odps.yaml"),
    ),
    ("finance/domain.yaml", include_str!("../../../../catalogs/retail/finance/domain.yaml")),
    (
        "finance/payments/payments-v1.odcs.yaml",
        include_str!("../../../../catalogs/retail/finance/payments/payments-v1.odcs.yaml"),
    ),
    (
        "finance/payments/payments.odps.yaml",
        include_str!("../../../../catalogs/retail/finance/payments/payments.odps.yaml"),
    ),
    ("finance/policy.yaml", include_str!("../../../../catalogs/retail/finance/policy.yaml")),
    ("hr/domain.yaml", include_str!("../../../../catalogs/retail/hr/domain.yaml")),
    ("hr/policy.yaml", include_str!("../../../../catalogs/retail/hr/policy.yaml")),
    (
        "hr/salaries/salaries-v1.odcs.yaml",
        include_str!("../../../../catalogs/retail/hr/salaries/salaries-v1.odcs.yaml"),
    ),
    ("hr/salaries/salaries.odps.yaml", include_str!("../../../../catalogs/retail/hr/salaries/salaries.odps.yaml")),
    ("inventory/domain.yaml", include_str!("../../../../catalogs/retail/inventory/domain.yaml")),
    ("inventory/policy.yaml", include_str!("../../../../catalogs/retail/inventory/policy.yaml")),
    (
        "inventory/products/products-v1.odcs.yaml",
        include_str!("../../../../catalogs/retail/inventory/products/products-v1.odcs.yaml"),
    ),
    (
        "inventory/products/products.odps.yaml",
        include_str!("../../../../catalogs/retail/inventory/products/products.odps.yaml"),
    ),
    (
        "inventory/stock/stock-v1.odcs.yaml",
        include_str!("../../../../catalogs/retail/inventory/stock/stock-v1.odcs.yaml"),
    ),
    ("inventory/stock/stock.odps.yaml", include_str!("../../../../catalogs/retail/inventory/stock/stock.odps.yaml")),
    (
        "marketing/campaigns/campaigns-v1.odcs.yaml",
        include_str!("../../../../catalogs/retail/marketing/campaigns/campaigns-v1.odcs.yaml"),
    ),
    (
        "marketing/campaigns/campaigns.odps.yaml",
        include_str!("../../../../catalogs/retail/marketing/campaigns/campaigns.odps.yaml"),
    ),
    ("marketing/domain.yaml", include_str!("../../../../catalogs/retail/marketing/domain.yaml")),
    ("marketing/policy.yaml", include_str!("../../../../catalogs/retail/marketing/policy.yaml")),
    (
        "marketing/touches/touches-v1.odcs.yaml",
        include_str!("../../../../catalogs/retail/marketing/touches/touches-v1.odcs.yaml"),
    ),
    (
        "marketing/touches/touches.odps.yaml",
        include_str!("../../../../catalogs/retail/marketing/touches/touches.odps.yaml"),
    ),
    ("orders/domain.yaml", include_str!("../../../../catalogs/retail/orders/domain.yaml")),
    (
        "orders/order_items/order_items-v1.odcs.yaml",
        include_str!("../../../../catalogs/retail/orders/order_items/order_items-v1.odcs.yaml"),
    ),
    (
        "orders/order_items/order_items.odps.yaml",
        include_str!("../../../../catalogs/retail/orders/order_items/order_items.odps.yaml"),
    ),
    (
        "orders/orders/orders-v1.odcs.yaml",
        include_str!("../../../../catalogs/retail/orders/orders/orders-v1.odcs.yaml"),
    ),
    (
        "orders/orders/orders-v2.odcs.yaml",
        include_str!("../../../../catalogs/retail/orders/orders/orders-v2.odcs.yaml"),
    ),
    ("orders/orders/orders.odps.yaml", include_str!("../../../../catalogs/retail/orders/orders/orders.odps.yaml")),
    ("orders/policy.yaml", include_str!("../../../../catalogs/retail/orders/policy.yaml")),
    ("users.yaml", include_str!("../../../../catalogs/retail/users.yaml")),
];

/// Writes the catalog into a folder, which becomes a mesh root.
pub fn unpack(root: &Path) -> Result<()> {
    for (path, text) in FILES {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
        }
        fs::write(&path, text).map_err(Error::file("write", &path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// The catalog's folder, found from this file.
    fn source() -> PathBuf {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"));
        from.ancestors().map(|folder| folder.join("catalogs/retail")).find(|folder| folder.is_dir()).unwrap()
    }

    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }

    #[test]
    fn the_list_is_the_folder() {
        let root = source();
        let mut found = Vec::new();
        walk(&root, &mut found);
        let mut found: Vec<_> =
            found.iter().map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/")).collect();
        found.sort();
        assert_eq!(found, FILES.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>());
    }

    #[test]
    fn unpacking_gives_the_same_texts() {
        let root = tempfile::tempdir().unwrap();
        unpack(root.path()).unwrap();
        for (path, text) in FILES {
            assert_eq!(fs::read_to_string(root.path().join(path)).unwrap(), *text, "{path}");
        }
    }
}
