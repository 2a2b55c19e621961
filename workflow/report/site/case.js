// The controls of a case page: how strong the maps are, which classes and method are shown, original or changed.
"use strict";
(function () {
  const page = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];
  page.classList.add("scripted");
  all("form.controls").forEach((form) => form.addEventListener("submit", (event) => event.preventDefault()));

  // A slider sets a variable of the style, for all pictures at once.
  function slide(id, variable) {
    const slider = document.getElementById(id);
    if (!slider) return;
    const said = document.querySelector(`output[for=${id}]`);
    const set = () => {
      page.style.setProperty(variable, slider.value / 100);
      said.textContent = slider.value + " %";
    };
    slider.addEventListener("input", set);
    set();
  }
  slide("opacity", "--strength");
  slide("changed", "--changed");

  const outlines = document.getElementById("outlines");
  if (outlines) outlines.addEventListener("change", () => page.classList.toggle("outlined", outlines.checked));

  // One class at least stays.
  const boxes = all("input[name=class]");
  const showClasses = () => {
    const shown = boxes.filter((box) => box.checked).map((box) => box.value);
    all(".class-column").forEach((column) => { column.hidden = !shown.includes(column.dataset.class); });
  };
  boxes.forEach((box) => box.addEventListener("change", () => {
    if (!boxes.some((other) => other.checked)) box.checked = true;
    showClasses();
  }));
  if (boxes.length) showClasses();

  const method = document.getElementById("method");
  if (method) {
    const showMethod = () => all(".of-method").forEach((part) => { part.hidden = part.dataset.method !== method.value; });
    method.addEventListener("change", showMethod);
    showMethod();
  }

  // Press and hold: the original, by finger, mouse or the keys Space and Enter.
  all(".compare").forEach((button) => {
    const hold = (held) => button.classList.toggle("held", held);
    button.addEventListener("pointerdown", () => hold(true));
    ["pointerup", "pointerleave", "pointercancel", "blur"].forEach((name) => button.addEventListener(name, () => hold(false)));
    button.addEventListener("keydown", (event) => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); hold(true); } });
    button.addEventListener("keyup", () => hold(false));
    button.addEventListener("contextmenu", (event) => event.preventDefault());
  });

  // On a phone the rows are blocks; browsers then forget that they are a table.
  const roles = { table: "table", thead: "rowgroup", tbody: "rowgroup", tr: "row", td: "cell" };
  all("table.stack, .stack thead, .stack tbody, .stack tr, .stack td").forEach((part) => part.setAttribute("role", roles[part.localName]));
  all(".stack th").forEach((part) => part.setAttribute("role", part.scope === "row" ? "rowheader" : "columnheader"));

  // What is folded is printed too.
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    folded.forEach((part) => { part.open = true; });
  });
  window.addEventListener("afterprint", () => folded.forEach((part) => { part.open = false; }));
})();
