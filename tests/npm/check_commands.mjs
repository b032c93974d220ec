// node check_commands.mjs INSTALL_FOLDER SCHEMA_FOLDER ORIGINTLS ORIGINTLS_LAB
//
// Runs every command that prints JSON, on origins of the lab and on files, and validates what it prints.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { makeValidator } from "./validator.mjs";

const [installFolder, schemaFolder, program, labProgram] = process.argv.slice(2);
const validate = makeValidator(installFolder, schemaFolder);
const folder = mkdtempSync(join(tmpdir(), "origintls-schemas-"));
// One of each kind of outcome; none of them is slow.
const sites = ["identical", "small", "expired", "https-closed", "welcome-page", "redirect-loop", "both-closed", "api-401",
  "blocks-our-agent", "mixed-content"];
const commands = commandsWithJson();
const checked = new Set();
let faults = 0;
let documents = 0;

// The commands whose --format may be json or ndjson, as help tells them.
function commandsWithJson() {
  const help = (...words) => spawnSync(program, ["help", ...words], { encoding: "utf8" }).stdout;
  const names = [...help().split("Global options:")[0].matchAll(/^ {2}([a-z]+(?: [a-z]+)?)/gm)].map((match) => match[1]);
  // The format of `fleet import` is that of what it reads.
  return names.filter((name) => name !== "fleet import" && /--format [^ ]*json/.test(help(...name.split(" "))));
}

function complain(text) {
  console.error(text);
  faults++;
}

// Runs the program with `arguments`, and returns what it printed: one document.
function run(schema, ...parameters) {
  return runAndRead(schema, false, ...parameters);
}

// The same, one document a line.
function runLines(schema, ...parameters) {
  return runAndRead(schema, true, ...parameters);
}

function runAndRead(schema, lines, ...parameters) {
  const result = spawnSync(program, ["--db", join(folder, "test.db"), "--no-progress", ...parameters], {
    encoding: "utf8", timeout: 60000, maxBuffer: 1 << 28 });
  const shown = parameters.join(" ");
  if (result.error !== undefined || ![0, 3, 4].includes(result.status)) {
    complain(`${shown}: exit ${result.status} ${result.stderr}`);
    return [];
  }
  let printed = [];
  try {
    printed = lines ? result.stdout.trim().split("\n").map((line) => JSON.parse(line))
                    : [JSON.parse(result.stdout)];
  } catch (fault) {
    complain(`${shown}: ${fault.message}`);
  }
  const words = parameters.filter((word, i) => !word.startsWith("-") && parameters[i - 1] !== "--db");
  checked.add(commands.find((name) => words.slice(0, name.split(" ").length).join(" ") === name));
  for (const document of printed) {
    documents++;
    for (const fault of validate(schema, document)) {
      complain(`${shown}: ${fault}`);
    }
  }
  return printed;
}

function scanAll(caFile, served) {
  for (const site of served) {
    const origin = site.origin_option;
    const [scan] = run("scan", "scan", site.zone, "--origin", origin, "--ca-file", caFile, "--rate", "1000", "--format",
      "json");
    if (scan !== undefined && scan.status !== site.expected.status) {
      complain(`${site.name}: ${scan.status} instead of ${site.expected.status}`);
    }
    run("explain", "explain", site.zone, "--format", "json");
  }
  const [report] = run("report", "report", "--format", "json");
  const lines = runLines("scan", "report", "--format", "ndjson");
  if (report === undefined || report.length !== served.length || lines.length !== served.length) {
    complain(`the report does not hold ${served.length} zones`);
  }
}

function checkFiles(caFile) {
  const page = join(folder, "page.html");
  const other = join(folder, "other.html");
  writeFileSync(page, "<html><title>a</title><p>one two three four five six</p><a href=/next>next</a>");
  writeFileSync(other, "<html><title>b</title><p>nothing of the kind is to be found in here</p>");
  run("compare", "compare", page, page, "--format", "json");
  run("compare", "compare", page, other, "--format", "json");
  const data = join(folder, "data.json");
  writeFileSync(data, '{"a":1}');
  run("compare", "compare", page, data, "--format", "json");
  run("links", "links", "--base", "https://example.com/", page, "--format", "json");
  run("config", "config", "--format", "json");
  run("doctor", "doctor", "--format", "json");
  run("cert", "cert", "--host", "example.com", caFile, "--format", "json");
}

// The scans have started the rollouts of those origins that support more than today's mode.
function checkRollouts() {
  const rollouts = runLines("rollout", "upgrade", "list", "--format", "ndjson");
  const exported = runLines("upgrade_export", "upgrade", "export");
  if (rollouts.length === 0 || exported.length !== rollouts.length) {
    complain(`${rollouts.length} rollouts, and ${exported.length} of them exported`);
  }
  if (rollouts.some((rollout) => rollout.state !== "ramping" || rollout.percent !== 1)) {
    complain("a rollout does not start with 1 %");
  }
  runLines("rollout", "upgrade", "hold", rollouts[0].zone, "--format", "ndjson");
  runLines("rollout", "upgrade", "approve", rollouts[0].zone, "--format", "ndjson");
  runLines("rollout", "upgrade", "rollback", rollouts[0].zone, "--format", "ndjson");
  const counted = { requests: 1000, tls_errors: 0, connect_errors: 0, http_5xx: 0 };
  const { zone, hostname, from, to, percent, step_since: start } = rollouts[1];
  const observations = join(folder, "observations.ndjson");
  writeFileSync(observations, `${JSON.stringify({ zone, hostname, from, to, percent, start, candidate: counted, control: counted,
    end: new Date(Date.parse(start) + 1000).toISOString().replace(".000", "") })}\n`);
  const [observed] = runLines("rollout", "upgrade", "observe", observations, "--at",
    new Date(Date.parse(start) + 60000).toISOString().replace(".000", ""), "--format", "ndjson");
  if (observed?.hostname !== hostname) {
    complain(`the observed rollout is not told: ${JSON.stringify(observed)}`);
  }
  if (runLines("ledger", "ledger", "list", "--format", "ndjson").length < 4 * rollouts.length) {
    complain("the ledger lacks rows");
  }
  run("ledger_verify", "ledger", "verify", "--format", "json");
  const [replay] = run("ledger_replay", "ledger", "replay", "--format", "json");
  if (replay === undefined || replay.differences !== 0 || replay.decisions < rollouts.length) {
    complain("decisions do not come out the same");
  }
}

// Nothing listens at some of the addresses; a zone without an origin is only listed.
function checkFleet() {
  const inventory = join(folder, "fleet.csv");
  const rows = [0, 1, 2, 3].map((i) => `z${i}.example,www.z${i}.example,127.8.0.${i + 1},1,2,${i}`);
  writeFileSync(inventory, ["zone,hostname,address,http_port,https_port,weight", ...rows].join("\n") + "\n");
  const fleet = (...parameters) => spawnSync(program, ["--db", join(folder, "test.db"), "-q", "fleet", ...parameters],
    { encoding: "utf8", timeout: 60000 });
  fleet("import", inventory);
  const [before] = run("fleet_status", "fleet", "status", "--format", "json");
  const [scanned] = run("fleet_run", "-q", "fleet", "run", "--limit", "3", "--format", "json");
  const [after] = run("fleet_status", "fleet", "status", "--format", "json");
  if (before?.due !== 4 || after?.failing !== 3 || after?.due !== 1 || after?.failing_zones?.length !== 3 ||
      after?.reasons?.[0]?.reason !== "unreachable" || after?.reasons?.[0]?.zones !== 3 || scanned?.due !== 3 ||
      scanned?.zones !== 3 || scanned?.incomplete !== 3) {
    complain(`the fleet's status is wrong: ${JSON.stringify([scanned, after])}`);
  }
}

function checkDatabase() {
  const joined = join(folder, "joined.db");
  const [merged] = run("db_merge", "--db", joined, "db", "merge", join(folder, "test.db"), "--format", "json");
  const [again] = run("db_merge", "--db", joined, "db", "merge", join(folder, "test.db"), "--format", "json");
  const [whole] = run("ledger_verify", "--db", joined, "ledger", "verify", "--format", "json");
  run("ledger_replay", "--db", joined, "ledger", "replay", "--format", "json");
  const rows = runLines("ledger", "--db", joined, "ledger", "list", "--format", "ndjson");
  if (!(merged?.files[0].scans > 0) || again?.files[0].scans !== 0 || whole?.chains !== 1 || rows[0]?.chain == null ||
      rows.length !== whole?.merged_rows) {
    complain(`merging: ${JSON.stringify([merged, again, whole])}`);
  }
  const [trial] = run("db_prune", "db", "prune", "--keep", "0", "--dry-run", "--format", "json");
  const [done] = run("db_prune", "db", "prune", "--keep", "0", "--format", "json");
  if (trial?.removed !== done?.removed || done?.dry_run !== false || done?.old < done?.removed) {
    complain(`${JSON.stringify(trial)} was announced, and ${JSON.stringify(done)} came of it`);
  }
}

function checkProbes(caFile, served) {
  for (const site of served) {
    const [, address, , port] = /^[^=]*=([^:]*):(\d+):(\d+)$/.exec(site.origin_option);
    run("probe", "probe", "--all", "--rate", "1000", "--ca-file", caFile, "--address", address, `${site.hostname}:${port}`,
      "--format", "json");
  }
}

function checkOptOuts() {
  for (const entry of [["example.com", "--reason", "asked", "--expires", "2999-12-31"], ["192.0.2.0/24"]]) {
    spawnSync(program, ["--db", join(folder, "test.db"), "optout", "add", ...entry]);
  }
  const [list] = run("optout-list", "optout", "list", "--format", "json");
  if (list === undefined || list.opt_outs.length !== 2) {
    complain("the list does not hold 2 opt-outs");
  }
  run("optout-check", "optout", "check", "www.example.com", "--format", "json");
  run("optout-check", "optout", "check", "example.org", "--format", "json");
}

const lab = spawn(labProgram, ["--only", sites.join(","), "--seconds", "200"], { stdio: ["pipe", "pipe", "inherit"] });
try {
  const served = [];
  let caFile = null;
  for await (const line of createInterface({ input: lab.stdout })) {
    const record = JSON.parse(line);
    if (record.record === "lab") {
      caFile = record.ca_file;
    } else if (record.record === "site") {
      served.push(record);
    }
    if (served.length === sites.length) {
      break;
    }
  }
  scanAll(caFile, served);
  checkRollouts();
  checkFiles(caFile);
  checkProbes(caFile, served);
  checkOptOuts();
  checkFleet();
  checkDatabase();
  run("version", "version", "--format", "json");
  run("demo", "demo", "--only", "identical,expired", "--format", "json");
  const left = commands.filter((name) => !checked.has(name));
  if (commands.length < 20 || left.length > 0) {
    complain(`not looked at: ${left.join(", ")}, of ${commands.length} commands`);
  }
} finally {
  lab.stdin.end();
  lab.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${documents} documents, ${faults} faults`);
process.exit(faults === 0 && documents > 2 * sites.length ? 0 : 1);
