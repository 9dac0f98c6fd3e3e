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
.others { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 16px; }
.others p { margin: 0; width: 100%; color: var(--muted); font-size: 13px; }
.others figure { width: 112px; }
.others img { max-height: 112px; }
.others figcaption { line-height: 1.35; overflow-wrap: anywhere; }
footer { padding-top: 8px; padding-bottom: 40px; color: var(--muted); font-size: 13px; }
@media (max-width: 900px) { .row { grid-template-columns: 1fr; } }
@media (max-width: 560px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  .panels { gap: 6px; }
}
@media print {
  article { break-inside: avoid; content-visibility: visible; }
  nav { display: none; }
}
"""
