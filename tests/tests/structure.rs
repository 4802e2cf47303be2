//! The house as ARCHITECTURE.md has it: who may know whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use biaoshi_tests::root;

/// A module by its path from the root of its crate: `picture::png`.
type Name = Vec<String>;

/// The modules of one crate: their names and their source without tests.
fn modules(source: &Path) -> BTreeMap<Name, String> {
    let mut out = BTreeMap::new();
    let mut folders = vec![(source.to_owned(), Name::new())];
    while let Some((folder, name)) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let inner = |stem: String| name.iter().cloned().chain([stem]).collect::<Name>();
            if stem == "tests" {
                continue;
            }
            if path.is_dir() {
                folders.push((path, inner(stem)));
            } else if path.extension().is_some_and(|e| e == "rs") {
                let own = if matches!(stem.as_str(), "lib" | "main" | "mod") { name.clone() } else { inner(stem) };
                let text = std::fs::read_to_string(path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
                out.insert(own, text);
            }
        }
    }
    out
}

/// Every path that a text names: `use` trees are unfolded, other paths are taken as far as they are paths.
fn paths(text: &str) -> Vec<Vec<String>> {
    let code: String = text.lines().map(|l| l.split("//").next().unwrap_or_default().to_owned() + "\n").collect();
    let mut out = Vec::new();
    let mut rest = code.as_str();
    while let Some(at) = rest.find("use ") {
        let starts = rest[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || c == ')');
        let tail = &rest[at + 4..];
        let Some(end) = tail.find(';').filter(|_| starts) else {
            rest = tail;
            continue;
        };
        unfold(&[], &tail[..end], &mut out);
        rest = &tail[end..];
    }
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let inline = code.split(|c| !word(c)).filter(|p| p.contains("::"));
    let starts = ["crate", "super", "self"];
    out.extend(
        inline
            .map(|p| p.split("::").map(str::to_owned).collect::<Vec<_>>())
            .filter(|p| starts.contains(&p[0].as_str())),
    );
    out
}

/// The paths of a `use` tree, `a::{b, c::{d, e}}` and the like.
fn unfold(front: &[String], tree: &str, out: &mut Vec<Vec<String>>) {
    let (mut depth, mut start) = (0, 0);
    let parts = tree.char_indices().chain([(tree.len(), ',')]).filter_map(|(at, c)| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        (c == ',' && depth == 0).then(|| {
            let part = &tree[start..at];
            start = at + 1;
            part.trim().to_owned()
        })
    });
    for part in parts.collect::<Vec<_>>().into_iter().filter(|p| !p.is_empty()) {
        let (path, inner) = part.split_once('{').map_or((part.as_str(), None), |(p, i)| (p, Some(i)));
        let names = path.split("::").map(|n| n.split(" as ").next().unwrap_or_default().trim());
        let whole: Vec<String> =
            front.iter().cloned().chain(names.filter(|n| !n.is_empty()).map(str::to_owned)).collect();
        match inner {
            Some(inner) => unfold(&whole, inner.trim_end().strip_suffix('}').unwrap_or(inner), out),
            None => out.push(whole),
        }
    }
}

/// What a module imports, as modules of the same crate; what a parent passes on from its child counts as the child's.
fn imports(name: &Name, modules: &BTreeMap<Name, String>) -> BTreeSet<Name> {
    let resolve = |from: &Name, path: &[String]| -> Option<(Name, Option<String>)> {
        let mut at = match path.first()?.as_str() {
            "crate" => Name::new(),
            "self" => from.clone(),
            "super" => from.clone(),
            first if modules.contains_key(&[from.clone(), vec![first.to_owned()]].concat()) => {
                [from.clone(), vec![first.to_owned()]].concat()
            }
            _ => return None,
        };
        let mut rest = path.iter().skip(usize::from(matches!(path[0].as_str(), "crate" | "self" | "super")));
        if path[0] == "super" {
            at.pop();
        }
        let mut item = None;
        for part in &mut rest {
            let inner = [at.clone(), vec![part.clone()]].concat();
            match part.as_str() {
                "super" => drop(at.pop()),
                _ if modules.contains_key(&inner) => at = inner,
                _ => {
                    item = Some(part.clone());
                    break;
                }
            }
        }
        Some((at, item))
    };
    let mut out = BTreeSet::new();
    for path in paths(&modules[name]) {
        let Some((mut module, mut item)) = resolve(name, &path) else { continue };
        while let Some(wanted) = item.take() {
            let passed = paths(&modules[&module]).into_iter().find_map(|p| {
                let found = (p.len() > 1 && p.last() == Some(&wanted)).then(|| resolve(&module, &p))??;
                (found.0 != module).then_some(found)
            });
            if let Some(found) = passed {
                (module, item) = found;
            }
        }
        if module != *name {
            out.insert(module);
        }
    }
    out
}

/// Files side by side do not import each other both ways, be it through what lies below them: then they are one room, and
/// should have one door. A parent and its child may.
#[test]
fn siblings_do_not_know_each_other_both_ways() {
    let mut circles = Vec::new();
    let crates = std::fs::read_dir(root().join("crates")).unwrap().map(|e| e.unwrap().path());
    for folder in crates.chain([root().join("cli")]) {
        let modules = modules(&folder.join("src"));
        let mut knows: BTreeMap<(Name, Name), (Name, Name)> = BTreeMap::new();
        for name in modules.keys() {
            for other in imports(name, &modules) {
                let common = name.iter().zip(&other).take_while(|(a, b)| a == b).count();
                if common < name.len() && common < other.len() {
                    let sides = (name[..=common].to_vec(), other[..=common].to_vec());
                    knows.entry(sides).or_insert((name.clone(), other));
                }
            }
        }
        for ((a, b), (from, to)) in &knows {
            if let Some((back, again)) = knows.get(&(b.clone(), a.clone())).filter(|_| a < b) {
                let show = |name: &Name| name.join("::");
                circles.push(format!(
                    "{}: {} <-> {} ({} knows {}, {} knows {})",
                    folder.file_name().unwrap().to_string_lossy(),
                    show(a),
                    show(b),
                    show(from),
                    show(to),
                    show(back),
                    show(again)
                ));
            }
        }
    }
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n"));
}

/// Which crates of ours a crate may name, as ARCHITECTURE.md draws it.
#[test]
fn crates_know_what_lies_below_them() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("label", &[] as &[&str]),
        ("container", &[]),
        ("watermark", &[]),
        ("metadata", &["container", "label"]),
        ("explicit", &["container"]),
        ("media", &["container", "explicit", "watermark"]),
        ("ledger", &["container"]),
        ("security", &["container", "label"]),
        ("biaoshi", &["container", "label", "ledger", "media", "metadata", "security", "watermark"]),
    ]);
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let known = manifest.lines().filter_map(|l| l.strip_prefix("biaoshi-")?.split(['.', ' ']).next());
        for other in known {
            let may = allowed.get(name.as_str()).is_some_and(|list| list.contains(&other));
            assert!(may, "{name} must not know {other}");
        }
    }
}
