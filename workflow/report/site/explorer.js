// The page of the explorer: choosing faces, the strip of faces, settings of the maps, and what the URL says.
"use strict";
(function () {
  const { study, load, numberOf, defaults, filters, read, change, chosen, rightOf, make, thumb, gradient, Panel, TRUTH } = window.Explorer;
  const byId = (id) => document.getElementById(id);
  const form = byId("filters"), settings = byId("settings"), strip = byId("strip"), live = byId("said");
  const panels = { face: new Panel(byId("face"), "face"), pin: new Panel(byId("pin"), "pin") };
  const SPARE = 3; // rows of the strip above and below what is seen
  let state = null, model = null, withMaps = new Set(), list = [], current = -1;

  // ---- Controls: a form's control has the name of its key in the state
  function fill(select, options) { select.replaceChildren(...options.map(([value, text]) => new Option(text, value))); }
  function choices() {
    fill(form.elements.class, [["", "all"], ...study.classes.map((name) => [name, name])]);
    const folds = [...new Set(study.fold.filter(Boolean))].sort((a, b) => a - b).map((fold) => [fold, `fold ${fold}`]);
    fill(form.elements.fold, [["", "all"], ...folds, ...(study.fold.includes("") ? [["held-out", "held-out"]] : [])]);
    study.attributes.forEach((each) => {
      const select = make("select", { name: "is." + each.key });
      fill(select, [["", "all"], ...each.names.map((name) => [name, name])]);
      byId("attributes").append(make("label", {}, each.title, select));
    });
    fill(settings.elements.signed, Object.keys(study.diverging).map((name) => [name, name]));
    fill(settings.elements.size, Object.keys(study.sequential).map((name) => [name, name]));
    fill(settings.elements.set, Object.keys(study.sets).map((name) => [name, name]));
    fill(settings.elements.policy, study.policies.map((name) => [name, name]));
    fill(byId("model"), study.models.map((name) => [name, name]));
    byId("model").closest("label").hidden = study.models.length < 2;
  }
  function choicesOfModel() {
    fill(form.elements.predicted, [["", "all"], ...model.classes.map((name) => [name, name])]);
    const names = model.methods.map((each) => [each.name, each.name + (each.control ? " (control)" : "")]);
    fill(settings.elements.method, names);
    fill(settings.elements.vs, [["", "no other"], ...(study.rendered ? [[TRUTH, "the truth"]] : []), ...names]);
    settings.hidden = !names.length;
  }
  function valueOf(control) { return control.type === "checkbox" ? (control.checked ? "1" : "0") : control.value; }
  function showControls() {
    for (const control of [...form.elements, ...settings.elements, byId("model")]) {
      if (!(control.name in state)) continue;
      if (control.type === "checkbox") control.checked = state[control.name] === "1";
      else if (control.type === "radio") control.checked = control.value === state[control.name];
      else if (document.activeElement !== control || control.tagName === "SELECT") control.value = state[control.name];
    }
    if (!settings.elements.method.value || !state.method) settings.elements.method.value = model.methods[0] ? model.methods[0].name : "";
    if (!state.method && panels.face.number >= 0) { const places = panels.face.methodPlaces(); if (places.length) settings.elements.method.value = model.methods[places[0]].name; }
    byId("opacity-said").textContent = state.opacity + "%";
    const active = Object.keys(filters).filter((key) => key !== "sort" && state[key] !== "").length;
    byId("active").textContent = active ? `(${active} in use)` : "";
    byId("ramp").style.background = gradient(state.values === "signed" ? study.diverging[state.signed] : study.sequential[state.size]);
    byId("ramp-low").textContent = state.values === "signed" ? "speaks against the class" : "no weight";
    byId("ramp-high").textContent = state.values === "signed" ? "speaks for the class" : "most weight";
  }

  // ---- The strip of faces: only the rows that are seen are made, so that thousands of faces stay fluent
  function option(place) {
    const number = list[place], right = rightOf(model, number), id = study.ids[number], label = study.classes[study.label[number]];
    const said = right === null ? "no prediction" : right ? "right" : `wrong: ${model.classes[model.predicted[number]]}`;
    return make("li", { id: `face-${number}`, role: "option", "data-number": number, "aria-selected": String(number === current), "aria-posinset": place + 1, "aria-setsize": list.length, class: right === false ? "wrong" : null, "aria-label": `${id}, class ${label}, ${said}`, title: `${id}: ${label}, ${said}` },
      make("div", { class: "thumb", style: thumb(number) }), make("span", { class: "name" }, right === false ? "✗ " : "", id));
  }
  const columns = () => getComputedStyle(strip).gridTemplateColumns.split(" ").length;
  const rowHeight = () => parseFloat(getComputedStyle(strip).gridAutoRows) + parseFloat(getComputedStyle(strip).rowGap);
  // Empty rows above and below those that are made (explorer.css).
  function room(above, below) {
    for (const [name, rows] of Object.entries({ above, below })) {
      strip.classList.toggle(name, rows > 0);
      strip.style.setProperty("--" + name, rows);
    }
  }
  let drawn = "";
  function drawStrip() {
    const across = columns(), high = rowHeight(), rows = Math.ceil(list.length / across);
    const first = Math.max(0, Math.min(rows, Math.floor(strip.scrollTop / high)) - SPARE);
    const last = Math.min(rows, Math.ceil((strip.scrollTop + strip.clientHeight) / high) + SPARE);
    const wanted = [first, last, across].join();
    if (wanted !== drawn) {
      drawn = wanted;
      room(first, rows - last);
      strip.replaceChildren(...list.slice(first * across, last * across).map((_, k) => option(first * across + k)));
    }
    for (const item of strip.children) item.setAttribute("aria-selected", String(Number(item.dataset.number) === current));
    const item = byId(`face-${current}`);
    if (item) strip.setAttribute("aria-activedescendant", item.id);
    else strip.removeAttribute("aria-activedescendant");
  }
  function fillStrip() {
    list = chosen(state, model, withMaps);
    drawn = "";
    byId("none").hidden = list.length > 0;
    byId("count").textContent = `${list.length} of ${study.ids.length} faces`;
  }
  // Draws the strip, with the chosen face in view where it has changed. The page itself stays where it is.
  function mark(moved) {
    const place = list.indexOf(current), top = Math.floor(Math.max(0, place) / columns()) * rowHeight();
    if (moved && (top < strip.scrollTop || top + rowHeight() > strip.scrollTop + strip.clientHeight)) {
      room(0, Math.ceil(list.length / columns()));
      drawn = "";
      strip.scrollTop = top - strip.clientHeight / 4;
    }
    drawStrip();
  }
  function step(by) {
    const place = list.indexOf(current), next = list[place < 0 ? 0 : place + by];
    if (next !== undefined) change({ face: study.ids[next] });
  }

  // Arrow keys within a list box whose items lie in rows. about() tells how many items there are, which is chosen, and how
  // many stand in a row; choose(place) takes the number of an item.
  window.Explorer.arrowKeys = function (box, about, choose) {
    box.addEventListener("keydown", (event) => {
      const { count, place, across } = about();
      if (!count || event.altKey || event.ctrlKey || event.metaKey) return;
      const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, PageDown: 4 * across, PageUp: -4 * across, Home: -count, End: count };
      if (!(event.key in steps)) return;
      event.preventDefault();
      const next = place < 0 ? 0 : Math.min(count - 1, Math.max(0, place + steps[event.key]));
      if (next !== place) choose(next);
    });
  };

  // ---- What the URL says
  function excluded(id) { return study.excluded.find(([name]) => name === id); }
  function say() {
    const right = rightOf(model, current), place = list.indexOf(current);
    const verdict = right === null ? "no prediction" : `predicted ${model.classes[model.predicted[current]]}, ${right ? "right" : "wrong"}`;
    live.textContent = `Face ${study.ids[current]}${place >= 0 ? `, ${place + 1} of ${list.length}` : ", not among the faces that fit the filters"}: class ${study.classes[study.label[current]]}, ${verdict}.`;
  }
  function unknown(place, id) {
    const why = excluded(id);
    place.replaceChildren(make("p", { class: "notice" }, why ? `${id} has no crop: ${why[1]}${why[2] ? ` (${why[2]})` : ""}.` : `No face is called ${id} here. Choose one from the list.`));
  }
  const CONTENT = ["model", "face", "pin"], DETAIL = ["method", "vs", "policy"];
  async function render() {
    const before = state, told = read();
    const changed = (keys) => !before || keys.some((key) => before[key] !== told[key]);
    state = told;
    if (changed(["model"])) {
      try { model = await load(`${state.model}/index`); } catch (error) { return unknown(panels.face.place, state.model); }
      if (state !== told) return;
      withMaps = new Set(model.with_maps);
      choicesOfModel();
    }
    if (changed([...Object.keys(filters), "model"])) fillStrip();
    const named = state.face !== "", wanted = named ? numberOf.get(state.face) : list.includes(current) ? current : list.find((number) => withMaps.has(number)) ?? list[0];
    const moved = wanted !== current;
    current = wanted === undefined ? -1 : wanted;
    mark(moved || changed(Object.keys(filters)));
    const second = state.pin === "" ? undefined : numberOf.get(state.pin);
    byId("panels").classList.toggle("two", state.pin !== "");
    byId("pin").hidden = state.pin === "";
    if (current < 0) { panels.face.number = -1; named ? unknown(panels.face.place, state.face) : panels.face.place.replaceChildren(); }
    const work = [];
    for (const [panel, number] of [[panels.face, current], [panels.pin, second]]) {
      if (number === undefined || number < 0) continue;
      if (panel.number !== number || changed(["model"])) work.push(panel.show(number, state, model));
      else {
        panel.state = state;
        if (changed(DETAIL)) panel.detail();
        panel.paint(state);
      }
    }
    if (state.pin !== "" && second === undefined) { panels.pin.number = -1; unknown(panels.pin.place, state.pin); }
    if (current >= 0) say();
    await Promise.all(work);
    showControls();
    document.documentElement.dataset.ready = location.hash || "#";
  }

  // ---- Start
  function start() {
    choices();
    let waiting = 0;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => {
      clearTimeout(waiting);
      const { name, value } = event.target;
      if (event.target.type === "search") waiting = setTimeout(() => change({ [name]: value }, { replace: true }), 150);
      else change({ [name]: value });
    });
    byId("clear").addEventListener("click", () => change({ ...filters, sort: state.sort }));
    settings.addEventListener("input", (event) => change({ [event.target.name]: valueOf(event.target) }, { replace: event.target.type === "range" }));
    byId("model").addEventListener("input", (event) => change({ model: event.target.value, method: "", vs: "", predicted: "" }));
    byId("previous").addEventListener("click", () => step(-1));
    byId("next").addEventListener("click", () => step(1));
    strip.addEventListener("click", (event) => { const item = event.target.closest("[role=option]"); if (item) change({ face: study.ids[item.dataset.number] }); });
    const about = () => ({ count: list.length, place: list.indexOf(current), across: columns() });
    window.Explorer.arrowKeys(strip, about, (place) => change({ face: study.ids[list[place]] }));
    let asked = 0;
    const soon = () => { cancelAnimationFrame(asked); asked = requestAnimationFrame(() => model && drawStrip()); };
    strip.addEventListener("scroll", soon, { passive: true });
    new ResizeObserver(soon).observe(strip);
    window.addEventListener("hashchange", render);
    render();
  }
  start();
})();
