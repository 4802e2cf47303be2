//! How a run is stopped.

use std::time::Duration;

use biaoshi::report::said;
use clap::Args as ClapArgs;

use super::headings::PERFORMANCE;
use super::values::Bad;

/// How a run is stopped.
#[derive(Debug, ClapArgs)]
pub(crate) struct Stopping {
    /// How long the files in hand may take after `SIGTERM` or `SIGHUP` (`500ms`, `8s`, `1m`; 0: stop at once)
    ///
    /// 收到 `SIGTERM` 或 `SIGHUP` 后,处理手头文件的最长时间(`500ms`、`8s`、`1m`;0:立即停止)
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "8s", help_heading = PERFORMANCE)]
    grace: Duration,
}

impl Stopping {
    /// How long the files in hand may take.
    pub(crate) fn grace(&self) -> Duration {
        self.grace
    }
}

/// A number with its unit; 0 needs none.
fn duration(text: &str) -> Result<Duration, Bad> {
    humantime::parse_duration(text).map_err(|_| {
        let text = format!("{text:?}");
        Bad(said!("{} is no time; write 500ms, 8s, 1m or 0", "{} 不是时间;请写 500ms、8s、1m 或 0", text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        for (text, milliseconds) in [("0", 0), ("0s", 0), ("500ms", 500), ("8s", 8000), ("2m", 120_000)] {
            assert_eq!(duration(text).unwrap(), Duration::from_millis(milliseconds));
        }
        for text in ["", "8", "-1s", "s", "99999999999999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
