/*
 * First stop of the Tab key: jumps over header and navigation. With a hash router a plain
 * `#content` link would change the route, so the focus is moved by hand.
 */
import { useTranslation } from "react-i18next";

export const CONTENT_ID = "content";

export function SkipLink() {
  const { t } = useTranslation("shared");
  return (
    <a
      className="skip-link"
      href={`#${CONTENT_ID}`}
      onClick={(event) => {
        event.preventDefault();
        document.getElementById(CONTENT_ID)?.focus();
      }}
    >
      {t("shell.skip")}
    </a>
  );
}
