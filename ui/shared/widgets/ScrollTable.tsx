/* A table that scrolls sideways inside its own box when the page is narrow, also by keyboard. */
import { ScrollArea, Skeleton, Stack, Table, type TableProps } from "@mantine/core";

interface Props extends TableProps {
  label: string;
}

export function ScrollTable({ label, children, ...table }: Props) {
  return (
    <ScrollArea
      type="auto"
      offsetScrollbars="present"
      viewportProps={{ tabIndex: 0, role: "group", "aria-label": label }}
    >
      <Table highlightOnHover {...table}>
        {children}
      </Table>
    </ScrollArea>
  );
}

export function TableSkeleton({ rows = 5 }: { rows?: number }) {
  return (
    <Stack gap="xs" py="xs" aria-hidden>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} h={34} />
      ))}
    </Stack>
  );
}
