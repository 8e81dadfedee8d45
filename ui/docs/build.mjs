/*
 * Builds the page of the API docs: Swagger UI from its npm package, copied as it is, and our two
 * small files. Nothing is loaded from elsewhere and no script is inline.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../dist/docs");
const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const file of ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"]) {
  // The bundle ends in a pointer to a source map of megabytes that we do not ship.
  const text = readFileSync(join(swagger, file), "utf8").replace(/\n?\/[/*]# sourceMappingURL=.*$/gm, "");
  writeFileSync(join(out, file), text);
}
for (const file of ["index.html", "start.js", "docs.css"]) {
  cpSync(join(here, file), join(out, file));
}
cpSync(join(here, "..", "shared", "public", "favicon.svg"), join(out, "favicon.svg"));
console.log("dist/docs: built");
