import type { KernelMessage } from "./kernel.ts";
import { linesOf, type MimeBundle, type Output } from "./notebook.ts";

/**
 * Collects what the cells of a notebook show, as a notebook keeps it: pieces of a stream in one, and of a
 * display that was updated (`display_id`) its last state, at its first place.
 */
export class OutputCollector {
  #cell: Output[] = [];
  #clearNext = false;
  readonly #displays = new Map<string, { data: MimeBundle; metadata: Record<string, unknown> }[]>();

  /** Begins a cell; its outputs come to stand in the array that this gives back. */
  beginCell(): Output[] {
    this.#clearNext = false;
    return this.#cell = [];
  }

  /** Takes in one message of the kernel's. */
  add({ type, content }: KernelMessage): void {
    switch (type) {
      case "stream":
        return this.#addToStream(content.name, content.text);
      case "display_data": {
        const display = this.#push({
          output_type: "display_data",
          data: storedBundle(content.data),
          metadata: content.metadata,
        });
        const id = content.transient?.display_id;
        if (id !== undefined) this.#displays.set(id, [...this.#displays.get(id) ?? [], display]);
        return;
      }
      case "update_display_data":
        for (const display of this.#displays.get(content.transient?.display_id) ?? []) {
          display.data = storedBundle(content.data);
          display.metadata = content.metadata;
        }
        return;
      case "execute_result":
        this.#push({
          output_type: "execute_result",
          data: storedBundle(content.data),
          metadata: content.metadata,
          execution_count: null,
        });
        return;
      case "error":
        this.#push({ output_type: "error", ...content });
        return;
      case "clear_output":
        if (content.wait) this.#clearNext = true;
        else this.#cell.length = 0;
    }
  }

  #addToStream(name: "stdout" | "stderr", text: string): void {
    const last = this.#clearNext ? undefined : this.#cell.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text = linesOf([...last.text, text]);
    else this.#push({ output_type: "stream", name, text: linesOf(text) });
  }

  #push<T extends Output>(output: T): T {
    if (this.#clearNext) this.#cell.length = 0;
    this.#clearNext = false;
    this.#cell.push(output);
    return output;
  }
}

/** Text and SVG as lines, as Jupyter stores them; base64 and JSON as they are. */
function storedBundle(data: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(data).map(([type, value]) => [
      type,
      typeof value === "string" && (type.startsWith("text/") || type === "image/svg+xml")
        ? linesOf(value)
        : value,
    ]),
  );
}
