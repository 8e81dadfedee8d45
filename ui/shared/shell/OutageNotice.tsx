/* The notice of an outage in its place above a page; nothing while all is well. */
import { Box, type BoxProps } from "@mantine/core";
import { OutageBanner } from "./OutageBanner";
import { useOutage } from "./useOutage";

export function OutageNotice({ room }: { room: BoxProps }) {
  const outage = useOutage();
  return (
    outage && (
      <Box maw="var(--page-width)" mx="auto" {...room}>
        <OutageBanner outage={outage} />
      </Box>
    )
  );
}
