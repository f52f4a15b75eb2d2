//! Measures how long it takes to parse and to assemble many products: `scale [PRODUCTS]`, 10,000 when left out.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use weft_contract::assemble::assemble;
use weft_contract::parse::parse;
use weft_contract::source::SourceFile;

fn main() {
    let count: usize = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let files: Vec<SourceFile> = (0..count).flat_map(product).collect();
    let bytes: usize = files.iter().map(|file| file.text.len()).sum();
    let variables = BTreeMap::new();
    let begin = Instant::now();
    let parsed: Vec<_> = files.iter().map(|file| Arc::new(parse(file, &variables))).collect();
    let parsing = begin.elapsed();
    let begin = Instant::now();
    let assembled = assemble(&parsed);
    let assembling = begin.elapsed();
    let _ = writeln!(
        std::io::stdout(),
        "{count} products, {} files, {bytes} bytes: parse {parsing:?}, assemble {assembling:?} ({} products, {} broken)",
        files.len(),
        assembled.products.len(),
        assembled.broken.len()
    );
}

fn product(number: usize) -> [SourceFile; 2] {
    let domain = number % 100;
    let columns: String = (0..20)
        .map(|column| {
            format!(
                "      - {{name: c{column}, logicalType: string, physicalType: string, classification: internal, tags: [\"pii:id\"]}}\n"
            )
        })
        .collect();
    let odps = format!(
        "apiVersion: v1.1.0\nkind: DataProduct\nid: p{number}\nname: product{number}\nversion: 1.0.0\nstatus: active\n\
         domain: domain{domain}\noutputPorts:\n  - {{name: product{number}, version: 1.0.0, contractId: c{number}}}\n\
         team: {{name: team{domain}}}\n"
    );
    let odcs = format!(
        "apiVersion: v3.2.0\nkind: DataContract\nid: c{number}\nversion: 1.0.0\nstatus: active\ndomain: domain{domain}\n\
         servers:\n  - {{server: local, type: local, path: ./data/{number}.parquet, format: parquet}}\n\
         schema:\n  - name: product{number}\n    properties:\n{columns}\
         roles:\n  - {{role: readers, access: read}}\n"
    );
    [
        SourceFile::new(format!("domain{domain}/product{number}/product{number}.odps.yaml"), odps),
        SourceFile::new(format!("domain{domain}/product{number}/product{number}-v1.odcs.yaml"), odcs),
    ]
}
