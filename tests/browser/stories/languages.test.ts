// Product 30: every language is whole, only the spoken one is loaded, and the choice is kept.

import { expect, test } from "@playwright/test";
import { Person } from "../people";
import { Server } from "../server";

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
});
test.afterAll(() => server.remove());

const GREETINGS = [
  { code: "es", locale: "es-MX", start: "Empezar un grupo", dir: "ltr", draft: false },
  { code: "ar", locale: "ar-EG", start: "ابدأ مجموعة", dir: "rtl", draft: true },
  { code: "ht", locale: "ht", start: "Kòmanse yon gwoup", dir: "ltr", draft: true },
  { code: "pl", locale: "pl-PL", start: "Załóż grupę", dir: "ltr", draft: true },
  { code: "vi", locale: "vi-VN", start: "Lập nhóm", dir: "ltr", draft: true },
  { code: "zh-Hans", locale: "zh-CN", start: "建立群组", dir: "ltr", draft: true },
];

for (const { code, locale, start, dir, draft } of GREETINGS) {
  test(`F30: a phone set to ${locale} is greeted in ${code}, loads no other language, and hears what is a draft`, async ({ browser }) => {
    const ana = await Person.with(browser, "Ana", { locale });
    const loaded: string[] = [];
    ana.page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
    await ana.page.goto(server.url);
    await expect(ana.page.getByRole("link", { name: start })).toBeVisible();
    await expect(ana.page.locator("html")).toHaveAttribute("lang", code);
    await expect(ana.page.locator("html")).toHaveAttribute("dir", dir);
    const languages = loaded.filter((path) => /^\/assets\/(en|es|ar|ht|pl|vi|zh-Hans)-/.test(path));
    expect(languages.map((path) => path.replace(/^\/assets\/(.*)-.{8}\.js$/, "$1"))).toEqual([code]);
    const note = ana.page.locator(".choice [role=status]");
    if (draft) await expect(note).not.toBeEmpty();
    else await expect(note).toBeEmpty();
    await ana.leave();
  });
}

test("F30: the language that was chosen stays, also without a network", async ({ browser }) => {
  const rosa = await Person.with(browser, "Rosa");
  await rosa.found(server, "Elm Street");
  await rosa.page.getByRole("link", { name: "This phone", exact: true }).click();
  await rosa.page.getByLabel("Language").selectOption("vi");
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Điện thoại này" })).toBeVisible();
  await rosa.controlled();
  await rosa.page.reload();
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Điện thoại này" })).toBeVisible();
  await rosa.page.evaluate(async () => {
    const kept = async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)))).flat();
    while (!(await kept()).some((url) => /\/assets\/vi-/.test(url))) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
  await rosa.context.setOffline(true);
  await rosa.page.reload();
  await expect(rosa.page.getByRole("heading", { level: 1, name: "Điện thoại này" })).toBeVisible();
  await rosa.leave();
});
