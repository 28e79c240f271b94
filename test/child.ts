/**
 * A second process for tests: this Deno with a script of this folder.
 *
 * @module
 */

/** A script that runs beside the test; leaving the scope kills it. */
export class Child implements AsyncDisposable {
  #process: Deno.ChildProcess;

  /** @param script its name in `test/` */
  constructor(script: string, ...args: string[]) {
    const url = new URL(script, import.meta.url).href;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", "--no-lock", "--quiet", url, ...args],
      stdin: "null",
      stdout: "piped",
    }).spawn();
  }

  /** Waits for the script's first output; fails if it ends without any. */
  async firstOutput(): Promise<void> {
    const reader = this.#process.stdout.getReader();
    const { done } = await reader.read();
    reader.releaseLock();
    if (done) throw new Error("The child ended without output");
  }

  /** Kills it as `kill -9` does, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.stdout.cancel();
    await this.#process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill().catch(() => {});
  }
}
