"""Script of a report's page: filter, sort and opacity, without a network.

The page's policy allows this text and no other, by its SHA-256.
"""

from __future__ import annotations

import base64
import hashlib

SCRIPT = """
"use strict";
(() => {
  const main = document.querySelector("main");
  const cards = [...main.querySelectorAll("article")];
  const byId = (id) => document.getElementById(id);
  const [classes, mistakes, order, opacity, shown] =
    ["class", "mistakes", "order", "opacity", "shown"].map(byId);

  function filter() {
    let count = 0;
    for (const card of cards) {
      const fits = (classes.value === "" || card.dataset.class.split(" ").includes(classes.value))
        && !(mistakes && mistakes.checked && card.dataset.mistake !== "1");
      card.hidden = !fits;
      count += fits;
    }
    shown.textContent = count === cards.length ? "" : `${count} of ${cards.length} shown`;
  }

  function sort() {
    const by = {
      page: () => 0,
      sure: (a, b) => b.dataset.answer - a.dataset.answer,
      unsure: (a, b) => a.dataset.answer - b.dataset.answer,
      class: (a, b) => a.dataset.name.localeCompare(b.dataset.name),
    }[order.value];
    main.append(...[...cards].sort(by));
  }

  // The overlay becomes the heatmap over the image, so that their share can be changed.
  function blend() {
    for (const figure of main.querySelectorAll("figure.overlay")) {
      const picture = figure.querySelector("img");
      if (!figure.dataset.stacked) {
        figure.dataset.stacked = "1";
        const panels = figure.closest(".panels");
        const heatmap = panels.querySelector("figure.heatmap img").cloneNode();
        const box = document.createElement("span");
        box.className = "stack";
        picture.replaceWith(box);
        picture.src = panels.querySelector("figure.image img").src;
        heatmap.alt = "";
        box.append(picture, heatmap);
      }
      figure.querySelector(".stack img:last-child").style.opacity = opacity.value / 100;
    }
  }

  function sortTable(button) {
    const column = button.closest("th").cellIndex;
    const body = button.closest("table").tBodies[0];
    const value = (row) => {
      const cell = row.cells[column];
      return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
    };
    const up = button.dataset.up === "1";
    button.dataset.up = up ? "0" : "1";
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const found = typeof x === "number" ? x - y : x.localeCompare(y);
      return up ? -found : found;
    });
    body.append(...rows);
  }

  function fromAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    if (asked.has("class")) {
      classes.value = names.has(asked.get("class")) ? asked.get("class") : "";
      if (mistakes) mistakes.checked = asked.has("mistakes");
      filter();
      byId("controls").scrollIntoView();
    }
  }

  for (const button of document.querySelectorAll("th button"))
    button.addEventListener("click", () => sortTable(button));
  if (!cards.length) return;
  // A detector's image has a class for each thing that was found in it.
  const names = new Map(cards.flatMap((card) => {
    const shown = card.dataset.names ? JSON.parse(card.dataset.names) : [card.dataset.name];
    return card.dataset.class.split(" ").map((index, at) => [index, shown[at]]);
  }));
  for (const [index, name] of [...names].sort((a, b) => a[1].localeCompare(b[1])))
    classes.add(new Option(name, index));
  classes.addEventListener("change", filter);
  if (mistakes) mistakes.addEventListener("change", filter);
  order.addEventListener("change", sort);
  opacity.addEventListener("input", blend);
  addEventListener("hashchange", fromAddress);
  byId("controls").hidden = false;
  fromAddress();
})();
"""

SCRIPT_HASH = f"sha256-{base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}"
"""The script's hash as a policy names it (CSP Level 3)."""
