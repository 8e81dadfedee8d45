/* A list as a file of CSV: all pages of what is shown, by the same filters. */
import { Anchor } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { absolute, fillRoute } from "@shared/api/client";

interface Props {
  route: string;
  path?: Record<string, string>;
  query: Record<string, string | number | readonly string[] | undefined>;
}

export function CsvLink({ route, path, query }: Props) {
  const { t } = useTranslation("admin");
  return (
    <Anchor
      href={absolute(fillRoute(route, path, { ...query, format: "csv" }))}
      download
      size="sm"
      style={{ display: "inline-flex", alignItems: "center", gap: 4 }}
    >
      <IconDownload size={16} aria-hidden />
      {t("job.csv")}
    </Anchor>
  );
}
