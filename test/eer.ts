/** Calls the command line as a user does, with the permissions that its task gives it. */
export interface Called {
  code: number;
  stdout: string;
  stderr: string;
}

const root = new URL("../", import.meta.url);

/** The process, for tests that kill it. */
export function spawnEer(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    // `deno task` would stay between the test and the process to be killed.
    args: [...taskArguments(), ...args],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
}

/** Runs a command to its end. */
export async function eer(...args: string[]): Promise<Called> {
  const { code, stdout, stderr } = await spawnEer(...args).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** The arguments of `deno` in the task `eer`. */
export function taskArguments(): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
  return tasks.eer.split(" ").slice(1);
}
