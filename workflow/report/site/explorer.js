// The page of the explorer: choosing faces, the strip of faces, settings of the maps, and what the URL says.
"use strict";
(function () {
  const { study, load, numberOf, defaults, filters, read, change, chosen, rightOf, make, thumb, gradient, Panel, TRUTH } = window.Explorer;
  const byId = (id) => document.getElementById(id);
  const form = byId("filters"), settings = byId("settings"), strip = byId("strip"), live = byId("said");
  const panels = { face: new Panel(byId("face"), "face"), pin: new Panel(byId("pin"), "pin") };
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

  // ---- The strip of faces
  function option(number) {
    const right = rightOf(model, number), id = study.ids[number], label = study.classes[study.label[number]];
    const predicted = model.classes[model.predicted[number]];
    const said = right === null ? "no prediction" : right ? "right" : `wrong: ${predicted}`;
    return make("li", { id: `face-${number}`, role: "option", "data-number": number, "aria-selected": "false", class: right === false ? "wrong" : null, "aria-label": `${id}, class ${label}, ${said}`, title: `${id}: ${label}, ${said}` },
      make("div", { class: "thumb", style: thumb(number) }), make("span", { class: "name" }, right === false ? "✗ " : "", id));
  }
  function fillStrip() {
    list = chosen(state, model, withMaps);
    strip.replaceChildren(...list.map(option));
    byId("none").hidden = list.length > 0;
    byId("count").textContent = `${list.length} of ${study.ids.length} faces`;
  }
  function mark(number, scroll) {
    const old = strip.querySelector("[aria-selected=true]");
    if (old) old.setAttribute("aria-selected", "false");
    const item = byId(`face-${number}`);
    if (!item) return strip.removeAttribute("aria-activedescendant");
    item.setAttribute("aria-selected", "true");
    strip.setAttribute("aria-activedescendant", item.id);
    if (!scroll) return; // of the strip alone: the page stays where it is
    const low = strip.scrollTop, high = low + strip.clientHeight - item.offsetHeight;
    if (item.offsetTop < low || item.offsetTop > high) strip.scrollTop = item.offsetTop - strip.clientHeight / 4;
  }
  function step(by) {
    const place = list.indexOf(current), next = list[place < 0 ? 0 : place + by];
    if (next !== undefined) change({ face: study.ids[next] });
  }

  // Arrow keys within a list box whose items lie in rows.
  window.Explorer.arrowKeys = function (box, items, choose) {
    box.addEventListener("keydown", (event) => {
      const all = items(), place = Math.max(0, all.findIndex((item) => item.getAttribute("aria-selected") === "true"));
      if (!all.length || event.altKey || event.ctrlKey || event.metaKey) return;
      const top = all[0].offsetTop, row = Math.max(1, all.findIndex((item) => item.offsetTop > top)) || 1;
      const columns = all[all.length - 1].offsetTop === top ? all.length : row;
      const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, PageDown: 4 * columns, PageUp: -4 * columns, Home: -all.length, End: all.length };
      if (!(event.key in steps)) return;
      event.preventDefault();
      const next = all[Math.min(all.length - 1, Math.max(0, place + steps[event.key]))];
      if (next !== all[place] || next.getAttribute("aria-selected") !== "true") choose(next);
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
    mark(current, moved);
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
    window.Explorer.arrowKeys(strip, () => [...strip.children], (item) => change({ face: study.ids[item.dataset.number] }));
    window.addEventListener("hashchange", render);
    render();
  }
  start();
})();
