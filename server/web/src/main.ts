// Starts the app: the device, which takes longest, and meanwhile language and screen.

import "./tokens.css";
import "./base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { app } from "./state/app.svelte";
import { disguise } from "./state/disguise.svelte";
import { keepFocus } from "./state/focus";
import { install } from "./state/install.svelte";
import { language } from "./state/language.svelte";
import { release } from "./state/release.svelte";
import { route } from "./state/route.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");

app.start();
disguise.follow();
await language.start();
install.start();
route.start();
target.replaceChildren();
keepFocus(target);
mount(App, { target });
void language.prepare();
void release.start().then(() => release.keepLater(language.code));
