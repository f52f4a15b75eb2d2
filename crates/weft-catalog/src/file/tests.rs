//! The file catalog over real folders.

use std::fs;
use std::time::Duration;

use tempfile::TempDir;
use weft_model::report::Report;

use super::*;
use crate::conformance::mesh::{self, Files, contract, mesh, port, product};
use crate::conformance::{Subject, TODAY, conforms, problems, resolved};

/// A catalog with a folder of its own.
struct Mesh {
    folder: TempDir,
    catalog: FileCatalog,
}

/// Makes a folder hold exactly these files.
fn write(root: &Path, files: &Files) {
    let existing = Folder::open(root, FILE_BYTES_MAX).unwrap().list().unwrap();
    for path in existing.files.keys().filter(|path| !files.contains_key(&***path)) {
        fs::remove_file(root.join(&**path)).unwrap();
    }
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if fs::read_to_string(&path).ok().as_ref() != Some(text) {
            fs::write(&path, text).unwrap();
        }
    }
}

/// A folder with these files.
fn folder(files: &Files) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    folder
}

fn open(folder: &TempDir) -> Result<FileCatalog, Error> {
    FileCatalog::open(FileCatalogConfig::new(folder.path()))
}

/// The newest snapshot of a catalog.
fn newest(catalog: &FileCatalog) -> Arc<CatalogSnapshot> {
    Arc::clone(&catalog.newest.borrow())
}

impl Subject for Mesh {
    fn open(files: &Files) -> Result<Self, Error> {
        let folder = folder(files);
        let catalog = open(&folder)?;
        Ok(Self { folder, catalog })
    }

    fn catalog(&self) -> &dyn ProductCatalog {
        &self.catalog
    }

    fn replace(&self, files: &Files) -> Result<Arc<CatalogSnapshot>, Error> {
        write(self.folder.path(), files);
        Ok(self.catalog.reload()?.snapshot)
    }
}

#[tokio::test]
async fn it_does_what_every_catalog_does() {
    conforms::<Mesh>().await.unwrap();
}

#[test]
fn one_path_is_read_without_looking_at_the_others() {
    let folder = folder(&mesh());
    let catalog = open(&folder).unwrap();
    let path = folder.path().join("orders/domain.yaml");
    fs::write(&path, "title: Every order\n").unwrap();
    let other = folder.path().join("customers/domain.yaml");
    fs::write(&other, "title: Customers\n").unwrap();
    let report = catalog.reload_paths([&path]).unwrap();
    assert_eq!((report.changed, report.read, report.gone), (true, 1, 0));
    let titles = |snapshot: &CatalogSnapshot| {
        snapshot.domains().map(|(_, info)| info.title.as_deref().unwrap_or("-").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&report.snapshot), ["-", "Every order"]);
    assert_eq!(titles(&catalog.reload().unwrap().snapshot), ["Customers", "Every order"]);
}

#[test]
fn a_folder_that_goes_takes_its_files_along() {
    let folder = folder(&mesh());
    let catalog = open(&folder).unwrap();
    fs::remove_dir_all(folder.path().join("customers")).unwrap();
    let report = catalog.reload_paths(["customers"]).unwrap();
    assert_eq!((report.changed, report.read, report.gone), (true, 0, 2));
    assert_eq!(resolved(&report.snapshot, "customers", "profiles", TODAY), "missing");
    write(folder.path(), &mesh());
    let report = catalog.reload_paths(["customers"]).unwrap();
    assert_eq!((report.changed, report.read, report.gone), (true, 2, 0));
}

#[test]
fn a_mesh_that_loses_every_contract_at_once_stays() {
    let folder = folder(&mesh());
    let catalog = open(&folder).unwrap();
    write(folder.path(), &Files::new());
    let error = catalog.reload().unwrap_err();
    assert_eq!(error.to_string(), "every contract of the catalog vanished at once");
    assert!(error.retryable());
    fs::remove_dir_all(folder.path()).unwrap();
    assert!(matches!(catalog.reload(), Err(Error::Unreadable { .. })));
    assert_eq!(resolved(&newest(&catalog), "orders", "orders", TODAY), "orders 2.1.0 orders active");
}

#[test]
fn bounds_have_names() {
    let folder = folder(&mesh());
    let refused = |change: fn(&mut FileCatalogConfig)| {
        let mut config = FileCatalogConfig::new(folder.path());
        change(&mut config);
        let error = FileCatalog::open(config).unwrap_err();
        format!("{}: {error}; {}", error.code(), error.hint().unwrap_or_default())
    };
    assert_eq!(
        refused(|config| config.files_max = 7),
        "WEFT-C002: the catalog holds more than 7 files; Point `mesh.catalog` at the folder of the mesh alone."
    );
    assert_eq!(
        refused(|config| config.bytes_max = 100),
        "WEFT-C002: the catalog holds more than 100 bytes; Point `mesh.catalog` at the folder of the mesh alone."
    );
    let deep = (0..20).fold(folder.path().to_owned(), |path, _| path.join("x"));
    fs::create_dir_all(deep).unwrap();
    assert_eq!(open(&folder).unwrap_err().to_string(), "the catalog has folders more than 16 levels deep");
}

#[test]
fn a_file_that_grows_too_large_counts_as_it_was() {
    let folder = folder(&mesh());
    let config = FileCatalogConfig { file_bytes_max: 2_000, ..FileCatalogConfig::new(folder.path()) };
    let catalog = FileCatalog::open(config).unwrap();
    let contract = folder.path().join("customers/profiles/profiles-v1.odcs.yaml");
    fs::write(&contract, "x".repeat(3_000)).unwrap();
    fs::write(folder.path().join("orders/policy.yaml"), "x".repeat(3_000)).unwrap();
    let snapshot = catalog.reload().unwrap().snapshot;
    assert_eq!(resolved(&snapshot, "customers", "profiles", TODAY), "profiles 1.0.0 profiles active");
    assert_eq!(
        problems(&snapshot),
        [
            "customers.profiles | customers/profiles/profiles-v1.odcs.yaml: error[CAT-003]: the file is larger than 2000 \
             bytes\n  hint: Split the file.",
            "customers.profiles | customers/profiles/profiles-v1.odcs.yaml: error[CAT-007]: the file no longer loads and \
             counts as it was\n  hint: Correct the file, or remove it.",
            "orders | orders/policy.yaml: error[CAT-003]: the file is larger than 2000 bytes\n  hint: Split the file.",
        ]
    );
}

#[test]
fn a_domain_whose_rules_cannot_be_read_is_closed() {
    let mut files = mesh();
    files.remove("orders/policy.yaml");
    let folder = folder(&files);
    let catalog = open(&folder).unwrap();
    fs::write(folder.path().join("orders/policy.yaml"), [0xff, 0xfe]).unwrap();
    let snapshot = catalog.reload().unwrap().snapshot;
    assert_eq!(resolved(&snapshot, "orders", "orders", TODAY), "broken orders.orders");
    assert_eq!(resolved(&snapshot, "customers", "profiles", TODAY), "profiles 1.0.0 profiles active");
    assert_eq!(problems(&snapshot), ["orders.orders | orders/policy.yaml: error[CAT-004]: the file is not UTF-8 text"]);
}

#[test]
fn a_board_file_that_cannot_be_read_stops_the_start_and_not_a_reload() {
    let folder = folder(&mesh());
    let catalog = open(&folder).unwrap();
    fs::write(folder.path().join("_governance/more.policy.yaml"), [0xff, 0xfe]).unwrap();
    let error = open(&folder).unwrap_err();
    assert_eq!(error.to_string(), "the policy of the governance board is not valid");
    assert_eq!(
        error.detail().as_deref(),
        Some("_governance/more.policy.yaml: error[CAT-004]: the file is not UTF-8 text")
    );
    let snapshot = catalog.reload().unwrap().snapshot;
    assert!(snapshot.policy().board_valid());
    assert_eq!(
        problems(&snapshot),
        [
            "mesh | _governance: error[CAT-014]: the policy of the governance board is not valid; its last valid rules \
             stay in force\n  hint: Correct the files below `_governance`.",
            "mesh | _governance/more.policy.yaml: error[CAT-004]: the file is not UTF-8 text",
        ]
    );
}

#[test]
fn a_policy_may_move_in_two_steps() {
    let folder = folder(&mesh());
    let catalog = open(&folder).unwrap();
    let at = |name: &str| folder.path().join("orders").join(name);
    fs::copy(at("policy.yaml"), at("policy.yml")).unwrap();
    catalog.reload_paths(["orders/policy.yml"]).unwrap();
    fs::remove_file(at("policy.yaml")).unwrap();
    let snapshot = catalog.reload_paths(["orders/policy.yaml"]).unwrap().snapshot;
    assert_eq!(problems(&snapshot), Vec::<String>::new());
}

#[test]
fn what_could_not_be_read_is_tried_again() {
    let folder = folder(&mesh());
    let catalog = open(&folder).unwrap();
    let path = folder.path().join("orders/domain.yaml");
    fs::write(&path, [0xff]).unwrap();
    assert_eq!(catalog.reload().unwrap().read, 1);
    let again = catalog.reload().unwrap();
    assert_eq!((again.changed, again.read), (false, 1));
    assert_eq!(problems(&again.snapshot), ["orders | orders/domain.yaml: error[CAT-004]: the file is not UTF-8 text"]);
    fs::write(&path, "title: Orders\n").unwrap();
    assert_eq!(problems(&catalog.reload().unwrap().snapshot), Vec::<String>::new());
}

#[test]
fn odd_places_are_reported() {
    let mut files = mesh();
    files.insert("orders/orders/policy.yaml".to_owned(), mesh::DOMAIN_POLICY.to_owned());
    files.insert("orders/.hidden.odcs.yaml".to_owned(), "x".to_owned());
    files.insert("orders/.git/config.odcs.yaml".to_owned(), "x".to_owned());
    files.insert("odd/x.odps.yaml".to_owned(), product("shop", "x", &[port("x", "1.0.0")], &[]));
    files.insert("odd/x.odcs.yaml".to_owned(), contract("shop", "x", "x", "1.0.0", "active", &["x"]));
    files.insert("odd/domain.yaml".to_owned(), "titel: Odd\n".to_owned());
    let snapshot = newest(&open(&folder(&files)).unwrap());
    assert_eq!(resolved(&snapshot, "shop", "x", TODAY), "missing");
    let found = problems(&snapshot);
    assert_eq!(
        found.iter().filter(|problem| !problem.contains("CAT-009")).collect::<Vec<_>>(),
        [
            "odd | odd/x.odcs.yaml: warning[W513]: no output port names the contract `shop/x/x/1.0.0` in this version\n  \
             hint: Name it with `contractId` and its version in the product's file, or remove it.",
            "odd | odd/x.odps.yaml:1:1: error[CAT-006]: the product says that it belongs to domain `shop` and its file \
             does not lie in that folder\n  hint: Move the file to `shop/x/x.odps.yaml`.",
            "orders | orders/.hidden.odcs.yaml: warning[CAT-001]: hidden files are ignored\n  hint: Rename the file so \
             that its name does not begin with a dot.",
            "orders | orders/orders/policy.yaml: error[CAT-005]: a file here is not read as policy\n  hint: A domain's \
             policy is `<domain>/policy.yaml`, the board's are `_governance/<name>.policy.yaml`.",
        ]
    );
    let domain = found.iter().find(|problem| problem.contains("CAT-009")).unwrap();
    assert!(domain.starts_with("odd | odd/domain.yaml:1:1: error[CAT-009]: unknown field `titel`"), "{domain}");
    assert!(
        domain.ends_with("hint: A domain file has the keys `title`, `owner`, `description` and `kind`."),
        "{domain}"
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_only_inside_the_mesh() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("x.odcs.yaml"), "secret: value\n").unwrap();
    let folder = folder(&mesh());
    let root = folder.path();
    symlink(outside.path().join("x.odcs.yaml"), root.join("orders/x.odcs.yaml")).unwrap();
    symlink(outside.path(), root.join("orders/elsewhere")).unwrap();
    symlink(root.join("orders"), root.join("orders/orders/back")).unwrap();
    symlink(root.join("nowhere"), root.join("orders/dangling.odcs.yaml")).unwrap();
    // A mounted volume: what is visible are links into a hidden folder that is swapped as a whole.
    fs::create_dir_all(root.join("..2026/shop")).unwrap();
    fs::write(root.join("..2026/shop/domain.yaml"), "title: Shop\n").unwrap();
    symlink("..2026", root.join("..data")).unwrap();
    symlink("..data/shop", root.join("shop")).unwrap();
    let catalog = open(&folder).unwrap();
    let snapshot = newest(&catalog);
    let shop = snapshot.domains().find(|(name, _)| name.as_str() == "shop").unwrap().1;
    assert_eq!(shop.title.as_deref(), Some("Shop"));
    let hint = "\n  hint: Links are followed only to places below the root of the mesh.";
    assert_eq!(
        problems(&snapshot),
        [
            "orders | orders/dangling.odcs.yaml: error[CAT-004]: the file cannot be read: entity not found".to_owned(),
            format!(
                "orders | orders/elsewhere: error[CAT-002]: the link leads out of the mesh and is not followed{hint}"
            ),
            format!("orders | orders/orders/back: error[CAT-002]: the link leads in a circle{hint}"),
            format!(
                "orders | orders/x.odcs.yaml: error[CAT-002]: the link leads out of the mesh and is not followed{hint}"
            ),
        ]
    );

    fs::create_dir_all(root.join("..2027/shop")).unwrap();
    fs::write(root.join("..2027/shop/domain.yaml"), "title: New shop\n").unwrap();
    fs::remove_file(root.join("..data")).unwrap();
    symlink("..2027", root.join("..data")).unwrap();
    let snapshot = catalog.reload_paths([root.join("..data")]).unwrap().snapshot;
    let shop = snapshot.domains().find(|(name, _)| name.as_str() == "shop").unwrap().1;
    assert_eq!(shop.title.as_deref(), Some("New shop"));
}

#[test]
fn a_replaced_file_of_equal_size_and_time_is_noticed() {
    let folder = folder(&mesh());
    let catalog = open(&folder).unwrap();
    let path = folder.path().join("orders/domain.yaml");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let text = fs::read_to_string(&path).unwrap().replace("Orders", "oRDERS");
    let fresh = folder.path().join("orders/fresh");
    fs::write(&fresh, text).unwrap();
    fs::File::options().write(true).open(&fresh).unwrap().set_modified(time).unwrap();
    fs::rename(&fresh, &path).unwrap();
    assert_eq!(catalog.reload().unwrap().changed, cfg!(unix));
}

#[tokio::test]
async fn changes_are_followed() {
    let folder = folder(&mesh());
    let catalog = Arc::new(open(&folder).unwrap());
    let mut changes = catalog.changes().unwrap();
    let steps = async {
        // The watch has to be in place before the first change for the report to be what is tested.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let wait = Duration::from_secs(20);
        fs::write(folder.path().join("orders/domain.yaml"), "title: Followed\n").unwrap();
        tokio::time::timeout(wait, changes.changed()).await.unwrap().unwrap();
        let titles = |snapshot: &CatalogSnapshot| {
            snapshot.domains().filter_map(|(_, info)| info.title.clone()).collect::<Vec<_>>()
        };
        assert_eq!(titles(&changes.borrow_and_update()), [Arc::from("Followed")]);

        let shop = folder.path().join("shop/sales");
        fs::create_dir_all(&shop).unwrap();
        fs::write(shop.join("sales.odps.yaml"), product("shop", "sales", &[port("sales", "1.0.0")], &[])).unwrap();
        let text = contract("shop", "sales", "sales", "1.0.0", "active", &["sales"]);
        fs::write(shop.join("sales-v1.odcs.yaml"), text).unwrap();
        let there = |snapshot: &Arc<CatalogSnapshot>| snapshot.product("shop", "sales").is_some();
        tokio::time::timeout(wait, changes.wait_for(there)).await.unwrap().unwrap();

        fs::remove_dir_all(folder.path().join("shop")).unwrap();
        let gone = |snapshot: &Arc<CatalogSnapshot>| snapshot.product("shop", "sales").is_none();
        tokio::time::timeout(wait, changes.wait_for(gone)).await.unwrap().unwrap();
    };
    tokio::select! {
        () = catalog.watch() => {}
        () = steps => {}
    }
}

#[test]
fn scopes_tell_paths_apart() {
    let root = Path::new("/mesh");
    let none = || Scope::Paths(BTreeSet::new());
    let paths = |path: &str| Scope::Paths(BTreeSet::from([path.to_owned()]));
    assert_eq!(none().with(root, Path::new("/mesh/orders/x.yaml")), paths("orders/x.yaml"));
    assert_eq!(none().with(root, Path::new("orders")), paths("orders"));
    assert_eq!(none().with(root, Path::new("/mesh/.git/index")), none());
    for all in ["/mesh", "/mesh/..data", "/elsewhere/x", "../x"] {
        assert_eq!(none().with(root, Path::new(all)), Scope::All, "{all}");
    }
}
