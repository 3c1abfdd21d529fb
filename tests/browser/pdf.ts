// What a person reads on a page that Chromium printed to PDF: its texts, by the tables that say which letter each glyph is.

import { inflateSync } from "node:zlib";

/** The texts of each page without any space, as runs come with and without them. */
export function textsOf(pdf: Buffer): string[] {
  const file = pdf.toString("latin1");
  const objects = new Map([...file.matchAll(/(?:^|\n)(\d+) 0 obj\n(.*?)endobj/gs)].map(([, number, body]) => [number ?? "", body ?? ""]));
  const content = (number: string | undefined) => streamOf(objects.get(number ?? "") ?? "");
  const pages = [...objects.values()].filter((body) => /\/Type \/Page\b/.test(body));
  return pages.map((page) => {
    const fonts = new Map<string, Map<string, string>>();
    for (const [, name = "", font] of page.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      fonts.set(name, lettersOf(content(/\/ToUnicode (\d+) 0 R/.exec(objects.get(font ?? "") ?? "")?.[1])));
    }
    return read(content(/\/Contents (\d+) 0 R/.exec(page)?.[1]), fonts).replace(/\s/g, "");
  });
}

function streamOf(body: string): string {
  const [, head = "", packed = ""] = /^(.*?)stream\r?\n(.*)endstream/s.exec(body) ?? [];
  if (packed === "") return "";
  return head.includes("/FlateDecode") ? inflateSync(Buffer.from(packed, "latin1")).toString("latin1") : packed;
}

/** Which letters a font's glyphs are: `<0003> <0020>` one by one, `<0014> <0015> <0031>` from one to another. */
function lettersOf(table: string): Map<string, string> {
  const letters = new Map<string, string>();
  const utf16 = (hex: string) => Buffer.from(hex, "hex").swap16().toString("utf16le");
  for (const [, part = ""] of table.matchAll(/beginbfchar\n(.*?)endbfchar/gs)) {
    for (const [, glyph = "", letter = ""] of part.matchAll(/<(\w+)> <(\w+)>/g)) letters.set(glyph, utf16(letter));
  }
  for (const [, part = ""] of table.matchAll(/beginbfrange\n(.*?)endbfrange/gs)) {
    for (const [, from = "", to = "", first = ""] of part.matchAll(/<(\w+)> <(\w+)> <(\w+)>/g)) {
      for (let step = 0; parseInt(from, 16) + step <= parseInt(to, 16); step++) {
        letters.set(hex(parseInt(from, 16) + step), utf16(hex(parseInt(first, 16) + step)));
      }
    }
  }
  return letters;
}

function hex(number: number): string {
  return number.toString(16).toUpperCase().padStart(4, "0");
}

function read(content: string, fonts: Map<string, Map<string, string>>): string {
  let font = new Map<string, string>();
  let text = "";
  for (const [, name, glyphs] of content.matchAll(/\/(F\d+) [\d.]+ Tf|<(\w+)> Tj/g)) {
    if (name !== undefined) font = fonts.get(name) ?? font;
    for (const glyph of glyphs?.match(/.{4}/g) ?? []) text += font.get(glyph) ?? "";
  }
  return text;
}
