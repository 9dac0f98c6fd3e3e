#!/usr/bin/env bash
# Install what Qt needs of a Debian or Ubuntu system (`app`), and what the tests need besides (`test`);
# or what lets `make test-portable` run as other processors do (`processors`).
# Does nothing where it is there already; elsewhere it says what is needed and goes on.
set -euo pipefail

app=(libegl1 libgl1 libopengl0 libglib2.0-0 libdbus-1-3 libfontconfig1 fonts-dejavu-core
  libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1
  libwayland-cursor0 libgssapi-krb5-2 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1)
test_only=(xvfb xauth xdotool)

wanted=("${app[@]}")
[ "${1:-app}" = test ] && wanted+=("${test_only[@]}")
[ "${1:-app}" = processors ] && wanted=(qemu-user)

[ "$(uname -s)" = Linux ] || exit 0
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "Not a Debian system: if the window does not start, install your distribution's packages for: ${wanted[*]}" >&2
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  # Newer releases renamed some libraries (libglib2.0-0t64): a provided name counts as installed.
  # dpkg-query fails when one of the two names is unknown, which is no failure here.
  status=$(dpkg-query -W -f='${db:Status-Status} ' "$package" "${package}t64" 2>/dev/null || true)
  grep -qw installed <<<"$status" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    echo "Missing system packages. Run: sudo apt-get update && sudo apt-get install ${missing[*]}" >&2
    exit 0
  fi
fi
echo "Installing system packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
