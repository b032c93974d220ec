// node check_page.mjs INSTALL_FOLDER ORIGINTLS DATABASE
//
// Opens the HTML report in a browser, and holds it against what `report --format json` and `explain` say of the same
// database, in which a zone is hostile.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { launch, browserPath } from "./browser.mjs";
import { countBy, hostnamesOf, lifetimeOf } from "./facts.mjs";

const [installFolder, program, database] = process.argv.slice(2);
if (browserPath === undefined) {
  console.log("skipped: Chromium is not installed");
  process.exit(77);
}
const require = createRequire(join(resolve(installFolder), "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const NOW = "2026-11-24T06:00:00Z";
const folder = mkdtempSync(join(tmpdir(), "origintls-page-"));
const file = join(folder, "report.html");
let faults = 0;
let checks = 0;

function expect(what, actual, wanted) {
  checks++;
  if (JSON.stringify(actual) !== JSON.stringify(wanted)) {
    console.error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(wanted)}`);
    faults++;
  }
}
const run = (...parameters) => execFileSync(program, ["--db", database, ...parameters], { encoding: "utf8", maxBuffer: 1 << 30 });
const digits = (text) => Number(text.replaceAll(",", ""));

// A page that keeps whatever it complains about or asks for.
async function open(browser, options = {}, shown = file) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.complaints = [];
  page.asked = [];
  page.on("console", (message) => page.complaints.push(message.text()));
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("request", (request) => page.asked.push(request.url()));
  await page.goto(`file://${shown}`);
  return page;
}

async function checkFigures(page, hostnames) {
  const read = (selector, key) => page.$$eval(selector, (elements, name) => Object.fromEntries(
    elements.map((element) => [element.dataset[name], element.textContent])), key);
  const figures = await read("[data-figure]", "figure");
  expect("could be stronger", digits(figures.stronger), hostnames.filter((one) => one.recommended > one.current).length);
  const decisions = countBy(hostnames, (one) => one.decision);
  for (const decision of ["upgrade", "hold", "none", "no_verdict"]) {
    expect(decision, digits(figures[decision]), decisions[decision] ?? 0);
  }
  const blockers = await read("[data-blocker]", "blocker");
  expect("blockers", Object.fromEntries(Object.entries(blockers).map(([code, text]) => [code, digits(text)]).sort()),
    Object.fromEntries(Object.entries(countBy(hostnames, (one) => one.obstacles)).sort()));
  const lifetimes = await read("[data-lifetime]", "lifetime");
  const wanted = countBy(hostnames, (one) => lifetimeOf(one, NOW));
  for (const [name, text] of Object.entries(lifetimes)) {
    expect(`certificates: ${name}`, digits(text), wanted[name] ?? 0);
  }
  const flows = await read("[data-flow]", "flow");
  expect("flows", Object.fromEntries(Object.entries(flows).map(([key, text]) => [key, digits(text)]).sort()),
    Object.fromEntries(Object.entries(countBy(hostnames, (one) => `${one.current} ${one.recommended}`)).sort()));
  const going = hostnames.filter((one) => ["proposed", "waiting", "ramping", "holding"].includes(one.record.rollout?.state));
  expect("there are rollouts", going.length >= 2, true);
  expect("rollouts", (await page.$$eval("#rollouts li", (items) => items.map((item) => item.innerText.replaceAll("\n", " ")))).sort(),
    going.map((one) => `${one.name} ${one.record.rollout.from} → ${one.record.rollout.to}, ${one.record.rollout.state}, ${one.record.rollout.percent} % of visitors`).sort());
  expect("the flow has a description", (await page.getAttribute("#flow svg", "aria-label")).includes("hostname"), true);
}

const column = (page, place) => page.$$eval(`#hostnames tbody tr > td:nth-child(${place})`, (cells) => cells.map((cell) => cell.textContent));
const sortBy = (page, key) => page.click(`#hostnames th[data-key=${key}] button`);
const shownCount = async (page) => digits((await page.textContent("#count")).split(" ")[0]);

async function checkSorting(page, hostnames) {
  const pairs = hostnames.map((one) => one.record.confidence.pairs).sort((a, b) => a - b);
  await sortBy(page, "pairs");
  expect("sorted by pairs", (await column(page, 6)).map(digits), pairs.slice(0, 50));
  expect("told so", await page.getAttribute("th[data-key=pairs]", "aria-sort"), "ascending");
  await sortBy(page, "pairs");
  expect("sorted down", (await column(page, 6)).map(digits), pairs.reverse().slice(0, 50));
  expect("told so", await page.getAttribute("th[data-key=pairs]", "aria-sort"), "descending");
  await page.click("#page-last");
  expect("the last page", (await column(page, 6)).map(digits), pairs.slice(Math.floor((pairs.length - 1) / 50) * 50));
  await sortBy(page, "name");
  const names = hostnames.map((one) => one.name).filter((name) => /^[a-z0-9.-]{1,60}$/.test(name)).sort();
  await page.fill("#filter-text", "zone-0000");
  await page.waitForTimeout(150);
  expect("sorted by name", await page.$$eval("#hostnames .open", (buttons) => buttons.map((button) => button.textContent)),
    names.filter((name) => name.includes("zone-0000")).slice(0, 50));
  await page.click("#filters [type=reset]");
}

async function checkFilters(page, hostnames) {
  const rows = [
    ["filter-decision", "hold", (one) => one.decision === "hold"],
    ["filter-decision", "no_verdict", (one) => one.decision === "no_verdict"],
    ["filter-current", "2", (one) => one.current === 2],
    ["filter-recommended", "stronger", (one) => one.recommended > one.current],
    ["filter-recommended", "-1", (one) => one.recommended === -1],
    ["filter-lifetime", "0", (one) => lifetimeOf(one, NOW) === "expired"],
  ];
  for (const [id, value, fits] of rows) {
    await page.selectOption(`#${id}`, value);
    expect(`${id} ${value}`, await shownCount(page), hostnames.filter(fits).length);
    await page.click("#filters [type=reset]");
  }
  await page.selectOption("#filter-code", { label: "https_refused" });
  expect("filter by code", await shownCount(page), hostnames.filter((one) => one.obstacles.includes("https_refused")).length);
  await page.click("#filters [type=reset]");
  await page.click(".card[data-value=upgrade]");
  expect("a card filters", await shownCount(page), hostnames.filter((one) => one.decision === "upgrade").length);
  expect("a card tells so", await page.getAttribute(".card[data-value=upgrade]", "aria-pressed"), "true");
  await page.click("#filters [type=reset]");
  await page.fill("#filter-text", "no such name");
  await page.waitForTimeout(150);
  expect("nothing fits", await column(page, 1), ["No hostname fits these filters."]);
  await page.click("#filters [type=reset]");
  expect("no more rows than a page has", (await page.$$("#hostnames tbody tr")).length, Math.min(50, hostnames.length));
}

async function openHostname(page, name) {
  await page.fill("#filter-text", name.slice(0, 200).toLowerCase());
  await page.waitForTimeout(150);
  await page.focus("#hostnames .open");
  await page.keyboard.press("Enter");
  expect(`${name.slice(0, 30)} opens by keyboard`, await page.getAttribute("#hostnames .open", "aria-expanded"), "true");
}

// The ladder on the page is that of `explain`.
async function checkLadder(page, zone, name) {
  await openHostname(page, name);
  const explained = JSON.parse(run("explain", zone, name, "--format", "json")).hostnames[0];
  const shown = await page.$$eval(".detail .rung", (rungs) => rungs.map((rung) => ({
    mode: rung.querySelector(".mode").textContent, codes: [...rung.querySelectorAll(".reason > .code")].map((code) => code.textContent),
    text: rung.textContent })));
  expect(`${name}: rungs`, shown.map((rung) => rung.mode), explained.ladder.map((rung) => rung.mode).reverse());
  const told = new Set(shown.flatMap((rung) => rung.codes));
  const wanted = new Set(explained.ladder.flatMap((rung) => rung.reasons.map((reason) => reason.code)));
  wanted.delete("current_mode_broken");
  expect(`${name}: reasons`, [...told].sort(), [...wanted].sort());
  const text = shown.map((rung) => rung.text).join(" ");
  for (const reason of explained.ladder.flatMap((rung) => rung.reasons)) {
    if (reason.code !== "current_mode_broken" && !(text.includes(reason.detail ?? "") && text.includes(reason.smallest_change))) {
      expect(`${name}: ${reason.code} is told in full`, false, true);
    }
  }
  await page.click("#filters [type=reset]");
}

async function checkHostile(page, hostnames) {
  const hostile = hostnames.find((one) => one.name.length >= 10000);
  const elements = await page.evaluate(() => document.querySelectorAll("script, img, iframe, object, a[href]").length);
  await openHostname(page, hostile.name.slice(0, 60));
  const sheet = await page.textContent(".detail");
  expect("markup is shown as text", sheet.includes("<script>") || sheet.includes("<img"), true);
  expect("the whole name is there", sheet.includes(hostile.name.slice(0, 9000)), true);
  // eslint-disable-next-line no-control-regex
  expect("no control or bidirectional character is shown", /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(sheet), false);
  expect("no element came out of a text", await page.evaluate(() => document.querySelectorAll("script, img, iframe, object, a[href]").length), elements);
  expect("the page is no wider than the window", await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  await page.click("#filters [type=reset]");
}

// The policy lets no other script run and nothing be fetched.
async function checkPolicy(browser) {
  const page = await open(browser);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.strangerRan = true";
    document.body.append(script);
    return window.strangerRan === true;
  });
  expect("another script runs", ran, false);
  const fetched = await page.evaluate(() => fetch("http://127.0.0.1:9/").then(() => "answered", (error) => error.message));
  expect("the policy complains of both", page.complaints.filter((text) => text.includes("Content Security Policy")).length >= 2, true);
  expect("nothing answers", fetched === "answered", false);
  await page.close();
}

// A table that ends before the zones do: the figures still count all, and the page says so, and what was asked for.
async function checkPart(browser, hostnames) {
  const part = join(folder, "part.html");
  run("report", "--format", "html", "--at", NOW, "--mode", "flexible,full", "--page-hostnames", "300", "--output", part);
  const asked = hostnames.filter((one) => one.record.current_mode === "flexible" || one.record.current_mode === "full");
  const page = await open(browser, {}, part);
  await checkFigures(page, asked);
  const rows = await shownCount(page);
  expect("the table ends", rows >= 300 && rows < 400, true);
  expect("it says so", (await page.innerText("#partial")).startsWith(`The table holds the first ${rows} of ${asked.length.toLocaleString("en")} hostnames`), true);
  expect("it says what was asked for", (await page.textContent("#scope")).endsWith("only --mode flexible,full"), true);
  expect("the console is silent", page.complaints, []);
  await page.close();
}

async function checkAccess(browser, options, what) {
  const page = await open(browser, options);
  await page.click("#hostnames .open");
  await page.click("#flow-table >> xpath=ancestor::details/summary");
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  expect(`accessibility, ${what}`, result.violations.map((violation) => [violation.id, violation.nodes.map((node) => node.target.join(" ")).slice(0, 3)]), []);
  const ratios = result.passes.filter((rule) => rule.id === "color-contrast").flatMap((rule) => rule.nodes)
    .map((node) => node.any[0]?.data?.contrastRatio).filter((ratio) => ratio !== undefined);
  expect(`contrast was looked at, ${what}`, ratios.length > 20, true);
  console.log(`contrast, ${what}: at least ${Math.min(...ratios)} in ${ratios.length} places`);
  expect(`no side scrolling, ${what}`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  await page.close();
}

// Everything by keyboard alone: past the figures to the table, sorting, filtering, a ladder, the next page.
async function checkKeyboard(browser) {
  const page = await open(browser);
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim().split("\n")[0]);
  const tabTo = async (text) => {
    for (let i = 0; i < 80 && await focused() !== text; i++) { await page.keyboard.press("Tab"); }
    expect(`the keyboard reaches ${text}`, await focused(), text);
  };
  await page.keyboard.press("Tab");
  expect("the first stop leads to the table", await focused(), "Skip to the table of hostnames");
  await page.keyboard.press("Enter");
  await tabTo("Clear");
  await tabTo("Pairs");
  await page.keyboard.press("Space");
  expect("sorted by keyboard", await page.getAttribute("th[data-key=pairs]", "aria-sort"), "ascending");
  expect("the focus stays", await focused(), "Pairs");
  await tabTo(await page.textContent("#hostnames .open"));
  await page.keyboard.press("Enter");
  expect("a ladder opens by keyboard", await page.$$eval(".detail .rung", (rungs) => rungs.length), 5);
  await page.keyboard.press("Enter");
  expect("and closes", await page.$$eval(".detail", (details) => details.length), 0);
  await tabTo("Next");
  await page.keyboard.press("Enter");
  expect("the page turns by keyboard", (await page.textContent("#page-shown")).startsWith("page 2 of"), true);
  expect("what has the focus is seen", await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "solid");
  await page.close();
}

const browser = await launch(chromium);
try {
  run("report", "--format", "html", "--at", NOW, "--output", file);
  const hostnames = hostnamesOf(JSON.parse(run("report", "--format", "json")));
  const page = await open(browser);
  await checkFigures(page, hostnames);
  await checkSorting(page, hostnames);
  await checkFilters(page, hostnames);
  await checkLadder(page, "example.org", "www.example.org");
  await checkLadder(page, "example.org", "shop.example.org");
  await checkLadder(page, "example.com", "example.com");
  await checkHostile(page, hostnames);
  expect("the console is silent", page.complaints, []);
  expect("nothing but the file is asked for", page.asked, [`file://${file}`]);
  expect("the table holds all", await page.isHidden("#partial"), true);
  await page.close();
  await checkPolicy(browser);
  await checkPart(browser, hostnames);
  await checkAccess(browser, { colorScheme: "light" }, "light");
  await checkAccess(browser, { colorScheme: "dark" }, "dark");
  await checkAccess(browser, { colorScheme: "light", viewport: { width: 360, height: 740 } }, "phone");
  await checkAccess(browser, { colorScheme: "dark", viewport: { width: 360, height: 740 } }, "phone, dark");
  await checkKeyboard(browser);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${checks} checks, ${faults} faults`);
process.exit(faults === 0 ? 0 : 1);
