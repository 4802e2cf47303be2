//! How arguments are written, and the line that shows what a command needs.

use biaoshi::report::Lang;
use clap::{Arg, ArgAction, Command};

use super::{takes_value, value_name};

/// Of a command one of these has to be given; each is some arguments together.
const CHOICES: &[(&str, &[&[&str]])] = &[
    ("biaoshi label", &[&["out"], &["output"], &["in_place"]]),
    ("biaoshi carry", &[&["out"], &["output"], &["in_place"]]),
    ("biaoshi deliver-unlabelled", &[&["out"], &["output"]]),
    ("biaoshi watermark embed", &[&["input", "output", "payload"], &["list"]]),
    ("biaoshi watermark detect", &[&["input"], &["list"]]),
];

/// An argument as it is written on the command line, with both of its names.
pub(super) fn written(arg: &Arg, lang: Lang) -> String {
    let short = arg.get_short().map(|c| format!("-{c}"));
    let long = arg.get_long().map(|name| format!("--{name}"));
    let names: Vec<_> = short.into_iter().chain(long).collect();
    with_value(names.join(", "), arg, lang)
}

/// An argument with one of its names, the long one if it has one.
pub(crate) fn shown(arg: &Arg, lang: Lang) -> String {
    let long = arg.get_long().map(|name| format!("--{name}"));
    let short = || arg.get_short().map(|c| format!("-{c}"));
    with_value(long.or_else(short).unwrap_or_default(), arg, lang)
}

fn with_value(names: String, arg: &Arg, lang: Lang) -> String {
    let ids = || arg.get_id().as_str().to_ascii_uppercase();
    let value = arg.get_value_names().and_then(|names| names.first()).map_or_else(ids, ToString::to_string);
    let value = value_name(arg, &value, lang);
    let many = arg.get_num_args().is_some_and(|n| n.max_values() > 1) || matches!(arg.get_action(), ArgAction::Append);
    match (arg.is_positional(), takes_value(arg)) {
        (true, _) => format!("{value}{}", if many { "..." } else { "" }),
        (false, true) => format!("{names} {value}"),
        (false, false) => names,
    }
}

/// The line of a command: what it needs, and that there are options.
pub(super) fn line(command: &Command, names: &[&str], lang: Lang) -> String {
    let (inner, options) = match lang {
        Lang::En => ("COMMAND", "[OPTIONS]"),
        Lang::Zh => ("命令", "[选项]"),
    };
    let name = names.join(" ");
    if command.has_subcommands() {
        return format!("{name} {inner} {options}");
    }
    let choice = CHOICES.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, choice)| choice);
    let arg = |id: &&str| command.get_arguments().find(|arg| arg.get_id() == id).map(|arg| shown(arg, lang));
    let together = |ids: &&[&str]| ids.iter().filter_map(arg).collect::<Vec<_>>().join(" ");
    let one =
        (!choice.is_empty()).then(|| format!("({})", choice.iter().map(together).collect::<Vec<_>>().join(" | ")));
    let is_free = |arg: &&Arg| !choice.iter().any(|ids| ids.contains(&arg.get_id().as_str()));
    let positionals = command.get_positionals().filter(is_free).map(|arg| shown(arg, lang));
    let required = command.get_opts().filter(is_free).filter(|arg| arg.is_required_set()).map(|arg| shown(arg, lang));
    let parts = std::iter::once(name).chain(positionals).chain(one).chain(required).chain([options.to_owned()]);
    parts.collect::<Vec<_>>().join(" ")
}
