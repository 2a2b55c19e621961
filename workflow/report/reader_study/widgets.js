// Parts of a page: elements, scales of radio buttons, a list that can be searched, and what is said of missing answers.
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
const paragraphs = (texts) => texts.map((text) => h("p", {}, text));

function say(text) {
  const region = document.getElementById("said");
  region.textContent = "";
  window.setTimeout(() => { region.textContent = text; }, 50); // so that the same text is read out again
}

// A field: `node` on the page, `what` it asks, `value()` (null while there is none), `set(value)`, `blame(text)`.
function withProblem(field, node, target) {
  const id = `${field.name}-problem`;
  const problem = h("p", { id, class: "problem", hidden: true });
  node.append(problem);
  const described = target.getAttribute("aria-describedby");
  target.setAttribute("aria-describedby", described ? `${described} ${id}` : id);
  field.blame = (text) => {
    problem.textContent = text;
    problem.hidden = !text;
    if (target.tagName === "INPUT") target.setAttribute("aria-invalid", text ? "true" : "false");
    node.classList.toggle("wrong", Boolean(text));
  };
  return { ...field, node };
}

// One of several values as radio buttons. `options`: [value, what is shown, what else is read out].
function choice(name, what, options, { low = "", high = "", kind = "scale" } = {}) {
  const boxes = options.map(([value, shown, read = ""]) => h("label", {},
    h("input", { type: "radio", name, value, id: `${name}-${value}` }),
    h("span", {}, shown), read ? h("span", { class: "hidden" }, ` ${read}`) : null));
  const ends = low ? h("p", { class: "ends", "aria-hidden": "true" }, h("span", {}, low), h("span", {}, high)) : null;
  const node = h("fieldset", { class: kind }, h("legend", {}, what), h("div", { class: "choices" }, boxes), ends);
  const checked = () => node.querySelector("input:checked");
  return withProblem({
    name, what,
    value: () => (checked() ? checked().value : null),
    set: (value) => node.querySelectorAll("input").forEach((box) => { box.checked = box.value === value; }),
    focus: () => node.querySelector("input").focus(),
  }, node, node);
}

function certainty(name, what, words) {
  const options = Array.from({ length: 11 }, (_, tens) => [String(10 * tens), String(10 * tens)]);
  return choice(name, what, options, { low: words.confidence_low, high: words.confidence_high, kind: "scale certainty" });
}

function agreement(name, what, levels) {
  const options = levels.map((level, place) => [String(place + 1), String(place + 1), level]);
  const ends = { low: `1 = ${levels[0]}`, high: `${levels.length} = ${levels[levels.length - 1]}` };
  return choice(name, what, options, ends);
}

function wholeNumber(name, what, hint, most, { least = 0 } = {}) {
  const input = h("input", { id: name, name, type: "text", inputmode: "numeric", autocomplete: "off", maxlength: 3,
    "aria-describedby": `${name}-hint` });
  const node = h("div", { class: "field" }, h("label", { for: name }, what),
    h("p", { class: "hint", id: `${name}-hint` }, hint), input);
  return withProblem({
    name, what,
    value: () => {
      const number = /^\s*\d+\s*$/.test(input.value) ? Number(input.value) : NaN;
      return number >= least && number <= most ? number : null;
    },
    set: (value) => { input.value = value; },
    focus: () => input.focus(),
  }, node, input);
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

// A list that can be searched: the combobox of the ARIA Authoring Practices, with a list and without automatic choice.
// `options`: [value, shown, other words that find it].
function combobox(name, what, options, words) {
  const [listId, hintId] = [`${name}-list`, `${name}-hint`];
  const hidden = h("input", { type: "hidden", name });
  const input = h("input", { id: name, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId, "aria-describedby": hintId });
  const list = h("ul", { id: listId, role: "listbox", "aria-label": what, hidden: true });
  const button = h("button", { type: "button", tabindex: "-1", "aria-label": words.open_list, class: "open" }, "\u25be");
  const node = h("div", { class: "field" }, h("label", { for: name }, what),
    h("p", { class: "hint", id: hintId }, words.diagnosis_hint), h("div", { class: "combobox" }, input, button, list), hidden);
  const items = options.map(([value, shown], place) => {
    const item = h("li", { id: `${listId}-${place}`, role: "option", "aria-selected": "false" }, shown);
    item.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the text
    item.addEventListener("click", () => choose(value));
    return item;
  });
  let active = -1; // place among the items that fit
  let fitting = items;

  const shownOf = (value) => (options.find(([known]) => known === value) || ["", ""])[1];
  const opened = () => !list.hidden;

  function mark(place) {
    active = place;
    items.forEach((item) => item.setAttribute("aria-selected", "false"));
    const item = fitting[place];
    if (!item) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    item.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  function open(all) {
    const wanted = all ? "" : plain(input.value.trim());
    fitting = items.filter((_, place) => options[place].slice(1).some((text) => plain(text).includes(wanted)));
    list.replaceChildren(...fitting);
    list.hidden = fitting.length === 0;
    input.setAttribute("aria-expanded", String(opened()));
    mark(-1);
    const count = fitting.length;
    say(count === 0 ? words.options.none : count === 1 ? words.options.one : fill(words.options.more, { n: count }));
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  function choose(value) {
    hidden.value = value;
    input.value = shownOf(value);
    close();
    hidden.dispatchEvent(new Event("input", { bubbles: true }));
  }

  input.addEventListener("input", () => { hidden.value = ""; open(false); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const fresh = !opened();
      if (fresh) open(input.value === shownOf(hidden.value));
      if (!fitting.length) return;
      mark(fresh && step < 0 ? fitting.length - 1 : active < 0 ? (step > 0 ? 0 : fitting.length - 1)
        : (active + step + fitting.length) % fitting.length);
    } else if (event.key === "Enter" && opened()) {
      event.preventDefault(); // the form is not sent while the list is open
      if (active >= 0) choose(options[items.indexOf(fitting[active])][0]);
      else if (fitting.length === 1) choose(options[items.indexOf(fitting[0])][0]);
    } else if (event.key === "Escape" && opened()) {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener("click", () => { if (!opened()) open(input.value === shownOf(hidden.value)); });
  input.addEventListener("blur", () => {
    const only = fitting.length === 1 && opened() && input.value.trim() && !hidden.value;
    if (only) choose(options[items.indexOf(fitting[0])][0]);
    close();
  });
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    input.focus();
    if (opened()) close();
    else open(true);
  });
  return withProblem({
    name, what,
    missing: fill(words.choose_from_list, { what }),
    value: () => hidden.value || null,
    set: (value) => { hidden.value = value; input.value = shownOf(value); },
    focus: () => input.focus(),
  }, node, input);
}
