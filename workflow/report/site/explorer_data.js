// The explorer's data and its state. Data are script files, loaded when they are needed; the state is the URL's hash.
"use strict";
(function () {
  const data = (window.EXPLORER_DATA = window.EXPLORER_DATA || {});
  const study = data.index;
  const loading = new Map();

  // ---- Data
  function load(key) {
    if (data[key]) return Promise.resolve(data[key]);
    if (!loading.has(key)) {
      loading.set(key, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = "explorer/" + key.split("/").map(encodeURIComponent).join("/") + ".js";
        script.onload = () => { script.remove(); resolve(data[key]); };
        script.onerror = () => { script.remove(); loading.delete(key); reject(new Error(script.src)); };
        document.head.append(script);
      }));
    }
    return loading.get(key);
  }
  const file = (...parts) => "explorer/" + parts.map(encodeURIComponent).join("/");
  const numberOf = new Map(study.ids.map((id, number) => [id, number]));

  // ---- State. A key that the URL does not name has the value given here.
  const filters = { q: "", class: "", fold: "", result: "", predicted: "", maps: "", sort: "" };
  study.attributes.forEach((each) => { filters["is." + each.key] = ""; });
  const defaults = {
    face: "", method: "", vs: "", pin: "", model: study.models[0] || "", ...filters,
    values: "signed", signed: Object.keys(study.diverging)[0], size: Object.keys(study.sequential)[0],
    scale: "map", opacity: "75", set: Object.keys(study.sets)[0] || "", lines: "1", names: "0", policy: study.policy,
  };
  function read() {
    const told = new URLSearchParams(location.hash.slice(1));
    const state = {};
    for (const key of Object.keys(defaults)) state[key] = told.has(key) ? told.get(key) : defaults[key];
    if (!study.models.includes(state.model)) state.model = defaults.model;
    if (!(state.signed in study.diverging)) state.signed = defaults.signed;
    if (!(state.size in study.sequential)) state.size = defaults.size;
    if (!(state.set in study.sets)) state.set = defaults.set;
    if (!study.policies.includes(state.policy)) state.policy = defaults.policy;
    return state;
  }
  function hash(state) {
    const told = new URLSearchParams();
    for (const key of Object.keys(defaults)) if (state[key] !== defaults[key]) told.set(key, state[key]);
    return "#" + told.toString();
  }
  // A change of the state goes through the URL, so that it can be shared and the back button undoes it.
  function change(changes, { replace = false } = {}) {
    const wanted = hash({ ...read(), ...changes });
    if (wanted === (location.hash || "#")) return;
    if (replace) location.replace(wanted);
    else location.hash = wanted;
  }

  // ---- Faces that fit the filters, in the order asked for
  function rightOf(model, number) {
    const predicted = model.predicted[number];
    return predicted < 0 ? null : model.classes[predicted] === study.classes[study.label[number]];
  }
  function chosen(state, model, withMaps) {
    const words = state.q.trim().toLowerCase();
    const wanted = study.attributes
      .map((each) => ({ codes: each.codes, code: each.names.indexOf(state["is." + each.key]), on: state["is." + each.key] !== "" }))
      .filter((each) => each.on);
    const list = [];
    study.ids.forEach((id, number) => {
      if (words && !id.toLowerCase().includes(words)) return;
      if (state.class && study.classes[study.label[number]] !== state.class) return;
      if (state.fold && (study.fold[number] || "held-out") !== state.fold) return;
      if (state.result && rightOf(model, number) !== (state.result === "right")) return;
      if (state.predicted && model.classes[model.predicted[number]] !== state.predicted) return;
      if (state.maps && withMaps.has(number) !== (state.maps === "yes")) return;
      if (wanted.some((each) => each.codes[number] !== each.code)) return;
      list.push(number);
    });
    const [by, direction] = state.sort.split("-");
    const values = { top: model.top, own: model.own }[by];
    if (values) {
      const sign = direction === "up" ? 1 : -1;
      const known = (number) => values[number] !== null;
      list.sort((a, b) => (known(a) && known(b) ? sign * (values[a] - values[b]) || a - b : known(b) - known(a) || a - b));
    }
    return list;
  }

  const isSimulated = (number) => (Array.isArray(study.simulated) ? study.simulated[number] : study.simulated);
  const words = (number) => (number === null || number === undefined ? "–" : Math.abs(number) >= 0.001 || number === 0 ? String(Number(number.toPrecision(3))) : number.toExponential(1));
  window.Explorer = { study, load, file, numberOf, defaults, filters, read, hash, change, chosen, rightOf, isSimulated, words };
})();
