// An HTTPS server with Node's own defaults: server.mjs ADDRESS PORT KEY CERTIFICATE
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [address, port, key, certificate] = process.argv.slice(2);
createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
  response.end("hello\n");
}).listen(Number(port), address, () => console.log("listening"));
