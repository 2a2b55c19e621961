// Pictures of the explorer: tiles of sheets, colours of maps, outlines of regions.
// A page opened from a folder may not read pixels. So maps are grey in the file, and an SVG filter colours them.
"use strict";
(function () {
  const { study } = window.Explorer;
  const SVG = "http://www.w3.org/2000/svg";
  const MIDDLE = 128, STEPS = 127; // the grey of zero in a signed tile, and greys on either side

  // An element with attributes and children; texts become text nodes, so names need no escaping.
  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (key === "style") Object.assign(node.style, value);
      else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return node;
  }
  function draw(tag, attributes = {}, ...children) {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  // The place of one tile in a sheet of `count` tiles, as a background.
  function background(url, place, columns, count) {
    const rows = Math.ceil(count / columns);
    const percent = (number, all) => (all > 1 ? (100 * number) / (all - 1) : 0) + "%";
    return {
      backgroundImage: `url("${url}")`,
      backgroundSize: `${columns * 100}% ${rows * 100}%`,
      backgroundPosition: `${percent(place % columns, columns)} ${percent(Math.floor(place / columns), rows)}`,
    };
  }

  // ---- Colours
  const rgb = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  const lists = {};
  function colourAt(name, list, share) { // share: 0 to 1
    const stops = (lists[name] = lists[name] || list.map(rgb));
    const place = Math.min(1, Math.max(0, share)) * (stops.length - 1), low = Math.floor(place), part = place - low;
    const next = stops[Math.min(low + 1, stops.length - 1)];
    return stops[low].map((value, k) => value + part * (next[k] - value));
  }
  // The colour of each of 256 greys. `tile`: signed or magnitude, what the grey means; `gain`: brightens maps that are
  // shown on the scale of their method.
  function table(state, tile, gain) {
    const signed = state.values === "signed";
    const name = signed ? state.signed : state.size, list = signed ? study.diverging[name] : study.sequential[name];
    const channels = [[], [], []];
    for (let grey = 0; grey < 256; grey++) {
      const value = gain * (tile === "signed" ? (grey - MIDDLE) / STEPS : grey / 255);
      const colour = colourAt(name, list, signed ? 0.5 + value / 2 : Math.abs(value));
      colour.forEach((part, k) => channels[k].push(part.toFixed(3)));
    }
    return channels.map((channel) => channel.join(" "));
  }
  function colourFilter(id) {
    const functions = ["R", "G", "B"].map((channel) => draw("feFunc" + channel, { type: "discrete", tableValues: "0 1" }));
    const filter = draw("filter", { id, x: "0", y: "0", width: "1", height: "1", "color-interpolation-filters": "sRGB" }, draw("feComponentTransfer", {}, ...functions));
    return {
      filter,
      set: (state, tile, gain) => table(state, tile, gain).forEach((values, k) => functions[k].setAttribute("tableValues", values)),
    };
  }
  const gradient = (list) => `linear-gradient(to right, ${list.join(", ")})`;

  // ---- Outlines of the regions of the chosen set, where they are switched on
  function outlines(regions, state) {
    const side = study.region_side, names = study.sets[state.set] || [], colours = study.colours[state.set] || {};
    const svg = draw("svg", { class: "outlines", viewBox: `-0.5 -0.5 ${side} ${side}`, "aria-hidden": "true" });
    if (state.lines !== "1" || !regions[state.set]) return svg;
    for (const [number, path, x, y] of regions[state.set]) {
      const name = names[number];
      svg.append(draw("path", { class: "casing", d: path }), draw("path", { d: path, stroke: colours[name] }));
      if (state.names === "1") {
        const text = draw("text", { x, y });
        text.textContent = name.replace(/_/g, " ");
        svg.append(text);
      }
    }
    return svg;
  }

  // A face's tile in the sheets of its block: folder crops or labels.
  function ofBlock(folder, number) {
    const block = Math.floor(number / study.block), first = block * study.block;
    const count = Math.min(study.block, study.ids.length - first);
    return background(`explorer/${folder}/${block}.webp`, number - first, study.columns, count);
  }
  function thumb(number) {
    const [, many, columns] = study.thumb, part = Math.floor(number / many), first = part * many;
    return background(`explorer/thumbs/${part}.webp`, number - first, columns, Math.min(many, study.ids.length - first));
  }

  Object.assign(window.Explorer, { make, draw, background, colourFilter, gradient, outlines, ofBlock, thumb });
})();
