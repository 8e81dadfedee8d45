/*
 * What the error codes mean: cause and advice, in the language of the page, for who is signed in. They
 * change with a release alone.
 */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSession } from "../session/useSession";
import { apiGet } from "./client";

export function useErrorMeanings(wanted = true) {
  const lang = useTranslation().i18n.language === "id" ? "id" : "en";
  const signedIn = Boolean(useSession().data?.session);
  return useQuery({
    queryKey: ["errors", lang],
    queryFn: async ({ signal }) => {
      const page = await apiGet("/api/v1/errors", { query: { lang }, signal });
      return new Map(page.items.map((error) => [error.code, error]));
    },
    enabled: wanted && signedIn,
    staleTime: Infinity,
  });
}
