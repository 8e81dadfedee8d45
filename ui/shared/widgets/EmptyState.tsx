/* Nothing to show: why, and what to do next. */
import { Stack, Text, ThemeIcon, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  icon: ReactNode;
  title: string;
  text?: string | undefined;
  action?: ReactNode;
  /** Stands in the place of a whole page, whose heading it is then. */
  page?: boolean;
}

export function EmptyState({ icon, title, text, action, page = false }: Props) {
  return (
    <Stack align="center" gap={6} py="xl" px="md" ta="center">
      <ThemeIcon variant="light" color="gray" size={44} radius="xl" mb={4} aria-hidden>
        {icon}
      </ThemeIcon>
      {page ? (
        <Title order={1} size="md">
          {title}
        </Title>
      ) : (
        <Text fw={600}>{title}</Text>
      )}
      {text && (
        <Text size="sm" c="dimmed" maw={420}>
          {text}
        </Text>
      )}
      {action}
    </Stack>
  );
}
