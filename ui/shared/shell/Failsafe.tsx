/* A fault in a page's own code: says so and offers to load the page again. */
import { Button, Center, Stack, Text, Title } from "@mantine/core";
import { Component, type ReactNode } from "react";
import i18next from "i18next";

export class Failsafe extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) {
      return this.props.children;
    }
    return (
      <Center component="main" mih="100vh" p="md">
        <Stack align="center" maw={420} ta="center">
          <Title order={1} size="h2">
            {i18next.t("shared:failsafe.title")}
          </Title>
          <Text c="dimmed">{i18next.t("shared:failsafe.text")}</Text>
          <Button onClick={() => window.location.reload()}>{i18next.t("shared:failsafe.reload")}</Button>
        </Stack>
      </Center>
    );
  }
}
