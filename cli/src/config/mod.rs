//! Where settings come from: the command line, then the environment (`BIAOSHI_*`), then one file of settings.
//!
//! Nothing here knows an option by name. What clap knows of the command line is enough: a setting that the command line
//! lacks is put behind it as if it had been written there, so a new option is one field in `args`, and is checked,
//! explained and refused in one way wherever it comes from.

mod belong;
mod file;
mod show;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use biaoshi::names::nearest;
use biaoshi::report::{Lang, clean, said};
use clap::builder::{BoolishValueParser, Resettable};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, ColorChoice, Command, FromArgMatches};

use crate::args::{Args, Common, Global, Offered, environment};
use crate::complaint::Complaint;
use crate::exit::Stop;
use crate::help;

pub(crate) use show::show;

/// The name of a file of settings in the current folder.
pub(crate) use biaoshi::batch::walk::SETTINGS as FILE;

/// What every name in the environment begins with.
const PREFIX: &str = "BIAOSHI_";

/// Options that are about one run, or about the settings themselves. An `out` that is set is for labelled files: no key goes
/// there.
const UNSETTABLE: &[&str] = &[
    "help",
    "version",
    "config",
    "show_config",
    "worker",
    "new_key",
    // A program that runs: a file of settings that came with a folder of uploads must not name one.
    "encoder",
    // What is looked for in a ledger.
    "head",
    "produce_id",
    "find_payload",
    "content_tag",
    "find_sha256",
    "from",
    "to",
    "actions",
    "export_producer",
];

/// What the program is to do.
pub(crate) enum Parsed {
    /// Work.
    Run(Box<Args>),
    /// Show the settings of a command: the work is not done.
    Show(Settings, Box<Common>),
}

/// Why there is nothing to do.
pub(crate) enum Wrong {
    /// Help or the version was asked for.
    Shown(clap::Error),
    /// The command line or a setting is not in order.
    Stop(Stop, Lang),
}

/// The settings of one command.
pub(crate) struct Settings {
    /// The command's names, from the outer one to the inner one.
    command: Vec<String>,
    /// The file of settings that was read.
    file: Option<PathBuf>,
    /// Names in the environment that begin as ours and are no option.
    unknown: Vec<String>,
    /// One for each option, in the order of the help.
    all: Vec<Setting>,
}

/// The value of one option.
#[derive(Debug, Clone)]
struct Setting {
    /// The option's long name.
    name: String,
    values: Vec<OsString>,
    origin: Origin,
    /// A flag that is off, or nothing at all: it takes no place and stands in nobody's way.
    off: bool,
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    CommandLine,
    /// The name of the variable.
    Environment(String),
    /// The line, from 1.
    File(PathBuf, usize),
    Default,
}

impl Origin {
    /// Whether it comes from the same place, so that neither of two values is the stronger one.
    fn ties(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    fn shown(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::CommandLine, Lang::En) => "command line".into(),
            (Self::CommandLine, Lang::Zh) => "命令行".into(),
            (Self::Environment(name), _) => name.clone(),
            (Self::File(path, line), _) => format!("{}:{line}", clean(&path.to_string_lossy())),
            (Self::Default, Lang::En) => "default".into(),
            (Self::Default, Lang::Zh) => "默认".into(),
        }
    }
}

/// Reads the command line, and what the environment and a file add to it.
pub(crate) fn parse(line: Vec<OsString>) -> Result<Parsed, Wrong> {
    let (lang, line) = (language(&line), help::rewritten(line));
    let mut lenient = settable(help::command(), false);
    lenient.build();
    let wrong = |error| wrong(error, &line, &lenient, lang);
    let matches = match lenient.clone().try_get_matches_from(&line) {
        Ok(matches) => matches,
        Err(e) => return Err(wrong(strictly(&line, lang).err().unwrap_or(e))),
    };
    let (names, command, matches) = called(&lenient, &matches);
    if names.is_empty() {
        return strictly(&line, lang).map(|args| Parsed::Run(Box::new(args))).map_err(wrong);
    }
    let global = Global::from_arg_matches(matches).map_err(wrong)?;
    let called = Called { root: &lenient, names, command };
    let settings = called.gather(matches, global.config.as_deref()).map_err(|stop| Wrong::Stop(stop, lang))?;
    let whole = settings.put_behind(line.clone(), command);
    if !global.show_config {
        no_slip(&lenient, &settings.unknown).map_err(|stop| Wrong::Stop(stop, lang))?;
    } else {
        let matches = lenient.clone().try_get_matches_from(&whole).map_err(wrong)?;
        let common = shown(self::called(&lenient, &matches).2).map_err(wrong)?;
        return Ok(Parsed::Show(settings, Box::new(common)));
    }
    let strict = settable(help::command(), true).try_get_matches_from(whole);
    let args = strict.and_then(|matches| Args::from_arg_matches(&matches)).map_err(wrong)?;
    Ok(Parsed::Run(Box::new(args)))
}

/// The command line alone, as the help describes it: its errors and its help are those that people should see.
fn strictly(line: &[OsString], lang: Lang) -> Result<Args, clap::Error> {
    let colours = match early(line, "color").first().map(String::as_str) {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    };
    let command = help::localize(help::command().color(colours), lang);
    command.try_get_matches_from(line).and_then(|matches| Args::from_arg_matches(&matches))
}

/// What clap says of a line: what was asked for, or what is wrong.
fn wrong(error: clap::Error, line: &[OsString], lenient: &Command, lang: Lang) -> Wrong {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    if matches!(error.kind(), DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion) {
        return Wrong::Shown(error);
    }
    // As far as the line can be read, it says which command it calls.
    let matches = settable(help::command(), false).ignore_errors(true).try_get_matches_from(line);
    let names = matches.as_ref().map_or_else(|_| Vec::new(), |matches| called(lenient, matches).0);
    let mut plain = help::command();
    plain.build();
    Wrong::Stop(Stop::Usage(Complaint::new(&error, &plain, &names).line()), lang)
}

/// The command that a line calls, with its names from the outer one to the inner one.
fn called<'a>(root: &'a Command, matches: &'a ArgMatches) -> (Vec<&'a str>, &'a Command, &'a ArgMatches) {
    let (mut names, mut command, mut matches) = (Vec::new(), root, matches);
    while let Some((name, inner)) = matches.subcommand()
        && let Some(sub) = command.find_subcommand(name)
    {
        names.push(name);
        (command, matches) = (sub, inner);
    }
    (names, command, matches)
}

/// What showing the settings needs to know of them.
fn shown(matches: &ArgMatches) -> Result<Common, clap::Error> {
    let json = matches.try_get_one::<bool>("json").ok().flatten().copied().unwrap_or_default();
    Ok(Common::new(&Global::from_arg_matches(matches)?, &Offered { json, ..Offered::default() }))
}

/// The language of help and of what is wrong with the command line and the settings: it has to be known before they are read, so
/// what stands in a file does not count.
fn language(line: &[OsString]) -> Lang {
    let named = |name: &String| match name.as_str() {
        "zh" => Some(Lang::Zh),
        "en" => Some(Lang::En),
        _ => None,
    };
    early(line, "lang").iter().find_map(named).unwrap_or_else(environment)
}

/// What the line and the environment say of an option, before the line is read; the strongest first.
fn early(line: &[OsString], name: &str) -> Vec<String> {
    let (joined, apart) = (format!("--{name}="), format!("--{name}"));
    let words: Vec<_> = line.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str()).collect();
    let joined = words.iter().filter_map(|word| word.strip_prefix(&joined));
    let apart = words.windows(2).filter(|two| two[0] == apart).map(|two| two[1]);
    let variable = std::env::var(format!("{PREFIX}{}", name.to_ascii_uppercase())).ok();
    joined.chain(apart).map(str::to_owned).chain(variable).collect()
}

/// The same command whose flags may be given a value (`--replace=false`), so that a flag which a file sets can be unset;
/// and, unless `needed`, in which nothing has to be given.
fn settable(command: Command, needed: bool) -> Command {
    let command = if needed { command } else { command.subcommand_required(false) };
    let command = command.mut_args(|arg| {
        let arg = match arg.get_action() {
            ArgAction::SetTrue => arg
                .action(ArgAction::Set)
                .value_parser(BoolishValueParser::new())
                .num_args(0..=1)
                .require_equals(true)
                .default_value("false")
                .default_missing_value("true"),
            _ => arg,
        };
        if needed { arg } else { arg.required(false).required_unless_present(Resettable::Reset) }
    });
    command.mut_subcommands(|sub| settable(sub, needed))
}

/// The options of a command that may be set elsewhere than on the command line.
fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !arg.is_positional() && !UNSETTABLE.contains(&arg.get_id().as_str()))
}

/// The name of an option in files: its long name.
fn name_of(arg: &Arg) -> String {
    arg.get_long().map_or_else(|| arg.get_id().as_str().replace('_', "-"), str::to_owned)
}

/// The name of an option in the environment.
fn variable_of(arg: &Arg) -> String {
    format!("{PREFIX}{}", name_of(arg).to_ascii_uppercase().replace('-', "_"))
}

/// Whether an option is a flag: see [`settable`].
fn is_flag(arg: &Arg) -> bool {
    arg.is_require_equals_set()
}

/// All commands that have no others inside, with their names.
fn leaves<'a>(command: &'a Command, names: &[&'a str]) -> Vec<(Vec<&'a str>, &'a Command)> {
    // `help` holds copies of the commands, without their options.
    let inner = command.get_subcommands().filter(|sub| sub.get_name() != "help");
    let all = inner.flat_map(|sub| leaves(sub, &[names, &[sub.get_name()]].concat()));
    let all: Vec<_> = all.collect();
    if all.is_empty() { vec![(names.to_vec(), command)] } else { all }
}

/// The command that was called.
struct Called<'a> {
    /// The whole command line.
    root: &'a Command,
    /// Its names, from the outer one to the inner one.
    names: Vec<&'a str>,
    /// The command itself.
    command: &'a Command,
}

impl Called<'_> {
    /// Its settings, the strongest value of each.
    fn gather(&self, matches: &ArgMatches, named: Option<&Path>) -> Result<Settings, Stop> {
        let Self { root, command, .. } = *self;
        let file = file::find(named)?;
        let written = match &file {
            Some(path) => file::read(path, self)?,
            None => BTreeMap::new(),
        };
        let mut args: Vec<&Arg> = options(command).collect();
        args.sort_by_key(|arg| help::order(arg));
        let of = |arg: &Arg| self.setting(arg, matches, &written);
        let mut all = args.into_iter().map(of).collect::<Result<Vec<_>, _>>()?;
        let given = |arg: &&Arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
        let inputs = command.get_positionals().filter(given).map(name_of).collect();
        settle(command, inputs, &mut all)?;
        let raw = |arg: &Arg| matches.get_raw(arg.get_id().as_str()).into_iter().flatten();
        let paths: Vec<&Path> = command.get_positionals().filter(given).flat_map(raw).map(Path::new).collect();
        belong::belong(&self.names, &paths, &mut all)?;
        let names = self.names.iter().map(|&name| name.to_owned()).collect();
        Ok(Settings { command: names, file, unknown: unknown(root), all })
    }

    /// The strongest value of one option.
    fn setting(&self, arg: &Arg, matches: &ArgMatches, file: &BTreeMap<String, Setting>) -> Result<Setting, Stop> {
        let (name, id) = (name_of(arg), arg.get_id().as_str());
        if matches.value_source(id) == Some(ValueSource::CommandLine) {
            let values = matches.get_raw(id).into_iter().flatten().map(OsStr::to_owned).collect();
            let values = if matches!(arg.get_action(), ArgAction::Count) {
                vec![matches.get_count(id).to_string().into()]
            } else {
                values
            };
            return Ok(Setting::new(arg, values, Origin::CommandLine));
        }
        let variable = variable_of(arg);
        if let Some(value) = std::env::var_os(&variable).filter(|v| !v.is_empty()) {
            let setting = Setting::new(arg, vec![value], Origin::Environment(variable));
            check(self.root, &self.names, arg, &setting)?;
            return Ok(setting);
        }
        let default =
            || Setting::new(arg, arg.get_default_values().iter().map(OsString::from).collect(), Origin::Default);
        Ok(file.get(&name).cloned().unwrap_or_else(default))
    }
}

impl Setting {
    fn new(arg: &Arg, values: Vec<OsString>, origin: Origin) -> Self {
        let no = ["false", "0", "no", "n", "off", "f"];
        let off = is_flag(arg) && values.iter().any(|v| no.iter().any(|n| v.eq_ignore_ascii_case(n)));
        Self { name: name_of(arg), off: off || values.is_empty(), values, origin }
    }

    /// Something stronger is against it, or what it belongs to is not there.
    fn unset(&mut self) {
        (self.off, self.values, self.origin) = (true, Vec::new(), Origin::Default);
    }

    /// Whether it was written elsewhere than on the command line.
    fn is_added(&self) -> bool {
        !self.off && !matches!(self.origin, Origin::Default | Origin::CommandLine)
    }

    /// The setting as it would stand on the command line.
    fn written(&self, arg: &Arg) -> Vec<OsString> {
        let named = |value: &OsString| {
            let mut out = match (arg.get_long(), arg.get_short()) {
                (None, Some(short)) => OsString::from(format!("-{short}")),
                _ => OsString::from(format!("--{}=", self.name)),
            };
            out.push(value);
            out
        };
        let count = |value: &OsString| value.to_str().and_then(|v| v.parse::<u8>().ok());
        match self.values.as_slice() {
            // A count is written as often as it counts; what is no number is left for clap to refuse.
            [value] if matches!(arg.get_action(), ArgAction::Count) && count(value).is_some() => {
                (0..count(value).unwrap_or_default()).map(|_| format!("--{}", self.name).into()).collect()
            }
            values => values.iter().map(named).collect(),
        }
    }
}

/// Of two settings that exclude each other the stronger one counts; from one place, they are a mistake. `inputs`: what the
/// command line has beside its options.
fn settle(command: &Command, inputs: Vec<String>, all: &mut [Setting]) -> Result<(), Stop> {
    let excluded = |one: &Setting| -> Vec<String> {
        let arg = options(command).find(|a| name_of(a) == one.name);
        arg.map_or_else(Vec::new, |a| command.get_arg_conflicts_with(a).into_iter().map(name_of).collect())
    };
    let input = |name| Setting { name, values: Vec::new(), origin: Origin::CommandLine, off: false };
    let inputs = inputs.into_iter().map(|name| (input(name), Vec::new()));
    let set = all.iter().filter(|s| !s.off && s.origin != Origin::Default).map(|s| (s.clone(), excluded(s)));
    let set: Vec<(Setting, Vec<String>)> = set.chain(inputs).collect();
    for setting in all.iter_mut().filter(|s| s.is_added()) {
        let mine = excluded(setting);
        let against =
            |(other, its): &&(Setting, Vec<String>)| its.contains(&setting.name) || mine.contains(&other.name);
        for (other, _) in set.iter().filter(against) {
            if other.origin.ties(&setting.origin) {
                let (at, a, b) = (setting.origin.shown(Lang::En), &setting.name, &other.name);
                return Err(Stop::usage(
                    format!("{at}: {a} and {b} exclude each other; set one of them"),
                    format!("{at}:{a} 与 {b} 不能同时设置;请只设其一"),
                ));
            }
            if other.origin < setting.origin {
                setting.unset();
                break;
            }
        }
    }
    Ok(())
}

/// Lets clap look at one value as if it stood on the command line, and says where it really stands.
fn check(root: &Command, names: &[&str], arg: &Arg, setting: &Setting) -> Result<(), Stop> {
    let line = ["biaoshi"].iter().chain(names).map(OsString::from).chain(setting.written(arg));
    let Err(error) = root.clone().try_get_matches_from(line) else { return Ok(()) };
    let mut plain = help::command();
    plain.build();
    let (at, what) = (setting.origin.shown(Lang::En), Complaint::new(&error, &plain, names).what());
    Err(Stop::Usage(said!("{}: {}: {}", "{}:{}:{}", at, &setting.name, what)))
}

/// The names of all options in the environment.
fn variables(root: &Command) -> Vec<String> {
    leaves(root, &[]).into_iter().flat_map(|(_, c)| options(c)).map(variable_of).collect()
}

/// Names in the environment that begin as ours and are no option: slips, or those of other programs. `--show-config` tells of
/// them.
fn unknown(root: &Command) -> Vec<String> {
    let known = variables(root);
    let ours = |name: &String| name.starts_with(PREFIX) && name != "BIAOSHI_CONFIG" && !known.contains(name);
    let mut unknown: Vec<_> = std::env::vars_os().filter_map(|(n, _)| n.into_string().ok()).filter(ours).collect();
    unknown.sort();
    unknown
}

/// A name in the environment that is nearly that of an option is a slip; any other may be of another program.
fn no_slip(root: &Command, unknown: &[String]) -> Result<(), Stop> {
    let known = variables(root);
    // What all have in front makes none alike.
    let bare = |name: &'_ str| name.strip_prefix(PREFIX).unwrap_or(name).to_owned();
    let known: Vec<String> = known.iter().map(|name| bare(name)).collect();
    let close = |name: &String| nearest(&bare(name), known.iter().map(String::as_str), 0.9);
    let slip = unknown.iter().find_map(|name| Some((name, close(name)?)));
    slip.map_or(Ok(()), |(name, meant)| {
        Err(Stop::usage(
            format!("{name}: no setting is called so; did you mean {PREFIX}{meant}?"),
            format!("{name}:没有这个设置;是否指 {PREFIX}{meant}?"),
        ))
    })
}

/// The name that somebody may have meant.
fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    nearest(&name.replace('_', "-"), known, 0.8)
}

impl Settings {
    /// The command line with what it lacks put behind it, before a `--` that ends the options.
    fn put_behind(&self, mut line: Vec<OsString>, command: &Command) -> Vec<OsString> {
        let at = line.iter().position(|a| a == "--").unwrap_or(line.len());
        let written = |s: &Setting| options(command).find(|a| name_of(a) == s.name).map(|a| s.written(a));
        let more: Vec<_> = self.all.iter().filter(|s| s.is_added()).filter_map(written).flatten().collect();
        line.splice(at..at, more);
        line
    }
}

/// The user's folder of settings (XDG base directories).
fn user_file() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
    folder.map(|f| f.join(Path::new("biaoshi")).join("config.toml"))
}
