/* Gives the browser a file to save. */
export function saveUrl(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

export function saveText(text: string, type: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  saveUrl(url, name);
  // The download has begun by then; without this its bytes stay until the page ends.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
