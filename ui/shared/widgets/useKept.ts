/*
 * The last value that was there: a dialog goes on showing its subject while it fades out.
 */
import { useState } from "react";

export function useKept<T>(value: T | undefined): T | undefined {
  const [kept, setKept] = useState(value);
  if (value !== undefined && value !== kept) {
    setKept(value);
  }
  return value ?? kept;
}
