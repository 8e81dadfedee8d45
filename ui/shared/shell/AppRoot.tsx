/*
 * Everything around an application: theme, query client, session gate, live stream.
 */
import { MantineProvider, localStorageColorSchemeManager } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError, mayPass } from "../api/client";
import { LiveProvider } from "../live/LiveProvider";
import { SessionGate } from "../session/SessionGate";
import { catchStartLink } from "../session/startLink";
import { SESSION_KEY, forgetSession } from "../session/useSession";
import type { Application } from "../texts/start";
import { SCHEME_KEY, colours, theme } from "../theme/theme";
import { Failsafe } from "./Failsafe";
import "@mantine/core/styles.css";
import "@mantine/dates/styles.css";
import "@mantine/notifications/styles.css";
import "../theme/base.css";

/** What failed is asked again by itself so often, while it is seen. */
const AGAIN_MS = 15_000;

function makeClient(): QueryClient {
  const onError = (error: unknown) => {
    if (error instanceof ApiError && error.status === 401) {
      forgetSession(client);
    }
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (query.queryKey[0] !== SESSION_KEY[0]) {
          onError(error);
        }
        // It was shown before, and is not for this person any more, or is gone: no longer, then.
        if (query.state.data !== undefined && error instanceof ApiError && [403, 404].includes(error.status)) {
          void client.resetQueries({ queryKey: query.queryKey, exact: true });
        }
      },
    }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        // A wrong key on the sign-in page is a 401 too, but ends no session.
        if (mutation.meta?.["signIn"] !== true) {
          onError(error);
        }
      },
    }),
    defaultOptions: {
      mutations: { networkMode: "always" },
      queries: {
        staleTime: 15_000,
        // The server may be on this very machine: what the browser thinks of its network says
        // nothing, only a call does.
        networkMode: "always",
        retry: (count, error) => count < 2 && mayPass(error),
        refetchInterval: ({ state }) => (state.status === "error" && mayPass(state.error) ? AGAIN_MS : false),
      },
    },
  });
  return client;
}

export function mountApp(app: Application, content: ReactNode): void {
  catchStartLink();
  const host = document.getElementById("root");
  if (!host) {
    throw new Error("no element #root");
  }
  const schemes = localStorageColorSchemeManager({ key: SCHEME_KEY });
  createRoot(host).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={colours}
        defaultColorScheme="auto"
        colorSchemeManager={schemes}
      >
        <Notifications position="bottom-right" />
        <Failsafe>
          <QueryClientProvider client={makeClient()}>
            <SessionGate app={app}>
              <LiveProvider>{content}</LiveProvider>
            </SessionGate>
          </QueryClientProvider>
        </Failsafe>
      </MantineProvider>
    </StrictMode>,
  );
}
