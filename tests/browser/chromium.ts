// The Chromium of this machine, how it is started, and what the people in the stories have set on their phones.

export const CHROMIUM = {
  executablePath: process.env["PORCHLIGHT_CHROMIUM"] ?? "/usr/bin/chromium",
  // Chromium refuses to run as root inside its sandbox; the rest keeps it from reaching for its maker's hosts.
  args: [
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export const PHONE = {
  viewport: { width: 360, height: 740 },
  locale: "en-US",
  timezoneId: "America/Chicago",
  hasTouch: true,
};
