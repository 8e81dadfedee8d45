/* For whom a label is: for all, or for one upstream alone. */
import { Select, type SelectProps } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useUpstreams } from "../dealers/useDealers";

interface Props extends Pick<SelectProps, "error" | "disabled" | "required"> {
  /** Empty: for all. */
  value: string;
  onChange: (upstream: string) => void;
  /** Whether "for all" can be chosen. */
  all?: boolean;
}

export function UpstreamSelect({ value, onChange, all = true, ...rest }: Props) {
  const { t } = useTranslation("admin");
  const upstreams = useUpstreams().data?.items ?? [];
  return (
    <Select
      label={t("label.for")}
      description={t("label.forHint")}
      placeholder={t("run.choose")}
      data={[
        ...(all ? [{ value: "", label: t("label.forAll") }] : []),
        ...upstreams.map(({ name }) => ({ value: name, label: name })),
      ]}
      value={all || value ? value : null}
      onChange={(chosen) => onChange(chosen ?? "")}
      allowDeselect={false}
      {...rest}
    />
  );
}
