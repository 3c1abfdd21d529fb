// Browsers by what they call themselves.

import { expect, test } from "vitest";
import { surroundings } from "./phone";

const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const ANDROID = "Mozilla/5.0 (Linux; Android 13; Pixel 4a) AppleWebKit/537.36 (KHTML, like Gecko)";

test.each([
  ["Safari on an iPhone", `${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1`, 5, false, "iphone-tab"],
  ["the same on the Home Screen", `${IPHONE} Mobile/15E148`, 5, true, "installed"],
  ["Instagram on an iPhone", `${IPHONE} Mobile/15E148 Instagram 330.0.0.40.92`, 5, false, "in-app"],
  ["an unnamed web view on an iPhone", `${IPHONE} Mobile/15E148`, 5, false, "in-app"],
  ["an iPad that calls itself a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15", 5, false, "iphone-tab"],
  ["Safari on a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15", 0, false, "browser"],
  ["Chrome on Android", `${ANDROID} Chrome/125.0.0.0 Mobile Safari/537.36`, 5, false, "browser"],
  ["Facebook on Android", `${ANDROID} Version/4.0 Chrome/125.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/465.0;]`, 5, false, "in-app"],
  ["a web view on Android", "Mozilla/5.0 (Linux; Android 13; Pixel 4a; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.0.0 Mobile Safari/537.36", 5, false, "in-app"],
] as const)("%s", (_, agent, touch, standalone, expected) => {
  expect(surroundings(agent, touch, standalone)).toBe(expected);
});
