// What languages are called where the browser has no name for them, and which tags mean one and the same language.

/** By tag. Chromium leaves these out of what it is told about languages; a code would say nothing to anybody. */
const NAMES =
  "ab Abkhazian|aa Afar|ase American Sign Language (ASL)|grc Ancient Greek|ba Bashkir|kea Cape Verdean (Kriolu)|" +
  "ce Chechen|cv Chuvash|cr Cree|din Dinka|dz Dzongkha|fj Fijian|ff Fulah (Fulfulde, Pulaar)|kl Greenlandic|" +
  "nan Hokkien (Taiwanese)|iu Inuktitut|jam Jamaican Creole (Patwa)|kab Kabyle (Taqbaylit)|kam Kamba|kar Karen|" +
  "ks Kashmiri|quc K’iche’|ki Kikuyu (Gikuyu)|rn Kirundi|kri Krio|lo Lao|lij Ligurian|lua Luba-Lulua (Tshiluba)|" +
  "mam Mam|men Mende|nah Nahuatl|nv Navajo (Diné bizaad)|pap Papiamento|rom Romani|sg Sango|sat Santali|sc Sardinian|" +
  "sco Scots|ss Swati|gsw Swiss German|syr Syriac (Assyrian)|tzm Tamazight (Berber)|bo Tibetan|tok Toki Pona|ve Venda|" +
  "war Waray|yua Yucatec Maya|za Zhuang";

const OWN = new Map(NAMES.split("|").map((one) => [one.slice(0, one.indexOf(" ")), one.slice(one.indexOf(" ") + 1)] as const));

/** Of these people speak of as one, and browsers call them the same: whoever chose either is found by both. */
const SAME: Record<string, string> = { fil: "tl", kmr: "ku" };

/** The tag that is to be chosen for a language, whatever somebody's file or an earlier choice calls it. */
export function sameLanguage(tag: string): string {
  return SAME[tag] ?? tag;
}

/** `names`: what the browser calls languages, and nothing where it has no name. */
export function nameOfLanguage(tag: string, names: (tag: string) => string | undefined): string {
  const name = names(tag) ?? OWN.get(tag) ?? tag;
  // Who speaks it looks for either word.
  return sameLanguage(tag) === "tl" && !/tagalog/i.test(name) ? `${name} (Tagalog)` : name;
}
