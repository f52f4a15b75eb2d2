"""Small meshes of real files: a board, users, products with their contracts and Parquet files."""

import json

import pyarrow
import pyarrow.parquet

BOARD = """\
apiVersion: weft/v1
kind: Policy
classifications: [public, internal, confidential, restricted]
defaults: {public: clear, internal: clear, confidential: mask, restricted: hide, unclassified: hide}
delegate: confidential
rules: []
"""
USERS = """\
users:
  - {name: reader, groups: [readers], roles: [], purposes: [], attributes: {}}
  - {name: stranger, groups: [strangers], roles: [], purposes: [], attributes: {}}
"""


class Mesh:
    """A mesh root: `reader` reads every product that is granted to readers, `stranger` none."""

    def __init__(self, root):
        self.root = root
        self.write("_governance/board.policy.yaml", BOARD)
        self.write("users.yaml", USERS)

    def write(self, path, text):
        """A file below the root."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def data(self, path, rows=3):
        """A Parquet file with an id and a label."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        table = pyarrow.table({
            "id": pyarrow.array(range(1, rows + 1), pyarrow.int64()),
            "label": [f"row {number}" for number in range(1, rows + 1)],
        })
        pyarrow.parquet.write_table(table, file)
        return file

    def product(self, domain, name, path=None, contract=None, product=None, server=None, rules=()):
        """A product and its contract; `contract` and `product` replace or add top-level keys."""
        path = path or f"./data/{domain}/{name}.parquet"
        identity = f"urn:test:dc:{domain}:{name}:v1"
        documents = {
            f"{name}.odps.yaml": {
                "apiVersion": "v1.1.0", "kind": "DataProduct", "id": f"urn:test:dp:{domain}:{name}", "name": name,
                "version": "1.0.0", "status": "active", "domain": domain, "team": {"name": f"{domain}-team"},
                "outputPorts": [{"name": name, "version": "1.0.0", "type": "tables", "contractId": identity}],
                **(product or {}),
            },
            f"{name}-v1.odcs.yaml": {
                "apiVersion": "v3.2.0", "kind": "DataContract", "id": identity, "name": name, "version": "1.0.0",
                "status": "active", "domain": domain,
                "servers": [server or {"server": "local", "type": "local", "path": path, "format": "parquet"}],
                "schema": [{"name": name, "physicalType": "table", "logicalType": "object", "properties": [
                    {"name": "id", "logicalType": "integer", "physicalType": "bigint", "classification": "public"},
                    {"name": "label", "logicalType": "string", "physicalType": "string", "classification": "public"},
                ]}],
                **(contract or {}),
            },
        }
        for file, document in documents.items():
            self.write(f"{domain}/{name}/{file}", lines(document))
        rule = f'  - {{id: readers-read, match: {{product: "{domain}.*"}}, to: {{groups: [readers]}}, allow: read}}\n'
        rule += "".join(f"  - {more}\n" for more in rules)
        self.write(f"{domain}/policy.yaml", "apiVersion: weft/v1\nkind: Policy\nrules:\n" + rule)

    def many(self, domain, name, columns, tags=()):
        """A product of `columns` columns whose data are not there."""
        contract = f"urn:test:dc:{domain}:{name}:v1"
        self.write(f"{domain}/{name}/{name}.odps.yaml", lines({
            "apiVersion": "v1.1.0", "kind": "DataProduct", "id": f"urn:test:dp:{domain}:{name}", "name": name,
            "version": "1.0.0", "status": "active", "domain": domain, "team": {"name": f"{domain}-team"},
            "outputPorts": [{"name": name, "version": "1.0.0", "type": "tables", "contractId": contract}],
        }))
        kinds = [(number, *KINDS[number % len(KINDS)]) for number in range(columns)]
        self.write(f"{domain}/{name}/{name}-v1.odcs.yaml", lines({
            "apiVersion": "v3.2.0", "kind": "DataContract", "id": contract, "name": name, "version": "1.0.0",
            "status": "active", "domain": domain, "tags": list(tags),
            "servers": [{"server": "local", "type": "local", "path": f"./data/{domain}/{name}.parquet", "format": "parquet"}],
            "schema": [{"name": name, "physicalType": "table", "logicalType": "object", "properties": [
                {"name": f"{kind}_{number}", "logicalType": logical, "physicalType": physical, "classification": "internal",
                 "description": f"Column {number} of the product."}
                for number, kind, logical, physical in kinds
            ]}],
        }))


def lines(document):
    """YAML with every top-level key on a line of its own, values in JSON, so that a complaint's line can be told."""
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in document.items())


KINDS = [("id", "integer", "bigint"), ("email", "string", "string"), ("amount", "number", "decimal(18,2)"), ("created", "date", "date")]


def write_many(root, domains, products, columns):
    """A mesh of many products without data; `reader` may read them all, e-mail addresses masked by a rule of the board."""
    mesh = Mesh(root)
    mesh.write("_governance/board.policy.yaml", BOARD.replace("rules: []", "rules:") + """\
  - {id: emails-are-pii, match: {column: "*email*"}, classify: {atLeast: confidential, tag: "pii:email"}}
  - {id: pii-email, match: {tag: "pii:email"}, mask: {action: email_domain}}
  - {id: readers-read-all, match: {product: "*"}, to: {groups: [readers]}, allow: read}
""")
    for domain in range(domains):
        for product in range(products):
            mesh.many(f"d{domain:03}", f"p{product:04}", columns)
    return mesh
