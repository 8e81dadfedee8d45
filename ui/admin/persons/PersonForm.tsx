/* Names somebody: by dealer and prospect, by telephone, or by identity number. */
import { Button, Group, SegmentedControl, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { IconSearch } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useAllDealers } from "../dealers/useDealers";
import { MAX, WAYS, type PersonValues, type Way } from "./personForm";

interface Props {
  form: UseFormReturnType<PersonValues>;
  busy: boolean;
  onSubmit: (values: PersonValues) => void;
  /** Somebody else is meant: what was found is no longer theirs. */
  onOther: () => void;
}

export function PersonForm({ form, busy, onSubmit, onOther }: Props) {
  const { t } = useTranslation("admin");
  const { dealers } = useAllDealers();
  const { way } = form.values;
  const choose = (next: string) => {
    form.setValues({ way: next as Way, id: "", phone: "", ktp: "" });
    form.clearErrors();
    onOther();
  };
  return (
    <form onSubmit={form.onSubmit(onSubmit)} noValidate autoComplete="off">
      <Stack gap="md">
        <SegmentedControl
          aria-label={t("person.way")}
          data={WAYS.map((one) => ({ value: one, label: t(`person.ways.${one}`) }))}
          value={way}
          onChange={choose}
          style={{ alignSelf: "flex-start", maxWidth: "100%" }}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <Select
            label={t("person.dealer")}
            placeholder={way === "id" ? t("run.choose") : t("job.allDealers")}
            data={dealers.map((dealer) => ({
              value: dealer.dealer_id,
              label: `${dealer.dealer_name} (${dealer.dealer_id})`,
            }))}
            searchable
            clearable={way !== "id"}
            clearButtonProps={{ "aria-label": t("form.clear") }}
            required={way === "id"}
            value={form.values.dealer || null}
            onChange={(dealer) => form.setFieldValue("dealer", dealer ?? "")}
            error={form.errors["dealer"]}
          />
          <TextInput
            key={way}
            label={t(`person.${way}`)}
            placeholder={t(`person.example.${way}`)}
            inputMode={way === "id" ? "text" : "tel"}
            maxLength={way === "id" ? MAX.id : MAX.number}
            autoComplete="off"
            spellCheck={false}
            required
            {...form.getInputProps(way)}
          />
        </SimpleGrid>
        <Group>
          <Button type="submit" leftSection={<IconSearch size={16} aria-hidden />} loading={busy}>
            {t("person.find")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
