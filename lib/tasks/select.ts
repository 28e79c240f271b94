import type { TaskConfig } from "../models/config.ts";
import { inductionHeads } from "./induction_heads.ts";
import { markovLanguage } from "./markov_language.ts";
import type { Task } from "./task.ts";

/** The task that a configuration names. */
export function taskOf(config: TaskConfig): Task {
  switch (config.kind) {
    case "induction-heads":
      return inductionHeads(config);
    case "markov-language":
      return markovLanguage(config);
  }
}
