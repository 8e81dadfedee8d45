/* The head of a column by which a list can be sorted; the server sorts. */
import { Group, Table, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconArrowsSort } from "@tabler/icons-react";
import { nextSorting, type Sorting } from "./sorting";

interface Props<S extends string> {
  by: S;
  text: string;
  sorting: Sorting<S>;
  number?: boolean;
  /** Sorted from the smallest at first, as names are. */
  up?: boolean;
  visibleFrom?: "sm";
  onSort: (next: Sorting<S>) => void;
}

export function SortHead<S extends string>({
  by,
  text,
  sorting,
  number = false,
  up = false,
  visibleFrom,
  onSort,
}: Props<S>) {
  const on = sorting.sort === by;
  const Icon = on ? (sorting.ascending ? IconArrowUp : IconArrowDown) : IconArrowsSort;
  return (
    <Table.Th
      ta={number ? "right" : "left"}
      aria-sort={on ? (sorting.ascending ? "ascending" : "descending") : "none"}
      {...(visibleFrom ? { visibleFrom } : {})}
    >
      <UnstyledButton fz="sm" fw={700} onClick={() => onSort(nextSorting(sorting, by, up))}>
        <Group gap={4} wrap="nowrap" justify={number ? "flex-end" : "flex-start"}>
          {text}
          <Icon size={14} aria-hidden opacity={on ? 1 : 0.5} />
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}
