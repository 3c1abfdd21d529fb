// What is open in all notes of a group: mine first, then by the day until which it is to be done.

import type { Fault, Member } from "../device/messages";
import type { Task, TaskLine } from "../device/note-messages";
import { app } from "./app.svelte";
import { ownersOf, ownerWords } from "./namesakes";
import { askNotes } from "./note-requests";

export class Tasks {
  private all = $state.raw<TaskLine[]>([]);
  private members = $state.raw<Member[]>([]);
  loaded = $state(false);
  fault = $state.raw<Fault | undefined>(undefined);
  readonly mine = $derived(this.all.filter(({ line }) => this.isMine(line.task)));
  readonly others = $derived(this.all.filter(({ line }) => !this.isMine(line.task)));

  constructor(private readonly group: string) {}

  /** Keeps it fresh until the function that is returned is called. */
  follow(): () => void {
    void this.load();
    return app.listen((news) => {
      const changed = news.news === "documentChanged" && (news.document.startsWith("note/") || news.document === "index");
      if (news.group === this.group && changed) void this.load();
    });
  }

  /** What is to be said of a task's owner beside the name. */
  ownerWords(task: Task): string | undefined {
    return ownerWords(task.owner, this.members);
  }

  async set({ note, line }: TaskLine, task: Task, shown: string): Promise<void> {
    const answer = await askNotes(this.group, "setTask", { note, line: line.id, task }, { shown });
    this.fault = answer.ok ? undefined : answer.fault;
  }

  private isMine(task: Task | null): boolean {
    return task !== null && ownersOf(task.owner, this.members).some(({ isSelf }) => isSelf);
  }

  private async load(): Promise<void> {
    const { group } = this;
    const [members, tasks] = await Promise.all([app.ask("members", { group }), askNotes(group, "tasks", {})]);
    if (members.ok) this.members = members.value;
    if (tasks.ok) this.all = tasks.value;
    else this.fault = tasks.fault;
    this.loaded = true;
  }
}
