// Dates and hours as each language writes them, and as the phone's region wants them.

import { expect, test } from "@playwright/test";
import type { Person } from "../people";
import type { Server } from "../server";
import { home, leave } from "../street";
import { addShift } from "../watch";

let server: Server;
let rosa: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
});
test.afterEach(() => leave({ server, rosa }));

/** A day so far away that its year is told; the names of the days begin with Sunday. */
const YEAR = new Date().getFullYear() + 2;
const WEEKDAY = new Date(Date.UTC(YEAR, 2, 5)).getUTCDay();
const arabic = (number: number) => [...String(number)].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join("");

const WRITTEN = [
  { locale: "en-US", days: "Sun Mon Tue Wed Thu Fri Sat", day: `, Mar 5, ${YEAR}, `, hours: "6:30 PM – 8:00 PM" },
  { locale: "en-GB", days: "Sun Mon Tue Wed Thu Fri Sat", day: `, 5 Mar ${YEAR}, `, hours: "18:30 – 20:00" },
  { locale: "es-MX", days: "dom lun mar mié jue vie sáb", day: `, 5 de mar de ${YEAR}, `, hours: "6:30 p.m. – 8:00 p.m." },
  { locale: "es-ES", days: "dom lun mar mié jue vie sáb", day: `, 5 mar ${YEAR}, `, hours: "18:30 – 20:00" },
  { locale: "ar-EG", days: "الأحد الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت", day: `، ٥ مارس ${arabic(YEAR)}، `, hours: "٦:٣٠ م – ٨:٠٠ م" },
];

test("F30: a shift's day and hours are written as the language and the region do, with 12 or 24 hours", async () => {
  const { page } = rosa;
  await addShift(rosa, { title: "Door watch", day: `${YEAR}-03-05`, from: "18:30", to: "20:00", needs: 1 });
  const session = await rosa.context.newCDPSession(page);
  const userAgent = await page.evaluate(() => navigator.userAgent);
  for (const { locale, days, day, hours } of WRITTEN) {
    // The phone is set to another language, and the app is opened anew.
    await session.send("Emulation.setUserAgentOverride", { userAgent, acceptLanguage: locale });
    await page.reload();
    await expect(page.getByRole("heading", { level: 1, name: "Door watch" })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", locale.slice(0, 2));
    // Spaces of all widths are one to a reader.
    await expect(page.locator("main").getByText(`${days.split(" ")[WEEKDAY]}${day}${hours}`), locale).toBeVisible();
  }
});
