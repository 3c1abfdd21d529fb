// What is open in all notes of a group: mine first, then by the day until which it is to be done.

import type { Fault, Member } from "../device/messages";
import type { Task, TaskLine } from "../device/note-messages";
import { app } from "./app.svelte";
import { askNotes } from "./note-requests";

export class Tasks {
  private all = $state.raw<TaskLine[]>([]);
  private me = $state("");
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  readonly mine = $derived(this.all.filter(({ line }) => isOf(line.task, this.me)));
  readonly others = $derived(this.all.filter(({ line }) => !isOf(line.task, this.me)));

  constructor(private readonly group: string) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news) => {
      const changed = news.news === "documentChanged" && (news.document.startsWith("note/") || news.document === "index");
      if (news.group === this.group && changed) void this.load();
    });
  }

  async set({ note, line }: TaskLine, task: Task, shown: string): Promise<void> {
    const answer = await askNotes(this.group, "setTask", { note, line: line.id, task }, { shown });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  private async load(): Promise<void> {
    const { group } = this;
    const [members, tasks] = await Promise.all([app.ask("members", { group }), askNotes(group, "tasks", {})]);
    if (members.ok) this.me = nameOfSelf(members.value);
    if (tasks.ok) this.all = tasks.value;
    else this.fault = tasks.fault;
    this.loaded = true;
  }
}

function nameOfSelf(members: Member[]): string {
  return members.find(({ isSelf }) => isSelf)?.name ?? "";
}

function isOf(task: Task | null, name: string): boolean {
  return task !== null && name !== "" && task.owner.toLowerCase() === name.toLowerCase();
}
