// Search over the whole report. Loaded when the header's field is first used; `open` is all that others call.
//
// Pages, figures and documents come as a list (`search.json`); the index over it is built here, in the reader's
// browser. Words of the documents and of the query pass through the same `terms`.

const MOST_PAGES = 7;
const EXCERPT = 150;

// ---------------------------------------------------------------- words

// Target codes with a letter (15.2.a), numbers (1.440,06) and words, whatever stands between them.
const TOKEN = /\d+(?:\.\d+)+\.?[a-zA-Z](?![\p{L}\p{M}\d])|\d+(?:[.,]\d+)*|[\p{L}\p{M}]+/gu;
const WORD = /[\p{L}\p{M}]+/gu;
const COMPOUND = /\p{L}+(?:[-/]\p{L}+)+/gu;
const TONES = /[\u0300\u0301\u0303\u0309\u0323]/g;

// A word without tone and vowel marks, đ as d, in small letters; i and y after a consonant are one letter (tỉ, tỷ).
export function fold(word) {
  return word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("đ", "d")
    .replace(/^(h|k|l|m|s|t|v|qu)y$/, "$1i");
}

// All readings of digits as numbers in plain form (1440.06), the Vietnamese one first; a date's parts one by one.
function numbers(digits) {
  const bare = digits.replace(/^0+(?=\d)/, "");
  if (/^\d+$/.test(bare)) return [[bare]];
  const grouped = (group, point) => new RegExp(`^\\d{1,3}(\\${group}\\d{3})+(\\${point}\\d+)?$`).test(bare);
  const found = [];
  if (grouped(".", ",")) found.push([bare.replaceAll(".", "").replace(",", ".")]);
  if (/^\d+[.,]\d+$/.test(bare)) found.push([bare.replace(",", ".")]);
  if (grouped(",", ".")) found.push([bare.replaceAll(",", "")]);
  return found.length ? found : [bare.split(/[.,]/).map((part) => part.replace(/^0+(?=\d)/, ""))];
}

// What a token may stand for in the index: readings, each one or more terms, the likeliest first.
const KNOWN = new Map();

function readings(token) {
  let found = KNOWN.get(token);
  if (!found) {
    if (!/^\d/.test(token)) found = [[fold(token)]];
    else if (/[a-z]$/i.test(token)) found = [[token.toLowerCase().replace(/\.?([a-z])$/, ".$1")]];
    else found = numbers(token);
    KNOWN.set(token, found);
  }
  return found;
}

// The terms of a text and where they stand: [{ term, start, end, also }], `also` being other readings of digits.
export function terms(text) {
  const found = [];
  for (const match of text.matchAll(TOKEN)) {
    const [first, ...also] = readings(match[0]);
    for (const term of first) found.push({ term, start: match.index, end: match.index + match[0].length, also });
  }
  return found;
}

// The terms of a text for the index, with 15.2 for 15.2.a and "qdttg" for QĐ-TTg.
function indexed(text) {
  const found = [];
  for (const token of text.match(TOKEN) ?? []) {
    for (const term of readings(token)[0]) {
      found.push(term);
      if (/^\d.*[a-z]$/.test(term)) found.push(term.slice(0, -2));
    }
  }
  for (const compound of /[-/]/.test(text) ? text.match(COMPOUND) ?? [] : []) {
    const parts = compound.split(/[-/]/).map(fold);
    for (let i = 1; i < parts.length; i++) found.push(parts[i - 1] + parts[i]);
  }
  return found;
}

// Words of a question that say nothing of what is looked for. A word typed with its marks must be the very word.
const EMPTY = ["bao nhiêu", "như thế nào", "thế nào", "là gì", "ở đâu", "vì sao", "tại sao", "khi nào", "là", "của", "và",
  "các", "những", "có", "cho", "mấy"].map((phrase) => phrase.split(" "));

// A question about a number wants a figure.
const COUNTING = /bao nhi[êe]u|m[ấa]y/iu;

function withoutEmpty(words) {
  const kept = [];
  for (let i = 0; i < words.length; ) {
    const phrase = EMPTY.find((empty) => empty.every((part, k) => {
      const typed = words[i + k]?.typed;
      return typed === part || typed === fold(part);
    }));
    if (phrase) i += phrase.length;
    else kept.push(words[i++]);
  }
  return kept.length ? kept : words;
}

// ---------------------------------------------------------------- index

// A function from a query to results, best first: [{ document, score, words }]. Made in small steps, so that typing
// goes on while it is made.
export async function makeSearcher(MiniSearch, list) {
  const vocabulary = new Set();
  const fields = ["title", "text", "page", "codes", "value"];
  // Documents are words already when they reach the index.
  const index = new MiniSearch({
    fields,
    stringifyField: (words) => words,
    tokenize: (words) => words,
    processTerm: (word) => word,
    searchOptions: { tokenize: (word) => [word], boost: { title: 3, codes: 8, value: 4, page: 1.5 } },
  });
  const pages = list.p.map(([address, title, codes]) => (
    { address, title, codes: indexed(codes), words: indexed(title) }));
  const documents = [];
  for (const one of list.d) {
    const id = documents.length;
    if (id % 50 === 49) await new Promise((done) => { setTimeout(done); });
    const page = pages[one.p];
    const words = {
      title: indexed(one.h),
      text: indexed(one.t ?? ""),
      page: page.words,
      codes: one.u === undefined ? page.codes : [],
      value: one.v ? [...new Set([...indexed(one.v), one.n])] : [],
    };
    for (const field of fields) for (const term of words[field]) vocabulary.add(term);
    index.add({ id, ...words });
    documents.push({ ...one, page, above: documents[one.u], title: words.title, text: words.text });
  }
  const known = [...vocabulary];
  const short = list.a.map(([letters, meanings]) => ({
    letters: fold(letters), meanings: meanings.map((meaning) => terms(meaning).map((word) => word.term)),
  }));

  // A query as groups of alternatives: each word, its other readings, what an abbreviation stands for and back.
  function understand(query) {
    const typed = query.normalize("NFC");
    const words = withoutEmpty(terms(typed).map((word) => (
      { ...word, typed: typed.slice(word.start, word.end).toLowerCase() })));
    const groups = words.map((word) => ({ ...word, alternatives: [[word.term], ...(word.also ?? [])] }));
    for (const { letters, meanings } of short) {
      groups.filter((group) => group.term === letters).forEach((group) => group.alternatives.push(...meanings));
      for (const meaning of meanings) {
        for (let i = 0; i + meaning.length <= groups.length; i++) {
          const part = groups.slice(i, i + meaning.length);
          if (part.every((group, k) => group.term === meaning[k])) part.forEach((group) => group.alternatives.push([letters]));
        }
      }
    }
    return groups;
  }

  // The last word may not be finished; a word that the report never uses may be misspelt.
  function options(term, last) {
    const prefix = last && term.length > 1;
    const used = vocabulary.has(term);
    const begun = prefix && known.some((word) => word.startsWith(term));
    return {
      prefix,
      fuzzy: used || begun || /\d/.test(term) || term.length < 3 ? false : term.length < 5 ? 1 : 2,
      weights: { prefix: used ? 0.2 : 0.6, fuzzy: 0.5 },
    };
  }

  return (query) => {
    const groups = understand(query);
    if (!groups.length) return [];
    const tree = groups.map((group, i) => ({
      combineWith: "OR",
      queries: group.alternatives.map((one, k) => ({
        queries: one,
        combineWith: "AND",
        ...(k ? { boostTerm: () => 0.5 / one.length } : options(one[0], i === groups.length - 1)),
      })),
    }));
    const found = index.search({ combineWith: "OR", queries: tree });
    const last = groups.at(-1).term;
    const finished = vocabulary.has(last);
    const counting = COUNTING.test(query.normalize("NFC"));
    const typed = groups.map((group) => group.typed).filter((word) => word !== fold(word)).map(spelling);
    const results = found.map(({ id, score, queryTerms, terms: matched }) => {
      const document = documents[id];
      const asked = new Set(queryTerms);
      // Where the last word stands in the report as it is, longer words that begin with it count for less.
      const words = new Set(finished ? matched.filter((word) => word === last || !word.startsWith(last)) : matched);
      const begun = finished && asked.has(last) && !words.has(last);
      const met = groups.filter((group) => group.alternatives.some((one) => one.every((term) => asked.has(term))));
      const whole = (met.length - (begun ? 0.5 : 0)) / groups.length;
      const pairs = 2 * neighbours(document.title, words) + neighbours(document.text, words);
      const together = Math.min(pairs / Math.max(groups.length - 1, 1), 3);
      const named = document.title.filter((word) => words.has(word)).length / document.title.length;
      const figure = document.v && counting ? 1.5 : 1;
      return {
        document,
        words: new Set(matched),
        score: score * (document.w ?? 1) * figure * whole ** 3 * (1 + together) * (1 + named ** 2),
      };
    }).sort(byScore).slice(0, 60);
    for (const result of results) {
      result.score *= 1 + typed.filter((word) => spellings(result.document).has(word)).length / groups.length;
    }
    return results.sort(byScore);
  };
}

function byScore(a, b) {
  return b.score - a.score;
}

// A word as typed with its marks, whichever vowel carries the tone (hoà, hòa).
function spelling(word) {
  const letters = word.toLowerCase().normalize("NFD");
  return letters.replace(TONES, "") + (letters.match(TONES) ?? []).join("");
}

function spellings(document) {
  return document.spellings ??= new Set(`${document.h} ${document.t ?? ""}`.match(WORD)?.map(spelling));
}

// How many different pairs of matched words stand side by side.
function neighbours(sequence, words) {
  const pairs = new Set();
  for (let i = 1; i < sequence.length; i++) {
    const [a, b] = [sequence[i - 1], sequence[i]];
    if (a !== b && words.has(a) && words.has(b)) pairs.add(`${a} ${b}`);
  }
  return pairs.size;
}

// Results by page, pages in the order of their best result; what is far weaker than the best is left out.
export function grouped(results) {
  const groups = new Map();
  for (const result of results) {
    const group = groups.get(result.document.page) ?? { page: result.document.page, results: [] };
    if (!group.results.length && (groups.size === MOST_PAGES || result.score < results[0].score / 50)) continue;
    groups.set(group.page, group);
    if (!group.results.length || result.score > group.results[0].score / 8) group.results.push(result);
  }
  const most = groups.size > 2 ? 2 : 8 / groups.size;
  return [...groups.values()].map(({ page, results: all }) => ({ page, results: all.slice(0, most) }));
}

// ---------------------------------------------------------------- field and results

const INDEX_PAGE = "muc-luc.html";

// What the field needs, fetched once: the index's maker and the list together; the style does not hold up an answer.
async function load(root) {
  const [{ default: MiniSearch }, list] = await Promise.all([
    import("./vendor/minisearch.js"),
    fetch(`${root}search.json`, { cache: "no-cache" }).then((answer) => {
      if (!answer.ok) throw new Error(`search.json: ${answer.status}`);
      return answer.json();
    }),
  ]);
  return makeSearcher(MiniSearch, list);
}

function loadStyle() {
  return new Promise((done) => {
    const href = new URL("search.css", import.meta.url);
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: done, onerror: done }));
  });
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

let opened = false;

// Make `input` (in its form) the search of the site whose top is at the address `root`; `from` had the focus before.
export function open(input, root, from = null) {
  if (opened) return;
  opened = true;
  const status = element("p", { class: "unseen", role: "status" });
  const message = element("p", { class: "search-message", hidden: "" });
  const list = element("div", { id: "ket-qua-tim", role: "listbox", "aria-label": "Kết quả tìm", hidden: "" });
  const panel = element("div", { class: "search-panel", tabindex: "-1", hidden: "" }, message, list);
  input.form.append(status, panel);
  for (const [key, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) input.setAttribute(key, value);

  const styled = loadStyle();
  let searcher;
  let loading;
  let active = null;
  let announcing;

  function choose(option) {
    active?.setAttribute("aria-selected", "false");
    active = option;
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", option.id);
    } else input.removeAttribute("aria-activedescendant");
  }

  function show(parts, groups = []) {
    choose(null);
    message.replaceChildren(...parts);
    list.replaceChildren(...groups);
    message.hidden = !parts.length;
    list.hidden = !groups.length;
    // On a wide window the results are wider than the field: they reach to the side where there is room.
    panel.classList.toggle("at-end", input.getBoundingClientRect().right > 0.6 * innerWidth);
    panel.hidden = false;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }

  function close() {
    choose(null);
    panel.hidden = true;
    input.setAttribute("aria-expanded", "false");
    announce("");
  }

  // Once the reader pauses: a count at each key would only talk over what is typed.
  function announce(text) {
    clearTimeout(announcing);
    announcing = setTimeout(() => { status.textContent = text; }, text ? 500 : 0);
  }

  function indexLink(words) {
    return element("a", { href: root + INDEX_PAGE }, words);
  }

  function say(...parts) {
    show(parts);
    announce(message.textContent);
  }

  async function answer() {
    const query = input.value.trim();
    if (!query) return close();
    if (!searcher) {
      styled.then(() => { if (!searcher && loading && input.value.trim()) show(["Đang tải phần tìm kiếm…"]); });
      try {
        loading ??= load(root);
        searcher = await loading;
        await styled;
      } catch {
        loading = undefined;
        return say("Chưa tải được phần tìm kiếm. Bạn thử lại sau, hoặc tìm trong ", indexLink("danh mục mọi trang"), ".");
      }
      return answer();
    }
    const groups = grouped(searcher(query));
    if (!groups.length) {
      return say(`Không thấy “${query}”. Bạn thử ít chữ hơn hoặc chữ khác, một con số, tên huyện, số hiệu văn bản; hay tìm trong `,
        indexLink("danh mục mọi trang"), ".");
    }
    let count = 0;
    show([], groups.map(({ page, results }, i) => element("div", { role: "group", "aria-labelledby": `tim-trang-${i}` },
      element("div", { id: `tim-trang-${i}`, class: "search-page" }, page.address === "index.html" ? "Trang đầu" : page.title),
      ...results.map((result) => option(result, root, `tim-${count++}`)))));
    announce(`${count} kết quả ở ${groups.length} trang.`);
  }

  function move(step) {
    const options = [...list.querySelectorAll("[role=option]")];
    if (!options.length) return;
    // One place before the first option is the field itself.
    const places = options.length + 1;
    choose(options[(options.indexOf(active) + 1 + step + places) % places - 1] ?? null);
  }

  input.addEventListener("input", answer);
  input.addEventListener("focus", (event) => {
    if (event.relatedTarget && !input.form.contains(event.relatedTarget)) from = event.relatedTarget;
    if (panel.hidden) answer();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (panel.hidden) answer();
      else move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && active && !panel.hidden) {
      event.preventDefault();
      const { ctrlKey, metaKey, shiftKey } = event;
      active.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }));
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (!panel.hidden) close();
      else {
        input.value = "";
        if (from?.isConnected) from.focus();
        else input.blur();
      }
    } else if (event.key === "Home" || event.key === "End") choose(null);
  });
  input.form.addEventListener("focusout", (event) => { if (!input.form.contains(event.relatedTarget)) close(); });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close();
    input.focus();
    close();
  });
  panel.addEventListener("click", (event) => {
    if (event.target.closest("a") && !event.ctrlKey && !event.metaKey && !event.shiftKey) close();
  });
  loading = load(root);
  loading.then((ready) => { searcher = ready; }, () => {});
  answer();
}

// A result as a link: heading, the section it stands in, a figure with its value, or the words around what was found.
function option({ document: found, words }, root, id) {
  const anchor = found.above ? `#${encodeURIComponent(found.i)}` : "";
  const link = element("a", { id, role: "option", "aria-selected": "false", tabindex: "-1", href: root + found.page.address + anchor });
  if (found.v) {
    link.append(element("span", { class: "search-value" }, found.v, found.s ? element("span", { class: "status" }, ` (${found.s})`) : ""), " ");
  }
  const section = !found.v && found.above?.above ? element("span", { class: "search-above" }, `${found.above.h} › `) : "";
  link.append(element("span", { class: "search-title" }, section, ...marked(found.h, words)));
  const text = found.t ?? "";
  if (found.v) link.append(" ", element("span", { class: "search-text" }, text.split(" · ")[0]));
  else if (text) link.append(" ", element("span", { class: "search-text" }, ...excerpt(text, words)));
  return link;
}

// `text` from one place to another as it was written, with what was found marked.
function marked(text, words, from = 0, to = text.length) {
  const nodes = [];
  let end = from;
  let last = null;
  for (const word of terms(text)) {
    if (word.start < from || word.end > to || !words.has(word.term)) continue;
    const between = text.slice(end, word.start);
    if (last && !between.trim()) last.append(between, text.slice(word.start, word.end));
    else {
      last = element("mark", {}, text.slice(word.start, word.end));
      nodes.push(between, last);
    }
    end = word.end;
  }
  nodes.push(text.slice(end, to));
  return nodes;
}

// The stretch of `text` that holds most of the words.
function excerpt(text, words) {
  const found = terms(text).filter((word) => words.has(word.term));
  let best = 0;
  let most = 0;
  for (const { start } of found) {
    const here = new Set(found.filter((word) => word.start >= start && word.end <= start + EXCERPT).map((word) => word.term)).size;
    if (here > most) [best, most] = [start, here];
  }
  const from = best < EXCERPT / 3 ? 0 : text.lastIndexOf(" ", best - 20) + 1;
  const end = text.length <= from + EXCERPT + 20 ? text.length : text.lastIndexOf(" ", from + EXCERPT);
  return [from ? "… " : "", ...marked(text, words, from, end), end < text.length ? " …" : ""];
}
