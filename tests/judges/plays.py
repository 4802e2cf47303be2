#!/usr/bin/env python3
"""Plays sounds in the audio element of a browser: plays.py FILE ...

Each has to play from its start and to state its length, that of ffprobe within 60 ms. Prints a line for each; exits with 1 if one
does not.
"""
import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading

PAGE = '''<!doctype html><meta charset=utf-8><script>
const told = {};
const play = name => new Promise(done => {
  const sound = new Audio('/sound/' + name);
  const late = setTimeout(() => done('plays nothing for 20 s'), 20000);
  const end = what => { clearTimeout(late); sound.pause(); done(what); };
  let first = null;
  sound.muted = true;
  sound.onerror = () => end('error: ' + (sound.error && sound.error.message));
  sound.ontimeupdate = () => {
    first ??= sound.currentTime;
    if (sound.currentTime > 0.15) end({duration: sound.duration, first});
  };
  sound.play().catch(e => end('refused: ' + e));
});
(async () => {
  const names = await (await fetch('/names')).json();
  for (const name of names) told[name] = await play(name);
  await fetch('/told', {method: 'POST', body: JSON.stringify(told)});
})();
</script>'''


class Stage(http.server.SimpleHTTPRequestHandler):
    files, told, done = {}, {}, threading.Event()

    def log_message(self, *_):
        pass

    def give(self, kind, body):
        """Whole, or the range that a player asks for."""
        start, end = 0, len(body)
        asked = self.headers.get('Range')
        if asked and asked.startswith('bytes='):
            a, _, b = asked[6:].partition('-')
            start, end = int(a), min(int(b) + 1 if b else end, end)
        self.send_response(206 if asked else 200)
        self.send_header('Content-Type', kind)
        self.send_header('Accept-Ranges', 'bytes')
        self.send_header('Content-Length', str(end - start))
        if asked:
            self.send_header('Content-Range', f'bytes {start}-{end - 1}/{len(body)}')
        self.end_headers()
        self.wfile.write(body[start:end])

    def do_GET(self):
        if self.path == '/':
            self.give('text/html', PAGE.encode())
        elif self.path == '/names':
            self.give('application/json', json.dumps(list(self.files)).encode())
        elif self.path.removeprefix('/sound/') in self.files:
            path = self.files[self.path.removeprefix('/sound/')]
            self.give(self.guess_type(path.name), path.read_bytes())
        else:
            self.send_error(404)

    def do_POST(self):
        self.told.update(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
        self.give('text/plain', b'')
        self.done.set()


def lasts(path):
    out = subprocess.run(['ffprobe', '-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path], check=True, capture_output=True, text=True)
    return float(out.stdout)


def main():
    Stage.files = {f'{n}{pathlib.Path(name).suffix}': pathlib.Path(name) for n, name in enumerate(sys.argv[1:])}
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Stage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as profile:
        browser = subprocess.Popen(
            ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required', f'--user-data-dir={profile}',
             '--remote-debugging-port=0', f'http://127.0.0.1:{server.server_port}/'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        Stage.done.wait(30 + 22 * len(Stage.files))
        browser.terminate()
        browser.wait()
    wrong = 0
    for name, path in Stage.files.items():
        told = Stage.told.get(name, 'the browser said nothing')
        good = isinstance(told, dict) and told['first'] < 0.5 and told['duration'] and abs(told['duration'] - lasts(path)) < 0.06
        wrong += not good
        print('good' if good else 'wrong', path.name, told)
    sys.exit(1 if wrong else 0)


main()
