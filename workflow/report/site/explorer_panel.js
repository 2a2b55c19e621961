// One face of the explorer: its pictures, what the networks say, the maps of all methods, and the truth.
"use strict";
(function () {
  const { study, load, file, change, rightOf, isSimulated, words, make, background, colourFilter, gradient, outlines, ofBlock } = window.Explorer;
  const prefix = document.body.dataset.filePrefix || "";
  const TARGET = 0, USED = 1, ALL = 2, TILE = { signed: 3, size: 4 }, LARGEST = { signed: 5, size: 6 }, HIGH = { signed: 7, size: 8 };
  const TRUTH = "truth"; // what may stand beside a method: what differs between a face and its unaffected twin
  const WAYS = { rendered: "reverted by rendering", mean: "filled with its mean", blur: "blurred", inpaint: "painted over" };
  const signedText = (value) => (value === null || value === undefined ? "–" : (value < 0 ? "−" : "") + words(Math.abs(value)));
  const percent = (value) => (value === null || value === undefined ? "–" : (100 * value).toFixed(1) + "%");
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

  function figure(content, caption, extra = {}) {
    return make("figure", { class: "picture", ...extra }, content, make("figcaption", {}, caption));
  }
  // A table that scrolls by itself where there is no room, also by keyboard.
  const wrapped = (label, table, ...more) => make("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": label }, table, ...more);
  const picture = (style, label, ...over) => make("div", { class: "tile", role: "img", "aria-label": label, style }, ...over);

  class Panel {
    // place: where it goes; name: "face" or "pin", the key of the state that it shows.
    constructor(place, name) {
      this.place = place;
      this.name = name;
      this.number = -1;
      this.filters = new Map();
      this.defs = window.Explorer.draw("svg", { width: "0", height: "0", "aria-hidden": "true", class: "hidden" });
    }

    async show(number, state, model) {
      const turn = (this.turn = {}), block = Math.floor(number / study.block);
      try {
        const [shared, ofModel] = await Promise.all([load(`faces/${block}`), load(`${state.model}/${block}`)]);
        if (this.turn !== turn) return false;
        Object.assign(this, { number, state, model, face: shared[number % study.block], told: ofModel[number % study.block] });
      } catch (error) {
        if (this.turn === turn) this.place.replaceChildren(make("p", { class: "warning" }, `A file of the report is missing: ${error.message}. Copy the whole folder again.`));
        return false;
      }
      this.filters.clear();
      this.defs.replaceChildren();
      this.places = { detail: make("section", { class: "detail" }) };
      this.place.replaceChildren(this.defs, this.head(), make("div", { class: "beside" }, this.pictures(), this.answers()),
        make("div", { class: "beside" }, this.mapGrid(), this.places.detail), this.drops());
      this.detail();
      this.paint(state);
      return true;
    }

    get id() { return study.ids[this.number]; }
    get label() { return study.classes[study.label[this.number]]; }

    // ---- Who it is
    head() {
      const { model, number } = this, right = rightOf(model, number), predicted = model.classes[model.predicted[number]];
      const pinned = this.name === "pin";
      const verdict = right === null ? "no prediction" : right ? "right" : "wrong";
      const fold = study.fold[number];
      const set = fold ? `Fold ${fold}: the answer of the one network that has not seen it` : `Held-out: the mean of ${plural(Object.keys(this.told.answers).length, "network")}`;
      const answer = right === null ? "No prediction is stored." : `Predicted ${predicted} (${percent(model.top[number])}).`;
      const buttons = pinned
        ? [
            make("button", { type: "button", onclick: () => change({ face: this.id, pin: this.state.face }) }, "Swap the two"),
            make("button", { type: "button", onclick: () => change({ pin: "" }) }, "Unpin"),
          ]
        : [make("button", { type: "button", onclick: () => change({ pin: this.id }) }, "Pin this face beside")];
      const table = this.csv();
      if (table) buttons.push(make("a", { class: "button", href: table, download: `${prefix}explorer_${this.id}_${this.state.model}_coefficients.csv`.replace(/[^\w.-]+/g, "_") }, "Coefficients (CSV)"));
      return make("header", { class: "who" },
        make("h2", {}, `${pinned ? "Pinned: " : "Face "}${this.id} `, make("span", { class: `verdict ${verdict.replace(" ", "-")}` }, verdict)),
        make("p", { class: "actions" }, buttons),
        make("p", {}, `${Array.isArray(study.simulated) ? (isSimulated(number) ? "SIMULATED. " : "A photograph. ") : ""}Class ${this.label}. ${answer} ${set}.`),
        make("details", { class: "more" }, make("summary", {}, "About this photograph"), make("dl", { class: "facts" }, Object.entries(this.face.facts).map(([word, text]) => [make("dt", {}, word), make("dd", {}, text)]))));
    }

    csv() {
      const { told, model, number } = this, lines = [];
      for (const [name, policies] of Object.entries(told.coefficients || {})) {
        const map = told.maps[model.methods.findIndex((each) => each.name === name)];
        for (const [policy, regions] of Object.entries(policies))
          for (const [region, value] of Object.entries(regions))
            lines.push([this.id, this.label, study.fold[number] || "heldout", this.state.model, name, model.classes[map[TARGET]], map[USED], policy, region, value ?? ""]);
      }
      if (!lines.length) return null;
      const quoted = (cell) => (/[",\n]/.test(String(cell)) ? `"${String(cell).replace(/"/g, '""')}"` : String(cell));
      const header = ["sample_id", "label", "fold", "model", "method", "target", "networks_averaged", "policy", "region", "coefficient", "simulated"];
      const text = [header, ...lines.map((line) => [...line, isSimulated(this.number) ? "True" : "False"])].map((line) => line.map(quoted).join(",")).join("\n");
      if (this.url) URL.revokeObjectURL(this.url);
      return (this.url = URL.createObjectURL(new Blob([text + "\n"], { type: "text/csv" })));
    }

    // ---- Pictures: crop, label map, twin, change
    pictures() {
      const crop = picture(ofBlock("crops", this.number), `Aligned crop of ${this.id}`, make("div", { class: "lines" }));
      const used = Object.entries(study.labels);
      const legend = make("details", { class: "legend" }, make("summary", {}, "Labels"),
        make("ul", {}, used.map(([name, colour]) => make("li", {}, make("span", { class: "swatch", style: { background: colour } }), name.replace(/_/g, " ")))));
      const row = [
        figure(crop, `The face, ${study.crop} px`),
        figure(picture(ofBlock("labels", this.number), `Label map of ${this.id} as the face parser gives it`), ["What the parser sees", legend], { class: "picture pixels" }),
      ];
      const truth = study.truth[this.number];
      if (truth) {
        const url = file("truth", this.number + ".webp");
        const change_ = make("div", { class: "map" });
        Object.assign(change_.style, background(url, 1, 2, 2));
        this.changeMap = this.addFilter("change", change_);
        row.push(
          figure(picture(background(url, 0, 2, 2), `Unaffected twin of ${this.id}, rendered`), "Truth: the same person without the syndrome"),
          figure(make("div", { class: "tile", role: "img", "aria-label": `What differs between ${this.id} and its twin` }, change_), `Truth: what differs, up to ${words(truth[0])} grey levels`));
      } else this.changeMap = null;
      const why = !study.rendered ? null : truth ? make("p", { class: "muted" }, `The twin lacks: ${truth[1] || "no sign"}.`)
        : make("p", { class: "muted" }, "No twin: this photograph shows no sign, or is not among those that got one (config cohort.counterfactuals).");
      return make("section", { class: "pictures" }, make("h3", {}, "Pictures"), make("div", { class: "row" }, row), why);
    }

    // ---- What the networks say
    answers() {
      const folds = Object.entries(this.told.answers || {}), { classes } = this.model;
      const section = make("section", { class: "answers" }, make("h3", {}, "Probabilities"));
      if (!folds.length) return section.append(make("p", { class: "muted" }, "No network has answered for this face.")), section;
      const mean = classes.map((_, k) => folds.reduce((sum, [, values]) => sum + values[k], 0) / folds.length);
      const order = classes.map((_, k) => k).sort((a, b) => mean[b] - mean[a]);
      const spread = (k) => {
        const values = folds.map(([, each]) => each[k]);
        return folds.length > 1 ? `${percent(Math.min(...values))} to ${percent(Math.max(...values))}` : "";
      };
      section.append(wrapped(`Probabilities of ${this.id}`, make("table", { class: "bars" },
        make("thead", {}, make("tr", {}, ["class", "probability", ...(folds.length > 1 ? ["over networks"] : [])].map((name) => make("th", { scope: "col" }, name)))),
        make("tbody", {}, order.map((k) => make("tr", { class: classes[k] === this.label ? "own" : null },
          make("th", { scope: "row" }, classes[k] + (classes[k] === this.label ? " (its class)" : "")),
          make("td", {}, make("span", { class: "bar", style: { width: 100 * mean[k] * 0.6 + "%" } }), " ", percent(mean[k])),
          ...(folds.length > 1 ? [make("td", {}, spread(k))] : [])))))));
      return section;
    }

    // ---- Maps of all methods
    addFilter(name, node) {
      const id = `${this.name}-colour-${this.filters.size}`, filter = colourFilter(id);
      this.defs.append(filter.filter);
      node.style.filter = `url(#${id})`;
      this.filters.set(name, { ...filter, id });
      return { node, filter };
    }
    mapTile(place, large = false) {
      const count = 1 + Math.max(...this.told.maps.filter(Boolean).flatMap((each) => [each[TILE.signed], each[TILE.size]]));
      const node = make("div", { class: "map" });
      const known = this.filters.get(place);
      if (known) node.style.filter = `url(#${known.id})`;
      else this.addFilter(place, node);
      Object.assign(node.dataset, { place, count });
      return make("div", { class: large ? "tile large" : "tile" }, make("div", { class: "under", style: ofBlock("crops", this.number) }), node, large ? make("div", { class: "lines" }) : null);
    }
    said(place) {
      const { told, model, state } = this, method = model.methods[place], map = told.maps[place];
      const numbers = ((told.coefficients || {})[method.name] || {})[state.policy];
      const regions = numbers ? ": " + Object.entries(numbers).map(([region, value]) => `${region} ${signedText(value)}`).join(", ") : "";
      return `${method.name}${method.control ? ", a control" : ""}, explains ${model.classes[map[TARGET]]}, largest value ${words(map[LARGEST[state.values]])}${regions}`;
    }
    mapGrid() {
      const { told, model, state } = this;
      const section = make("section", { class: "maps" }, make("h3", {}, "Maps of all methods"));
      if (!told.maps || !told.maps.some(Boolean)) {
        const why = !model.methods.length ? "No maps: this study has no saliency methods, or keeps no maps (config saliency.keep)."
          : `No maps: ${model.with_maps.length} of ${study.ids.length} faces have maps here` + (model.explained > model.with_maps.length ? `; ${model.explained} were explained, and the report holds as many as fit.` : " (config saliency.folds_per_class and heldout_per_class; 0 explains all).");
        return section.append(make("p", { class: "notice" }, why)), section;
      }
      const first = told.maps.find(Boolean), target = model.classes[first[TARGET]];
      const networks = first[ALL] > 1 ? `mean of ${first[USED]} of ${plural(first[ALL], "network")}, those that predict ${target}` : "by the one network that has not seen the face";
      section.append(make("p", { class: "muted" }, `What each method says of the class ${target}; ${networks}. Arrow keys move between methods.`));
      const list = make("ul", { class: "methods", role: "listbox", tabindex: "0", "aria-label": `Methods, maps of ${this.id}` });
      model.methods.forEach((method, place) => {
        if (!told.maps[place]) return;
        const other = model.classes[told.maps[place][TARGET]];
        list.append(make("li", { id: `${this.name}-method-${place}`, role: "option", "data-place": place, "aria-selected": "false", "aria-label": this.said(place) },
          this.mapTile(place), make("span", { class: "name" }, method.name, method.control ? make("small", {}, " control") : null, other !== target ? make("small", {}, ` ${other}`) : null)));
      });
      list.addEventListener("click", (event) => { const item = event.target.closest("[role=option]"); if (item) change({ method: model.methods[item.dataset.place].name }); });
      const about = () => {
        const all = [...list.children], across = all.filter((item) => item.offsetTop === all[0].offsetTop).length;
        return { count: all.length, place: all.findIndex((item) => item.getAttribute("aria-selected") === "true"), across };
      };
      window.Explorer.arrowKeys(list, about, (place) => change({ method: model.methods[list.children[place].dataset.place].name }));
      this.list = list;
      return section.append(list), section;
    }

    // ---- One method, or two beside each other
    methodPlaces() {
      const { told, model, state } = this;
      if (!told.maps) return [];
      const at = (name) => model.methods.findIndex((each, place) => each.name === name && told.maps[place]);
      const first = at(state.method) >= 0 ? at(state.method) : told.maps.findIndex(Boolean);
      return [first, at(state.vs)].filter((place, k, all) => place >= 0 && all.indexOf(place) === k);
    }
    detail() {
      const { model, told, state } = this, places = this.methodPlaces();
      this.places.detail.replaceChildren();
      if (!places.length) return;
      const names = [...places.map((place) => model.methods[place].name), ...(state.vs === TRUTH ? ["the truth"] : [])];
      this.places.detail.append(make("h3", {}, names.join(" and ")),
        make("div", { class: "row two" }, places.map((place) => {
          const tile = this.mapTile(place, true);
          tile.setAttribute("role", "img");
          tile.setAttribute("aria-label", "Map of " + this.said(place));
          return figure(tile, [make("span", { class: "name" }, model.methods[place].name), make("span", { class: "scale", "data-place": place })]);
        }), state.vs === TRUTH ? this.truthTile() : null),
        this.coefficientTable(places), ...places.map((place) => this.pictured(model.methods[place])));
      if (this.list) {
        for (const item of this.list.children) item.setAttribute("aria-selected", String(Number(item.dataset.place) === places[0]));
        this.list.setAttribute("aria-activedescendant", `${this.name}-method-${places[0]}`);
      }
    }
    truthTile() {
      const truth = study.truth[this.number];
      if (!truth) return make("p", { class: "muted" }, "No twin of this face, so nothing to set beside the map.");
      const map = make("div", { class: "map", style: background(file("truth", this.number + ".webp"), 1, 2, 2) });
      map.style.filter = `url(#${this.filters.get("change").id})`;
      const tile = make("div", { class: "tile large", role: "img", "aria-label": `What differs between ${this.id} and its unaffected twin` }, map, make("div", { class: "lines" }));
      return figure(tile, [make("span", { class: "name" }, "Truth: what differs"), `up to ${words(truth[0])} grey levels`]);
    }
    coefficientTable(places) {
      const { model, told, state } = this, known = places.filter((place) => (told.coefficients || {})[model.methods[place].name]);
      const without = places.filter((place) => !known.includes(place)).map((place) => model.methods[place].name);
      const note = without.length ? make("p", { class: "muted" }, `${without.join(" and ")}: no region coefficients are stored; ${without.length > 1 ? "they are" : "it is"} in no table of the papers.`) : null;
      if (!known.length) return note || "";
      const values = known.map((place) => told.coefficients[model.methods[place].name][state.policy] || {});
      const regions = [...new Set(values.flatMap(Object.keys))];
      const most = values.map((each) => Math.max(...Object.values(each).map((value) => Math.abs(value || 0)), 1e-30));
      return make("div", {}, wrapped(`Region coefficients of ${this.id}`, make("table", { class: "bars" },
        make("caption", {}, `Region coefficients, ${state.policy}`),
        make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "region"), known.map((place) => make("th", { scope: "col" }, model.methods[place].name)))),
        make("tbody", {}, regions.map((region) => make("tr", {}, make("th", { scope: "row" }, region.replace(/_/g, " ")),
          values.map((each, k) => make("td", {}, make("span", { class: "bar" + (each[region] < 0 ? " below" : ""), style: { width: 60 * Math.abs((each[region] || 0) / most[k]) + "%" } }), " ", signedText(each[region]))))))), note));
    }
    pictured(method) {
      const told = ((this.told.pictured || {})[method.name]);
      if (!told) return "";
      const range = told.networks > 1 ? `lowest and highest of ${plural(told.networks, "network")}` : "interval";
      const pictures = told.names.map((name, k) => figure(
        picture(background(file(this.state.model, method.name, this.number + ".webp"), k, told.names.length, told.names.length), `${this.id} as ${told.towards}: ${name}`), `${name} as ${told.towards}`));
      return make("div", {}, make("p", { class: "muted" }, `${method.name} compares with ${told.towards}. Pictures: network of fold ${told.fold}.`),
        make("div", { class: "row" }, pictures),
        wrapped(`Values of regions of ${this.id}`, make("table", {}, make("caption", {}, `By how much the logit falls, ${method.name}`),
          make("thead", {}, make("tr", {}, ["region", "fall", range].map((name) => make("th", { scope: "col" }, name)))),
          make("tbody", {}, told.values.map(([region, value, low, high]) => make("tr", {}, make("th", { scope: "row" }, region), make("td", {}, signedText(value)), make("td", {}, low === null ? "–" : `${signedText(low)} to ${signedText(high)}`)))))));
    }

    // ---- Truth: what the answer loses without a region
    drops() {
      const ways = this.told.drops;
      const section = make("section", { class: "drops" });
      if (!study.drops || !this.told.maps) return section;
      section.append(make("h3", {}, "What the answer loses without a region"));
      if (!ways) return section.append(make("p", { class: "muted" }, "Not measured for this face.")), section;
      const regions = [...new Set(Object.values(ways).flatMap(Object.keys))].filter((name) => name !== "all").concat("all");
      const cell = (pair) => (pair ? `${signedText(pair[0])} (${signedText(pair[1])})` : "–");
      section.append(make("p", { class: "muted" }, "Fall of the logit of the predicted class, in brackets of its probability. Below zero: the answer became surer."),
        wrapped(`What the answer for ${this.id} loses without a region`, make("table", {},
          make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "region"), Object.keys(ways).map((way) => make("th", { scope: "col" }, WAYS[way] || way)))),
          make("tbody", {}, regions.map((region) => make("tr", {}, make("th", { scope: "row" }, region), Object.values(ways).map((each) => make("td", {}, cell(each[region])))))))));
      return section;
    }

    // ---- Colours, opacity and outlines: what needs no new content
    // The value at which the colours of a map end.
    end(place, state) {
      const map = this.told.maps[place], most = this.model.largest[place][state.values === "signed" ? 0 : 1];
      if (state.scale === "method" && most > 0) return most;
      return (state.scale !== "full" && map[HIGH[state.values]]) || map[LARGEST[state.values]];
    }
    paint(state) {
      this.state = state;
      if (this.number < 0) return;
      for (const lines of this.place.querySelectorAll(".lines")) lines.replaceChildren(outlines(this.face.regions, state));
      const url = file(state.model, "maps", this.number + ".webp");
      for (const node of this.place.querySelectorAll(".map[data-place]")) {
        const map = this.told.maps[node.dataset.place];
        if (!map) continue;
        const tile = map[TILE[state.values]] >= 0 ? state.values : state.values === "signed" ? "size" : "signed";
        Object.assign(node.style, background(url, map[TILE[tile]], this.model.columns, Number(node.dataset.count)), { opacity: state.opacity / 100 });
        const end = this.end(node.dataset.place, state);
        this.filters.get(Number(node.dataset.place)).set(state, tile, end > 0 ? map[LARGEST[tile]] / end : 1);
      }
      for (const scale of this.place.querySelectorAll(".scale")) {
        const signed = state.values === "signed", end = this.end(scale.dataset.place, state);
        scale.replaceChildren(make("span", {}, signed ? "−" + words(end) : "0"), make("span", { class: "ramp", style: { background: gradient(signed ? study.diverging[state.signed] : study.sequential[state.size]) } }), make("span", {}, (signed ? "+" : "") + words(end)));
      }
      if (this.changeMap) this.changeMap.filter.set({ ...state, values: "size" }, "size", 1);
    }
  }

  Object.assign(window.Explorer, { Panel, TRUTH });
})();
