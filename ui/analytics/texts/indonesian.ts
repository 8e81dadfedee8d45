/* All Indonesian words of the dashboard, as one file. */
import charts from "../charts/texts/id.json";
import group from "../group/texts/id.json";
import rows from "../rows/texts/id.json";
import own from "./id.json";

export default { ...own, ...charts, ...rows, ...group };
