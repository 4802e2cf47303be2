//! The rows of traces. A new one stands here, and has its example in `tests.rs`.
//!
//! Strong is what was seen in a real file or stands in the code of a program that writes or reads it, and names the maker; what is
//! only guessed, what names a host or a format, and what may be a topic, is weak. A mere editor's name is no row.

use super::TraceRow;
use super::value::{self, Value};

/// The fields in which a program or service names itself.
const CREDITS: &[&str] =
    &["Software", "CreatorTool", "softwareAgent", "Credit", "Program", "Source", "Artist", "Author", "creator"];
/// Those in which only programs do: people have names, too.
const PROGRAMS: &[&str] = &["Software", "CreatorTool", "softwareAgent", "Program", "encoder"];
/// What a text may be about.
const TOPICS: &[&str] = &["Description", "ImageDescription", "comment"];
/// Where programs that make pictures put what they were told.
const TOLD: &[&str] = &["parameters", "UserComment"];
/// Where they might as well; no real file is known.
const MAYBE_TOLD: &[&str] = &["comment", "XPComment", "ImageDescription", "Description"];
/// What a C2PA manifest says of its maker.
const CLAIM: &[&str] = &["claim_generator", "softwareAgent"];

const PROBES: &str = "github.com/wiltodelta/remove-ai-watermarks: constants.py, metadata.py";
const GOOGLE: &str = "9to5google.com/2024/10/24/google-photos-ai-edit-info; measured in real files";
const READER: &str = "github.com/receyuki/stable-diffusion-prompt-reader: sd_prompt_reader/format";
const IPTC: &str = "IPTC Photo Metadata Standard 2025.1";
const COMFYUI: &str = "github.com/comfyanonymous/ComfyUI: nodes.py, comfy_extras/nodes_images.py";
const INVOKEAI: &str = "github.com/invoke-ai/InvokeAI";
const FOOOCUS: &str = "github.com/lllyasviel/Fooocus: modules/meta_parser.py, modules/private_logger.py";
const RUINED: &str = "github.com/runew0lf/RuinedFooocus";
const WEBUI: &str =
    "github.com/AUTOMATIC1111/stable-diffusion-webui: modules/processing.py; github.com/vladmandic/sdnext";
const SWARMUI: &str = "github.com/mcmonkeyprojects/SwarmUI: docs/Image Metadata Format.md";
const SAMSUNG: &str = "github.com/wiltodelta/remove-ai-watermarks: metadata.py; exiftool.org: Samsung.pm";
const DREAMINA: &str = "public write-ups that show the metadata of an export";
const MEASURED: &str = "measured in real files";
const GUESSED: &str = "not seen in a file yet";

/// A row with one text, strong.
const fn row(
    kind: &'static str,
    tool: &'static str,
    strong: &'static [&'static str],
    value: Value,
    source: &'static str,
) -> TraceRow {
    TraceRow { kind, tool, strong, weak: &[], value, beside: None, source }
}

/// A weak one.
const fn weak(
    kind: &'static str,
    tool: &'static str,
    weak: &'static [&'static str],
    value: Value,
    source: &'static str,
) -> TraceRow {
    TraceRow { kind, tool, strong: &[], weak, value, beside: None, source }
}

/// A name that is no word and no person's, in lower case: strong where a maker is named, weak where it may be a topic.
const fn credit(kind: &'static str, names: &'static [&'static str], source: &'static str) -> TraceRow {
    TraceRow { kind, tool: "", strong: CREDITS, weak: TOPICS, value: Value::Names(names), beside: None, source }
}

/// A name with which programs begin what they call themselves.
const fn program(kind: &'static str, names: &'static [&'static str], source: &'static str) -> TraceRow {
    row(kind, "", PROGRAMS, Value::Name(names), source)
}

/// A graph of nodes, strong in some texts and weak in others.
const fn graph(strong: &'static [&'static str], weak: &'static [&'static str], source: &'static str) -> TraceRow {
    let value = Value::Form(["a node graph", "节点图"], value::graph);
    TraceRow { kind: "comfyui", tool: "ComfyUI", strong, weak, value, beside: None, source }
}

/// Every trace but the C2PA manifest itself and vendors' objects.
pub static TRACES: &[TraceRow] = &[
    row(
        "iptc",
        "",
        &["DigitalSourceType"],
        Value::Form(
            [
                "`trainedAlgorithmicMedia` or `compositeWithTrainedAlgorithmicMedia`",
                "`trainedAlgorithmicMedia` 或 `compositeWithTrainedAlgorithmicMedia`",
            ],
            value::ai_source,
        ),
        IPTC,
    ),
    row(
        "iptc",
        "",
        &["AISystemUsed", "AISystemVersionUsed", "AIPromptInformation", "AIPromptWriterName"],
        Value::Any,
        IPTC,
    ),
    // What a program was told.
    TraceRow {
        kind: "stable-diffusion",
        tool: "Stable Diffusion",
        strong: TOLD,
        weak: MAYBE_TOLD,
        value: Value::Form(
            [
                "`Steps:` and a number, with `Sampler` or with `Seed:` and `CFG scale:`",
                "`Steps:` 和一个数字,并有 `Sampler`,或有 `Seed:` 和 `CFG scale:`",
            ],
            value::parameters,
        ),
        beside: None,
        source: WEBUI,
    },
    row("comfyui", "Civitai", TOLD, Value::Json(&["\"resource-stack\"", "class_type"]), MEASURED),
    graph(&["prompt", "workflow"], &[], COMFYUI),
    graph(TOLD, MAYBE_TOLD, MEASURED),
    row(
        "comfyui",
        "ComfyUI",
        &["Make", "Model", "ImageDescription"],
        Value::Form(
            ["`workflow:` or `prompt:` and a node graph", "`workflow:` 或 `prompt:` 和节点图"],
            value::named_graph,
        ),
        COMFYUI,
    ),
    row("swarmui", "SwarmUI", TOLD, Value::Json(&["\"sui_image_params\""]), SWARMUI),
    row("fooocus", "RuinedFooocus", TOLD, Value::Json(&["\"RuinedFooocus\"", "steps"]), RUINED),
    row("fooocus", "Fooocus", TOLD, Value::Json(&["\"Fooocus v", "\"base_model\""]), FOOOCUS),
    row("fooocus", "Fooocus", &["fooocus_scheme"], Value::Any, FOOOCUS),
    row(
        "huggingface",
        "Hugging Face Spaces",
        TOLD,
        Value::Json(&["\"prompt\"", "\"negative_prompt\"", "\"guidance_scale\""]),
        MEASURED,
    ),
    row("invokeai", "InvokeAI", &["invokeai_metadata", "invokeai_graph", "sd-metadata"], Value::Json(&[]), INVOKEAI),
    row("invokeai", "InvokeAI", &["Dream"], Value::Has(&["-s ", "-S "]), INVOKEAI),
    row("tensorart", "TensorArt", &["generation_data"], Value::Json(&["\"prompt\"", "\"models\""]), MEASURED),
    row("draw-things", "Draw Things", TOLD, Value::Json(&["\"c\":", "\"uc\":", "\"sampler\":", "\"seed\":"]), READER),
    row(
        "midjourney",
        "Midjourney",
        &["Description", "ImageDescription"],
        Value::Form(["`Job ID:` and a UUID", "`Job ID:` 和一个 UUID"], value::job),
        MEASURED,
    ),
    weak("huggingface", "Hugging Face Jobs", &["hf-job-id"], Value::Form(["a UUID", "一个 UUID"], value::uuid), PROBES),
    weak(
        "bytedance",
        "Dreamina",
        &["UserComment", "comment"],
        Value::Json(&["\"product\":\"dreamina\"", "\"exportType\":\"generation\""]),
        DREAMINA,
    ),
    row(
        "samsung",
        "Samsung Galaxy AI",
        &["PhotoEditor_Re_Edit_Data"],
        Value::Form(["`\"genAIType\":` and a number other than 0", "`\"genAIType\":` 和非 0 的数字"], value::samsung),
        SAMSUNG,
    ),
    // Who made it.
    row("ideogram", "", &["Make"], Value::Name(&["ideogram ai"]), PROBES),
    TraceRow {
        kind: "grok",
        tool: "Grok",
        strong: &["ImageDescription"],
        weak: &[],
        value: Value::Form(["`Signature:` and Base64", "`Signature:` 和 Base64"], value::signature),
        beside: Some(("Artist", Value::Form(["a UUID", "一个 UUID"], value::uuid))),
        source: PROBES,
    },
    row(
        "suno",
        "",
        &["WOAS"],
        Value::Form(["the address of a song at suno.com", "suno.com 上歌曲的地址"], value::suno_song),
        MEASURED,
    ),
    row(
        "suno",
        "",
        &["comment", "Description"],
        Value::Form(
            ["`made with suno` with `created=` and `id=`", "`made with suno`,并有 `created=` 和 `id=`"],
            value::suno_comment,
        ),
        MEASURED,
    ),
    row("luma", "", &["Source"], Value::Name(&["luma ai"]), PROBES),
    row("luma", "", &["comment"], Value::Name(&["luma ai's"]), PROBES),
    credit("midjourney", &["midjourney"], PROBES),
    credit("dall-e", &["dall-e", "dall·e"], PROBES),
    credit("firefly", &["adobe firefly"], PROBES),
    credit(
        "gemini",
        &["made with google ai", "edited with google ai", "ai-generated with google", "ai generated with google"],
        GOOGLE,
    ),
    credit("novelai", &["novelai"], PROBES),
    credit("stable-diffusion", &["stable diffusion"], PROBES),
    credit("comfyui", &["comfyui"], PROBES),
    credit("chatgpt", &["chatgpt"], PROBES),
    credit("apple", &["apple photos clean up"], PROBES),
    program("ideogram", &["ideogram"], PROBES),
    program("leonardo", &["leonardo.ai", "leonardo ai"], PROBES),
    program("invokeai", &["invokeai", "invoke ai"], PROBES),
    program("stable-diffusion", &["automatic1111", "stable-diffusion"], PROBES),
    program("dreamstudio", &["dreamstudio"], PROBES),
    program("nightcafe", &["nightcafe"], PROBES),
    program("chatgpt", &["gpt-image", "dalle"], PROBES),
    program("fooocus", &["fooocus", "ruinedfooocus"], FOOOCUS),
    program("draw-things", &["draw things"], READER),
    weak(
        "named",
        "",
        PROGRAMS,
        Value::Name(&[
            "bing image creator",
            "microsoft designer",
            "recraft",
            "seedream",
            "seedance",
            "jimeng",
            "doubao",
            "即梦",
            "豆包",
            "可灵",
            "通义",
            "文心一格",
            "海螺ai",
            "混元",
            "openai sora",
            "google veo",
            "kling ai",
            "klingai",
            "runwayml",
            "runway gen",
            "pika labs",
            "vidu",
            "hailuo ai",
            "udio",
            "elevenlabs",
        ]),
        GUESSED,
    ),
    // C2PA manifests that name no source type.
    row(
        "microsoft",
        "Bing Image Creator",
        CLAIM,
        Value::Name(&["image creator from designer", "microsoft_responsible_ai"]),
        MEASURED,
    ),
    row("bytedance", "", CLAIM, Value::Name(&["dreamina"]), PROBES),
    row("fal", "", CLAIM, Value::Name(&["fal-ai", "fal.ai"]), PROBES),
    row("bria", "", CLAIM, Value::Name(&["bria"]), PROBES),
    weak(
        "c2pa",
        "a manifest elsewhere",
        &["provenance"],
        Value::Form(["an address", "一个地址"], value::address),
        "C2PA 2.1 section 11.4",
    ),
];
