#!/usr/bin/env bash
# Is a browser there that the tests of the pages can use? Without one they skip, and this says so; it never fails.
# With --install: Debian's chromium is installed where there is none, as root with apt-get.
set -uo pipefail
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  command -v "$name" >/dev/null && exit 0
done
[ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] && exit 0
if [ "${1:-}" = --install ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -q && apt-get install -y --no-install-recommends chromium fonts-dejavu-core && exit 0
fi
echo "No Chromium here: the tests of the pages in a browser are skipped. On Debian: sudo apt-get install chromium" >&2
exit 0
