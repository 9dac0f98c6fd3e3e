#!/usr/bin/env bash
# Puts a built Whylight into the menu, or takes all of it out again:
#   bundle/install.sh install|uninstall BUNDLE PREFIX
# PREFIX is ~/.local for one user, /usr/local for all.
set -euo pipefail

action=$1 bundle=$2 prefix=$3
here=$(cd "$(dirname "$0")" && pwd)
icons=$here/../build/bundle/icons
program=$prefix/lib/whylight
share=$prefix/share

remove() {
  rm -rf "$program"
  rm -f "$prefix/bin/whylight" "$share/applications/whylight.desktop" "$share/mime/packages/whylight.xml"
  rm -f "$share"/icons/hicolor/*/apps/whylight.png "$share/icons/hicolor/scalable/apps/whylight.svg"
}

# Takes out the folders that held nothing but ours.
remove_empty() {
  local folder
  for folder in "$share"/icons/hicolor/*/apps "$share"/icons/hicolor/*; do
    rmdir "$folder" 2>/dev/null || true
  done
  for folder in icons/hicolor icons mime/packages applications; do
    rmdir "$share/$folder" 2>/dev/null || true
  done
  rmdir "$prefix/lib" "$prefix/bin" 2>/dev/null || true
}

# The system's lists of programs, of kinds of files and of icons, where it keeps any.
refresh() {
  if command -v update-desktop-database >/dev/null && [ -d "$share/applications" ]; then
    update-desktop-database -q "$share/applications"
  fi
  if command -v update-mime-database >/dev/null && [ -d "$share/mime/packages" ]; then
    update-mime-database "$share/mime"
  fi
  if command -v gtk-update-icon-cache >/dev/null && [ -f "$share/icons/hicolor/index.theme" ]; then
    gtk-update-icon-cache -q "$share/icons/hicolor"
  fi
}

case $action in
install)
  own=$(mktemp -d) # a model that the user has put in place of the bundled one outlasts a new version
  find "$program/_internal/assets" -maxdepth 1 -name 'model.*' -exec mv {} "$own" \; 2>/dev/null || true
  remove
  mkdir -p "$prefix/bin" "$prefix/lib" "$share/applications" "$share/mime/packages"
  cp -a "$bundle" "$program"
  find "$own" -name 'model.*' -exec mv {} "$program/_internal/assets" \;
  rmdir "$own"
  ln -s ../lib/whylight/Whylight "$prefix/bin/whylight"
  # The full path: a user's own bin folder is not always where the menu looks. Quoted for spaces in it.
  sed "s|^Exec=whylight|Exec=\"$prefix/bin/whylight\"|" "$here/whylight.desktop" \
    >"$share/applications/whylight.desktop"
  cp "$here/whylight-mime.xml" "$share/mime/packages/whylight.xml"
  for icon in "$icons"/whylight-*.png; do
    size=$(basename "$icon" .png)
    size=${size#whylight-}
    mkdir -p "$share/icons/hicolor/${size}x$size/apps"
    cp "$icon" "$share/icons/hicolor/${size}x$size/apps/whylight.png"
  done
  mkdir -p "$share/icons/hicolor/scalable/apps"
  cp "$here/../assets/icon/icon.svg" "$share/icons/hicolor/scalable/apps/whylight.svg"
  refresh
  echo "Whylight is in the menu. In a terminal: $prefix/bin/whylight"
  ;;
uninstall)
  own=$(mktemp -d) # a model that the user has put in place of the bundled one outlasts a new version
  find "$program/_internal/assets" -maxdepth 1 -name 'model.*' -exec mv {} "$own" \; 2>/dev/null || true
  remove
  refresh
  remove_empty
  echo "Whylight is uninstalled"
  ;;
*)
  echo "usage: $0 install|uninstall BUNDLE PREFIX" >&2
  exit 2
  ;;
esac
