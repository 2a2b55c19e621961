// The pages of the study, one after another, and the start.
const main = document.getElementById("main");
let language = kept(`${KEPT} language`) || Object.keys(STUDY.languages)[0];
language = language in STUDY.languages ? language : Object.keys(STUDY.languages)[0];
let state = null;
let agreed = false; // consent, before there is a reader
let loose = {}; // what was typed before there is a reader
let since = performance.now(); // since when the page of this step is seen

const words = () => STUDY.languages[language];
const nameOf = (label) => {
  const { another, cannot_say: unsaid } = words().face;
  return { another, cannot_say: unsaid }[label] || words().classes[label] || label;
};

function diagnoses() {
  const known = STUDY.classes.map((label) => [label, nameOf(label), label]);
  known.sort((one, other) => one[1].localeCompare(other[1], language));
  return [...known, ["another", nameOf("another")], ["cannot_say", nameOf("cannot_say")]];
}

function store() {
  if (state) keep(`${KEPT} ${state.reader}`, state);
  document.getElementById("no-storage").hidden = storing;
}

const picture = (name, alt) => h("img", { src: `images/${name}.jpg`, alt, width: STUDY.side, height: STUDY.side });
const framed = (image, text) => h("figure", {}, image, h("figcaption", {}, text));

// ---- Time: milliseconds for which a step was seen, also over reloads
function countTime() {
  if (state && since !== null) {
    const { key } = nextStep(state);
    state.spent[key] = Math.round((state.spent[key] || 0) + performance.now() - since);
  }
  since = document.hidden ? null : performance.now();
}
document.addEventListener("visibilitychange", () => { countTime(); store(); });
window.addEventListener("pagehide", () => { countTime(); store(); });
window.addEventListener("beforeunload", (event) => { if (!storing && state) event.preventDefault(); });

// ---- A page: heading, what it shows, fields, a button
function page({ heading, body = [], fields = [], button = "", finish = () => {}, wide = false }) {
  const key = state ? nextStep(state).key : heading;
  const title = h("h1", { tabindex: "-1" }, heading);
  const form = h("form", { novalidate: true, autocomplete: "off", class: wide ? "wide" : "" },
    fields.map((field) => field.group || field.node).filter((node, place, all) => all.indexOf(node) === place),
    button ? h("p", { class: "buttons" }, h("button", { type: "submit", class: "primary" }, button)) : null);
  const draft = state ? (state.draft && state.draft.key === key ? state.draft.values : {}) : loose;
  fields.forEach((field) => { if (draft[field.name]) field.set(draft[field.name]); });
  form.addEventListener("input", () => {
    const values = Object.fromEntries(new FormData(form));
    fields.forEach((field) => { if (field.value() !== null) field.blame(""); });
    if (state) state.draft = { key, values };
    else loose = values;
    store();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const answers = Object.fromEntries(fields.map((field) => [field.name, field.value()]));
    const lacking = fields.filter((field) => answers[field.name] === null);
    fields.forEach((field) => field.blame(lacking.includes(field) ? complaint(field) : ""));
    if (lacking.length) {
      say(lacking.map(complaint).join(" "));
      lacking[0].focus();
      return;
    }
    countTime();
    finish(answers);
    if (state) state.draft = null;
    loose = {};
    store();
    show();
  });
  main.replaceChildren(title, ...body, form);
  document.title = `${heading} \u2013 ${words().title}`;
  return title;
}

const complaint = (field) => field.missing || fill(words().missing, { what: field.what });

function consent() {
  const text = words().consent;
  const minutes = 5 * Math.ceil((5 + 1.5 * STUDY.items.length + 0.5 * STUDY.composites.length) / 5);
  const box = h("input", { type: "checkbox", id: "agree", name: "agree", value: "yes" });
  const node = h("div", { class: "field agree" }, h("label", { for: "agree" }, box, h("span", {}, text.agree)));
  const field = withProblem({
    name: "agree", what: text.agree,
    value: () => (box.checked ? "yes" : null),
    set: (value) => { box.checked = value === "yes"; },
    focus: () => box.focus(),
  }, node, box);
  const numbers = { faces: STUDY.items.length, minutes };
  return page({
    heading: text.heading,
    body: [h("ul", {}, text.about.map((line) => h("li", {}, fill(line, numbers)))),
      h("h2", {}, text.data_heading), ...paragraphs(text.data), h("p", {}, text.photographs)],
    fields: [field], button: text.start, finish: () => { agreed = true; },
  });
}

function reader() {
  const text = words().reader;
  const most = STUDY.sequences.length;
  const number = wholeNumber("number", text.number, fill(text.hint, { readers: most }), most, { least: 1 });
  const none = h("input", { type: "checkbox", id: "none", name: "none", value: "yes" });
  const node = h("div", {}, number.node, h("div", { class: "field agree" },
    h("label", { for: "none" }, none, h("span", {}, text.none))));
  const field = { ...number, node, missing: fill(text.wrong, { readers: most }),
    value: () => (none.checked ? "none" : number.value()) };
  const unnumbered = { name: "none", node, value: () => "", set: () => { none.checked = true; }, blame: () => {} };
  return page({
    heading: text.heading, fields: [field, unnumbered], button: words().next,
    finish: (answers) => {
      const called = answers.number === "none" ? randomCode() : `R${String(answers.number).padStart(2, "0")}`;
      begin(called);
    },
  });
}

function begin(called) {
  const earlier = kept(`${KEPT} ${called}`);
  state = earlier || newState(called, language);
  state.language = language;
  keep(KEPT, called);
  if (earlier) say(fill(words().bar.resumed, { reader: called }));
}

function background() {
  const text = words().background;
  const professions = Object.entries(text.professions);
  return page({
    heading: text.heading,
    fields: [choice("profession", text.profession, professions, { kind: "choice" }),
      { ...wholeNumber("years", text.years, text.years_hint, 80), missing: text.years_wrong }],
    button: words().next,
    finish: ({ profession, years }) => { state.background = { profession, years }; },
  });
}

function instructions() {
  const text = words().instructions;
  const explained = state.sequence !== "ai_alone";
  return page({
    heading: text.heading,
    body: [h("ol", {}, text.steps.map((line) => h("li", {}, line))),
      ...paragraphs([explained && text.explanations, text.ai,
        STUDY.composites.length > 0 && fill(text.composites, { composites: STUDY.composites.length })].filter(Boolean))],
    button: text.start, finish: () => { state.instructed = true; },
  });
}

const spentOn = (key) => state.spent[key] || 0;

function before({ face, place, count, key }) {
  const text = words().face;
  const numbers = { k: place + 1, n: count };
  return page({
    heading: fill(text.heading, numbers),
    body: [h("div", { class: "pictures" }, h("figure", {}, picture(face.item, fill(text.picture, numbers))))],
    fields: [combobox("diagnosis", text.diagnosis, diagnoses(), text),
      certainty("confidence", text.confidence, text)],
    button: text.show_ai,
    finish: ({ diagnosis, confidence }) => {
      const said = { diagnosis, confidence: Number(confidence), milliseconds: spentOn(key) };
      state.faces[face.item] = { before: said };
    },
  });
}

function percent(probability) {
  const text = words().face;
  if (probability < 0.01) return text.less;
  return probability > 0.99 ? text.greater : `${Math.round(100 * probability)}\u00a0%`;
}

function answerOfAi(face) {
  const text = words().face;
  const rows = face.ai.map(([label, probability]) => {
    const bar = h("span", { class: "bar" });
    bar.style.width = `${100 * probability}%`;
    return h("tr", {}, h("th", { scope: "row" }, nameOf(label)),
      h("td", {}, h("span", { class: "percent" }, percent(probability)), h("span", { class: "rail", "aria-hidden": "true" }, bar)));
  });
  return h("section", { class: "ai", "aria-labelledby": "ai" }, h("h2", { id: "ai" }, text.ai_heading),
    h("table", {}, h("caption", { class: "hidden" }, text.ai_caption),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, text.ai_class), h("th", { scope: "col" }, text.ai_probability))),
      h("tbody", {}, rows)));
}

const letterOf = (name) => name.slice(-1);

function explanationPicture(name) {
  const text = words().face;
  return framed(picture(name, fill(text.explanation_picture, { letter: letterOf(name) })),
    fill(text.explanation, { letter: letterOf(name) }));
}

function legend() {
  const text = words().face;
  const scale = h("span", { class: "colours", "aria-hidden": "true" });
  scale.style.background = `linear-gradient(to right, ${STUDY.legend.join(", ")})`;
  return h("p", { class: "legend" }, h("span", {}, text.legend),
    h("span", { class: "ramp" }, text.legend_low, " ", scale, " ", text.legend_high));
}

function facePictures({ face, explained }, numbers) {
  const shown = explained ? face.explanations.map(explanationPicture) : [];
  const text = fill(words().face.picture, numbers);
  return [h("div", { class: "pictures" }, h("figure", {}, picture(face.item, text),
    explained ? h("figcaption", {}, text) : null), ...shown), explained ? legend() : null].filter(Boolean);
}

function after(step) {
  const { face, place, count, said, key } = step;
  const text = words().face;
  const numbers = { k: place + 1, n: count };
  const first = { diagnosis: nameOf(said.before.diagnosis), confidence: said.before.confidence };
  return page({
    heading: fill(text.after_heading, numbers),
    body: [...facePictures(step, numbers), answerOfAi(face), h("p", { class: "notice" }, fill(text.your_answer, first))],
    fields: [combobox("diagnosis", text.diagnosis_again, diagnoses(), text),
      certainty("confidence", text.confidence_again, text)],
    button: words().next,
    finish: ({ diagnosis, confidence }) => {
      state.faces[face.item].after = { diagnosis, confidence: Number(confidence), milliseconds: spentOn(key) };
    },
  });
}

function rate(step) {
  const { face, place, count } = step;
  const { statements, levels } = words().likert;
  const numbers = { k: place + 1, n: count };
  const fields = face.explanations.flatMap((name) => {
    const title = h("h2", { id: `about-${name}` }, fill(words().face.explanation, { letter: letterOf(name) }));
    const asked = STUDY.likert.map((about) => agreement(`${name}-${about}`, statements[about], levels));
    const group = h("section", { class: "rated", "aria-labelledby": `about-${name}` }, title,
      h("figure", {}, picture(name, fill(words().face.explanation_picture, { letter: letterOf(name) }))),
      h("div", {}, asked.map((field) => field.node)));
    return asked.map((field) => ({ ...field, group, what: `${title.textContent}: ${field.what}` }));
  });
  return page({
    heading: fill(words().face.rate_heading, numbers),
    body: [h("p", {}, words().face.rate), h("div", { class: "pictures" },
      framed(picture(face.item, fill(words().face.picture, numbers)), fill(words().face.picture, numbers))), legend()],
    fields, button: words().next, wide: true,
    finish: (answers) => {
      const rated = (name) => STUDY.likert.map((about) => [about, Number(answers[`${name}-${about}`])]);
      state.faces[face.item].explanations = Object.fromEntries(
        face.explanations.map((name) => [name, Object.fromEntries(rated(name))]));
    },
  });
}

function composite({ composite: { item }, place, count }) {
  const text = words().composite;
  const numbers = { k: place + 1, n: count };
  const { levels } = words().likert;
  return page({
    heading: fill(text.heading, numbers),
    body: [h("p", {}, text.intro), h("div", { class: "pictures" }, h("figure", {}, picture(item, fill(text.picture, numbers))))],
    fields: [combobox("diagnosis", text.diagnosis, diagnoses(), words().face),
      certainty("confidence", words().face.confidence, words().face),
      agreement("recognisable", text.recognisable, levels), agreement("typical", text.typical, levels)],
    button: words().next,
    finish: ({ diagnosis, confidence, recognisable, typical }) => {
      state.composites[item] = {
        diagnosis, confidence: Number(confidence), recognisable: Number(recognisable), typical: Number(typical),
      };
    },
  });
}

function remarks() {
  const text = words().remarks;
  const box = h("textarea", { id: "remarks", name: "remarks", rows: 6, maxlength: 2000, "aria-describedby": "remarks-hint" });
  const node = h("div", { class: "field" }, h("label", { for: "remarks" }, text.label),
    h("p", { class: "hint", id: "remarks-hint" }, text.hint), box);
  const field = { name: "remarks", what: text.label, node, value: () => box.value, set: (value) => { box.value = value; },
    blame: () => {}, focus: () => box.focus() };
  return page({
    heading: text.heading, fields: [field], button: text.finish,
    finish: (answers) => { state.remarks = answers.remarks; state.finished = now(); },
  });
}

function save() {
  const document_ = savedAnswers(state);
  const file = `answers_${STUDY.study}_${state.reader}.json`;
  const address = URL.createObjectURL(new Blob([JSON.stringify(document_, null, 1)], { type: "application/json" }));
  const link = h("a", { href: address, download: file });
  document.body.append(link);
  link.click();
  link.remove();
  window.setTimeout(() => URL.revokeObjectURL(address), 60000);
  const text = fill(words().end.saved, { file });
  document.getElementById("saved").textContent = text;
  say(text);
}

function end() {
  const text = words().end;
  return page({
    heading: text.heading,
    body: [h("p", {}, text.finished), h("p", { class: "buttons" }, h("button", { type: "button", class: "primary", id: "save", onclick: save }, text.save)),
      h("p", { class: "hint" }, text.copy),
      h("label", { for: "copy" }, text.copy_label),
      h("textarea", { id: "copy", rows: 5, readonly: true }, JSON.stringify(savedAnswers(state)))],
  });
}

const PAGES = { background, instructions, before, after, rate, composite, remarks, end };

// ---- The bar above and below every page
function bar() {
  const text = words().bar;
  document.documentElement.lang = language;
  for (const [id, said] of Object.entries({ "research-only": words().research_only, simulated: state ? words().simulated_short : words().simulated,
    "language-label": words().choose_language, title: words().title, "no-storage": text.no_storage, stop: text.stop,
    "save-so-far": text.save_so_far, another: words().end.another })) {
    document.getElementById(id).textContent = said;
  }
  document.getElementById("simulated").hidden = !STUDY.simulated;
  document.getElementById("saved").textContent = "";
  document.getElementById("another-sure").textContent = "";
  document.getElementById("progress").hidden = !state;
  const step = state ? nextStep(state).page : "";
  document.getElementById("stopping").hidden = !state;
  document.getElementById("save-so-far").hidden = !state || !state.background || step === "end";
  document.getElementById("stopping").open = false;
  if (!state) return;
  const { done, all } = progressOf(state);
  document.getElementById("who").textContent = fill(text.reader, { reader: state.reader });
  document.getElementById("done").textContent = fill(text.progress, { done, all });
  const meter = document.getElementById("meter");
  meter.max = all;
  meter.value = done;
}

function show(focus = true) {
  bar();
  countTime();
  let title;
  if (state) {
    const step = nextStep(state);
    title = PAGES[step.page](step);
  } else {
    title = agreed ? reader() : consent();
  }
  store();
  if (!focus) return;
  window.scrollTo(0, 0);
  title.focus({ preventScroll: true });
}

function another() {
  const sure = document.getElementById("another-sure");
  if (!sure.textContent) {
    sure.textContent = fill(words().end.another_sure, { reader: state.reader });
    say(sure.textContent);
    return;
  }
  countTime();
  store();
  keep(KEPT, null);
  state = null;
  agreed = false;
  show();
}

function start() {
  const languages = document.getElementById("language");
  languages.append(...Object.entries(STUDY.languages).map(([code, { language: called }]) => h("option", { value: code, lang: code }, called)));
  document.getElementById("choose-language").hidden = Object.keys(STUDY.languages).length < 2;
  languages.addEventListener("change", () => {
    language = languages.value;
    keep(`${KEPT} language`, language);
    if (state) state.language = language;
    show(false);
  });
  document.getElementById("save-so-far").addEventListener("click", save);
  document.getElementById("another").addEventListener("click", another);
  const called = kept(KEPT);
  keep(`${KEPT} language`, language); // says at once whether anything is kept
  state = called ? kept(`${KEPT} ${called}`) : null;
  if (state && state.language in STUDY.languages) language = state.language;
  languages.value = language;
  show(Boolean(state));
  if (state) say(fill(words().bar.resumed, { reader: state.reader }));
}

start();
