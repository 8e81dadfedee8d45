/* Title of a page, a sentence below it, and its main action at the right. */
import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  title: string;
  text?: string;
  action?: ReactNode;
}

export function PageTitle({ title, text, action }: Props) {
  return (
    <Group justify="space-between" align="flex-start" gap="sm">
      <Stack gap={2}>
        <Title order={1}>{title}</Title>
        {text && (
          <Text c="dimmed" size="sm">
            {text}
          </Text>
        )}
      </Stack>
      {action}
    </Group>
  );
}
