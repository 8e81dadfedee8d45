/* A moment as "5 minutes ago" with the exact time on hover and for screen readers. */
import { Text, Tooltip } from "@mantine/core";
import { useFormat, useNow } from "../format/useFormat";

export function Moment({ at }: { at: string }) {
  const format = useFormat();
  const now = useNow();
  return (
    <Tooltip label={format.moment(at)}>
      <Text component="time" dateTime={at} inherit style={{ whiteSpace: "nowrap" }}>
        {format.ago(at, now)}
      </Text>
    </Tooltip>
  );
}
