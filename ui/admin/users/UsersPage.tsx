/* Who may use the system: search, add, edit, let in, lock out. Search and filters live in the URL. */
import { Button, Group, Paper, Select, Stack } from "@mantine/core";
import { IconPlus, IconUsers } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "@shared/api/types";
import { writeParam } from "@shared/format/ranges";
import { useParams } from "@shared/route/useRoute";
import { ROLES } from "@shared/session/useMay";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { ListState } from "@shared/widgets/ListState";
import { PageTitle } from "@shared/widgets/PageTitle";
import { SearchBox } from "@shared/widgets/SearchBox";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { toastDone } from "@shared/widgets/toast";
import { SignOutQuestion, SwitchQuestion } from "./UserQuestions";
import { UserTable, type UserAction } from "./UserTable";
import { useUnlockUser, useUsers } from "./useUsers";
import { STATES, matches, type UserFilter } from "./userForm";
import "../manage/texts";

const UserModal = lazy(() => import("./UserModal"));
const LinkModal = lazy(() => import("./LinkModal"));

function useUserFilter() {
  const [params, setParams] = useParams();
  const filter: UserFilter = {
    q: params.get("q") ?? "",
    role: ROLES.find((role) => role === params.get("role")),
    state: STATES.find((state) => state === params.get("state")),
  };
  const set = (name: keyof UserFilter, value: string | null) =>
    setParams((now) => writeParam(now, name, value), true);
  return { filter, set };
}

function Filters({ filter, set }: ReturnType<typeof useUserFilter>) {
  const { t } = useTranslation("admin");
  return (
    <Group gap="sm" mb="sm">
      <SearchBox label={t("user.search")} value={filter.q} onSearch={(q) => set("q", q)} />
      <Select
        aria-label={t("user.filterRole")}
        placeholder={t("user.allRoles")}
        data={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
        value={filter.role ?? null}
        onChange={(role) => set("role", role)}
        clearable
        w={{ base: "100%", xs: 160 }}
      />
      <Select
        aria-label={t("user.filterState")}
        placeholder={t("user.allStates")}
        data={STATES.map((state) => ({ value: state, label: t(`user.state.${state}`) }))}
        value={filter.state ?? null}
        onChange={(state) => set("state", state)}
        clearable
        w={{ base: "100%", xs: 160 }}
      />
    </Group>
  );
}

export default function UsersPage() {
  const { t } = useTranslation("admin");
  const { filter, set } = useUserFilter();
  const query = useUsers();
  const unlock = useUnlockUser();
  const [editing, setEditing] = useState<User | "new">();
  const [asked, setAsked] = useState<{ action: UserAction; user: User }>();
  const users = (query.data ?? []).filter((user) => matches(user, filter));
  const about = (action: UserAction) => (asked?.action === action ? asked.user : undefined);
  const done = () => setAsked(undefined);
  const onAction = (action: UserAction, user: User) => {
    if (action === "edit") {
      setEditing(user);
    } else if (action === "unlock") {
      unlock.mutate(user.login, {
        onSuccess: () => toastDone(t("user.unlocked", { login: user.login })),
      });
    } else {
      setAsked({ action, user });
    }
  };
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto">
      <PageTitle
        title={t("user.title")}
        text={t("user.subtitle")}
        action={
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEditing("new")}>
            {t("user.add")}
          </Button>
        }
      />
      <Paper withBorder radius="lg" p="md">
        <Filters filter={filter} set={set} />
        {unlock.error && <ErrorNotice error={unlock.error} />}
        <ListState
          query={query}
          count={users.length}
          empty={
            <EmptyState
              icon={<IconUsers size={22} />}
              title={t("user.noneFound")}
              text={t("user.noneFoundHint")}
            />
          }
        >
          <UserTable users={users} onAction={onAction} />
        </ListState>
      </Paper>
      <WhenNeeded subject={editing}>
        <UserModal subject={editing} onClose={() => setEditing(undefined)} />
      </WhenNeeded>
      <WhenNeeded subject={about("link")}>
        <LinkModal subject={about("link")} onClose={done} />
      </WhenNeeded>
      <SwitchQuestion subject={about("switch")} onClose={done} />
      <SignOutQuestion subject={about("signOut")} onClose={done} />
    </Stack>
  );
}
