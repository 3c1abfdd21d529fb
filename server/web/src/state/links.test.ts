// Pasted links: both kinds are told apart, and a start link is taken to pieces.

import { expect, test } from "vitest";
import { countryOf } from "./countries";
import { hostOnlyHere, kindOfLink, linkIn, startLink } from "./links";

test("links are told apart by their fragment", () => {
  expect(kindOfLink("https://porch.example.org/#/join/abc")).toBe("join");
  expect(kindOfLink("  http://127.0.0.1:8080/#/start/abc\n")).toBe("start");
  for (const text of ["", "hello", "https://porch.example.org/", "https://porch.example.org/#/join/"]) {
    expect(kindOfLink(text), text).toBeUndefined();
  }
});

test("an address that leads every phone to itself is known", () => {
  for (const host of ["127.0.0.1:8080", "localhost:3000", "[::1]:9"]) expect(hostOnlyHere(`http://${host}/#/join/abc`)).toBe(host);
  for (const host of ["porch.example.org", "192.168.1.7:8080"]) expect(hostOnlyHere(`https://${host}/#/join/abc`)).toBeUndefined();
});

test("a link is found in what was copied around it", () => {
  const link = "https://porch.example.org/#/join/ab-c_D9";
  for (const text of [
    link,
    ` ${link}\n`,
    `Join us! ${link} Thanks`,
    `<${link}>`,
    `Here it is: ${link}.`,
    `(${link})`,
    "https://porch.example.org/#/join/ab-\n  c_D9",
    "https://porch.example.org/#/join/ab-\r\nc_D9\r\n",
  ]) {
    expect(linkIn(text), text).toBe(link);
  }
  const whole = `https://porch.example.org/#/join/${"x".repeat(200)}`;
  expect(linkIn(`${whole}\nThanks`)).toBe(whole);
  expect(linkIn(" hello ")).toBe("hello");
  expect(startLink("Use this: <https://there.example.org/#/start/tok>.", "")).toEqual({ url: "https://there.example.org", token: "tok" });
});

test("a start link says which server and which token", () => {
  const here = "https://here.example.org";
  expect(startLink("https://there.example.org:8443/#/start/tok", here)).toEqual({ url: "https://there.example.org:8443", token: "tok" });
  expect(startLink(" tok ", here)).toEqual({ url: here, token: "tok" });
  expect(startLink("", here)).toEqual({ url: here, token: null });
});

test("the country comes from the first language that names one", () => {
  expect(countryOf(["en", "es-MX", "en-US"])).toBe("MX");
  expect(countryOf(["zh-Hant-TW"])).toBe("TW");
  expect(countryOf(["en", "vi"])).toBe("");
});
