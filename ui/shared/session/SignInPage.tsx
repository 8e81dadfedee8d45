/*
 * Sign-in: login and password; tells about the one-time link, and takes an admin key for who has
 * neither at hand.
 */
import {
  Alert,
  Anchor,
  Button,
  Center,
  Code,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconKey, IconLink, IconLock, IconUser } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { Trans, useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { useErrorText } from "../widgets/ErrorNotice";
import { BrandMark } from "../shell/BrandMark";
import { LanguageSwitch } from "./LanguageSwitch";
import { useSignIn } from "./useSession";

interface Props {
  app: string;
  refusal: ApiError | undefined;
}

function PasswordForm() {
  const { t } = useTranslation("shared");
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useSignIn();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ login: login.trim(), password });
  };
  const textOf = useErrorText();
  const refused = signIn.error instanceof ApiError ? signIn.error : undefined;
  const text =
    refused?.status === 401
      ? t("signIn.wrongPassword")
      : refused?.code === "auth.locked"
        ? t("signIn.locked")
        : signIn.error && textOf(signIn.error);
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label={t("signIn.login")}
          autoComplete="username"
          leftSection={<IconUser size={16} aria-hidden />}
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
          required
        />
        <PasswordInput
          label={t("signIn.password")}
          autoComplete="current-password"
          leftSection={<IconLock size={16} aria-hidden />}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={text}
          required
        />
        <Button
          type="submit"
          loading={signIn.isPending}
          disabled={login.trim() === "" || password === ""}
        >
          {t("signIn.submit")}
        </Button>
      </Stack>
    </form>
  );
}

function KeyForm() {
  const { t } = useTranslation("shared");
  const [key, setKey] = useState("");
  const signIn = useSignIn();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ key: key.trim() });
  };
  const textOf = useErrorText();
  const wrong = signIn.error instanceof ApiError && signIn.error.status === 401;
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <PasswordInput
          label={t("signIn.keyLabel")}
          description={t("signIn.keyHint")}
          autoComplete="current-password"
          leftSection={<IconKey size={16} aria-hidden />}
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          error={signIn.error ? (wrong ? t("signIn.wrongKey") : textOf(signIn.error)) : undefined}
          required
        />
        <Button type="submit" loading={signIn.isPending} disabled={key.trim() === ""}>
          {t("signIn.submitKey")}
        </Button>
      </Stack>
    </form>
  );
}

export default function SignInPage({ app, refusal }: Props) {
  const { t } = useTranslation("shared");
  const [byKey, setByKey] = useState(false);
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder radius="lg" p={{ base: "lg", xs: "xl" }} maw={440} w="100%" shadow="sm">
        <Stack gap="lg">
          <Stack gap={6}>
            <BrandMark size={36} />
            <Title order={1} size="h2" mt="xs">
              {t("signIn.title", { app })}
            </Title>
          </Stack>
          {refusal && (
            <Alert color="orange" variant="light" title={t("signIn.linkRefused")} role="alert">
              {t("signIn.linkRefusedHint")}
            </Alert>
          )}
          <PasswordForm />
          <Alert color="gray" variant="light" icon={<IconLink aria-hidden />}>
            <Text size="sm">
              <Trans
                i18nKey="signIn.link"
                ns="shared"
                components={{ cmd: <Code />, b: <strong /> }}
              />
            </Text>
          </Alert>
          {byKey ? (
            <>
              <KeyForm />
              <Text size="xs" c="dimmed">
                {t("signIn.cookie")}
              </Text>
            </>
          ) : (
            <Anchor component="button" type="button" size="sm" onClick={() => setByKey(true)}>
              {t("signIn.useKey")}
            </Anchor>
          )}
          <LanguageSwitch />
        </Stack>
      </Paper>
    </Center>
  );
}
