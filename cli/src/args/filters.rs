//! The arguments that say which of the files in folders and lists are taken.

use biaoshi::batch::filter::Filter;
use clap::Args as ClapArgs;

use super::headings::INPUTS;
use super::values::extension;
use crate::exit::Stop;

/// Which files are taken of those that are found. A file that is named on the command line is always taken.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = INPUTS)]
pub(crate) struct Filters {
    /// Take only files in folders and lists that match: `*.png` in any folder, `a/**` below the root; may be given several times
    ///
    /// 只处理文件夹和清单中匹配的文件:`*.png` 匹配任意文件夹,`a/**` 相对于根目录;可多次给出
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,
    /// Leave out files and whole folders that match; may be given several times
    ///
    /// 排除匹配的文件和整个文件夹;可多次给出
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Take only files in folders and lists with these extensions, in capitals too
    ///
    /// 只处理文件夹和清单中具有这些扩展名的文件,不分大小写
    #[arg(long, value_delimiter = ',', value_name = "EXT", value_parser = extension)]
    ext: Vec<String>,
}

impl Filters {
    /// As the library takes it. `backup`: what the names of backups end with.
    pub(crate) fn filter(&self, backup: Option<&str>) -> Result<Filter, Stop> {
        let filter = Filter::new(&self.include, &self.exclude, &self.ext, backup.map(str::to_owned));
        filter.map_err(|e| Stop::Usage(e.message()))
    }
}
