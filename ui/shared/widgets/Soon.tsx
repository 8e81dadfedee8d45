/* A moment to come as "in 5 minutes", with the exact time on hover and for screen readers. */
import { Text, Tooltip } from "@mantine/core";
import { useFormat, useNow } from "../format/useFormat";

export function Soon({ at }: { at: string }) {
  const format = useFormat();
  const now = useNow();
  return (
    <Tooltip label={format.moment(at)}>
      <Text component="time" dateTime={at} inherit style={{ whiteSpace: "nowrap" }}>
        {format.soon(at, now)}
      </Text>
    </Tooltip>
  );
}
