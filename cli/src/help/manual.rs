//! A page as a manual page: man(7) by way of roff.

use biaoshi::report::Lang;
use roff::{Roff, bold, italic, roman};

use super::Page;

/// A title, in English and Chinese.
type Title = (&'static str, &'static str);

const NAME: Title = ("NAME", "名称");
const SYNOPSIS: Title = ("SYNOPSIS", "概要");
const DESCRIPTION: Title = ("DESCRIPTION", "描述");
const COMMANDS: Title = ("COMMANDS", "命令");
const OPTIONS: Title = ("OPTIONS", "选项");
const EXIT: Title = ("EXIT STATUS", "退出状态");
const ENVIRONMENT: Title = ("ENVIRONMENT", "环境变量");
const FILES: Title = ("FILES", "文件");
const EXAMPLES: Title = ("EXAMPLES", "示例");
const ALSO: Title = ("SEE ALSO", "参见");

/// What the environment says, to every command.
const VARIABLES: &[(&str, &str, &str)] = &[
    (
        "BIAOSHI_*",
        "an option by its long name in capitals, _ for -: BIAOSHI_PRODUCER, BIAOSHI_JOBS; weaker than the command line, stronger than a file",
        "以大写长名称设置选项,- 写作 _:BIAOSHI_PRODUCER、BIAOSHI_JOBS;弱于命令行,强于设置文件",
    ),
    ("BIAOSHI_CONFIG", "the file of settings, as --config", "设置文件,同 --config"),
    (
        "LC_ALL, LC_MESSAGES, LANG",
        "the language: the first that is set; Chinese where it begins with zh",
        "语言:以先设置者为准;以 zh 开头即为中文",
    ),
    ("NO_COLOR", "no colours, where it is set and not empty", "非空时不使用颜色"),
    ("XDG_CONFIG_HOME", "the user's folder of settings; else ~/.config", "用户的设置文件夹;未设置时为 ~/.config"),
];

/// Which files are read beside the inputs.
const SETTINGS: &[(&str, &str, &str)] = &[
    ("biaoshi.toml", "settings, in the current folder", "当前文件夹中的设置"),
    ("~/.config/biaoshi/config.toml", "settings, where there is no biaoshi.toml", "没有 biaoshi.toml 时采用的设置"),
];

/// The page; `all`: those beside it.
pub(crate) fn manual(page: &Page, all: &[Page], lang: Lang) -> String {
    let mut roff = Roff::new();
    let (name, version) = (page.file(), concat!("biaoshi ", env!("CARGO_PKG_VERSION")));
    let book = if lang == Lang::Zh { "用户命令" } else { "User Commands" };
    roff.control("TH", [name.as_str(), "1", " ", version, book]);
    // Names of options are not hyphenated, nor lines of them stretched. Between Chinese characters groff ends a line when it
    // was told which they are.
    roff.control("nh", []).control("ad", ["l"]);
    if lang == Lang::Zh {
        roff.control("mso", ["zh.tmac"]);
    }
    let title = |roff: &mut Roff, (en, zh): Title| _ = roff.control("SH", [if lang == Lang::Zh { zh } else { en }]);
    title(&mut roff, NAME);
    roff.text([roman(format!("{name} - {}", page.about))]);
    title(&mut roff, SYNOPSIS);
    roff.text([bold(&page.name), roman(page.usage.strip_prefix(&page.name).unwrap_or(&page.usage))]);
    title(&mut roff, DESCRIPTION);
    roff.text([roman(&page.about)]);
    if !page.commands.is_empty() {
        title(&mut roff, COMMANDS);
        page.commands.iter().for_each(|(name, about)| entry(&mut roff, name, about));
    }
    title(&mut roff, OPTIONS);
    for group in &page.groups {
        roff.control("SS", [group.heading.as_str()]);
        group.entries.iter().for_each(|e| entry(&mut roff, &e.written, &e.whole(lang)));
    }
    title(&mut roff, EXIT);
    page.exits.iter().for_each(|(code, when)| entry(&mut roff, &code.to_string(), when));
    for (heading, rows) in [(ENVIRONMENT, VARIABLES), (FILES, SETTINGS)] {
        title(&mut roff, heading);
        rows.iter().for_each(|(name, en, zh)| entry(&mut roff, name, if lang == Lang::Zh { zh } else { en }));
    }
    if !page.examples.is_empty() {
        title(&mut roff, EXAMPLES);
        roff.control("nf", []);
        page.examples.iter().for_each(|line| _ = roff.text([roman(line)]));
        roff.control("fi", []);
    }
    title(&mut roff, ALSO);
    let mut also = Vec::new();
    for other in all.iter().filter(|other| other.name != page.name) {
        also.extend([bold(other.file()), roman("(1), ")]);
    }
    also.pop();
    also.push(roman("(1)"));
    roff.text(also);
    roff.render()
}

/// A name, and below it what it means.
fn entry(roff: &mut Roff, name: &str, text: &str) {
    roff.control("TP", []);
    let (bare, value) = name.rsplit_once(' ').filter(|_| name.starts_with('-')).unwrap_or((name, ""));
    match value {
        "" => roff.text([bold(bare)]),
        value if value.starts_with('-') => roff.text([bold(name)]),
        value => roff.text([bold(bare), roman(" "), italic(value)]),
    };
    roff.text([roman(text)]);
}
