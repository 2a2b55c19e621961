// Tables that sort, filter and download; figures that open large; charts. A page is read without it, too.
"use strict";
(function () {
  const prefix = document.body.dataset.filePrefix || "";
  const byId = (id) => document.getElementById(id);

  // ---- Tables: <table class="data" data-name="file name">
  // A cell such as "0.95 [0.93, 0.97]" or "12 of 30" sorts by its first number.
  function sortByFirstNumber(table) {
    const columns = table.tHead.rows[0].cells.length;
    const rows = [...table.tBodies[0].rows];
    for (let column = 0; column < columns; column++) {
      const cells = rows.map((row) => row.cells[column]).filter((cell) => cell && cell.textContent.trim() !== "");
      const number = /^[<>≤≥]?\s*([-−+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?=$|[\s%*[(,;])/i;
      const found = cells.map((cell) => cell.textContent.trim().match(number));
      if (cells.length === 0 || found.some((match) => match === null)) continue;
      rows.forEach((row) => { if (row.cells[column] && row.cells[column].textContent.trim() === "") row.cells[column].dataset.order = "-Infinity"; });
      cells.forEach((cell, k) => { if (cell.dataset.order === undefined) cell.dataset.order = found[k][1].replace("−", "-"); });
    }
  }

  // One choice a column that the table asks for: <th data-filter>.
  function addFilters(table, api) {
    const wanted = [...table.tHead.rows[0].cells].flatMap((cell, k) => ("filter" in cell.dataset ? [k] : []));
    if (wanted.length === 0) return;
    const bar = document.createElement("div");
    bar.className = "filters grid";
    for (const index of wanted) {
      const column = api.column(index);
      const label = document.createElement("label");
      const select = document.createElement("select");
      label.append(column.title() + " ", select);
      select.add(new Option("all", ""));
      const values = new Set(column.nodes().toArray().map((cell) => cell.textContent.trim()));
      [...values].sort((a, b) => a.localeCompare(b, "en", { numeric: true })).forEach((v) => select.add(new Option(v || "(empty)", v || " ")));
      select.addEventListener("change", () => {
        const value = select.value;
        column.search(value === "" ? "" : (text) => text.trim() === value.trim()).draw();
      });
      bar.append(label);
    }
    api.table().container().before(bar);
  }

  function startTable(table) {
    if (table.dataset.started) return;
    table.dataset.started = "yes";
    sortByFirstNumber(table);
    const caption = table.caption ? table.caption.textContent : "table";
    const rows = table.tBodies[0].rows.length;
    const long = rows > 25;
    const filtered = table.tHead.querySelector("[data-filter]") !== null;
    const api = new DataTable(table, {
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
        bottom: {
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
    const caption = link.closest("figure")?.querySelector("figcaption")?.firstChild?.textContent.trim();
    image.alt = picture.alt;
    view.querySelector("p").textContent = caption || picture.alt;
    const open = view.querySelector("a.open");
    open.href = link.getAttribute("href");
    open.hidden = open.href.startsWith("data:");
    image.src = link.getAttribute("href").startsWith("#") ? picture.src : link.href;
    view.showModal();
  });

  // ---- Charts: <div class="chart" id="x"> and its specification in <script id="x-spec">
  function startChart(place) {
    if (place.dataset.started) return;
    place.dataset.started = "yes";
    const spec = JSON.parse(byId(place.id + "-spec").textContent);
    const name = prefix + (place.dataset.name || "chart");
    vegaEmbed(place, spec, { renderer: "svg", mode: "vega-lite", actions: { export: true, source: false, compiled: false, editor: false }, downloadFileName: name })
      .then(() => {
        const menu = place.querySelector("details > summary");
        if (menu) menu.setAttribute("aria-label", "Download this chart as a picture");
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
