/* Mark and name at the left end of the header. */
import { Group, Text } from "@mantine/core";
import { BrandMark } from "./BrandMark";

export function Brand({ name }: { name: string }) {
  return (
    <Group gap={10} wrap="nowrap" miw={0}>
      <BrandMark />
      <Text fw={650} truncate>
        {name}
      </Text>
    </Group>
  );
}
