/* The shared worker of all pages of an origin: it holds their one event stream. */
import { Hub, type HubPort } from "./hub";

const hub = new Hub();

(globalThis as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = ({ ports }) =>
  hub.add(ports[0] as HubPort);
