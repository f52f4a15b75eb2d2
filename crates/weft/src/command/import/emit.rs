//! A tree as text.

use super::tree::{Body, Scalar, Tree};

/// How far what is inside stands to the right.
const STEP: usize = 2;

/// The document.
pub(super) fn document(tree: &Tree) -> String {
    let mut out = String::new();
    lead(tree, 0, &mut out);
    entries(tree, 0, &mut out);
    out.push_str(&tree.trail);
    out
}

fn lead(tree: &Tree, indent: usize, out: &mut String) {
    for line in &tree.lead {
        if !line.is_empty() && line != "---" {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(line);
        out.push('\n');
    }
}

fn entries(tree: &Tree, indent: usize, out: &mut String) {
    for (key, value) in tree.entries() {
        lead(value, indent, out);
        out.push_str(&" ".repeat(indent));
        out.push_str(&spelled_key(key));
        out.push(':');
        match &value.body {
            Body::Scalar(scalar) => self::scalar(scalar, &value.trail, indent, out),
            Body::List { flow: false, items } if !items.is_empty() => {
                out.push('\n');
                self::items(items, indent + STEP, out);
            }
            Body::Map { flow: false, entries } if !entries.is_empty() => {
                out.push('\n');
                self::entries(value, indent + STEP, out);
            }
            _ => out.push_str(&format!(" {}{}\n", flow(value), value.trail)),
        }
    }
}

fn items(items: &[Tree], indent: usize, out: &mut String) {
    for item in items {
        lead(item, indent, out);
        let pad = " ".repeat(indent);
        let mut inner = String::new();
        match &item.body {
            Body::Map { flow: false, entries } if !entries.is_empty() => self::entries(item, indent + STEP, &mut inner),
            Body::List { flow: false, items } if !items.is_empty() => self::items(items, indent + STEP, &mut inner),
            Body::Scalar(scalar) => {
                out.push_str(&format!("{pad}-"));
                self::scalar(scalar, &item.trail, indent, out);
                continue;
            }
            _ => {
                out.push_str(&format!("{pad}- {}{}\n", flow(item), item.trail));
                continue;
            }
        }
        // The dash stands in front of the first line that is no comment.
        let mut rest = inner.as_str();
        while let Some((line, below)) = rest.split_once('\n') {
            let bare = line.trim_start();
            if !bare.is_empty() && !bare.starts_with('#') {
                break;
            }
            out.push_str(&format!("{line}\n"));
            rest = below;
        }
        out.push_str(&format!("{pad}- {}", rest.trim_start()));
    }
}

fn scalar(scalar: &Scalar, trail: &str, indent: usize, out: &mut String) {
    match scalar.text.as_deref().filter(|text| scalar.literal && spreads(text)) {
        Some(text) => {
            let keep = if text.ends_with('\n') { "" } else { "-" };
            out.push_str(&format!(" |{keep}\n"));
            for line in text.lines() {
                let pad = if line.is_empty() { 0 } else { indent + STEP };
                out.push_str(&format!("{}{line}\n", " ".repeat(pad)));
            }
        }
        None => out.push_str(&format!(" {}{trail}\n", scalar.spelled)),
    }
}

/// True for a text that can be spread over lines as it is.
fn spreads(text: &str) -> bool {
    let plain = |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}'));
    !text.is_empty() && !text.starts_with([' ', '\n']) && !text.ends_with("\n\n") && text.chars().all(plain)
}

fn flow(tree: &Tree) -> String {
    match &tree.body {
        Body::Scalar(scalar) => match &scalar.text {
            Some(text) if scalar.spelled == *text && text.contains([',', '[', ']', '{', '}', ':', '#']) => {
                super::contract::quoted(text)
            }
            _ => scalar.spelled.clone(),
        },
        Body::List { items, .. } => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Body::Map { entries, .. } => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", spelled_key(key), flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn spelled_key(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
        && !key.ends_with(' ')
        && !matches!(key.to_ascii_lowercase().as_str(), "null" | "true" | "false" | "y" | "n" | "yes" | "no" | "on" | "off");
    if plain { key.to_owned() } else { super::contract::quoted(key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_as_it_stood() {
        let text = "# head\n\na: 1  # one\n\"b: c\": 'it''s'\n# above\nlist:\n  - name: x\n    tags: [\"pii:x]\", y] # why\n\n  # second\n  \
                    - {name: y, of: {z: \"1,2\"}}\n  - - 1\n    - plain text: here\ntext: |\n  # no comment\n  line\n\n  last\nempty: []\n# end\n";
        let tree = Tree::read(text).expect("reads");
        assert_eq!(document(&tree), text);
    }

    #[test]
    fn whatever_is_read_says_the_same_when_it_is_written() {
        for text in [
            "a: &x {b: 'c, d', e: [1, {f: \"g: h\"}]}\ni: *x\n<<: *x\n",
            "a: |+\n  two\n\n\nb: >-\n  folded\n  text # no comment\n\n  # nor this\nc: \"\\u0007\\n\"\n",
            "a:\n- - - x\n  -\n    # c\n    k: v\n- ~\n-\n- ''\n- \"null\"\n- 'true'\n- !!str 12\n",
            "'': 1\n\"a: b\": 2\n'# c': 3\n? d\n: 4\nyes: 5\n- : 6\n",
            "--- # begin\na: plain\n  over lines\nb: \"quoted\n  over lines\"\nc: x#y\nd: 'it''s' # why\n...\n",
            "a: [b, # c\n  d]\ne: {f: g} # [h]\ni: |2\n    indented\n  less\nj: 0x1F\nk: 1e3\nl: .inf\n",
            "\u{feff}a: \u{fc}ber # \u{fc}\nb: [\u{fc}, 'x'] # y\n",
            "a: \"]\" # b\nc: [\"\\\"]\"] # d\ne: '['\n",
        ] {
            let Ok(tree) = Tree::read(text) else { continue };
            let written = document(&tree);
            let again = Tree::read(&written).map_err(|flaw| format!("{flaw:?}\n{written}")).expect("is read again");
            assert!(again.says(&tree), "{text}\nbecame\n{written}");
        }
    }

    #[test]
    fn contracts_of_the_mesh_come_out_alike() {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogs"))];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for found in std::fs::read_dir(folder).expect("folder") {
                let path = found.expect("entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "yaml") {
                    let text = std::fs::read_to_string(&path).expect("text");
                    let tree = Tree::read(&text).expect("tree");
                    let again = Tree::read(&document(&tree)).expect("is read again");
                    assert!(again.says(&tree), "{}", path.display());
                    files += 1;
                }
            }
        }
        assert!(files > 10);
    }
}
