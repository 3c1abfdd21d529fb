// The encodings that files of contacts may be in, as the core and as people name them.

/** By scripts, the usual ones first. */
export const ENCODINGS: readonly (readonly [name: string, shown: string])[] = [
  ["utf8", "Unicode (UTF-8)"],
  ["utf16-le", "Unicode (UTF-16 LE)"],
  ["utf16-be", "Unicode (UTF-16 BE)"],
  ["windows1252", "Windows-1252, ISO-8859-1 (é ñ ü)"],
  ["iso885915", "ISO-8859-15 (é ñ €)"],
  ["mac-roman", "Mac Roman (é ñ ü)"],
  ["cp850", "DOS 850 (é ñ ü)"],
  ["cp437", "DOS 437 (é ñ ü)"],
  ["windows1250", "Windows-1250 (ł č ő)"],
  ["iso88592", "ISO-8859-2 (ł č ő)"],
  ["windows1251", "Windows-1251 (Я)"],
  ["koi8-r", "KOI8-R (Я)"],
  ["koi8-u", "KOI8-U (Ї)"],
  ["cp866", "DOS 866 (Я)"],
  ["windows1253", "Windows-1253 (Ω)"],
  ["windows1254", "Windows-1254 (ş ğ ı)"],
  ["windows1255", "Windows-1255 (ש)"],
  ["windows1256", "Windows-1256 (ش)"],
  ["windows1257", "Windows-1257 (ė ų ā)"],
  ["windows1258", "Windows-1258 (ơ ư đ)"],
  ["windows874", "Windows-874 (ก)"],
  ["gb18030", "GB18030, GBK (简体)"],
  ["big5", "Big5 (繁體)"],
  ["shift-jis", "Shift_JIS (あ)"],
  ["euc-jp", "EUC-JP (あ)"],
  ["euc-kr", "EUC-KR (한)"],
];

export function encodingName(encoding: string): string {
  return ENCODINGS.find(([name]) => name === encoding)?.[1] ?? encoding;
}
