// What stands behind a cell: what was seen, what was wanted, who says so, the command that shows it again.
"use strict";
LOOPCERT.Detail = class {
  constructor(dialog, closed) {
    this.dialog = dialog;
    dialog.addEventListener("close", closed);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest(".close")) dialog.close();
    });
  }

  static load(chapter) {
    if (LOOPCERT.said.has(chapter.name)) return LOOPCERT.said.get(chapter.name);
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = `details/${chapter.index}.js`;
      script.onload = () => done(LOOPCERT.said.get(chapter.name));
      script.onerror = () => failed(new Error(`${script.src} is missing`));
      document.head.append(script);
    });
  }

  // One requirement of one column.
  async cell(requirement, column) {
    const letter = column.cells[requirement.index];
    let seen;
    if (letter === ".") seen = `<p>The report was not asked.${column.partial ? ` It covers ${LOOPCERT.escape(column.partial)}.` : ""}</p>`;
    else {
      try {
        seen = this.seen(await LOOPCERT.Detail.load(requirement.chapter), requirement, column, letter);
      } catch (error) {
        seen = `<p>${LOOPCERT.escape(error.message)}: the site is not whole.</p>`;
      }
    }
    this.show(requirement, `${this.verdict(letter, requirement)} ${LOOPCERT.escape(column.title)}`,
      `<section><h3>Seen</h3>${seen}</section>`, this.again(requirement, column));
  }

  // One requirement over all columns that are shown.
  row(requirement, columns) {
    const items = columns.map((column) => {
      const letter = column.cells[requirement.index];
      return `<li>${this.verdict(letter, requirement)} ` +
        `<button type="button" class="plain" data-slug="${column.slug}">${LOOPCERT.escape(column.title)}</button></li>`;
    });
    this.show(requirement, "", `<section><h3>Verdicts</h3><ul class="plain">${items.join("")}</ul></section>`, "");
  }

  verdict(letter, requirement) {
    return `<span class="tag ${LOOPCERT.style(letter, requirement.mandatory)}">${LOOPCERT.sign(letter)} ${LOOPCERT.word(letter)}</span>`;
  }

  seen(said, requirement, column, letter) {
    const e = LOOPCERT.escape;
    const text = (place) => said.texts[place].map((line) => said.lines[line]).join("\n");
    // pairs: the requirement's place in its chapter, and the place of what is said of it
    const mine = said.columns[column.slug] || [];
    const place = requirement.chapter.requirements.indexOf(requirement);
    const at = mine.findIndex((each, index) => index % 2 === 0 && each === place);
    const cell = at < 0 ? {} : said.cells[mine[at + 1]];
    let html = "";
    if (cell.w !== undefined) html += `<p>That report's set of requirements words it so: <q>${e(text(cell.w))}</q></p>`;
    if (letter === "p") html += "<p>What was wanted, by every test, in every run.</p>";
    if (cell.r !== undefined && !(cell.t || []).length) html += `<p>${e(text(cell.r))}</p>`;
    for (const test of cell.t || []) html += this.test(test, text);
    if (cell.n) html += `<p>And ${cell.n} more tests of it; the report has them.</p>`;
    if (cell.d) {
      const [origin, reason, issue, status] = cell.d;
      const whose = origin === "cpython" ? "CPython itself falls short" : `the loop's own list, ${status}`;
      html += `<p><b>Deviation</b> (${e(whose)}): ${e(text(reason))} ${LOOPCERT.link(issue, issue)}</p>`;
    }
    if (LOOPCERT.broken(letter) && !requirement.mandatory) html += "<p>It costs no certificate: it is no must that a document states.</p>";
    return html || "<p>Nothing was noted.</p>";
  }

  test(test, text) {
    const e = LOOPCERT.escape;
    const part = (place, title, open) => place === undefined ? ""
      : `<details${open ? " open" : ""}><summary>${title}</summary><pre tabindex="0">${e(text(place))}</pre></details>`;
    const said = [test.m, test.r].filter((place) => place !== undefined).map(text).filter(Boolean).join("; ");
    return `<article><p class="said">${e(said)}</p>` +
      `<p class="small">${LOOPCERT.word(test.v)} in <code>${e(text(test.i))}</code></p>` +
      part(test.s, test.v === "h" ? "Stacks: where it hung" : "Stacks", true) +
      part(test.d, "Details", false) + part(test.o, "Output", false) + "</article>";
  }

  again(requirement, column) {
    const [before, after] = column.command;
    return `<section><div class="snippet"><h3>See it again</h3><button type="button" class="copy" aria-label="Copy the command">Copy</button>` +
      `<pre tabindex="0">${LOOPCERT.escape(before + requirement.id + after)}</pre></div>` +
      `<p class="small">On ${LOOPCERT.escape(column.python)}, ${LOOPCERT.escape(column.platform)}. ${LOOPCERT.escape(column.suite)}, ` +
      `${LOOPCERT.escape(column.finished)}. <a href="loops.html#${column.slug}">The whole report in numbers</a></p></section>`;
  }

  show(requirement, verdict, seen, again) {
    const e = LOOPCERT.escape;
    const docs = LOOPCERT.data.docs;
    const id = docs
      ? `<a href="${e(docs)}/catalogue/${e(encodeURIComponent(requirement.chapter.name))}.html#${e(requirement.id)}">${e(requirement.id)}</a>`
      : e(requirement.id);
    const sources = requirement.sources.map(([name, url]) => `<li>${LOOPCERT.link(url, name)}${url ? ` <span class="small">${e(url)}</span>` : ""}</li>`);
    this.dialog.innerHTML = `<button type="button" class="close" aria-label="Close">✕</button>` +
      `<h2 id="detail-title" tabindex="-1">${id} <small>${e(requirement.level)}, ${e(requirement.authority)}; profile ${e(requirement.profile)}</small></h2>` +
      (verdict ? `<p class="verdict">${verdict}</p>` : "") +
      `<section><h3>Wanted</h3><blockquote>${e(requirement.text)}</blockquote><ul class="sources">${sources.join("")}</ul></section>` +
      seen + again;
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
    this.dialog.querySelector("h2").focus();
  }
};
