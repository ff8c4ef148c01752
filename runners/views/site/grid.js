// The grid: draws the rows in sight (there may be 200,000 cells), and moves among cells by keyboard.
"use strict";
LOOPCERT.Grid = class {
  static HEIGHT = 28; // pixels of a row, as in site.css
  static SPARE = 12; // rows drawn above and below those in sight
  static PRINTED = 60000; // cells that are drawn for a printer

  constructor(table, view, open) {
    this.table = table;
    this.view = view;
    this.open = open; // called with (row, column or null) when a cell is opened
    this.columns = [];
    this.rows = [];
    this.at = { row: 0, column: 0 };
    this.drawn = [0, 0];
    view.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(view);
    table.addEventListener("keydown", (event) => this.key(event));
    table.addEventListener("click", (event) => this.click(event));
    addEventListener("beforeprint", () => {
      const many = this.rows.length * this.columns.length > LOOPCERT.Grid.PRINTED;
      view.classList.toggle("cut", many);
      if (!many) this.draw([0, this.rows.length]);
    });
    addEventListener("afterprint", () => this.draw(null, true));
  }

  // rows: {chapter, open, all} for a chapter, {requirement} for one of its requirements
  show(columns, rows) {
    const before = this.rows[this.at.row - 1];
    this.columns = columns;
    this.rows = rows;
    const same = (row) => before && row.requirement === before.requirement && row.chapter === before.chapter;
    const found = rows.findIndex(same);
    this.at.row = found >= 0 ? found + 1 : Math.min(this.at.row, rows.length);
    this.at.column = Math.min(this.at.column, columns.length);
    this.table.setAttribute("aria-rowcount", rows.length + 1);
    this.table.setAttribute("aria-colcount", columns.length + 1);
    this.table.querySelector("colgroup").innerHTML = `<col class="first">${"<col>".repeat(columns.length)}`;
    this.table.style.setProperty("--columns", columns.length);
    this.table.tHead.innerHTML = `<tr aria-rowindex="1">${this.corner()}${columns.map((c, i) => this.head(c, i)).join("")}</tr>`;
    this.draw(null, true);
  }

  corner() {
    return `<th scope="col" data-row="0" data-column="0" ${this.tab(0, 0)}>Requirement</th>`;
  }

  head(column, index) {
    const e = LOOPCERT.escape;
    const before = this.columns[index - 1];
    const first = !before || before.loop !== column.loop ? " first" : "";
    const note = [column.title, column.headline, column.partial].filter(Boolean).join("; ");
    return `<th scope="col" class="head ${column.outcome}${first}" data-row="0" data-column="${index + 1}" ` +
      `${this.tab(0, index + 1)} title="${e(note)}" aria-label="${e(note)}">` +
      `<span class="label">${e(column.label)} <b>${e(column.pythonVersion)}</b><br>` +
      `<i>${e(column.platform)}${column.partial ? ", a part" : ""}</i></span>` +
      `<span class="outcome ${column.outcome}">${e(column.mark)}</span></th>`;
  }

  tab(row, column) {
    return `tabindex="${this.at.row === row && this.at.column === column ? 0 : -1}"`;
  }

  range() {
    const G = LOOPCERT.Grid;
    const first = Math.floor(this.view.scrollTop / G.HEIGHT) - G.SPARE;
    const count = Math.ceil((this.view.clientHeight || innerHeight) / G.HEIGHT) + 2 * G.SPARE;
    const from = Math.max(0, Math.min(first, this.rows.length - count));
    return [from, Math.min(this.rows.length, from + count)];
  }

  draw(range = null, anew = false) {
    let [from, to] = range || this.range();
    const inSight = Math.floor(this.view.scrollTop / LOOPCERT.Grid.HEIGHT);
    const near = Math.abs(from - this.drawn[0]) < LOOPCERT.Grid.SPARE / 2 && to <= this.drawn[1] + LOOPCERT.Grid.SPARE / 2;
    if (!range && !anew && near && inSight >= this.drawn[0]) return;
    this.drawn = [from, to];
    const focused = this.table.contains(document.activeElement);
    const space = (rows) => rows > 0
      ? `<tr class="space" aria-hidden="true" style="height:${rows * LOOPCERT.Grid.HEIGHT}px"><td colspan="${this.columns.length + 1}"></td></tr>` : "";
    let html = space(from);
    for (let index = from; index < to; index += 1) html += this.row(this.rows[index], index + 1);
    this.table.tBodies[0].innerHTML = html + space(this.rows.length - to);
    if (focused && !this.table.contains(document.activeElement)) this.cell(this.at)?.focus({ preventScroll: true });
    // the cell that Tab leads to must exist, even where it has been scrolled out of sight
    if (!this.table.querySelector('[tabindex="0"]')) this.cell({ row: 0, column: 0 }).tabIndex = 0;
  }

  row(row, number) {
    const e = LOOPCERT.escape;
    if (row.requirement) {
      const each = row.requirement;
      const cost = each.mandatory ? "" : `<i>${e(each.level)}${each.authority === "practice" ? ", practice" : ""}</i> `;
      return `<tr aria-rowindex="${number + 1}"><th scope="row" data-row="${number}" data-column="0" ${this.tab(number, 0)} ` +
        `title="${e(each.text)}"><code>${e(each.id)}</code> ${cost}${e(each.text)}</th>` +
        this.columns.map((column, index) => this.verdict(each, column, number, index + 1)).join("") + "</tr>";
    }
    const { chapter, all, open } = row;
    return `<tr class="chapter" aria-rowindex="${number + 1}"><th scope="row" data-row="${number}" data-column="0" ${this.tab(number, 0)} ` +
      `aria-expanded="${open}"><span class="fold" aria-hidden="true">${open ? "▾" : "▸"}</span> ${e(chapter.title)} ` +
      `<i>${e(chapter.name)}, ${all.length}</i></th>` +
      this.columns.map((column, index) => this.total(row, column, number, index + 1)).join("") + "</tr>";
  }

  verdict(requirement, column, row, at) {
    const letter = column.cells[requirement.index];
    const words = `${requirement.id}, ${column.label} on ${column.pythonVersion}: ${LOOPCERT.word(letter)}`;
    return `<td class="${LOOPCERT.style(letter, requirement.mandatory)}${this.edge(at)}" data-row="${row}" data-column="${at}" ` +
      `${this.tab(row, at)} aria-label="${LOOPCERT.escape(words)}">${LOOPCERT.sign(letter)}</td>`;
  }

  total({ chapter, all }, column, row, at) {
    const sum = LOOPCERT.sum(all, column);
    const [style, sign, said] = sum.broken ? [sum.costly ? "v-f" : "v-f beside", `✗${sum.broken}`, `${sum.broken} broken`]
      : sum.unknown ? ["v-r", `?${sum.unknown}`, `${sum.unknown} could not be told`]
      : sum.passed ? ["v-p", "✓", "nothing broken"]
      : sum.idle ? ["v-n", "–", "nothing applies"] : ["v-x", "·", "not asked"];
    const words = `${chapter.title}, ${column.label} on ${column.pythonVersion}: ${said}; ${sum.passed} of ${sum.asked - sum.idle} kept`;
    return `<td class="${style}${this.edge(at)}" data-row="${row}" data-column="${at}" ${this.tab(row, at)} ` +
      `title="${LOOPCERT.escape(words)}" aria-label="${LOOPCERT.escape(words)}">${sign}</td>`;
  }

  edge(at) {
    return at > 1 && this.columns[at - 2].loop === this.columns[at - 1].loop ? "" : " first";
  }

  cell({ row, column }) {
    return this.table.querySelector(`[data-row="${row}"][data-column="${column}"]`);
  }

  // Make one cell the one that Tab leads to, in sight and focused.
  go(row, column) {
    this.table.querySelectorAll('[tabindex="0"]').forEach((each) => { each.tabIndex = -1; });
    this.at = {
      row: Math.max(0, Math.min(row, this.rows.length)),
      column: Math.max(0, Math.min(column, this.columns.length)),
    };
    const top = (this.at.row - 1) * LOOPCERT.Grid.HEIGHT;
    const room = this.view.clientHeight - this.table.tHead.offsetHeight - 2 * LOOPCERT.Grid.HEIGHT;
    if (this.at.row > 0 && top < this.view.scrollTop) this.view.scrollTop = top;
    else if (this.at.row > 0 && top > this.view.scrollTop + room) this.view.scrollTop = top - room;
    this.draw(null, !this.cell(this.at));
    const cell = this.cell(this.at);
    cell.tabIndex = 0;
    cell.focus({ preventScroll: true });
    const first = this.table.querySelector("thead th").offsetWidth;
    const left = cell.offsetLeft - first;
    if (this.at.column === 0) return;
    if (left < this.view.scrollLeft) this.view.scrollLeft = left;
    const right = cell.offsetLeft + cell.offsetWidth - this.view.clientWidth;
    if (right > this.view.scrollLeft) this.view.scrollLeft = right;
  }

  key(event) {
    const { row, column } = this.at;
    const page = Math.max(1, Math.floor(this.view.clientHeight / LOOPCERT.Grid.HEIGHT) - 6);
    const all = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      Home: [all ? 1 : row, 0], End: [all ? this.rows.length : row, this.columns.length],
      PageUp: [row - page, column], PageDown: [row + page, column],
    };
    if (moves[event.key]) {
      event.preventDefault();
      this.go(...moves[event.key]);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.opened();
    }
  }

  click(event) {
    const cell = event.target.closest("[data-row]");
    if (!cell) return;
    this.go(Number(cell.dataset.row), Number(cell.dataset.column));
    this.opened();
  }

  opened() {
    this.open(this.at.row ? this.rows[this.at.row - 1] : null, this.at.column ? this.columns[this.at.column - 1] : null);
  }
};
