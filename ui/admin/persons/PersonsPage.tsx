/*
 * What is stored about one person, for their requests: found, exported, erased. Numbers that are typed here go to
 * the server in bodies alone; they are in no address and are forgotten with the page.
 */
import { Alert, Button, Group, Paper, Stack, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconDownload, IconEraser, IconUserOff } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@shared/api/client";
import { sortErrors } from "@shared/api/fieldErrors";
import type { PersonErased, PersonNamed } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { PageTitle } from "@shared/widgets/PageTitle";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { useAllDealers } from "../dealers/useDealers";
import type { EraseSubject } from "./EraseModal";
import { PersonForm } from "./PersonForm";
import { PersonFound } from "./PersonFound";
import { NOBODY, PERSON_FIELDS, enoughDigits, toNamed, type PersonValues } from "./personForm";
import { useFindPerson } from "./usePersons";
import "../jobs/texts";
import "../manage/texts";

const ExportModal = lazy(() => import("./ExportModal"));
const EraseModal = lazy(() => import("./EraseModal"));

function usePersonForm() {
  const { t } = useTranslation("admin");
  return useForm<PersonValues>({
    initialValues: NOBODY,
    validate: {
      dealer: (dealer, { way }) => (way === "id" && !dealer ? t("person.dealerRule") : null),
      id: (id, { way }) => (way === "id" && !id.trim() ? t("person.idRule") : null),
      phone: (phone, { way }) => (way === "phone" && !enoughDigits("phone", phone) ? t("person.phoneRule") : null),
      ktp: (ktp, { way }) => (way === "ktp" && !enoughDigits("ktp", ktp) ? t("person.ktpRule") : null),
    },
  });
}

/** Nobody found is an answer; anything else is a failure, unless it stands at its field. */
function NotFound({ error }: { error: unknown }) {
  const { t } = useTranslation("admin");
  if (error instanceof ApiError && error.code === "person.unknown") {
    return <EmptyState icon={<IconUserOff size={22} />} title={t("person.nobody")} text={t("person.nobodyHint")} />;
  }
  const placed = Object.keys(sortErrors(error, PERSON_FIELDS).fields).length > 0;
  return placed ? null : <ErrorNotice error={error} />;
}

function Done({ erased, onClose }: { erased: PersonErased; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  return (
    <Alert
      color="teal"
      variant="light"
      role="status"
      title={t("person.erasedTitle")}
      withCloseButton
      closeButtonLabel={t("form.close")}
      onClose={onClose}
      data-erased={erased.prospects}
    >
      {t("person.erasedText", {
        prospects: format.count(erased.prospects),
        aside: format.count(erased.set_aside),
        hashes: erased.hashes.map((hash) => hash.slice(0, 16)).join(", "),
      })}
    </Alert>
  );
}

export default function PersonsPage() {
  const { t } = useTranslation("admin");
  const { byCode } = useAllDealers();
  const form = usePersonForm();
  const find = useFindPerson();
  const [who, setWho] = useState<PersonNamed>();
  const [exporting, setExporting] = useState<PersonNamed>();
  const [erasing, setErasing] = useState<EraseSubject>();
  const [erased, setErased] = useState<PersonErased>();
  const forget = () => {
    find.reset();
    setWho(undefined);
    setErased(undefined);
  };
  const search = (values: PersonValues) => {
    const named = toNamed(values);
    forget();
    find.mutate(named, {
      onSuccess: () => setWho(named),
      onError: (error) => form.setErrors(sortErrors(error, PERSON_FIELDS).fields),
    });
  };
  const done = (result: PersonErased) => {
    setErasing(undefined);
    forget();
    form.reset();
    setErased(result);
  };
  const page = find.data;
  const gone = page !== undefined && page.set_aside === 0 && page.items.every((found) => found.erased);
  return (
    <Stack gap="md" maw={1080} mx="auto">
      <PageTitle title={t("person.title")} text={t("person.subtitle")} />
      <Alert color="gray" variant="light">
        {t("person.logged")}
      </Alert>
      <Paper withBorder radius="lg" p="md">
        <PersonForm form={form} busy={find.isPending} onSubmit={search} onOther={forget} />
      </Paper>
      {erased && <Done erased={erased} onClose={() => setErased(undefined)} />}
      {find.error && <NotFound error={find.error} />}
      {page && who && (
        <Paper withBorder radius="lg" p="md" component="section" aria-labelledby="person-stored">
          <Group justify="space-between" mb="sm" gap="sm">
            <Title order={2} size="h4" id="person-stored">
              {t("person.stored")}
            </Title>
            <Group gap="sm">
              <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => setExporting(who)}>
                {t("person.export")}
              </Button>
              {!gone && (
                <Button color="red.9" leftSection={<IconEraser size={16} aria-hidden />} onClick={() => setErasing({ who, page })}>
                  {t("person.erase")}
                </Button>
              )}
            </Group>
          </Group>
          <PersonFound page={page} byCode={byCode} />
        </Paper>
      )}
      <WhenNeeded subject={exporting}>
        <ExportModal subject={exporting} onClose={() => setExporting(undefined)} />
      </WhenNeeded>
      <WhenNeeded subject={erasing}>
        <EraseModal subject={erasing} onErased={done} onClose={() => setErasing(undefined)} />
      </WhenNeeded>
    </Stack>
  );
}
