// Starts the app: language first, then the screen, then the device behind it.

import "./tokens.css";
import "./base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { app } from "./state/app.svelte";
import { disguise } from "./state/disguise.svelte";
import { install } from "./state/install.svelte";
import { language } from "./state/language.svelte";
import { release } from "./state/release.svelte";
import { route } from "./state/route.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");

await language.start();
disguise.dress();
install.start();
route.start();
app.start();
target.replaceChildren();
mount(App, { target });
void release.start().then(() => release.keepLater(language.code));
