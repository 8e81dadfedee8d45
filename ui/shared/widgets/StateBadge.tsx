/* A state as a coloured word. The word says it all; the colour only helps the eye. */
import { Badge } from "@mantine/core";

interface Props {
  text: string;
  colour: string;
  state?: string;
}

export function StateBadge({ text, colour, state }: Props) {
  return (
    <Badge
      color={colour}
      variant="light"
      radius="sm"
      tt="none"
      miw="max-content"
      data-state={state}
    >
      {text}
    </Badge>
  );
}
