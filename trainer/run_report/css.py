"""Style sheet of the run page."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --line: #e4e4e1; --text: #1d1f22; --muted: #6b7078;
  --bar: #cfe0f4; --low: #f6d3cd; --bad: #b3382c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1c1f23; --line: #2e3238; --text: #e6e8ea; --muted: #969da6;
    --bar: #2b4668; --low: #5d2f29; --bad: #f08a7c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header, main { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 36px; }
h1 { margin: 0; font-size: 26px; font-weight: 600; letter-spacing: -0.01em; overflow-wrap: anywhere; }
.lead, .note { margin: 4px 0 0; color: var(--muted); }
.note { font-size: 13px; }
.figures { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0 24px; }
.figures div {
  flex: 1 1 140px; padding: 12px 16px; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px;
}
.figures b { display: block; font-size: 24px; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures span { color: var(--muted); font-size: 13px; }
section {
  margin: 0 0 20px; padding: 16px 20px 20px; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px;
}
h2 { margin: 0 0 10px; font-size: 17px; font-weight: 600; }
h3 { margin: 14px 0 6px; font-size: 14px; font-weight: 600; }
img { display: block; max-width: 100%; height: auto; border-radius: 4px; background: #fff; }
label { font-size: 14px; cursor: pointer; }
.pan { overflow: auto; margin-top: 6px; }
#full:checked ~ .pan { max-height: 90vh; border: 1px solid var(--line); border-radius: 4px; }
#full:checked ~ .pan img { max-width: none; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 8px 32px; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th { text-align: left; font-weight: 500; color: var(--muted); }
th, td { padding: 3px 8px 3px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.share { position: relative; min-width: 110px; padding-left: 8px; }
.share::before {
  content: ""; position: absolute; left: 0; top: 3px; bottom: 3px; width: var(--part); min-width: 2px;
  background: var(--bar); border-radius: 3px;
}
.share.low::before { background: var(--low); }
.share span { position: relative; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 20px; margin: 8px 0 0; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--muted); }
.warning { color: var(--bad); }
ul { margin: 4px 0 0; padding-left: 20px; overflow-wrap: anywhere; }
@media print { section { break-inside: avoid; } .pan { overflow: visible; } }
"""
