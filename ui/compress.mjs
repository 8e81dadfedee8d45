/*
 * Puts a .gz beside every text file of dist/, for the gateway to send to browsers that take it.
 * Made once here with the strongest setting, instead of at every request.
 */
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";

const TEXT = /\.(html|js|css|svg|json|txt)$/;
const SMALL = 1024;
const dist = fileURLToPath(new URL("dist", import.meta.url));

let files = 0;
for (const name of readdirSync(dist, { recursive: true })) {
  const file = join(dist, name);
  if (!TEXT.test(name) || statSync(file).size < SMALL) {
    continue;
  }
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: constants.Z_BEST_COMPRESSION }));
  files += 1;
}
console.log(`dist: ${files} files compressed`);
