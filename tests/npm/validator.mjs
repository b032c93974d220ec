// A validator for the schemas of docs/schema, made by Ajv from the folder where it was installed.
import { createRequire } from "node:module";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

// Returns a function (name, document) → list of faults, empty where the document fits NAME.schema.json.
export function makeValidator(installFolder, schemaFolder) {
  const require = createRequire(join(resolve(installFolder), "package.json"));
  const Ajv = require("ajv/dist/2020").default;
  const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
  for (const file of readdirSync(schemaFolder)) {
    ajv.addSchema(JSON.parse(readFileSync(join(schemaFolder, file), "utf8")));
  }
  return (name, document) => {
    const validate = ajv.getSchema(`${name}.schema.json`);
    if (validate === undefined) {
      throw new Error(`there is no schema ${name}`);
    }
    if (validate(document)) {
      return [];
    }
    return validate.errors.map((fault) => `${fault.instancePath || "/"} ${fault.message}`);
  };
}
