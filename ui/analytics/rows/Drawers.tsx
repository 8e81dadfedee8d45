/* What opens beside any page of the dashboard; each part is loaded when it is first needed. */
import { lazy } from "react";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { useDrawers } from "./useDrawers";

const RowsDrawer = lazy(() => import("./RowsDrawer"));
const OriginDrawer = lazy(() => import("./OriginDrawer"));
const SearchModal = lazy(() => import("./SearchModal"));

interface Props {
  searching: boolean;
  onSearched: () => void;
}

export function Drawers({ searching, onSearched }: Props) {
  const { rows, origin } = useDrawers();
  return (
    <>
      <WhenNeeded subject={rows}>
        <RowsDrawer subject={rows} />
      </WhenNeeded>
      <WhenNeeded subject={origin}>
        <OriginDrawer subject={origin} />
      </WhenNeeded>
      <WhenNeeded subject={searching || undefined}>
        <SearchModal opened={searching} onClose={onSearched} />
      </WhenNeeded>
    </>
  );
}
