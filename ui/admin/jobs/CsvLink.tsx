/* A list of jobs or calls as a file of CSV. */
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { CsvLink as Link } from "@shared/widgets/CsvLink";

export function CsvLink(props: Omit<ComponentProps<typeof Link>, "text">) {
  return <Link {...props} text={useTranslation("admin").t("job.csv")} />;
}
