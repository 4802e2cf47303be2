//! Settings that mean nothing without others. On the command line that is a mistake; in a file or the environment it may be
//! meant for another run, and takes no place.

use super::{Origin, Setting};
use crate::args::{BELONGS, DEFAULT_LAYERS, OF_LAYERS};
use crate::exit::Stop;

/// Looks at all settings of a command, which is called by `names`.
pub(super) fn belong(names: &[&str], all: &mut [Setting]) -> Result<(), Stop> {
    for (name, others) in BELONGS {
        if all.iter().any(|s| is_set(s) && others.contains(&s.name.as_str())) {
            continue;
        }
        let others: Vec<_> = others.iter().map(|o| format!("--{o}")).collect();
        leave(all, name, (&others.join(" and "), &others.join(" 和 ")))?;
    }
    layers(names, all)
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
    for value in of("if-possible").into_iter().filter(|s| is_set(s)).flat_map(|s| &s.values) {
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
            return Err(Stop::usage(format!("--{name} is for {en}"), format!("--{name} 只用于 {zh}")));
        }
        setting.unset();
    }
    Ok(())
}
