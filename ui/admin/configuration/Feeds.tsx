/* How often failed calls of each feed are tried: what each number means, what is usual, what holds, who changed it. */
import { Anchor, Button, Group, NumberInput, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconRss } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import type { FeedPolicy } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { useMay } from "@shared/session/useMay";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ListState } from "@shared/widgets/ListState";
import { toastDone } from "@shared/widgets/toast";
import { FormFaults } from "../frame/FormParts";
import { useFeedQuery, useFeeds } from "../jobs/feeds";
import { NUMBERS, carryOver, firstValues, holds, isNumberGood, toChange, usualOf, waits, type FeedNumber, type FeedValues } from "./feedForm";
import { isStale, useSaveFeed } from "./useConfiguration";
import "../jobs/texts";

const FIELDS = Object.fromEntries(NUMBERS.map(({ name }) => [name, name])) as Record<string, keyof FeedValues>;
const WAITS_SHOWN = 5;
const MINUTE_S = 60;

function useFeedForm(feed: FeedPolicy) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const rule = (field: FeedNumber) => (value: number | string) =>
    isNumberGood(value, field)
      ? null
      : t("upstream.numberRule", { least: format.count(field.least), most: format.count(field.most) });
  return useForm<FeedValues>({
    initialValues: firstValues(feed),
    validate: Object.fromEntries(NUMBERS.map((field) => [field.name, rule(field)])),
    validateInputOnChange: true,
  });
}

type Form = ReturnType<typeof useFeedForm>;

function Numbers({ feed, form, editable }: { feed: FeedPolicy; form: Form; editable: boolean }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const usual = ({ name, unit }: FeedNumber) =>
    `${format.count(usualOf(feed, name))} ${t(`feedPolicy.unit.${unit}`)}`;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" style={{ alignItems: "end" }}>
      {NUMBERS.map((field) => (
        <NumberInput
          key={field.name}
          label={t(`feedPolicy.${field.name}`)}
          description={`${t(`feedPolicy.hint.${field.name}`)} ${t("setting.usual", { n: usual(field) })}.`}
          placeholder={t("feedPolicy.usualNow", { n: usual(field) })}
          suffix={` ${t(`feedPolicy.unit.${field.unit}`)}`}
          thousandSeparator=" "
          allowDecimal={false}
          allowNegative={false}
          min={field.least}
          max={field.most}
          clampBehavior="none"
          readOnly={!editable}
          {...form.getInputProps(field.name)}
        />
      ))}
    </SimpleGrid>
  );
}

/** The numbers as one sentence, while they are typed. */
function Meaning({ feed, values }: { feed: FeedPolicy; values: FeedValues }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const policy = holds(values, feed);
  const { seconds, more } = waits(policy, WAITS_SHOWN);
  const deadline = format.duration(policy.deadline_minutes * MINUTE_S);
  const list = seconds.map((s) => format.duration(s)).join(", ") + (more ? ", …" : "");
  return (
    <Text size="sm" data-meaning>
      {seconds.length > 0
        ? t("feedPolicy.meaning", { tries: format.count(policy.max_attempts), list, deadline })
        : t("feedPolicy.once")}
    </Text>
  );
}

interface FormProps {
  feed: FeedPolicy;
  editable: boolean;
  save: ReturnType<typeof useSaveFeed>;
}

/** Follows what somebody saves, without a word typed being lost; whether something typed was overtaken so. */
function useCarryOver(feed: FeedPolicy, form: Form, saving: boolean) {
  const read = useRef(feed);
  const [overtaken, setOvertaken] = useState(false);
  useEffect(() => {
    if (read.current.etag !== feed.etag) {
      const values = carryOver(form.getValues(), read.current, feed);
      read.current = feed;
      form.setValues(values);
      setOvertaken(!saving && Object.keys(toChange(values, feed)).length > 0);
    }
  }, [feed, form, saving]);
  return { overtaken, forget: () => setOvertaken(false) };
}

function FeedForm({ feed, editable, save }: FormProps) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const form = useFeedForm(feed);
  const name = useFeeds().name(feed.feed);
  const change = toChange(form.values, feed);
  const typed = Object.keys(change).length > 0;
  const own = NUMBERS.some((number) => feed[number.name] !== undefined);
  const { overtaken, forget } = useCarryOver(feed, form, save.isPending);
  const around = useRef<HTMLFormElement>(null);
  const refused = isStale(save.error);
  const stale = refused || (overtaken && typed) ? [t(typed ? "feedPolicy.staleTyped" : "feedPolicy.stale")] : [];
  const faults = refused ? [] : sortErrors(save.error, FIELDS).others;
  const undo = () => {
    form.setValues(firstValues(feed));
    forget();
    save.reset();
  };
  const send = (what: typeof change) =>
    save.mutate(
      { feed, change: what },
      {
        onSuccess: () => {
          forget();
          toastDone(t("feedPolicy.saved", { name }));
        },
        onError: (error) => !isStale(error) && form.setErrors(sortErrors(error, FIELDS).fields),
        // A button that waits gives its focus away.
        onSettled: () => document.activeElement === document.body && around.current?.focus({ preventScroll: true }),
      },
    );
  return (
    <form ref={around} tabIndex={-1} onSubmit={form.onSubmit(() => send(change))} noValidate>
      <Stack gap="md">
        <Numbers feed={feed} form={form} editable={editable} />
        <Meaning feed={feed} values={form.values} />
        <FormFaults texts={[...stale, ...faults]} />
        {editable && (
          <Group gap="sm">
            <Button type="submit" size="sm" disabled={!typed} loading={save.isPending}>
              {t("form.save")}
            </Button>
            {typed && (
              <Button size="sm" variant="default" onClick={undo}>
                {t("form.cancel")}
              </Button>
            )}
            {own && !typed && (
              <Button
                size="sm"
                variant="subtle"
                disabled={save.isPending}
                onClick={() => send(Object.fromEntries(NUMBERS.map((number) => [number.name, 0])))}
              >
                {t("setting.back")}
              </Button>
            )}
          </Group>
        )}
        {feed.changed_by && feed.changed_at && (
          <Text size="xs" c="dimmed">
            {t("setting.changed", { who: feed.changed_by, when: format.moment(feed.changed_at) })}
          </Text>
        )}
      </Stack>
    </form>
  );
}

function FeedCard({ feed, editable }: { feed: FeedPolicy; editable: boolean }) {
  const name = useFeeds().name(feed.feed);
  const save = useSaveFeed();
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-label={name} data-feed={feed.feed}>
      <Stack gap="sm">
        <Group gap="xs" align="baseline">
          <Title order={2} size="h4">
            {name}
          </Title>
          <Text size="xs" c="dimmed">
            {feed.feed}
          </Text>
        </Group>
        <FeedForm feed={feed} editable={editable} save={save} />
      </Stack>
    </Paper>
  );
}

export function Feeds() {
  const { t } = useTranslation("admin");
  const query = useFeedQuery();
  const editable = useMay()("admin", true);
  const items = query.data?.items ?? [];
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t("feedPolicy.text")}{" "}
        <Anchor href={buildHash("/configuration")} size="sm" underline="always">
          {t("feedPolicy.toUpstreams")}
        </Anchor>
        {!editable && ` ${t("setting.readOnly")}`}
      </Text>
      <ListState
        query={query}
        count={items.length}
        empty={<EmptyState icon={<IconRss size={22} />} title={t("feedPolicy.none")} />}
      >
        {items.map((feed) => (
          <FeedCard key={feed.feed} feed={feed} editable={editable} />
        ))}
      </ListState>
    </Stack>
  );
}
