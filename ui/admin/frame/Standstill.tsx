/* Where there is no page: the address is none of ours, or the page is for others. */
import { Button, Center, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconLock, IconMapQuestion } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { buildHash } from "@shared/route/hash";
import { useSession } from "@shared/session/useSession";
import type { PageInfo } from "./pages";

interface Props {
  icon: ReactNode;
  title: string;
  text: string;
  hint?: string;
  kind: string;
}

function Standstill({ icon, title, text, hint, kind }: Props) {
  const { t } = useTranslation("admin");
  return (
    <Center mih="60vh" p="md" data-standstill={kind}>
      <Stack align="center" gap="sm" ta="center" maw={440}>
        <ThemeIcon variant="light" color="gray" size={64} radius="xl" aria-hidden>
          {icon}
        </ThemeIcon>
        <Title order={1} size="h2">
          {title}
        </Title>
        <Text>{text}</Text>
        {hint && (
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        )}
        <Button component="a" href={buildHash("/dealers")} variant="default" mt="xs">
          {t("standstill.home")}
        </Button>
      </Stack>
    </Center>
  );
}

function ForbiddenPage({ page }: { page: PageInfo }) {
  const { t } = useTranslation("admin");
  const session = useSession().data?.session;
  const role = session?.role === "operator" || session?.role === "admin" ? session.role : "viewer";
  const limited = role === "admin" || (role === "operator" && page.need.who === "operator");
  return (
    <Standstill
      kind="forbidden"
      icon={<IconLock size={30} />}
      title={t("standstill.forbidden", { page: t(`nav.${page.path}`) })}
      text={limited ? t("standstill.needsWhole") : t("standstill.needsRole", { role: t(`role.${page.need.who}`) })}
      hint={t("standstill.who", { name: session?.principal ?? "", role: t(`role.${role}`) })}
    />
  );
}

function UnknownPage() {
  const { t } = useTranslation("admin");
  return (
    <Standstill
      kind="unknown"
      icon={<IconMapQuestion size={30} />}
      title={t("standstill.unknown")}
      text={t("standstill.unknownHint")}
    />
  );
}

export default function StandstillPage({ page }: { page: PageInfo | undefined }) {
  return page ? <ForbiddenPage page={page} /> : <UnknownPage />;
}
