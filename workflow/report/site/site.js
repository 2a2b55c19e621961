// Tables that sort, filter and download; figures that open large; charts. A page is read without it, too.
"use strict";
(function () {
  const prefix = document.body.dataset.filePrefix || "";
  const byId = (id) => document.getElementById(id);

  // ---- Tables: <table class="data" data-name="file name">
  // A cell such as "0.95 [0.93, 0.97]" or "12 of 30" sorts by its first number, where all cells of a column begin so.
  const NUMBER = /^[<>≤≥]?\s*([-−+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?=$|[\s%*†[(,;])/i;
  const plain = (html) => String(html).replace(/<[^>]*>/g, "").trim();
  const firstNumber = (html) => Number((plain(html).match(NUMBER) || [0, "NaN"])[1].replace("−", "-"));

  function numberColumns(rows, columns) {
    const chosen = [];
    for (let column = 0; column < columns; column++) {
      const filled = rows.map((row) => plain(row[column])).filter((text) => text !== "" && text !== "–");
      if (filled.length > 0 && filled.every((text) => NUMBER.test(text))) chosen.push(column);
    }
    return chosen;
  }

  // One choice a column that the table asks for: <th data-filter>.
  function addFilters(table, api) {
    const wanted = [...table.tHead.rows[0].cells].flatMap((cell, k) => ("filter" in cell.dataset ? [k] : []));
    if (wanted.length === 0) return;
    const bar = document.createElement("div");
    bar.className = "filters";
    for (const index of wanted) {
      const column = api.column(index);
      const label = document.createElement("label");
      const select = document.createElement("select");
      label.append(column.title() + " ", select);
      select.setAttribute("aria-label", column.title());
      select.add(new Option("all", ""));
      const values = new Set(column.data().toArray().map(plain));
      [...values].sort((a, b) => a.localeCompare(b, "en", { numeric: true })).forEach((v) => select.add(new Option(v || "(empty)", v || " ")));
      select.addEventListener("change", () => {
        const value = select.value;
        column.search(value === "" ? "" : (text) => plain(text) === value.trim()).draw();
      });
      bar.append(label);
    }
    api.table().container().before(bar);
  }

  function startTable(table) {
    if (table.dataset.started) return;
    table.dataset.started = "yes";
    const caption = table.caption ? table.caption.textContent : "table";
    const given = table.dataset.rows ? JSON.parse(byId(table.dataset.rows).textContent) : null;
    if (given) table.tBodies[0].replaceChildren();
    const cells = given || [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.innerHTML));
    const numbers = numberColumns(cells, table.tHead.rows[0].cells.length);
    const rows = cells.length;
    const long = rows > 25;
    const filtered = table.tHead.querySelector("[data-filter]") !== null;
    const api = new DataTable(table, {
      ...(given ? { data: given, createdRow: (row) => [...row.cells].forEach((cell) => cell.classList.toggle("long", cell.textContent.length > 36)) } : {}),
      columnDefs: numbers.map((column) => ({ targets: column, type: "num", className: "dt-type-numeric", render: (data, kind) => (kind === "sort" || kind === "type" ? (Number.isNaN(firstNumber(data)) ? -Infinity : firstNumber(data)) : data) })),
      order: [],
      autoWidth: false,
      deferRender: true,
      pageLength: 25,
      lengthMenu: [25, 100, { label: "all", value: -1 }],
      paging: long,
      info: long,
      searching: rows > 5 || filtered,
      language: { search: "Filter: ", lengthMenu: "_MENU_ rows a page", info: "_START_ to _END_ of _TOTAL_ rows", infoEmpty: "No rows", infoFiltered: "(of _MAX_)", zeroRecords: "No row fits the filter." },
      layout: {
        topStart: long ? "pageLength" : null,
        topEnd: rows > 5 || filtered ? "search" : null,
        bottomStart: long ? "info" : null,
        bottomEnd: long ? "paging" : null,
        bottom2Start: {
          buttons: [{
            extend: "csvHtml5", text: "Download the rows shown (CSV)", bom: true, extension: ".csv", title: null,
            filename: prefix + (table.dataset.name || "table"),
            exportOptions: { modifier: { page: "all", search: "applied" }, columns: ":not([data-no-export])", format: { header: (html, k, th) => th.querySelector(".dt-column-title")?.textContent.trim() ?? th.textContent.trim() } },
          }],
        },
      },
    });
    const container = api.table().container();
    const outer = container.closest(".table-wrap");
    if (outer) { outer.classList.remove("table-wrap"); outer.removeAttribute("tabindex"); }
    const scrolls = container.querySelector(".dt-layout-table");
    scrolls.tabIndex = 0;
    scrolls.setAttribute("role", "group");
    scrolls.setAttribute("aria-label", "Rows of: " + caption);
    const box = container.querySelector("input[type=search]");
    if (box) box.setAttribute("aria-label", "Filter: " + caption);
    addFilters(table, api);
  }

  // ---- Figures: <figure class="figure"><a class="zoom" href="file"><img></a><figcaption>
  let dialog = null;
  function largeView() {
    if (dialog) return dialog;
    dialog = document.createElement("dialog");
    dialog.className = "large";
    dialog.setAttribute("aria-label", "Figure, large");
    dialog.innerHTML = '<div class="bar"><button type="button" data-zoom="1.4">Larger</button><button type="button" data-zoom="0.714">Smaller</button><button type="button" data-zoom="0">Fit</button><p></p><a class="open">Open the file</a><button type="button" class="close">Close</button></div><div class="view" tabindex="0" role="group" aria-label="Figure; arrow keys move it"><img alt=""></div>';
    document.body.append(dialog);
    const image = dialog.querySelector("img"), view = dialog.querySelector(".view");
    let width = 0;
    const fit = () => {
      const shape = image.naturalWidth / image.naturalHeight || 1;
      width = Math.min(view.clientWidth, view.clientHeight * shape);
      image.style.width = width + "px";
    };
    const zoom = (factor) => {
      if (factor === 0) return fit();
      width = Math.max(100, Math.min(8000, width * factor));
      image.style.width = width + "px";
    };
    image.addEventListener("load", fit);
    dialog.querySelectorAll("[data-zoom]").forEach((b) => b.addEventListener("click", () => zoom(Number(b.dataset.zoom))));
    dialog.querySelector(".close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "+" || event.key === "=") zoom(1.4);
      else if (event.key === "-") zoom(1 / 1.4);
      else if (event.key === "0") fit();
    });
    return dialog;
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a.zoom");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || typeof HTMLDialogElement === "undefined") return;
    const picture = link.querySelector("img");
    if (!picture) return;
    event.preventDefault();
    const view = largeView();
    const image = view.querySelector("img");
    const told = link.closest("figure")?.querySelector("figcaption")?.cloneNode(true);
    told?.querySelectorAll(".files").forEach((part) => part.remove());
    const caption = told?.textContent.trim();
    image.alt = picture.alt;
    view.querySelector("p").textContent = caption || picture.alt;
    const open = view.querySelector("a.open");
    open.href = link.getAttribute("href");
    open.hidden = open.href.startsWith("data:");
    image.src = link.getAttribute("href").startsWith("#") ? picture.src : link.href;
    view.showModal();
  });

  // ---- Charts: <div class="chart" id="x"> and its specification in <script id="x-spec">
  // What a chart says is told in words; its marks one by one, without names, are noise to a screen reader.
  function quiet(place) {
    const drawn = place.querySelector("svg.marks");
    drawn.querySelectorAll("[role]").forEach((mark) => mark !== drawn && ["role", "aria-roledescription", "aria-label"].forEach((name) => mark.removeAttribute(name)));
    if (drawn.getAttribute("aria-label") === place.dataset.description) return;
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", place.dataset.description);
  }

  function startChart(place) {
    if (place.dataset.started) return;
    place.dataset.started = "yes";
    const spec = JSON.parse(byId(place.id + "-spec").textContent);
    const name = prefix + (place.dataset.name || "chart");
    vegaEmbed(place, spec, { renderer: "svg", config: { aria: false }, mode: "vega-lite", actions: { export: true, source: false, compiled: false, editor: false }, downloadFileName: name })
      .then(() => {
        const menu = place.querySelector("details > summary");
        if (menu) menu.setAttribute("aria-label", "Download this chart as a picture");
        quiet(place);
        // A choice, or another width of the window, draws marks anew.
        new MutationObserver(() => quiet(place)).observe(place, { childList: true, subtree: true, attributeFilter: ["role"] });
        place.dataset.drawn = "yes";
      })
      .catch((error) => { console.error(error); });
  }

  // ---- Start what is near the window first; the rest when it is scrolled to, or printed.
  const tables = typeof DataTable === "undefined" ? [] : [...document.querySelectorAll("table.data")];
  const charts = typeof vegaEmbed === "undefined" ? [] : [...document.querySelectorAll(".chart")];
  const start = (node) => (node.matches(".chart") ? startChart(node) : startTable(node));
  if (typeof DataTable !== "undefined") DataTable.ext.errMode = "throw";
  const watcher = new IntersectionObserver((seen) => {
    for (const entry of seen) if (entry.isIntersecting) { watcher.unobserve(entry.target); start(entry.target); }
  }, { rootMargin: "600px" });
  [...tables, ...charts].forEach((node) => watcher.observe(node));
  window.addEventListener("beforeprint", () => charts.forEach(startChart));
  window.gestalt = { startTable, startChart, startAll: () => [...tables, ...charts].forEach(start) };
})();
