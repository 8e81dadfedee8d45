/* Adds a user, who signs in by a one-time link or with a first password, or edits one. */
import {
  Alert,
  Modal,
  PasswordInput,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import type { User } from "@shared/api/types";
import { ROLES, type Role } from "@shared/session/useMay";
import { useSession } from "@shared/session/useSession";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { FormButtons, FormFaults } from "../frame/FormParts";
import { ScopeFields } from "../scope/ScopeFields";
import { LinkOnce } from "./LinkModal";
import { useAddUser, useChangeUser } from "./useUsers";
import {
  MAX,
  firstValues,
  isLogin,
  isPassword,
  toChange,
  toInput,
  type UserValues,
} from "./userForm";

const NAMES: Record<string, keyof UserValues> = {
  login: "login",
  name: "name",
  role: "role",
  all_dealers: "dealers",
  dealers: "dealers",
  password: "password",
};
/** Of a known user the login is no input: what is said of it (nobody else may do everything) is about the role. */
const NAMES_OF_KNOWN = { ...NAMES, login: "role" as const };

function useUserForm(user: User | undefined) {
  const { t } = useTranslation("admin");
  return useForm<UserValues>({
    initialValues: firstValues(user),
    validate: {
      login: (login) => (user || isLogin(login) ? null : t("user.loginRule")),
      password: (password, values) =>
        (user ? password === "" : values.entry === "link") || isPassword(password)
          ? null
          : t("user.passwordRule"),
    },
  });
}

type Form = ReturnType<typeof useUserForm>;

function Entry({ form, user }: { form: Form; user: User | undefined }) {
  const { t } = useTranslation("admin");
  const password = (
    <PasswordInput
      label={t(user ? "user.newPassword" : "user.firstPassword")}
      description={t(user ? "user.newPasswordHint" : "user.passwordRule")}
      autoComplete="new-password"
      maxLength={MAX.password}
      {...form.getInputProps("password")}
    />
  );
  if (user) {
    return password;
  }
  return (
    <>
      <Radio.Group label={t("user.entry")} {...form.getInputProps("entry")}>
        <Stack gap="xs" mt="xs">
          <Radio value="link" label={t("user.entryLink")} description={t("user.entryLinkHint")} />
          <Radio value="password" label={t("user.entryPassword")} />
        </Stack>
      </Radio.Group>
      {form.values.entry === "password" && password}
    </>
  );
}

function Fields({ form, user }: { form: Form; user: User | undefined }) {
  const { t } = useTranslation("admin");
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput
          label={t("user.login")}
          description={t("user.loginHint")}
          maxLength={MAX.login}
          autoComplete="off"
          disabled={user !== undefined}
          required
          data-autofocus={user === undefined || undefined}
          {...form.getInputProps("login")}
        />
        <TextInput
          label={t("user.name")}
          description={t("user.nameHint")}
          maxLength={MAX.name}
          autoComplete="off"
          data-autofocus={user !== undefined || undefined}
          {...form.getInputProps("name")}
        />
      </SimpleGrid>
      <Select
        label={t("user.role")}
        description={t(`role.${form.values.role}Hint`)}
        data={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
        allowDeselect={false}
        value={form.values.role}
        onChange={(role) => form.setFieldValue("role", (role ?? "viewer") as Role)}
        error={form.errors["role"]}
      />
      <ScopeFields
        scope={form.values}
        onChange={({ all_dealers, dealers }) => form.setValues({ all_dealers, dealers })}
        error={form.errors["dealers"] as string | undefined}
      />
      <Entry form={form} user={user} />
    </>
  );
}

interface BodyProps {
  user: User | undefined;
  onAdded: (user: User, byLink: boolean) => void;
  onClose: () => void;
}

function UserFormBody({ user, onAdded, onClose }: BodyProps) {
  const { t } = useTranslation("admin");
  const own = useSession().data?.session?.principal === user?.login;
  const form = useUserForm(user);
  const add = useAddUser();
  const change = useChangeUser();
  const names = user ? NAMES_OF_KNOWN : NAMES;
  const error = add.error ?? change.error;
  const others = error ? sortErrors(error, names).others : [];
  const onError = (refused: unknown) => form.setErrors(sortErrors(refused, names).fields);
  const submit = (values: UserValues) => {
    if (!user) {
      add.mutate(toInput(values), {
        onSuccess: (added) => onAdded(added, values.entry === "link"),
        onError,
      });
      return;
    }
    const changed = toChange(values, user);
    if (Object.keys(changed).length === 0) {
      onClose();
      return;
    }
    change.mutate(
      { login: user.login, change: changed },
      {
        onSuccess: () => {
          toastDone(t("user.saved", { login: user.login }));
          onClose();
        },
        onError,
      },
    );
  };
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        <FormFaults texts={others} />
        {own && (
          <Alert color="orange" variant="light">
            {t("user.ownNote")}
          </Alert>
        )}
        <Fields form={form} user={user} />
        <FormButtons busy={add.isPending || change.isPending} onCancel={onClose}>
          {user ? t("form.save") : t("user.addSubmit")}
        </FormButtons>
      </Stack>
    </form>
  );
}

interface Props {
  /** The user to edit, "new" to add one, nothing while closed. */
  subject: User | "new" | undefined;
  onClose: () => void;
}

export default function UserModal({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const shown = useKept(subject);
  const user = shown === "new" ? undefined : shown;
  const [added, setAdded] = useState<User>();
  const close = () => {
    setAdded(undefined);
    onClose();
  };
  const onAdded = (made: User, byLink: boolean) => {
    toastDone(t("user.added", { login: made.login }));
    if (byLink) {
      setAdded(made);
    } else {
      close();
    }
  };
  return (
    <Modal
      opened={subject !== undefined}
      onClose={close}
      title={
        added
          ? t("user.linkTitle", { login: added.login })
          : user
            ? t("user.editTitle", { login: user.login })
            : t("user.addTitle")
      }
      size="lg"
      closeOnClickOutside={added === undefined}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {added ? (
        <LinkOnce login={added.login} onClose={close} />
      ) : (
        <UserFormBody user={user} onAdded={onAdded} onClose={close} />
      )}
    </Modal>
  );
}
