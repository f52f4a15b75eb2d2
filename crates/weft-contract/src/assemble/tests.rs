use std::collections::BTreeMap;

use super::*;
use crate::parse::parse;
use crate::source::SourceFile;

const WORKED_EXAMPLE: [(&str, &str); 5] = [
    (
        "customers/profiles/profiles.odps.yaml",
        include_str!("../../../../tests/standards/worked-example/catalogs/customers/profiles/profiles.odps.yaml"),
    ),
    (
        "customers/profiles/profiles-v1.odcs.yaml",
        include_str!("../../../../tests/standards/worked-example/catalogs/customers/profiles/profiles-v1.odcs.yaml"),
    ),
    (
        "orders/orders/orders.odps.yaml",
        include_str!("../../../../tests/standards/worked-example/catalogs/orders/orders/orders.odps.yaml"),
    ),
    (
        "orders/orders/orders-v1.odcs.yaml",
        include_str!("../../../../tests/standards/worked-example/catalogs/orders/orders/orders-v1.odcs.yaml"),
    ),
    (
        "orders/orders/orders-v2.odcs.yaml",
        include_str!("../../../../tests/standards/worked-example/catalogs/orders/orders/orders-v2.odcs.yaml"),
    ),
];

#[test]
fn the_worked_example_is_two_products() {
    let parsed: Vec<Arc<Parsed>> = WORKED_EXAMPLE
        .iter()
        .map(|(path, text)| Arc::new(parse(&SourceFile::new(*path, *text), &BTreeMap::new())))
        .collect();
    assert!(parsed.iter().all(|file| file.findings.is_empty()), "{parsed:?}");
    let assembled = assemble(&parsed);
    assert_eq!((assembled.findings, assembled.broken), (Vec::new(), Vec::new()));
    let names: Vec<String> = assembled.products.iter().map(|product| product.name.to_string()).collect();
    assert_eq!(names, ["customers.profiles", "orders.orders"]);
    let orders = &assembled.products[1];
    assert_eq!(orders.owner.as_deref(), Some("order-squad"));
    let ports: Vec<(String, bool, bool, Option<i32>)> = orders
        .ports
        .iter()
        .map(|port| (port.version.to_string(), port.default, port.deprecated, port.sunset))
        .collect();
    assert_eq!(ports, [("2.1.0".to_owned(), true, false, None), ("1.4.2".to_owned(), true, true, Some(20_908))]);
    assert_eq!(orders.ports[1].contract.objects[0].columns.len(), 3);
}

#[test]
fn contracts_are_shared_and_not_copied() {
    let files = parsed(&[
        ("a", &product("a", "o", "1.0", "c"), ""),
        ("b", &product("b", "o", "1", "c"), ""),
        ("c", "", &contract("c", "1.0.0")),
    ]);
    let assembled = assemble(&files);
    let [a, b] = assembled.products.as_slice() else { panic!("{:?}", assembled.broken) };
    assert!(Arc::ptr_eq(&a.ports[0].contract, &b.ports[0].contract));
    assert_eq!(a.ports[0].version.to_string(), "1.0.0");
}

#[test]
fn ports_that_find_no_contract_break_their_product_alone() {
    let broken_contract = contract("broken", "1.0.0").replace("logicalType: string", "logicalType: strin");
    let files = parsed(&[
        ("good", &product("good", "o", "1.0.0", "contract-c"), &contract("contract-c", "1.0.0")),
        ("misspelt", &product("misspelt", "o", "1.0.0", "contract-d"), ""),
        ("older", &product("older", "o", "0.9.0", "contract-c"), ""),
        ("broken", &product("broken", "o", "1.0.0", "broken"), &broken_contract),
    ]);
    let assembled = assemble(&files);
    assert_eq!(assembled.products.len(), 1);
    assert_eq!(
        reasons(&assembled),
        [
            "d.misspelt: misspelt.odps.yaml:7:55: error[W501]: no contract has the identifier `contract-d`\n  hint: Did \
             you mean `contract-c`?",
            "d.older: older.odps.yaml:7:34: error[W502]: the contract `contract-c` has no version 0.9.0\n  hint: It has \
             1.0.0; a port has the version of its contract.",
            "d.broken: broken.odps.yaml:7:55: error[W508]: the contract `broken` in `broken.odcs.yaml` has errors\n  \
             hint: Repair the contract first.",
            "d.broken: broken.odcs.yaml:9:41: error[ODCS-E013]: `logicalType` is `strin`, which the standard does not \
             list\n  hint: Did you mean `string`?",
        ]
    );
}

#[test]
fn products_of_one_name_are_all_broken() {
    let files = parsed(&[
        ("x", &product("Good Data", "o", "1.0.0", "c"), &contract("c", "1.0.0")),
        ("y", &product("good_data", "o", "1.0.0", "c"), ""),
        ("z", &product("good-data", "o", "nonsense", "c"), ""),
        ("other", &product("other", "o", "1.0.0", "c"), ""),
    ]);
    let assembled = assemble(&files);
    assert_eq!(assembled.products.len(), 1);
    let hint = "hint: Rename one of them, or give it the property `sqlName`; until then neither can be queried.";
    assert_eq!(
        reasons(&assembled),
        [
            format!("d.good_data: x.odps.yaml:4:7: error[W503]: the product `d.good_data` is also declared at y.odps.yaml:4:7\n  {hint}"),
            format!("d.good_data: y.odps.yaml:4:7: error[W503]: the product `d.good_data` is also declared at x.odps.yaml:4:7\n  {hint}"),
            "d.good_data: z.odps.yaml:7:34: error[W122]: the version `nonsense` cannot be read\n  hint: Write the version \
             of its contract, such as `2.1.0`."
                .to_owned(),
            format!("d.good_data: z.odps.yaml: error[W503]: the product `d.good_data` is also declared at x.odps.yaml:4:7\n  {hint}"),
        ]
    );
}

#[test]
fn the_default_port_is_claimed_or_named_alike_or_alone() {
    let claim = ", customProperties: [{property: defaultPort, value: true, vendor: weft}]";
    for (ports, default) in [
        ([("a", ""), ("b", claim)], Some("b")),
        ([("x", ""), ("b", "")], Some("x")),
        ([("only", ""), ("only", "")], Some("only")),
        ([("a", ""), ("b", "")], None),
        ([("a", claim), ("b", claim)], None),
    ] {
        let ports: Vec<String> = ports
            .iter()
            .enumerate()
            .map(|(at, (name, more))| format!("{{name: {name}, version: {}.0.0, contractId: c{more}}}", at + 1))
            .collect();
        let text = format!(
            "apiVersion: v1.1.0\nkind: DataProduct\nid: p\nname: x\ndomain: d\nstatus: active\noutputPorts: [{}]\n",
            ports.join(", ")
        );
        let files = parsed(&[("x", &text, &contract("c", "1.0.0")), ("y", "", &contract("c", "2.0.0"))]);
        let assembled = assemble(&files);
        let found = assembled.products.first().map(|product| {
            let port = product.ports.iter().find(|port| port.default).unwrap();
            port.name.as_str().to_owned()
        });
        assert_eq!(found.as_deref(), default, "{ports:?} {:?}", assembled.broken);
    }
}

#[test]
fn what_cannot_be_told_apart_is_broken() {
    let head = "apiVersion: v1.1.0\nkind: DataProduct\nid: p\nname: x\ndomain: d\nstatus: active\n";
    let two = "schema: [{name: a, properties: [{name: c, logicalType: string}]}, {name: b, properties: [{name: c, logicalType: string}]}]";
    let objects =
        contract("c", "1.0.0").replace("schema:\n  - name: t\n    properties: [{name: a, logicalType: string}]", two);
    for (product, contract, finding) in [
        (
            "outputPorts: [{name: o, version: 1.0.0, contractId: c}, {name: o, version: 1.0, contractId: c}]",
            contract("c", "1.0.0"),
            "ODPS-E012",
        ),
        (
            "outputPorts: [{name: o, version: 1.0.0, contractId: c}, {name: o, version: '1.0', contractId: c}]",
            contract("c", "1.0.0"),
            "W504",
        ),
        (
            "outputPorts: [{name: o, version: 1.0.0, contractId: c}, {name: O, version: 1.0.0, contractId: c}]",
            contract("c", "1.0.0"),
            "W514 W505",
        ),
        ("outputPorts: [{name: o, version: 1.0.0, contractId: c}]", objects.clone(), "W511"),
        (
            "outputPorts: [{name: x, version: 1.0.0, contractId: c}, {name: t, version: 1.0.0, contractId: c}]",
            contract("c", "1.0.0"),
            "W510",
        ),
        (
            "customProperties: [{property: defaultVersion, value: 3.0.0, vendor: weft}]\noutputPorts: [{name: x, version: 1.0.0, contractId: c}]",
            contract("c", "1.0.0"),
            "W509",
        ),
    ] {
        let files = parsed(&[("x", &format!("{head}{product}\n"), &contract)]);
        let assembled = assemble(&files);
        let codes: Vec<&str> = assembled.broken.iter().flat_map(|b| &b.findings).map(|f| f.code).collect();
        assert_eq!(codes.join(" "), finding, "{product}: {:?}", assembled.broken);
    }
}

#[test]
fn two_files_with_one_contract_break_its_users() {
    let files =
        parsed(&[("x", &product("x", "o", "1.0.0", "c"), &contract("c", "1.0.0")), ("y", "", &contract("c", "1.0.0"))]);
    let assembled = assemble(&files);
    assert_eq!(
        assembled.findings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "x.odcs.yaml: error[W507]: the contract `c` stands in `y.odcs.yaml` too, in the same version\n  hint: Keep \
             one of the files, or give one of them another version.",
            "y.odcs.yaml: error[W507]: the contract `c` stands in `x.odcs.yaml` too, in the same version\n  hint: Keep \
             one of the files, or give one of them another version.",
            "x.odps.yaml:7:55: error[W507]: two files hold the contract `c` in version 1.0.0\n  hint: Keep one of them.",
            "y.odcs.yaml: warning[W513]: no output port names the contract `c` in this version\n  hint: Name it with \
             `contractId` and its version in the product's file, or remove it.",
        ]
    );
    assert_eq!(assembled.broken.len(), 1);
}

fn product(name: &str, port: &str, version: &str, contract: &str) -> String {
    format!(
        "apiVersion: v1.1.0\nkind: DataProduct\nid: p\nname: {name}\ndomain: d\nstatus: active\noutputPorts: [{{name: \
         {port}, version: '{version}', contractId: {contract}}}]\n"
    )
}

fn contract(id: &str, version: &str) -> String {
    format!(
        "apiVersion: v3.2.0\nkind: DataContract\nid: {id}\nversion: {version}\nstatus: active\nservers: [{{server: s, \
         type: local, path: p, format: parquet}}]\nschema:\n  - name: t\n    properties: [{{name: a, logicalType: string}}]\n"
    )
}

/// Files by stem: a product text and a contract text, either of which may be empty.
fn parsed(files: &[(&str, &str, &str)]) -> Vec<Arc<Parsed>> {
    let mut out = Vec::new();
    for (stem, product, contract) in files {
        for (text, ending) in [(product, "odps"), (contract, "odcs")] {
            if !text.is_empty() {
                let file = SourceFile::new(format!("{stem}.{ending}.yaml"), *text);
                out.push(Arc::new(parse(&file, &BTreeMap::new())));
            }
        }
    }
    out
}

fn reasons(assembled: &Assembled) -> Vec<String> {
    let mut out = Vec::new();
    for broken in &assembled.broken {
        let name = broken.name.as_ref().map(ToString::to_string).unwrap_or_default();
        out.extend(broken.findings.iter().map(|finding| format!("{name}: {finding}")));
    }
    out
}
