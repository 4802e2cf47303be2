//! The argument that names the recording of a spoken label.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use biaoshi::job;
use biaoshi::media::Clip;
use biaoshi::report::said;
use clap::Args as ClapArgs;

use super::Common;
use super::headings::LAYERS;
use crate::exit::Stop;

/// What stands for the label that needs no recording.
const RHYTHM: &str = "rhythm";

/// What is heard as the label of a sound.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = LAYERS)]
pub(crate) struct Spoken {
    /// The audible label: a recording of 0.5 to 10 seconds in any format that is read, or `rhythm` (clause 5.3) [default: rhythm]
    ///
    /// 音频显式标识:一段 0.5 至 10 秒的语音录音(任何可读取的格式),或 `rhythm`(节奏标识,5.3 条)[默认:`rhythm`]
    #[arg(long, value_name = "FILE")]
    audio_mark: Option<PathBuf>,
}

impl Spoken {
    /// The recording, decoded once for all files.
    pub(crate) fn read(&self, common: &Common) -> Result<Option<Arc<Clip>>, Stop> {
        let named = self.audio_mark.as_deref().filter(|path| *path != Path::new(RHYTHM));
        let Some(path) = named else { return Ok(None) };
        job::prompt(path, &common.limits()).map(Some).map_err(|e| {
            let shown = biaoshi::report::clean(&path.to_string_lossy());
            Stop::Usage(said!("--audio-mark {}: {}", "--audio-mark {}:{}", shown, e.message()))
        })
    }
}
