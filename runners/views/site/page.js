// The page: filters, the address that keeps them, and what a click opens.
"use strict";
(() => {
  const form = document.getElementById("filters");
  const fold = document.getElementById("fold");
  const count = document.getElementById("count");
  const NAMES = ["q", "loop", "python", "platform", "profile", "level", "authority", "verdict"];
  const toggled = new Set(); // chapters that are not as the filters alone would have them
  let opened = ""; // the cell that is open: "requirement slug"
  let chapters = [];

  const detail = new LOOPCERT.Detail(document.getElementById("detail"), () => {
    opened = "";
    remember();
    grid.go(grid.at.row, grid.at.column);
  });
  const grid = new LOOPCERT.Grid(document.getElementById("grid"), document.getElementById("view"), (row, column) => {
    if (!row) {
      if (column) location.href = `loops.html#${column.slug}`;
    } else if (row.requirement) open(row.requirement, column);
    else toggle(row.chapter);
  });

  function fill() {
    const { columns, requirements } = LOOPCERT.data;
    const options = {
      loop: columns.map((each) => each.loop), python: columns.map((each) => each.python),
      platform: columns.map((each) => each.platform), profile: requirements.map((each) => each.profile),
      level: ["must", "should", "may"], authority: requirements.map((each) => each.authority),
    };
    for (const [name, values] of Object.entries(options)) {
      for (const value of new Set(values)) form.elements[name].append(new Option(value, value));
    }
    for (const [value, [title]] of Object.entries(LOOPCERT.verdicts)) form.elements.verdict.append(new Option(title, value));
    const signs = [..."pfchunr."].map((letter) => [LOOPCERT.style(letter, true), LOOPCERT.sign(letter),
      letter === "r" ? "could not run, or harness error: nothing is known" : LOOPCERT.word(letter)]);
    signs.push([LOOPCERT.style("f", false), "✗", "outlined: costs no certificate (should, may, practice)"]);
    signs.push([LOOPCERT.style("F", true), "✗ᵈ", "d: covered by a deviation that is recorded with its reason"]);
    document.getElementById("legend").innerHTML = signs.map(([style, sign, words]) =>
      `<li><span class="tag ${style}">${sign}</span> ${LOOPCERT.escape(words)}</li>`).join("") +
      '<li><span class="outcome incomplete">◐</span> over a column: the report is incomplete</li>';
  }

  const filter = () => Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value]));
  const unfolded = (given) => Boolean(given.q || given.verdict);
  const isOpen = (chapter, given) => unfolded(given) !== toggled.has(chapter);

  function update() {
    const given = filter();
    const columns = LOOPCERT.columns(given);
    chapters = LOOPCERT.chapters(given, columns);
    const rows = [];
    for (const { chapter, all, shown } of chapters) {
      const open = isOpen(chapter, given);
      rows.push({ chapter, all, open });
      if (open) for (const requirement of shown) rows.push({ requirement });
    }
    grid.show(columns, rows);
    const left = chapters.reduce((sum, each) => sum + each.shown.length, 0);
    const words = `${left} of ${LOOPCERT.data.requirements.length} requirements, ${columns.length} of ${LOOPCERT.data.columns.length} reports`;
    count.textContent = left && columns.length ? words : `${words}: nothing matches all filters; Reset shows everything again`;
    fold.textContent = chapters.some((each) => isOpen(each.chapter, given)) ? "Close all chapters" : "Open all chapters";
    remember();
  }

  function toggle(chapter) {
    if (!toggled.delete(chapter)) toggled.add(chapter);
    update();
    grid.go(grid.at.row, grid.at.column);
  }

  function open(requirement, column) {
    opened = column ? `${requirement.id} ${column.slug}` : "";
    if (column) detail.cell(requirement, column).then(remember);
    else detail.row(requirement, grid.columns);
  }

  // The address keeps what is shown, so that it can be sent to somebody.
  function remember() {
    const given = filter();
    const words = new URLSearchParams(NAMES.filter((name) => given[name]).map((name) => [name, given[name]]));
    if (toggled.size) words.set("chapters", [...toggled].map((each) => each.name).join(" "));
    if (opened) words.set("cell", opened);
    const hash = words.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  function recall() {
    const words = new URLSearchParams(location.hash.slice(1));
    for (const name of NAMES) form.elements[name].value = words.get(name) || "";
    toggled.clear();
    const named = new Set((words.get("chapters") || "").split(" "));
    for (const chapter of LOOPCERT.data.chapters) if (named.has(chapter.name)) toggled.add(chapter);
    const [id, slug] = (words.get("cell") || "").split(" ");
    update();
    const requirement = LOOPCERT.data.requirements.find((each) => each.id === id);
    const column = LOOPCERT.data.columns.find((each) => each.slug === slug);
    if (requirement && column) open(requirement, column);
  }

  let waiting = 0;
  form.elements.q.addEventListener("input", () => {
    toggled.clear();
    clearTimeout(waiting);
    waiting = setTimeout(update, 120);
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "q") return; // each letter was heeded already
    if (event.target.name === "verdict") toggled.clear();
    update();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => { toggled.clear(); setTimeout(update); });
  fold.addEventListener("click", () => {
    const given = filter();
    const some = chapters.some((each) => isOpen(each.chapter, given));
    toggled.clear();
    if (unfolded(given) === some) for (const chapter of LOOPCERT.data.chapters) toggled.add(chapter);
    update();
  });
  document.getElementById("detail").addEventListener("click", (event) => {
    const slug = event.target.dataset.slug;
    const row = grid.rows[grid.at.row - 1];
    if (slug && row?.requirement) open(row.requirement, LOOPCERT.data.columns.find((each) => each.slug === slug));
  });
  addEventListener("hashchange", recall);
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    form.elements.q.focus();
  });

  fill();
  recall();
  document.documentElement.dataset.ready = Math.round(performance.now());
})();
