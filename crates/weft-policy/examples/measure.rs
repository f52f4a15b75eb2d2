#![allow(clippy::all, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::disallowed_methods, clippy::allow_attributes, missing_docs)]
use std::sync::Arc;
use std::time::Duration;
struct Instant(u64);
impl Instant { fn now() -> Self { let t = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap(); Self(t.split(' ').next().unwrap().parse().unwrap()) } fn elapsed(&self) -> Duration { Duration::from_nanos(Self::now().0 - self.0) } }
use arrow_schema::DataType;
use weft_model::{column::Column, contract::*, name::*, place::Place, principal::Principal, product::*, version::*};
use weft_policy::{decide::decide, request::Request, set::*};

fn product(d: usize, p: usize) -> Arc<Product> {
    let name = format!("product_{p}");
    let columns = (0..20).map(|c| {
        let mut col = Column::new(match c { 3 => "email".to_owned(), 4 => "tenant".into(), 5 => "region".into(), c => format!("column_{c}") }, if c % 3 == 0 || c==4 || c==5 { DataType::Utf8View } else { DataType::Int64 });
        col.classification = Some(Arc::from(["public", "internal", "confidential", "restricted"][c % 4]));
        if c % 7 == 0 { col.tags.push(Arc::from("pii:name")); }
        col.place = Place::new("x", 1, 1);
        col
    }).collect();
    let version = Version::new(1, 0, 0);
    let object = SchemaObject::new(Arc::from(&*name), Arc::from(&*name), columns, Place::file("x"));
    let server = Server { name: Arc::from("s"), kind: ServerKind::S3, environment: None, location: Arc::from(format!("s3://lake/domain_{d}/{name}/")), format: Format::Parquet, endpoint: None, binding: None, metadata_location: None, hive_partitioning: None, place: Place::file("x") };
    let roles = vec![
        Role { role: Arc::from("readers"), reads: true, clearance: None, unmask: vec![], row_filter: None, place: Place::file("x") },
        Role { role: Arc::from("stewards"), reads: true, clearance: Some(Arc::from("confidential")), unmask: vec![], row_filter: Some(Arc::from("region = session_attribute('region')")), place: Place::file("x") },
    ];
    Arc::new(Product { name: ProductName::new(DomainName::new(format!("domain_{d}")), &*name), id: Arc::from(&*name), version: None, status: Lifecycle::Active, alignment: None, visibility: Visibility::Hidden, description: None, tags: vec![], owner: None, default_version: None, place: Place::file("x"),
        ports: vec![OutputPort { name: PortName::new(&*name), sql_name: Arc::from(&*name), version: version.clone(), default: true, deprecated: false, sunset: None, description: None, place: Place::file("x"),
            contract: Arc::new(Contract { id: Arc::from(&*name), name: None, version, status: Lifecycle::Active, description: None, tags: vec![], servers: vec![server], objects: vec![Arc::new(object)], roles, place: Place::file("x") }) }] })
}

fn main() {
    let mut board = String::from("apiVersion: weft/v1\nkind: Policy\nclassifications: [public, internal, confidential, restricted]\ndefaults: {public: clear, internal: clear, confidential: mask, restricted: hide, unclassified: hide}\ndelegate: confidential\nrules:\n");
    board += "  - {id: e, match: {column: \"*email*\"}, classify: {atLeast: confidential, tag: \"pii:email\"}}\n";
    board += "  - {id: pe, match: {tag: \"pii:email\"}, mask: {action: email_domain}}\n";
    board += "  - {id: fd, match: {tag: \"pii:*\"}, to: {groups: [fraud], purpose: [fraud]}, clear: true, expires: 2027-03-31}\n";
    board += "  - {id: nt, match: {product: \"*\"}, except: {groups: [qa]}, restrict: \"tenant <> 'test'\", where_present: true}\n";
    for i in 0..26 { match i % 4 {
        0 => board += &format!("  - {{id: r{i}, match: {{column: \"column_{i}\"}}, to: {{groups: [g{i}, readers]}}, mask: {{action: \"null\"}}}}\n"),
        1 => board += &format!("  - {{id: r{i}, match: {{product: \"*\"}}, to: {{groups: [g{i}]}}, allow: read, rows: \"region = 'EU' and tenant in ('a','b')\"}}\n"),
        2 => board += &format!("  - {{id: r{i}, match: {{tag: \"x{i}:*\"}}, to: {{groups: [g{i}]}}, clear: true}}\n"),
        _ => board += &format!("  - {{id: r{i}, match: {{column: \"*n_1{i}*\", classification: internal}}, to: {{groups: [g{i}]}}, hide: true}}\n"),
    } }
    let sources = vec![PolicySource { authority: SourceAuthority::Board, file: Arc::from("b"), text: Arc::from(board) }];
    let n = 10_000;
    let mut products: Vec<_> = (0..n).map(|p| product(p % 100, p)).collect();
    for _ in 0..3 {
        let t = Instant::now();
        let compiled = PolicySet::compile(&sources, &products);
        println!("compile {} products: {:?}, findings {}, valid {}", n, t.elapsed(), compiled.findings.len(), compiled.board_valid);
        if let Some(f) = compiled.findings.first() { println!("{f}"); }
        let t = Instant::now();
        drop(compiled);
        println!("drop {:?}", t.elapsed());
    }
    let compiled = PolicySet::compile(&sources, &products);
    for _ in 0..3 {
        products[17] = product(17, 17);
        let t = Instant::now();
        let again = PolicySet::compile_after(Some(&compiled.set), &sources, &products);
        println!("again {:?} {}", t.elapsed(), again.findings.len());
    }
    let mut other = sources.clone();
    other.push(PolicySource { authority: SourceAuthority::Domain(DomainName::new("domain_1")), file: Arc::from("d"), text: Arc::from("apiVersion: weft/v1\nkind: Policy\nrules: []\n") });
    let t = Instant::now();
    let again = PolicySet::compile_after(Some(&compiled.set), &other, &products);
    println!("after with other files {:?} {}", t.elapsed(), again.findings.len());
    let p = &products[5];
    let mut principal = Principal { name: Arc::from("ana"), ..Principal::default() };
    for g in ["readers", "stewards", "g1", "g5", "g3", "other", "more"] { principal.groups.insert(Arc::from(g)); }
    principal.attributes.insert(Arc::from("region"), Arc::from("EU"));
    let request = Request { principal: &principal, purpose: Some("fraud"), now: 1_781_524_800, product: p, port: &p.ports[0], object: &p.ports[0].contract.objects[0] };
    let d = decide(&compiled.set, &request);
    println!("{:?} {:?}", d.readable(), d.rows());
    for c in d.columns() { println!("{} {:?}", c.name(), c.rule()); }
    for _ in 0..3 {
        let t = Instant::now();
        for _ in 0..100_000 { std::hint::black_box(decide(&compiled.set, std::hint::black_box(&request))); }
        println!("decide {:?}", t.elapsed() / 100_000);
    }
}
