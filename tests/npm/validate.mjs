// node validate.mjs INSTALL_FOLDER SCHEMA_FOLDER NAME FILE... : exit 1 where a file does not fit NAME.schema.json.
// A file may hold one document, or one a line (NDJSON).
import { readFileSync } from "node:fs";
import { makeValidator } from "./validator.mjs";

const [installFolder, schemaFolder, name, ...files] = process.argv.slice(2);
const validate = makeValidator(installFolder, schemaFolder);

function documentsOf(text) {
  try {
    return [JSON.parse(text)];
  } catch {
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }
}

let faults = 0;
for (const file of files) {
  for (const document of documentsOf(readFileSync(file, "utf8"))) {
    for (const fault of validate(name, document)) {
      console.error(`${file}: ${fault}`);
      faults++;
    }
  }
}
process.exit(faults === 0 && files.length > 0 ? 0 : 1);
