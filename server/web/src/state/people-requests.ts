// Asks the device about the list of contacts as a whole.

import type { PeopleRequests } from "../device/people-messages";
import { asker } from "./asking";

export const askPeople = asker<PeopleRequests>("people");
