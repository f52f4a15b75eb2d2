//! Writes a mesh of 10,000 products and times opening it, reloading one changed file, and looking at all of it again.
//!
//! `cargo run --release -p weft-catalog --example big [-- DOMAINS PRODUCTS_PER_DOMAIN COLUMNS]`

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{Write as _, stdout};
use std::path::Path;
use std::time::Instant;

use weft_catalog::file::{FileCatalog, FileCatalogConfig};

/// The policy of the generated mesh.
const BOARD: &str = "apiVersion: weft/v1
kind: Policy
classifications: [public, internal, confidential, restricted]
defaults: {public: clear, internal: clear, confidential: mask, restricted: hide, unclassified: hide}
delegate: confidential
rules:
  - {id: emails-are-pii, match: {column: \"*email*\"}, classify: {atLeast: confidential, tag: \"pii:email\"}}
  - {id: pii-email, match: {tag: \"pii:email\"}, mask: {action: email_domain}}
  - {id: staff, match: {product: \"*\"}, to: {groups: [staff]}, allow: read}
";

fn main() -> Result<(), Box<dyn Error>> {
    let mut sizes = std::env::args().skip(1).map(|argument| argument.parse::<usize>());
    let mut size = |default| sizes.next().unwrap_or(Ok(default));
    let (domains, products, columns) = (size(100)?, size(100)?, size(20)?);
    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let bytes = write_mesh(folder.path(), domains, products, columns)?;
    let mut out = stdout().lock();
    writeln!(out, "wrote {} products, {} KiB in {:?}", domains * products, bytes / 1024, began.elapsed())?;
    let before = resident()?;

    let began = Instant::now();
    let catalog = FileCatalog::open(FileCatalogConfig::new(folder.path()))?;
    writeln!(out, "open: {:?}", began.elapsed())?;
    writeln!(out, "memory: {} MiB more than before, peak {} MiB", (resident()? - before) / 1024, peak()? / 1024)?;

    let began = Instant::now();
    let report = catalog.reload()?;
    writeln!(out, "reload of nothing (all files looked at): {:?}, changed {}", began.elapsed(), report.changed)?;
    let problems = report.snapshot.problems();
    writeln!(out, "products {}, problems {}", report.snapshot.products().len(), problems.len())?;
    for problem in problems.iter().take(3) {
        writeln!(out, "{}", problem.finding)?;
    }

    let path = "d007/p0007/p0007-v1.odcs.yaml";
    for round in 0..5 {
        let text = contract(7, 7, columns).replace("status: active", &format!("status: active\ntags: [round-{round}]"));
        fs::write(folder.path().join(path), text)?;
        let began = Instant::now();
        let report = catalog.reload_paths([path])?;
        writeln!(out, "reload of one file: {:?}, changed {}, read {}", began.elapsed(), report.changed, report.read)?;
    }
    fs::write(folder.path().join("d007/policy.yaml"), "apiVersion: weft/v1\nkind: Policy\nrules: []\n")?;
    let began = Instant::now();
    let report = catalog.reload()?;
    writeln!(out, "reload of a domain policy, all files looked at: {:?}, read {}", began.elapsed(), report.read)?;

    let snapshot = report.snapshot;
    let began = Instant::now();
    let mut names = 0_usize;
    for product in snapshot.products() {
        names += snapshot.names(product, 20_000).len();
    }
    writeln!(out, "names of every product: {:?}, {names} names", began.elapsed())?;
    let began = Instant::now();
    for at in 0..10_000 {
        std::hint::black_box(snapshot.resolve("d042", &format!("p{:04}_v1", at % products), 20_000));
    }
    writeln!(out, "one name resolved: {:?}", began.elapsed() / 10_000)?;
    writeln!(out, "memory at the end: {} MiB, peak {} MiB", resident()? / 1024, peak()? / 1024)?;
    Ok(())
}

/// Writes the mesh; the number of bytes written.
fn write_mesh(root: &Path, domains: usize, products: usize, columns: usize) -> Result<usize, Box<dyn Error>> {
    fs::create_dir(root.join("_governance"))?;
    fs::write(root.join("_governance/board.policy.yaml"), BOARD)?;
    let mut bytes = 0;
    for domain in 0..domains {
        for product in 0..products {
            let folder = root.join(format!("d{domain:03}/p{product:04}"));
            fs::create_dir_all(&folder)?;
            let product_text = product_file(domain, product);
            let contract_text = contract(domain, product, columns);
            bytes += product_text.len() + contract_text.len();
            fs::write(folder.join(format!("p{product:04}.odps.yaml")), product_text)?;
            fs::write(folder.join(format!("p{product:04}-v1.odcs.yaml")), contract_text)?;
        }
    }
    Ok(bytes)
}

/// A product file.
fn product_file(domain: usize, product: usize) -> String {
    format!(
        "apiVersion: v1.1.0
kind: DataProduct
id: urn:big:dp:d{domain:03}:p{product:04}
name: p{product:04}
version: 1.0.0
status: active
domain: d{domain:03}
description:
  purpose: One of many products.
outputPorts:
  - name: p{product:04}
    version: 1.0.0
    type: tables
    contractId: urn:big:dc:d{domain:03}:p{product:04}:v1
team:
  name: team-{domain:03}
"
    )
}

/// A contract file.
fn contract(domain: usize, product: usize, columns: usize) -> String {
    let mut text = format!(
        "apiVersion: v3.2.0
kind: DataContract
id: urn:big:dc:d{domain:03}:p{product:04}:v1
name: p{product:04}
version: 1.0.0
status: active
domain: d{domain:03}
servers:
  - server: prod
    type: s3
    environment: prod
    location: s3://lake-d{domain:03}/p{product:04}/{{model}}
    format: parquet
schema:
  - name: p{product:04}
    logicalType: object
    physicalType: table
    description: One row per thing.
    properties:
"
    );
    for column in 0..columns {
        let (name, types) = match column % 4 {
            0 => (format!("id_{column}"), "logicalType: integer\n        physicalType: bigint"),
            1 => (format!("email_{column}"), "logicalType: string\n        physicalType: string"),
            2 => (format!("amount_{column}"), "logicalType: number\n        physicalType: decimal(18,2)"),
            _ => (format!("created_{column}"), "logicalType: date\n        physicalType: date"),
        };
        let _ = write!(
            text,
            "      - name: {name}
        {types}
        description: Column {column} of the product.
        classification: internal
"
        );
    }
    text.push_str("roles:\n  - role: reader\n    access: read\n");
    text
}

/// Memory of this process now, in KiB; zero where the system does not say.
fn resident() -> Result<u64, Box<dyn Error>> {
    status("VmRSS:")
}

/// The most memory this process had, in KiB; zero where the system does not say.
fn peak() -> Result<u64, Box<dyn Error>> {
    status("VmHWM:")
}

/// A line of the process's status.
fn status(key: &str) -> Result<u64, Box<dyn Error>> {
    let Ok(text) = fs::read_to_string("/proc/self/status") else { return Ok(0) };
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    Ok(line.and_then(|line| line.split_whitespace().next()).map_or(Ok(0), str::parse)?)
}
