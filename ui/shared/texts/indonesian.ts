/* All Indonesian words that the applications share, as one file: of the pages, of errors and of broken rules. */
import "dayjs/locale/id"; // the calendars' names of months
import coverage from "../coverage/texts/id.json";
import faults from "../faults/id.json";
import rules from "../faults/rules.id.json";
import own from "./id.json";

export default { shared: { ...own, ...coverage }, faults, rules };
