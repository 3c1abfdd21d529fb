// A camera that sees another phone's screen: an invitation and a further phone come in by their QR code.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, type Locator } from "@playwright/test";
import { Person } from "../people";
import { home, leave, type Home } from "../street";

let place: Home;
let folder: string;

test.beforeEach(async ({ browser }) => {
  place = await home(browser);
  folder = await mkdtemp(join(tmpdir(), "porchlight-camera-"));
});
test.afterEach(async () => {
  await leave(place);
  await rm(folder, { recursive: true, force: true });
});

/** So large is what the camera sees. */
const [WIDTH, HEIGHT] = [640, 480];
/** So many frames a second. */
const RATE = 10;

/** A film of the pictures that are shown, one after the other, as a camera sees them that is held before each for a second, in the format that Chromium plays. */
async function film(...pictures: Locator[]): Promise<string> {
  const frames = [];
  for (const picture of pictures) frames.push(...Array<Buffer>(pictures.length === 1 ? 2 : RATE).fill(await frame(picture)));
  const path = join(folder, "seen.y4m");
  await writeFile(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${RATE}:1 Ip A1:1 C420jpeg\n`), ...frames]));
  return path;
}

async function frame(picture: Locator): Promise<Buffer> {
  const luma = await picture.evaluate(
    async (svg, [width, height]) => {
      const image = new Image();
      const [drawn] = [svg.cloneNode(true) as SVGElement];
      drawn.setAttribute("width", "400");
      drawn.setAttribute("height", "400");
      // Its colours stand in the style sheet of the page.
      drawn.querySelector("rect")?.setAttribute("fill", "#fff");
      image.src = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(drawn)], { type: "image/svg+xml" }));
      await image.decode();
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("nothing can be drawn");
      context.fillStyle = "#777";
      context.fillRect(0, 0, width, height);
      // Never held quite straight.
      context.translate(width / 2, height / 2);
      context.rotate(0.15);
      context.drawImage(image, -200, -200);
      return [...context.getImageData(0, 0, width, height).data].filter((_, index) => index % 4 === 0);
    },
    [WIDTH, HEIGHT] as const,
  );
  const colours = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  return Buffer.concat([Buffer.from("FRAME\n"), Buffer.from(luma), colours]);
}

async function withCamera(name: string, seen: string): Promise<Person> {
  return Person.withOwnFolder(name, ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${seen}`]);
}

test("E26: an invitation is scanned from the other phone's screen, and what scans it comes only with the tap", async () => {
  const { server, rosa } = place;
  await rosa.go("Group");
  await rosa.page.getByRole("button", { name: "Invite people" }).click();
  await rosa.page.getByRole("button", { name: "Make the invitation" }).click();
  const ben = await withCamera("Ben", await film(rosa.page.getByRole("img", { name: "Invitation to Elm Street as a QR code" })));
  const { page } = ben;
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(server.url);
  await expect(page.getByRole("button", { name: "Scan a code" })).toBeVisible();
  await expect(page.getByLabel("Your link")).toBeVisible();
  expect(asked.filter((url) => url.includes("/Scan-"))).toEqual([]);
  await page.getByRole("button", { name: "Scan a code" }).click();
  await expect(page.getByRole("heading", { name: "Join Elm Street" })).toBeVisible();
  expect(asked.filter((url) => url.includes("/Scan-"))).toHaveLength(1);
  // The secret is not in the address, and the camera is off.
  expect(page.url()).toBe(`${server.url}/#/join`);
  await expect(page.locator("video")).toHaveCount(0);
  await page.getByLabel("What should the others call you?").fill("Ben");
  await page.getByRole("button", { name: "Join the group" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
  await ben.leave();
});

test("E26: a further phone of mine comes in by the code on the first", async () => {
  const { server, rosa } = place;
  await rosa.go("Group");
  await rosa.page.getByRole("link", { name: /^My phones and computers/ }).click();
  await rosa.page.getByRole("button", { name: "Add another phone or computer" }).click();
  await rosa.page.getByRole("button", { name: "Make the invitation" }).click();
  const second = await withCamera("Rosa", await film(rosa.page.getByRole("img", { name: "Invitation to Elm Street as a QR code" })));
  const { page } = second;
  await page.goto(`${server.url}/#/join`);
  await page.getByRole("button", { name: "Scan a code" }).click();
  await expect(page.getByRole("heading", { name: "Join Elm Street" })).toBeVisible();
  await expect(page.getByText("This link makes this phone one of Rosa's own.")).toBeVisible();
  await page.getByRole("button", { name: "Use this phone too" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
  await rosa.page.getByRole("button", { name: "Close" }).click();
  await expect(rosa.page.getByRole("main").locator("li")).toHaveCount(2);
  await second.leave();
});

test("E26: a code that is not ours is said to be none, and the camera goes on looking", async () => {
  const { server, rosa } = place;
  // The codes that carry changes from phone to phone are no links.
  await rosa.go("Group");
  await rosa.page.goto(`${rosa.page.url()}/carry`);
  await rosa.page.getByRole("button", { name: "Show it as codes" }).click();
  const ben = await withCamera("Ben", await film(rosa.page.locator("figure svg[role=img]").first()));
  await ben.page.goto(server.url);
  await ben.page.getByRole("button", { name: "Scan a code" }).click();
  await expect(ben.page.getByRole("alert").filter({ hasText: "That code is not from Porchlight." })).toBeVisible();
  await expect(ben.page.locator("video")).toBeVisible();
  await ben.page.getByRole("button", { name: "Close" }).click();
  await expect(ben.page.locator("video")).toHaveCount(0);
  await expect(ben.page.getByRole("button", { name: "Scan a code" })).toBeFocused();
  await ben.leave();
});

/** Where somebody takes in what another phone shows. */
async function startScanningCodes({ page }: Person): Promise<void> {
  await page.getByRole("link", { name: "Look after the group" }).click();
  await page.getByRole("link", { name: "From phone to phone" }).click();
  await page.getByRole("button", { name: "Scan the codes" }).click();
}

test("F36: what another phone shows as codes is scanned one after the other, and opened once none is missing", async () => {
  const { server, rosa } = place;
  const { page } = rosa;
  const link = await rosa.invite();
  await rosa.addContact("Neighbor 0", "+1 202 555 0190");
  await rosa.go("Group");
  await page.getByRole("link", { name: "Look after the group" }).click();
  await page.getByRole("link", { name: "From phone to phone" }).click();
  await expect(page.getByRole("button", { name: "Show it as codes" })).toBeVisible();
  // What is written now reaches nobody.
  server.freeze();
  for (const number of [1, 2, 3]) await rosa.addContact(`Neighbor ${number}`, `+1 202 555 019${number}`);
  await rosa.go("Group");
  await page.getByRole("link", { name: "Look after the group" }).click();
  await page.getByRole("link", { name: "From phone to phone" }).click();
  await page.getByRole("button", { name: "Show it as codes" }).click();
  const codes = page.locator("figure svg[role=img]");
  await expect(codes.first()).toBeVisible();
  const shown = await codes.all();
  expect(shown.length).toBeGreaterThan(1);
  const ben = await withCamera("Ben", await film(...shown.toReversed()));
  server.thaw();
  await ben.join(link, "Elm Street");
  await startScanningCodes(ben);
  await expect(ben.page.getByRole("dialog").getByRole("status")).toHaveText(new RegExp(`^[1-9] of ${shown.length}$`));
  await expect(ben.page.getByText("It came from Rosa.")).toBeVisible();
  // The camera is off.
  await expect(ben.page.locator("video")).toHaveCount(0);
  await ben.leave();
});

test("F36: a code that carries nothing from phone to phone is said to be none, and the camera goes on looking", async () => {
  const { rosa } = place;
  const link = await rosa.invite();
  await rosa.page.getByRole("button", { name: "Invite people" }).click();
  await rosa.page.getByRole("button", { name: "Make the invitation" }).click();
  const ben = await withCamera("Ben", await film(rosa.page.getByRole("img", { name: "Invitation to Elm Street as a QR code" })));
  await ben.join(link, "Elm Street");
  await startScanningCodes(ben);
  await expect(ben.page.getByRole("alert").filter({ hasText: "That is not a code from another phone of the group." })).toBeVisible();
  await expect(ben.page.locator("video")).toBeVisible();
  await ben.leave();
});

test("E26: without a camera, or when it is refused, that is said in one sentence, and the link still leads in", async ({ browser }) => {
  const { server, rosa } = place;
  const link = await rosa.invite();
  const ben = await Person.with(browser, "Ben");
  const { page } = ben;
  await page.goto(server.url);
  await page.getByRole("button", { name: "Scan a code" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The camera cannot be used" })).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByLabel("Your link").fill(link);
  await page.getByRole("button", { name: "Open the link" }).click();
  await expect(page.getByRole("heading", { name: "Join Elm Street" })).toBeVisible();
  await ben.leave();
});
