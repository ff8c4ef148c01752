// The data, and which rows and columns a filter leaves. Nothing here touches the page.
"use strict";
const LOOPCERT = (() => {
  const self = { data: null, said: new Map() };

  // sign and word of each verdict; a capital letter in the data is the same, covered by a deviation
  self.signs = {
    p: ["✓", "pass"], f: ["✗", "fail"], c: ["‼", "crash"], h: ["∞", "hang"], u: ["≈", "unstable"],
    n: ["–", "not applicable"], r: ["?", "could not run"], e: ["?", "harness error"], ".": ["·", "not asked"],
  };
  self.broken = (letter) => "fchuFCHU".includes(letter);
  self.unknown = (letter) => "re".includes(letter);
  const covered = (letter) => letter !== letter.toLowerCase();

  self.verdicts = {
    broken: ["broken (any of the next four)", self.broken],
    fail: ["✗ fail", (letter) => "fF".includes(letter)],
    crash: ["‼ crash", (letter) => "cC".includes(letter)],
    hang: ["∞ hang", (letter) => "hH".includes(letter)],
    unstable: ["≈ unstable", (letter) => "uU".includes(letter)],
    covered: ["d covered by a deviation", covered],
    unknown: ["? could not run, harness error", self.unknown],
    "not-applicable": ["– not applicable", (letter) => letter === "n"],
    pass: ["✓ pass", (letter) => letter === "p"],
  };

  self.load = (data) => {
    self.data = data;
    data.requirements = data.requirements.map(([id, level, authority, profile, text, sources], index) => {
      const words = data.words;
      const requirement = {
        id, text, index, level: words[level], authority: words[authority], profile: words[profile],
        sources: sources.map((place) => data.sources[place]),
      };
      requirement.mandatory = requirement.level === "must" && requirement.authority !== "practice";
      requirement.found = `${id} ${text}`.toLowerCase();
      return requirement;
    });
    let first = 0;
    data.chapters = data.chapters.map(([name, title, count], index) => {
      const requirements = data.requirements.slice(first, first += count);
      const chapter = { name, title, index, requirements };
      for (const each of requirements) each.chapter = chapter;
      return chapter;
    });
  };

  // Called by details/N.js, which is loaded when a cell of its chapter is opened.
  // `packed` is base64 of gzip; what is kept is a promise of the data.
  self.tell = (chapter, packed) => {
    const bytes = Uint8Array.from(atob(packed), (each) => each.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    self.said.set(chapter, new Response(stream).json());
  };

  self.word = (letter) =>
    self.signs[letter.toLowerCase()][1] + (covered(letter) ? ", covered by a deviation" : "");
  self.sign = (letter) => self.signs[letter.toLowerCase()][0] + (covered(letter) ? "ᵈ" : "");
  // "beside": costs no certificate
  self.style = (letter, mandatory) => {
    const kind = { p: "p", n: "n", ".": "x", r: "r", e: "r" }[letter] || letter.toLowerCase();
    return `v-${kind}` + (self.broken(letter) && (covered(letter) || !mandatory) ? " beside" : "");
  };

  self.columns = (filter) => self.data.columns.filter((column) =>
    (!filter.loop || column.loop === filter.loop) &&
    (!filter.python || column.python === filter.python) &&
    (!filter.platform || column.platform === filter.platform));

  // Return the chapters that a filter leaves: `all` by everything but the verdict, for the counts; `shown` by all of it.
  self.chapters = (filter, columns) => {
    const wanted = (filter.q || "").toLowerCase().split(/\s+/).filter(Boolean);
    const test = filter.verdict && self.verdicts[filter.verdict] ? self.verdicts[filter.verdict][1] : null;
    const left = [];
    for (const chapter of self.data.chapters) {
      const all = chapter.requirements.filter((each) =>
        (!filter.profile || each.profile === filter.profile) &&
        (!filter.level || each.level === filter.level) &&
        (!filter.authority || each.authority === filter.authority) &&
        wanted.every((word) => each.found.includes(word)));
      const shown = test ? all.filter((each) => columns.some((column) => test(column.cells[each.index]))) : all;
      if (shown.length) left.push({ chapter, all, shown });
    }
    return left;
  };

  // Sum up one chapter of one column.
  self.sum = (requirements, column) => {
    const sum = { asked: 0, passed: 0, broken: 0, costly: 0, unknown: 0, idle: 0 };
    for (const each of requirements) {
      const letter = column.cells[each.index];
      if (letter === ".") continue;
      sum.asked += 1;
      if (letter === "p") sum.passed += 1;
      else if (letter === "n") sum.idle += 1;
      else if (self.unknown(letter)) sum.unknown += 1;
      else {
        sum.broken += 1;
        if (each.mandatory && !covered(letter)) sum.costly += 1;
      }
    }
    return sum;
  };

  self.escape = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  self.link = (url, text) =>
    /^https?:\/\//.test(url) ? `<a href="${self.escape(url)}">${self.escape(text)}</a>` : self.escape(text);
  return self;
})();
