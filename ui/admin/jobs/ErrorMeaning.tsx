/* What an error code means: its cause, and what can be done. Nothing while it is not known. */
import { Text } from "@mantine/core";
import { useErrorMeanings } from "@shared/api/errorMeanings";

export function ErrorMeaning({ code, known }: { code: string; known?: string | undefined }) {
  const meaning = useErrorMeanings().data?.get(code);
  if (!meaning) {
    return null;
  }
  return (
    <Text size="sm" mt={known ? 4 : 0}>
      {meaning.cause} {meaning.advice}
    </Text>
  );
}
