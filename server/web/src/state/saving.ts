// Gives a text, or bytes, to the browser to save as a file.

/** The bytes of a Base64 text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export function saveFile(name: string, content: BlobPart, media: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: media }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  URL.revokeObjectURL(url);
}
