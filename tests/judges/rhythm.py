"""Does a WAV, FLAC, MP3, Opus or Ogg begin with the rhythm `short long, short short` and then hold exactly the clean samples?"""
import re
import struct
import tempfile
from pathlib import Path

import mutagen.mp3
import mutagen.oggflac
import mutagen.oggopus
import mutagen.oggvorbis
import numpy as np

import tools

TONES = (880, 1320)
SOUND = (120, 360, 120, 120)
SILENCE = (120, 360, 120)
TOLERANCE = 15
#: What a decoder's rounding may differ by.
QUIET = 1e-6


def samples(path, decoder=None):
    """(float samples as frames x channels, rate), decoded by ffmpeg, with a certain decoder if one is named."""
    done = tools.run('ffmpeg', '-v', 'error', *(('-c:a', decoder) if decoder else ()), '-i', path,
                     '-map_metadata', '-1', '-fflags', '+bitexact', '-c:a', 'pcm_f32le', '-f', 'wav', '-')
    if done.returncode:
        raise ValueError(done.stderr.decode('utf-8', 'replace')[:200])
    return wave(done.stdout)


def wave(data):
    """The same of a WAV of floats that ffmpeg or opusdec wrote: `fmt ` comes first, `data` last."""
    channels, rate = struct.unpack_from('<HI', data, 22)
    return np.frombuffer(data, '<f4', offset=data.index(b'data', 36) + 8).reshape(-1, channels), rate


def moving_mean(values, width):
    total = np.cumsum(np.concatenate([np.zeros(1, values.dtype), values]))
    half = width // 2
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    return (total[high] - total[low]) / width


def envelope(mono, rate):
    """Amplitude of the marking tones over time, in windows of 10 ms."""
    time = np.arange(len(mono)) / rate
    bands = [np.abs(moving_mean(mono * np.exp(-2j * np.pi * f * time), round(rate * 0.01))) for f in TONES if f < rate / 2]
    return 2 * np.sqrt(sum(b * b for b in bands))


def intervals(flags, rate):
    """Runs of True as (start, end) in milliseconds; gaps and blips below 20 ms are smoothed away."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    runs = [[a * 1000 / rate, b * 1000 / rate] for a, b in zip(edges[::2], edges[1::2])]
    joined = []
    for run in runs:
        if joined and run[0] - joined[-1][1] < 20:
            joined[-1][1] = run[1]
        else:
            joined.append(run)
    return [(a, b) for a, b in joined if b - a >= 20]


def near(found, wanted):
    return len(found) == len(wanted) and all(abs(f - w) <= TOLERANCE for f, w in zip(found, wanted))


def lead_complaints(lead, rate):
    mono = lead.mean(axis=1).astype(float)
    level = envelope(mono, rate)
    if level.max() < 0.01:
        return ['rhythm: no tone at 880 or 1320 Hz']
    runs = intervals(level > level.max() / 2, rate)
    sound = [b - a for a, b in runs]
    silence = [b[0] - a[1] for a, b in zip(runs, runs[1:])]
    complaints = []
    if not near(sound, SOUND):
        complaints.append(f'rhythm: tones last {[round(x) for x in sound]} ms, wanted {list(SOUND)}')
    if not near(silence, SILENCE):
        complaints.append(f'rhythm: gaps last {[round(x) for x in silence]} ms, wanted {list(SILENCE)}')
    loud = np.sqrt(moving_mean(mono * mono, round(rate * 0.01)))
    for a, b in runs:
        part = np.s_[round((a + 15) * rate / 1000):round((b - 15) * rate / 1000)]
        if len(loud[part]) and np.median(level[part]) < 0.7 * np.sqrt(2) * np.median(loud[part]):
            complaints.append(f'rhythm: the sound at {a:.0f} ms is not mainly 880 or 1320 Hz')
    for a, b in zip(runs, runs[1:]):
        middle = loud[round((a[1] + 15) * rate / 1000):round((b[0] - 15) * rate / 1000)]
        if len(middle) and middle.max() > level.max() * 0.05:
            complaints.append(f'rhythm: the gap behind {a[1]:.0f} ms is not silent')
    return complaints


def flac_complaints(clean, labelled):
    """The reference decoder finds it sound, and the clean samples at the end, bit for bit; metaflac sees what it saw."""
    complaints, played = flac_decoded(clean, labelled, '-w')
    facts = ('--show-bps', '--show-channels', '--show-sample-rate')
    if tools.run('metaflac', *facts, clean).stdout != tools.run('metaflac', *facts, labelled).stdout:
        complaints.append('metaflac: bits, channels or rate changed')
    # Each seek point has to lead to its own sample: the decoder is sent there.
    for sample in seek_points(labelled):
        found = tools.run(*RAW, f'--skip={sample}', labelled).stdout
        if not found or not played.endswith(found):
            complaints.append(f'flac: no way to sample {sample}')
    return complaints


#: How the reference decoder is to write samples.
RAW = ('flac', '-d', '-s', '-c', '--force-raw-format', '--endian=little', '--sign=signed')


def flac_decoded(clean, labelled, *options):
    """What the reference decoder says against it, and the samples that it makes."""
    tested = tools.run('flac', '-t', '-s', *options, labelled)
    before, after = tools.run(*RAW, clean), tools.run(*RAW, labelled)
    complaints = ['flac: ' + tested.stderr.decode('utf-8', 'replace')[-300:]] if tested.returncode else []
    # That there is no sum to compare with is a warning, too.
    complaints += tools.new_lines('flac', tools.run('flac', '-t', '-s', clean).stderr, tested.stderr)
    if not after.stdout.endswith(before.stdout) or not before.stdout:
        complaints.append('flac: the clean samples are not at the end')
    return complaints, after.stdout


def ogg_flac_complaints(clean, labelled, extra, rate):
    """As FLAC alone, and others tell the length."""
    complaints = flac_decoded(clean, labelled)[0]
    complaints += tools.new_lines('ogginfo', told_of(clean, 'ogginfo'), told_of(labelled, 'ogginfo'))
    for name, length in ('ffprobe', probed), ('mutagen', lambda path: mutagen.oggflac.OggFLAC(path).info.length):
        grown = length(labelled) - length(clean)
        if abs(grown - extra / rate) > 0.001:
            complaints.append(f'{name}: {grown:.3f} s longer, the label has {extra / rate:.3f} s')
    return complaints


def seek_points(path):
    listed = tools.run('metaflac', '--list', '--block-type=SEEKTABLE', path).stdout.decode('utf-8', 'replace')
    return [int(m) for m in re.findall(r'sample_number=(\d+)', listed)]


def mpg123(path):
    """The samples that another decoder makes of an MP3, and what it says."""
    done = tools.run('mpg123', '-q', '-e', 'f32', '-s', path)
    return np.frombuffer(done.stdout[:len(done.stdout) // 4 * 4], '<f4'), done.stderr


def is_told(data, frame):
    """Whether the first frame tells about the others."""
    return any(magic in data[frame:frame + 200] for magic in (b'Xing', b'Info', b'VBRI'))


def mp3_complaints(clean, labelled, extra, channels, rate):
    """The frames are all there, byte for byte; another decoder hears the same and has nothing to say; others tell the length."""
    before, after = clean.read_bytes(), labelled.read_bytes()
    frames, told = tools.mpeg_frames(before), is_told(before, tools.mpeg_frames(before)[0])
    cut = is_cut(before, frames[told])
    complaints = []
    # Frames that need bytes from before the file become silent, in their side information alone.
    end = len(before) - (128 if before[-128:-125] == b'TAG' else 0)
    if before[frames[told + (6 if cut else 0)]:end] not in after:
        complaints.append('mp3: frames of the content changed')
    (old, said), (new, said_now) = mpg123(clean), mpg123(labelled)
    complaints += tools.new_lines('mpg123', said, said_now)
    lead = len(new) - len(old)
    if lead != extra * channels:
        complaints.append(f'mpg123: {lead / channels} samples more, ffmpeg has {extra} more')
    elif not cut and np.abs(new[lead:] - old).max(initial=0) > QUIET:
        complaints.append('mpg123: the content sounds otherwise')
    if told:
        for name, length in ('ffprobe', probed), ('mutagen', lambda path: mutagen.mp3.MP3(path).info.length):
            grown = length(labelled) - length(clean)
            if abs(grown - extra / rate) > 0.001:
                complaints.append(f'{name}: {grown:.3f} s longer, the label has {extra / rate:.3f} s')
    return complaints


def is_cut(data, frame):
    """Whether the first frame of the content needs bytes that come before it."""
    check = 0 if data[frame + 1] & 1 else 2
    begin = data[frame + 4 + check:frame + 6 + check]
    return (begin[0] << 1 | begin[1] >> 7) > 0 if data[frame + 1] >> 3 & 3 == 3 else begin[0] > 0


def probed(path):
    found, _ = tools.ffprobe(path)
    return float(found['streams'][0]['duration'])


def ogg_packets(path):
    """(packets of an Ogg with one stream, bytes 5 to 26 of its pages)."""
    data = path.read_bytes()
    at, packets, open_packet, pages = 0, [], b'', []
    while at < len(data):
        if data[at:at + 4] != b'OggS':
            raise ValueError(f'no page at byte {at}')
        count = data[at + 26]
        pages.append(data[at + 5:at + 26])
        body = at + 27 + count
        for size in data[at + 27:at + 27 + count]:
            open_packet += data[body:body + size]
            body += size
            if size < 255:
                packets.append(open_packet)
                open_packet = b''
        at = body
    return packets, pages


def libopus(path, channels):
    """The samples that the reference decoder makes, and what it says."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / 'out.wav'
        done = tools.run('opusdec', '--quiet', '--rate', '48000', '--force-wav', '--float', path, wav)
        return wave(wav.read_bytes())[0].reshape(-1, channels), done.stderr


def told_of(path, tool='opusinfo'):
    """What opusinfo or ogginfo warns of."""
    done = tools.run(tool, path)
    lines = (done.stdout + done.stderr).decode('utf-8', 'replace').splitlines()
    return '\n'.join(line for line in lines if 'WARNING' in line or 'ERROR' in line).encode()


def opus_complaints(clean, labelled, before, after):
    """The packets are all there, byte for byte; both decoders hear the content as alone; others tell the length."""
    (old, _), (new, pages) = ogg_packets(clean), ogg_packets(labelled)
    extra, skipped = len(after) - len(before), int.from_bytes(old[0][10:12], 'little')
    complaints = []
    if new[0] != old[0] or new[2 + len(new) - len(old):] != old[2:]:
        complaints.append('opus: packets of the content changed')
    numbers = [int.from_bytes(page[13:17], 'little') for page in pages]
    if any(b != a + 1 for a, b in zip(numbers[2:], numbers[3:])):
        complaints.append('opus: pages are out of order')
    # Where the mode changes, libopus fades the first 5 ms in (`opus_decoder.c`), which the pre-skip hides, or part of it.
    faded = max(0, 240 - skipped)
    old, said = libopus(clean, before.shape[1])
    new, said_now = libopus(labelled, before.shape[1])
    complaints += tools.new_lines('opusdec', said, said_now)
    if len(new) - len(old) != extra:
        complaints.append(f'opusdec: {len(new) - len(old)} samples more, ffmpeg has {extra} more')
    else:
        for name, a, b in ('opusdec', old, new[extra:]), ('ffmpeg', before, after[extra:]):
            if np.abs(b - a)[faded:].max(initial=0) > QUIET:
                complaints.append(f'{name}: the content sounds otherwise')
    complaints += tools.new_lines('opusinfo', told_of(clean), told_of(labelled))
    for name, length in ('ffprobe', probed), ('mutagen', lambda path: mutagen.oggopus.OggOpus(path).info.length):
        grown = length(labelled) - length(clean)
        if abs(grown - extra / 48000) > 0.001:
            complaints.append(f'{name}: {grown:.3f} s longer, the label has {extra / 48000:.3f} s')
    return complaints


def faad(path):
    """The samples that another decoder makes of AAC, of 16 bits, and what it says."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / 'out.raw'
        done = tools.run('faad', '-q', '-f', '2', '-o', raw, path)
        return np.frombuffer(raw.read_bytes() if raw.exists() else b'', '<i2'), done.stderr


def aac_complaints(clean, labelled, extra):
    """A decoder that reads on from the first frame hears label and content."""
    (old, said), (new, said_now) = faad(clean), faad(labelled)
    complaints = tools.new_lines('faad', said, said_now)
    lead = len(new) - len(old)
    # It makes two channels of one.
    if lead not in (extra, 2 * extra):
        complaints.append(f'faad: {lead} values more, ffmpeg has {extra} samples more')
    elif not len(old) or np.abs(new[lead:].astype(int) - old).max() > 1:
        complaints.append('faad: the content sounds otherwise')
    return complaints


def oggdec(path):
    """The samples that the reference decoder makes, of 16 bits, and what it says."""
    done = tools.run('oggdec', '-Q', '-R', '-o', '-', path)
    return np.frombuffer(done.stdout[:len(done.stdout) // 2 * 2], '<i2'), done.stderr


def sought(path, seconds, channels):
    """What ffmpeg plays from each of the seconds on, and what it says."""
    with tempfile.TemporaryDirectory() as folder:
        parts = [Path(folder) / str(n) for n in range(len(seconds))]
        inputs = [word for second in seconds for word in ('-ss', f'{second:.6f}', '-i', path)]
        outputs = [word for n, part in enumerate(parts) for word in ('-map', f'{n}:a', '-frames:a', '4', '-f', 'f32le', part)]
        done = tools.run('ffmpeg', '-v', 'error', *inputs, *outputs)
        return [np.frombuffer(part.read_bytes(), '<f4').reshape(-1, channels) for part in parts], done.stderr


def vorbis_complaints(clean, labelled, before, after, rate):
    """The packets are all there, byte for byte; three decoders hear the content as alone; others tell the length, and find places."""
    (old, _), (new, pages) = ogg_packets(clean), ogg_packets(labelled)
    channels = before.shape[1]
    complaints = []
    # The second packet holds the comments, and among them the label of the metadata.
    if (new[0], new[2]) != (old[0], old[2]) or new[3 + len(new) - len(old):] != old[3:]:
        complaints.append('vorbis: packets of the content changed')
    numbers = [int.from_bytes(page[13:17], 'little') for page in pages]
    if any(b != a + 1 for a, b in zip(numbers[2:], numbers[3:])):
        complaints.append('vorbis: pages are out of order')
    (decoded, said), (decoded_now, said_now) = oggdec(clean), oggdec(labelled)
    complaints += tools.new_lines('oggdec', said, said_now)
    lib, lib_now = (samples(path, 'libvorbis')[0] for path in (clean, labelled))
    if not np.array_equal(decoded, decoded_now[len(decoded_now) - len(decoded):]):
        complaints.append('oggdec: the content sounds otherwise')
    # Of a stream of one page ffmpeg plays what its position cuts off at the end; behind a label it does not.
    count, lead = (n // channels for n in (len(decoded), len(decoded_now) - len(decoded)))
    for name, a, b in ('libvorbis', lib, lib_now), ('ffmpeg', before, after):
        if not np.array_equal(a, b[len(b) - len(a):]) and not np.array_equal(a[:count], b[lead:lead + count]):
            complaints.append(f'{name}: the content sounds otherwise')
    complaints += tools.new_lines('ogginfo', told_of(clean, 'ogginfo'), told_of(labelled, 'ogginfo'))
    for name, length in ('ffprobe', probed), ('mutagen', lambda path: mutagen.oggvorbis.OggVorbis(path).info.length):
        # Streams that do not begin at 0 are too long for both, with or without a label.
        off, off_now = (abs(length(path) - len(sound) / channels / rate) for path, sound in ((clean, decoded), (labelled, decoded_now)))
        if off < 0.001 <= off_now:
            complaints.append(f'{name}: {off_now:.3f} s more or less than the decoder gives')
    seconds = np.linspace(0.05, len(after) / rate - 0.3, 5)
    parts, said = sought(labelled, seconds, channels)
    for second, part in zip(seconds, parts):
        # It goes to a block near the place, and not always into the overlap with the one before.
        at, near = round(second * rate) + len(part[256:]), rate // 5
        part = part[-256:]
        low = max(0, at - near)
        around = low + np.flatnonzero((after[low:at + near] == part[:1]).all(axis=1))
        if said or not len(part) or not any(np.array_equal(part, after[n:n + len(part)]) for n in around):
            complaints.append(f'ffmpeg: something else is played from {second:.3f} s on {said.decode()[:100]}')
    return complaints


def judge(clean, labelled):
    before, rate = samples(clean)
    after, new_rate = samples(labelled)
    if rate != new_rate or before.shape[1] != after.shape[1]:
        return ['rhythm: rate or channels changed']
    extra = len(after) - len(before)
    if extra <= 0:
        return ['rhythm: nothing was put in front']
    if labelled.suffix == '.mp3':
        # In frames that need bytes from before the file, decoders go on sooner or later.
        data = clean.read_bytes()
        frames = tools.mpeg_frames(data)
        skipped = 8 * 1152 if is_cut(data, frames[is_told(data, frames[0])]) else 0
        complaints = mp3_complaints(clean, labelled, extra, before.shape[1], rate)
    elif labelled.suffix == '.opus':
        complaints = opus_complaints(clean, labelled, before, after)
        # What the encoder's delay makes heard of the content lies in the seam.
        return complaints + lead_complaints(after[:extra - 3840], rate)
    elif labelled.suffix == '.ogg' and ogg_packets(labelled)[0][0][:5] == b'\x7fFLAC':
        skipped, complaints = 0, ogg_flac_complaints(clean, labelled, extra, rate)
    elif labelled.suffix == '.ogg':
        complaints = vorbis_complaints(clean, labelled, before, after, rate)
        # As is the first block of the content, which is played now.
        return complaints + lead_complaints(after[:extra - rate // 5], rate)
    else:
        skipped = 0
        complaints = flac_complaints(clean, labelled) if labelled.suffix == '.flac' else []
        if labelled.suffix == '.aac' or labelled.suffix == '.m4a' and b'alac' not in clean.read_bytes():
            complaints += aac_complaints(clean, labelled, extra)
    if not np.array_equal(after[extra + skipped:], before[skipped:], equal_nan=True):
        complaints.append('rhythm: the file does not end with exactly the clean samples')
    return complaints + lead_complaints(after[:extra], rate)
