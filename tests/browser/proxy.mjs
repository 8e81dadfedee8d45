/*
 * proxy(BASE, TARGET): a reverse proxy on a port of its own that shows TARGET below BASE, as one domain for several
 * services does. `server.origin` is its address, `server.streams()` how many event streams go through it.
 */
import { createServer, request } from "node:http";

export async function proxy(base, target) {
  let streams = 0;
  const server = createServer((from, to) => {
    const url = new URL(target);
    const ask = { host: url.hostname, port: url.port, method: from.method, headers: from.headers };
    if (!from.url.startsWith(base)) {
      to.writeHead(404).end();
      return;
    }
    const path = from.url.slice(base.length - 1);
    const onward = request({ ...ask, path }, (answer) => {
      to.writeHead(answer.statusCode, answer.headers);
      answer.pipe(to);
    });
    if (path === "/api/v1/events") {
      streams += 1;
      to.on("close", () => (streams -= 1));
    }
    onward.on("error", () => to.destroy());
    to.on("close", () => onward.destroy());
    from.pipe(onward);
  });
  server.streams = () => streams;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.origin = `http://127.0.0.1:${server.address().port}`;
  return server;
}

export function stop(server) {
  server.closeAllConnections();
  server.close();
}
