// Languages to choose from for a contact: those that neighbors are likely to speak, as BCP 47 tags.

const TAGS =
  "aa ab af ak am an ar as ast ay az ba be bg bm bn bo br bs ca ce ceb chr ckb co cr cs cv cy da de din dv dz ee el en eo es " +
  "et eu fa ff fi fj fo fr ga gd gl gn grc gsw gu ha haw he hi hmn hr ht hu hy id ig ilo is it iu ja jam jv ka kab kam kar " +
  "kea ki kk kl km kn ko kok kri ks ku ky la lb lg lij ln lo lt lua lv mai mam men mg mi mk ml mn mr ms mt my nah nan nb ne nl " +
  "nv ny om or pa pap pl prs ps pt qu quc rm rn ro rom ru rw sa sat sc sco sd sg si sk sl sm sn so sq sr ss st su sv sw syr ta " +
  "te tg th ti tk tl tn to tok tr ts tt tzm ug uk ur uz ve vi war wo xh yi yo yue yua za zh zh-Hans zh-Hant zu ase";

export const LANGUAGE_TAGS: readonly string[] = TAGS.split(" ");
