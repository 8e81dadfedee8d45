/* A list as a file of CSV: all pages of what is shown, by the same filters. */
import { Anchor } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { absolute, fillRoute } from "../api/client";

interface Props {
  text: string;
  route: string;
  path?: Record<string, string>;
  query: Record<string, string | number | boolean | readonly string[] | undefined>;
}

export function CsvLink({ text, route, path, query }: Props) {
  return (
    <Anchor
      href={absolute(fillRoute(route, path, { ...query, format: "csv" }))}
      download
      size="sm"
      style={{ display: "inline-flex", alignItems: "center", gap: 4 }}
    >
      <IconDownload size={16} aria-hidden />
      {text}
    </Anchor>
  );
}
