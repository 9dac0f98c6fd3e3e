"""Style sheet of the report's page."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --line: #e4e4e1; --text: #1d1f22; --muted: #6b7078;
  --accent: #2a6fc2; --bar: #dfe8f3; --bad: #b3382c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1c1f23; --line: #2e3238; --text: #e6e8ea; --muted: #969da6;
    --accent: #79b0f0; --bar: #2b3a4d; --bad: #f08a7c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main, header, footer { max-width: 1240px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 36px; padding-bottom: 20px; }
h1 { margin: 0; font-size: 26px; font-weight: 600; letter-spacing: -0.01em; }
.summary { margin: 4px 0 0; color: var(--muted); }
.stopped, .failures summary { color: var(--bad); }
a { color: inherit; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
nav { margin: 14px 0 0; display: flex; flex-wrap: wrap; gap: 6px 14px; color: var(--muted); }
nav [aria-current] { color: var(--text); font-weight: 600; }
details { margin: 14px 0 0; border-top: 1px solid var(--line); padding-top: 10px; }
summary { cursor: pointer; color: var(--muted); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 20px; margin: 10px 0 0; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
.failures ul { margin: 10px 0 0; padding-left: 20px; overflow-wrap: anywhere; }
.legend {
  display: flex; align-items: center; gap: 10px; margin: 18px 0 0; color: var(--muted); font-size: 13px;
}
.legend img { width: 180px; height: 8px; border-radius: 4px; }
article {
  margin: 0 0 20px; padding: 16px 18px 18px; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px;
  content-visibility: auto; contain-intrinsic-size: auto 420px;
}
h2 { margin: 0 0 12px; font-size: 15px; font-weight: 600; overflow-wrap: anywhere; }
h2 .folder { color: var(--muted); font-weight: 400; }
h2 .size { color: var(--muted); font-weight: 400; font-size: 13px; margin-left: 8px; }
.row { display: grid; grid-template-columns: minmax(0, 1fr) 260px; gap: 24px; align-items: start; }
.panels { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 12px; }
figure { margin: 0; }
figure img {
  display: block; width: 100%; height: auto; max-height: 340px; object-fit: contain; border-radius: 4px;
}
figcaption { margin-top: 5px; color: var(--muted); font-size: 13px; }
ol { list-style: none; margin: 0; padding: 0; }
ol li { position: relative; padding: 4px 8px 5px; margin-bottom: 3px; display: flex; gap: 12px; }
ol li::before {
  content: ""; position: absolute; inset: 0; width: var(--share); min-width: 2px;
  background: var(--bar); border-radius: 4px;
}
ol li span { position: relative; }
ol .name { flex: 1; min-width: 0; overflow-wrap: anywhere; }
ol .share { font-variant-numeric: tabular-nums; color: var(--muted); white-space: nowrap; }
ol li:first-child .name { font-weight: 600; }
.row.small { margin-top: 12px; }
.row.small .panels { max-width: 560px; }
ol li.more::before { display: none; }
.others { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 16px; }
.others p { margin: 0; width: 100%; color: var(--muted); font-size: 13px; }
.others figure { width: 112px; }
.others img { max-height: 112px; }
.others figcaption { line-height: 1.35; overflow-wrap: anywhere; }
.verdict { margin-left: 10px; padding: 1px 8px; border-radius: 9px; font-size: 12px; font-weight: 500; }
.verdict.right { background: var(--bar); }
.verdict.wrong { background: var(--bad); color: var(--page); }
.overview { margin: 18px 0 0; border-top: 1px solid var(--line); padding-top: 14px; }
.overview h2 { font-size: 18px; margin-bottom: 4px; }
.overview h3 { margin: 0 0 4px; font-size: 14px; font-weight: 600; }
.accuracy { margin: 0; }
.hint { margin: 2px 0 0; color: var(--muted); font-size: 13px; }
.columns { display: flex; flex-wrap: wrap; gap: 20px 48px; margin-top: 14px; }
.chart { width: 320px; }
.chart figcaption { margin: 0 0 6px; font-size: 14px; font-weight: 600; color: var(--text); }
.chart svg { display: block; width: 100%; }
.chart .any { fill: var(--accent); }
.chart .bad { fill: var(--bad); }
.chart text { fill: var(--muted); font-size: 11px; }
.confusions ul { margin: 0; padding-left: 18px; columns: 2 260px; column-gap: 40px; }
table { border-collapse: collapse; margin-top: 8px; font-size: 14px; }
.classes { overflow-x: auto; }
th, td { padding: 3px 12px 3px 0; text-align: left; font-weight: 400; }
td { font-variant-numeric: tabular-nums; color: var(--muted); }
thead th { color: var(--muted); border-bottom: 1px solid var(--line); }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th button::after { content: " \\2195"; }
#controls {
  position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; align-items: center; gap: 8px 20px;
  margin-top: 14px; padding: 8px 0; background: var(--page);
}
#controls[hidden] { display: none; }
#controls select { font: inherit; max-width: 240px; }
#controls input, #controls select { accent-color: var(--accent); vertical-align: middle; }
#shown { color: var(--muted); }
.stack { display: grid; }
.stack img { grid-area: 1 / 1; }
article[hidden] { display: none; }
footer { padding-top: 8px; padding-bottom: 40px; color: var(--muted); font-size: 13px; }
@media (max-width: 900px) { .row { grid-template-columns: 1fr; } }
@media (max-width: 560px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  .panels { gap: 6px; }
}
@page { size: A4; margin: 12mm; }
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; --text: #000; --muted: #555; --line: #ccc; }
  main, header, footer { max-width: none; padding: 0; }
  nav, #controls, .others, details:not([open]), footer { display: none; }
  .first main { break-before: page; }
  body:not(.first) header { display: none; }
  article {
    height: 86mm; margin: 0 0 4mm; padding: 3mm; overflow: hidden;
    break-inside: avoid; content-visibility: visible;
  }
  .row { display: block; }
  ol { columns: 3; column-gap: 4mm; margin-top: 3mm; }
  ol li { break-inside: avoid; }
  figure img { max-height: 50mm; }
  ol li::before { print-color-adjust: exact; }
}
"""
