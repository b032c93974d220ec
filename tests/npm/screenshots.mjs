// node screenshots.mjs INSTALL_FOLDER HTML_FILE OUTPUT_FOLDER: pictures of the HTML report, for a person to look at.
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { browserPath, launch } from "./browser.mjs";

const [installFolder, file, outputFolder] = process.argv.slice(2);
if (browserPath === undefined) {
  console.error("screenshots: Chromium is not installed");
  process.exit(1);
}
const { chromium } = createRequire(join(resolve(installFolder), "package.json"))("playwright-core");
const desk = { viewport: { width: 1280, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };
const views = [
  ["light", { ...desk, colorScheme: "light" }],
  ["dark", { ...desk, colorScheme: "dark" }],
  ["phone", { ...phone, colorScheme: "light" }],
  ["phone-dark", { ...phone, colorScheme: "dark" }],
];

const browser = await launch(chromium);
for (const [name, options] of views) {
  const page = await browser.newPage(options);
  await page.goto(`file://${resolve(file)}`);
  await page.screenshot({ path: join(outputFolder, `${name}.png`) });
  await page.fill("#filter-text", "example.org");
  await page.waitForTimeout(150);
  await page.click("#hostnames .open");
  await page.evaluate(() => document.querySelector("#filters").scrollIntoView());
  await page.screenshot({ path: join(outputFolder, `${name}-table.png`) });
  await page.close();
}
await browser.close();
console.log(`${2 * views.length} pictures in ${outputFolder}`);
