//! The arguments that bound what one file may cost.

use biaoshi::Limits;
use clap::Args as ClapArgs;

use super::headings::LIMITS;
use super::values::{depth, label_size, records, size};

/// What one file may cost.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = LIMITS)]
pub(crate) struct LimitArgs {
    /// Largest input in bytes (K, M, G allowed)
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "64G", hide_short_help = true)]
    limit_input: u64,
    /// Largest text document
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "64M", hide_short_help = true)]
    limit_text: u64,
    /// Most lines of a text document
    #[arg(long, value_name = "N", default_value_t = 4_000_000, hide_short_help = true)]
    limit_lines: usize,
    /// Largest metadata part
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "64M", hide_short_help = true)]
    limit_part: u64,
    /// Most parts of one file
    #[arg(long, value_name = "N", default_value_t = 100_000, hide_short_help = true)]
    limit_parts: usize,
    /// Largest inflated stream
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "16M", hide_short_help = true)]
    limit_inflated: u64,
    /// Deepest nesting of XML elements and of values in PDF
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = depth, hide_short_help = true)]
    limit_xml_depth: usize,
    /// Most attributes of one XML element
    #[arg(long, value_name = "N", default_value_t = 256, hide_short_help = true)]
    limit_xml_attributes: usize,
    /// Largest text of one label
    #[arg(long, value_name = "SIZE", value_parser = label_size, default_value = "64K", hide_short_help = true)]
    limit_label: usize,
    /// Most labels of one file
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = records, hide_short_help = true)]
    limit_records: usize,
    /// Largest picture side in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 16_384, hide_short_help = true)]
    limit_side: u32,
    /// Largest decoded picture
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "1G", hide_short_help = true)]
    limit_decoded: u64,
    /// Longest sound in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, hide_short_help = true)]
    limit_seconds: u64,
    /// Most work on the pixels or samples of one layer of a file of up to 4 MiB, in steps of about five nanoseconds; a larger
    /// file may cost as much for each 4 MiB
    #[arg(long, value_name = "STEPS", value_parser = size, default_value = "400M", hide_short_help = true)]
    limit_work: u64,
    /// Memory for decoded media of all threads together
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "2G", hide_short_help = true)]
    pub(crate) limit_memory: u64,
}

impl LimitArgs {
    /// The limits of one file.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            input: self.limit_input,
            text: self.limit_text,
            lines: self.limit_lines,
            part: self.limit_part,
            parts: self.limit_parts,
            xml_depth: self.limit_xml_depth,
            xml_attributes: self.limit_xml_attributes,
            inflated: self.limit_inflated,
            label: self.limit_label,
            records: self.limit_records,
            side: self.limit_side,
            decoded: self.limit_decoded,
            seconds: self.limit_seconds,
            work: self.limit_work,
        }
    }
}
