// The answers of one reader: in which order and arm the faces come, what is kept in the browser, and the file that is saved.
const KEPT = `gestalt-regions reader study ${STUDY.study}`;
let storing = true; // whether this browser keeps anything

function keep(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    storing = false;
  }
}

function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch (problem) {
    if (!(problem instanceof SyntaxError)) storing = false;
    return null;
  }
}

const now = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");

function randomCode() {
  const letters = [...crypto.getRandomValues(new Uint32Array(6))].map((draw) => String.fromCharCode(65 + (draw % 26)));
  return `X${letters.join("")}`;
}

// A reader without a number has a sequence that the code draws: half of all codes have either.
function sequenceOf(reader) {
  if (reader.startsWith("R")) return STUDY.sequences[Number(reader.slice(1)) - 1];
  const known = [...new Set(STUDY.sequences)].sort();
  return known[parseInt(sha256(`${STUDY.study} ${reader}`).slice(0, 8), 16) % known.length];
}

// The same reader of the same study has the same order, on every device.
function orderOf(reader, items) {
  const draws = new Map(items.map(({ item }) => [item, sha256(`${STUDY.study} ${reader} ${item}`)]));
  return [...items].sort((one, other) => (draws.get(one.item) < draws.get(other.item) ? -1 : 1));
}

function armAt(sequence, place, count) {
  if (!sequence.endsWith("_first")) return sequence;
  const first = sequence.slice(0, -"_first".length);
  const second = first === "ai_alone" ? "ai_with_explanations" : "ai_alone";
  return place < Math.ceil(count / 2) ? first : second;
}

function newState(reader, language) {
  const sequence = sequenceOf(reader);
  return {
    reader, language, sequence, started: now(), finished: null, background: null, instructed: false,
    faces: {}, composites: {}, remarks: "", draft: null, spent: {},
  };
}

// What is asked next. Nothing that was answered is asked again, so there is no way back.
function nextStep(state) {
  if (!state.background) return { page: "background", key: "background" };
  if (!state.instructed) return { page: "instructions", key: "instructions" };
  const faces = orderOf(state.reader, STUDY.items);
  for (const [place, face] of faces.entries()) {
    const said = state.faces[face.item] || {};
    const explained = armAt(state.sequence, place, faces.length) === "ai_with_explanations";
    const step = { face, place, explained, count: faces.length, said };
    if (!said.before) return { ...step, page: "before", key: `${face.item} before` };
    if (!said.after) return { ...step, page: "after", key: `${face.item} after` };
    if (explained && !said.explanations) return { ...step, page: "rate", key: `${face.item} rate` };
  }
  const composites = orderOf(state.reader, STUDY.composites);
  for (const [place, composite] of composites.entries()) {
    if (!state.composites[composite.item]) {
      return { page: "composite", key: composite.item, composite, place, count: composites.length };
    }
  }
  return state.finished ? { page: "end", key: "end" } : { page: "remarks", key: "remarks" };
}

function progressOf(state) {
  const faces = orderOf(state.reader, STUDY.items);
  let all = 3 + STUDY.composites.length;
  let done = Number(Boolean(state.background)) + Number(state.instructed) + Number(Boolean(state.finished));
  done += Object.keys(state.composites).length;
  for (const [place, face] of faces.entries()) {
    const said = state.faces[face.item] || {};
    all += armAt(state.sequence, place, faces.length) === "ai_with_explanations" ? 3 : 2;
    done += [said.before, said.after, said.explanations].filter(Boolean).length;
  }
  return { done, all };
}

// The file that the reader hands in (answers.schema.json).
function savedAnswers(state) {
  const unrated = Object.fromEntries(STUDY.likert.map((name) => [name, null]));
  const answers = orderOf(state.reader, STUDY.items).map((face, place) => {
    const arm = armAt(state.sequence, place, STUDY.items.length);
    const { before = null, after = null, explanations = {} } = state.faces[face.item] || {};
    const rated = arm === "ai_with_explanations" ? face.explanations : [];
    return {
      item: face.item, position: place + 1, arm, before, after,
      explanations: rated.map((name) => ({ explanation: name, ...unrated, ...explanations[name] })),
    };
  });
  const nothing = { diagnosis: null, confidence: null, recognisable: null, typical: null };
  const composites = orderOf(state.reader, STUDY.composites).map(({ item }) => ({
    item, ...nothing, ...state.composites[item],
  }));
  const document = {
    format: "gestalt-regions reader answers", version: 1, study: STUDY.study, reader: state.reader,
    language: state.language, sequence: state.sequence, simulated: false, consent: true, background: state.background,
    started: state.started, finished: state.finished, answers, composites,
    remarks: state.remarks.replace(/\p{Surrogate}/gu, "\ufffd"), // half a character is no text
  };
  return { ...document, digest: sha256(canonical(document)) };
}
