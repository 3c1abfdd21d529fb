// Gives a text, or bytes, to the browser to save as a file.

export function saveFile(name: string, content: BlobPart, media: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: media }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  URL.revokeObjectURL(url);
}
