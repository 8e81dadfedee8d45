/* Names instead of codes: what the codes of upstreams mean, for all or for one upstream alone. */
import { Button, Group, Paper, Select, Stack } from "@mantine/core";
import { IconPlus, IconTags, IconUpload } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Label } from "@shared/api/types";
import { writeParam } from "@shared/format/ranges";
import { useParams } from "@shared/route/useRoute";
import { useMay } from "@shared/session/useMay";
import { ConfirmModal } from "@shared/widgets/ConfirmModal";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ListState } from "@shared/widgets/ListState";
import { LoadMore } from "@shared/widgets/LoadMore";
import { PageTitle } from "@shared/widgets/PageTitle";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { useUpstreams } from "../dealers/useDealers";
import { CsvLink } from "../jobs/CsvLink";
import { LabelTable } from "./LabelTable";
import { BUILT_IN, LISTS, readFilter, toQuery, type LabelSubject } from "./labelFilter";
import { useLabels, useRemoveLabel } from "./useLabels";
import "../jobs/texts";
import "../manage/texts";

const LabelModal = lazy(() => import("./LabelModal"));
const ImportModal = lazy(() => import("./ImportModal"));

function Filters() {
  const { t } = useTranslation("admin");
  const [params, setParams] = useParams();
  const { list, of } = readFilter(params);
  const upstreams = useUpstreams().data?.items ?? [];
  const set = (name: string) => (value: string | null) =>
    setParams((now) => writeParam(now, name, value), true);
  return (
    <Group gap="sm" mb="sm">
      <Select
        aria-label={t("label.filterList")}
        placeholder={t("label.allLists")}
        data={LISTS.map((one) => ({ value: one, label: t(`label.lists.${one}`) }))}
        value={list ?? null}
        onChange={set("list")}
        clearable
        w={{ base: "100%", xs: 240 }}
      />
      <Select
        aria-label={t("label.filterOf")}
        placeholder={t("label.builtInAndOwn")}
        data={[
          { value: BUILT_IN, label: t("label.builtIn") },
          ...upstreams.map(({ name }) => ({ value: name, label: t("label.ownOf", { name }) })),
        ]}
        value={of ?? null}
        onChange={set("of")}
        clearable
        w={{ base: "100%", xs: 240 }}
      />
      {(list ?? of) !== undefined && (
        <Button variant="subtle" size="xs" onClick={() => setParams(() => new URLSearchParams(), true)}>
          {t("form.clearFilters")}
        </Button>
      )}
    </Group>
  );
}

function RemoveQuestion({ subject, onClose }: { subject: Label | undefined; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const remove = useRemoveLabel();
  const shown = useKept(subject);
  const close = () => {
    remove.reset();
    onClose();
  };
  const confirm = () =>
    subject &&
    remove.mutate(subject, {
      onSuccess: () => {
        toastDone(t("label.removed", { label: subject.label }));
        close();
      },
    });
  return (
    <ConfirmModal
      opened={subject !== undefined}
      title={t("label.removeTitle", { label: shown?.label ?? "" })}
      text={t(shown?.upstream ? "label.removeOwnText" : "label.removeText", {
        code: shown?.code ?? "",
        upstream: shown?.upstream ?? "",
      })}
      action={t("label.remove")}
      danger
      busy={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      onClose={close}
    />
  );
}

function Actions({ onAdd, onImport }: { onAdd: () => void; onImport: () => void }) {
  const { t } = useTranslation("admin");
  return (
    <>
      <Button variant="default" leftSection={<IconUpload size={16} aria-hidden />} onClick={onImport}>
        {t("label.import")}
      </Button>
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onAdd}>
        {t("label.add")}
      </Button>
    </>
  );
}

export default function LabelsPage() {
  const { t } = useTranslation("admin");
  const [params] = useParams();
  const filter = readFilter(params);
  const query = useLabels(filter);
  const mayChange = useMay()("admin", true);
  const [editing, setEditing] = useState<LabelSubject>();
  const [importing, setImporting] = useState(false);
  const [removing, setRemoving] = useState<Label>();
  const labels = query.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = (filter.list ?? filter.of) !== undefined;
  const actions = {
    onEdit: (known: Label) => setEditing({ known }),
    onOtherwise: (known: Label) => setEditing({ known, otherwise: true }),
    onRemove: setRemoving,
  };
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto">
      <PageTitle
        title={t("label.title")}
        text={t(mayChange ? "label.subtitle" : "label.readOnly")}
        action={
          <Group gap="sm">
            <CsvLink route="/api/v1/labels" query={toQuery(filter)} />
            {mayChange && (
              <Actions onAdd={() => setEditing({ list: filter.list })} onImport={() => setImporting(true)} />
            )}
          </Group>
        }
      />
      <Paper withBorder radius="lg" p="md">
        <Filters />
        <ListState
          query={query}
          count={labels.length}
          empty={
            <EmptyState
              icon={<IconTags size={22} />}
              title={t(filtered ? "label.noneFound" : "label.none")}
              text={t(filtered ? "label.noneFoundHint" : "label.noneHint")}
            />
          }
        >
          <LabelTable labels={labels} actions={mayChange ? actions : undefined} />
        </ListState>
        <LoadMore
          shown={query.hasNextPage}
          busy={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
        />
      </Paper>
      <WhenNeeded subject={editing}>
        <LabelModal subject={editing} onClose={() => setEditing(undefined)} />
      </WhenNeeded>
      <WhenNeeded subject={importing || undefined}>
        <ImportModal opened={importing} onClose={() => setImporting(false)} />
      </WhenNeeded>
      <RemoveQuestion subject={removing} onClose={() => setRemoving(undefined)} />
    </Stack>
  );
}
