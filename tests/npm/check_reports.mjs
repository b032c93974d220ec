// node check_reports.mjs INSTALL_FOLDER SCHEMA_FOLDER < samples
//
// Each line of the samples is the name of a schema, a tab and a document as the program prints it. Every document must
// fit; and so that this check can fail, every document that is spoilt in one place must not.
import { readFileSync } from "node:fs";
import { makeValidator } from "./validator.mjs";

const [installFolder, schemaFolder] = process.argv.slice(2);
const validate = makeValidator(installFolder, schemaFolder);
let faults = 0;

function complain(text) {
  console.error(text);
  faults++;
}

// Every object below `value`, with its path.
function* objectsIn(value, path = "") {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      yield* objectsIn(item, `${path}/${i}`);
    }
  } else if (value !== null && typeof value === "object") {
    yield [value, path];
    for (const [key, item] of Object.entries(value)) {
      yield* objectsIn(item, `${path}/${key}`);
    }
  }
}

// Where more keys may come.
const isOpen = (path) => path.endsWith("/tls");

function checkSpoilt(name, document) {
  for (const [object, path] of objectsIn(document)) {
    for (const key of Object.keys(object)) {
      const value = object[key];
      delete object[key];
      if (validate(name, document).length === 0) {
        complain(`${name}: ${path}/${key} may be left out`);
      }
      object[key] = Number.NaN;
      if (validate(name, document).length === 0 && key !== "rollout") {
        complain(`${name}: ${path}/${key} may be anything`);
      }
      object[key] = value;
    }
    object.surprise = 1;
    if (validate(name, document).length === 0 && !isOpen(path)) {
      complain(`${name}: ${path} may have a key of any name`);
    }
    delete object.surprise;
  }
}

let documents = 0;
for (const line of readFileSync(0, "utf8").split("\n")) {
  if (line === "") {
    continue;
  }
  const tab = line.indexOf("\t");
  const name = line.slice(0, tab);
  const document = JSON.parse(line.slice(tab + 1));
  for (const fault of validate(name, document)) {
    complain(`${name} ${document.zone}: ${fault}`);
  }
  checkSpoilt(name, document);
  documents++;
}
if (documents === 0) {
  complain("no document was given");
}
console.log(`${documents} documents, ${faults} faults`);
process.exit(faults === 0 ? 0 : 1);
