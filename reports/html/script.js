"use strict";
// Data comes as text and goes into the page as text: nothing here makes markup out of a string.
(() => {
  const tables = JSON.parse(document.getElementById("tables").textContent);
  // Counted by the program over all hostnames; the table may hold fewer.
  const totals = JSON.parse(document.getElementById("totals").textContent);
  const lines = document.getElementById("zones").textContent.trim().split("\n");
  const PAGE_ROWS = 50;
  const DAY_S = 86400;
  const BLOCKERS_SHOWN = 7;
  const ROLLOUTS_SHOWN = 6;
  const DAYS_TOLD = 9999;
  const SVG = "http://www.w3.org/2000/svg";

  // ── making elements ────────────────────────────────────────────────────────────────────────────────────────────────
  function make(name, options = {}, ...children) {
    const element = document.createElement(name);
    return dress(element, options, children);
  }
  function draw(name, options = {}, ...children) {
    return dress(document.createElementNS(SVG, name), options, children);
  }
  function dress(element, options, children) {
    for (const [key, value] of Object.entries(options)) {
      if (key === "on") {
        for (const [event, handler] of Object.entries(value)) { element.addEventListener(event, handler); }
      } else if (value !== null && value !== undefined && value !== false) {
        element.setAttribute(key, value === true ? "" : value);
      }
    }
    for (const child of children.flat(Infinity)) {
      if (child !== null && child !== undefined) { element.append(child); }
    }
    return element;
  }
  const find = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat("en");
  const many = (count, noun) => `${number.format(count)} ${noun}${count === 1 ? "" : "s"}`;
  const modeName = (mode) => mode < 0 ? "–" : tables.modes[mode];
  const modeClass = (mode) => mode < 0 ? "none" : String(mode);
  const LAST_S = 253402300799; // 9999-12-31T23:59:59Z
  const iso = (time_s) => new Date(Math.min(time_s, LAST_S) * 1000).toISOString();
  const day = (time_s) => time_s < 0 ? "–" : iso(time_s).slice(0, 10);
  const minute = (time_s) => time_s < 0 ? "–" : `${iso(time_s).slice(0, 16).replace("T", " ")} UTC`;
  const modeLabel = (mode) => make("span", { class: `mode mode-${modeClass(mode)}` }, modeName(mode));
  const clip = (text) => text.length > 400 ? make("span", { class: "clip", tabindex: "0", role: "group", "aria-label": "a long text" }, text) : text;

  // ── the rows: one a hostname ───────────────────────────────────────────────────────────────────────────────────────
  // Every other line is a zone's summary; the line behind it holds the evidence and is read when it is asked for.
  const FIELDS = ["name", "status", "reason", "current", "recommended", "action", "percent", "blockers", "warnings", "notAfter", "pairs",
    "addresses", "rollout"];
  const rows = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [zone, finished, hostnames] = JSON.parse(lines[at]);
    hostnames.forEach((values, index) => {
      const row = { zone, finished, line: at + 1, index };
      FIELDS.forEach((field, position) => { row[field] = values[position]; });
      row.decision = row.status === "complete" ? row.action : "no_verdict";
      row.stronger = row.recommended > row.current;
      row.obstacles = row.reason > 0 ? [row.reason, ...row.blockers] : row.blockers;
      row.lifetime = lifetimeOf(row.notAfter);
      row.searched = `${row.name} ${zone} ${row.addresses}`.toLowerCase();
      rows.push(row);
    });
  }
  function lifetimeOf(notAfter) {
    if (notAfter < 0) { return -1; }
    const left_s = notAfter - tables.now;
    const found = tables.lifetime_days.findIndex((days) => left_s <= days * DAY_S);
    return found < 0 ? tables.lifetimes.length - 1 : found;
  }

  const DECISIONS = [
    ["upgrade", "to upgrade", "good"], ["hold", "held back", "warn"], ["none", "unchanged", "calm"], ["no_verdict", "without a verdict", "none"]];
  const decisionLabel = (decision) => decision === "no_verdict" ? "no verdict" : decision;

  // ── filters ────────────────────────────────────────────────────────────────────────────────────────────────────────
  const filters = { text: "", current: "", recommended: "", decision: "", code: "", lifetime: "" };
  const tests = {
    text: (row, text) => row.searched.includes(text),
    current: (row, mode) => row.current === Number(mode),
    recommended: (row, mode) => mode === "stronger" ? row.stronger : row.recommended === Number(mode),
    decision: (row, decision) => row.decision === decision,
    code: (row, code) => row.obstacles.includes(Number(code)) || row.warnings.includes(Number(code)),
    lifetime: (row, lifetime) => row.lifetime === Number(lifetime),
  };
  function setFilters(changes, goThere) {
    Object.assign(filters, changes);
    for (const key of Object.keys(filters)) {
      const field = find(`filter-${key}`);
      if (key !== "text" || "text" in changes && field.value.trim().toLowerCase() !== filters.text) { field.value = filters[key]; }
    }
    page = 0;
    show();
    if (goThere) {
      find("table").scrollIntoView();
      find("table").focus({ preventScroll: true });
    }
  }
  const only = (changes) => setFilters({ text: "", current: "", recommended: "", decision: "", code: "", lifetime: "", ...changes }, true);

  function fillSelect(id, choices) {
    const select = find(id);
    select.append(make("option", { value: "" }, "any"), ...choices.map(([value, text]) => make("option", { value }, text)));
    select.addEventListener("change", () => setFilters({ [id.replace("filter-", "")]: select.value }));
  }
  function prepareFilters() {
    const modes = tables.modes.map((name, mode) => [mode, name]);
    fillSelect("filter-current", modes);
    fillSelect("filter-recommended", [["stronger", "stronger than today"], ...modes, [-1, "no verdict"]]);
    fillSelect("filter-decision", DECISIONS.map(([decision]) => [decision, decisionLabel(decision)]));
    const seen = new Set(rows.flatMap((row) => [...row.obstacles, ...row.warnings]));
    fillSelect("filter-code", tables.codes.map((code, index) => [index, code.name]).filter(([index]) => seen.has(index)));
    fillSelect("filter-lifetime", [...tables.lifetimes.map((text, index) => [index, text]), [-1, "none seen"]]);
    let timer = 0;
    const text = find("filter-text");
    text.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => setFilters({ text: text.value.trim().toLowerCase() }), 80);
    });
    const form = find("filters");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      setFilters({ text: "", current: "", recommended: "", decision: "", code: "", lifetime: "" });
      text.value = "";
    });
  }

  // ── the table ──────────────────────────────────────────────────────────────────────────────────────────────────────
  const COLUMNS = [
    { key: "name", title: "Hostname", value: (row) => row.name },
    { key: "current", title: "Today", value: (row) => row.current },
    { key: "recommended", title: "Recommended", value: (row) => row.recommended },
    { key: "decision", title: "Decision", value: (row) => DECISIONS.findIndex(([decision]) => decision === row.decision) },
    { key: "obstacles", title: "Blocked by", value: (row) => row.obstacles.length },
    { key: "pairs", title: "Pairs", value: (row) => row.pairs, number: true },
    { key: "notAfter", title: "Certificate", value: (row) => row.notAfter, number: true },
    { key: "finished", title: "Scanned", value: (row) => row.finished, number: true },
  ];
  let order = { key: "name", down: false };
  let page = 0;
  let shown = rows;
  let opened = null;

  function prepareHead() {
    const heads = COLUMNS.map((column) => make("th", { scope: "col", role: "columnheader", class: column.number ? "number" : null, "data-key": column.key },
      make("button", { type: "button", on: { click: () => sortBy(column.key) } }, column.title)));
    find("hostnames").tHead.append(make("tr", { role: "row" }, heads));
  }
  function sortBy(key) {
    order = { key, down: order.key === key && !order.down };
    page = 0;
    show();
  }
  function compare(a, b) {
    const { value } = COLUMNS.find((column) => column.key === order.key);
    const left = value(a);
    const right = value(b);
    const result = left < right ? -1 : left > right ? 1 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
    return order.down ? -result : result;
  }
  function show() {
    const active = Object.entries(filters).filter(([, value]) => value !== "");
    shown = rows.filter((row) => active.every(([key, value]) => tests[key](row, value))).sort(compare);
    opened = null;
    for (const head of find("hostnames").tHead.rows[0].cells) {
      const current = head.dataset.key === order.key;
      head.setAttribute("aria-sort", current ? (order.down ? "descending" : "ascending") : "none");
    }
    for (const card of find("cards").children) {
      card.setAttribute("aria-pressed", String(active.length === 1 && filters[card.dataset.filter] === card.dataset.value));
    }
    find("count").textContent = active.length === 0 ? many(rows.length, "hostname")
      : `${number.format(shown.length)} of ${many(rows.length, "hostname")}`;
    if (rows.length < totals.hostnames) { find("count").textContent += " in the table"; }
    showPage();
  }
  function showPage() {
    const pages = Math.max(1, Math.ceil(shown.length / PAGE_ROWS));
    page = Math.min(page, pages - 1);
    const visible = shown.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS);
    const body = find("hostnames").tBodies[0];
    body.replaceChildren(...(visible.length > 0 ? visible.map(makeRow)
      : [make("tr", { role: "row" }, make("td", { role: "cell", colspan: COLUMNS.length, class: "muted" }, rows.length === 0 ? "Nothing was scanned yet, or nothing that was asked for."
        : "No hostname fits these filters."))]));
    find("page-shown").textContent = `page ${number.format(page + 1)} of ${number.format(pages)}`;
    find("page-first").disabled = find("page-back").disabled = page === 0;
    find("page-last").disabled = find("page-on").disabled = page >= pages - 1;
  }
  function preparePager() {
    const turn = (id, to) => find(id).addEventListener("click", () => { page = to(); opened = null; showPage(); });
    turn("page-first", () => 0);
    turn("page-back", () => page - 1);
    turn("page-on", () => page + 1);
    turn("page-last", () => Math.ceil(shown.length / PAGE_ROWS) - 1);
  }
  function certificateText(row) {
    if (row.notAfter < 0) { return make("span", { class: "muted" }, "–"); }
    const days = Math.floor((row.notAfter - tables.now) / DAY_S);
    const tone = days < 0 ? "bad" : days <= 14 ? "warn" : "";
    return make("span", { class: tone, title: `until ${day(row.notAfter)}` }, days < 0 ? `ended ${day(row.notAfter)}`
      : days > DAYS_TOLD ? `over ${many(DAYS_TOLD, "day")}` : many(days, "day"));
  }
  function decisionText(row) {
    if (row.decision === "upgrade") { return make("span", { class: "good strong" }, `upgrade ${row.percent} %`); }
    if (row.decision === "hold") { return make("span", { class: "warn strong" }, "hold"); }
    if (row.decision === "no_verdict") { return make("span", { class: "muted" }, row.status === "opted_out" ? "opted out" : "no verdict"); }
    return "none";
  }
  function makeRow(row) {
    const button = make("button", { type: "button", class: "open", "aria-expanded": "false" }, row.name);
    // Cells in the order of COLUMNS; the label is shown where a row is no line, on a phone.
    const cells = [
      [null, button, row.zone !== row.name ? make("span", { class: "zone" }, row.zone) : null],
      [null, modeLabel(row.current)],
      [row.stronger ? "strong" : null, modeLabel(row.recommended)],
      [null, decisionText(row)],
      ["codes", row.obstacles.map((code) => tables.codes[code].name).join(", ") || null],
      ["number", number.format(row.pairs)],
      ["number", certificateText(row)],
      ["number", day(row.finished)]];
    const line = make("tr", { role: "row" }, cells.map(([style, ...content], place) => make("td", {
      role: "cell", class: style, "data-label": place > 0 ? COLUMNS[place].title : null }, content)));
    button.addEventListener("click", () => toggle(row, line, button));
    return line;
  }
  function toggle(row, line, button) {
    const again = opened !== null && opened.line === line;
    if (opened !== null) {
      opened.detail.remove();
      opened.button.setAttribute("aria-expanded", "false");
      opened = null;
    }
    if (!again) {
      const detail = make("tr", { class: "detail", role: "row" }, make("td", { role: "cell", colspan: COLUMNS.length }, makeSheet(row)));
      line.after(detail);
      button.setAttribute("aria-expanded", "true");
      opened = { line, detail, button };
    }
  }

  // ── one hostname: its ladder, with the evidence ────────────────────────────────────────────────────────────────────
  // States of a rung, as the program names them.
  const RUNG_TONES = { today: "strong", today_broken: "bad strong", safe: "good strong", held: "warn strong", ruled_out: "bad strong", unknown: "warn strong" };

  function fact(label, value) {
    return value === null || value === "" || value === undefined ? [] : [make("dt", {}, label), make("dd", {}, value)];
  }
  function makeReason(codeIndex, sightings) {
    const code = tables.codes[codeIndex];
    return make("div", { class: "reason" },
      make("span", { class: "code strong" }, code.name),
      make("dl", {}, fact("what", code.sentence), fact("visitors see", code.sees),
        sightings.every((seen) => seen.remedy) ? null : fact("what lifts it", code.remedy),
        fact("seen", make("ul", { class: "seen" }, sightings.map((seen) => make("li", {},
          seen.url ? [make("span", { class: "code strong" }, clip(seen.url)), " "] : null,
          make("span", { class: "muted" }, clip(seen.origin), seen.since >= 0 ? `, since ${day(seen.since)}` : ""),
          seen.detail ? make("span", { class: "told" }, clip(seen.detail)) : null,
          seen.remedy ? make("span", { class: "told remedy" }, clip(seen.remedy)) : null))))));
  }
  // [[code, [sightings]]], in the order of the codes
  function byCode(findings) {
    const groups = new Map();
    for (const finding of findings) {
      groups.set(finding.code, [...(groups.get(finding.code) || []), finding]);
    }
    return [...groups].sort(([a], [b]) => a - b);
  }
  const originName = (origin) => `${origin.address}, ports ${origin.http_port} and ${origin.https_port}`;
  function blockersOf(hostname) {
    return hostname.origins.flatMap((origin) => origin.blockers.map(([code, rulesOut, url, detail, since, remedy]) => (
      { code, rulesOut, url, detail, since, remedy, origin: originName(origin) })));
  }
  function warningsOf(hostname) {
    return hostname.origins.flatMap((origin) => origin.warnings.map(([code, url, detail, remedy]) => (
      { code, url, detail, remedy, since: -1, origin: originName(origin) })));
  }
  function missingOf(hostname) {
    return hostname.origins.filter((origin) => origin.incomplete[0] > 0).map((origin) => (
      { code: origin.incomplete[0], url: null, detail: origin.incomplete[1], remedy: origin.incomplete[2], since: -1, origin: originName(origin) }));
  }
  function makeRung(hostname, row, mode, told) {
    const state = hostname.ladder[mode];
    const reasons = [];
    if (state === "ruled_out" || state === "today_broken") {
      const fresh = told.blockers.filter((blocker) => (blocker.rulesOut >> mode & 1) === 1);
      told.blockers = told.blockers.filter((blocker) => !fresh.includes(blocker));
      reasons.push(...byCode(fresh).map(([code, sightings]) => makeReason(code, sightings)));
      if (state === "ruled_out" && fresh.length === 0) {
        reasons.push(make("div", { class: "muted" }, "for the same reasons as the next weaker mode"));
      }
    }
    if (state === "unknown" && !told.missing) {
      reasons.push(...byCode(missingOf(hostname)).map(([code, sightings]) => makeReason(code, sightings)));
      told.missing = true;
    }
    const dim = state === "weaker_than_today" || state === "not_asked";
    return make("li", { class: dim ? "rung dim" : "rung" },
      make("div", {}, modeLabel(mode)),
      make("div", {}, make("span", { class: RUNG_TONES[state] || null }, tables.states[state]),
        row.recommended === mode && row.stronger ? make("strong", {}, " ← recommended") : null, reasons));
  }
  // A reason is told on the lowest rung where it counts: rungs are made from below and shown from above.
  function makeLadder(hostname, row) {
    const told = { blockers: blockersOf(hostname), missing: false };
    const rungs = tables.modes.map((_, mode) => makeRung(hostname, row, mode, told));
    return make("ul", { class: "ladder" }, rungs.reverse());
  }
  function makeOrigin(origin) {
    return make("div", {}, make("h4", {}, "Origin ", clip(originName(origin))),
      make("dl", { class: "facts" }, fact("certificate", clip(origin.certificate)), fact("TLS", clip(origin.tls)), fact("pairs", origin.pairs)));
  }
  function makeSheet(row) {
    const zone = JSON.parse(lines[row.line]);
    const hostname = zone.hostnames[row.index];
    const warnings = byCode(warningsOf(hostname));
    return make("div", { class: "sheet" },
      make("h3", {}, clip(row.name)),
      make("p", { class: "muted" }, `scanned ${minute(row.finished)}, zone `, clip(row.zone)),
      hostname.reason ? make("p", {}, hostname.reason) : null,
      hostname.confidence ? make("p", {}, hostname.confidence) : null,
      makeLadder(hostname, row),
      warnings.length > 0 ? make("h4", {}, "Worth knowing") : null,
      warnings.map(([code, sightings]) => makeReason(code, sightings)),
      hostname.origins.map(makeOrigin));
  }

  // ── figures ────────────────────────────────────────────────────────────────────────────────────────────────────────
  function showHeadline() {
    find("scope").append(`${many(totals.zones, "zone")}, ${many(totals.hostnames, "hostname")}; as of `,
      make("span", { class: "time" }, minute(tables.now)));
    if (tables.scope) { find("scope").append("; only ", make("span", { class: "code" }, clip(tables.scope))); }
    find("headline").append(make("b", { "data-figure": "stronger" }, number.format(totals.stronger)),
      ` of ${many(totals.hostnames, "hostname")} could be stronger than today`);
    if (rows.length < totals.hostnames) {
      find("partial").hidden = false;
      find("partial").append(make("strong", {}, `The table holds the first ${number.format(rows.length)} of ${many(totals.hostnames, "hostname")}`),
        ", in the order of their zones: a page with all of them may be more than a browser bears. The figures above count every one. For the others, narrow the report (",
        make("span", { class: "code" }, "origintls report --format html --decision upgrade"), ", ",
        make("span", { class: "code" }, "--blocker"), ", ", make("span", { class: "code" }, "--hostname"), " …), or take ",
        make("span", { class: "code" }, "--format csv"), ".");
    }
    const card = (filter, value, count, text, tone) => make("button", { type: "button", class: `card tone-${tone}`, "data-filter": filter, "data-value": value,
      "aria-pressed": "false", on: { click: () => only({ [filter]: value }) } },
    make("strong", { "data-figure": value }, number.format(count)), make("span", {}, text));
    find("cards").append(...DECISIONS.map(([decision, text, tone]) => card("decision", decision, totals.decisions[decision], text, tone)));
    const broken = tables.codes.findIndex((code) => code.name === "current_mode_broken");
    if (totals.broken > 0) {
      find("cards").append(card("code", String(broken), totals.broken, "broken today", "bad"));
    }
  }
  // The longest bar is as wide as the panel.
  function bar(count, most, tone) {
    return make("span", { class: "track" }, draw("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
      draw("rect", { class: tone, width: Math.max(100 * count / most, count > 0 ? 1 : 0), height: 8 })));
  }
  function showBlockers() {
    const counts = totals.obstacles;
    const list = find("blockers");
    if (counts.length === 0) { list.append(make("li", { class: "muted" }, "Nothing: no blocker was seen.")); }
    const most = counts.length > 0 ? counts[0][1] : 1;
    counts.forEach(([code, count], place) => {
      list.append(make("li", { hidden: place >= BLOCKERS_SHOWN }, make("button", { type: "button", on: { click: () => only({ code: String(code) }) } },
        make("span", { class: "code" }, tables.codes[code].name), make("span", { class: "count", "data-blocker": tables.codes[code].name }, number.format(count)),
        bar(count, most, "fill")), make("small", {}, tables.codes[code].remedy)));
    });
    if (counts.length > BLOCKERS_SHOWN) {
      const more = make("button", { type: "button", class: "plain", on: { click: () => {
        for (const item of list.children) { item.hidden = false; }
        list.children[BLOCKERS_SHOWN].querySelector("button").focus();
        more.remove();
      } } }, `All ${counts.length}`);
      list.after(more);
    }
  }
  function showCertificates() {
    const most = Math.max(1, ...totals.lifetimes);
    const tones = ["fill-bad", "fill-bad", "fill-warn", "fill-warn", "fill", "fill-good"];
    tables.lifetimes.forEach((name, lifetime) => {
      const count = totals.lifetimes[lifetime];
      const text = lifetime === 0 ? "ended" : lifetime === tables.lifetimes.length - 1 ? "longer" : `up to ${name}`;
      find("certificates").append(make("li", {}, make("button", { type: "button", on: { click: () => only({ lifetime: String(lifetime) }) } },
        make("span", {}, text), make("span", { class: "count", "data-lifetime": name }, number.format(count)), bar(count, most, tones[lifetime]))));
    });
  }
  function showRollouts() {
    const going = rows.filter((row) => row.rollout !== null).sort((a, b) => b.rollout[3] - a.rollout[3]);
    const place = find("rollouts");
    if (totals.rollouts === 0) {
      place.append(make("p", { class: "muted" }, "None."));
      return;
    }
    place.append(make("ul", { class: "progress" }, going.slice(0, ROLLOUTS_SHOWN).map((row) => {
      const [state, from, to, percent] = row.rollout;
      return make("li", {}, make("span", { class: "told" }, clip(row.name)),
        make("span", { class: "muted" }, `${modeName(from)} → ${modeName(to)}, ${state}, ${percent} % of visitors`),
        draw("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
          draw("rect", { class: "rail", width: 100, height: 6 }), draw("rect", { class: "fill-good", width: percent, height: 6 })));
    })));
    if (totals.rollouts > ROLLOUTS_SHOWN) {
      place.append(make("p", { class: "muted" }, `and ${number.format(totals.rollouts - Math.min(going.length, ROLLOUTS_SHOWN))} more`));
    }
  }

  // ── the flow from today's modes (left) to the recommended ones (right), strongest on top ───────────────────────────
  const flows = () => totals.flows.map(([from, to, count]) => ({ from, to, count }));
  function stack(items, side, height, gap) {
    const modes = [...new Set(items.map((item) => item[side]))].sort((a, b) => b - a);
    const scale = (height - gap * (modes.length - 1)) / Math.max(1, totals.hostnames);
    let top = 0;
    const places = new Map();
    for (const mode of modes) {
      const count = items.filter((item) => item[side] === mode).reduce((sum, item) => sum + item.count, 0);
      places.set(mode, { top, next: top, size: count * scale, count, scale });
      top += count * scale + gap;
    }
    return places;
  }
  function showFlow() {
    const items = flows();
    const width = Math.max(300, Math.min(1240, find("flow").clientWidth || 720));
    const narrow = width < 560;
    const gap = 34;
    const height = 250;
    const left = stack(items, "from", height, gap);
    const right = stack(items, "to", height, gap);
    const label = narrow ? 104 : 150;
    const start = label + 14;
    const end = width - label - 14;
    const node = (mode, place, x, anchor, textX) => draw("g", {},
      draw("rect", { class: `m-${modeClass(mode)}`, x, y: place.top, width: 10, height: Math.max(2, place.size), rx: 2 }),
      draw("text", { x: textX, y: place.top + place.size / 2 + 1, "text-anchor": anchor }, mode < 0 ? "no verdict" : tables.modes[mode]),
      draw("text", { x: textX, y: place.top + place.size / 2 + 17, "text-anchor": anchor, class: "figure" }, number.format(place.count)));
    const bands = items.map((item) => {
      const a = left.get(item.from);
      const b = right.get(item.to);
      const [y0, y1] = [a.next, b.next];
      const [h0, h1] = [item.count * a.scale, item.count * b.scale];
      const [shown0, shown1] = [Math.max(1.5, h0), Math.max(1.5, h1)]; // a single hostname is still seen
      a.next += h0;
      b.next += h1;
      const middle = (start + end) / 2;
      return draw("path", { class: `band m-${modeClass(item.to)}`,
        d: `M${start},${y0} C${middle},${y0} ${middle},${y1} ${end},${y1} v${shown1} C${middle},${y1 + shown1} ${middle},${y0 + shown0} ${start},${y0 + shown0} z` },
      draw("title", {}, `${modeName(item.from)} → ${item.to < 0 ? "no verdict" : modeName(item.to)}: ${number.format(item.count)}`));
    });
    const told = items.map((item) => `${many(item.count, "hostname")} from ${modeName(item.from)} to ${item.to < 0 ? "no verdict" : modeName(item.to)}`).join("; ");
    find("flow").replaceChildren(totals.hostnames === 0 ? make("p", { class: "muted" }, "Nothing to draw.") : draw("svg",
      { viewBox: `0 -12 ${width} ${height + 44}`, role: "img", "aria-label": told }, bands,
      [...left].map(([mode, place]) => node(mode, place, label, "end", label - 8)),
      [...right].map(([mode, place]) => node(mode, place, end + 4, "start", end + 24))));
  }
  function fillFlowTable() {
    const body = find("flow-table").tBodies[0];
    body.append(...flows().map((item) => make("tr", {}, make("td", {}, modeLabel(item.from)),
      make("td", {}, item.to < 0 ? "no verdict" : modeLabel(item.to)),
      make("td", { class: "number", "data-flow": `${item.from} ${item.to}` }, number.format(item.count)))));
  }

  find("main").hidden = false;
  showHeadline();
  showBlockers();
  showCertificates();
  showRollouts();
  fillFlowTable();
  showFlow();
  let width = find("flow").clientWidth;
  addEventListener("resize", () => {
    if (find("flow").clientWidth !== width) {
      width = find("flow").clientWidth;
      showFlow();
    }
  });
  prepareFilters();
  prepareHead();
  preparePager();
  show();
})();
