// The core reads other encodings than Unicode's, and puts letters and their marks together, with what the browser knows.

import { generateKeyPairSync } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { Core, startCore } from "./whole-core.mjs";

const NOW = Date.UTC(2026, 9, 14);
let ask;

beforeAll(() => {
  startCore();
  const core = Core.open([], crypto.getRandomValues(new Uint8Array(32)), NOW);
  const perform = (request, bytes = new Uint8Array()) => {
    const answer = JSON.parse(core.perform(JSON.stringify(request), bytes, NOW));
    if (!answer.ok) throw new Error(JSON.stringify(answer.fault));
    return answer.value;
  };
  const serverKey = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x;
  const founding = { name: "Elm Street", memberName: "Ana", url: "https://porch.example", token: null, serverKey, country: "US", zone: "UTC" };
  const group = perform({ foundGroup: founding });
  ask = (file, options = {}) => perform({ previewImport: { group, options } }, file);
});

test("a sheet in Chinese is guessed, told of, and read otherwise by choice", () => {
  const sheet = Uint8Array.from([..."Name\n"].map((letter) => letter.charCodeAt(0)).concat([0xd5, 0xc5, 0xce, 0xb0, 10, 0xcd, 0xf5, 0xb7, 0xbc, 10]));
  const guessed = ask(sheet);
  expect(guessed).toMatchObject({ encoding: "gb18030", isGuessed: true });
  expect(guessed.rows.map(({ name }) => name)).toEqual(["张伟", "王芳"]);
  const chosen = ask(sheet, { encoding: "windows1252" });
  expect(chosen).toMatchObject({ encoding: "windows1252", isGuessed: false });
  expect(chosen.rows[0].name).toBe("ÕÅÎ°");
});

test("letters that were taken apart are put together", () => {
  expect(ask(new TextEncoder().encode("Name\nJose\u0301 Nun\u0303ez\n")).rows[0].name).toBe("José Nuñez");
});
