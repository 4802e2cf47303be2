//! Settings that mean nothing without others. On the command line that is a mistake; in a file or the environment it may be
//! meant for another run, and takes no place.

use std::path::Path;

use super::{Origin, Setting};
use crate::args::{BELONGS, DEFAULT_LAYERS, OF_FILES, OF_LAYERS, OF_OUTPUTS, OF_WALKS, is_stdin};
use crate::exit::Stop;

/// Looks at all settings of a command, which is called by `names` and has these paths.
pub(super) fn belong(names: &[&str], paths: &[&Path], all: &mut [Setting]) -> Result<(), Stop> {
    for (name, others) in BELONGS {
        if all.iter().any(|s| is_set(s) && others.contains(&s.name.as_str())) {
            continue;
        }
        let others: Vec<_> = others.iter().map(|o| format!("--{o}")).collect();
        leave(all, name, (&others.join(" and "), &others.join(" 和 ")))?;
    }
    standard_input(paths, all)?;
    walks(paths, all)?;
    layers(names, all)
}

/// Options about files, where the input is none, nor perhaps the output; and the name of an input that has one.
fn standard_input(paths: &[&Path], all: &mut [Setting]) -> Result<(), Stop> {
    if !paths.iter().any(|path| is_stdin(path)) {
        return leave(all, "stdin-name", ("standard input, which is called -", "标准输入,即输入为 -"));
    }
    for name in OF_FILES {
        leave(all, name, ("files, not for standard input", "文件,不适用于标准输入"))?;
    }
    if all.iter().any(|s| s.name == "output" && is_set(s)) {
        return Ok(());
    }
    OF_OUTPUTS.iter().try_for_each(|name| leave(all, name, ("files; give -o FILE", "文件;请给出 -o 文件")))
}

/// Options that choose among the files of folders and lists, where every input is a file that was named.
fn walks(paths: &[&Path], all: &mut [Setting]) -> Result<(), Stop> {
    let has = |name: &str| all.iter().any(|s| s.name == name && is_set(s));
    let are_files = !paths.is_empty() && paths.iter().all(|path| is_stdin(path) || path.is_file());
    if has("files-from") || !(has("manifest") || are_files) {
        return Ok(());
    }
    OF_WALKS.iter().try_for_each(|name| leave(all, name, ("folders and lists of files", "文件夹和文件列表")))
}

/// Options about a layer, where it is neither looked for nor written. Rows of a manifest may name it.
fn layers(names: &[&str], all: &mut [Setting]) -> Result<(), Stop> {
    let of = |name: &str| all.iter().find(|s| s.name == name);
    let Some(named) = of("layers") else { return Ok(()) };
    if of("manifest").is_some_and(is_set) {
        return Ok(());
    }
    let mut layers: String = named.values.iter().map(|v| v.to_string_lossy().into_owned() + ",").collect();
    if named.values.is_empty() {
        let default = DEFAULT_LAYERS.iter().find(|(command, _)| names == [*command]);
        layers.push_str(default.map_or("", |(_, layers)| layers));
    }
    // What is required is looked for.
    let beside = ["if-possible", "require"].into_iter().filter_map(of).filter(|s| is_set(s));
    for value in beside.flat_map(|s| &s.values) {
        layers.push_str(&value.to_string_lossy());
    }
    for (name, layer) in OF_LAYERS.iter().filter(|(_, layer)| !layers.contains(layer)) {
        let wanted = format!("--layers …,{layer}");
        leave(all, name, (&wanted, &wanted))?;
    }
    Ok(())
}

/// Whether somebody wrote it.
fn is_set(setting: &Setting) -> bool {
    !setting.off && setting.origin != Origin::Default
}

/// Passes over a setting that is for something that is not there; on the command line that is a mistake.
fn leave(all: &mut [Setting], name: &str, (en, zh): (&str, &str)) -> Result<(), Stop> {
    for setting in all.iter_mut().filter(|s| is_set(s) && s.name == name) {
        if setting.origin == Origin::CommandLine {
            let gap = if zh.starts_with('-') { " " } else { "" };
            return Err(Stop::usage(format!("--{name} is for {en}"), format!("--{name} 只用于{gap}{zh}")));
        }
        setting.unset();
    }
    Ok(())
}
