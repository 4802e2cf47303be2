//! The watermark alone, through the program.

use std::path::Path;

use biaoshi_tests::picture::textured;
use biaoshi_tests::{Run, root, run, scratch};

fn ended(args: &[&str], code: i32) -> Run {
    let run = run(&root(), args);
    assert_eq!(run.code(), code, "{args:?}: {}", run.err());
    run
}

#[test]
fn a_payload_goes_in_and_comes_out() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (key, other) = (path("a.key"), path("b.key"));
    for key in [&key, &other] {
        assert_eq!(ended(&["key", "new", "watermark", "--out", key], 0).out(), ended(&["key", "show", key], 0).out());
    }
    assert!(ended(&["key", "new", "watermark", "--out", &key], 2).err().contains("no key is ever replaced"));
    for (i, color) in [png::ColorType::Grayscale, png::ColorType::Rgba, png::ColorType::Indexed].into_iter().enumerate()
    {
        let (input, output) = (path(&format!("{i}.png")), path(&format!("{i}-out.png")));
        textured(Path::new(&input), (480, 360), color);
        let embed = ["watermark", "embed", &input, &output, "--payload", "0123456789abcdef", "--key", &key];
        assert_eq!(ended(&embed, 0).out(), "");
        ended(&embed, 3);
        let detect = |args: &[&str]| ended(&[&["watermark", "detect"], args].concat(), 0);
        assert_eq!(detect(&[&output, "--key", &key]).out(), "0123456789abcdef\n");
        assert_eq!(detect(&[&output, "--key", &other]).out(), "none\n");
        assert_eq!(detect(&[&input, "--key", &key]).out(), "none\n");
        let row = detect(&[&output, "--key", &key, "--json"]).json().remove(0);
        assert_eq!((row["payload"].as_str(), row["content"].as_str()), (Some("0123456789abcdef"), Some("match")));
        let again = ["watermark", "embed", &output, &path("twice.png"), "--payload", "1", "--key", &key];
        assert!(ended(&again, 3).err().contains("another payload"), "never two marks");
        let verdict = ended(&["verify", &output, "--allow-unlabelled"], 0);
        assert!(!verdict.out().contains("damage"), "{}", verdict.out());
    }
}

#[test]
fn lists_keep_their_order_and_say_what_failed() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    textured(Path::new(&path("in.png")), (480, 360), png::ColorType::Grayscale);
    let jobs = [path("in.png"), path("1.png"), path("missing.png"), path("2.png")];
    std::fs::write(path("jobs"), format!("{}\t{}\t1\n{}\t{}\t2\n", jobs[0], jobs[1], jobs[2], jobs[3])).unwrap();
    assert_eq!(ended(&["watermark", "embed", "--list", &path("jobs")], 3).out(), "ok\nerror\n");
    std::fs::write(path("files"), format!("{}\n{}\n", jobs[2], jobs[1])).unwrap();
    assert_eq!(ended(&["watermark", "detect", "--list", &path("files")], 3).out(), "error\n0000000000000001\n");
    std::fs::write(path("jobs"), "a\tb\tnot hex\n").unwrap();
    assert!(ended(&["watermark", "embed", "--list", &path("jobs")], 2).err().contains("line 1"));
}

fn python(script: &str, folder: &Path) {
    let judged = std::process::Command::new("python3").args(["-c", script]).current_dir(folder).output().unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
}

/// Pillow reads what we wrote, and the pixels that cannot be seen stay.
#[test]
fn other_readers_see_a_picture_close_to_the_original() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    textured(Path::new(&path("in.png")), (480, 360), png::ColorType::Rgba);
    ended(&["watermark", "embed", &path("in.png"), &path("out.png"), "--payload", "7"], 0);
    let judge = "import numpy as np; from PIL import Image
a, b = (np.asarray(Image.open(p)).astype(int) for p in ('in.png', 'out.png'))
assert a.shape == b.shape and (a[..., 3] == b[..., 3]).all()
hidden = a[..., 3] == 0
assert (a[hidden] == b[hidden]).all() and (a != b).any()
error = ((a - b)[~hidden][:, :3] ** 2).mean()
assert 40 < 10 * np.log10(255 ** 2 / error) < 50, error";
    python(judge, folder.path());
}

/// Files of every format that is written, as Pillow makes them.
const MAKE: &str = "import numpy as np; from PIL import Image
im = Image.open('in.png').convert('RGB')
red = Image.merge('RGB', (im.getchannel(0), im.getchannel(0).point(lambda v: v // 2), im.getchannel(0)))
exif = Image.Exif(); exif[0x010e] = 'a description'
kept = dict(exif=exif, icc_profile=b'not a profile' * 9)
for q in (95, 75, 50): red.save(f'q{q}.jpg', quality=q, **kept)
red.save('progressive.jpg', quality=80, progressive=True, **kept)
red.save('full.jpg', quality=85, subsampling=0, **kept)
red.convert('L').save('gray.jpg', quality=85, **kept)
red.save('plain.png', **kept)
red.convert('LA').save('grayalpha.png', **kept)
Image.fromarray(np.asarray(red.convert('L')).astype(np.uint16) * 257).save('gray16.png')
red.save('lossless.webp', lossless=True, **kept)
for c in ('raw', 'tiff_lzw', 'tiff_adobe_deflate'): red.save(f'{c}.tif', compression=c, **kept)
red.convert('L').save('gray.tif', compression='tiff_lzw', **kept)
red.convert('RGBA').save('alpha.tif', **kept)
red.save('pages.tif', save_all=True, append_images=[red.rotate(180)], compression='tiff_lzw')
red.save('lossy.webp', quality=80)
red.save('palette.gif')
red.convert('P').save('palette.tif')
red.save('jpeg.tif', compression='jpeg')
red.convert('CMYK').save('cmyk.jpg')";

/// What Pillow sees of both files.
const COMPARE: &str = "import glob, numpy as np; from PIL import Image
for new in glob.glob('out-*'):
    a, b = Image.open(new[4:]), Image.open(new)
    assert (a.size, a.mode, a.format) == (b.size, b.mode, b.format), new
    assert a.info.get('icc_profile') == b.info.get('icc_profile'), new
    assert dict(a.getexif()).get(0x010e) == dict(b.getexif()).get(0x010e), new
    x, y = (np.asarray(i).astype(int) for i in (a, b))
    if a.mode.startswith('I'): x, y = x // 257, y // 257
    power = ((x - y) ** 2).mean()
    assert 39 < 10 * np.log10(255 ** 2 / power) < 49, (new, power)
    assert abs(x - y).max() < 60, (new, abs(x - y).max())
    if getattr(a, 'n_frames', 1) > 1:
        a.seek(1); b.seek(1)
        assert (np.asarray(a) == np.asarray(b)).all()";

#[test]
fn every_format_takes_a_mark_and_gives_it_back() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    textured(Path::new(&path("in.png")), (480, 360), png::ColorType::Grayscale);
    python(MAKE, folder.path());
    let mut written = 0;
    for file in std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().path()) {
        let (name, input) = (file.file_name().unwrap().to_str().unwrap(), file.to_str().unwrap());
        let output = path(&format!("out-{name}"));
        let embed = ["watermark", "embed", input, &output, "--payload", "5"];
        let reason = match name {
            "lossy.webp" => "lossy WebP",
            "palette.gif" => "no watermark for gif files",
            "palette.tif" => "plain gray or RGB",
            "jpeg.tif" => "compression 7",
            "cmyk.jpg" => "CMYK",
            _ => {
                ended(&embed, 0);
                assert_eq!(ended(&["watermark", "detect", &output], 0).out(), "0000000000000005\n", "{name}");
                assert!(!ended(&["verify", &output, "--allow-unlabelled"], 0).out().contains("damage"), "{name}");
                written += 1;
                continue;
            }
        };
        let refused = ended(&embed, 3);
        assert!(refused.err().contains(reason), "{name}: {}", refused.err());
        assert!(!Path::new(&output).exists());
    }
    assert_eq!(written, 17);
    python(COMPARE, folder.path());
}

/// What others make of a marked picture is searched in every format with a row.
#[test]
fn marks_are_found_in_what_others_write() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    textured(Path::new(&path("in.png")), (480, 360), png::ColorType::Grayscale);
    ended(&["watermark", "embed", &path("in.png"), &path("out.png"), "--payload", "9"], 0);
    let make = "from PIL import Image; im = Image.open('out.png').convert('RGB')
im.save('c.jpg', quality=60); im.save('c.webp', quality=70); im.save('c.gif'); im.save('c.tif', compression='tiff_lzw')
im.convert('L').save('gray.gif'); im.rotate(90, expand=True).save('turned.jpg', quality=70)
im.save('moving.gif', save_all=True, append_images=[im.rotate(180)])
im.save('moving.webp', save_all=True, append_images=[im.rotate(180)])
im.save('moving.png', save_all=True, append_images=[im.rotate(180)])";
    python(make, folder.path());
    for name in
        ["c.jpg", "c.webp", "c.gif", "c.tif", "gray.gif", "turned.jpg", "moving.gif", "moving.webp", "moving.png"]
    {
        assert_eq!(ended(&["watermark", "detect", &path(name)], 0).out(), "0000000000000009\n", "{name}");
    }
    let refused = ended(&["watermark", "embed", &path("moving.png"), &path("x.png"), "--payload", "1"], 3);
    assert!(refused.err().contains("another payload"), "{}", refused.err());
    let chinese = ended(&["watermark", "embed", &path("c.webp"), &path("x.webp"), "--payload", "1", "--lang", "zh"], 3);
    assert!(chinese.err().contains("有损 WebP"), "{}", chinese.err());
}

/// Animations of all kinds: whole frames, parts, holes, times that differ, palettes, a default picture apart.
const MOVING: &str = "import numpy as np; from PIL import Image, ImageChops
im = Image.open('in.png').convert('RGB')
red = Image.merge('RGB', (im.getchannel(0), im.getchannel(0).point(lambda v: v // 2), im.getchannel(0)))
whole = [red, ImageChops.offset(red, 40, 9), red.point(lambda v: v * 3 // 5), red.rotate(180)]
part = red.copy(); part.paste(red.rotate(180).crop((100, 60, 301, 201)), (131, 77))
small = part.copy(); small.paste((200, 40, 90), (15, 33, 60, 51))
times = dict(save_all=True, duration=[90, 200, 35, 1000], loop=3)
whole[0].save('whole.png', append_images=whole[1:], **times)
whole[0].save('parts.png', append_images=[part, small, red], blend=1, disposal=[0, 2, 1, 0], **times)
whole[0].save('apart.png', append_images=whole, default_image=True, **times)
whole[0].convert('L').save('gray.png', append_images=[f.convert('L') for f in whole[1:]], **times)
hole = red.convert('RGBA'); hole.putalpha(Image.fromarray(np.where(np.arange(480) % 160 < 20, 0, 255).astype('uint8')[None].repeat(360, 0)))
hole.save('alpha.png', append_images=[f.convert('RGBA') for f in whole[1:]], **times)
paletted = [f.convert('L').quantize(200, dither=0) for f in (red, part, small, red)]
paletted[0].save('palette.png', append_images=paletted[1:], **times)
for name, frames in (('whole', whole), ('parts', [red, part, small, red])):
    frames[0].save(name + '.webp', lossless=True, append_images=frames[1:], **times)
hole.save('alpha.webp', lossless=True, append_images=[f.convert('RGBA') for f in whole[1:]], **times)
red.save('lossy.webp', quality=80, append_images=whole[1:], **times)";

/// Compares what Pillow sees of each canvas, and puts those of the output into files of their own.
const CANVASES: &str = "import glob, numpy as np; from PIL import Image
for new in glob.glob('out-*'):
    a, b = Image.open(new[4:]), Image.open(new)
    assert (a.size, a.n_frames, a.format) == (b.size, b.n_frames, b.format), new
    assert a.n_frames > 2, (new, a.n_frames)
    for n in range(a.n_frames):
        a.seek(n); b.seek(n)
        for key in ('duration', 'loop', 'blend', 'disposal', 'bbox', 'default_image', 'background', 'timestamp'):
            assert a.info.get(key) == b.info.get(key), (new, n, key)
        x, y = (np.asarray(i.convert('RGBA')).astype(int) for i in (a, b))
        assert (x[..., 3] == y[..., 3]).all(), (new, n)
        seen = x[..., 3] > 0
        power = ((x - y)[seen][:, :3] ** 2).mean()
        assert 39 < 10 * np.log10(255 ** 2 / power) < 49, (new, n, power)
        b.convert('RGBA').save(f'canvas-{n}-{new[4:].replace(\".\", \"-\")}.png')";

/// Every canvas that people see carries the mark.
#[test]
fn every_frame_of_an_animation_carries_the_mark() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    textured(Path::new(&path("in.png")), (480, 360), png::ColorType::Grayscale);
    python(MOVING, folder.path());
    let names = ["whole.png", "parts.png", "apart.png", "gray.png", "alpha.png", "palette.png"];
    let names = names.into_iter().chain(["whole.webp", "parts.webp", "alpha.webp"]);
    for name in names {
        let output = path(&format!("out-{name}"));
        ended(&["watermark", "embed", &path(name), &output, "--payload", "5"], 0);
        assert_eq!(ended(&["watermark", "detect", &output], 0).out(), "0000000000000005\n", "{name}");
        assert!(!ended(&["verify", &output, "--allow-unlabelled"], 0).out().contains("damage"), "{name}");
        ended(&["watermark", "embed", &output, &path("twice"), "--payload", "6"], 3);
    }
    python(CANVASES, folder.path());
    let files = std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().path());
    let names = files.map(|f| f.file_name().unwrap().to_str().unwrap().to_owned());
    let canvases: Vec<String> = names.filter(|name| name.starts_with("canvas-")).map(|name| path(&name)).collect();
    assert!(canvases.len() > 30, "{}", canvases.len());
    std::fs::write(path("canvases"), canvases.join("\n")).unwrap();
    let found = ended(&["watermark", "detect", "--list", &path("canvases")], 0).out();
    for (canvas, payload) in canvases.iter().zip(found.lines()) {
        assert_eq!(payload, "0000000000000005", "{canvas}");
    }
    assert_eq!(found.lines().count(), canvases.len());
    let refused = ended(&["watermark", "embed", &path("lossy.webp"), &path("none.webp"), "--payload", "5"], 3);
    assert!(refused.err().contains("lossy WebP"), "{}", refused.err());
}
