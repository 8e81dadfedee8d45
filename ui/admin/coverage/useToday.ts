/* Today on the calendars of the dealers: the latest, where their zones differ. */
import { latestToday } from "@shared/format/days";
import { useAllDealers } from "../dealers/useDealers";

export function useToday(): string {
  return latestToday(useAllDealers().dealers);
}
