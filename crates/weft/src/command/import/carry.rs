//! What is there already and what the data says, made into one: the owner's word stands wherever both speak.
//!
//! An import owns the list of columns with their types, `required` and partitioning, and the place and format of one
//! server. Everything else in a file stays as it is, known or not.

use std::collections::BTreeSet;

use weft_contract::yaml::tree::Mark;

use super::tree::{Body, Tree};

/// What a proposal meets.
#[derive(Debug, Default)]
pub(super) struct Terms<'a> {
    /// The classification for columns that have none.
    pub(super) classification: Option<&'a str>,
    pub(super) readers: &'a [String],
    /// Names in the files of columns whose type the contract spells already, in whatever way.
    pub(super) alike: BTreeSet<String>,
    /// The server that leads to the data already, by its position.
    pub(super) leads: Option<usize>,
}

/// What is gone or was left alone on the way.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// What its owner said of something that the data has no longer.
    pub(super) lost: Vec<Lost>,
    /// Columns that kept another classification than the one that was given.
    pub(super) classified: Vec<String>,
    /// Roles that stand in the contract and do not read.
    pub(super) barred: Vec<String>,
}

/// Something that has no place any more.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    pub(super) path: String,
    pub(super) mark: Mark,
}

/// What keeps two files from being made into one.
#[derive(Debug)]
pub(super) struct Apart {
    pub(super) what: String,
    pub(super) mark: Mark,
}

/// The keys of a property that say nothing which the data does not say.
const OWNED: [&str; 10] = [
    "id", "name", "physicalName", "logicalType", "logicalTypeOptions", "physicalType", "required", "partitioned",
    "partitionKeyPosition", "map",
];

/// Puts what the data says into a contract.
pub(super) fn contract(old: &mut Tree, new: &Tree, terms: &Terms<'_>) -> Result<Carried, Apart> {
    let mut carried = Carried::default();
    servers(old, new, terms)?;
    let Some(new_object) = new.get("schema").and_then(|schema| schema.items().first()) else { return Ok(carried) };
    match object(old, new_object)? {
        Some(own) => properties(own, new_object, terms, "", &mut carried),
        None => old.push("schema", new_object.clone()),
    }
    for item in new.get("roles").map(Tree::items).unwrap_or_default() {
        let Some(role) = item.text("role").filter(|role| terms.readers.iter().any(|reader| reader == role)) else {
            continue;
        };
        let known = old.get("roles").and_then(|roles| roles.items().iter().find(|own| own.text("role") == Some(role)));
        match known {
            None => old.push("roles", item.clone()),
            Some(own) => {
                let access = own.spelling("access").unwrap_or("read").to_lowercase();
                if !matches!(access.as_str(), "read" | "readwrite") {
                    carried.barred.push(role.to_owned());
                }
            }
        }
    }
    Ok(carried)
}

/// Gives a product a port for a contract, when it has none.
pub(super) fn product(old: &mut Tree, new: &Tree, contract: &str) {
    let ports = old.get("outputPorts").map(Tree::items).unwrap_or_default();
    if ports.iter().any(|port| port.text("contractId") == Some(contract)) {
        return;
    }
    if let Some(port) = new.get("outputPorts").and_then(|ports| ports.items().first()) {
        old.push("outputPorts", port.clone());
    }
}

fn servers(old: &mut Tree, new: &Tree, terms: &Terms<'_>) -> Result<(), Apart> {
    let Some(new_server) = new.get("servers").and_then(|servers| servers.items().first()) else { return Ok(()) };
    let standing = old.get("servers").map(Tree::items).unwrap_or_default();
    let named = || standing.iter().position(|server| server.text("server") == new_server.text("server"));
    let at = match (terms.leads.or_else(named), standing) {
        (Some(at), _) => at,
        (None, []) => {
            old.push("servers", new_server.clone());
            return Ok(());
        }
        (None, [_]) => 0,
        (None, [_, second, ..]) => {
            let what = "has several servers, none leads to this location and none is called `data`".to_owned();
            return Err(Apart { what, mark: second.mark });
        }
    };
    let Some(own) = old.get_mut("servers").and_then(Tree::items_mut).and_then(|servers| servers.get_mut(at)) else {
        return Ok(());
    };
    if terms.leads.is_none() {
        for key in ["location", "path", "catalog", "catalogUrl", "namespace", "warehouse"] {
            match new_server.get(key) {
                Some(place) => own.set(key, place.clone()),
                None => drop(own.remove(key)),
            }
        }
        for key in ["type", "format"] {
            if let Some(value) = new_server.get(key).filter(|value| own.spelling(key) != spelled(value)) {
                own.set(key, value.clone());
            }
        }
        // A catalog says what its tables are.
        if new_server.get("format").is_none() {
            own.remove("format");
        }
    }
    let property = |server: &Tree, name: &str| {
        let all = server.get("customProperties").map(Tree::items).unwrap_or_default();
        all.iter().find(|one| one.text("property") == Some(name)).cloned()
    };
    for name in ["customType", "hivePartitioning"] {
        let (mine, theirs) = (property(own, name), property(new_server, name));
        match (mine, theirs) {
            (None, Some(theirs)) if name == "hivePartitioning" || terms.leads.is_none() => {
                own.push("customProperties", theirs);
            }
            (Some(mine), None) if name == "hivePartitioning" && mine.spelling("value") == Some("true") => {
                if let Some(all) = own.get_mut("customProperties").and_then(Tree::items_mut) {
                    all.retain(|one| one.text("property") != Some(name));
                }
                if own.get("customProperties").is_some_and(|all| all.items().is_empty()) {
                    own.remove("customProperties");
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn spelled(tree: &Tree) -> Option<&str> {
    match &tree.body {
        Body::Scalar(scalar) => Some(scalar.text.as_deref().unwrap_or(&scalar.spelled)),
        _ => None,
    }
}

/// The table that the data is, in a contract that may have several.
fn object<'t>(old: &'t mut Tree, new: &Tree) -> Result<Option<&'t mut Tree>, Apart> {
    let standing = old.get("schema").map(Tree::items).unwrap_or_default();
    let named = standing.iter().position(|object| {
        let names = [object.text("name"), object.text("physicalName")];
        names.iter().any(|name| name.is_some() && *name == new.text("name"))
    });
    let at = match (standing, named) {
        ([], _) => return Ok(None),
        ([_], _) => 0,
        (_, Some(at)) => at,
        ([_, second, ..], None) => {
            let name = new.text("name").unwrap_or_default();
            return Err(Apart { what: format!("has several tables, and none is called `{name}`"), mark: second.mark });
        }
    };
    Ok(old.get_mut("schema").and_then(Tree::items_mut).and_then(|objects| objects.get_mut(at)))
}

/// The name of a property in the files.
fn physical(property: &Tree) -> Option<&str> {
    property.spelling("physicalName").or_else(|| property.spelling("name"))
}

fn properties(own: &mut Tree, new: &Tree, terms: &Terms<'_>, path: &str, carried: &mut Carried) {
    let proposed = new.get("properties").map(Tree::items).unwrap_or_default();
    let mut ids: BTreeSet<String> = BTreeSet::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    if let Some(standing) = own.get_mut("properties").and_then(Tree::items_mut) {
        standing.retain(|property| {
            let name = physical(property);
            let there = name.is_none() || proposed.iter().any(|one| physical(one) == name);
            if !there {
                said(property, &join(path, property), carried);
            }
            there
        });
        for property in standing.iter_mut() {
            ids.extend(property.text("id").map(str::to_owned));
            names.extend(physical(property).map(str::to_owned));
            if let Some(one) = proposed.iter().find(|one| physical(one) == physical(property)) {
                let at = join(path, property);
                column(property, one, terms, &at, path.is_empty(), carried);
            }
        }
    }
    for one in proposed.iter().filter(|one| physical(one).is_none_or(|name| !names.contains(name))) {
        let mut one = one.clone();
        if let Some(mut id) = one.text("id").map(str::to_owned) {
            let free = !ids.contains(&id);
            while !ids.insert(id.clone()) {
                id.push_str("_2");
            }
            if !free {
                one.set("id", Tree::quoted(&id));
            }
        }
        own.push("properties", one);
    }
}

fn join(path: &str, property: &Tree) -> String {
    let name = property.spelling("name").unwrap_or_default();
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn column(own: &mut Tree, new: &Tree, terms: &Terms<'_>, path: &str, top: bool, carried: &mut Carried) {
    if !(top && physical(own).is_some_and(|name| terms.alike.contains(name))) {
        typed(own, new, terms, path, carried);
    }
    if !top {
        return;
    }
    for key in ["required", "partitioned"] {
        match (own.spelling(key) == Some("true"), new.get(key)) {
            (false, Some(value)) => own.set(key, value.clone()),
            (true, None) => drop(own.remove(key)),
            _ => {}
        }
    }
    match new.get("partitionKeyPosition") {
        Some(position) if own.spelling("partitionKeyPosition") != spelled(position) => {
            own.set("partitionKeyPosition", position.clone());
        }
        None => drop(own.remove("partitionKeyPosition")),
        Some(_) => {}
    }
    if let Some(given) = terms.classification {
        match own.get("classification") {
            None => own.set("classification", Tree::quoted(given)),
            Some(_) if own.text("classification") == Some(given) => {}
            Some(_) => carried.classified.push(path.to_owned()),
        }
    }
}

/// Gives a property the type that the data has; what is said of parts that are still there stays with them.
fn typed(own: &mut Tree, new: &Tree, terms: &Terms<'_>, path: &str, carried: &mut Carried) {
    let changed = own.text("logicalType") != new.text("logicalType");
    if let Some(options) = own.get_mut("logicalTypeOptions") {
        let proposed = new.get("logicalTypeOptions");
        if changed {
            if options.entries().iter().any(|(key, _)| key != "timezone") {
                let mark = options.mark;
                carried.lost.push(Lost { path: format!("{path}.logicalTypeOptions"), mark });
            }
            own.remove("logicalTypeOptions");
        } else {
            for (key, value) in proposed.map(Tree::entries).unwrap_or_default() {
                options.set(key, value.clone());
            }
        }
    }
    for key in ["logicalType", "logicalTypeOptions", "physicalType"] {
        match new.get(key) {
            Some(_) if key == "logicalTypeOptions" && own.get(key).is_some() => {}
            Some(value) if own.spelling(key).is_none() || own.spelling(key) != spelled(value) => {
                own.set(key, value.clone());
            }
            None if key != "logicalTypeOptions" => drop(own.remove(key)),
            _ => {}
        }
    }
    match (own.get("properties").is_some(), new.get("properties")) {
        (true, Some(_)) => properties(own, new, terms, path, carried),
        (false, Some(fields)) => own.set("properties", fields.clone()),
        (true, None) => gone(own, "properties", path, carried),
        (false, None) => {}
    }
    match (own.get_mut("items"), new.get("items")) {
        (Some(items), Some(proposed)) => column(items, proposed, terms, &format!("{path}.items"), false, carried),
        (None, Some(proposed)) => own.set("items", proposed.clone()),
        (Some(_), None) => gone(own, "items", path, carried),
        (None, None) => {}
    }
    match (own.get_mut("map"), new.get("map")) {
        (Some(map), Some(proposed)) => {
            for part in ["key", "value"] {
                match (map.get_mut(part), proposed.get(part)) {
                    (Some(own), Some(new)) => column(own, new, terms, &format!("{path}.{part}"), false, carried),
                    (None, Some(new)) => map.set(part, new.clone()),
                    _ => {}
                }
            }
        }
        (None, Some(proposed)) => own.set("map", proposed.clone()),
        (Some(_), None) => gone(own, "map", path, carried),
        (None, None) => {}
    }
}

/// Takes a part away that the data has no longer.
fn gone(own: &mut Tree, key: &str, path: &str, carried: &mut Carried) {
    if let Some(part) = own.remove(key) {
        inside(&part, key, path, carried);
    }
}

/// Notes what its owner said of a property, and of everything inside of it.
fn said(property: &Tree, path: &str, carried: &mut Carried) {
    let owned = |key: &str| OWNED.contains(&key) || matches!(key, "properties" | "items");
    if property.entries().iter().any(|(key, _)| !owned(key)) {
        carried.lost.push(Lost { path: path.to_owned(), mark: property.mark });
    }
    for (key, part) in property.entries() {
        inside(part, key, path, carried);
    }
}

fn inside(part: &Tree, key: &str, path: &str, carried: &mut Carried) {
    match key {
        "properties" => part.items().iter().for_each(|one| said(one, &join(path, one), carried)),
        "items" => said(part, &format!("{path}.items"), carried),
        "map" => {
            for (key, part) in part.entries() {
                said(part, &format!("{path}.{key}"), carried);
            }
        }
        _ => {}
    }
}
