#!/usr/bin/env bash
# Are the system libraries there that OpenCV (libGL, GLib, XCB) and VTK (EGL, software Mesa) load at run time?
# Prints the one command that installs what is missing; with --install runs it (Debian/Ubuntu, as root).
set -euo pipefail
[ "$(uname -s)" = Linux ] || exit 0
PATH="$PATH:/sbin:/usr/sbin"
libraries=$(ldconfig -p)
missing=()
need() { # library, Debian package
  grep -qF "$1 " <<<"$libraries" || missing+=("$2")
}
need libGL.so.1 libgl1
need libEGL.so.1 libegl1
need libEGL_mesa.so.0 libegl-mesa0
need libGLX_mesa.so.0 "libglx-mesa0 libgl1-mesa-dri"
need libgthread-2.0.so.0 libglib2.0-0
need libxcb.so.1 libxcb1
need libX11.so.6 libx11-6
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
[ ${#missing[@]} -eq 0 ] && exit 0
command="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "${1:-}" = --install ]; then
  apt-get update -q
  exec $command
fi
echo "Missing system libraries. On Debian or Ubuntu this installs them:" >&2
echo "    sudo $command" >&2
exit 1
