/* All Indonesian words of the dashboard, as one file. */
import group from "../group/texts/id.json";
import rows from "../rows/texts/id.json";
import own from "./id.json";

export default { ...own, ...rows, ...group };
