// node time_page.mjs INSTALL_FOLDER HTML_FILE...: how long a browser takes to show a page and to do what people ask of it,
// in ms, each until the next frame was drawn. One line of JSON a page.
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { browserPath, launch } from "./browser.mjs";

const [installFolder, ...files] = process.argv.slice(2);
if (browserPath === undefined) {
  console.error("time_page: Chromium is not installed");
  process.exit(1);
}
const { chromium } = createRequire(join(resolve(installFolder), "package.json"))("playwright-core");

// Runs in the page.
async function timeActions() {
  const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const click = (selector) => () => document.querySelector(selector).click();
  const actions = {
    sort: click("#hostnames th[data-key=pairs] button"), sort_down: click("#hostnames th[data-key=pairs] button"),
    filter: click(".card"), clear: click("#filters [type=reset]"), open: click("#hostnames .open"), next_page: click("#page-on"),
  };
  const times = {};
  for (const [name, act] of Object.entries(actions)) {
    const before = performance.now();
    act();
    await drawn();
    times[name] = Math.round(performance.now() - before);
  }
  return times;
}

const browser = await launch(chromium);
for (const file of files) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const before = performance.now();
  await page.goto(`file://${resolve(file)}`);
  await page.waitForSelector("#hostnames tbody tr");
  const load = Math.round(performance.now() - before);
  const shown = await page.textContent("#count");
  console.log(JSON.stringify({ shown, megabytes: Math.round(statSync(file).size / 1e5) / 10, load_ms: load, ...await page.evaluate(timeActions) }));
  await page.close();
}
await browser.close();
