/*
 * Shows the application to who is signed in, the sign-in page to who is not, and a plain notice
 * while the server does not answer.
 */
import { Center, Loader } from "@mantine/core";
import { Fragment, Suspense, lazy, useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Application } from "../texts/start";
import { ErrorNotice } from "../widgets/ErrorNotice";
import { catchStartLink } from "./startLink";
import { useSession, useWho } from "./useSession";

/** Who is signed in does not wait for it. */
const SignInPage = lazy(() => import("./SignInPage"));

export function SessionGate({ app, children }: { app: Application; children: ReactNode }) {
  const { t } = useTranslation(["shared", "analytics", "admin"]);
  const { data, error, refetch, isFetching } = useSession();
  const who = useWho();
  useEffect(() => {
    const onHash = () => {
      if (catchStartLink()) {
        void refetch();
      }
    };
    window.addEventListener("hashchange", onHash);
    return () => window.removeEventListener("hashchange", onHash);
  }, [refetch]);

  if (data?.session) {
    return <Fragment key={who}>{children}</Fragment>;
  }
  const waiting = (
    <Center component="main" mih="100vh" p="md">
      {error ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loader aria-label={t("state.loading")} />
      )}
    </Center>
  );
  if (data) {
    return (
      <Suspense fallback={waiting}>
        <SignInPage
          app={t(app === "admin" ? "admin:title" : "analytics:title")}
          refusal={data.refusal}
        />
      </Suspense>
    );
  }
  return waiting;
}
