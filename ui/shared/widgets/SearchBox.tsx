/* A search that is told once the typing rests. */
import { CloseButton, TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

const WAIT_MS = 250;

interface Props extends Pick<TextInputProps, "w"> {
  label: string;
  value: string;
  onSearch: (text: string) => void;
}

export function SearchBox({ label, value, onSearch, w = { base: "100%", xs: 280 } }: Props) {
  const { t } = useTranslation("shared");
  const [text, setText] = useState(value);
  const tell = useDebouncedCallback((typed: string) => onSearch(typed.trim()), WAIT_MS);
  const [told, setTold] = useState(value);
  if (value !== told) {
    // The value came from elsewhere: a link, a filter that was taken away.
    setTold(value);
    if (value !== text.trim()) {
      setText(value);
    }
  }
  const type = (typed: string) => {
    setText(typed);
    tell(typed);
  };
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text && <CloseButton size="sm" aria-label={t("list.clear")} onClick={() => type("")} />
      }
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      w={w}
    />
  );
}
