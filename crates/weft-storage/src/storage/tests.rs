use std::fs;
use std::os::unix::fs::symlink;

use futures::TryStreamExt;
use object_store::{ObjectStoreExt, PutPayload};
use tempfile::TempDir;
use weft_model::contract::Format;
use weft_model::place::Place;
use weft_model::report::Report;

use super::*;

const LAKE: &str = r#"{"bindings": [{"name": "lake", "prefix": "./data/{domain}/", "domains": ["*"]}]}"#;

/// A mesh with files of two domains, and a secret beside it.
struct Mesh {
    dir: TempDir,
    storage: Storage,
}

impl Mesh {
    fn new(config: &str) -> Self {
        let dir = TempDir::new().expect("temp dir");
        let root = dir.path().join("mesh");
        for (file, text) in [
            ("mesh/data/sales/orders/a.parquet", "a"),
            ("mesh/data/sales/orders/region=EU West/b%2F.parquet", "bb"),
            ("mesh/data/sales/orders/_delta_log/0.json", "log"),
            ("mesh/data/sales/one.parquet", "one"),
            ("mesh/data/hr/salaries/s.parquet", "secret"),
            ("mesh/data/loose.parquet", "loose"),
            ("outside/secret.parquet", "secret"),
        ] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            fs::write(path, text).expect("file");
        }
        let config = config.replace("$DIR", dir.path().to_str().expect("utf-8"));
        let config = serde_json::from_str(&config).expect("configuration");
        let storage = Storage::new(config, &root).expect("storage");
        Self { dir, storage }
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.dir.path().join(inside)
    }

    fn link(&self, target: &str, link: &str) {
        symlink(self.path(target), self.path(link)).expect("link");
    }

    fn open(&self, domain: &str, location: &str) -> Result<Opened, Error> {
        self.open_server(domain, &server(location))
    }

    fn open_server(&self, domain: &str, server: &Server) -> Result<Opened, Error> {
        let object = SchemaObject::new("orders".into(), "orders".into(), Vec::new(), Place::default());
        self.storage.open(&DomainName::new(domain), server, &object)
    }

    fn refusal(&self, domain: &str, location: &str) -> String {
        let error = self.open(domain, location).expect_err(location);
        let message = error.to_string();
        assert!(
            !message.contains(self.dir.path().to_str().expect("utf-8"))
                || location.contains(":/")
                || location.starts_with('/')
        );
        message
    }
}

fn server(location: &str) -> Server {
    Server {
        name: "prod".into(),
        kind: ServerKind::Local,
        environment: None,
        location: location.into(),
        format: Format::Parquet,
        endpoint: None,
        binding: None,
        warehouse: None,
        metadata_location: None,
        hive_partitioning: None,
        max_staleness: None,
        place: Place::default(),
    }
}

async fn list(opened: &Opened) -> Result<Vec<String>, String> {
    let metas: Vec<_> = opened.store.list(Some(&opened.prefix)).try_collect().await.map_err(|e| e.to_string())?;
    Ok(metas.into_iter().map(|meta| meta.location.to_string()).collect())
}

async fn read(opened: &Opened, path: &str) -> Result<String, String> {
    let path = StorePath::parse(path).expect("path");
    let by_get = async { opened.store.get(&path).await?.bytes().await }.await.map_err(|e| e.to_string());
    let by_head = opened.store.head(&path).await.map_err(|e| e.to_string());
    let by_ranges = opened.store.get_ranges(&path, &[0..1, 0..100]).await.map_err(|e| e.to_string());
    let bytes = by_get?;
    assert_eq!(by_head?.size, u64::try_from(bytes.len()).expect("length"));
    assert_eq!(by_ranges?, [bytes.slice(0..1), bytes.clone()]);
    Ok(String::from_utf8(bytes.to_vec()).expect("utf-8"))
}

fn missing(path: &str) -> Result<String, String> {
    Err(format!("Object at location {path} not found: nothing is found there"))
}

#[tokio::test]
async fn a_folder_is_listed_in_order_and_read() {
    let mesh = Mesh::new("{}");
    for location in ["data/sales/orders", "./data/sales/{model}/", "data//sales/./x/../orders//"] {
        let opened = mesh.open("sales", location).expect(location);
        assert_eq!((&*opened.binding, opened.prefix.as_ref()), ("mesh", "data/sales/orders"));
        let files = list(&opened).await.expect("files");
        assert_eq!(
            files,
            [
                "data/sales/orders/_delta_log/0.json",
                "data/sales/orders/a.parquet",
                "data/sales/orders/region=EU West/b%2F.parquet",
            ]
        );
        assert_eq!(read(&opened, &files[2]).await.as_deref(), Ok("bb"));
        let level = opened.store.list_with_delimiter(Some(&opened.prefix)).await.expect("level");
        assert_eq!(level.objects.len(), 1);
        assert_eq!(level.common_prefixes.len(), 2);
    }
}

#[tokio::test]
async fn a_listing_and_a_read_say_the_same_of_a_file() {
    let mesh = Mesh::new("{}");
    let opened = mesh.open("sales", "data/sales/one.parquet").expect("opened");
    let head = opened.store.head(&opened.prefix).await.expect("head");
    let listed: Vec<_> = opened.store.list(Some(&StorePath::from("data/sales"))).try_collect().await.expect("list");
    assert!(listed.contains(&head));
    assert!(list(&opened).await.expect("a file holds no files").is_empty());
    let nowhere = opened.store.list(Some(&StorePath::from("data/sal")));
    assert!(nowhere.try_collect::<Vec<_>>().await.expect("no folder").is_empty());
}

#[test]
fn locations_outside_of_the_roots_are_refused() {
    let mesh = Mesh::new("{}");
    let secret = mesh.path("outside/secret.parquet");
    let secret = secret.to_str().expect("utf-8");
    for (location, message) in [
        ("../outside/secret.parquet", "climbs out of the folder it starts in"),
        ("data/../../outside", "climbs out of the folder it starts in"),
        ("%2e%2e/outside", "hides dots or separators behind percent-encoding"),
        ("data/%252e%252e/%252e%252e", "hides dots or separators behind percent-encoding"),
        ("data/*/../../../outside/*", "climbs out of the folder it starts in"),
        ("data\\..\\..\\outside", "holds a control character or a backslash"),
        ("s3://outside/secret", "has a scheme that does not fit its kind"),
        ("", "is empty"),
        ("data/{domain}", "holds a placeholder that does not exist here"),
    ] {
        assert_eq!(mesh.refusal("sales", location), format!("location `{location}` {message}"));
    }
    for location in [secret, "/", "/etc/passwd", "file:///etc/passwd", &format!("file://{secret}")] {
        let message = format!("location `{location}` lies outside of what domain `sales` may use");
        assert_eq!(mesh.refusal("sales", location), message);
    }
    for location in ["data/nothing", "data/sales/one.parquet/x", "DATA/sales", "data/nothing/*.parquet"] {
        assert_eq!(mesh.refusal("sales", location), format!("nothing was found at location `{location}`"));
    }
}

#[tokio::test]
async fn absolute_locations_need_a_local_root() {
    let mesh = Mesh::new(r#"{"local_roots": ["$DIR/outside"]}"#);
    let location = format!("{}/*.parquet", mesh.path("outside").display());
    let opened = mesh.open("sales", &location).expect("opened");
    assert_eq!((&*opened.binding, opened.prefix.as_ref()), ("root-1", ""));
    assert_eq!(list(&opened).await.expect("files"), ["secret.parquet"]);
    let inside = opened.inside(&format!("file://{}", mesh.path("outside/secret.parquet").display()));
    assert_eq!(inside, Some(StorePath::from("secret.parquet")));
    assert_eq!(opened.inside(&mesh.path("mesh/data/loose.parquet").display().to_string()), None);
    assert_eq!(opened.inside(&format!("{}/../mesh/data", mesh.path("outside").display())), None);
    assert!(mesh.open("sales", "../outside/secret.parquet").is_err());
}

#[tokio::test]
async fn links_that_lead_out_read_like_nothing_and_fail_a_listing() {
    let mesh = Mesh::new("{}");
    let opened = mesh.open("sales", "data/sales/orders").expect("opened");
    mesh.link("outside/secret.parquet", "mesh/data/sales/orders/link.parquet");
    mesh.link("outside", "mesh/data/sales/orders/folder");
    for path in ["data/sales/orders/link.parquet", "data/sales/orders/folder/secret.parquet"] {
        assert_eq!(read(&opened, path).await, missing(path));
    }
    let file = fs::remove_file(mesh.path("mesh/data/sales/orders/folder"));
    file.expect("removed");
    assert_eq!(list(&opened).await, missing("data/sales/orders/link.parquet").map(|_| Vec::new()));
    assert!(opened.store.list_with_delimiter(Some(&opened.prefix)).await.is_err());
    let through = opened.store.list(Some(&StorePath::from("data/sales/orders/link.parquet")));
    assert!(through.try_collect::<Vec<_>>().await.is_err());
    mesh.link("outside", "mesh/data/sales/all");
    assert_eq!(
        mesh.refusal("sales", "data/sales/all"),
        "location `data/sales/all` lies outside of what domain `sales` may use"
    );
}

#[tokio::test]
async fn links_that_stay_inside_are_followed_once() {
    let mesh = Mesh::new("{}");
    mesh.link("mesh/data/sales/orders", "mesh/data/current");
    mesh.link("mesh/data/sales/one.parquet", "mesh/data/sales/orders/one.parquet");
    let opened = mesh.open("sales", "data/current").expect("opened");
    let files = list(&opened).await.expect("files");
    assert_eq!(files.len(), 4);
    assert_eq!(read(&opened, "data/current/one.parquet").await.as_deref(), Ok("one"));
    mesh.link("mesh/data", "mesh/data/sales/orders/back");
    assert!(list(&opened).await.is_err(), "a circle");
    fs::remove_file(mesh.path("mesh/data/sales/orders/back")).expect("removed");
    mesh.link("nowhere", "mesh/data/sales/orders/dangling");
    assert!(list(&opened).await.is_err(), "a dangling link");
}

#[tokio::test]
async fn a_folder_exchanged_for_a_link_while_reading_never_leaks() {
    let mesh = Mesh::new("{}");
    let opened = mesh.open("sales", "data/sales").expect("opened");
    let (folder, aside) = (mesh.path("mesh/data/sales/orders"), mesh.path("mesh/data/sales/aside"));
    fs::write(mesh.path("outside/a.parquet"), "secret").expect("file");
    let target = mesh.path("outside");
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let swapper = std::thread::spawn(move || {
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            fs::rename(&folder, &aside).expect("aside");
            symlink(&target, &folder).expect("link");
            fs::remove_file(&folder).expect("unlink");
            fs::rename(&aside, &folder).expect("back");
        }
    });
    let path = StorePath::from("data/sales/orders/a.parquet");
    for _ in 0..2000 {
        if let Ok(chunks) = opened.store.get_ranges(&path, &[0..6, 0..1]).await {
            assert_eq!(&*chunks[0], b"a");
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    swapper.join().expect("swapper");
    let chunks = opened.store.get_ranges(&path, &[0..6, 0..1]).await.expect("the file is back");
    assert_eq!(&*chunks[0], b"a");
}

#[tokio::test]
async fn folders_pipes_and_disguised_names_are_no_files() {
    let mesh = Mesh::new("{}");
    let opened = mesh.open("sales", "data").expect("opened");
    fs::create_dir(mesh.path("mesh/data/%2e%2e")).expect("odd folder");
    fs::write(mesh.path("mesh/data/%2e%2e/x"), "x").expect("odd file");
    let _pipe = std::os::unix::net::UnixListener::bind(mesh.path("mesh/data/pipe")).expect("socket");
    for path in [
        "data/sales",
        "data/pipe",
        "data/nothing",
        "data/%2e%2e/x",
        "data/SALES/one.parquet",
        "data/sales/one.parquet/x",
    ] {
        assert_eq!(read(&opened, path).await, missing(path));
    }
    assert_eq!(list(&opened).await, Err("Operation not supported: a folder holds a name that is no plain text".to_owned()));
}

#[tokio::test]
async fn special_characters_are_names_as_they_stand() {
    let mesh = Mesh::new("{}");
    for name in ["a b", "100%", "x#1", "ä", "a+b", "~", "a:b", "{x}", "[y]", "%41", "'", "..."] {
        fs::write(mesh.path("mesh/data/hr").join(name), name).expect(name);
        let opened = mesh.open("hr", "data/hr").expect("opened");
        assert_eq!(read(&opened, &format!("data/hr/{name}")).await.as_deref(), Ok(name));
    }
    let listed = list(&mesh.open("hr", "data/hr").expect("opened")).await.expect("listing");
    assert!(listed.contains(&"data/hr/[y]".to_owned()) && listed.contains(&"data/hr/%41".to_owned()));
}

#[tokio::test]
async fn nothing_can_be_written() {
    let mesh = Mesh::new("{}");
    let opened = mesh.open("sales", "data/sales").expect("opened");
    let (one, two) = (StorePath::from("data/sales/one.parquet"), StorePath::from("data/sales/two.parquet"));
    let store = &opened.store;
    let refusals = [
        store.put(&two, PutPayload::from_static(b"x")).await.err(),
        store.put_multipart(&two).await.err(),
        store.delete(&one).await.err(),
        store.copy(&one, &two).await.err(),
        store.copy_if_not_exists(&one, &two).await.err(),
        store.rename(&one, &two).await.err(),
    ];
    for refusal in refusals {
        assert_eq!(
            refusal.expect("refused").to_string(),
            "Operation not supported: data products are read and never written"
        );
    }
    assert!(mesh.path("mesh/data/sales/one.parquet").exists());
}

#[tokio::test]
async fn a_binding_gives_every_domain_its_own_folder() {
    let mesh = Mesh::new(LAKE);
    let opened = mesh.open("sales", "data/sales/orders").expect("opened");
    assert_eq!((&*opened.binding, opened.prefix.as_ref()), ("lake@./data/sales/", "orders"));
    assert_eq!(read(&opened, "orders/a.parquet").await.as_deref(), Ok("a"));
    let metadata = mesh.path("mesh/data/sales/orders/a.parquet").display().to_string();
    assert_eq!(opened.inside(&metadata), Some(StorePath::from("orders/a.parquet")));
    assert_eq!(opened.inside(&mesh.path("mesh/data/hr/salaries").display().to_string()), None);
    for location in ["data/hr/salaries", "data/sales/../hr/salaries", "data", "data/loose.parquet", "data/*/*"] {
        let message = format!("location `{location}` lies outside of what domain `sales` may use");
        assert_eq!(mesh.refusal("sales", location), message);
    }
    // Labels are joined by the spelling, so one place has one.
    let inside = mesh.path("mesh/data/sales/orders");
    for (location, fault) in [
        (".".to_owned(), "begins with no folder of its own"),
        ("*/sales/orders".to_owned(), "begins with no folder of its own"),
        (inside.display().to_string(), "lies inside the mesh and is not relative to it"),
        (format!("file:{}", inside.display()), "lies inside the mesh and is not relative to it"),
        (format!("file://localhost{}", inside.display()), "lies inside the mesh and is not relative to it"),
    ] {
        assert_eq!(mesh.refusal("sales", &location), format!("location `{location}` {fault}"));
    }
    mesh.link("mesh/data/hr", "mesh/data/sales/hr");
    assert_eq!(read(&opened, "hr/salaries/s.parquet").await, missing("hr/salaries/s.parquet"));
    assert!(mesh.open("sales", "data/sales/hr/salaries").is_err());
    mesh.link("mesh/data/hr", "mesh/data/marketing");
    assert_eq!(
        mesh.refusal("marketing", "data/marketing/salaries"),
        "location `data/marketing/salaries` lies outside of what domain `marketing` may use"
    );
    let error = mesh.open("../hr", "data/hr").expect_err("no folder's name");
    assert_eq!(error.to_string(), "location `data/hr` cannot take the name of this domain");
}

#[tokio::test]
async fn the_longest_prefix_decides_alone() {
    let mesh = Mesh::new(
        r#"{"bindings": [
            {"name": "lake", "prefix": "data", "domains": ["*"]},
            {"name": "people", "prefix": "data/hr", "domains": ["hr"]},
            {"name": "nobody", "prefix": "data/sales/orders/_delta_log"}]}"#,
    );
    let opened = mesh.open("sales", "data/sales").expect("opened");
    assert_eq!(read(&opened, "hr/salaries/s.parquet").await, missing("hr/salaries/s.parquet"));
    assert_eq!(read(&opened, "sales/orders/_delta_log/0.json").await, missing("sales/orders/_delta_log/0.json"));
    let all = mesh.open("sales", "data").expect("opened");
    assert_eq!(list(&all).await.expect("files").len(), 4, "other bindings' folders are left out");
    assert!(mesh.open("sales", "data/hr/salaries").is_err());
    let own = mesh.open("hr", "data/hr/salaries").expect("opened");
    assert_eq!(&*own.binding, "people@data/hr");
    let wide = mesh.open("hr", "data/sales").expect("opened");
    assert!(read(&wide, "hr/salaries/s.parquet").await.is_err(), "what a key reaches is the same for every domain");
}

#[tokio::test]
async fn a_placeholder_closes_the_other_domains_folders_to_a_wider_binding() {
    let mesh = Mesh::new(
        r#"{"bindings": [
            {"name": "wide", "prefix": "data", "domains": ["sales"]},
            {"name": "lake", "prefix": "data/{domain}", "domains": ["*"]},
            {"name": "legal", "prefix": "data/hr", "domains": ["legal"]}]}"#,
    );
    let all = mesh.open("sales", "data").expect("opened");
    assert_eq!(list(&all).await.expect("files"), ["loose.parquet"]);
    assert!(mesh.open("hr", "data/hr").is_err(), "a prefix without a placeholder is the closer one");
    assert!(mesh.open("legal", "data/hr").is_ok());
}

#[test]
fn a_contract_may_name_its_binding() {
    let mesh = Mesh::new(
        r#"{"bindings": [
            {"name": "lake", "prefix": "data/{domain}", "domains": ["*"]},
            {"name": "people", "prefix": "data/hr/salaries", "domains": ["hr"]}]}"#,
    );
    let named = |domain, location, binding: &str| {
        let server = Server { binding: Some(binding.into()), ..server(location) };
        mesh.open_server(domain, &server).map(|opened| opened.binding.to_string()).map_err(|e| e.to_string())
    };
    assert_eq!(named("hr", "data/hr/salaries", "people").as_deref(), Ok("people@data/hr/salaries"));
    let outside = "location `data/hr/salaries` lies outside of what domain `hr` may use";
    assert_eq!(named("hr", "data/hr/salaries", "lake"), Err(outside.to_owned()));
    for (domain, binding) in [("sales", "people"), ("sales", "none")] {
        let message = format!("storage binding `{binding}` is not available to domain `{domain}`");
        assert_eq!(named(domain, "data/sales", binding), Err(message));
    }
}

#[test]
fn other_kinds_of_servers_say_so() {
    let mesh = Mesh::new("{}");
    let kind = |kind| mesh.open_server("sales", &Server { kind, ..server("s3://lake/x") }).expect_err("refused");
    let error = kind(ServerKind::IcebergCatalog);
    assert_eq!(error.to_string(), "server `prod` is of kind `iceberg catalog`, which is not available in this version");
    assert_eq!(error.code().to_string(), "WEFT-S002");
    assert_eq!(
        error.hint().as_deref(),
        Some("Add a server of type `local`, `s3` or `azure` for this environment.")
    );
    // Only a binding leads to an object store.
    let outside = "location `s3://lake/x` lies outside of what domain `sales` may use";
    assert_eq!(kind(ServerKind::S3).to_string(), outside);
    assert_eq!(
        kind(ServerKind::Other("kafka".into())).to_string(),
        "server `prod` is of kind `kafka`, which is not available in this version"
    );
    assert_eq!(kind(ServerKind::WeftSql).to_string(), "server `prod` holds a query and no files");
}

#[test]
fn configurations_that_cannot_hold_are_refused() {
    let dir = TempDir::new().expect("temp dir");
    let message = |config: &str| {
        let config = serde_json::from_str(config).expect("configuration");
        Storage::new(config, dir.path()).expect_err("refused").to_string()
    };
    assert_eq!(message(r#"{"local_roots": ["data"]}"#), "entry 1 of `storage.local_roots` is not absolute");
    assert_eq!(
        message(r#"{"local_roots": ["/no/such/folder"]}"#),
        "entry 1 of `storage.local_roots` is not a readable folder"
    );
    assert_eq!(
        message(r#"{"bindings": [{"name": "a", "prefix": "x"}, {"name": "a", "prefix": "y"}]}"#),
        "two storage bindings are named `a`"
    );
    assert_eq!(
        message(r#"{"bindings": [{"name": "a", "prefix": "/etc"}]}"#),
        "the prefix of storage binding `a` lies below no entry of `storage.local_roots`"
    );
    assert!(
        serde_json::from_str::<StorageConfig>(r#"{"bindings": [{"name": "a", "prefix": "x", "domain": []}]}"#).is_err()
    );
    let missing = Storage::new(StorageConfig::default(), &dir.path().join("none")).expect_err("refused");
    assert_eq!(missing.to_string(), "the mesh root is not a readable folder");
}

#[tokio::test]
async fn requests_and_bytes_are_counted_for_the_server_and_the_statement() {
    let mesh = Mesh::new("{}");
    let opened = mesh.open("sales", "data/sales").expect("opened");
    let meter = Arc::new(Meter::default());
    let store = metered(Arc::clone(&opened.store), Arc::clone(&meter));
    let path = StorePath::from("data/sales/orders/_delta_log/0.json");
    store.head(&path).await.expect("head");
    assert_eq!((meter.requests(), meter.bytes()), (1, 0));
    store.get(&path).await.expect("get").bytes().await.expect("bytes");
    store.get_ranges(&path, &[0..2, 1..2]).await.expect("ranges");
    assert_eq!((meter.requests(), meter.bytes()), (3, 6));
    assert_eq!((mesh.storage.meter().requests(), mesh.storage.meter().bytes()), (3, 6));
    store.get(&StorePath::from("none")).await.expect_err("missing");
    assert_eq!((meter.requests(), meter.bytes()), (4, 6));
}

#[tokio::test]
async fn the_closed_store_refuses_everything() {
    let store = crate::closed::ClosedStore;
    let path = StorePath::from("a");
    assert!(store.get(&path).await.is_err());
    assert!(store.head(&path).await.is_err());
    assert!(store.get_ranges(&path, &[0..1, 1..2]).await.is_err());
    assert!(store.list(None).try_collect::<Vec<_>>().await.is_err());
    assert!(store.list_with_delimiter(None).await.is_err());
    assert!(store.put(&path, PutPayload::new()).await.is_err());
    assert!(store.delete(&path).await.is_err());
}

#[tokio::test]
async fn listings_end_at_their_bounds() {
    use std::os::unix::ffi::OsStrExt;

    let mesh = Mesh::new("{}");
    let opened = mesh.open("sales", "data/sales").expect("opened");
    let odd = mesh.path("mesh/data/sales").join(std::ffi::OsStr::from_bytes(b"\xff"));
    fs::write(&odd, "x").expect("odd name");
    let unspeakable = "Operation not supported: a folder holds a name that is no plain text";
    assert_eq!(list(&opened).await, Err(unspeakable.to_owned()));
    fs::remove_file(&odd).expect("removed");
    fs::create_dir_all(mesh.path("mesh/data/sales").join("d/".repeat(63))).expect("deep");
    assert!(list(&opened).await.is_ok());
    fs::create_dir_all(mesh.path("mesh/data/sales").join("d/".repeat(66))).expect("too deep");
    assert!(list(&opened).await.is_err());
}
