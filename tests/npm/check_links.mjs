// check_links.mjs PACKAGES LIST_LINKS TREE...: recall and precision of link extraction against parse5 and Node's own URL class.
//
// parse5 builds the tree that HTML5 prescribes; the elements and attributes that count are listed here a second time, from the
// interface's description, and URLs are resolved by Node. Each page is taken as https://docs.example/<path in the tree>.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages, listLinks, ...trees] = process.argv.slice(2);
const parse5 = await import(pathToFileURL(createRequire(join(packages, 'package.json')).resolve('parse5')));
const recallMin = 0.995;
const precisionMin = 0.995;

const attributes = {
  a: ['href'], area: ['href'], link: ['href'], script: ['src'], img: ['src', 'srcset'], iframe: ['src'], frame: ['src'],
  source: ['src', 'srcset'], video: ['src', 'poster'], audio: ['src'], track: ['src'], embed: ['src'], object: ['data'],
};

function* elements(root) {
  const stack = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (node.tagName !== undefined) yield node;
    if (node.content !== undefined) stack.push(node.content);
    for (const child of [...(node.childNodes ?? [])].reverse()) stack.push(child);
  }
}

function references(element) {
  const values = Object.fromEntries(element.attrs.map(({ name, value }) => [name, value]));
  const found = [];
  for (const name of attributes[element.tagName] ?? []) {
    if (values[name] === undefined) continue;
    if (name === 'srcset') found.push(...values[name].split(',').map((part) => part.trim().split(/\s+/)[0]).filter(Boolean));
    else if (name === 'href' || values[name].trim() !== '') found.push(values[name]);
  }
  if (element.tagName === 'meta' && values['http-equiv']?.toLowerCase() === 'refresh') {
    const target = /^\s*\d+\s*[;,]\s*url\s*=\s*["']?([^"']*)/i.exec(values.content ?? '');
    if (target !== null) found.push(target[1]);
  }
  return found;
}

function linksOf(html, address) {
  const document = parse5.parse(html, { scriptingEnabled: false });
  const all = [...elements(document)];
  const base = all.find((e) => e.tagName === 'base' && e.attrs.some(({ name }) => name === 'href'));
  const baseUrl = base === undefined ? address : new URL(base.attrs.find(({ name }) => name === 'href').value, address).href;
  const links = new Set();
  for (const reference of all.flatMap(references)) {
    if (!URL.canParse(reference, baseUrl)) continue;
    const url = new URL(reference, baseUrl);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') continue;
    url.hash = '';
    url.username = '';
    url.password = '';
    links.add(url.href);
  }
  return links;
}

function pagesOf(tree) {
  return readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.html'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function ours(tree, pages) {
  const input = pages.map((page) => `${address(tree, page)}\t${page}\n`).join('');
  const output = execFileSync(listLinks, { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  const links = new Map(pages.map((page) => [page, new Set()]));
  for (const line of output.split('\n')) {
    const tab = line.indexOf('\t');
    if (tab >= 0) links.get(line.slice(0, tab)).add(line.slice(tab + 1));
  }
  return links;
}

function address(tree, page) {
  return new URL(relative(tree, page).split('/').map(encodeURIComponent).join('/'), 'https://docs.example/').href;
}

let failed = false;
for (const tree of trees) {
  const pages = pagesOf(tree);
  const found = ours(tree, pages);
  let expected = 0;
  let given = 0;
  let common = 0;
  const examples = [];
  for (const page of pages) {
    const theirs = linksOf(readFileSync(page, 'utf8'), address(tree, page));
    const mine = found.get(page);
    expected += theirs.size;
    given += mine.size;
    for (const url of theirs) {
      if (mine.has(url)) common += 1;
      else if (examples.length < 5) examples.push(`missing in ${page}: ${url}`);
    }
    for (const url of mine) {
      if (!theirs.has(url) && examples.length < 5) examples.push(`too much in ${page}: ${url}`);
    }
  }
  const recall = common / expected;
  const precision = common / given;
  console.log(`${tree}: ${pages.length} pages, ${expected} links, recall ${recall.toFixed(5)}, precision ${precision.toFixed(5)}`);
  for (const example of examples) console.log(`  ${example}`);
  if (!(pages.length > 400 && recall >= recallMin && precision >= precisionMin)) failed = true;
}
process.exit(failed ? 1 : 0);
