/* Today on the upstreams' calendar. */
import { todayIn } from "@shared/format/days";
import { useUpstreams } from "../dealers/useDealers";

const DEFAULT_ZONE = "Asia/Jakarta";

export function useToday(): string {
  const zone = useUpstreams().data?.items[0]?.zone;
  return todayIn(zone ?? DEFAULT_ZONE);
}
