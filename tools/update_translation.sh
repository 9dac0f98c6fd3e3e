#!/usr/bin/env bash
# Bring the German translation in line with the sources, the engine's error templates included, and compile it.
# New strings are left "unfinished" in the .ts file, for a person or Qt Linguist; tests refuse them.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${VIRTUAL_ENV:-.venv}/bin
translation=desktop/translations/whylight_de.ts
"$bin/python" tools/collect_error_templates.py
mapfile -t sources < <(git ls-files 'desktop/*.py')
"$bin/pyside6-lupdate" "${sources[@]}" -ts "$translation" -source-language en -target-language de -locations none -no-obsolete
"$bin/pyside6-lrelease" "$translation" -qm "${translation%.ts}.qm"
